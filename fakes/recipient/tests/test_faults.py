"""Faults at work: what they do, and that the recipient holds what the client was told."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from conformance.wire.smtp_events import EventKind
from fakes.recipient.faults import FaultScript

from .recipient_bench import Evidence, RecipientBench, perform

# ---------------------------------------------------------------- what it does


def faulty(tmp_path: Path, act: object, *lines: str, **options: object) -> Evidence:
    return perform(tmp_path, act, faults=FaultScript.parse(lines), **options)  # type: ignore[arg-type]


def stamps(evidence: Evidence) -> list[bytes]:
    return evidence.of(EventKind.FAULT)


@pytest.mark.parametrize("code", ["421", "554", "450"])
def test_a_greeting_can_turn_the_client_away(tmp_path: Path, code: str) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect(greeted=False)
        assert (await client.reply()).startswith(code.encode() + b" ")
        if code == "421":
            assert await client.rest() == b""
            return
        assert (await client.say(b"EHLO x\r\n")).startswith(b"503")
        assert (await client.say(b"MAIL FROM:<a@b.example>\r\n")).startswith(b"503")
        assert (await client.say(b"QUIT\r\n")).startswith(b"221")

    evidence = faulty(tmp_path, act, f"greeting: {code}")
    assert stamps(evidence) == [f"greeting: {code}".encode()]
    assert evidence.server.count(b"220") == 0


def test_a_greeting_can_have_several_lines(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect(greeted=False)
        lines = (await client.reply()).splitlines()
        assert [line[:4] for line in lines] == [b"220-", b"220-", b"220 "]
        assert (await client.mail()).startswith(b"250")

    evidence = faulty(tmp_path, act, "greeting: multiline 3")
    assert stamps(evidence) == [b"greeting: multiline 3"]


def test_a_refused_sender_opens_no_transaction(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(b"MAIL FROM:<a@b.example>\r\n")).startswith(b"451")
        assert (await client.say(b"RCPT TO:<a@b.example>\r\n")).startswith(b"503")
        assert (await client.mail()).startswith(b"250")

    evidence = faulty(tmp_path, act, "mail: 451 x1")
    assert [m.envelope.count(b"MAIL") for m in evidence.messages] == [1]


def test_a_refused_recipient_is_in_no_envelope(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"MAIL FROM:<a@b.example>\r\n")
        answers = [(await client.say(b"RCPT TO:<r%d@b.example>\r\n" % i))[:3] for i in range(4)]
        assert answers == [b"451", b"451", b"250", b"250"]
        await client.say(b"DATA\r\n")
        await client.say(b".\r\n")
        assert [bench.recipient.arrivals.count(f"r{i}@b.example") for i in range(4)] == [0, 0, 1, 1]

    evidence = faulty(tmp_path, act, "rcpt: 451 x2")
    assert stamps(evidence) == [b"rcpt: 451 x2"] * 2
    assert b"r1@" not in evidence.messages[0].envelope
    assert b"r2@" in evidence.messages[0].envelope


def test_with_all_recipients_refused_there_is_nothing_to_send_to(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"MAIL FROM:<a@b.example>\r\n")
        assert (await client.say(b"RCPT TO:<a@b.example>\r\n")) == b"550 unknown here\r\n"
        assert (await client.say(b"DATA\r\n")).startswith(b"503")

    assert faulty(tmp_path, act, "rcpt: 550 unknown here").messages == []


def test_one_recipient_can_be_singled_out(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"MAIL FROM:<a@b.example>\r\n")
        assert (await client.say(b"RCPT TO:<other@acme.example>\r\n")).startswith(b"250")
        assert (await client.say(b"RCPT TO:p7@ACME.example\r\n")).startswith(b"550")
        assert (await client.say(b"RCPT TO:<P7@acme.example>\r\n")).startswith(b"250")

    faulty(tmp_path, act, "rcpt to p7@acme.example: 550")


def test_a_refused_ehlo_greets_nobody_and_helo_may_follow(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(b"EHLO x\r\n")).startswith(b"502")
        assert (await client.say(b"HELO x\r\n")).startswith(b"250")
        assert (await client.mail()).startswith(b"250")

    faulty(tmp_path, act, "ehlo: 502")


def test_keywords_can_be_hidden_and_announced(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        lines = (await client.say(b"EHLO x\r\n")).splitlines()
        assert lines == [b"250-recipient.example", b"250-8BITMIME", b"250-HELP", b"250-SMTPUTF8", b"250 AUTH PLAIN"]
        again = (await client.say(b"EHLO x\r\n")).splitlines()
        assert again[-2:] == [b"250-HELP", b"250 SMTPUTF8"]

    faulty(tmp_path, act, "ehlo: hide size", "ehlo: announce SMTPUTF8", "ehlo: announce AUTH PLAIN x1")


def test_a_refused_data_keeps_the_transaction(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"MAIL FROM:<a@b.example>\r\n")
        await client.say(b"RCPT TO:<a@b.example>\r\n")
        assert (await client.say(b"DATA\r\n")).startswith(b"451")
        assert (await client.say(b"Subject: sent all the same\r\n")).startswith(b"500")
        assert (await client.say(b"DATA\r\n")).startswith(b"354")
        assert (await client.say(b"x\r\n.\r\n")).startswith(b"250")

    evidence = faulty(tmp_path, act, "data: 451 x1")
    assert evidence.bodies == [b"x\r\n"]


def test_a_fault_at_data_waits_for_a_data_that_would_be_obeyed(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(b"DATA\r\n")).startswith(b"503")
        await client.say(b"MAIL FROM:<a@b.example>\r\n")
        await client.say(b"RCPT TO:<a@b.example>\r\n")
        assert (await client.say(b"DATA\r\n")).startswith(b"452")

    assert len(stamps(faulty(tmp_path, act, "data: 452 x1"))) == 1


@pytest.mark.parametrize("code", [b"451", b"550"])
def test_a_refused_message_is_recorded_but_is_no_message(tmp_path: Path, code: bytes) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.mail(b"first\r\n")).startswith(code)
        assert bench.recipient.arrivals.count("jones@acme.example") == 0
        assert (await client.say(b"RCPT TO:<a@b.example>\r\n")).startswith(b"503")  # the transaction is over
        assert (await client.mail(b"second\r\n")).startswith(b"250")
        assert bench.recipient.arrivals.count("jones@acme.example") == 1

    evidence = faulty(tmp_path, act, f"data-end: {code.decode()} x1")
    assert b"first\r\n" in evidence.client
    assert evidence.bodies == [b"second\r\n"]
    assert stamps(evidence) == [b"data-end: %s x1" % code]


@pytest.mark.parametrize("outcome", ["drop", "close"])
@pytest.mark.parametrize("place", ["greeting", "ehlo", "mail", "rcpt", "data", "data-end", "quit", "any"])
def test_a_connection_can_be_ended_at_any_answer(tmp_path: Path, place: str, outcome: str) -> None:
    dialogue = {
        "greeting": b"",
        "ehlo": b"EHLO x\r\n",
        "mail": b"MAIL FROM:<a@b.example>\r\n",
        "rcpt": b"RCPT TO:<a@b.example>\r\n",
        "data": b"DATA\r\n",
        "data-end": b"x\r\n.\r\n",
        "quit": b"QUIT\r\n",
    }

    async def act(bench: RecipientBench) -> None:
        client = await bench.connect(greeted=False)
        for step, line in dialogue.items():
            await client.send(line)
            if place in (step, "any"):
                break
            await client.reply()
        if outcome == "close":
            assert await client.rest() == b""
        else:
            with pytest.raises(ConnectionResetError):
                await client.rest()

    evidence = faulty(tmp_path, act, f"{place}: {outcome}")
    assert evidence.endings == [f"fault: {place}: {outcome}"]
    assert stamps(evidence) == [f"{place}: {outcome}".encode()]
    assert len(evidence.messages) == (1 if place == "quit" else 0)


def test_a_connection_can_be_ended_within_the_message(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        await client.send(b"x" * 60)
        await client.send(b"y" * 60)
        with pytest.raises(ConnectionResetError):
            await client.rest()
        other = await bench.connect()
        await other.up_to_data()
        await other.send(b"x" * 200 + b"\r\n.\r\n")  # the end within the same piece does not save it
        with pytest.raises(ConnectionResetError):
            await other.rest()
        third = await bench.connect()
        assert (await third.mail(b"short\r\n")).startswith(b"250")

    evidence = faulty(tmp_path, act, "data: drop-after 100")
    assert evidence.bodies == [b"short\r\n"]
    assert evidence.endings[:2] == ["fault: data: drop-after 100"] * 2
    assert stamps(evidence) == [b"data: drop-after 100"] * 2


@pytest.mark.parametrize("place", ["greeting", "mail", "data-end"])
def test_a_stalled_answer_never_comes_and_ends_with_the_client(tmp_path: Path, place: str) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect(greeted=False)
        if place == "data-end":
            await client.reply()
            await client.up_to_data()
            await client.send(b"x\r\n.\r\n")
        elif place == "mail":
            await client.reply()
            await client.send(b"MAIL FROM:<a@b.example>\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.read(1), 0.3)  # more than the time a client may be silent
        client.writer.write_eof()
        assert await client.rest() == b""

    evidence = faulty(tmp_path, act, f"{place}: stall", timeout=0.1)
    assert evidence.endings == [f"fault: {place}: stall"]
    assert evidence.messages == []


def test_an_answer_can_be_delayed(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        start = time.monotonic()
        assert (await client.say(b"MAIL FROM:<a@b.example>\r\n")).startswith(b"250")
        assert time.monotonic() - start >= 1
        start = time.monotonic()
        assert (await client.say(b"NOOP\r\n")).startswith(b"250")
        assert time.monotonic() - start < 1

    faulty(tmp_path, act, "mail: delay 1s", timeout=0.1)


def test_a_message_whose_answer_is_delayed_is_stored_at_once(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.up_to_data()
        start = time.monotonic()
        await client.send(b"x\r\n.\r\n")
        assert await bench.recipient.arrivals.wait("jones@acme.example", 1, 5)
        assert time.monotonic() - start < 1
        assert (await client.reply()).startswith(b"250")
        assert time.monotonic() - start >= 1

    evidence = faulty(tmp_path, act, "data-end: delay 1s")
    assert evidence.bodies == [b"x\r\n"]


def test_a_refusal_can_be_delayed(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        start = time.monotonic()
        assert (await client.mail()).startswith(b"451")
        assert time.monotonic() - start >= 0.2

    evidence = faulty(tmp_path, act, "data-end: delay 200ms", "data-end: 451")
    assert evidence.messages == []
    assert stamps(evidence) == [b"data-end: delay 200ms", b"data-end: 451"]


def test_the_delay_of_an_answer_ends_when_the_client_leaves(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.send(b"MAIL FROM:<a@b.example>\r\n")
        start = time.monotonic()
        await client.close()
        await bench.recipient.idle()
        assert time.monotonic() - start < 5

    assert faulty(tmp_path, act, "mail: delay 60s").endings[0].split(":")[0] in ("client", "reset")


def test_answers_can_trickle(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.mail()).startswith(b"250 ")
        assert (await client.say(b"QUIT\r\n")) == b"221 Bye\r\n"

    evidence = faulty(tmp_path, act, "any: trickle")
    assert {len(octets) for octets in evidence.of(EventKind.SERVER)} == {1}
    assert evidence.server.startswith(b"220 recipient.example")
    assert len(stamps(evidence)) == 6


def test_answers_can_trickle_slowly(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        start = time.monotonic()
        await client.say(b"QUIT\r\n")
        assert time.monotonic() - start >= 9 * 0.02

    faulty(tmp_path, act, "quit: trickle 20ms")


def test_every_answer_can_have_several_lines(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect(greeted=False)
        assert len((await client.reply()).splitlines()) == 2
        assert len((await client.say(b"EHLO x\r\n")).splitlines()) == 5
        await client.say(b"MAIL FROM:<a@b.example>\r\n")
        assert len((await client.say(b"NONSENSE\r\n")).splitlines()) == 2

    faulty(tmp_path, act, "any: multiline 2")


def test_421_ends_the_connection(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.mail()).startswith(b"421")
        assert await client.rest() == b""

    evidence = faulty(tmp_path, act, "data-end: 421")
    assert evidence.endings == ["fault: data-end: 421"]
    assert evidence.messages == []


def test_a_size_limit_is_announced_and_kept(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert b"250-SIZE 1000\r\n" in await client.say(b"EHLO x\r\n")
        assert (await client.say(b"MAIL FROM:<a@b.example> SIZE=1001\r\n")).startswith(b"552")
        assert (await client.mail(b"x" * 999 + b"\r\n")).startswith(b"552")
        assert (await client.mail(b"x" * 998 + b"\r\n")).startswith(b"250")

    evidence = faulty(tmp_path, act, "size: 1000")
    assert [len(body) for body in evidence.bodies] == [1000]
    assert b"x" * 999 in evidence.client
    assert stamps(evidence) == [b"size: 1000"] * 3  # announced, refused by its announcement, refused by its size


def test_sessions_are_counted_from_when_the_script_was_set(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        open_before = await bench.connect()
        bench.recipient.faults = FaultScript.parse(["noop session 1: 450", "noop session 2: 451"])
        first, second, third = [await bench.connect() for _ in range(3)]
        answers = [(await client.say(b"NOOP\r\n"))[:3] for client in (open_before, first, second, third)]
        assert answers == [b"250", b"450", b"451", b"250"]
        bench.recipient.faults = FaultScript()
        assert (await first.say(b"NOOP\r\n")).startswith(b"250")

    perform(tmp_path, act)


def test_a_message_sent_without_waiting_for_354_gets_both_answers_as_scripted(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n")
        answers = [(await client.reply()).splitlines() for _ in range(5)]
        assert [(len(a), a[0][:3]) for a in answers] == [
            (1, b"250"), (1, b"250"), (2, b"354"), (3, b"250"), (1, b"250")
        ]  # fmt: skip

    faulty(tmp_path, act, "data: multiline 2", "data-end: multiline 3")
