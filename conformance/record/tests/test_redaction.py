"""Credentials are masked by their shape, octet for octet, and nothing else is."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record import redaction, rows
from conformance.record.redaction import (
    COLONS,
    MANY,
    MOST_OF_LINE,
    MOST_URIS,
    CommandLines,
    passwords_in_uris,
    redacted,
    redacted_lines,
    without_passwords_in_uris,
)
from conformance.record.smtp_sessions import COMMANDS, SessionRecord
from conformance.wire.smtp_events import Event, EventKind

NAME, PASSWORD = b"bob.the.printer", b"Tr0ub4dor&3-horse"
PLAIN: Final = b64encode(b"\0" + NAME + b"\0" + PASSWORD)
SECRET: Final = b64encode(PASSWORD)
SECRETS: Final = (NAME, PASSWORD, PLAIN, b64encode(NAME), SECRET)
Said = Sequence[tuple[bytes, bytes]]  # what the client sent, what was answered
NO, YES = b"500 no\r\n", b"250 yes\r\n"


def events_of(said: Said, *, pieces: int = 10**6) -> list[Event]:
    """The client's octets in pieces of that size."""
    events = [Event(0, EventKind.SERVER, b"220 here\r\n")]
    for t, (line, reply) in enumerate(said, 1):
        events += [Event(t, EventKind.CLIENT, line[at : at + pieces]) for at in range(0, len(line), pieces)]
        events += [Event(t, EventKind.SERVER, reply)] if reply else []
    return events


def stream_of(events: Sequence[Event]) -> bytes:
    return b"".join(event.octets for event in events if event.kind is EventKind.CLIENT)


def session_of(events: Sequence[Event]) -> SessionRecord:
    return SessionRecord(rows.Session(1, 0, "127.0.0.1:25", "127.0.0.1:4711"), events)


