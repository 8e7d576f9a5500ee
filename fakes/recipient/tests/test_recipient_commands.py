"""The recipient's commands: nothing a judge should see is refused, and the state is what was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from .recipient_bench import RecipientBench, perform

# ---------------------------------------------------------------- nobody is refused

SENDERS = [
    b"MAIL FROM:<>",
    b"mail from:<a@b.example>",
    b"MAIL FROM: <a@b.example>",
    b"MAIL FROM :<a@b.example>",
    b"MAIL FROM:a@b.example",
    b"MAIL FROM:<a@b.example",
    b"MAIL FROM:<M\xfcller@b.example>",
    "MAIL FROM:<Müller@b.example> SMTPUTF8".encode(),
    b"MAIL FROM:<a@b.example> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=QQ314159",
    b"MAIL FROM:<a@b.example> BODY=BINARYMIME X-UNKNOWN",
    b"MAIL FROM:<a@b.example> =?&",
    b"MAIL FROM:<a@b.example>SIZE=1",
    b"MAIL FROM:<a@b.example.>",
    b"MAIL FROM:<a@[127.0.0.1]>",
    b"MAIL FROM:<a@[IPv6:::1]>",
    b"MAIL FROM:<@route.example:a@b.example>",
    b'MAIL FROM:<"a b"@b.example>',
    b"MAIL FROM:<a b@b.example>",
    b"MAIL FROM:<nobody>",
    b"MAIL FROM:<" + b"a" * 60_000 + b"@b.example>",
]


@pytest.mark.parametrize("line", SENDERS, ids=range(len(SENDERS)))
def test_a_sender_is_taken_however_it_is_written(tmp_path: Path, line: bytes) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"EHLO x\r\n")
        assert (await client.say(line + b"\r\n")).startswith(b"250")
        assert (await client.say(b"RCPT TO:<jones@acme.example>\r\n")).startswith(b"250")
        await client.say(b"DATA\r\n")
        assert (await client.say(b".\r\n")).startswith(b"250")

    evidence = perform(tmp_path, act)
    assert evidence.messages[0].envelope.splitlines(keepends=True)[0] == line + b"\r\n"


RECIPIENTS = [
    (b"RCPT TO:<jones@acme.example>", "jones@acme.example"),
    (b"rcpt to:<jones@ACME.Example>", "jones@acme.example"),
    (b"RCPT TO: jones@acme.example", "jones@acme.example"),
    (b"RCPT TO:<jones@acme.example", "jones@acme.example"),
    (b"RCPT TO:<jones@acme.example.>", "jones@acme.example."),
    (b"RCPT TO:<jones@acme.example> NOTIFY=SUCCESS ORCPT=rfc822;jones@acme.example", "jones@acme.example"),
    (b"RCPT TO:<@a.example,@b.example:jones@acme.example>", "jones@acme.example"),
    (b'RCPT TO:<"jones > x"@acme.example>', '"jones > x"@acme.example'),
    ("RCPT TO:<jönes@acme.example>".encode(), "jönes@acme.example"),
    (b"RCPT TO:<jones@[192.0.2.1]>", "jones@[192.0.2.1]"),
    (b"RCPT TO:<Postmaster>", "Postmaster"),
    (b"RCPT TO:<>", ""),
]


@pytest.mark.parametrize(("line", "address"), RECIPIENTS, ids=range(len(RECIPIENTS)))
def test_a_recipient_is_taken_however_it_is_written(tmp_path: Path, line: bytes, address: str) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"HELO x\r\n")
        await client.say(b"MAIL FROM:<a@b.example>\r\n")
        assert (await client.say(line + b"\r\n")).startswith(b"250")
        await client.say(b"DATA\r\n")
        assert (await client.say(b".\r\n")).startswith(b"250")
        assert bench.recipient.arrivals.count(address) == 1

    evidence = perform(tmp_path, act)
    assert evidence.messages[0].envelope.splitlines(keepends=True)[1:] == [line + b"\r\n"]


def test_mail_is_taken_from_a_client_that_never_said_hello(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.mail()).startswith(b"250")

    assert len(perform(tmp_path, act).messages) == 1


def test_a_command_beyond_the_bound_is_refused_and_recorded(tmp_path: Path) -> None:
    line = b"MAIL FROM:<" + b"a" * 200_000 + b"@b.example>\r\n"

    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(line)).startswith(b"500")
        assert (await client.mail()).startswith(b"250")

    evidence = perform(tmp_path, act)
    assert evidence.client.startswith(line)
    assert len(evidence.messages) == 1


def test_a_message_sent_as_commands_is_seen_to_the_end(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        for i in range(300):
            assert (await client.say(b"X-Header-%d: value\r\n" % i)).startswith(b"500")
        assert (await client.say(b"QUIT\r\n")).startswith(b"221")

    assert perform(tmp_path, act).client.count(b"X-Header") == 300


def test_keywords_that_would_change_what_printers_do_are_not_announced(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        words = [line[4:] for line in (await client.say(b"EHLO x\r\n")).splitlines()]
        assert words == [b"recipient.example", b"SIZE 33554432", b"8BITMIME", b"HELP"]

    perform(tmp_path, act)


def test_help_names_what_there_is(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        words = (await client.say(b"HELP\r\n")).split()
        assert words[3:] == b"DATA EHLO HELO HELP MAIL NOOP QUIT RCPT RSET VRFY".split()
        assert (await client.say(b"HELP MAIL\r\n")).startswith(b"250")

    perform(tmp_path, act)


# ---------------------------------------------------------------- the state of a transaction


@pytest.mark.parametrize(
    ("before", "line", "code"),
    [
        pytest.param([], b"RCPT TO:<a@b.example>", b"503", id="rcpt-before-mail"),
        pytest.param([], b"DATA", b"503", id="data-before-mail"),
        pytest.param([b"MAIL FROM:<a@b.example>"], b"DATA", b"503", id="data-before-rcpt"),
        pytest.param([b"MAIL FROM:<a@b.example>"], b"MAIL FROM:<a@b.example>", b"503", id="mail-twice"),
        pytest.param([b"MAIL FROM:<a@b.example>", b"RSET"], b"MAIL FROM:<a@b.example>", b"250", id="mail-after-rset"),
        pytest.param([b"MAIL FROM:<a@b.example>", b"EHLO x"], b"RCPT TO:<a@b.example>", b"503", id="ehlo-resets"),
        pytest.param([b"MAIL FROM:<>"], b"MAIL FROM:<>", b"503", id="null-sender-twice"),
        pytest.param([], b"MAIL", b"501", id="mail-without-argument"),
        pytest.param([], b"MAIL FROM:", b"501", id="mail-without-address"),
        pytest.param([b"MAIL FROM:<>"], b"RCPT TO:", b"501", id="rcpt-without-address"),
        pytest.param([b"MAIL FROM:<>", b"RCPT TO:<a@b.example>"], b"DATA x", b"501", id="data-with-argument"),
        pytest.param([], b"VRFY jones", b"252", id="vrfy"),
        pytest.param([], b"NOOP", b"250", id="noop"),
        pytest.param([], b"HELP", b"250", id="help"),
        pytest.param([], b"EXPN list", b"502", id="expn"),
        pytest.param([], b"AUTH PLAIN AGEAYg==", b"500", id="auth-not-offered"),
        pytest.param([], b"STARTTLS", b"454", id="starttls-not-offered"),
        pytest.param([], b"BDAT 10 LAST", b"500", id="bdat"),
        pytest.param([], b"", b"500", id="nothing"),
    ],
)
def test_commands_are_answered_by_the_state_they_come_in(
    tmp_path: Path, before: list[bytes], line: bytes, code: bytes
) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        for each in before:
            assert (await client.say(each + b"\r\n")).startswith(b"250")
        assert (await client.say(line + b"\r\n")).startswith(code)
        assert (await client.say(b"QUIT\r\n")).startswith(b"221")

    perform(tmp_path, act)


def test_the_envelope_holds_only_what_was_accepted(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"MAIL FROM:<first@b.example>\r\n")
        await client.say(b"RCPT TO:<first@b.example>\r\n")
        await client.say(b"RSET\r\n")
        await client.say(b"MAIL FROM:<a@b.example>\r\n")
        await client.say(b"RCPT TO:\r\n")
        await client.say(b"RCPT TO:<one@b.example>\r\n")
        await client.say(b"RCPT TO:<two@b.example>\r\n")
        await client.say(b"DATA\r\n")
        await client.say(b".\r\n")

    evidence = perform(tmp_path, act)
    assert [m.envelope for m in evidence.messages] == [
        b"MAIL FROM:<a@b.example>\r\nRCPT TO:<one@b.example>\r\nRCPT TO:<two@b.example>\r\n"
    ]


def test_recipients_without_number_are_bounded(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"MAIL FROM:<a@b.example>\r\n")
        answers = [await client.say(b"RCPT TO:<" + b"a" * 60_000 + b"%d@b.example>\r\n" % i) for i in range(5)]
        assert [a[:3] for a in answers] == [b"250"] * 2 + [b"452"] * 3

    perform(tmp_path, act)


def test_what_follows_quit_is_not_done(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.send(b"QUIT\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nx\r\n.\r\n")
        assert (await client.reply()).startswith(b"221")
        await client.close()

    evidence = perform(tmp_path, act)
    assert evidence.messages == []
    assert evidence.server.endswith(b"221 Bye\r\n")
