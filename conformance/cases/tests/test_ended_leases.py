"""A printer whose answers are slow is full for as long as the first leases run, and not longer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cases import test_limits
from conformance.cases.test_limits import test_a_full_printer_keeps_those_it_has as keeps
from conformance.cases.test_limits import test_a_full_printer_refuses_another_subscription as refuses
from conformance.record.exchanges import Answer
from conformance.record.outcomes import Asked
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, Violation
from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation

MOST = 3
LEASE = 62


def made(number: int, seconds: float) -> SubscriptionRecord:
    """A subscription that was made, by an answer that took so long, as did those before it."""
    group = ipp.Group(GroupTag.SUBSCRIPTION, (ipp.integer(NTFY_01.subscription_id, number),))
    begin, end = (int(n * seconds * 1e9) for n in (number - 1, number))
    operation = int(Operation.CREATE_PRINTER_SUBSCRIPTIONS)
    row = SimpleNamespace(id=number, operation=operation, t_start=begin, t_end=end, trouble="")
    answer = Answer(cast(Any, row), ipp.Message(operation, 1), ipp.Message(0, 1, (group,)))
    step = cast(Any, SimpleNamespace(answer=answer, answers=[answer], is_answered=True))
    return SubscriptionRecord(Asked(f"c{number}", "a@b.example", lease=LEASE), step, 0, NTFY_01)


def filled(seconds: float) -> PlayRecord:
    """One too many, each made by an answer that took so long."""
    printer = ipp.Group(GroupTag.PRINTER, (ipp.integer(NTFY_01.max_printer_subscriptions, MOST),))
    run = SimpleNamespace(vocabulary=NTFY_01, printer=printer, listed=printer.get)
    asked = {f"c{n}": made(n, seconds) for n in range(1, MOST + 2)}
    return cast(PlayRecord, SimpleNamespace(run_record=run, subscriptions=asked, steps_of=lambda _: (), restart=None))


def test_one_too_many_is_a_violation_while_all_leases_run() -> None:
    with pytest.raises(Violation, match="4 were made"):
        refuses(filled(1.0))


def test_where_the_first_lease_may_have_ended_there_is_room_again() -> None:
    with pytest.raises(Inconclusive, match="a lease of 62 s was granted"):
        refuses(filled(LEASE / MOST))


def kept(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
    """Judge which are listed in the end, where the first lease may have ended."""
    play = filled(LEASE / (MOST + 1))
    play.subscriptions["c4"].__dict__["id"] = None  # it was refused
    last = play.subscriptions["c4"].creation
    monkeypatch.setattr(test_limits, "listed_numbers", lambda *_: (last, list(numbers)))
    keeps(play)


def test_that_the_first_lease_may_be_over_excuses_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    kept(monkeypatch, 1, 2, 3)
    with pytest.raises(Inconclusive, match="a lease of 62 s was granted"):
        kept(monkeypatch, 2, 3)
    with pytest.raises(Violation, match="1 gone, subscription 3"):
        kept(monkeypatch, 2)
