"""Stimuli for events: which of them become mails, and which do not.

Events that IPP alone brings about are job-created, job-completed, job-state-changed (a hold), printer-state-changed and
printer-stopped (a pause).  The others that printers list are in no row: job-stopped, because whether a job that is
being printed stops half-way is the printer's choice and a matter of milliseconds; job-progress, because its rate is;
and whatever takes a hand at the device, another configuration, a restart, or jobs of other people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.editions import EVERY_EDITION

from .needs import FORMATS, OPEN_JOB, PAUSE, WITH_FORMATS
from .steps import (
    IPP,
    AnyStep,
    Ask,
    AwaitMail,
    Describe,
    OnJob,
    OnPrinter,
    Print,
    Query,
    QueryJob,
    Scenario,
    SendDocument,
    Silence,
    Subscribe,
    Unsubscribe,
    tagged,
)

COUNTED: Final = Query(label="counted", settled=True)  # where nobody knows how many changes there were


def _listed() -> Iterator[Scenario]:
    """One subscribed event, brought about with whatever shows that it took place; for people, and for programs."""
    for word, media in (("", None), ("-ipp", IPP)):
        yield from _created(word, media)
        yield from _held(word, media)
        for event in ("printer-state-changed", "printer-stopped"):
            yield from _pausing(event, word, media)


def _as_asked(media: str | None, needs: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """Tags, needs and editions of a scenario in that format."""
    if media is None:
        return tagged(), needs, EVERY_EDITION
    return tagged("machine", "attached"), (*needs, *FORMATS), WITH_FORMATS


def _created(word: str, media: str | None) -> Iterator[Scenario]:
    ask = Ask(events=("job-created",), format=media)
    more, needs, editions = _as_asked(media, ())
    tags = more | tagged("event-job-created") | (tagged("mail") if media is None else tagged())
    yield Scenario(
        f"printer/event-job-created{word}",
        (Subscribe(ask), Print(), AwaitMail(), Unsubscribe()),
        tags | {"per-printer"},
        needs,
        editions,
        alone=True,
    )
    ended = (QueryJob(label="ended"),) if media is not None else ()
    yield Scenario(
        f"job/event-job-created{word}", (Print(asks=(ask,)), AwaitMail(), *ended), tags | {"per-job"}, needs, editions
    )


def _held(word: str, media: str | None) -> Iterator[Scenario]:
    """A job that is held and released."""
    changed = Ask(events=("job-state-changed",), format=media)
    hold: tuple[AnyStep, ...] = (
        QueryJob(label="before"),
        OnJob("Hold-Job"),
        QueryJob(label="held"),
        AwaitMail(),
        OnJob("Release-Job"),
        QueryJob(label="released"),
        AwaitMail(count=2),
        COUNTED,
        OnJob("Hold-Job"),  # a printer may be right about the first changes alone
        OnJob("Release-Job"),
        Query(label="counted-again", settled=True),
        SendDocument(),
    )
    more, needs, editions = _as_asked(media, ("event:job-state-changed", "Hold-Job", "Release-Job", *OPEN_JOB))
    tags = more | tagged("event-job-state-changed")
    yield Scenario(
        f"printer/event-job-state-changed{word}",
        (Subscribe(changed), Print(via="Create-Job"), *hold, Unsubscribe()),
        tags | {"per-printer"},
        needs,
        editions,
        alone=True,
    )
    yield Scenario(
        f"job/event-job-state-changed{word}",
        (Print(asks=(changed,), via="Create-Job"), *hold),
        tags | {"per-job"},
        needs,
        editions,
    )


def _pausing(event: str, word: str, media: str | None) -> Iterator[Scenario]:
    """A printer that is paused and resumed while a subscription for that event is there."""
    pause: tuple[AnyStep, ...] = (
        OnPrinter("Pause-Printer"),
        Describe("paused"),
        AwaitMail(),
        OnPrinter("Resume-Printer"),
        Describe("resumed"),
        COUNTED,
    )
    if event == "printer-state-changed":
        pause = (*pause, AwaitMail(count=2))
    ask = Ask(events=(event,), format=media)
    more, needs, editions = _as_asked(media, (f"event:{event}", *PAUSE))
    tags = more | tagged("pause", f"event-{event}") | _told_of_state(event, media)
    yield Scenario(
        f"printer/event-{event}{word}",
        (Subscribe(ask), *pause, Unsubscribe()),
        tags | {"per-printer"},
        needs,
        editions,
        alone=True,
    )
    job = (Print(asks=(ask,), via="Create-Job"), *pause, SendDocument())
    yield Scenario(f"job/event-{event}{word}", job, tags | {"per-job"}, (*needs, *OPEN_JOB), editions, alone=True)


def _told_of_state(event: str, media: str | None) -> frozenset[str]:
    """Whether content for programs tells the state while the printer is paused, and then."""
    if media is None:
        return tagged()
    return tagged("printer-told", *(("printer-going-on",) if event == "printer-state-changed" else ()))


def _unlisted() -> Iterator[Scenario]:
    """Events that happen while a subscription lists another one."""
    yield Scenario(
        "job/only-completed",
        (Print(asks=(Ask(),), via="Create-Job"), Silence(label="created"), SendDocument(), AwaitMail()),
        tagged("per-job"),
        OPEN_JOB,
    )
    yield Scenario(
        "job/only-created",
        (Print(asks=(Ask(events=("job-created",)),)), AwaitMail(), Silence(label="completed")),
        tagged("per-job"),
    )
    yield Scenario(
        "job/no-printer-event",
        (
            Print(asks=(Ask(),), via="Create-Job"),
            OnPrinter("Pause-Printer"),
            OnPrinter("Resume-Printer"),
            Silence(label="resumed", deaf=True),
            SendDocument(),
            AwaitMail(),
        ),
        tagged("per-job"),
        (*PAUSE, *OPEN_JOB),
        alone=True,
    )
    yield Scenario(
        "printer/no-job-event",
        (
            Subscribe(Ask(events=("printer-stopped",))),
            Print(),
            Silence(label="printed"),
            Describe("state"),
            Unsubscribe(),
        ),
        tagged("per-printer"),
        ("event:printer-stopped",),
    )
    yield Scenario(
        "job/state-changed-alone",
        (
            Print(asks=(Ask(events=("job-state-changed",)),), via="Create-Job"),
            Silence(label="created"),
            QueryJob(label="idle"),
            OnJob("Cancel-Job"),
            Silence(label="ended"),
        ),
        tagged("per-job"),
        ("event:job-state-changed", "Create-Job", "Cancel-Job"),
    )


SCENARIOS: Final[tuple[Scenario, ...]] = (*_listed(), *_unlisted())
