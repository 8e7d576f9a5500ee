"""Copies of mails about changes, behind any of them; and what is not: events that nobody listed, and true changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from conformance.scenarios import BY_ID
from conformance.verdict import Outcome
from fakes.printer import OBEDIENT
from fakes.printer.mail.composed import Composed
from fakes.printer.mail.raw_transport import CLIENTS, Manners, RawTransport
from reports.selftest.trial import Trial, try_printer

CHANGES = ("printer/event-job-state-changed", "job/event-job-state-changed")
COUNTING = "printer/sequence-omitted"  # by which a printer is seen to count rightly
ONCE = "ledger.no_notification_of_the_run_is_sent_again[run]"


def tried(directory: Path, *scenarios: str, **change: Any) -> Trial:
    return try_printer(replace(OBEDIENT, **change), [BY_ID[name] for name in scenarios], directory)


def outcome(trial: Trial) -> Outcome:
    return next(result.outcome for result in trial.results if result.id == ONCE)


def test_a_copy_behind_the_third_change_is_found_without_content_for_programs(tmp_path: Path) -> None:
    trial = tried(tmp_path, *CHANGES, COUNTING, transport="third-change-again")
    assert {"S-once", "N-22"} <= set(trial.failed())


def test_a_count_that_nothing_vouches_for_is_a_doubt(tmp_path: Path) -> None:
    assert outcome(tried(tmp_path, *CHANGES, transport="third-change-again")) is Outcome.INCONCLUSIVE


class _SaysTheThirdAgain(RawTransport):
    """Behind the third mail to each recipient comes the same, named otherwise."""

    came: ClassVar[Counter[str]] = Counter()

    async def _transaction(self, mail: Composed) -> None:
        await super()._transaction(mail)
        self.came[mail.recipient] += 1
        if self.came[mail.recipient] == 3:
            await super()._transaction(replace(mail, octets=mail.octets.replace(b"-ID: <", b"-ID: <again.", 1)))


@pytest.mark.parametrize("transport", ["third-in-other-words", "twice-in-more-words"])
def test_where_nothing_counts_a_copy_is_in_doubt(
    tmp_path: Path, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CLIENTS, "third-in-other-words", partial(_SaysTheThirdAgain, Manners()))
    uncounted = {"facts_left_out": ("sequence",), "number_told": "none"}
    assert outcome(tried(tmp_path, *CHANGES, transport=transport, **uncounted)) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("left_out", [(), ("sequence",), ("job-state", "job-reasons")])
def test_true_changes_are_in_no_doubt(tmp_path: Path, left_out: tuple[str, ...]) -> None:
    assert outcome(tried(tmp_path, *CHANGES, facts_left_out=left_out)) is Outcome.MET


def test_events_that_nobody_listed_are_no_copies(tmp_path: Path) -> None:
    on = ("job/only-completed", "job/only-created", "job/no-printer-event", *CHANGES)
    trial = tried(tmp_path, *on, unasked_event="printer-state-changed")
    assert "4.2-2" in trial.failed()
    assert {"S-once", "N-22"}.isdisjoint(trial.missed())


@pytest.mark.parametrize("names_jobs", [True, False])
def test_the_end_of_a_job_that_is_told_twice_is_known_by_name_or_by_number(tmp_path: Path, names_jobs: bool) -> None:
    trial = tried(tmp_path, "printer/description", "job/omitted", transport="twice", names_jobs=names_jobs)
    told = next(r for r in trial.results if r.id.startswith("smtp_refusals.no_notification_of_the_run_is_sent_twice"))
    assert told.outcome is Outcome.VIOLATED
    assert ("about 'job" in told.actual) is names_jobs
