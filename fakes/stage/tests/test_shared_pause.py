"""One pause of the printer for several plays: what each has of it, and what comes of trouble while it lasts."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cases.test_events import test_printer_state_changed_is_mailed as is_mailed
from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import PrinterOperated
from conformance.record.rows import Exchange
from conformance.record.run_record import CUT_SHORT, PLAYED, PlayRecord, RunRecord
from conformance.scenarios import BY_ID
from conformance.scenarios.steps import OnPrinter
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, PrinterState, Status
from fakes.defects import DEFECTS
from fakes.printer import OBEDIENT
from fakes.stage import Ixit
from fakes.stage.bench import PrinterAt, Sitting, bench, reference_printer
from fakes.stage.ensemble import PAUSE, Ensemble, SharedEvent, shares
from fakes.stage.live_subscription import ToBeAlone
from fakes.stage.requests import operation_group

from .meddling import Choice, Fate, Meddler, SeenRequest, behind
from .test_causing import CLIENT

FIRST = ("job/ended-unprinted", "job/isolation")
PAUSING = (
    "printer/state-changed",
    "printer/event-printer-state-changed",
    "job/event-printer-state-changed",
    "printer/event-printer-stopped",
    "job/event-printer-stopped",
)
OPERATIONS = (Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER)


def played(
    evidence: Path, printer: PrinterAt, ixit: Ixit, names: Sequence[str] = PAUSING, places: int | None = None
) -> RunRecord:
    """These plays, with those before them that let them be at the printer together."""

    async def play(file: EvidenceFile) -> None:
        async with bench(file, printer, Sitting(ixit, "a test", max_subscriptions=places)) as stage:
            await stage.prepare()
            await stage.perform([BY_ID[name] for name in (*FIRST, *names)], lambda *_: None)
            assert not stage.left_behind

    with EvidenceFile.create(evidence) as file:
        asyncio.run(asyncio.wait_for(play(file), 60))
    return RunRecord(EvidenceFile.open(evidence))


def meddled(choose: Choice) -> PrinterAt:
    return behind(OBEDIENT, lambda meddler, uri: None, choose)


def plays_of(run_record: RunRecord) -> list[PlayRecord]:
    return [play for play in run_record.every_play if play.scenario in PAUSING]


def outcomes_of(run_record: RunRecord) -> dict[str, list[str]]:
    """How the plays of each scenario ended."""
    found: dict[str, list[str]] = {name: [] for name in PAUSING}
    for play in plays_of(run_record):
        assert play.end is not None
        found[play.scenario].append(play.end.outcome)
    return found


def operated(run_record: RunRecord) -> list[Operation]:
    """What was done to the printer, in turn."""
    return [Operation(e.operation) for e in run_record.file.rows(Exchange) if e.operation in OPERATIONS]


def state_while_paused(play: PlayRecord) -> int | None:
    state = play.labelled("paused").answer.message.find("printer-state", GroupTag.PRINTER)
    return state.value.integer if state is not None else None


@pytest.mark.parametrize("name", PAUSING)
def test_what_only_waits_for_a_pause_can_share_it(name: str) -> None:
    assert shares(BY_ID[name]) == PAUSE


@pytest.mark.parametrize(
    "name", ["job/ended", "job/no-printer-event", "printer/cancelled-printer-event", "printer/no-job-event"]
)
def test_what_keeps_silence_needs_a_pause_of_its_own(name: str) -> None:
    assert shares(BY_ID[name]) is None


def test_one_pause_serves_all_that_wait_for_one(tmp_path: Path) -> None:
    run_record = played(tmp_path / "one.evidence", reference_printer(OBEDIENT), Ixit.for_loopback())
    assert operated(run_record) == list(OPERATIONS)
    assert outcomes_of(run_record) == {name: [PLAYED] for name in PAUSING}
    plays = plays_of(run_record)
    for which, operation in enumerate(OPERATIONS):
        done = [list(play.steps_of(PrinterOperated))[which] for play in plays]
        assert sum(not outcome.shared for _, outcome in done) == 1
        assert len({outcome.asked for _, outcome in done}) == 1
        for step, outcome in done:
            assert step.answer.row.operation == operation
            assert step.row.t <= step.asked == outcome.asked <= step.answer.row.t_start
    is_mailed(run_record.play("printer/event-printer-state-changed"))
    is_mailed(run_record.play("job/event-printer-state-changed"))
    assert {len(play.subscription.mails) for play in plays if "stopped" in play.scenario} == {1}


def test_a_job_goes_on_when_nobody_waits_for_the_printer_s_mails_any_more(tmp_path: Path) -> None:
    plays = plays_of(played(tmp_path / "order.evidence", reference_printer(OBEDIENT), Ixit.for_loopback()))
    jobs = [play for play in plays if play.scenario.startswith("job/")]
    waited = [play.labelled("cancelled").row.t for play in plays if play not in jobs]
    assert all(play.labelled("j").row.t < play.labelled("paused").row.t for play in jobs)
    assert all(step.row.t > max(waited) for play in jobs for step in play.steps if step.row.kind == "EndJob")


def test_whose_mail_does_not_come_is_played_again_and_lets_nobody_s_printer_go_on(tmp_path: Path) -> None:
    liar = next(defect for defect in DEFECTS if defect.id == "job-subscriptions-are-deaf-to-the-printer")
    printer = reference_printer(liar.applied_to(OBEDIENT))
    run_record = played(tmp_path / "deaf.evidence", printer, Ixit.for_loopback())
    again = [name for name in PAUSING if name.startswith("job/")]
    for name, ended in outcomes_of(run_record).items():
        assert ended == ([CUT_SHORT, PLAYED] if name in again else [PLAYED])
    assert operated(run_record) == list(OPERATIONS) * (1 + len(again))
    for play in plays_of(run_record):
        if play.scenario != "printer/state-changed":
            assert state_while_paused(play) == PrinterState.STOPPED


@pytest.mark.parametrize("lost", OPERATIONS)
@pytest.mark.parametrize("fate", [Fate.LOSE, Fate.REFUSE])
def test_where_nobody_knows_whether_the_printer_is_paused_each_is_played_by_itself(
    tmp_path: Path, lost: Operation, fate: Fate
) -> None:
    def choose(request: SeenRequest) -> Fate:
        return fate if (request.operation, request.nth) == (lost, 1) else Fate.PASS

    run_record = played(tmp_path / "lost.evidence", meddled(choose), Ixit.for_loopback())
    ended = outcomes_of(run_record)
    assert sorted(map(tuple, ended.values())) == [(CUT_SHORT, PLAYED)] * len(PAUSING)
    last = operated(run_record)[-1]
    assert last == Operation.RESUME_PRINTER
    for play in plays_of(run_record):
        if play.end is not None and play.end.outcome == PLAYED:
            assert all(not outcome.shared for _, outcome in play.steps_of(PrinterOperated))


def test_a_printer_that_refuses_to_be_paused_says_so_to_all(tmp_path: Path) -> None:
    def refused(request: SeenRequest) -> Fate | ipp.Message:
        if request.operation not in OPERATIONS:
            return Fate.PASS
        return ipp.Message(
            Status.CLIENT_ERROR_FORBIDDEN, request.message.request_id, (operation_group("ipp://127.0.0.1/", None),)
        )

    run_record = played(tmp_path / "refused.evidence", meddled(refused), Ixit.for_loopback())
    for name in PAUSING:  # and none is left undone for fear that the printer is still paused
        assert all(not step.answer.ok for step, _ in run_record.play(name).steps_of(PrinterOperated))


@pytest.mark.parametrize("places", [1, 2])
def test_where_there_are_few_places_nobody_waits_for_ever(tmp_path: Path, places: int) -> None:
    printer = reference_printer(replace(OBEDIENT, max_printer_subscriptions=places))
    names = ("printer/cancelled", "printer/cancelled-printer-event", *PAUSING)
    run_record = played(tmp_path / "few.evidence", printer, Ixit.for_loopback(), names, places)
    assert outcomes_of(run_record) == {name: [PLAYED] for name in PAUSING}
    shared = operated(run_record)[4:]
    rounds = len(shared) // len(OPERATIONS)
    assert shared == list(OPERATIONS) * rounds
    assert -(-3 // places) <= rounds <= 3  # a place of who only keeps silence is not waited for


def test_who_opens_the_cover_does_so_once_for_all(tmp_path: Path) -> None:
    def met(_: Meddler, uri: str) -> None:
        (tmp_path / "uri").write_text(uri)
        for operation in OPERATIONS:
            message = ipp.Message(int(operation), 1, (operation_group(uri, "a hand"),))
            (tmp_path / operation.keyword).write_bytes(ipp.encode(message))

    (tmp_path / "client.py").write_text(CLIENT)
    client = f"{sys.executable} {tmp_path / 'client.py'} {tmp_path / 'uri'}"

    def command(operation: str) -> str:
        told = f"echo {operation} >> {tmp_path / 'done'} && {client} {tmp_path / operation}"
        return f"run: sh -c {shlex.quote(told)}"

    ixit = replace(
        Ixit.for_loopback(),
        cause_printer_stopped=command("Pause-Printer"),
        cause_printer_resumed=command("Resume-Printer"),
        cause_timeout=20.0,
    )
    names = ("printer/event-printer-stopped", "printer/event-printer-state-changed")
    printer = behind(OBEDIENT, met, lambda _: Fate.PASS)
    run_record = played(tmp_path / "hand.evidence", printer, ixit, names)
    assert (tmp_path / "done").read_text().split() == list(PAUSE)
    for name in names:
        steps = list(run_record.play(name).steps_of(PrinterOperated))
        assert all(outcome.by_hand and step.answers for step, outcome in steps)
    is_mailed(run_record.play(names[1]))


def test_who_fails_to_pause_the_printer_lets_the_others_be_alone() -> None:
    async def play() -> None:
        ensemble = Ensemble(2, paper=False, events=2, kind=OnPrinter)

        async def fail() -> SharedEvent:
            raise LookupError

        async def made() -> SharedEvent:
            return SharedEvent(1, 1)

        other = asyncio.create_task(ensemble.share(made))
        await asyncio.sleep(0)
        with pytest.raises(LookupError):
            await ensemble.share(fail)
        with pytest.raises(ToBeAlone):
            await other

    asyncio.run(asyncio.wait_for(play(), 5))


def test_the_last_to_part_sees_to_the_printer() -> None:
    ensemble = Ensemble(3, paper=False)
    for _ in range(3):
        ensemble.enter()
    assert [ensemble.part() for _ in range(3)] == [False, False, True]
