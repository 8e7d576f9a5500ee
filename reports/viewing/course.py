"""The course of a run: its plays over time, with subscriptions, jobs, mails, and the ends of subscriptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from conformance.record.lives import End, history_of
from conformance.record.recorded_run import address_key
from conformance.record.rows import RunEnd
from conformance.record.run_record import PlayRecord, RunRecord

UNFINISHED: Final = "cut short"


@dataclass(slots=True)
class PlayCourse:
    """One play: nanoseconds since the evidence was begun for everything that happened in it."""

    id: int
    scenario: str
    begun: int
    ended: int
    outcome: str
    reason: str = ""
    subscribed: list[int] = field(default_factory=list)
    jobs: list[int] = field(default_factory=list)
    mails: list[int] = field(default_factory=list)
    leases_ended: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Course:
    """All plays in the order they began, how long it all took, and when mails came that belong to none of them."""

    plays: tuple[PlayCourse, ...]
    length: int
    other_mails: tuple[int, ...]


def course_of(run_record: RunRecord) -> Course:
    """The whole run, every sitting of it."""
    history = history_of(run_record)
    length = max((end.t for end in run_record.file.rows(RunEnd)), default=0)
    length = max([length, *(mail.t for mail in run_record.mails), *(p.row.t for p in run_record.every_play)])
    plays = {play.row.id: _begun(play, length) for play in run_record.every_play}
    addresses: dict[str, int] = {}
    for life in history.lives:
        play = plays[life.play.row.id]
        addresses[address_key(life.address)] = play.id
        if life.id is None:
            continue
        play.subscribed.append(life.made)
        if life.over <= length:
            (play.cancelled if life.why is End.CANCELLED else play.leases_ended).append(life.over)
    for job in history.jobs:
        plays[job.play].jobs.append(job.made)
    others = []
    for mail in run_record.mails:
        owners = {addresses[key] for one in mail.recipients if (key := address_key(one)) in addresses}
        for owner in owners:
            plays[owner].mails.append(mail.t)
        if not owners:
            others.append(mail.t)
    return Course(tuple(plays.values()), max(length, 1), tuple(others))


def _begun(play: PlayRecord, length: int) -> PlayCourse:
    end = play.end
    if end is None:
        return PlayCourse(play.row.id, play.scenario, play.row.t, length, UNFINISHED)
    return PlayCourse(play.row.id, play.scenario, play.row.t, end.t, end.outcome, end.reason)
