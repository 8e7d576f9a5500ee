"""A printer is not alone on a bench: others print and subscribe, and somebody pulls the plug: no fault of its."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.verdict import CaseResult
from conformance.vocabulary import RFC3995, Edition, Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.printer import OBEDIENT, Policy, ReferencePrinter
from fakes.recipient.journal import Journal
from fakes.stage.bench import Address, PrinterAt
from fakes.stage.ixit import Ixit
from fakes.stage.requests import operation_group
from fakes.stage.subscriber import Subscriber
from reports.tests.played_and_judged import blamed, played_and_judged, scenarios_for

pytestmark = pytest.mark.takes(20)

LATER: Final = replace(OBEDIENT, vocabulary=RFC3995, edition=Edition.MAILTO_04)
ALICE: Final = "alice@elsewhere.example"


@dataclass
class Bench:
    """The printer as others find it, and how to make it anew."""

    policy: Policy
    relay: Address
    printer: ReferencePrinter
    journal: Journal

    async def post(self, operation: Operation, *groups: ipp.Group, more: tuple[ipp.Attribute, ...] = ()) -> None:
        """A request of somebody who has nothing to do with the run."""
        alice = Subscriber(self.journal, self.printer.uri, timeout=5.0)
        await alice.post(operation, [operation_group(self.printer.uri, "Alice", *more), *groups])

    async def pull_the_plug(self) -> None:
        """It is off, and comes up with nothing but its settings."""
        port = urlsplit(self.printer.uri).port
        assert port is not None
        await self.printer.stop()
        self.printer = ReferencePrinter(replace(self.policy, up_time_begins=1), port=port, smtp=self.relay)
        await self.printer.start()


Doing = Callable[[Bench], Coroutine[Any, Any, None]]


def in_company(policy: Policy, doing: Doing, elsewhere: Path) -> PrinterAt:
    """The reference printer, and what others do there meanwhile."""

    @asynccontextmanager
    async def listening(recipient: Address) -> AsyncIterator[str]:
        with EvidenceFile.create(elsewhere) as file:
            async with Journal(file) as journal:
                there = Bench(policy, recipient, ReferencePrinter(policy, smtp=recipient), journal)
                await there.printer.start()
                others = asyncio.ensure_future(doing(there))
                try:
                    yield there.printer.uri
                finally:
                    others.cancel()
                    with suppress(asyncio.CancelledError):
                        await others
                    await there.printer.stop()

    return listening


def tried(directory: Path, doing: Doing, on: tuple[str, ...], policy: Policy = OBEDIENT) -> tuple[CaseResult, ...]:
    """What the cases say of it."""
    at = in_company(policy, doing, directory / "elsewhere.evidence")
    return played_and_judged(directory, at, scenarios_for(on, policy.edition), policy, Ixit.for_loopback())


def reasons(results: tuple[CaseResult, ...], requirement: str) -> str:
    return "; ".join(r.reason for r in results if requirement in r.requirements)


# ---------------------------------------------------------------- others who print


def printing(names: Callable[[], Iterator[str]], pause: float = 0.05) -> Doing:
    """Somebody prints all the time."""

    async def doing(there: Bench) -> None:
        for name in names():
            await there.post(Operation.PRINT_JOB, more=(ipp.name_("job-name", name),))
            await asyncio.sleep(pause)

    return doing


def reports() -> Iterator[str]:
    return (f"report {n}.doc" for n in count(1))


def nothing() -> Iterator[str]:
    return ("" for _ in count())


EVENTS: Final = (
    "event-printer-state-changed", "event-job-state-changed", "cancelled-printer-event", "job/ended", "printer/burst",
    "printer/state-changed", "printer/later-printer-event", "printer/omitted", "job/omitted", "job/text-plain",
    "later-text-only", "given-up",
)  # fmt: skip


@pytest.mark.parametrize("names", [reports, nothing])
@pytest.mark.parametrize("policy", [OBEDIENT, LATER], ids=["mailto-00", "mailto-04"])
def test_whoever_prints_meanwhile_makes_no_mail_of_ours_wrong(
    names: Callable[[], Iterator[str]], policy: Policy, tmp_path: Path
) -> None:
    assert blamed(tried(tmp_path, printing(names), EVENTS, policy), policy) == []


# ---------------------------------------------------------------- others who subscribe


def subscribing(v: Vocabulary) -> Doing:
    """Somebody has a subscription of her own for all that happens, and her mails come by here."""
    asked = ipp.Group(
        GroupTag.SUBSCRIPTION,
        (
            ipp.uri(v.recipient, f"mailto:{ALICE}"),
            ipp.keyword(v.events, "job-created", "job-completed", "printer-state-changed"),
            ipp.octet_string(v.user_data, ALICE.encode()),
            ipp.integer(v.lease_requested, 3_600),
        ),
    )

    async def doing(there: Bench) -> None:
        await there.post(Operation.CREATE_PRINTER_SUBSCRIPTIONS, asked)

    return doing


@pytest.mark.parametrize("policy", [OBEDIENT, LATER], ids=["mailto-00", "mailto-04"])
def test_mails_of_somebody_elses_subscription_are_not_sent_to_a_stranger(policy: Policy, tmp_path: Path) -> None:
    on = ("printer/description", "omitted", "printer/state-changed", "later-text-only", "awkward/job-address")
    results = tried(tmp_path, subscribing(policy.vocabulary), on, policy)
    assert blamed(results, policy) == []
    assert "does somebody else have a subscription at this printer?" in reasons(results, "3-6")


def test_mails_of_a_subscription_that_the_printer_lists_are_explained(tmp_path: Path) -> None:
    on = ("printer/user-data", "printer/many", "omitted", "printer/state-changed")
    results = tried(tmp_path, subscribing(OBEDIENT.vocabulary), on)
    assert blamed(results) == []
    assert "does somebody else have a subscription" not in reasons(results, "3-6")


# ---------------------------------------------------------------- the plug


def unplugging(after: float) -> Doing:
    async def doing(there: Bench) -> None:
        await asyncio.sleep(after)
        await there.pull_the_plug()

    return doing


LEASES: Final = ("lease-lasts", "renewed-in-time", "printer/up-time", "printer/renewed-inside", "printer/lease-ends")


@pytest.mark.parametrize("after", [2.0, 4.0])
def test_a_printer_that_is_switched_off_and_on_need_not_keep_subscriptions(after: float, tmp_path: Path) -> None:
    results = tried(tmp_path, unplugging(after), LEASES)
    assert blamed(results) == []
    assert "came up anew" in reasons(results, "N-12")
