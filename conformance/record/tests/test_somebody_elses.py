"""Whether the numbers of a run's own subscriptions leave room for one of somebody else's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.record.run_record import RunRecord
from conformance.record.somebody_elses import SomebodyElses
from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status

CREATE, LIST = int(Operation.CREATE_PRINTER_SUBSCRIPTIONS), int(Operation.GET_SUBSCRIPTIONS)
OURS, STRANGER = "r1.1.s@here.example", "archive@elsewhere.example"
SECOND = 10


def exchange(t: int, operation: int, user: str, *groups: ipp.Group) -> SimpleNamespace:
    asks = ipp.Group(GroupTag.OPERATION, (ipp.name_("requesting-user-name", user),))
    request, message = ipp.Message(operation, 1, (asks,)), ipp.Message(int(Status.SUCCESSFUL_OK), 1, groups)
    row = SimpleNamespace(operation=operation, t_start=t, t_end=t + 1)
    return SimpleNamespace(row=row, request=request, message=message, ok=True)


def made(t: int, number: int) -> SimpleNamespace:
    told = ipp.Group(GroupTag.SUBSCRIPTION, (ipp.integer(NTFY_01.subscription_id, number),))
    return exchange(t, CREATE, "Bob", told)


def listed(t: int, *users: str, by: str = "Bob", more: tuple[ipp.Group, ...] = ()) -> SimpleNamespace:
    recipient = ipp.uri(NTFY_01.recipient, f"mailto:{OURS}")
    groups = (ipp.Group(GroupTag.SUBSCRIPTION, (recipient, ipp.name_(NTFY_01.user_name, user))) for user in users)
    return exchange(t, LIST, by, *groups, *more)


def strangers(*attributes: ipp.Attribute) -> tuple[ipp.Group, ...]:
    """One of the stranger's, as it is listed."""
    recipient = ipp.uri(NTFY_01.recipient, f"mailto:{STRANGER}")
    return (ipp.Group(GroupTag.SUBSCRIPTION, (recipient, ipp.name_(NTFY_01.user_name, "Mallory"), *attributes)),)


def others(*answers: SimpleNamespace) -> SomebodyElses:
    run = SimpleNamespace(
        answers=lambda: iter(sorted(answers, key=lambda one: one.row.t_start)),
        vocabulary=NTFY_01,
        restart_between=lambda begin, end: None,
    )
    return SomebodyElses(cast(RunRecord, cast(Any, run)))


def has_none(*answers: SimpleNamespace, t: int) -> bool:
    return others(*answers).surely_has_none(STRANGER, t)


def given(*numbers: int) -> list[SimpleNamespace]:
    """One subscription each second."""
    return [made(place * SECOND, number) for place, number in enumerate(numbers, 1)]


@pytest.mark.parametrize(
    ("numbers", "none"),
    [
        ((1, 2, 3, 4, 5, 6), True),
        ((10, 20, 30, 40, 50, 60), True),
        ((1, 2, 3, 5, 6, 7), False),  # who has 4?
        ((5, 7), False),  # in steps of 2, or 6 is somebody's
        ((41, 42, 43, 1, 2, 3), False),  # the numbers began anew
        ((9, 8, 7, 6, 5, 4), False),
        ((1879048192, 5, 2**31 - 1, 77, 2**31 - 3, 12), False),  # by chance: too many between to be looked at each
        ((5, 17, 12, 2**31 - 2, 2**31 - 1, 2**31 - 3), False),
    ],
)
def test_numbers_without_a_gap_leave_nobody_else_a_subscription(numbers: tuple[int, ...], none: bool) -> None:
    middle = (len(numbers) // 2) * SECOND + SECOND // 2
    assert has_none(listed(middle, "Bob", "Alice"), *given(*numbers), t=middle + 2) is none


def test_a_list_by_whom_only_his_own_are_shown_to_tells_of_nobody_else() -> None:
    """Between the list for the operator and the one for the guest somebody else got number 4."""
    lists = listed(35, "Bob", "Alice"), listed(55, "Guest", by="Guest")
    assert not has_none(*lists, *given(1, 2, 3, 5, 6, 7, 8), t=58)


def test_a_list_of_his_own_by_whom_others_are_shown_to_does() -> None:
    assert has_none(listed(35, "Bob"), listed(55, "Bob", "Alice"), *given(1, 2, 3, 4, 5, 6, 7), t=38)


NUMBER = ipp.integer(NTFY_01.subscription_id, 900)
OUR_JOB = 12


@pytest.mark.parametrize(
    ("attributes", "doubted"),
    [
        ((NUMBER,), None),
        ((NUMBER, ipp.integer(NTFY_01.job_id, OUR_JOB + 1)), None),
        ((NUMBER, ipp.integer(NTFY_01.job_id, OUR_JOB)), "which is ours"),
        ((), "no number"),
    ],
)
def test_a_subscription_of_our_job_or_without_number_is_in_doubt(
    attributes: tuple[ipp.Attribute, ...], doubted: str | None
) -> None:
    found = others(listed(35, "Bob", more=strangers(*attributes)), *given(1, 2, 3, 4, 5, 6))
    assert found.had(STRANGER, 40)
    doubt = found.doubt(STRANGER, {OUR_JOB})
    assert doubt is None if doubted is None else doubted in (doubt or "")


@pytest.mark.parametrize(("numbers", "in_doubt"), [((1, 2, 3, 4, 5, 6, 7), True), ((1, 2, 3, 5, 6, 7, 8), False)])
def test_one_that_comes_up_while_all_numbers_go_to_us_is_in_doubt(numbers: tuple[int, ...], in_doubt: bool) -> None:
    """In the second run he got number 4."""
    lists = listed(35, "Bob", "Alice"), listed(55, "Bob", "Alice", more=strangers(NUMBER))
    assert (others(*lists, *given(*numbers)).doubt(STRANGER, ()) is not None) is in_doubt


def test_whom_less_is_shown_to_makes_nobody_doubt_what_others_are_shown() -> None:
    """Alice sees hers and Bob's, and Bob all."""
    shown = listed(25, "Bob", "Alice", more=strangers(NUMBER)), listed(55, "Bob", "Alice", more=strangers(NUMBER))
    less = listed(35, "Bob", "Alice", by="Alice")
    assert others(less, shown[1], *given(1, 2, 3, 4, 5, 6, 7)).doubt(STRANGER, ()) is None
    assert others(shown[0], less, shown[1], *given(1, 2, 3, 4, 5, 6, 7)).doubt(STRANGER, ()) is None


@pytest.mark.parametrize(("t", "had"), [(5, False), (25, False), (40, True), (52, True), (65, True), (80, False)])
def test_only_the_lists_beside_a_mail_explain_it(t: int, had: bool) -> None:
    his = strangers(NUMBER)
    lists = [listed(at, "Bob", "Alice", more=his if 45 <= at <= 60 else ()) for at in (10, 30, 50, 60, 70, 90)]
    assert others(*lists).had(STRANGER, t) is had
