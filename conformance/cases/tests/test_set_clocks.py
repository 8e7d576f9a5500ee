"""A printer's clock is set in the middle of a run, by the network or for summer time: no wrong date in a mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from conformance.scenarios import BY_ID
from conformance.verdict import CaseResult, Outcome
from fakes.printer import Policy
from fakes.printer.state.clock import Clock
from reports.selftest.trial import try_printer

HOUR = timedelta(hours=1)
DATE = "content_values.the_content_tells_the_date_of_the_event[printer/ipp]"


def about_the_date(policy: Policy, room: Path) -> CaseResult:
    room.mkdir()
    trial = try_printer(policy, [BY_ID["printer/ipp"], BY_ID["printer/attributes"]], room, about=("N-20",))
    return next(r for r in trial.results if r.id == DATE)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_clock_that_is_set_makes_no_date_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: timedelta
) -> None:
    told = []
    for last in range(1, 6):  # it is set after so many looks at it, by the printer itself as by us
        looks = count()

        def today(_: Clock, looks: count[int] = looks, last: int = last) -> datetime:
            return datetime.now(UTC) + step * (next(looks) >= last)

        monkeypatch.setattr(Clock, "today", today)
        told.append(about_the_date(Policy(), tmp_path / str(last)))
    assert {r.outcome for r in told} == {Outcome.MET, Outcome.INCONCLUSIVE}
    reasons = [r.reason for r in told if r.outcome is Outcome.INCONCLUSIVE]
    assert all("the printer's clock was set meanwhile" in reason for reason in reasons)


def test_a_date_that_no_clock_of_the_printer_told_is_wrong(tmp_path: Path) -> None:
    assert about_the_date(Policy(content_wrong="trigger-date-time"), tmp_path / "lie").outcome is Outcome.VIOLATED