SHAPES: Final[dict[str, Said]] = {
    "plain": [(b"AUTH PLAIN %s\r\n" % PLAIN, NO)],
    "leading-blank": [(b" AUTH PLAIN %s\r\n" % PLAIN, NO)],
    "leading-tab-and-nul": [(b"\t\0AUTH PLAIN %s\r\n" % PLAIN, NO)],
    "byte-order-mark": [(b"\xef\xbb\xbfAUTH PLAIN %s\r\n" % PLAIN, NO)],
    "other-octets-before": [(b";AUTH PLAIN %s\r\n" % SECRET, NO)],
    "after-another-word": [(b"PLEASE AUTH PLAIN %s\r\n" % SECRET, NO)],
    "after-a-lone-cr": [(b"NOOP\rAUTH PLAIN %s\r\n" % PLAIN, NO)],
    "password-after-a-lone-cr": [(b"AUTH LOGIN\r%s\r%s\r\n" % (b64encode(NAME), SECRET), NO)],
    "rset-between": [(b"AUTH LOGIN\r\n", NO), (b"RSET\r\n", YES), (b64encode(NAME) + b"\r\n", NO),
                     (b"NOOP\r\n", YES), (SECRET + b"\r\n", NO)],
    "mail-between": [(b"AUTH LOGIN\r\n", NO), (b"MAIL FROM:<a@b>\r\n", YES), (SECRET + b"\r\n", NO)],
    "continuation-lines": [(b" AUTH CRAM-MD5\r\n", NO), (SECRET + b"\r\n", NO), (b" " + SECRET + b"\r\n", NO)],
    "answers-to-challenges": [(b"AUTH LOGIN\r\n", b"334 VXNlcm5hbWU6\r\n"), (NAME + b"\r\n", b"334 UGFzc3dvcmQ6\r\n"),
                              (b"NOOP " + PASSWORD + b"\r\n", YES)],
    "identity-of-mail": [(b"MAIL FROM:<a@b> SIZE=3 AUTH=%s BODY=7BIT\r\n" % NAME, YES)],
    "identity-of-mail-in-small-letters": [(b"mail from:<a@b> auth=<%s>\r\n" % NAME, YES)],
    "identity-behind-the-bracket": [(b"MAIL FROM:<a@b>AUTH=%s\r\n" % NAME, YES)],
    "auth-with-an-equals-sign": [(b"AUTH=PLAIN %s\r\n" % PLAIN, NO)],
    "no-mechanism": [(b"AUTH %s\r\n" % SECRET, NO)],
    "pass": [(b"USER bob\r\n", NO), (b"PASS %s\r\n" % PASSWORD, NO)],
    "pass-in-small-letters": [(b" pass %s with blanks\r\n" % PASSWORD, NO)],
    "pass-with-an-equals-sign": [(b"LOGIN user=bob pass=%s\r\n" % PASSWORD, NO)],
    "password-in-full": [(b"PASSWORD %s\r\n" % PASSWORD, NO), (b"passwd: %s\r\n" % PASSWORD, NO)],
    "login-of-another-protocol": [(b"a1 LOGIN %s %s\r\n" % (NAME, PASSWORD), NO)],
    "auth-of-an-extension": [(b"XAUTH PLAIN %s\r\n" % SECRET, NO), (b"X-AUTH %s\r\n" % SECRET, NO)],
    "auth-behind-a-command": [(b"EHLO x AUTH LOGIN %s\r\n" % SECRET, YES), (b"STARTTLS auth plain %s\r\n" % PLAIN, NO)],
    "pass-behind-a-command": [(b"NOOP pass=%s\r\n" % PASSWORD, YES), (b"HELP PASS %s\r\n" % PASSWORD, YES)],
    "response-behind-a-command": [(b"NOOP %s\r\n" % PLAIN, YES), (b"helo %s x\r\n" % PLAIN, YES)],
    "response-in-quotes": [(b'"AUTH" PLAIN "%s"\r\n' % PLAIN, NO)],
    "response-among-other-words": [(b"AU\0TH PLAIN %s x\r\n" % PLAIN, NO), (PLAIN + b" x\r\n", NO)],
    "response-without-auth": [(PLAIN + b"\r\n", NO)],
    "response-without-padding": [(PLAIN.rstrip(b"=") + b" \r\n", NO)],
    "no-line-end": [(b" AUTH PLAIN %s" % PLAIN, b"")],
    "auth-never-answered": [(b"AUTH LOGIN\r\nNOOP %s\r\n" % PASSWORD, b"")],
    "in-the-dialogue-of-a-refused-message": [(b"DATA\r\n", NO), (b"AUTH PLAIN %s\r\n" % PLAIN, NO)],
    "after-a-message": [(b"DATA\r\n", b"354 go\r\n"), (b"a\r\n.\r\n", YES), (b"\0AUTH PLAIN %s\r\n" % PLAIN, NO)],
}  # fmt: skip


@pytest.mark.parametrize("pieces", [1, 7, 10**6])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_credential_of_that_shape_is_masked(shape: str, pieces: int) -> None:
    events = events_of(SHAPES[shape], pieces=pieces)
    before, masked = stream_of(events), redacted(events, COMMANDS)
    after = stream_of(masked)
    assert [secret for secret in SECRETS if secret in after] == []
    assert b"***" in after
    assert [(e.t, e.kind, len(e.octets)) for e in masked] == [(e.t, e.kind, len(e.octets)) for e in events]
    assert all(
        new in (old, ord("*"), ord("X"), *b"\xa1\xc2\xe1\xf1\xff") for old, new in zip(before, after, strict=True)
    )
    assert [octet for octet in after if octet < 0x21] == [octet for octet in before if octet < 0x21]


INNOCENT: Final[dict[str, Said]] = {
    "a-host-of-authors": [(b"EHLO auth.example\r\n", YES), (b"HELO author.example\r\n", YES)],
    "an-authority": [(b"MAIL FROM:<authority@pass.example>\r\n", YES), (b"RCPT TO:<AUTH@passau.example>\r\n", YES)],
    "a-body-about-it": [(b"DATA\r\n", b"354 go\r\n"),
                        (b"Subject: AUTH\r\n\r\nAUTH PLAIN %s\r\nPASS word\r\n%s\r\n.\r\n" % (PLAIN, PLAIN), YES)],
    "spilled-words": [(b"the password is not in the authority's hands\r\n", NO)],
    "auth-alone": [(b"AUTH\r\n", NO), (b"AUTH LOGIN\r\n", NO), (b"NOOP\r\n", YES), (b"QUIT\r\n", YES)],
    "names-with-such-words": [(b'MAIL FROM:<"auth plain or pass it"@b>\r\n', YES), (b"VRFY PASS word\r\n", YES),
                              (b'RCPT TO:<"a login name AUTH LOGIN x"@b>\r\n', YES)],
    "a-host-in-base64": [(b"EHLO " + b64encode(b"one\0two") + b"\r\n", YES),
                         (b"HELO " + b64encode(b"\0two\0\x01three") + b"\r\n", YES)],
    "identity-that-is-none": [(b"MAIL FROM:<a@b> AUTH=\r\n", YES)],
    "base64-of-something-else": [(b64encode(b"what else") + b"\r\n", NO), (b64encode(b"a: \1b") + b"\r\n", NO)],
    "words-that-are-base64": [(b"NotificationMailAttached\r\n", NO), (b"Printer4a\r\n", NO)],
}  # fmt: skip


