"""When plays take their turn, and who need not wait for whom."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import SentinelSent
from conformance.record.run_record import PLAYED, RunRecord
from conformance.scenarios import BY_ID
from conformance.scenarios.steps import Scenario, Silence
from conformance.scenarios.walks import walk_of
from conformance.wire.registry import Operation
from fakes.defects import DEFECTS
from fakes.printer import OBEDIENT, Policy
from fakes.stage import Ixit
from fakes.stage.bench import Sitting, bench, reference_printer
from fakes.stage.pacing import ExclusiveSlots
from fakes.stage.turns import TurnAtPrinter, ends_unminded, hears_no_other, unminded

FIRST = ("job/ended-unprinted", "job/isolation")
ENDS = BY_ID["printer/lease-ends"]
UNAWAITED = walk_of("walk/p").scenario  # one document, for whose end nobody waits
MIXES = next(defect for defect in DEFECTS if defect.id == "job-subscriptions-hear-every-job").applied_to(OBEDIENT)


def played(
    evidence: Path, policy: Policy, scenarios: Sequence[Scenario], ixit: Ixit | None = None
) -> tuple[RunRecord, EvidenceFile]:
    """These, behind those that let them be at the printer together."""

    async def play(file: EvidenceFile) -> None:
        async with bench(file, reference_printer(policy), Sitting(ixit or Ixit.for_loopback(), "a test")) as stage:
            await stage.prepare()
            await stage.perform([*(BY_ID[name] for name in FIRST), *scenarios], lambda *_: None)

    with EvidenceFile.create(evidence) as file:
        asyncio.run(asyncio.wait_for(play(file), 60))
    file = EvidenceFile.open(evidence)
    return RunRecord(file), file


@pytest.mark.parametrize(
    ("name", "steps"),
    [("printer/lease-ends", 4), ("printer/lease-lasts", 6), ("printer/cancelled", 0), ("job/omitted", 0)],
)
def test_nobody_minds_a_play_until_it_prints_waits_for_mail_or_keeps_near(name: str, steps: int) -> None:
    assert unminded(BY_ID[name]) == steps


@pytest.mark.parametrize(
    ("name", "hears_none"),
    [
        ("job/added", True),
        ("security/clear", True),
        ("printer/omitted", False),  # a subscription of the printer's
        ("job/event-printer-state-changed", False),  # an event of the printer's
        ("job/no-printer-event", False),  # it keeps the printer from printing
        ("faults/greeting-421", False),  # it refuses whatever mail comes
        ("printer/full", False),
    ],
)
def test_who_hears_of_no_job_but_its_own(name: str, hears_none: bool) -> None:
    assert hears_no_other(BY_ID[name]) is hears_none


def test_a_turn_that_is_taken_late_comes_before_the_queue() -> None:
    async def play() -> None:
        slots, order = ExclusiveSlots(1), list[str]()
        turn = TurnAtPrinter(slots, ENDS, unminded(ENDS))
        await turn.begin()
        await turn.before(0)
        await slots.enter(True)  # nobody keeps the printer yet

        async def queued() -> None:
            await slots.enter(True)
            order.append("queued")

        async def late() -> None:
            await turn.before(4)
            order.append("late")
            await turn.end()

        waiting = [asyncio.create_task(queued()), asyncio.create_task(late())]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await slots.leave(True)
        await asyncio.wait(waiting)
        assert order == ["late", "queued"]

    asyncio.run(asyncio.wait_for(play(), 5))


def test_who_is_cancelled_on_the_way_to_a_late_turn_leaves_nothing_taken() -> None:
    async def play() -> None:
        slots = ExclusiveSlots(1)
        turn = TurnAtPrinter(slots, ENDS, 1)
        await slots.enter(True)

        async def late() -> None:
            try:
                await turn.before(1)
            finally:
                await turn.end()

        waiting = asyncio.create_task(late())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        await slots.leave(True)
        await slots.enter(True)

    asyncio.run(asyncio.wait_for(play(), 5))


def test_what_was_given_up_for_good_is_not_waited_for_and_can_be_had_again() -> None:
    async def play() -> None:
        slots = ExclusiveSlots(1)
        turn = TurnAtPrinter(slots, BY_ID["printer/cancelled"])
        await turn.begin()
        async with turn.given_up(mail=True, for_good=True):
            await slots.enter(True)
            refusing = asyncio.create_task(slots.enter(True, unmailed=True))
            await asyncio.sleep(0)
            await slots.leave(True)
            await asyncio.sleep(0)
            assert not refusing.done()  # as a mail is awaited
        await refusing
        again = asyncio.create_task(turn.again())
        await asyncio.sleep(0)
        assert not again.done()
        await slots.leave(True)
        await again
        await turn.end()
        await slots.enter(True)

    asyncio.run(asyncio.wait_for(play(), 5))


@pytest.mark.parametrize(
    ("name", "place", "unminded_from_there"),
    [("printer/cancelled", 6, True), ("printer/lease-lasts", 13, True), ("job/no-printer-event", 3, False)],
)
def test_after_which_silence_nobody_minds_a_play(name: str, place: int, unminded_from_there: bool) -> None:
    assert isinstance(BY_ID[name].steps[place], Silence)
    assert ends_unminded(BY_ID[name], place) is unminded_from_there


@pytest.mark.parametrize("policy", [OBEDIENT, MIXES], ids=["plays may meet", "each by itself"])
def test_what_waits_for_a_lease_begins_before_it_is_seen_whether_plays_may_meet(tmp_path: Path, policy: Policy) -> None:
    run_record, file = played(tmp_path / "leases.evidence", policy, [ENDS])
    with file:
        isolation, ends = run_record.plays[FIRST[1]], run_record.plays[ENDS.id]
        ((sentinel, _),) = ends.steps_of(SentinelSent)
        assert isolation.end is not None
        assert ends.end is not None
        assert ends.end.outcome == PLAYED
        assert isolation.row.t < ends.subscription.creation.row.t_start < isolation.end.t < sentinel.row.t


def test_who_hears_of_no_other_s_job_goes_on_while_one_is_printed(tmp_path: Path) -> None:
    scenarios = [UNAWAITED, BY_ID["printer/omitted"], BY_ID["job/added"]]
    run_record, file = played(tmp_path / "printing.evidence", replace(OBEDIENT, job_seconds=1.0), scenarios)
    with file:
        added, alone = run_record.plays["job/added"], run_record.plays["printer/omitted"]
        printed = next(e for e in file.rows(rows.Exchange) if e.operation == Operation.PRINT_JOB)
        assert added.row.t < printed.t_end + 1_000_000_000 < alone.row.t
        assert [mail.plays_named for mail in alone.subscription.mails] == [{alone.row.id}]


def test_a_mail_about_paper_that_is_late_since_others_print_is_asked_after_by_no_sentinel(tmp_path: Path) -> None:
    ixit = replace(Ixit.for_loopback(), mail_timeout=1.2)  # which the second document takes longer for
    printed = [BY_ID[name] for name in ("job/printed", "job/printed-ipp")]
    run_record, file = played(tmp_path / "paper.evidence", replace(OBEDIENT, job_seconds=0.8), printed, ixit)
    with file:
        for one in printed:
            play = run_record.plays[one.id]
            assert not list(play.steps_of(SentinelSent))
            assert any("completed" in mail.said for mail in play.subscription.mails)


def test_others_go_on_when_a_fault_for_all_is_over_and_not_before(tmp_path: Path) -> None:
    names = ["faults/mail-550", "faults/greeting-in-lines"]
    scenarios = [BY_ID[name] for name in names]
    run_record, file = played(tmp_path / "550.evidence", replace(OBEDIENT, delivery_delay=0.4), scenarios)
    with file:
        refusing, other = (run_record.plays[name] for name in names)
        ((_, sent),) = refusing.steps_of(SentinelSent)
        (mail,) = run_record.mails_to(sent.address)
        assert refusing.end is not None
        assert mail.t < other.row.t < refusing.end.t
        assert not refusing.subscription.mails
        assert len(other.subscription.mails) == 1
