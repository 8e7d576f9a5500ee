"""Clients that do two things at once, or wait before they say much: nobody is blamed for what he cannot know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.run_facts import RunFacts
from conformance.requirements import Binds
from conformance.verdict import Outcome
from conformance.vocabulary import Edition
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.http.client import ClientConnection, connect
from fakes.printer import OBEDIENT
from fakes.printer.security.identity import Identity
from fakes.printer.security_policy import Mode
from fakes.recipient.journal import Journal
from fakes.watched import PlayedWay, Visitor, WaySetting
from reports.selftest.client_trial import judge_client

Client = Callable[[PlayedWay, Identity], Awaitable[None]]


def request(uri: str, operation: Operation) -> bytes:
    group = ipp.Group(
        GroupTag.OPERATION,
        (
            ipp.charset("attributes-charset", "utf-8"),
            ipp.natural_language("attributes-natural-language", "en"),
            ipp.uri("printer-uri", uri),
        ),
    )
    return ipp.encode(ipp.Message(operation, 1, (group,)))


def place(uri: str) -> tuple[str, int]:
    host, _, port = uri.partition("://")[2].partition("/")[0].partition(":")
    return host, int(port)


async def said(connection: ClientConnection, uri: str, operation: Operation, *, expect: bool = False) -> int:
    """The status of HTTP that it was answered with."""
    headers = [("Host", "x"), ("Content-Type", "application/ipp")]
    answer = await connection.exchange("POST", "/ipp/print", headers, request(uri, operation), expect=expect)
    return answer.head.status


async def tells_apart(way: PlayedWay, _: Identity, *, afresh: bool) -> None:
    """Asks on one connection what there is, and validates on another: one that was there before, or a new one."""
    one, two = await connect(*place(way.plain_uri)), await connect(*place(way.plain_uri))
    try:
        assert await said(one, way.plain_uri, Operation.GET_PRINTER_ATTRIBUTES) == 200
        if afresh:
            await two.close()
            two = await connect(*place(way.plain_uri))
        assert await said(two, way.plain_uri, Operation.VALIDATE_JOB) == 426
    finally:
        await one.close()
        await two.close()


async def at_once(way: PlayedWay, identity: Identity) -> None:
    await tells_apart(way, identity, afresh=False)


async def one_after_the_other(way: PlayedWay, identity: Identity) -> None:
    await tells_apart(way, identity, afresh=True)


async def waits_with_its_body(way: PlayedWay, identity: Identity) -> None:
    """Is refused twice before it has sent anything, and goes on in TLS."""
    for _ in range(2):
        plain = await connect(*place(way.plain_uri))
        assert await said(plain, way.plain_uri, Operation.VALIDATE_JOB, expect=True) == 426
        assert len(plain.sent) == len(plain.sent_head)
        await plain.close()
    secure = await connect(*place(way.secure_uri), tls=identity.authority.client_context())
    assert await said(secure, way.secure_uri, Operation.VALIDATE_JOB) == 200
    await secure.close()


async def says_all_again(way: PlayedWay, _: Identity) -> None:
    """Is refused, and sends the same in the clear as if nothing had happened."""
    for _again in range(2):
        plain = await connect(*place(way.plain_uri))
        assert await said(plain, way.plain_uri, Operation.VALIDATE_JOB) == 426
        await plain.close()


async def under_another_name(way: PlayedWay, identity: Identity) -> None:
    """Sends an operation in the clear as if it were something else, and goes on in TLS."""
    plain = await connect(*place(way.plain_uri))
    headers = [("Host", "x"), ("Content-Type", "application/octet-stream")]
    await plain.exchange("POST", "/ipp/print", headers, request(way.plain_uri, Operation.VALIDATE_JOB))
    await plain.close()
    secure = await connect(*place(way.secure_uri), tls=identity.authority.client_context())
    assert await said(secure, way.secure_uri, Operation.VALIDATE_JOB) == 200
    await secure.close()


@pytest.mark.parametrize(
    ("client", "mode", "right"),
    [
        (at_once, Mode.TELL, Outcome.NOT_APPLICABLE),
        (one_after_the_other, Mode.TELL, Outcome.VIOLATED),
        (waits_with_its_body, Mode.REFUSE, Outcome.MET),
        (says_all_again, Mode.REFUSE, Outcome.VIOLATED),
    ],
)
def test_what_a_client_was_told_binds_it_once_it_knows(
    tmp_path: Path, client: Client, mode: Mode, right: Outcome
) -> None:
    assert outcome(tmp_path, client, mode, Visitor(), "goes_on_by_a_way") is right


def test_an_operation_by_another_name_is_one(tmp_path: Path) -> None:
    told = outcome(tmp_path, under_another_name, Mode.MIXED, Visitor(insists=True), "begins_with_tls")
    assert told is Outcome.VIOLATED


def outcome(directory: Path, client: Client, mode: Mode, visitor: Visitor, case: str) -> Outcome:
    """What one case says of that client, at a printer of that way."""

    async def play() -> None:
        identity = Identity.of(OBEDIENT.security, "127.0.0.1")
        with EvidenceFile.create(directory / "x.evidence") as file:
            async with Journal(file) as journal:
                run = journal.id(rows.Run)
                await journal.commit(rows.Run(run, 0, "2026-01-01T00:00:00.000+00:00", "a test", ""))
                journal.add(*RunFacts("ntfy-01", subject=Binds.CLIENT.value).rows(run, journal.now()))
                way = PlayedWay(WaySetting(mode), OBEDIENT, journal, run, visitor, identity)
                await way.start()
                await client(way, identity)
                await way.end()
                await journal.commit(rows.RunEnd(run, journal.now()))

    asyncio.run(play())
    results = judge_client(directory / "x.evidence", Edition.MAILTO_00)
    (found,) = (r for r in results if case in r.id)
    return found.outcome
