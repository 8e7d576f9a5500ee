"""Ways to a printer: as it lists them, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import Approached
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.scenarios import BY_ID
from conformance.verdict import Outcome
from conformance.vocabulary import Edition
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.printer import OBEDIENT, Policy
from fakes.printer.security_policy import Authentication, Mode, SecurityPolicy
from fakes.stage.bench import Sitting, Surroundings, bench, reference_printer
from fakes.stage.ixit import Ixit
from fakes.stage.secured_printer import prepared
from fakes.stage.tests.meddling import Fate, Meddler, behind
from reports.selftest.trial import judge_quickly

LISTS = ("printer-uri-supported", "uri-security-supported", "uri-authentication-supported")


def listing(uris: Sequence[str], security: Sequence[str]) -> Callable[[Any, ipp.Message], ipp.Message]:
    """Answers about the printer with these lists."""

    def rewritten(request: Any, answer: ipp.Message) -> ipp.Message:
        if request.operation is not Operation.GET_PRINTER_ATTRIBUTES:
            return answer
        told = (
            ipp.uri(LISTS[0], *uris),
            ipp.keyword(LISTS[1], *security),
            ipp.keyword(LISTS[2], *["none"] * len(uris)),
        )
        groups = tuple(
            ipp.Group(g.tag, (*(a for a in g if a.name not in LISTS), *told)) if g.tag == GroupTag.PRINTER else g
            for g in answer.groups
        )
        return replace(answer, groups=groups)

    return rewritten


def approached(record: PlayRecord) -> dict[str, Approached]:
    return {s.row.label: s.outcome for s in record.steps if isinstance(s.outcome, Approached)}


def visited(
    directory: Path, uris: Sequence[str], security: Sequence[str], scenario: str = "security/uris"
) -> dict[str, Approached]:
    """What came of visiting these URIs, listed by a printer that is at none of them."""

    def meet(meddler: Meddler, _: str) -> None:
        meddler.rewrite = listing(uris, security)

    async def play() -> None:
        with EvidenceFile.create(directory / "x.evidence") as file:
            printer = behind(OBEDIENT, meet, lambda _: Fate.PASS)
            async with bench(file, printer, Sitting(Ixit.for_loopback(), "a test")) as stage:
                await stage.prepare()
                await stage.perform([BY_ID[scenario]], lambda *_: None)

    asyncio.run(play())
    with EvidenceFile.open(directory / "x.evidence") as file:
        return approached(RunRecord(file).plays[scenario])


def test_nobody_is_talked_to_but_the_host_that_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts, real = set[str](), asyncio.open_connection

    async def noting(host: str, port: int) -> Any:
        hosts.add(host)
        return await real(host, port)

    monkeypatch.setattr(asyncio, "open_connection", noting)
    strange = ["ipp://192.0.2.1/ipp", "ipps://127.0.0.2:631/ipp", "ipp://no-such-name.invalid/ipp", "http://192.0.2.1/"]
    found = visited(tmp_path, strange, ["none", "tls", "none", "none"])
    assert hosts == {"127.0.0.1"}
    assert len(found) == 8
    assert all("not the one that answers here" in one.not_sent for one in found.values())


def test_what_cannot_be_tried_says_why(tmp_path: Path) -> None:
    uris = ["ipp://127.0.0.1:1/ipp", "ipp://127.0.0.1:1/ipp", "ipp://user:secret@127.0.0.1/ipp", "not a URI"]
    found = visited(tmp_path, uris, ["x-of-tomorrow", "none", "none", "none"])
    assert "nobody knows here" in found["uri1"].not_sent
    assert found["uri2"].not_sent == ""
    assert "no printer's URI" in found["uri3"].not_sent
    assert "no printer's URI" in found["uri4"].not_sent


def test_tls_at_another_host_is_not_known(tmp_path: Path) -> None:
    found = visited(tmp_path, ["ipps://192.0.2.1/ipp"], ["tls"], "security/description")
    assert "has a host that is not the one that answers here" in found["secure"].not_sent
    judged = judge_quickly(tmp_path / "x.evidence", Edition.MAILTO_00, {"security/description"}, about=("E2-3",))
    assert [one.outcome for one in judged] == [Outcome.INCONCLUSIVE]


def test_a_uri_without_a_value_beside_it_is_not_guessed_at(tmp_path: Path) -> None:
    found = visited(tmp_path, ["ipp://127.0.0.1:1/a", "ipp://127.0.0.1:1/b"], ["none"])
    assert "says nothing of the security" in found["uri2"].not_sent


def played(
    directory: Path,
    policy: Policy,
    scenario: str,
    ixit: Ixit | None = None,
    around: Surroundings = Surroundings(),  # noqa: B008 - frozen
) -> PlayRecord:
    async def play() -> None:
        with EvidenceFile.create(directory / "x.evidence") as file:
            sitting = Sitting(ixit or Ixit.for_loopback(), "a test")
            async with bench(file, reference_printer(policy, surroundings=around), sitting) as stage:
                await stage.prepare()
                await stage.perform([BY_ID[scenario]], lambda *_: None)

    asyncio.run(play())
    with EvidenceFile.open(directory / "x.evidence") as file:
        record = RunRecord(file).plays[scenario]
        assert record.steps  # they are read now, and so are these
        assert record.end is not None
        assert record.run_record.facts.vocabulary
    return record


def test_a_printer_that_takes_the_clear_is_not_asked_for_paper(tmp_path: Path) -> None:
    found = approached(played(tmp_path, OBEDIENT, "security/clear"))
    assert found["control"].not_sent == "the printer lists no URI for TLS"
    assert "carried out here" in found["print"].not_sent
    assert "carried out here" in found["subscribe"].not_sent


def test_nothing_of_an_approach_is_left_at_the_printer(tmp_path: Path) -> None:
    """A printer that takes jobs and subscriptions in the clear, though it should not, gets them back."""
    policy = replace(OBEDIENT, security=SecurityPolicy(mode=Mode.ENFORCE, clear="version-1.0"))
    record = played(tmp_path, policy, "security/versions")
    assert not record.run_record.facts.left_behind


def test_a_port_that_never_answers_is_waited_for_once(tmp_path: Path) -> None:
    """In the clear on a port for TLS some printers wait for the rest of a hello."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def play() -> tuple[PlayRecord, float]:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        policy = replace(OBEDIENT, security=SecurityPolicy(mode=Mode.ENFORCE, only_tls=True))
        ixit = replace(Ixit.for_loopback(), plain_uri=f"ipp://127.0.0.1:{port}/", request_timeout=1.0)
        loop = asyncio.get_running_loop()
        with EvidenceFile.create(tmp_path / "x.evidence") as file:
            async with server, bench(file, reference_printer(policy), Sitting(ixit, "a test")) as stage:
                await stage.prepare()
                began = loop.time()
                await stage.perform([BY_ID["security/clear"]], lambda *_: None)
                took = loop.time() - began
        with EvidenceFile.open(tmp_path / "x.evidence") as file:
            record = RunRecord(file).plays["security/clear"]
            assert record.steps
            return record, took

    record, took = asyncio.run(play())
    found = approached(record)
    assert found["ask"].not_sent == ""
    assert all("does not answer in the clear at all" in found[name].not_sent for name in ("validate", "jobs", "print"))
    assert took < 8