@pytest.mark.parametrize("pieces", [1, 10**6])
@pytest.mark.parametrize("name", INNOCENT)
def test_what_is_no_credential_stays(name: str, pieces: int) -> None:
    events = events_of(INNOCENT[name], pieces=pieces)
    assert list(redacted(events, COMMANDS)) == events


def test_lines_of_an_envelope_are_masked_the_same_way() -> None:
    lines = b"MAIL FROM:<a@b> AUTH=%s\r\nRCPT TO:<c@d>\r\n" % NAME
    assert redacted_lines(lines, COMMANDS) == b"MAIL FROM:<a@b> AUTH=%s\r\nRCPT TO:<c@d>\r\n" % (b"*" * len(NAME))
    assert redacted_lines(b"RCPT TO:<c@d>\r\n", COMMANDS) == b"RCPT TO:<c@d>\r\n"


@pytest.mark.parametrize("before", [b"", b"EHLO ", b"x AUTH "])
def test_of_very_many_passwords_the_last_goes_on_to_the_end(before: bytes) -> None:
    text = before + b"ipp://a:secret@b " * (2 * MOST_URIS) + b"and no more"
    found = list(passwords_in_uris(text))
    assert len(found) == MOST_URIS
    masked = bytearray(text)
    for secret in found:
        masked[secret.start : secret.end] = masked[secret.start : secret.end].translate(secret.mask)
    assert b"secret" not in masked
    assert masked.endswith(b"@b and no more")
    assert masked.count(b"ipp://a:******@b ") == MOST_URIS - 1
    assert [secret.end for secret in passwords_in_uris(bytes(masked))][-1] <= found[-1].end  # twice is as once


@pytest.mark.parametrize("many", [0, MANY])
@pytest.mark.parametrize("colons", [0, COLONS - 1, COLONS, COLONS + 1, 2 * COLONS])
def test_a_password_in_a_uri_is_found_behind_however_many_colons(
    colons: int, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redaction, "MANY", many)
    text = b"a: " * colons + b"ipp://a:secret@b ipp://c://d:hidden@e"
    assert [text[s.start : s.end] for s in passwords_in_uris(text)] == [b"secret", b"hidden"]
    assert [text[s.start : s.end] for s in passwords_in_uris(text, 3 * colons + 5)] == [b"hidden"]
    assert [text[s.start : s.end] for s in passwords_in_uris(text, 0, len(text) - 2)] == [b"secret"]
    assert list(passwords_in_uris(text, 0, text.index(b"@"))) == []


def test_in_an_answer_nothing_between_passwords_is_masked_however_many_there_are() -> None:
    answer = b"E\x00\x0aprinter-uri\x00\x10ipp://a:%s@b.example\x03" * (2 * MOST_URIS)
    assert without_passwords_in_uris(answer % ((b"secret",) * 2 * MOST_URIS)) == answer % ((b"******",) * 2 * MOST_URIS)


@pytest.mark.parametrize(
    "text", ["ipp://p.example:631\u3001\u9023\u7d61\u5148\U0001f4e0\xe9@example.com", "ipp://a:b@c"]
)
def test_what_is_utf_8_stays_it_whatever_is_taken_for_a_password(text: str) -> None:
    octets = without_passwords_in_uris(text.encode())
    assert len(octets) == len(text.encode())
    assert len(octets.decode()) == len(text)
    assert without_passwords_in_uris(octets) == octets


