"""Stimuli for the mail draft itself: events, formats, sequence numbers, leases, user data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.editions import EVERY_EDITION, ContentChoice, editions_with
from conformance.faults import script

from .steps import (
    NONE_FORMAT,
    NONE_WORD,
    AnyStep,
    Ask,
    AwaitMail,
    Describe,
    EndJob,
    ListSubscriptions,
    OnJob,
    OnPrinter,
    OutliveLease,
    Print,
    Query,
    QueryJob,
    Refuse,
    Renew,
    Scenario,
    SendDocument,
    Silence,
    Subscribe,
    Unsubscribe,
)

FORMATS: Final = {
    "text-plain": "text/plain",
    "us-ascii": "text/plain; charset=us-ascii",
    "utf-8": "text/plain; charset=utf-8",
    "none": NONE_FORMAT,
    "none-word": NONE_WORD,
    "omitted": None,
    "html": "text/html",
    "html-utf-8": "text/html; charset=utf-8",
    "ipp": "application/ipp",
    "postscript": "application/postscript",
    "tiff": "image/tiff",
    "audio": "audio/32kadpcm",
    "unregistered": "application/x-ippmailto-unregistered",
}
BOTH_ENDS: Final = ("job-created", "job-completed")
JOB_EVENTS: Final = ("job-created", "job-state-changed", "job-completed")


def _tags(*words: str) -> frozenset[str]:
    return frozenset(words)


def _needs_of(format_: str | None) -> tuple[str, ...]:
    return () if format_ is None else ("attribute:notify-format",)


def _editions_of(format_: str | None) -> tuple[str, ...]:
    """Those that can be asked for a format."""
    return EVERY_EDITION if format_ is None else editions_with(ContentChoice.FORMAT)


def _format_scenarios() -> Iterator[Scenario]:
    """One event, one mail, for each format and both kinds of subscription."""
    for word, media in FORMATS.items():
        ask = Ask(format=media)
        tags = _tags("mail", "format", word) | _format_tags(media)
        ended = (QueryJob(label="ended"),) if media == "application/ipp" else ()
        yield Scenario(
            f"printer/{word}",
            (Subscribe(ask), Print(), AwaitMail(), Query(label="after"), *ended, Unsubscribe()),
            tags | {"per-printer"},
            _needs_of(media),
            _editions_of(media),
            alone=True,
        )
        yield Scenario(
            f"job/{word}",
            (Print(asks=(ask,)), AwaitMail(), *ended),
            tags | {"per-job"},
            _needs_of(media),
            _editions_of(media),
        )


def _format_tags(media: str | None) -> frozenset[str]:
    """Tags for what a format asks for: nothing beside the body, or a part of some type."""
    if media in (None, NONE_FORMAT):
        return frozenset()
    if media == NONE_WORD:
        return _tags("none")
    if media in ("text/plain", "text/plain; charset=us-ascii"):
        return _tags("plain")
    return _tags("attached", "machine" if media == "application/ipp" else "human")


def _told_of(media: str | None, job: str) -> list[AnyStep]:
    """The printer is asked for what its content for programs has to agree with."""
    return [QueryJob(job, label=f"ended-{job}")] if media == "application/ipp" else []


def _sequence_scenarios() -> Iterator[Scenario]:
    """Several events in a row, asked about in between."""
    for word, media in (("text-plain", "text/plain"), ("omitted", None), ("ipp", "application/ipp")):
        ask = Ask(format=media)
        steps: list[AnyStep] = [Subscribe(ask), Query(label="before")]
        for n in (1, 2, 3):
            steps += [Print(f"j{n}"), AwaitMail(count=n), Query(label=f"after-{n}", settled=True)]
            steps += _told_of(media, f"j{n}")
        yield Scenario(
            f"printer/sequence-{word}",
            (*steps, Unsubscribe()),
            _tags("sequence", "per-printer", "mail", word) | _format_tags(media),
            _needs_of(media),
            _editions_of(media),
            alone=True,
        )
        ask = Ask(format=media, events=BOTH_ENDS)
        yield Scenario(
            f"job/sequence-{word}",
            (
                Print(asks=(ask,), via="Create-Job"),
                AwaitMail(count=1),
                Query(label="after-1", settled=True),
                SendDocument(),
                AwaitMail(count=len(ask.events or ())),
                *_told_of(media, "j"),
            ),
            _tags("job-sequence", "per-job", "mail", word) | _format_tags(media),
            ("Create-Job", "Send-Document", *_needs_of(media)),
            _editions_of(media),
        )
    yield Scenario(
        "job/before-any-event",
        (
            Print(asks=(Ask(events=("job-completed",)),), via="Create-Job"),
            Query(label="before"),
            SendDocument(),
            AwaitMail(),
        ),
        _tags("fresh", "per-job", "mail"),
        ("Create-Job", "Send-Document"),
    )


def _undisturbed_sequences() -> Iterator[Scenario]:
    """What a printer may stumble over in counting: a renewal, and a mail that is refused for the time being."""
    media = "application/ipp"
    refusal = Refuse(script("rcpt to {address}: 451 mailbox busy x1"))
    between: dict[str, tuple[tuple[str, ...], AnyStep]] = {
        "renewed": (("Renew-Subscription",), Renew(lease="inside")),
        "refused": ((), refusal),
    }
    for word, (needs, step) in between.items():
        yield Scenario(
            f"printer/sequence-{word}",
            (
                Subscribe(Ask(format=media)),
                Query(label="before"),
                Print("j1"),
                AwaitMail(count=1),
                Query(label="after-1", settled=True),
                step,
                *(one for n in (2, 3) for one in _next(n)),
                Unsubscribe(),
            ),
            _tags("sequence" if word == "renewed" else "sequence-refused", "per-printer"),
            (*needs, *_needs_of(media)),
            _editions_of(media),
            alone=True,
        )


def _next(n: int) -> tuple[AnyStep, ...]:
    return Print(f"j{n}"), AwaitMail(count=n), Query(label=f"after-{n}", settled=True)


def _printed() -> Iterator[Scenario]:
    """Jobs that do go onto paper, and what mails tell of them: these alone cost a sheet where others need none."""
    yield Scenario("job/printed", (Print(asks=(Ask(),), paper=True), AwaitMail()), _tags("printed"))
    yield Scenario(
        "job/printed-ipp",
        (
            Print(asks=(Ask(format="application/ipp", events=JOB_EVENTS),), paper=True),
            AwaitMail(count=len(JOB_EVENTS)),
            QueryJob(label="job"),
        ),
        _tags("printed", "machine", "counted"),
        _needs_of("application/ipp"),
        _editions_of("application/ipp"),
    )
    # The second mail of most printers tells that the job is being printed.  Where it is the last one, it was too fast.
    watched = Ask("watch", events=JOB_EVENTS)
    yield Scenario(
        "job/cancelled-in-print",
        (
            Print(asks=(Ask(), watched), paper=True),
            AwaitMail("watch", count=2),
            OnJob("Cancel-Job"),
            AwaitMail(),
        ),
        _tags("printed", "cancelled-in-print"),
        ("Cancel-Job",),
    )


def _lease_scenarios() -> Iterator[Scenario]:
    for word in ("min", "omitted", "below", "above", "inside"):
        lease = None if word == "omitted" else word
        yield Scenario(
            f"printer/lease-{word}",
            (Subscribe(Ask(lease=lease)), Query(label="granted"), Unsubscribe()),
            _tags("lease", f"lease-{word}", "per-printer", *([] if lease is None else ["lease-asked"])),
            alone=True,
        )
    yield Scenario(
        "printer/lease-ends",
        (
            Subscribe(Ask(lease="min")),
            Query(label="granted"),
            OutliveLease(),
            Query(label="after-end"),
            Silence(deaf=True),
        ),
        _tags("lease-ends", "per-printer"),
        alone=True,
    )


SCENARIOS: Final[tuple[Scenario, ...]] = (
    Scenario("printer/description", (Describe(),), _tags("description")),
    Scenario(
        "printer/user-data",
        (
            Subscribe(Ask(user_data="{bare}")),
            Query(),
            ListSubscriptions("whose", requested=("all",)),  # of others as well, before any mail comes
            Unsubscribe(),
        ),
        _tags("bare-user-data", "per-printer"),
        alone=True,
    ),
    Scenario(
        "printer/user-data-as-uri",
        (Subscribe(Ask(user_data="mailto:{bare}")), Unsubscribe()),
        _tags("per-printer"),
        alone=True,
    ),
    Scenario(
        "job/ended-unprinted",
        (
            Subscribe(Ask("p")),
            Print(asks=(Ask(),), via="Create-Job"),
            EndJob(),
            AwaitMail(),
            AwaitMail("p"),
            Unsubscribe("p"),
        ),
        _tags(),
        ("Create-Job", "Cancel-Job"),
        alone=True,
    ),
    Scenario(
        "job/isolation",
        (
            Print(asks=(Ask(),), via="Create-Job"),
            Print("other"),
            Silence(),
            SendDocument(),
            AwaitMail(),
            Silence(label="late"),  # a mail about another job may be slower than the sentinel's
        ),
        _tags("isolation", "per-job"),
        ("Create-Job", "Send-Document"),
        alone=True,
    ),
    *_lease_scenarios(),
    *_format_scenarios(),
    *_printed(),
    *_sequence_scenarios(),
    *_undisturbed_sequences(),
    Scenario(
        "printer/no-user-data",
        (Subscribe(Ask(user_data=None)), Print(), Silence(deaf=True)),
        _tags("no-user-data", "per-printer"),
        editions=("mailto-00",),
    ),
    Scenario(
        "job/no-user-data",
        (Print(asks=(Ask(user_data=None),)), Silence(deaf=True)),
        _tags("no-user-data", "per-job"),
        editions=("mailto-00",),
    ),
    Scenario(
        "printer/state-changed",
        (
            Subscribe(Ask(events=("printer-state-changed",))),
            OnPrinter("Pause-Printer"),
            AwaitMail(),
            OnPrinter("Resume-Printer"),
            Unsubscribe(),
        ),
        _tags("mail", "printer-event", "per-printer"),
        ("Pause-Printer", "Resume-Printer"),
        alone=True,
    ),
)
