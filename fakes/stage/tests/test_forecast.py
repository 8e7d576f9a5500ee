"""What a run is said to take beforehand, and the paper that it may use."""

from __future__ import annotations

import pytest

from conformance.scenarios import BY_ID, SCENARIOS
from conformance.scenarios.walks import walk_of
from fakes.stage.forecast import Circumstances, forecast, longest_first
from fakes.stage.live_subscription import CutShort
from fakes.stage.requests import LeaseRange
from fakes.stage.sheets import Sheets

FIRST_DRAFT = [s for s in SCENARIOS if "mailto-00" in s.editions]


def _known(lowest: int, *, mail: float = 0.02, spares: bool = True) -> Circumstances:
    return Circumstances(LeaseRange(((lowest, 86_400),)), mail, spares)


def test_three_sheets_will_do_where_paper_can_be_spared() -> None:
    assert forecast(FIRST_DRAFT, _known(2)).sheets == 3


def test_everything_is_printed_where_it_cannot() -> None:
    assert forecast(FIRST_DRAFT, _known(2, spares=False)).sheets > 150


def test_long_leases_and_late_mails_take_their_time() -> None:
    quick, long, late = (forecast(FIRST_DRAFT, known).seconds for known in (_known(2), _known(60), _known(2, mail=2.0)))
    assert quick < 30
    assert 140 < long < 250
    assert 120 < late < 400


def test_what_takes_longest_begins_first_after_what_is_printed_and_what_takes_no_time() -> None:
    walk = walk_of("walk/pc.pc.w").scenario  # with two documents, which one with one document had to wait for
    names = ["job/omitted", "printer/description", "job/only-created", "job/printed"]
    assert [s.id for s in longest_first((walk, *(BY_ID[name] for name in names)))] == [
        "printer/description", "job/printed", walk.id, "job/only-created", "job/omitted",
    ]  # fmt: skip


def test_a_wait_in_which_others_go_on_costs_a_run_no_more_than_its_mail() -> None:
    known, play = _known(2, mail=10.0), BY_ID["printer/cancelled"]
    assert 20 < forecast([play], known).seconds < 25


def test_a_lease_without_range_takes_no_time_that_is_known() -> None:
    assert forecast([BY_ID["printer/renewed-in-time"]], Circumstances(LeaseRange())).seconds < 2


def test_the_budget_says_what_it_forbids() -> None:
    sheets = Sheets(1)
    sheets.take()
    with pytest.raises(CutShort, match="no more than 1 "):
        sheets.take()


def test_without_a_budget_all_is_printed() -> None:
    sheets = Sheets()
    for _ in range(1000):
        sheets.take()
    assert sheets.used == 1000
