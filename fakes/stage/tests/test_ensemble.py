"""One job for several plays: who makes it, what comes of trouble, and that each is judged for itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import Printed, SentinelSent
from conformance.record.run_record import CUT_SHORT, PLAYED, RunRecord
from conformance.scenarios import BY_ID
from conformance.wire.registry import Operation
from fakes.defects import DEFECTS
from fakes.printer import OBEDIENT, Policy
from fakes.stage import Ixit
from fakes.stage.bench import Sitting, bench, reference_printer
from fakes.stage.ensemble import Ensemble, SharedEvent, gathered, shares

JOB = SharedEvent(7, 1, "job 1j", 42)


async def _made() -> SharedEvent:
    return JOB


def test_the_job_is_made_once_when_all_are_ready() -> None:
    async def play() -> None:
        ensemble, made = Ensemble(3, paper=False), list[int]()

        async def make() -> SharedEvent:
            made.append(len(made))
            return JOB

        first = asyncio.create_task(ensemble.share(make))
        second = asyncio.create_task(ensemble.share(make))
        await asyncio.sleep(0)
        assert not made
        found = [await ensemble.share(make), await first, await second]
        assert made == [0]
        assert [job for job, _ in found] == [JOB] * 3
        assert sum(own for _, own in found) == 1

    asyncio.run(asyncio.wait_for(play(), 5))


def test_who_has_left_is_not_waited_for() -> None:
    async def play() -> None:
        ensemble = Ensemble(2, paper=False)
        waiting = asyncio.create_task(ensemble.share(_made))
        await asyncio.sleep(0)
        await ensemble.leave()
        assert await waiting == (JOB, True)

    asyncio.run(asyncio.wait_for(play(), 5))


def test_where_one_fails_to_make_it_another_does() -> None:
    async def play() -> None:
        ensemble = Ensemble(2, paper=False)

        async def fail() -> SharedEvent:
            raise LookupError

        other = asyncio.create_task(ensemble.share(_made))
        await asyncio.sleep(0)
        try:
            made = await ensemble.share(fail)
        except LookupError:
            await ensemble.leave()
            made = await other
        assert made[0] == JOB
        await other

    asyncio.run(asyncio.wait_for(play(), 5))


def test_several_jobs_are_made_in_turn_each_when_all_are_ready_for_it() -> None:
    async def play() -> None:
        ensemble, made = Ensemble(2, paper=False, events=2), list[int]()

        async def member(name: int) -> list[SharedEvent]:
            found = []
            for which in range(2):

                async def make(which: int = which) -> SharedEvent:
                    made.append(which)
                    return SharedEvent(which, 1, f"job {which}", which)

                job, _ = await ensemble.share(make, which)
                found.append(job)
            return found

        first = asyncio.create_task(member(1))
        await asyncio.sleep(0)
        assert not made
        assert await member(2) == await first
        assert made == [0, 1]

    asyncio.run(asyncio.wait_for(play(), 5))


def test_who_leaves_between_two_jobs_keeps_nobody_from_the_second() -> None:
    async def play() -> None:
        ensemble = Ensemble(2, paper=False, events=2)
        other = asyncio.create_task(ensemble.share(_made, 0))
        await ensemble.share(_made, 0)
        await other
        waiting = asyncio.create_task(ensemble.share(_made, 1))
        await asyncio.sleep(0)
        assert not waiting.done()
        await ensemble.leave()
        assert await waiting == (JOB, True)

    asyncio.run(asyncio.wait_for(play(), 5))


def test_the_last_word_waits_for_all_that_wait_for_the_shared_job() -> None:
    async def play() -> None:
        ensemble, said = Ensemble(2, paper=False), []

        async def speak() -> None:
            async with ensemble.last_word():
                said.append("a sentinel")

        speaking = asyncio.create_task(speak())
        await asyncio.sleep(0)
        assert not said
        await ensemble.leave()
        await speaking
        assert said

    asyncio.run(asyncio.wait_for(play(), 5))


@pytest.mark.parametrize(
    "name", ["printer/every-job", "printer/cancelled", "job/omitted", "printer/full", "printer/burst"]
)
def test_what_needs_a_job_of_its_own_shares_none(name: str) -> None:
    assert shares(BY_ID[name]) is None


def test_what_can_share_is_gathered_and_nothing_is_lost() -> None:
    alone = [s for s in BY_ID.values() if s.alone]
    together = list(gathered(alone))
    assert sorted(s.id for group in together for s in group) == sorted(s.id for s in alone)
    assert {"printer/text-plain", "printer/html"} <= {s.id for s in max(together, key=len)}
    assert together[-1][0].fills


def test_who_only_waits_in_the_end_begins_early_and_who_brings_many_mails_late() -> None:
    order = [group[0].id for group in gathered(s for s in BY_ID.values() if s.alone) if len(group) == 1]
    assert order.index("printer/cancelled") < order.index("printer/many") < order.index("printer/burst")
    assert order[-1] == "printer/full"


def test_who_is_alone_hears_nothing_of_a_job_that_was_still_to_be_cancelled(tmp_path: Path) -> None:
    async def play(file: EvidenceFile) -> None:
        slow = reference_printer(replace(OBEDIENT, cancel_seconds=1.0))
        async with bench(file, slow, Sitting(Ixit.for_loopback(), "a test")) as stage:
            await stage.prepare()
            await stage.perform([BY_ID[name] for name in (*FIRST, "job/overfull", "printer/omitted")], lambda *_: None)

    with EvidenceFile.create(tmp_path / "slow.evidence") as file:
        asyncio.run(play(file))
        (mail,) = RunRecord(file).plays["printer/omitted"].subscription.mails
        name = next(RunRecord(file).plays["printer/omitted"].steps_of(Printed))[1].name
        assert name in mail.said


SHARING = ("printer/sequence-text-plain", "printer/sequence-omitted", "printer/twins")
FIRST = ("job/ended-unprinted", "job/isolation")


def shared(evidence: Path, policy: Policy) -> dict[str, list[tuple[str, int]]]:
    """How each play of those that share three jobs ended, and how many of these it had made itself."""

    async def play(file: EvidenceFile) -> None:
        async with bench(file, reference_printer(policy), Sitting(Ixit.for_loopback(), "a test")) as stage:
            await stage.prepare()
            await stage.perform([BY_ID[name] for name in (*FIRST, *SHARING)], lambda *_: None)

    with EvidenceFile.create(evidence) as file:
        asyncio.run(play(file))
        found: dict[str, list[tuple[str, int]]] = {name: [] for name in SHARING}
        for one in RunRecord(file).every_play:
            if one.scenario in found and one.end is not None:
                own = sum(not job.shared for _, job in one.steps_of(Printed))
                found[one.scenario].append((one.end.outcome, own))
    return found


def test_plays_with_several_jobs_share_them_all(tmp_path: Path) -> None:
    plays = shared(tmp_path / "three.evidence", OBEDIENT)
    assert all(len(found) == 1 and found[0][0] == PLAYED for found in plays.values())
    assert sum(own for found in plays.values() for _, own in found) == 3


def test_whose_mail_does_not_come_among_others_is_played_again_alone(tmp_path: Path) -> None:
    liar = next(defect for defect in DEFECTS if defect.id == "cancelling-ends-the-twin")
    plays = shared(tmp_path / "trouble.evidence", liar.applied_to(OBEDIENT))
    assert [outcome for outcome, _ in plays["printer/twins"]] == [CUT_SHORT, PLAYED]
    assert plays["printer/twins"][1][1] == 3
    assert all([outcome for outcome, _ in plays[name]] == [PLAYED] for name in SHARING[:2])


def test_others_go_on_while_a_play_only_waits_for_what_may_never_come(tmp_path: Path) -> None:
    names = ["job/ended-unprinted", "job/isolation", "printer/cancelled", "printer/attributes", "printer/no-recipient"]

    async def play(file: EvidenceFile) -> None:
        async with bench(file, reference_printer(OBEDIENT), Sitting(Ixit.for_loopback(), "a test")) as stage:
            await stage.prepare()
            await stage.perform([BY_ID[name] for name in names], lambda *_: None)

    with EvidenceFile.create(tmp_path / "deaf.evidence") as file:
        asyncio.run(play(file))
        plays = RunRecord(file).plays
        waiting = plays["printer/cancelled"]
        silence = waiting.labelled("silence").row
        assert waiting.end is not None
        assert len(waiting.subscription.mails) == 1
        for name in names[3:]:
            assert silence.t < plays[name].row.t < waiting.end.t
            assert plays[name].end is not None


LATE = replace(OBEDIENT, delivery_delay=0.4)


@pytest.mark.parametrize(
    ("policy", "name", "waits"),
    [
        (LATE, "printer/attributes", False),
        (replace(LATE, cancel_seconds=0.3), "printer/attributes", True),  # it would hear of the sentinel's end
        (LATE, "faults/greeting-421", True),  # the sentinel's mail would meet its fault
    ],
    ids=["its job has ended", "its job goes on", "a fault for all"],
)
def test_others_go_on_while_a_sentinel_is_only_waited_for(
    tmp_path: Path, policy: Policy, name: str, waits: bool
) -> None:
    async def play(file: EvidenceFile) -> None:
        async with bench(file, reference_printer(policy), Sitting(Ixit.for_loopback(), "a test")) as stage:
            await stage.prepare()
            await stage.perform([BY_ID[one] for one in (*FIRST, "printer/cancelled", name)], lambda *_: None)

    with EvidenceFile.create(tmp_path / "sentinel.evidence") as file:
        asyncio.run(asyncio.wait_for(play(file), 60))
        run_record = RunRecord(file)
        ((_, sent),) = run_record.play("printer/cancelled").steps_of(SentinelSent)
        (mail,) = run_record.mails_to(sent.address)
        assert (run_record.play(name).row.t > mail.t) is waits


def test_plays_that_share_a_job_have_it_in_their_evidence_and_in_no_other_play_s(tmp_path: Path) -> None:
    names = ["job/ended-unprinted", "job/isolation", "printer/text-plain", "printer/omitted", "printer/none"]

    async def play(file: EvidenceFile) -> None:
        async with bench(file, reference_printer(OBEDIENT), Sitting(Ixit.for_loopback(), "a test")) as stage:
            await stage.prepare()
            await stage.perform([BY_ID[name] for name in names], lambda *_: None)

    with EvidenceFile.create(tmp_path / "shared.evidence") as file:
        asyncio.run(play(file))
        run_record = RunRecord(file)
        plays = [run_record.plays[name] for name in names[2:]]
        jobs = [outcome for p in plays for _, outcome in p.steps_of(Printed)]
        assert len({job.job for job in jobs}) == 1
        assert sum(not job.shared for job in jobs) == 1
        assert all(p.step("Print").answer.row.operation == Operation.CREATE_JOB for p in plays)
        assert all(len(p.subscription.mails) == 1 for p in plays)
        assert len({p.plays_of_its_jobs & {q.row.id for q in plays} for p in plays}) > 1
