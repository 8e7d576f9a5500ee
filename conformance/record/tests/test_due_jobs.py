"""The jobs that a subscription is due to hear of, against the plain way to find them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conformance.record.due_jobs import DueJobs
from conformance.record.lives import NEVER
from conformance.record.outcomes import Carrier

moments = st.integers(0, 12)
jobs = st.builds(
    lambda asked, took, ended: SimpleNamespace(asked=asked, made=asked + took, ended=ended),
    moments, st.integers(0, 3), moments | st.just(NEVER),
)  # fmt: skip
lives = st.builds(
    lambda *, surely_until, **more: SimpleNamespace(surely_until=surely_until, ending=surely_until, **more),
    carrier=st.sampled_from(Carrier),
    events=st.none() | st.frozensets(st.sampled_from(["job-created", "job-completed", "printer-stopped"])),
    made=moments,
    surely_until=moments | st.just(NEVER),
)


def plainly(life: Any, all_jobs: list[Any]) -> list[Any]:
    if not life.surely_until or life.events is None or life.carrier is not Carrier.PRINTER:
        return []
    near = [job for job in all_jobs if job.asked >= life.made and job.made <= life.ending]
    return [
        job
        for job in near
        if "job-created" in life.events or ("job-completed" in life.events and job.ended < life.ending)
    ]


@given(st.lists(jobs, max_size=8), st.lists(lives, max_size=5), moments)
def test_they_are_those_that_one_finds_by_looking_at_each(all_jobs: list[Any], all_lives: list[Any], t: int) -> None:
    due = DueJobs(all_jobs, all_lives, lambda job: job.ended)
    for life in all_lives:
        wanted = plainly(life, all_jobs)
        assert due.count(life) == len(wanted)
        assert list(map(id, due.before(life, t))) == [id(job) for job in wanted if job.asked < t]
