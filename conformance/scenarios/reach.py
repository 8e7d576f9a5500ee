"""Stimuli for whom events reach: which subscriptions, at which addresses, how often, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.editions import EVERY_EDITION

from .needs import FORMATS, OPEN_JOB, PAUSE, WITH_FORMATS
from .steps import (
    IPP,
    Ask,
    AwaitMail,
    OnPrinter,
    Print,
    Query,
    Refuse,
    Scenario,
    SendDocument,
    Silence,
    Subscribe,
    Unsubscribe,
    tagged,
)

# Plain addresses that a careless check refuses or respells.
ADDRESSES: Final = {
    "plus": "{local}+office@{domain}",
    "hyphen": "x_{local}-y@{domain}",
    "capital": "A.{local}.Z@{domain}",
}
LATER_ONLY: Final = ("mailto-04",)
BURST: Final = 20  # events one after the other as fast as they are answered; more would cost paper and show no more
REFUSALS: Final = 3  # mails refused for good, after which a printer has had its chance to learn


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
            tagged("twins", "per-printer-twins", "per-printer", *kind),
            needs,
            editions,
            alone=True,
        )
        yield Scenario(
            f"job/twins{word}",
            (Print("j1", asks=(one, other)), AwaitMail(count=2)),
            tagged("twins", "per-job", *kind),
            needs,
            editions,
        )
    yield Scenario(
        "printer/twins-of-both-kinds",
        (Subscribe(Ask()), Print("j1", asks=(Ask("t", same_address_as="s"),)), AwaitMail(count=2), Unsubscribe()),
        tagged("twins", "per-printer", "per-job"),
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
        tagged("cancelled", "per-printer"),
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
        tagged("cancelled", "per-job"),
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
        tagged("cancelled-printer-event", "per-printer"),
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
        tagged("per-job"),
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
        tagged("undeliverable", "per-printer"),
        ("vocabulary:rfc3995",),
        LATER_ONLY,
        alone=True,
    )


def _reach() -> Iterator[Scenario]:
    """Whose jobs a subscription hears of."""
    yield Scenario(
        "printer/every-job",
        (Subscribe(), Print("j1"), AwaitMail(), Print("j2", user="Alice Smith"), AwaitMail(count=2), Unsubscribe()),
        tagged("per-printer"),
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
        tagged("per-job"),
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
            tagged("burst", "per-printer", *(("burst-ipp", "machine") if media else ())),
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
            tagged("plain-address", "mail", "per-job"),
            editions=WITH_FORMATS,
        )
        yield Scenario(
            f"printer/address-{word}",
            (Subscribe(ask), Query(label="made"), Print(), AwaitMail(), Unsubscribe()),
            tagged("plain-address", "mail", "per-printer"),
            editions=WITH_FORMATS,
            alone=True,
        )


SCENARIOS: Final[tuple[Scenario, ...]] = (*_twins(), *_endings(), *_reach(), *_bursts(), *_addresses())
