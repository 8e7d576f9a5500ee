"""Lies in answers about subscriptions: what is said of them, and that the reasons that are given are true."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.scenarios import selected
from conformance.verdict import Outcome
from conformance.wire import ipp
from conformance.wire.registry import Operation
from fakes.printer import OBEDIENT
from fakes.printer.ipp import operations, subscription_operations
from fakes.printer.ipp.requests import Request
from fakes.printer.state.printer import Printer
from reports.selftest.trial import Trial, try_printer


def tried(directory: Path, *on: str) -> Trial:
    found = {scenario.id: scenario for word in on for scenario in selected(word)}
    return try_printer(OBEDIENT, [s for s in found.values() if OBEDIENT.edition in s.editions], directory)


def _tells_of_another(printer: Printer, request: Request) -> ipp.Message:
    """Whichever is asked about, one is told with a recipient that another play of this run might have."""
    name = printer.policy.vocabulary.recipient
    answer = subscription_operations.get_subscription_attributes(printer, request)
    other = ipp.uri(name, "mailto:r12ab34.9999.s@recipient.example")
    groups = (ipp.Group(g.tag, tuple(other if a.name == name else a for a in g)) for g in answer.groups)
    return replace(answer, groups=tuple(groups))


def test_nothing_is_said_to_be_missing_where_another_subscription_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(operations.OPERATIONS, Operation.GET_SUBSCRIPTION_ATTRIBUTES, _tells_of_another)
    trial = tried(tmp_path, "printer/omitted", "printer/html")
    assert "4.1-1" in trial.failed()
    assert {"4.3-1", "4.3-5"}.isdisjoint(trial.missed())
    reasons = {r.reason for r in trial.results if "4.3-1" in r.requirements and r.outcome is Outcome.INCONCLUSIVE}
    assert any("told of another subscription" in reason for reason in reasons)
