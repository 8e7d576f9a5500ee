"""Events are fetched from the printer by the pull method 'ippget' (RFC 3996)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.vocabulary import NTFY_01, RFC3995
from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group, Message
from conformance.wire.registry import GroupTag, JobState, Operation, PrinterState, Status

from .printer_bench import PrinterBench, at, speaking

FETCHED = ("job-created", "job-completed", "printer-stopped")
TELLING = speaking(RFC3995, event_life=15)


def pull(*events: str, method: str = "ippget", **more: Any) -> Group:
    """A subscription group that asks for a pull subscription."""
    attributes = [ipp.keyword("notify-pull-method", method), ipp.keyword("notify-events", *(events or FETCHED))]
    if "user_data" in more:
        attributes.append(ipp.octet_string("notify-user-data", more["user_data"]))
    return Group(GroupTag.SUBSCRIPTION, tuple(attributes))


async def fetch(bench: PrinterBench, *ids: int, more: tuple[Attribute, ...] = (), **request: Any) -> Message:
    about = (ipp.integer("notify-subscription-ids", *ids), *more)
    return await bench.ask(Operation.GET_NOTIFICATIONS, *about, **request)


def told(message: Message) -> list[tuple[str, int]]:
    """The events of an answer with their sequence numbers."""
    found = []
    for group in message.all(GroupTag.EVENT_NOTIFICATION):
        event, number = group.get("notify-subscribed-event"), group.get("notify-sequence-number")
        assert event is not None
        assert number is not None
        assert number.value.integer is not None
        found.append((event.texts()[0], number.value.integer))
    return found


def number(message: Message, name: str) -> int | None:
    attribute = message.find(name, GroupTag.OPERATION)
    return attribute.value.integer if attribute is not None else None


def test_what_happened_is_told_in_order_and_mailed_to_nobody() -> None:
    async def play(bench: PrinterBench) -> None:
        made = bench.id_of(await bench.subscribe(pull(user_data=b"mine")))
        job = await bench.job()
        await bench.until(job, JobState.COMPLETED)
        await bench.ask(Operation.PAUSE_PRINTER)
        message = await fetch(bench, made)
        assert message.code == Status.SUCCESSFUL_OK
        assert told(message) == [("job-created", 1), ("job-completed", 2), ("printer-stopped", 3)]
        assert number(message, "notify-get-interval") == 15
        assert (number(message, "printer-up-time") or 0) >= 90_000
        created, _, stopped = message.all(GroupTag.EVENT_NOTIFICATION)
        assert [a.show() for a in created if a.name in ("notify-subscription-id", "notify-user-data", "job-id")] == [
            f"notify-subscription-id={made}",
            "notify-user-data=<octetString 0x6d696e65>",
            f"job-id={job}",
        ]
        state = stopped.get("printer-state")
        assert state is not None
        assert state.value.integer == PrinterState.STOPPED
        assert "job-id" not in stopped
        assert bench.notices == []

    at(TELLING, play)


def test_those_from_a_number_on_are_told() -> None:
    async def play(bench: PrinterBench) -> None:
        one = bench.id_of(await bench.subscribe(pull("job-created")))
        two = bench.id_of(await bench.subscribe(pull("job-created")))
        for _ in range(3):
            await bench.job()
        message = await fetch(bench, one, two, more=(ipp.integer("notify-sequence-numbers", 3),))
        assert told(message) == [("job-created", 3), *(("job-created", n) for n in (1, 2, 3))]

    at(TELLING, play)


def test_a_subscription_with_a_job_says_that_it_was_all() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.ask(Operation.CREATE_JOB, groups=(pull("job-completed"),))
        made, job = bench.id_of(message), bench.job_id_of(message)
        waiting = await fetch(bench, made, more=(ipp.boolean("notify-wait", True),))
        assert waiting.code == Status.SUCCESSFUL_OK
        assert number(waiting, "notify-get-interval") == 15  # nobody is kept waiting
        await bench.on_job(Operation.CANCEL_JOB, job)
        after = await fetch(bench, made)
        assert after.code == Status.SUCCESSFUL_OK_EVENTS_COMPLETE
        assert told(after) == [("job-completed", 1)]
        assert number(after, "notify-get-interval") is None
        for_all = bench.id_of(await bench.subscribe(pull("job-created")))
        both = await fetch(bench, made, for_all)
        assert both.code == Status.SUCCESSFUL_OK
        status = both.all(GroupTag.EVENT_NOTIFICATION)[0].get("notify-status-code")
        assert status is not None
        assert status.value.integer == Status.SUCCESSFUL_OK_EVENTS_COMPLETE

    at(TELLING, play)


def test_it_describes_itself_without_a_recipient() -> None:
    async def play(bench: PrinterBench) -> None:
        group = await bench.attributes(bench.id_of(await bench.subscribe(pull())))
        method = group.get("notify-pull-method")
        assert method is not None
        assert method.texts() == ["ippget"]
        assert "notify-recipient-uri" not in group
        assert "notify-format" not in group

    at(TELLING, play)


def test_after_its_event_life_an_event_is_told_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(bench: PrinterBench) -> None:
        made = bench.id_of(await bench.subscribe(pull("job-created")))
        await bench.job()
        assert told(await fetch(bench, made)) == [("job-created", 1)]
        loop, later = asyncio.get_running_loop(), asyncio.get_running_loop().time() + 15
        monkeypatch.setattr(loop, "time", lambda: later)
        assert told(await fetch(bench, made)) == []

    at(TELLING, play)


def test_what_cannot_be_fetched_is_not_found() -> None:
    async def play(bench: PrinterBench) -> None:
        mailed, made = await bench.subscription(), bench.id_of(await bench.subscribe(pull()))
        for nothing in (mailed, made + 1):
            assert (await fetch(bench, nothing)).code == Status.CLIENT_ERROR_NOT_FOUND
        assert (await fetch(bench, made, user="smith")).code == Status.CLIENT_ERROR_FORBIDDEN
        assert (await bench.ask(Operation.GET_NOTIFICATIONS)).code == Status.CLIENT_ERROR_BAD_REQUEST
        assert (await fetch(bench, -1)).code == Status.CLIENT_ERROR_BAD_REQUEST
        await bench.ask(Operation.CANCEL_SUBSCRIPTION, ipp.integer("notify-subscription-id", made))
        assert (await fetch(bench, made)).code == Status.CLIENT_ERROR_NOT_FOUND

    at(TELLING, play)


@pytest.mark.parametrize(
    ("group", "status"),
    [
        (pull(method="smoke"), Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED),
        (
            Group(GroupTag.SUBSCRIPTION, (*pull(), ipp.uri("notify-recipient-uri", "mailto:a@b.example"))),
            Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES,
        ),
    ],
    ids=["another-method", "beside-a-recipient"],
)
def test_what_cannot_be_granted_is_not_made(group: Group, status: Status) -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.subscribe(group)
        assert message.code == Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS
        told_status = message.all(GroupTag.SUBSCRIPTION)[0].get("notify-status-code")
        assert told_status is not None
        assert told_status.value.integer == status

    at(TELLING, play)


@pytest.mark.parametrize("policy", [speaking(NTFY_01), speaking(RFC3995, pull_methods=())], ids=["drafts", "without"])
def test_a_printer_without_pull_method_has_nothing_of_it(policy: Any) -> None:
    async def play(bench: PrinterBench) -> None:
        about = await bench.about()
        listed = about.get("operations-supported")
        assert listed is not None
        assert Operation.GET_NOTIFICATIONS not in listed.integers()
        assert "notify-pull-method-supported" not in about
        assert "ippget-event-life" not in about
        assert (await fetch(bench, 1)).code == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED

    at(policy, play)


def test_a_printer_with_pull_method_says_so() -> None:
    async def play(bench: PrinterBench) -> None:
        about = await bench.about()
        methods, life, listed = map(
            about.get, ("notify-pull-method-supported", "ippget-event-life", "operations-supported")
        )
        assert methods is not None
        assert life is not None
        assert listed is not None
        assert methods.texts() == ["ippget"]
        assert life.value.integer == 15
        assert Operation.GET_NOTIFICATIONS in listed.integers()

    at(TELLING, play)
