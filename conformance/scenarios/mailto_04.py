"""Stimuli for the later edition of the mail draft (mailto-04): plain text or more, user data, words, and times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.faults import script

from .needs import OPEN_JOB, PAUSE
from .steps import (
    AnyStep,
    Ask,
    AwaitMail,
    Describe,
    Elapse,
    OnPrinter,
    Print,
    Query,
    Refuse,
    Scenario,
    SendDocument,
    Subscribe,
    Unsubscribe,
)

EDITIONS: Final = ("mailto-04",)
CHANGED: Final = "printer-state-changed"
STOPPED: Final = "printer-stopped"
TEXT_ONLY: Final = {"true": True, "false": False, "omitted": None}
CHARSETS: Final = ("utf-8", "us-ascii", "iso-8859-1")
UMLAUTS: Final = "{job} Grüße"  # in ISO 8859-1 and UTF-8, not in US-ASCII
# What a subscriber may give as user data, and whether that is a mailbox by RFC 822 section 6.1.
USER_DATA: Final = {
    "address": ("{bare}", True),
    "name": ("Bob Jones <{bare}>", True),
    "words": ("Bob Jones", False),
    "comma": ("Jones, Bob <{bare}>", False),
    "none": (None, False),
}
REFUSED: Final = 4  # attempts; a printer that waits 0.2, 0.5, 1 and 2 s in between has its mail accepted after 3.7 s
RETRIED_WITHIN: Final = 4.5  # seconds; who tries again later than that cannot be judged by it


def _tags(*words: str) -> frozenset[str]:
    return frozenset(words)


def _job_event(word: str, ask: Ask, *tags: str, name: str = "{job}") -> Iterator[Scenario]:
    """A job that completes, and a subscription of each kind that hears of it and is read back before."""
    yield Scenario(
        f"printer/later-{word}",
        (Subscribe(ask), Query(label="granted"), Print(name=name), AwaitMail(), Unsubscribe()),
        _tags(*tags, "per-printer"),
        (),
        EDITIONS,
        alone=True,
    )
    yield Scenario(
        f"job/later-{word}",
        (Print(asks=(ask,), name=name, via="Create-Job"), Query(label="granted"), SendDocument(), AwaitMail()),
        _tags(*tags, "per-job"),
        OPEN_JOB,
        EDITIONS,
    )


def _contents() -> Iterator[Scenario]:
    """One event of each kind, with each value of notify-mailto-text-only."""
    for word, value in TEXT_ONLY.items():
        tags = ["later", "later-job-event", "later-text-only"]
        if value is None:
            tags += ["later-omitted", "later-recipient"]
        yield from _job_event(f"text-only-{word}", Ask(text_only=value), *tags)
    pause: tuple[AnyStep, ...] = (
        OnPrinter("Pause-Printer"),
        Describe("paused"),
        AwaitMail(),
        OnPrinter("Resume-Printer"),
    )
    ask = Ask(events=(CHANGED,))
    yield Scenario(
        "printer/later-printer-event",
        (Subscribe(ask), Query(label="granted"), *pause, Unsubscribe()),
        _tags("later", "later-printer-event", "per-printer"),
        (f"event:{CHANGED}", *PAUSE),
        EDITIONS,
        alone=True,
    )
    yield Scenario(
        "job/later-printer-event",
        (Print(asks=(ask,), via="Create-Job"), Query(label="granted"), *pause, SendDocument()),
        _tags("later", "later-printer-event", "per-job"),
        (f"event:{CHANGED}", *PAUSE, *OPEN_JOB),
        EDITIONS,
        alone=True,
    )


def _subscribers() -> Iterator[Scenario]:
    """Everything that user data can be."""
    for word, (data, mailbox) in USER_DATA.items():
        tags = ["later-user-data", "later-mailbox" if mailbox else "later-no-mailbox"]
        if data is None:
            tags.append("later-no-user-data")
        yield from _job_event(f"user-data-{word}", Ask(user_data=data), *tags)


def _recipients() -> Iterator[Scenario]:
    """A mailbox that is a little more than letters and digits."""
    ask = Ask(recipient="mailto:{local}+tag@{domain}", reaches="{local}+tag@{domain}")
    yield from _job_event("recipient-plus", ask, "later-recipient")


def _words() -> Iterator[Scenario]:
    """Charsets and languages."""
    for charset in CHARSETS:
        ask = Ask(text_only=True, charset=charset)
        yield from _job_event(f"charset-{charset}", ask, "later-charset", "later-text-only", name=UMLAUTS)
    ask = Ask(text_only=False, charset="iso-8859-1")
    yield from _job_event("charset-in-parts", ask, "later-charset", "later-text-only", name=UMLAUTS)
    one, other = Ask(language="{language1}"), Ask("t", language="{language2}")
    yield Scenario(
        "job/later-two-languages",
        (
            Print(asks=(one, other), via="Create-Job"),
            Query(label="granted"),
            Query("t", label="granted-t"),
            SendDocument(),
            AwaitMail(),
            AwaitMail("t"),
        ),
        _tags("later-languages", "per-job"),
        OPEN_JOB,
        EDITIONS,
    )
    yield _pair_at_a_printer_event(
        "printer/later-two-languages",
        Ask(events=(CHANGED,), language="{language1}"),
        Ask("t", events=(CHANGED,), language="{language2}"),
        "later-languages",
    )


def _pairs() -> Iterator[Scenario]:
    """The same event mailed twice: as plain text, and as the printer likes."""
    free, plain = Ask(text_only=False), Ask("t", text_only=True)
    yield Scenario(
        "printer/later-both",
        (
            Subscribe(free),
            Subscribe(plain),
            Query(label="granted"),
            Query("t", label="granted-t"),
            Print(),
            AwaitMail(),
            AwaitMail("t"),
            Unsubscribe(),
            Unsubscribe("t"),
        ),
        _tags("later-both", "per-printer"),
        (),
        EDITIONS,
        alone=True,
    )
    yield _pair_at_a_printer_event(
        "printer/later-both-printer-event",
        Ask(events=(CHANGED,), text_only=False),
        Ask("t", events=(CHANGED,), text_only=True),
        "later-both",
    )


def _pair_at_a_printer_event(name: str, one: Ask, other: Ask, tag: str) -> Scenario:
    return Scenario(
        name,
        (
            Subscribe(one),
            Subscribe(other),
            Query(label="granted"),
            Query("t", label="granted-t"),
            OnPrinter("Pause-Printer"),
            AwaitMail(),
            AwaitMail("t"),
            OnPrinter("Resume-Printer"),
            Unsubscribe(),
            Unsubscribe("t"),
        ),
        _tags(tag, "per-printer"),
        (f"event:{CHANGED}", *PAUSE),
        EDITIONS,
        alone=True,
    )


def _times() -> Iterator[Scenario]:
    """Events whose moment is known, and a mail that is not taken at first."""
    yield Scenario(
        "job/later-at-once",
        (Print(asks=(Ask(events=("job-created",)),)), AwaitMail(), AwaitMail()),
        _tags("later-at-once", "per-job"),
        (),
        EDITIONS,
    )
    yield Scenario(
        "printer/later-at-once",
        (
            Subscribe(Ask(events=(STOPPED,), text_only=True)),
            OnPrinter("Pause-Printer"),
            Describe("paused"),
            AwaitMail(),
            AwaitMail(),  # whoever is late has a second chance to be seen
            OnPrinter("Resume-Printer"),
            Unsubscribe(),
        ),
        _tags("later-at-once", "per-printer"),
        (f"event:{STOPPED}", *PAUSE),
        EDITIONS,
        alone=True,
    )
    yield Scenario(
        "job/later-refused-at-first",
        (
            Describe("before"),
            Refuse(script(f"rcpt to {{address}}: 451 try again later x{REFUSED}")),
            Print(asks=(Ask(),)),
            Elapse(RETRIED_WITHIN),
        ),
        _tags("later-refused-at-first", "per-job"),
        (),
        EDITIONS,
    )


SCENARIOS: Final[tuple[Scenario, ...]] = (
    *_contents(),
    *_subscribers(),
    *_recipients(),
    *_words(),
    *_pairs(),
    *_times(),
)