@pytest.mark.parametrize("kind", [Authentication.BASIC, Authentication.DIGEST])
def test_a_wrong_password_goes_out_once(tmp_path: Path, kind: Authentication) -> None:
    """A directory behind a printer may lock the user out for several."""
    there = prepared(replace(OBEDIENT, security=SecurityPolicy(authentication=kind)), Ixit.for_loopback(), tmp_path)
    record = played(tmp_path, there.policy, "security/uris", there.ixit)
    wrong = record.labelled("uri1-wrong").exchanges
    shown = [b"\nauthorization:" in exchange.request_head.lower() for exchange in wrong]
    assert (shown, [exchange.http_status for exchange in wrong]) == ([False, True], [401, 401])


def test_a_wrong_password_stays_here_where_none_is_asked_for(tmp_path: Path) -> None:
    known = ("Bob Jones", "third-secret")
    security = SecurityPolicy(mode=Mode.MIXED, lists="proof-for-show")
    lying = replace(OBEDIENT, security=security, accounts=(known,))
    there = prepared(lying, replace(Ixit.for_loopback(), user=known[0], password=known[1]), tmp_path)
    record = played(tmp_path, there.policy, "security/uris", there.ixit, there.surroundings)
    wrong = record.labelled("uri2-wrong").exchanges
    assert [b"\nauthorization:" in exchange.request_head.lower() for exchange in wrong] == [False]


@pytest.mark.parametrize("paper", [0, 1])
def test_what_is_refused_in_the_clear_costs_no_paper(tmp_path: Path, paper: int) -> None:
    """With none the rest is asked all the same; with a sheet each version is tried, since none of them prints."""
    policy = replace(OBEDIENT, security=SecurityPolicy(mode=Mode.ENFORCE))

    async def play() -> int:
        with EvidenceFile.create(tmp_path / "x.evidence") as file:
            sitting = Sitting(Ixit.for_loopback(), "a test", paper=paper)
            async with bench(file, reference_printer(policy), sitting) as stage:
                await stage.prepare()
                await stage.perform([BY_ID["security/versions"]], lambda *_: None)
                return stage.sheets.used

    assert asyncio.run(play()) == 0
    with EvidenceFile.open(tmp_path / "x.evidence") as file:
        found = approached(RunRecord(file).plays["security/versions"])
    prints = [one.not_sent for label, one in found.items() if label.startswith("print")]
    assert [("--paper" in why) for why in prints] == [not paper] * 4
    assert all(one.not_sent == "" for label, one in found.items() if not label.startswith("print"))
