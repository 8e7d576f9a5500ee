"""Mails on their way out: against a relay that accepts, stalls, refuses and breaks off."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from conformance.wire import imf as judge
from fakes.printer.mail.composed import Composed
from fakes.printer.mail.delivery import MOST_QUEUED, Mailer
from fakes.printer.mail.transports import TRANSPORTS, LibraryTransport, Undelivered
from fakes.printer.notice import Notice
from fakes.printer.policy import OBEDIENT, Policy
from fakes.tests.ports import free_port
from fakes.tests.relay import CONTENT, CUT, GREETING, SILENCE, Relay, relay

from .notices import JOB_EVENT, changed

QUICK = replace(OBEDIENT, retry_delays=(0.01, 0.01, 0.01, 0.01), smtp_timeout=20.0)
DIALOGUE = ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
CLOSING = 20.0  # seconds; no test needs them


def play(scene: Callable[[Relay], Awaitable[None]]) -> None:
    """Runs a scene with a relay, for at most half a minute."""

    async def staged() -> None:
        async with asyncio.timeout(30), relay() as there:
            await scene(there)

    asyncio.run(staged())


def numbered(count: int, subscription: int = 1) -> list[Notice]:
    return [
        changed(id=subscription, sequence=n, recipient=f"mailto:s{subscription}@acme.com") for n in range(1, count + 1)
    ]


def number(content: bytes) -> int:
    text = judge.read(content).text
    assert text is not None
    (line,) = (line for line in (text.string or "").splitlines() if line.startswith("Notification: "))
    return int(line.removeprefix("Notification: "))


def is_open(transport: object) -> bool:
    assert isinstance(transport, LibraryTransport)
    return transport.is_open


async def sent(there: Relay, notices: list[Notice], policy: Policy = QUICK) -> list[Notice]:
    """Sends the notices and waits; returns those that were given up."""
    given_up: list[Notice] = []
    mailer = Mailer(policy, "127.0.0.1", there.port, given_up=given_up.append)
    for notice in notices:
        mailer.send(notice)
    assert await mailer.close(CLOSING) == 0
    return given_up


def test_a_mail_is_delivered_in_one_polite_dialogue() -> None:
    async def scene(there: Relay) -> None:
        assert await sent(there, [JOB_EVENT]) == []
        (session,) = there.sessions
        assert session.lines == [
            "EHLO printer.example", "MAIL FROM:<jones@acme.com>", "RCPT TO:<smith@acme.com>", "DATA", "QUIT",
        ]  # fmt: skip
        (content,) = there.taken
        assert judge.read(content).problems == ()
        assert number(content) == 3

    play(scene)


def test_content_reaches_the_wire_with_its_dots_doubled() -> None:
    async def scene(there: Relay) -> None:
        transport = LibraryTransport(QUICK, "127.0.0.1", there.port)
        await transport.deliver(Composed("a@b.example", '"a b"@c.example', b".one\r\n..two\r\n.\r\nx.\r\n"))
        await transport.quit()
        assert there.taken == [b"..one\r\n...two\r\n..\r\nx.\r\n"]
        assert 'RCPT TO:<"a b"@c.example>' in there.sessions[0].lines

    play(scene)


@pytest.mark.parametrize("where", [GREETING, "EHLO", "MAIL", "RCPT", "DATA", CONTENT])
@pytest.mark.parametrize("reply", [b"451 later\r\n", b"421 closing\r\n", CUT], ids=["451", "421", "cut"])
def test_what_may_pass_is_tried_again(where: str, reply: bytes) -> None:
    async def scene(there: Relay) -> None:
        there.script[where] += [reply, reply]
        assert await sent(there, [JOB_EVENT]) == []
        assert len(there.sessions) == 3
        assert len(there.taken) == 1
        assert {content for session in there.sessions for content in session.content} == set(there.taken)

    play(scene)


@pytest.mark.parametrize("where", [GREETING, "MAIL", "RCPT", "DATA", CONTENT])
def test_a_refusal_for_good_is_not_tried_again(where: str) -> None:
    async def scene(there: Relay) -> None:
        there.script[where].append(b"550 no\r\n")
        first, second = numbered(2)
        assert await sent(there, [first, second]) == [first]
        assert [number(content) for content in there.taken] == [2]
        assert len(there.sessions) == 2

    play(scene)


def test_a_relay_that_refuses_says_goodbye_all_the_same() -> None:
    async def scene(there: Relay) -> None:
        there.script["RCPT"].append(b"550-no such\r\n550 mailbox\r\n")
        await sent(there, [JOB_EVENT])
        assert there.sessions[0].verbs == ["EHLO", "MAIL", "RCPT", "QUIT"]

    play(scene)


def test_helo_follows_where_ehlo_is_not_known() -> None:
    async def scene(there: Relay) -> None:
        there.usual["EHLO"] = b"502 what?\r\n"
        assert await sent(there, [JOB_EVENT]) == []
        assert there.sessions[0].verbs == ["EHLO", "HELO", "MAIL", "RCPT", "DATA", "QUIT"]

    play(scene)


def test_any_reply_of_success_is_one() -> None:
    async def scene(there: Relay) -> None:
        there.script["RCPT"].append(b"251 not here, but I know where\r\n")
        there.script[CONTENT].append(b"252 well\r\n")
        assert await sent(there, [JOB_EVENT]) == []
        assert len(there.sessions) == 1

    play(scene)


def test_an_attempt_that_gets_no_answer_ends() -> None:
    async def scene(there: Relay) -> None:
        there.script["MAIL"].append(SILENCE)
        assert await sent(there, [JOB_EVENT], replace(QUICK, smtp_timeout=0.5)) == []
        assert len(there.taken) == 1

    play(scene)


def test_a_mail_is_given_up_when_no_attempt_is_left(caplog: pytest.LogCaptureFixture) -> None:
    async def scene(there: Relay) -> None:
        there.usual["RCPT"] = b"450 busy\r\n"
        assert await sent(there, [JOB_EVENT], replace(QUICK, retry_delays=(0.01, 0.01))) == [JOB_EVENT]
        assert len(there.sessions) == 3

    with caplog.at_level(logging.WARNING):
        play(scene)
    assert [record.getMessage() for record in caplog.records] == [
        "subscription 5: mail given up: the relay said '450 busy'"
    ]


def test_a_relay_that_comes_up_later_gets_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        refused = asyncio.Event()

        class Telling(LibraryTransport):
            async def deliver(self, mail: Composed) -> None:
                try:
                    await super().deliver(mail)
                except Undelivered:
                    refused.set()
                    raise

        monkeypatch.setitem(TRANSPORTS, "telling", Telling)
        with free_port() as port:
            mailer = Mailer(replace(QUICK, transport="telling", retry_delays=(0.02,) * 1000), "127.0.0.1", port)
            mailer.send(JOB_EVENT)
            await refused.wait()
            there = Relay()
            async with await asyncio.start_server(there.serve, "127.0.0.1", port):
                async with asyncio.timeout(20):
                    await there.until_taken(1)
                assert await mailer.close(CLOSING) == 0

    asyncio.run(scene())


def test_a_subscriptions_mails_stay_in_order_through_failures() -> None:
    async def scene(there: Relay) -> None:
        there.script[CONTENT] += [b"250 ok\r\n"] * 7 + [b"451 later\r\n", b"250 ok\r\n", CUT]
        assert await sent(there, numbered(20)) == []
        assert [number(content) for content in there.taken] == list(range(1, 21))

    play(scene)


@pytest.mark.parametrize("connection", ["per-mail", "kept"])
def test_subscriptions_do_not_wait_for_each_other(connection: Any) -> None:
    async def scene(there: Relay) -> None:
        there.gates["s1@"] = asyncio.Event()
        mailer = Mailer(replace(QUICK, connection=connection), "127.0.0.1", there.port)
        for notice in (*numbered(2, 1), *numbered(3, 2)):
            mailer.send(notice)
        await there.until_taken(3)
        assert all(b"To: s2@acme.com" in content for content in there.taken)
        assert mailer.waiting >= 2
        there.gates["s1@"].set()
        await there.until_taken(5)
        assert await mailer.close(CLOSING) == 0

    play(scene)


def test_sessions_at_once_are_bounded() -> None:
    async def scene(there: Relay) -> None:
        notices = [notice for subscription in range(12) for notice in numbered(2, subscription)]
        assert await sent(there, notices, replace(QUICK, max_sessions=3)) == []
        assert len(there.taken) == 24
        assert there.most_at_once == 3

    play(scene)


def test_each_mail_has_a_connection_of_its_own() -> None:
    async def scene(there: Relay) -> None:
        await sent(there, numbered(3))
        assert [session.verbs for session in there.sessions] == [DIALOGUE] * 3

    play(scene)


def test_a_kept_connection_serves_many_mails_and_ends_with_quit() -> None:
    async def scene(there: Relay) -> None:
        await sent(there, numbered(3), replace(QUICK, connection="kept"))
        assert [session.verbs for session in there.sessions] == [["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]]

    play(scene)


def test_a_kept_connection_that_the_relay_closed_is_replaced() -> None:
    async def scene(there: Relay) -> None:
        there.script["MAIL"] += [b"250 ok\r\n", CUT]
        assert await sent(there, numbered(2), replace(QUICK, connection="kept")) == []
        assert [number(content) for content in there.taken] == [1, 2]
        assert len(there.sessions) == 2

    play(scene)


def test_a_kept_connection_that_ended_meanwhile_costs_no_attempt() -> None:
    async def scene(there: Relay) -> None:
        there.hangs_up = True
        given_up: list[Notice] = []
        policy = replace(QUICK, connection="kept", retry_delays=())
        mailer = Mailer(policy, "127.0.0.1", there.port, given_up=given_up.append)
        for notice in numbered(3):
            mailer.send(notice)
            while mailer.waiting or any(map(is_open, mailer._kept)):  # noqa: ASYNC110 - no event tells of a lost connection
                await asyncio.sleep(0)  # the end of a connection shows on the next turn of the loop
        assert await mailer.close(CLOSING) == 0
        assert given_up == []
        assert len(there.taken) == len(there.sessions) == 3

    play(scene)


def test_closing_finishes_what_is_queued_and_takes_no_more() -> None:
    async def scene(there: Relay) -> None:
        mailer = Mailer(QUICK, "127.0.0.1", there.port)
        for notice in numbered(5):
            mailer.send(notice)
        assert await mailer.close(CLOSING) == 0
        assert len(there.taken) == 5
        with pytest.raises(RuntimeError, match="closed"):
            mailer.send(JOB_EVENT)

    play(scene)


def test_what_waits_for_a_relay_is_bounded() -> None:
    async def scene(there: Relay) -> None:
        there.gates["s1@"] = asyncio.Event()
        given_up = list[Notice]()
        mailer = Mailer(QUICK, "127.0.0.1", there.port, given_up=given_up.append)
        notices = numbered(1) * (MOST_QUEUED + 3)
        for notice in notices:
            mailer.send(notice)
        assert mailer.waiting == MOST_QUEUED
        assert len(given_up) == 3
        there.gates["s1@"].set()
        await mailer.close(0)

    play(scene)


def test_closing_drops_what_does_not_go_in_time() -> None:
    async def scene(there: Relay) -> None:
        there.gates["s1@"] = asyncio.Event()
        mailer = Mailer(QUICK, "127.0.0.1", there.port)
        for notice in (*numbered(3, 1), *numbered(1, 2)):
            mailer.send(notice)
        assert await mailer.close(0.1) == 3
        assert len(there.taken) == 1
        there.gates["s1@"].set()

    play(scene)


def test_nothing_runs_on_when_there_is_nothing_to_send() -> None:
    async def scene(there: Relay) -> None:
        before = asyncio.all_tasks()
        mailer = Mailer(QUICK, "127.0.0.1", there.port)
        mailer.send(JOB_EVENT)
        (worker,) = asyncio.all_tasks() - before
        await asyncio.wait([worker])
        assert (mailer.waiting, len(there.taken)) == (0, 1)
        mailer.send(JOB_EVENT)  # and a later notice starts a worker again
        await there.until_taken(2)
        assert await mailer.close(CLOSING) == 0

    play(scene)


def test_a_delay_holds_each_mail_back_and_does_not_add_up() -> None:
    async def scene(there: Relay) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        mailer = Mailer(replace(QUICK, delivery_delay=0.1), "127.0.0.1", there.port)
        for notice in numbered(4):
            mailer.send(notice)
        await there.until_sessions(1)
        assert loop.time() - start >= 0.1
        await there.until_taken(4)
        assert loop.time() - start < 0.3
        assert await mailer.close(CLOSING) == 0

    play(scene)


@pytest.mark.parametrize("offered", [True, False])
def test_eight_bit_text_goes_only_where_it_is_welcome(offered: bool) -> None:
    async def scene(there: Relay) -> None:
        if not offered:
            there.usual["EHLO"] = b"250 relay.example\r\n"
        notice = changed(format="text/plain; charset=utf-8", job_name="Grüße")
        assert await sent(there, [notice], replace(QUICK, text_encoding="8bit")) == []
        assert f"MAIL FROM:<jones@acme.com>{' BODY=8BITMIME' if offered else ''}" in there.sessions[0].lines
        (content,) = there.taken
        _, attachment = judge.read(content).leaves
        assert attachment.encoding == ("8bit" if offered else "quoted-printable")
        assert "Job name: Grüße" in (attachment.string or "")
        assert len(there.sessions) == 1

    play(scene)


def test_a_notice_without_a_safe_mail_is_dropped_and_the_next_one_goes(caplog: pytest.LogCaptureFixture) -> None:
    async def scene(there: Relay) -> None:
        bad = changed(recipient="mailto:a@b.example\r\nBcc: c@d.example")
        assert await sent(there, [bad, JOB_EVENT]) == [bad]
        assert len(there.taken) == len(there.sessions) == 1

    play(scene)
    (message,) = [record.getMessage() for record in caplog.records]
    assert message == r"subscription 5: no mail: 'mailto:a@b.example\r\nBcc: c@d.example' does not name one mailbox"


def test_what_a_relay_says_is_logged_on_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async def scene(there: Relay) -> None:
        there.usual["MAIL"] = "554-né\r\n554 \x1b[31mno\r\n".encode()
        await sent(there, [JOB_EVENT])

    play(scene)
    assert [r.getMessage().isprintable() and r.getMessage().isascii() for r in caplog.records] == [True]


def test_another_transport_takes_over_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Hoarding:
        hoard: list[Composed]
        lied: bool = False

        async def deliver(self, mail: Composed) -> None:
            self.hoard.append(mail)
            if len(self.hoard) == 1:
                raise Undelivered("no hurry")

        async def quit(self) -> None: ...

        def abort(self) -> None: ...

    hoard: list[Composed] = []
    monkeypatch.setitem(TRANSPORTS, "hoarding", lambda policy, host, port: Hoarding(hoard))

    async def scene(there: Relay) -> None:
        assert await sent(there, [JOB_EVENT], replace(QUICK, transport="hoarding")) == []
        assert hoard == [hoard[0]] * 2
        assert there.sessions == []

    play(scene)


def test_a_relay_of_other_make_takes_the_mail() -> None:
    class Keeper:
        lied = False

        def __init__(self) -> None:
            self.kept: list[Any] = []

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
            self.kept.append(envelope)
            return "250 kept"

    async def scene() -> None:
        keeper = Keeper()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(keeper, hostname="relay.example"), "127.0.0.1", 0)
        async with server:
            mailer = Mailer(QUICK, "127.0.0.1", server.sockets[0].getsockname()[1])
            for notice in numbered(10):
                mailer.send(notice)
            assert await mailer.close(CLOSING) == 0
        assert [number(envelope.content) for envelope in keeper.kept] == list(range(1, 11))
        assert keeper.kept[0].mail_from == "jones@acme.com"
        assert keeper.kept[0].rcpt_tos == ["s1@acme.com"]

    asyncio.run(scene())
