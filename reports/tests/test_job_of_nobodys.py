"""A mail about a job that there can hardly have been is left open; one about somebody else's job is accounted for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest

from conformance.cases import test_ledger
from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.job_order import JobOrder
from conformance.record.ledger import ledger_of
from conformance.record.left_over import LeftOverKind, Reason
from conformance.record.lives import History, JobLife
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.verdict import Inconclusive
from conformance.wire.smtp_events import Event, EventKind
from fakes.printer import OBEDIENT
from reports.selftest.trial import try_printer

SUBSCRIBED: Final = ("text-plain", "us-ascii", "utf-8", "none", "none-word", "omitted")
NEXT: Final = 1_000_000  # nanoseconds


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of six jobs with a subscription of the printer's each."""
    directory = tmp_path_factory.mktemp("played")
    try_printer(OBEDIENT, [BY_ID[f"printer/{name}"] for name in SUBSCRIBED], directory, about=("4.2-2",))
    return directory / "trial.evidence"


def one_more(played: Path, path: Path, behind: int, number: int) -> Path:
    """The run with one more mail, just behind that one and to the same, about a job of nobody's with that number."""
    shutil.copy(played, path)
    with EvidenceFile.open(path, append=True) as file:
        mail = RunRecord(file).mails[behind]
        about = mail.wire.replace(f"job {behind + 1}j".encode(), b"a letter")
        text = about.replace(f"Job number: {behind + 1}".encode(), f"Job number: {number}".encode())
        assert text != about != mail.wire
        event = rows.pack_events([Event(mail.t + NEXT, EventKind.CLIENT, text)])
        file.insert(
            [
                rows.Session(900, mail.t, "127.0.0.1:25", "127.0.0.1:4711"),
                rows.Transcript(900, 900, 0, event),
                rows.MailRow(900, 900, mail.t + NEXT, 0, len(text), mail.row.envelope),
            ]
        )
    return path


@pytest.mark.parametrize("number", [4711, 3])
def test_a_job_that_no_count_can_have_come_to_is_left_open(played: Path, tmp_path: Path, number: int) -> None:
    with EvidenceFile.open(one_more(played, tmp_path / "x.evidence", 1, number)) as file:
        run = RunRecord(file)
        assert [left.kind for left in ledger_of(run).left_over] == [LeftOverKind.NO_JOB]
        with pytest.raises(Inconclusive, match="was there such a job, counted by itself"):
            test_ledger.test_every_mail_of_the_run_is_about_an_event_that_was_subscribed(run)


def test_behind_the_last_job_anybody_may_have_made_one(played: Path, tmp_path: Path) -> None:
    with EvidenceFile.open(one_more(played, tmp_path / "x.evidence", len(SUBSCRIBED) - 1, 4711)) as file:
        ledger = ledger_of(RunRecord(file))
        assert ledger.left_over == []
        assert ledger.explained == {Reason.OTHER_JOB: 1}


def ordered(*numbers: int, breaks: Sequence[object] = ()) -> JobOrder:
    """Jobs of these numbers, asked for at 0, 10, 20 and so on, and there 5 later."""
    where = cast(Any, None)
    jobs = [JobLife(1, number, "", 10 * i, 10 * i + 5, where) for i, number in enumerate(numbers)]
    return JobOrder(cast(Any, SimpleNamespace(clock=SimpleNamespace(breaks=breaks))), History(jobs))


@pytest.mark.parametrize(
    ("jobs", "told", "doubted"),
    [
        ((1, 2, 5, 8, 9), {5}, True),
        ((1, 2, 5, 8, 9), {4711}, True),
        ((1, 2, 5, 8, 9), {4}, False),  # somebody else's, between two of ours
        ((1, 2, 5, 8, 9), {4, 4711}, False),  # one of them will be it
        ((1, 2, 5, 8, 9), set(), False),
        ((1, 2, 5, 8), {4711}, False),  # too few
        ((1, 2, 5, 9, 8), {4711}, False),  # in whatever order they are counted
        ((7, 8, 9, 1, 2), {4711}, False),  # it counts from the beginning again
        ((1, 2, 5, 5, 8), {4711}, False),
    ],
)
def test_numbers_are_believed_only_where_they_go_up(jobs: tuple[int, ...], told: set[int], doubted: bool) -> None:
    mail = cast(Any, SimpleNamespace(t=18))  # when the second was there, and the third not yet asked for
    assert (ordered(*jobs).doubt(mail, told) is not None) is doubted


def test_a_printer_that_came_up_anew_may_count_otherwise() -> None:
    mail = cast(Any, SimpleNamespace(t=18))
    assert ordered(1, 2, 5, 8, 9, breaks=(object(),)).doubt(mail, {4711}) is None
