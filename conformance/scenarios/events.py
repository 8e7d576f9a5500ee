"""Stimuli for events: which of them become mails, for whom, how often, until when, in which language and charset.

Events that IPP alone brings about are job-created, job-completed, job-state-changed (a hold), printer-state-changed and
printer-stopped (a pause).  The others that printers list are in no row: job-stopped, because whether a job that is
being printed stops half-way is the printer's choice and a matter of milliseconds; job-progress, because its rate is;
and whatever takes a hand at the device, another configuration, a restart, or jobs of other people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.editions import EVERY_EDITION, ContentChoice, editions_with

from .steps import (
    AnyStep,
    Ask,
    AwaitMail,
    Describe,
    OnJob,
    OnPrinter,
    Print,
    Query,
    QueryJob,
    Refuse,
    Scenario,
    SendDocument,
    Silence,
    Subscribe,
    Unsubscribe,
)

IPP: Final = "application/ipp"
OPEN_JOB: Final = ("Create-Job", "Send-Document")
PAUSE: Final = ("Pause-Printer", "Resume-Printer")
FORMATS: Final = ("attribute:notify-format",)
WITH_FORMATS: Final = editions_with(ContentChoice.FORMAT)
# Plain addresses that a careless check refuses or respells.
ADDRESSES: Final = {
    "plus": "{local}+office@{domain}",
    "hyphen": "x_{local}-y@{domain}",
    "capital": "A.{local}.Z@{domain}",
}
LATER_ONLY: Final = ("mailto-04",)
BURST: Final = 20  # events one after the other as fast as they are answered; more would cost paper and show no more
LANGUAGES: Final = 4  # of those a printer lists, so many are tried; some list thirty
COUNTED: Final = Query(label="counted", settled=True)  # where nobody knows how many changes there were
REFUSALS: Final = 3  # mails refused for good, after which a printer has had its chance to learn


def _tags(*words: str) -> frozenset[str]:
    return frozenset(words)


# ---------------------------------------------------------------- which events, and which not


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
        return _tags(), needs, EVERY_EDITION
    return _tags("machine", "attached"), (*needs, *FORMATS), WITH_FORMATS


def _created(word: str, media: str | None) -> Iterator[Scenario]:
    ask = Ask(events=("job-created",), format=media)
    more, needs, editions = _as_asked(media, ())
    tags = more | _tags("event-job-created") | (_tags("mail") if media is None else _tags())
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
        OnJob("Release-Job"),
        QueryJob(label="released"),
        AwaitMail(),
        COUNTED,
        OnJob("Hold-Job"),  # a printer may be right about the first changes alone
        OnJob("Release-Job"),
        Query(label="counted-again", settled=True),
        SendDocument(),
    )
    more, needs, editions = _as_asked(media, ("event:job-state-changed", "Hold-Job", "Release-Job", *OPEN_JOB))
    tags = more | _tags("event-job-state-changed")
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
    tags = more | _tags("pause", f"event-{event}") | _told_of_state(event, media)
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
        return _tags()
    return _tags("printer-told", *(("printer-going-on",) if event == "printer-state-changed" else ()))


def _unlisted() -> Iterator[Scenario]:
    """Events that happen while a subscription lists another one."""
    yield Scenario(
        "job/only-completed",
        (Print(asks=(Ask(),), via="Create-Job"), Silence(label="created"), SendDocument(), AwaitMail()),
        _tags("per-job"),
        OPEN_JOB,
    )
    yield Scenario(
        "job/only-created",
        (Print(asks=(Ask(events=("job-created",)),)), AwaitMail(), Silence(label="completed")),
        _tags("per-job"),
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
        _tags("per-job"),
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
        _tags("per-printer"),
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
        _tags("per-job"),
        ("event:job-state-changed", "Create-Job", "Cancel-Job"),
    )


# ---------------------------------------------------------------- for whom, how often, until when


def _twins() -> Iterator[Scenario]:
    """Two subscriptions that differ in nothing but their numbers."""
    for word, media in (("", None), ("-ipp", IPP)):
        one, other = Ask(format=media), Ask("t", format=media, same_address_as="s")
        needs, editions = (FORMATS, WITH_FORMATS) if media else ((), EVERY_EDITION)
        kind = ("twins-ipp",) if media else ()
        yield Scenario(
            f"printer/twins{word}",
            (
                Subscribe(one),
                Subscribe(other),
                Print("j1"),
                AwaitMail(count=2),
                Query(label="one", settled=True),
                Query("t", label="other", settled=True),
                Print("j2"),
                AwaitMail(count=4),
                Unsubscribe(),
                Print("j3"),
                AwaitMail("t", count=5),
                Unsubscribe("t"),
            ),
            _tags("twins", "per-printer-twins", "per-printer", *kind),
            needs,
            editions,
            alone=True,
        )
        yield Scenario(
            f"job/twins{word}",
            (Print("j1", asks=(one, other)), AwaitMail(count=2)),
            _tags("twins", "per-job", *kind),
            needs,
            editions,
        )
    yield Scenario(
        "printer/twins-of-both-kinds",
        (Subscribe(Ask()), Print("j1", asks=(Ask("t", same_address_as="s"),)), AwaitMail(count=2), Unsubscribe()),
        _tags("twins", "per-printer", "per-job"),
        alone=True,
    )


def _endings() -> Iterator[Scenario]:
    """Subscriptions that end: cancelled, with their job, or because nobody takes their mail."""
    yield Scenario(
        "printer/cancelled",
        (
            Subscribe(),
            Print("j1"),
            AwaitMail(),
            Unsubscribe(label="cancelled"),
            Query(label="gone"),
            Print("j2"),
            Silence(deaf=True),
        ),
        _tags("cancelled", "per-printer"),
        alone=True,
    )
    yield Scenario(
        "job/cancelled",
        (
            Print(asks=(Ask(),), via="Create-Job"),
            Silence(label="made"),
            Unsubscribe(label="cancelled"),
            Query(label="gone"),
            SendDocument(),
            Silence(),
        ),
        _tags("cancelled", "per-job"),
        OPEN_JOB,
    )
    yield Scenario(
        "printer/cancelled-printer-event",
        (
            Subscribe(Ask(events=("printer-state-changed",))),
            OnPrinter("Pause-Printer"),
            AwaitMail(),
            OnPrinter("Resume-Printer"),
            Silence(label="resumed"),
            Unsubscribe(label="cancelled"),
            Silence(label="under-way", deaf=True),  # mails about what happened before that
            OnPrinter("Pause-Printer"),
            OnPrinter("Resume-Printer"),
            Silence(deaf=True),
        ),
        _tags("cancelled-printer-event", "per-printer"),
        ("event:printer-state-changed", *PAUSE),
        alone=True,
    )
    yield Scenario(
        "job/ended",
        (
            Print(asks=(Ask(events=("printer-state-changed",)), Ask("end"))),
            AwaitMail("end"),
            Silence(label="ended", deaf=True),
            Subscribe(Ask("control", events=("printer-state-changed",))),
            OnPrinter("Pause-Printer"),
            AwaitMail("control"),
            OnPrinter("Resume-Printer"),
            Unsubscribe("control"),
            Silence(label="resumed", deaf=True),
        ),
        _tags("per-job"),
        PAUSE,
        alone=True,
    )
    yield Scenario(
        "printer/undeliverable",
        (
            Refuse(),
            Subscribe(),
            *(step for n in range(1, REFUSALS + 1) for step in (Print(f"j{n}"), Silence(label=f"refused-{n}"))),
            Query(label="after"),
        ),
        _tags("undeliverable", "per-printer"),
        ("vocabulary:rfc3995",),
        LATER_ONLY,
        alone=True,
    )


def _reach() -> Iterator[Scenario]:
    """Whose jobs a subscription hears of."""
    yield Scenario(
        "printer/every-job",
        (Subscribe(), Print("j1"), AwaitMail(), Print("j2", user="Alice Smith"), AwaitMail(count=2), Unsubscribe()),
        _tags("per-printer"),
        alone=True,
    )
    yield Scenario(
        "job/two-jobs",
        (
            Print("j1", asks=(Ask("s"),)),
            Print("j2", asks=(Ask("t"),), user="Alice Smith"),
            AwaitMail("s"),
            AwaitMail("t"),
            Silence("s", deaf=True),
        ),
        _tags("per-job"),
    )


def _bursts() -> Iterator[Scenario]:
    """Many events as fast as the printer takes them: jobs are created whether or not they are printed yet."""
    for word, media in (("", None), ("-ipp", IPP)):
        yield Scenario(
            f"printer/burst{word}",
            (
                Subscribe(Ask(events=("job-created",), format=media)),
                *(Print(f"j{n}") for n in range(1, BURST + 1)),
                AwaitMail(count=BURST),
                Silence(),
                AwaitMail(count=BURST + 1),
                Query(label="after", settled=True),
                Unsubscribe(),
            ),
            _tags("burst", "per-printer", *(("burst-ipp", "machine") if media else ())),
            FORMATS if media else (),
            WITH_FORMATS if media else EVERY_EDITION,
            alone=True,
        )


def _addresses() -> Iterator[Scenario]:
    for word, address in ADDRESSES.items():
        ask = Ask(recipient=f"mailto:{address}", reaches=address)
        yield Scenario(
            f"job/address-{word}",
            (Print(asks=(ask,)), AwaitMail()),
            _tags("plain-address", "mail", "per-job"),
            editions=WITH_FORMATS,
        )
        yield Scenario(
            f"printer/address-{word}",
            (Subscribe(ask), Query(label="made"), Print(), AwaitMail(), Unsubscribe()),
            _tags("plain-address", "mail", "per-printer"),
            editions=WITH_FORMATS,
            alone=True,
        )


# ---------------------------------------------------------------- in which words


def _words() -> Iterator[Scenario]:
    """Charsets and languages."""
    programs = ("machine", "words", "counted")
    for charset in ("us-ascii", "utf-8", "iso-8859-1", "x-ippmailto-unregistered"):
        yield _one_mail(f"printer/charset-{charset}", Ask(format=IPP, charset=charset), "charset", *programs)
    for n in range(1, LANGUAGES + 1):
        yield _one_mail(f"printer/language-{n}", Ask(format=IPP, language=f"{{language{n}}}"), "language", *programs)
    for word, media in (("html", "text/html; charset=utf-8"), ("text", "text/plain; charset=utf-8")):
        ask = Ask(format=media, charset="iso-8859-1")
        yield _one_mail(f"printer/charset-{word}-utf-8", ask, "overruled")
    html = "text/html"
    one, other = Ask(format=html, charset="iso-8859-1"), Ask("t", format=html, charset="utf-8")
    yield Scenario(
        "printer/charset-html",
        (
            Subscribe(one),
            Subscribe(other),
            Query(label="granted"),
            Print(name="{job} Grüße"),
            AwaitMail(),
            AwaitMail("t"),
            Unsubscribe(),
            Unsubscribe("t"),
        ),
        _tags("per-printer", "without-parameter"),
        FORMATS,
        WITH_FORMATS,
        alone=True,
    )
    yield Scenario(
        "job/two-languages",
        (
            Print(asks=(Ask("s", language="{language1}"), Ask("t", language="{language2}"))),
            AwaitMail("s"),
            AwaitMail("t"),
        ),
        _tags("two-languages", "per-job"),
        editions=WITH_FORMATS,
    )


def _one_mail(name: str, ask: Ask, *tags: str) -> Scenario:
    """A mail about a job whose name no ASCII text can hold."""
    return Scenario(
        name,
        (
            Subscribe(ask),
            Query(label="granted"),
            Print(name="{job} Grüße"),
            AwaitMail(),
            QueryJob(label="job"),
            Unsubscribe(),
        ),
        _tags("per-printer", *tags),
        FORMATS,
        WITH_FORMATS,
        alone=True,
    )


SCENARIOS: Final[tuple[Scenario, ...]] = (
    *_listed(),
    *_unlisted(),
    *_twins(),
    *_endings(),
    *_reach(),
    *_bursts(),
    *_addresses(),
    *_words(),
)
