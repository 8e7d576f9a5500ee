"""Nothing that a client proves itself with is kept; all else is, where it was."""

from __future__ import annotations

import base64
import time
import tracemalloc

import pytest

from conformance.wire import ipp
from conformance.wire.http_message import split_request
from conformance.wire.registry import GroupTag, Operation
from fakes.printer.ipp.requests import MOST_ASKED
from fakes.watched.masking import _WINDOW, masked_request

SECRET = b"opensesame"
CODED = base64.b64encode(b"jones:" + SECRET)
JOB = ipp.encode(
    ipp.Message(
        Operation.PRINT_JOB,
        1,
        (
            ipp.Group(
                GroupTag.OPERATION,
                (
                    ipp.charset("attributes-charset", "utf-8"),
                    ipp.natural_language("attributes-natural-language", "en"),
                    ipp.uri("printer-uri", f"ipp://jones:{SECRET.decode()}@localhost/ipp/print"),
                    ipp.octet_string("job-password", SECRET),
                    ipp.keyword("job-password-encryption", "none"),
                ),
            ),
        ),
        b"a document",
    )
)


def post(*fields: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join((b"POST /ipp/print HTTP/1.1", b"Host: x", *fields, b"", b"")) + body


@pytest.mark.parametrize(
    "field",
    [
        b"Authorization: Basic " + CODED,
        b"authorization:Basic\t" + CODED,
        b"Proxy-Authorization: Basic " + CODED,
        b"Authorization: Basic\r\n " + CODED,
        b"Authorization: " + CODED,
        b"Authorization: Strange " + CODED,
        b'Authorization: Digest username="jones", response="' + CODED + b'"',
        b"Cookie: session=" + CODED,
        b"Cookie2: session=" + CODED,
        b"X-Api-Key: " + CODED,
        b"X-Auth-Token: " + CODED,
        b"X-Forwarded-Authorization: Basic " + CODED,
        b"Authorization Basic " + CODED,
        b" Authorization: " + CODED,
        b"\x00\xffAuthorization: " + CODED,
        b"X: y\rAuthorization: " + CODED,
        b"X-Whatever: basic " + CODED,
        b"Referer: jones:" + CODED + b"@localhost",
        b"X-Next: http%3A%2F%2Fjones%3A" + CODED + b"%40localhost",
    ],
)
def test_a_proof_is_masked_and_its_scheme_is_kept(field: bytes) -> None:
    octets = post(b"Connection: close", field, b"Accept: */*")
    kept = masked_request(octets)
    assert CODED not in kept
    assert len(kept) == len(octets)
    assert kept.endswith(b"\r\nAccept: */*\r\n\r\n")
    for scheme in (b"Basic", b"Digest"):
        assert (b" " + scheme in kept or b":" + scheme in kept) == (scheme in field)


def test_a_head_that_breaks_off_in_a_proof_is_masked() -> None:
    assert CODED[:9] not in masked_request(post(b"Authorization: Basic " + CODED)[:-12])


def test_a_password_in_the_target_is_masked() -> None:
    octets = post(b"Referer: ipp://jones:" + SECRET + b"@localhost/")
    assert masked_request(octets) == octets.replace(SECRET, b"*" * len(SECRET))


def test_passwords_in_a_message_are_masked_and_the_document_is_not() -> None:
    octets = post(b"Content-Type: application/ipp", body=JOB + SECRET)
    kept = masked_request(octets)
    assert kept == octets.replace(SECRET, b"*" * len(SECRET), 2)
    assert kept.endswith(b"a document" + SECRET)


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_chunks_hide_no_password(size: int) -> None:
    pieces = [JOB[at : at + size] for at in range(0, len(JOB), size)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
    octets = post(b"Transfer-Encoding: chunked", body=body)
    kept = masked_request(octets)
    assert len(kept) == len(octets)
    assert kept.count(b"*") - octets.count(b"*") == 2 * len(SECRET)
    assert SECRET not in kept


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(
    "broken", [b"\x44\x00\x01a\x00\xff" * 3, b"\x44\x00\x00\x00\x01b" * MOST_ASKED, b"\x34\x00\x01a\x00\x00"]
)
def test_what_cannot_be_read_hides_no_password(broken: bytes, size: int) -> None:
    """Before it, within it or behind it: who breaks off, or sends more than is read, has a password all the same."""
    head, named, rest = JOB.partition(b"\x30\x00\x0cjob-password")
    message = head + broken + named + rest
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    octets = post(b"Transfer-Encoding: chunked", body=b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces))
    kept = masked_request(octets)
    assert len(kept) == len(octets)
    assert split_request(kept)[1].startswith(head.replace(SECRET, b"*" * len(SECRET)) + broken + named)
    assert SECRET not in split_request(kept)[1]
    for end in range(message.index(SECRET, len(head)) + 1, len(message)):
        assert SECRET[:1] not in masked_request(post(body=message[:end]))[-(end - message.index(named)) + len(named) :]


def test_many_passwords_in_many_pieces_take_a_moment() -> None:
    uris = b"".join(b"\x45\x00\x00\x00\x0b://a:bcde@x" for _ in range(1500))
    message = JOB.replace(b"\x45\x00\x0bprinter-uri", b"\x45\x00\x01a\x00\x00" + uris + b"\x45\x00\x0bprinter-uri")
    body = b"".join(b"1\r\n%c\r\n" % octet for octet in message) + b"1\r\nx\r\n" * 300_000
    octets = post(b"Transfer-Encoding: chunked", body=body)
    began = time.process_time()
    kept = split_request(masked_request(octets))[1]
    assert time.process_time() - began < 10
    assert kept.count(b"://a:****@x") == 1500
    assert SECRET not in kept


@pytest.mark.parametrize(
    "field",
    [
        b"User-Agent: Basic Printing/1.0 (basic Windows)",
        b'WWW-Authenticate: Basic realm="x"',
        b"X-Monkey: banana",
        b"Referer: http://localhost:631/a@b",
        b"Upgrade: TLS/1.2,HTTP/1.1",
    ],
)
def test_a_field_that_only_looks_like_a_proof_stays(field: bytes) -> None:
    octets = post(field)
    assert masked_request(octets) == octets


def test_what_has_no_secret_stays_as_it_was() -> None:
    octets = post(b"User-Agent: a client", body=b"\x02\x00password without one" + bytes(range(256)))
    assert masked_request(octets) == octets


def test_a_size_that_no_machine_has_is_no_fault_of_ours() -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    octets = head + b"FFFFFFFFFFFFFFFF\r\nabc"
    assert masked_request(octets) == octets
    assert split_request(octets)[1] == b"abc"


def test_only_the_ends_of_lines_end_fields() -> None:
    head, _ = split_request(b"POST / HTTP/1.1\r\nX-A: b\x85Upgrade: TLS/1.2\x0cHost: c\r\nHost: d\r\n\r\n")
    assert head is not None
    assert head.get("host") == "d"
    assert not head.get("upgrade")


def test_a_password_in_a_uri_is_found_wherever_it_stands_in_what_is_no_message() -> None:
    for before in range(_WINDOW - 30, _WINDOW + 2):
        octets = post(b"Content-Type: application/ipp", body=b"x" * before + b"ipp://jones:opensesame@h/")
        kept = masked_request(octets)
        assert SECRET not in kept
        assert kept.endswith(b"xipp://jones:**********@h/")


def test_a_body_in_pieces_of_an_octet_is_read_without_a_list_of_them() -> None:
    body = b"1\r\nz\r\n" * 300_000
    tracemalloc.start()
    try:
        _, found = split_request(post(b"Transfer-Encoding: chunked", body=body))
        assert found == b"z" * 300_000
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()
