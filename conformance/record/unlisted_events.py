"""Which mails of a subscription are about an event that it did not list, so that they are nobody's copies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.vocabulary import sub_values

from .lives import ENDS, JobLife, Life
from .received_mail import ReceivedMail, alike

_KEYWORD: Final = re.compile(r"(?<![\w-])(?:job|printer)-[a-z]+(?:-[a-z]+)*(?![\w-])")
_EVENTS: Final = re.compile(r"(?:job|printer)-(?:[a-z-]+-changed|created|completed|stopped|progress|restarted)")


@dataclass(frozen=True, slots=True)
class ToldMail:
    """A mail, the event of its content for programs, and whether it names no job, though others of its kind do."""

    mail: ReceivedMail
    event: str | None
    nameless: bool


def unlisted(life: Life, told: Sequence[ToldMail], job: JobLife | None) -> frozenset[int]:
    """Their ids, of mails about one job or none, by what content or text says; or since they came at no time for it."""
    if not life.events:
        return frozenset()
    vocabulary = life.play.run_record.vocabulary
    allowed = {*life.events, *(sub for event in life.events for sub in sub_values(vocabulary, event))}
    of_jobs = all(event.startswith("job-") for event in allowed)
    found = {one.mail.id for one in told if (of_jobs and one.nameless) or not _may_be_about(one, allowed)}
    if life.events <= set(ENDS) and job is not None and len(told) > len(life.events):
        own = [one.mail for one in told if one.mail.id not in found]
        due = list(_due(life, own, job))
        found |= {mail.id for mail in own if due and not any(alike(mail, one) for one in due)}
    return frozenset(found)


def events_told(mail: ReceivedMail) -> set[str]:
    """The keywords of events in what people read of a mail."""
    return {*filter(_EVENTS.fullmatch, _KEYWORD.findall(mail.said))}


def _may_be_about(one: ToldMail, allowed: set[str]) -> bool:
    """Whether no event is told but those, by the keyword in its content or, where people read keywords, in its text."""
    named = {one.event} if one.event is not None else events_told(one.mail)
    return not named or not named.isdisjoint(allowed)


def _due(life: Life, mails: Sequence[ReceivedMail], job: JobLife) -> Iterator[ReceivedMail]:
    """The first mails that came when the job was there, and when its end could come, whatever they say."""
    created = next((mail for mail in mails if mail.t >= job.asked), None)
    if "job-created" in (life.events or ()) and created is not None:
        yield created
    if "job-completed" in (life.events or ()):
        late = (mail for mail in mails if mail.t >= job.printing)
        ended = next((m for m in late if "job-created" not in (life.events or ()) or m is not created), None)
        if ended is not None:
            yield ended
