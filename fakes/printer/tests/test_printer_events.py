"""Who hears of what, and how it is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.vocabulary import NTFY_01, RFC3995, Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import JobState, Operation, PrinterState, Status
from fakes.printer.state.event_matching import matching
from fakes.printer.state.numbering import MAX, next_sequence, next_subscription_id

from .printer_bench import STEADY, VOCABULARIES, PrinterBench, at, speaking

BOTH = pytest.mark.parametrize("names", VOCABULARIES, ids=lambda v: str(v.name))


@pytest.mark.parametrize(
    ("subscribed", "event", "drafts", "rfc3995"),
    [
        ("job-created", "job-created", True, True),
        ("job-state-changed", "job-created", False, True),
        ("job-state-changed", "job-completed", False, True),
        ("job-state-changed", "job-stopped", True, True),
        ("job-state-changed", "job-state-changed", True, True),
        ("job-completed", "job-state-changed", False, False),
        ("job-stopped", "job-state-changed", False, False),
        ("printer-state-changed", "printer-stopped", True, True),
        ("printer-stopped", "printer-state-changed", False, False),
        ("printer-state-changed", "job-state-changed", False, False),
    ],
)
def test_an_event_is_heard_by_its_own_name_or_a_wider_one(
    subscribed: str, event: str, drafts: bool, rfc3995: bool
) -> None:
    assert bool(matching(speaking(NTFY_01), (subscribed,), event)) is drafts
    assert bool(matching(speaking(RFC3995), (subscribed,), event)) is rfc3995
    assert bool(matching(speaking(RFC3995, disjoint_events=True), (subscribed,), event)) is drafts


def test_of_a_value_and_its_sub_value_only_the_narrower_speaks() -> None:
    assert matching(speaking(RFC3995), ("job-state-changed", "job-completed"), "job-completed") == ("job-completed",)


@BOTH
def test_a_subscription_hears_of_its_events_and_no_others(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        changed = await bench.subscription(events=("job-state-changed",))
        completed = await bench.subscription(events=("job-completed",))
        idle = await bench.subscription(events=("printer-state-changed",))
        await bench.job()
        await bench.notices.arrive(2, idle)
        wide = ["job-state-changed"] if names is NTFY_01 else ["job-state-changed"] * 3
        assert bench.notices.events(changed) == wide
        assert bench.notices.events(completed) == ["job-completed"]
        assert bench.notices.events(idle) == ["printer-state-changed"] * 2

    at(speaking(names), play)


@BOTH
def test_a_per_job_subscription_hears_of_its_own_job_until_that_has_ended(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        every = ("job-created", "job-state-changed", "job-completed", "printer-state-changed")
        message = await bench.ask(Operation.PRINT_JOB, groups=(bench.wish(events=every),))
        mine, own = bench.id_of(message), bench.job_id_of(message)
        watch = await bench.subscription(events=("printer-state-changed",))
        await bench.until(await bench.job(name="another"), JobState.COMPLETED)
        await bench.notices.arrive(2, watch)
        heard = [(n.event, n.job.id if n.job else None) for n in bench.notices.of(mine)]
        assert heard == [
            ("job-created", own),
            ("printer-state-changed", own),
            ("job-state-changed", own),
            ("job-completed", own),
        ]
        assert all(n.subscription.job_id == own for n in bench.notices.of(mine))

    at(speaking(names), play)


def test_a_per_job_subscription_hears_of_the_printer_while_its_job_waits() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.ask(
            Operation.PRINT_JOB,
            groups=(
                ipp.Group(2, (ipp.keyword("job-hold-until", "indefinite"),)),
                bench.wish(events=("printer-stopped",)),
            ),
        )
        mine = bench.id_of(message)
        await bench.ask(Operation.PAUSE_PRINTER)
        (notice,) = bench.notices.of(mine)
        assert (notice.event, notice.is_job_event, notice.printer.state) == (
            "printer-stopped",
            False,
            PrinterState.STOPPED,
        )
        assert notice.job is not None
        assert notice.job.state == JobState.PENDING_HELD

    at(STEADY, play)


def test_pausing_twice_is_one_event() -> None:
    async def play(bench: PrinterBench) -> None:
        mine = await bench.subscription(events=("printer-state-changed", "printer-stopped"))
        for operation in (Operation.PAUSE_PRINTER,) * 2 + (Operation.RESUME_PRINTER,) * 2:
            assert (await bench.ask(operation)).code == Status.SUCCESSFUL_OK
        assert bench.notices.events(mine) == ["printer-stopped", "printer-state-changed"]

    at(STEADY, play)


@BOTH
def test_notifications_are_counted_from_one_for_each_subscription(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        first = await bench.subscription(events=("job-completed",))
        assert (await bench.attributes(first)).get(names.sequence) == ipp.integer(names.sequence, 0)
        await bench.job()
        await bench.notices.arrive(1, first)
        second = await bench.subscription(events=("job-completed",))
        for _ in range(2):
            await bench.until(await bench.job(), JobState.COMPLETED)
        assert [n.subscription.sequence for n in bench.notices.of(first)] == [1, 2, 3]
        assert [n.subscription.sequence for n in bench.notices.of(second)] == [1, 2]
        assert (await bench.attributes(first)).get(names.sequence) == ipp.integer(names.sequence, 3)

    at(speaking(names), play)


def test_two_like_subscriptions_both_hear_and_one_may_be_cancelled() -> None:
    async def play(bench: PrinterBench) -> None:
        twins = [await bench.subscription() for _ in range(2)]
        assert len(set(twins)) == 2
        await bench.until(await bench.job(), JobState.COMPLETED)
        assert [len(bench.notices.of(t)) for t in twins] == [1, 1]
        await bench.ask(Operation.CANCEL_SUBSCRIPTION, ipp.integer(bench.names.subscription_id, twins[0]))
        await bench.until(await bench.job(), JobState.COMPLETED)
        assert [len(bench.notices.of(t)) for t in twins] == [1, 2]

    at(STEADY, play)


def test_a_notice_says_all_that_was_so_at_the_event() -> None:
    async def play(bench: PrinterBench) -> None:
        wish = bench.wish(events=("job-completed",), format="application/ipp", charset="utf-8", language="de")
        message = await bench.ask(
            Operation.PRINT_JOB, ipp.name_("job-name", "Prüfung"), groups=(wish,), user="Bob Jones", data=b"x" * 10
        )
        (notice,) = await bench.notices.arrive(1)
        assert notice.printer.name == "George Washington"
        assert notice.printer.uri == bench.uri
        assert notice.printer.up_time >= 1
        assert notice.job is not None
        assert (notice.job.name, notice.job.user_name, notice.job.state) == ("Prüfung", "Bob Jones", JobState.COMPLETED)
        assert notice.job.uri == f"{bench.uri}/{bench.job_id_of(message)}"
        assert notice.job.impressions_completed == 1
        s = notice.subscription
        assert (s.recipient, s.user_data, s.user_name) == ("mailto:a@recipient.example", b"jones@acme.com", "Bob Jones")
        assert (s.format, s.charset, s.language, s.sequence) == ("application/ipp", "utf-8", "de", 1)
        assert notice.when.utcoffset() is not None

    at(STEADY, play)


def test_a_given_up_mail_ends_its_subscription_only_if_the_policy_says_so() -> None:
    for cancel in (False, True):

        async def play(bench: PrinterBench, cancel: bool = cancel) -> None:
            mine = await bench.subscription()
            await bench.job()
            (notice,) = await bench.notices.arrive(1)
            bench.printer._gave_up(notice)
            expected = Status.CLIENT_ERROR_NOT_FOUND if cancel else Status.SUCCESSFUL_OK
            assert (await bench.query(mine)).code == expected

        at(replace(STEADY, cancel_undeliverable=cancel), play)


def test_numbers_wrap_where_they_end() -> None:
    assert next_sequence(STEADY, MAX) == 0
    assert next_subscription_id(STEADY, MAX) == 1
