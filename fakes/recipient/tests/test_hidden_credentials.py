"""Credentials that nobody told the recipient of are not written, however they are sent; all else is as it was sent."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.record.redaction import Secret
from conformance.record.rows import Hidden
from conformance.wire.smtp_events import EventKind
from fakes.known_secrets import KnownSecrets
from fakes.mail_security import Auth, MailSecurity
from fakes.recipient import gathered
from fakes.recipient.listener_state import COMMAND_LIMIT
from fakes.recipient.transcript import TRANSCRIPT_LIMIT

from .any_client import as_kept
from .recipient_bench import Evidence, RecipientBench, perform

NAME, PASSWORD = b"bob.the.printer", b"Tr0ub4dor&3-horse"
PLAIN: Final = b64encode(b"\0" + NAME + b"\0" + PASSWORD)
USER, SECRET = b64encode(NAME), b64encode(PASSWORD)
TOKEN: Final = b64encode(b"user=bob\1auth=Bearer " + PASSWORD + b"\1\1")
PAIR: Final = b64encode(NAME + b":" + PASSWORD)
LEAKS: Final = (PASSWORD, PLAIN, SECRET, TOKEN, PAIR, PLAIN[:20], PAIR[24:], SECRET[:12], PASSWORD.hex().encode())
OFFERED: Final = MailSecurity(auth=Auth.OFFER)
REFUSED: Final = MailSecurity()
BOTH: Final = (OFFERED, REFUSED)

# What is said and, octet for octet, kept: a ~ is what is hidden; and as what.
SAID: Final[dict[str, tuple[bytes, bytes, list[Hidden]]]] = {
    "plain": (b"AUTH PLAIN %s\r\n" % PLAIN, b"AUTH PLAIN ~\r\n", [Hidden.LOGIN]),
    "plain-after-the-challenge": (b"AUTH PLAIN\r\n%s\r\n" % PLAIN, b"AUTH PLAIN\r\n~\r\n", [Hidden.ANSWER]),
    "login": (b"AUTH LOGIN\r\n%s\r\n%s\r\n" % (USER, SECRET), b"AUTH LOGIN\r\n~\r\n~\r\n", [Hidden.ANSWER] * 2),
    "login-with-the-name": (b"AUTH LOGIN %s\r\n%s\r\n" % (USER, SECRET), b"AUTH LOGIN ~\r\n~\r\n",
                            [Hidden.LOGIN, Hidden.ANSWER]),
    "cram": (b"AUTH CRAM-MD5\r\n%s\r\n" % SECRET, b"AUTH CRAM-MD5\r\n~\r\n", [Hidden.LINE]),
    "unknown-mechanism": (b"AUTH XOAUTH2 %s\r\n" % TOKEN, b"AUTH XOAUTH2 ~\r\n", [Hidden.LOGIN]),
    "unknown-mechanism-later": (b"AUTH XOAUTH2\r\n%s\r\n" % TOKEN, b"AUTH XOAUTH2\r\n~\r\n", [Hidden.LINE]),
    "cancelled": (b"AUTH LOGIN\r\n*\r\nNOOP\r\n", b"AUTH LOGIN\r\n*\r\nNOOP\r\n", []),
    "cancelled-late": (b"AUTH LOGIN\r\n%s\r\n*\r\n" % USER, b"AUTH LOGIN\r\n~\r\n*\r\n", [Hidden.ANSWER]),
    "no-base64": (b"AUTH PLAIN %s\r\n" % PASSWORD, b"AUTH PLAIN ~\r\n", [Hidden.LOGIN]),
    "answer-no-base64": (b"AUTH PLAIN\r\n%s=\r\n" % PASSWORD, b"AUTH PLAIN\r\n~\r\n", [Hidden.ANSWER]),
    "odd-case": (b"aUtH pLaIn %s\r\n" % PLAIN, b"aUtH pLaIn ~\r\n", [Hidden.LOGIN]),
    "tabs": (b"AUTH\tPLAIN\t%s\r\n" % PLAIN, b"AUTH\tPLAIN\t~\r\n", [Hidden.LOGIN]),
    "behind-a-blank": (b" AUTH PLAIN %s\r\n" % PLAIN, b" AUTH PLAIN ~\r\n", [Hidden.LOGIN]),
    "line-feed-alone": (b"AUTH PLAIN %s\n" % PLAIN, b"AUTH PLAIN ~\n", [Hidden.LOGIN]),
    "never-ended": (b"AUTH PLAIN %s" % PLAIN, b"AUTH PLAIN ~", [Hidden.LOGIN]),
    "answer-never-ended": (b"AUTH LOGIN\r\n%s\r\n%s" % (USER, SECRET), b"AUTH LOGIN\r\n~\r\n~", [Hidden.ANSWER] * 2),
    "without-auth": (b"NOOP\r\n%s\r\n" % PLAIN, b"NOOP\r\n~\r\n", [Hidden.LINE]),
    "in-a-transaction": (b"MAIL FROM:<a@b> AUTH=%s\r\nAUTH PLAIN %s\r\n" % (PASSWORD, PLAIN),
                         b"MAIL FROM:<a@b> AUTH=~\r\nAUTH PLAIN ~\r\n", [Hidden.IDENTITY, Hidden.LOGIN]),
    "pass": (b"USER bob\r\nPASS %s\r\n" % PASSWORD, b"USER bob\r\nPASS ~\r\n", [Hidden.LOGIN]),
    "exchange": (b"X-EXPS LOGIN\r\n%s\r\n%s\r\n" % (USER, SECRET), b"X-EXPS LOGIN\r\n~\r\n~\r\n",
                 [Hidden.LINE] * 2),
    "token-without-auth": (b"NOOP\r\n%s\r\n" % TOKEN, b"NOOP\r\n~\r\n", [Hidden.LINE]),
    "imap-literals": (b"a1 LOGIN {3}\r\nbob {17}\r\n%s\r\n" % PASSWORD, b"a1 LOGIN ~\r\n~\r\n~\r\n",
                      [Hidden.LOGIN, Hidden.LINE, Hidden.LINE]),
    "uri-in-a-greeting": (b"EHLO smtp://bob:%s@x\r\n" % PASSWORD, b"EHLO smtp://bob:~@x\r\n", [Hidden.URI]),
    "query": (b"x /send?user=bob&smtp_password=%s&to=x\r\n" % PASSWORD.replace(b"&", b"%26"),
              b"x /send?user=bob&smtp_password=~&to=x\r\n", [Hidden.URI]),
    "key-of-an-interface": (b"X-Api-Key: %s\r\n" % PASSWORD, b"X-Api-Key: ~\r\n", [Hidden.FIELD]),
    "web-folded": (b"x / HTTP/1.1\r\nAuthorization: Basic\r\n %s\r\nFrom: me\r\n" % PAIR,
                   b"x / HTTP/1.1\r\nAuthorization: ~\r\n ~\r\nFrom: me\r\n", [Hidden.FIELD, Hidden.LINE]),
    "pair-alone": (b"NOOP\r\n%s\r\n" % PAIR, b"NOOP\r\n~\r\n", [Hidden.LINE]),
    "named": (b"user=bob password=%s\r\n" % PASSWORD, b"user=bob password=~\r\n", [Hidden.LOGIN]),
    "json": (b'{"user":"bob","password":"%s"}\r\n' % PASSWORD, b'{"user":"bob","password":~\r\n', [Hidden.LOGIN]),
    "web": (b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\nFrom: me\r\n\r\n" % SECRET,
            b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ~\r\nFrom: me\r\n\r\n", [Hidden.FIELD]),
}  # fmt: skip


def said_to(
    path: Path, stream: bytes, security: MailSecurity, size: int, *, secrets: KnownSecrets | None = None
) -> Evidence:
    """What is kept of one client who says that in pieces of that size, and does not wait."""

    async def act(bench: RecipientBench) -> None:
        if secrets is not None:
            bench.journal.secrets = secrets
        client = await bench.connect()
        for start in range(0, len(stream), size):
            await client.send(stream[start : start + size])
            await asyncio.sleep(0)
        client.writer.write_eof()
        await client.rest()

    return perform(path, act, security=security)


def pieces_of(kept: bytes, pattern: bytes) -> Sequence[bytes]:
    """What stands in what was kept where the pattern has a ``~``."""
    found, at = [], 0
    for piece in pattern.split(b"~"):
        place = kept.index(piece, at) if piece else len(kept)
        found.append(kept[at:place])
        at = place + len(piece)
    assert at == len(kept)
    return found[1:]


@pytest.mark.parametrize("size", [1, 7, 10**6])
@pytest.mark.parametrize("security", BOTH, ids=["offered", "not-offered"])
@pytest.mark.parametrize("name", SAID)
def test_a_credential_is_hidden_and_nothing_else(tmp_path: Path, name: str, security: MailSecurity, size: int) -> None:
    stream, pattern, kinds = SAID[name]
    before = b"" if name == "web" else b"EHLO x\r\n"
    evidence = said_to(tmp_path, before + stream, security, 10**6 if name == "web" else size)  # it is soon turned away
    kept = evidence.client
    assert len(kept) == len(before + stream)
    assert as_kept(before + stream, kept, evidence.hidden) == kept
    hidden = [kept[row.start : row.end] for row in evidence.hidden]
    assert all(set(piece) <= set(b"* \t") for piece in hidden)
    assert hidden == [piece for piece in pieces_of(kept, before + pattern) if piece]
    if security is OFFERED or Hidden.ANSWER not in kinds:
        assert [row.kind for row in evidence.hidden] == kinds
    octets = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert [leak for leak in LEAKS if leak in octets] == []


def test_before_ehlo_and_beyond_a_limit(tmp_path: Path) -> None:
    long = b64encode(b"\0" + NAME + b"\0" + PASSWORD * 6000)
    assert len(long) > COMMAND_LIMIT
    stream = b"AUTH PLAIN %s\r\nAUTH LOGIN\r\n%s\r\nQUIT\r\n" % (long, long)
    evidence = said_to(tmp_path, stream, OFFERED, 3000)
    assert as_kept(stream, evidence.client, evidence.hidden) == evidence.client
    assert set(evidence.client[len(b"AUTH PLAIN ") :].split(b"\r\n")[0]) == {ord("*")}
    assert evidence.client.endswith(b"*\r\nQUIT\r\n")
    octets = (tmp_path / "run.evidence").read_bytes()
    assert [piece for piece in (long[:16], long[40_000:40_016], long[-20:-4]) if piece in octets] == []


def test_a_message_that_is_not_taken_stays_though_a_login_was_tried(tmp_path: Path) -> None:
    stream = b"EHLO x\r\nAUTH PLAIN %s\r\nDATA\r\nSubject: a line of a mail\r\n\r\nno command\r\n.\r\n" % PLAIN
    evidence = said_to(tmp_path, stream, REFUSED, 10**6)
    assert evidence.client.endswith(b"DATA\r\nSubject: a line of a mail\r\n\r\nno command\r\n.\r\n")


@pytest.mark.parametrize("size", [1, 10**6])
def test_of_a_mail_the_password_of_a_uri_is_hidden_alone(tmp_path: Path, size: int) -> None:
    mail = b"See ipp://bob:%s@printer.example/a:b@c, mailto:x:y@z; AUTH PLAIN %s\r\nAUTH PLAIN %s\r\n"
    mail = b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + mail % (PASSWORD, b"YQ==", PLAIN) + b".\r\nQUIT\r\n"
    evidence = said_to(tmp_path, mail, REFUSED, size)
    assert evidence.client == mail.replace(PASSWORD, b"*" * len(PASSWORD))
    assert [row.kind for row in evidence.hidden] == [Hidden.URI]
    assert len(evidence.messages) == 1


def test_what_was_told_is_hidden_where_segments_and_stretches_divide_it(tmp_path: Path) -> None:
    head = b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
    body = (b"x" * 60 + PASSWORD + b"\r\n") * (4 * TRANSCRIPT_LIMIT // 80)
    evidence = said_to(
        tmp_path, head + body + b".\r\n", REFUSED, 1013, secrets=KnownSecrets([("bob", PASSWORD.decode())])
    )
    assert len(evidence.transcripts) > 2
    assert evidence.client == head + body.replace(PASSWORD, b"*" * len(PASSWORD)) + b".\r\n"
    assert {row.kind for row in evidence.hidden} == {Hidden.TOLD}
    assert len(evidence.hidden) == body.count(PASSWORD)


def test_the_envelope_is_kept_without_the_identity(tmp_path: Path) -> None:
    stream = b"MAIL FROM:<a@b> AUTH=%s\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\n" % PASSWORD
    (message,) = said_to(tmp_path, stream, REFUSED, 10**6).messages
    assert message.envelope == b"MAIL FROM:<a@b> AUTH=%s\r\nRCPT TO:<c@d>\r\n" % (b"*" * len(PASSWORD))


def test_what_is_said_while_an_answer_is_awaited_is_in_order(tmp_path: Path) -> None:
    stream = b"EHLO x\r\nAUTH LOGIN\r\n%s\r\n%s\r\nNOOP\r\nMAIL FROM:<a@b>\r\nRCPT TO:" % (USER, SECRET)
    evidence = said_to(tmp_path, stream, OFFERED, 5)
    times = [event.t for event in evidence.events]
    assert times == sorted(times)
    assert evidence.server.count(b"334 ") == 2
    assert evidence.client.endswith(b"\r\nNOOP\r\nMAIL FROM:<a@b>\r\nRCPT TO:")
    assert len(evidence.of(EventKind.CLIENT)) > 5


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.lists(st.integers(0, 900), max_size=3))
@settings(deadline=None)
def test_large_events_are_given_out_as_small_ones_are(pieces: list[int], places: list[int]) -> None:
    said = b"MAIL FROM:<a@b> AUTH=%s\r\nDATA\r\n" % PASSWORD
    stream = said + b"see ipp://bob:%s@b\r\n" % PASSWORD * 8 + b".\r\nAUTH PLAIN %s\r\n" % PLAIN

    def given_out(large: int) -> list[tuple[bytes, list[Secret]]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(gathered, "LARGE", large)
            events, at, out = gathered.GatheredEvents(KnownSecrets([("bob", PASSWORD.decode())])), 0, []
            events.message_begins(len(said))
            for size, upto in zip_longest(pieces, sorted(places)):
                piece = stream[at : at + size] if size else b""
                at += len(piece)
                events.add(at, EventKind.CLIENT, piece)
                if upto is not None:
                    out.append(events.take(min(upto, events.received)))
            return [*out, events.take_all()]

    assert given_out(1) == given_out(100) == given_out(10_000)
