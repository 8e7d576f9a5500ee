"""Responses that break HTTP are read on where they can be, and the evidence tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record.rows import Exchange
from fakes.http.lenient import Mending

from .any_request import exchanges_of
from .raw_server import says, serving

STATUS = b"HTTP/1.1 200 OK\r\n"
TYPE = b"Content-Type: application/ipp\r\n"
SIZED = b"Content-Length: 9\r\n"
IPP = b"\x01\x01\0\0\0\0\0\x01\x03"
CHUNKED = STATUS + TYPE + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Mended:
    """What a strict reader may be given, what was odd, and where the body begins in the octets as they came."""

    octets: bytes
    oddities: tuple[str, ...]
    body_at: int


def mend(octets: bytes) -> Mended:
    """All of a response at once."""
    mending = Mending()
    out = mending.feed(octets)
    return Mended(out + mending.rest(), tuple(mending.oddities), mending.body_at)


def asked(directory: Path, octets: bytes) -> Exchange:
    with serving(says(octets)) as port:
        (exchange,) = exchanges_of(directory, f"ipp://127.0.0.1:{port}/")
    return exchange


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"\r\n" + STATUS + TYPE + SIZED + b"\r\n" + IPP, "an empty line before the status line"),
        (b"\r\n\n\r\n" + STATUS + TYPE + SIZED + b"\r\n" + IPP, "an empty line before the status line"),
        (STATUS + b"Server : x\r\n" + TYPE + SIZED + b"\r\n" + IPP, "a blank before the colon of Server"),
        (STATUS + b"Content-Length\t : 9\r\n" + TYPE + b"\r\n" + IPP, "a blank before the colon of Content-Length"),
        (STATUS + TYPE + b"Transfer-Encoding: identity\r\n" + SIZED + b"\r\n" + IPP, "Transfer-Encoding: identity"),
        (STATUS + TYPE + b"transfer-encoding :Identity\r\n\r\n" + IPP, "Transfer-Encoding: identity"),
        (STATUS + TYPE + b"Transfer-Encoding: identity, chunked\r\n\r\n9\r\n" + IPP + b"\r\n0\r\n\r\n",
         "Transfer-Encoding: identity"),
        (CHUNKED + b"5 ;x=y\r\n" + IPP[:5] + b"\r\n4\r\n" + IPP[5:] + b"\r\n0\r\n\r\n",
         "a blank before the semicolon"),
        (CHUNKED + b"  5\r\n" + IPP[:5] + b"\r\n\t4 \r\n" + IPP[5:] + b"\r\n 0\r\n\r\n",
         "a blank before the size of a chunk"),
        (CHUNKED + b"9\r\n" + IPP + b"\r\n0 ;last\r\n\r\n", "a blank before the semicolon"),
        (b"HTTP/1.1 100 Continue\r\nX : y\r\n\r\n\r\n" + STATUS + TYPE + SIZED + b"\r\n" + IPP,
         "a blank before the colon of X, an empty line before the status line"),
    ],
)  # fmt: skip
def test_what_can_be_understood_is_and_what_is_odd_is_told(tmp_path: Path, octets: bytes, said: str) -> None:
    exchange = asked(tmp_path, octets)
    assert (exchange.problem, exchange.http_status, exchange.response) == ("", 200, IPP)
    assert said in exchange.problem_text
    assert exchange.response_head == (octets if b"chunked" in octets else octets[: -len(IPP)])


@pytest.mark.parametrize(
    "octets",
    [
        STATUS + b"No colon at all\r\n" + TYPE + SIZED + b"\r\n" + IPP,
        STATUS + b"Server : x\r\nbare\r\n" + TYPE + SIZED + b"\r\n" + IPP,
        STATUS + TYPE + b"Transfer-Encoding: gzip, identity\r\n\r\n" + IPP,
        CHUNKED + b"zz ;x\r\n" + IPP,
        b"\r\nSMTP says hello\r\n\r\n",
    ],
)
def test_what_cannot_is_still_no_answer(tmp_path: Path, octets: bytes) -> None:
    exchange = asked(tmp_path, octets)
    assert exchange.problem == "http"
    assert "not HTTP/1.1" in exchange.problem_text


def test_an_odd_answer_that_breaks_off_is_not_whole(tmp_path: Path) -> None:
    exchange = asked(tmp_path, CHUNKED + b"5 ;x=y\r\n" + IPP[:5] + b"\r\n4\r\n" + IPP[5:7])
    assert exchange.problem in ("http", "closed")


def test_blanks_behind_the_size_of_a_chunk_are_nothing_odd(tmp_path: Path) -> None:
    """Old servers fill the line up with them, and any reader takes them."""
    exchange = asked(tmp_path, CHUNKED + b"5   \r\n" + IPP[:5] + b"\r\n4   \r\n" + IPP[5:] + b"\r\n0  \r\n\r\n")
    assert (exchange.problem, exchange.problem_text, exchange.response) == ("", "", IPP)


@given(st.binary(), st.sampled_from([b"", STATUS, STATUS + b"\r\n", CHUNKED, CHUNKED + b"5 ;x\r\n"]))
def test_mending_takes_whatever_comes(octets: bytes, before: bytes) -> None:
    mended = mend(before + octets)
    assert 0 <= mended.body_at <= len(before + octets)
    if not mended.oddities:
        assert len(mended.octets) <= len(before + octets)


@pytest.mark.parametrize(
    ("head", "body", "said"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n", b"<h1>Log in</h1>",
         "the answer is text/html, not application/ipp"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: \x1b[31m\r\n", IPP, "the answer is "),
        (b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.2, HTTP/1.1\r\nContent-Type: text/html\r\n", b"TLS!",
         "the printer wants TLS (it names TLS/1.2, HTTP/1.1)"),
        (b"HTTP/1.1 426 Upgrade Required\r\n", b"", "the printer wants TLS (it names nothing in particular)"),
        (b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n", b"",
         "the printer wants a name and a password (Basic)"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n", b"", "HTTP status 404 instead of 200"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_ipp_says_what_it_is(tmp_path: Path, head: bytes, body: bytes, said: str) -> None:
    exchange = asked(tmp_path, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert exchange.problem == "http"
    assert said in exchange.problem_text
    assert exchange.problem_text.isascii()
    assert exchange.problem_text.isprintable()


@pytest.mark.parametrize("kind", [b"", b"Content-Type: application/ipp\r\n", b"Content-Type: Application/IPP; x=y\r\n"])
def test_no_media_type_or_the_right_one_is_an_answer(tmp_path: Path, kind: bytes) -> None:
    assert asked(tmp_path, STATUS + kind + SIZED + b"\r\n" + IPP).problem == ""


def test_any_number_of_heads_is_gone_through_once() -> None:
    """To copy what came before at each of them would take hours."""
    many = b"HTTP/1.1 102 Processing\r\nX : y\r\n\r\n" * 300_000
    assert mend(many).octets == many.replace(b"X :", b"X:")


@given(
    st.lists(
        st.sampled_from([STATUS, CHUNKED, b"\r", b"\n", b"\r\n", b"X : y\r\n\r\n", b"5", b" ;x", b"0\r\n", IPP])
        | st.binary()
    ),
    st.data(),
)
def test_it_comes_to_the_same_in_whatever_pieces_it_comes(octets: list[bytes], data: st.DataObject) -> None:
    whole, mending, out, at = b"".join(octets), Mending(), b"", 0
    while at < len(whole):
        last = data.draw(st.integers(at + 1, len(whole)))
        out += mending.feed(whole[at:last])
        at = last
    assert (out + mending.rest(), tuple(mending.oddities)) == (mend(whole).octets, mend(whole).oddities)


def test_what_comes_in_many_pieces_is_gone_through_once() -> None:
    """An answer of 20 MB, an octet to a chunk and a chunk to a piece: to mend it anew at each would take days."""
    mending, size = Mending(), 400_000
    pieces = sum(len(mending.feed(piece)) for piece in (CHUNKED + b"1 ;x\r\nz\r\n", *[b"1 ;x\r\nz\r\n"] * size))
    assert pieces == len(CHUNKED) + (size + 1) * len(b"1\r\nz\r\n")


@pytest.mark.parametrize("line", [b"5" + b" " * 60_000 + b"x\r\n", b"5;" + b" " * 60_000 + b"\rx\n"])
def test_a_long_line_of_a_chunk_is_gone_through_once(line: bytes) -> None:
    assert mend(CHUNKED + line).octets == CHUNKED + line
