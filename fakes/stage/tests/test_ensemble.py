"""One job for several plays: who makes it, what comes of trouble, and that each is judged for itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import Printed
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.wire.registry import Operation
from fakes.printer import OBEDIENT
from fakes.stage import Ixit
from fakes.stage.bench import Sitting, bench, reference_printer
from fakes.stage.ensemble import Ensemble, SharedJob, gathered, shares

JOB = SharedJob(7, "job 1j", 42)


async def _made() -> SharedJob:
    return JOB


def test_the_job_is_made_once_when_all_are_ready() -> None:
    async def play() -> None:
        ensemble, made = Ensemble(3, paper=False), list[int]()

        async def make() -> SharedJob:
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

        async def fail() -> SharedJob:
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


@pytest.mark.parametrize("name", ["printer/sequence-omitted", "printer/cancelled", "job/omitted", "printer/full"])
def test_what_needs_a_job_of_its_own_shares_none(name: str) -> None:
    assert shares(BY_ID[name]) is None


def test_what_can_share_is_gathered_and_nothing_is_lost() -> None:
    alone = [s for s in BY_ID.values() if s.alone]
    together = list(gathered(alone))
    assert sorted(s.id for group in together for s in group) == sorted(s.id for s in alone)
    assert {"printer/text-plain", "printer/html"} <= {s.id for s in max(together, key=len)}
    assert together[-1][0].fills


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
