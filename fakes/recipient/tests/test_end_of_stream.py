"""A client that ends its stream while a command waits: what it had sent is obeyed, and the connection ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fakes.mail_security import Auth, Credentials, MailSecurity
from fakes.recipient.smtp_connection import SmtpConnection

from .recipient_bench import PATIENCE, RecipientBench, perform

LOGIN = MailSecurity(auth=Auth.OFFER, credentials=Credentials(b"jones", b"open sesame"))
NAME, PASSWORD = b"am9uZXM=\r\n", b"b3BlbiBzZXNhbWU=\r\n"
TURNS = range(8)  # of the loop, before the end comes: a login of two answers takes fewer


async def _codes(bench: RecipientBench, said: bytes, turns: int) -> list[bytes]:
    """The codes of all answers to a client that says so much at once, and ends its stream so many turns later."""
    client = await bench.connect()
    assert (await client.say(b"EHLO x\r\n")).startswith(b"250")
    client.writer.write(said)
    for _ in range(turns):
        await asyncio.sleep(0)
    client.writer.write_eof()
    return [line[:3] for line in (await client.rest()).splitlines()]


@pytest.mark.parametrize("turns", TURNS)
def test_part_of_an_answer_is_none_whenever_the_stream_ends(tmp_path: Path, turns: int) -> None:
    async def act(bench: RecipientBench) -> None:
        assert await _codes(bench, b"AUTH LOGIN\r\n" + NAME + PASSWORD[:5], turns) == [b"334", b"334"]

    evidence = perform(tmp_path, act, security=LOGIN)
    assert evidence.endings == ["client"]
    assert PASSWORD[:5] not in evidence.client  # but for all anybody knows it is a secret


@pytest.mark.parametrize("turns", TURNS)
def test_answers_that_came_ahead_count_whenever_the_stream_ends(tmp_path: Path, turns: int) -> None:
    async def act(bench: RecipientBench) -> None:
        said = b"AUTH LOGIN\r\n" + NAME + PASSWORD + b"QUIT\r\n"
        assert await _codes(bench, said, turns) == [b"334", b"334", b"235", b"221"]

    assert perform(tmp_path, act, security=LOGIN).endings == ["quit"]


def test_no_command_waits_for_a_client_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flush = SmtpConnection._flush

    def flush_to_nobody(session: SmtpConnection) -> None:  # a challenge cannot be sent, and then the connection breaks
        challenges = b"334 VXNlcm5hbWU6\r\n" in session._unsent
        flush(session)
        if challenges:
            session.pause_writing()  # as asyncio tells of a client that does not read
            session.transport.abort()

    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(b"EHLO x\r\n")).startswith(b"250")
        before = asyncio.all_tasks()
        monkeypatch.setattr(SmtpConnection, "_flush", flush_to_nobody)
        await client.send(b"AUTH LOGIN\r\n")
        await asyncio.wait_for(bench.recipient.idle(), PATIENCE)
        left = asyncio.all_tasks() - before
        if left:
            await asyncio.wait(left, timeout=PATIENCE / 10)
        assert not {task for task in left if not task.done()}

    perform(tmp_path, act, security=LOGIN)