def test_an_extension_stays_one_after_auth() -> None:
    said = [(b"AUTH LOGIN\r\n", NO), (b"XFORWARD NAME=a\r\n", YES), (b"XYZZY\r\n", NO), (b"Xy= z\r\n", NO)]
    assert stream_of(redacted(events_of(said), COMMANDS)) == (b"AUTH LOGIN\r\nXXXXXXXX XXXXXX\r\nXXXXX\r\n*** *\r\n")


# ---------------------------------------------------------------- what masking changes of a judgement: nothing

lines = st.one_of(
    st.sampled_from([
        b"EHLO a.example\r\n", b"MAIL FROM:<a@b> AUTH=x\r\n", b"RCPT TO:<c@d>\r\n", b"DATA\r\n", b"RSET\r\n",
        b"AUTH PLAIN %s\r\n" % PLAIN, b"AUTH LOGIN\r\n", b" AUTH LOGIN\r\n", b"NOOP\rAUTH PLAIN x\n", b"PASS x\r\n",
        b"XAUTH PLAIN y\r\n", b"STARTTLS\r\n", b"text\r\n.\r\n", b"\0AUTH\r\n", PLAIN + b"\r\n", b"HELP",
        b"X-a\r\n", b"QUIT\r\n",
    ]),
    st.binary(max_size=12),
)  # fmt: skip
replies = st.sampled_from([YES, NO, b"334 go\r\n", b"354 go\r\n", b"220 tls\r\n", b"235 ok\r\n", b"221 bye\r\n", b""])


@given(st.lists(st.tuples(lines, replies), max_size=12), st.sampled_from([1, 5, 10**6]))
def test_a_session_is_the_same_dialogue_when_it_is_masked(said: list[tuple[bytes, bytes]], pieces: int) -> None:
    events = events_of(said, pieces=pieces)
    masked = redacted(events, COMMANDS)
    before, after = session_of(events), session_of(masked)
    assert [e.t for e in masked] == [e.t for e in events]
    assert len(before.turns) == len(after.turns)
    for old, new in zip(before.turns, after.turns, strict=True):
        assert (old.span, old.reply, old.data_span, old.responses) == (
            new.span,
            new.reply,
            new.data_span,
            new.responses,
        )
        assert old.verb == new.verb or old.verb not in COMMANDS
        assert (old in before.no_commands()) == (new in after.no_commands())
        assert before.offered(old) == after.offered(new)
    assert [content.wire for content in before.contents] == [content.wire for content in after.contents]
    assert before.dialogue.closed is after.dialogue.closed
    assert [d.kind for d in before.dialogue.problems] == [d.kind for d in after.dialogue.problems]


def test_the_end_of_a_message_behind_a_login_is_still_one() -> None:
    said = [
        (b"EHLO x\r\n", YES), (b"AUTH PLAIN %s\r\n" % PLAIN, b"235 known\r\n"), (b"MAIL FROM:<a@b>\r\n", YES),
        (b"RCPT TO:<c@d>\r\n", YES), (b"DATA\r\n", b"354 go on\r\n"), (b"Subject: x\r\n\r\nx\r\n.\r\n", YES),
        (b"QUIT\r\n", b"221 bye\r\n"),
    ]  # fmt: skip
    masked = redacted(events_of(said), COMMANDS)
    before, after = (session_of(events).turns for events in (events_of(said), masked))
    assert [(turn.verb, turn.data_span) for turn in after] == [(turn.verb, turn.data_span) for turn in before]
    assert after[-1].verb == "QUIT"
    assert PLAIN not in stream_of(masked)


@pytest.mark.parametrize("word", [b" AUTH=xyz", b" AGJvYgBzZWNyZXQ=", b" ?key=xyz://"])
def test_of_very_many_secrets_in_a_line_the_last_goes_on_to_its_end(word: bytes) -> None:
    first = b"hello ://" if b"?" in word else b"MAIL FROM:<a@b.example>"
    line = first + word * 3_000
    secrets = list(CommandLines(COMMANDS).secrets(line, last=True))
    assert len(secrets) == MOST_OF_LINE
    assert max(secret.end for secret in secrets) == len(line)
    once = redacted_lines(line, COMMANDS)
    assert b"xyz" not in once
    assert b"AGJv" not in once
    assert redacted_lines(once, COMMANDS) == once
