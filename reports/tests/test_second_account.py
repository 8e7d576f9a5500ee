"""What a printer tells of its events, beside what it mails: who is blamed for a difference, and how it is shown."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.record import printers_word
from conformance.record.evidence import EvidenceFile
from conformance.record.ledger import ledger_of
from conformance.record.left_over import Ledger, LeftOverKind
from conformance.record.lives import history_of
from conformance.record.printers_word import Difference
from conformance.record.pulling import hearings_of
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.scenarios.steps import Ask, AwaitMail, OnJob, Print, Scenario, Subscribe, Unsubscribe
from conformance.vocabulary import RFC3995, Edition
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, JobState, Operation
from fakes.printer import OBEDIENT, Policy
from fakes.stage import second_witness
from fakes.stage.bench import Sitting, bench
from fakes.stage.ixit import Ixit
from fakes.stage.stage import Stage
from fakes.stage.tests.meddling import Fate, Meddler, SeenRequest, behind
from reports.selftest.trial import try_printer

HONEST: Final = replace(OBEDIENT, vocabulary=RFC3995)
SILENT: Final = replace(HONEST, ends_unmailed="of-cancelled-jobs")
ISOLATED: Final = BY_ID["job/isolation"]  # it lets several play at once
Rewrite = Callable[[list[ipp.Group]], list[ipp.Group]]  # of the events of an answer


@pytest.fixture(autouse=True)
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens one after the other is told one after the other."""
    monkeypatch.setattr(second_witness, "SOON", 0.05)
    monkeypatch.setattr(second_witness, "LATER", 0.05)


def _subscribed(*events: str) -> Scenario:
    """A job is given up, and another one printed."""
    steps = (
        Subscribe(Ask(events=events)),
        Print("j", via="Create-Job"),
        OnJob("Cancel-Job"),
        Print("k"),
        AwaitMail(count=2 * len(events)),
    )
    return Scenario("a-test/two-jobs", steps, alone=True)


BOTH: Final = _subscribed("job-created", "job-completed")
END: Final = _subscribed("job-completed")
APART: Final = replace(BOTH, steps=(*BOTH.steps[:3], AwaitMail(), *BOTH.steps[3:]))
LATE_END: Final = replace(BOTH, steps=(*BOTH.steps[:2], AwaitMail(), *BOTH.steps[2:]))
"""A mail is there before the second job, or before the end of the first."""
OPEN: Final = Scenario(
    "a-test/open",
    (
        Subscribe(),
        Print("j", via="Create-Job"),
        Print("k"),
        AwaitMail(count=2),  # one too many, so that a later event is mailed
        Unsubscribe(),
    ),
    alone=True,
)


def played(directory: Path, policy: Policy, scenario: Scenario, rewrite: Rewrite = lambda groups: groups) -> Path:
    """The evidence of one play, at a printer whose Get-Notifications answers are rewritten so."""

    def rewritten(request: SeenRequest, answer: ipp.Message) -> ipp.Message:
        if request.operation is not Operation.GET_NOTIFICATIONS:
            return answer
        head = [g for g in answer.groups if g.tag != GroupTag.EVENT_NOTIFICATION]
        return replace(answer, groups=(*head, *rewrite(answer.all(GroupTag.EVENT_NOTIFICATION))))

    def meet(meddler: Meddler, _: str) -> None:
        meddler.rewrite = rewritten

    async def play(file: EvidenceFile) -> None:
        sitting = Sitting(replace(Ixit.for_loopback(), mail_timeout=1.0), "a test", vocabulary=RFC3995)
        async with bench(file, behind(policy, meet, lambda _: Fate.PASS), sitting) as stage:
            await stage.prepare()
            await stage.perform([ISOLATED, scenario], lambda *_: None)

    path = directory / "run.evidence"
    with EvidenceFile.create(path) as file:
        asyncio.run(asyncio.wait_for(play(file), 60))
    return path


def ledger(path: Path, edition: Edition = Edition.MAILTO_00) -> Ledger:
    with EvidenceFile.open(path) as file:
        return ledger_of(RunRecord(file, edition=edition))


def kinds(found: Ledger) -> tuple[list[LeftOverKind], list[Difference]]:
    assert found.account is not None
    return [left.kind for left in found.left_over], [one.kind for one in found.account.disagreements]


def number(group: ipp.Group, name: str) -> int:
    attribute = group.get(name)
    return (attribute.value.integer if attribute is not None else None) or 0


def renumbered(groups: Sequence[ipp.Group], more: Callable[[int], int]) -> list[ipp.Group]:
    name = "notify-sequence-number"
    return [
        replace(g, attributes=tuple(ipp.integer(name, more(number(g, name))) if a.name == name else a for a in g))
        for g in groups
    ]


class Forgetting:
    """Says nothing of the end of jobs that were cancelled, and leaves no number out."""

    def __init__(self) -> None:
        self.left_out: set[int] = set()

    def __call__(self, groups: list[ipp.Group]) -> list[ipp.Group]:
        gone = [g for g in groups if number(g, "job-state") == JobState.CANCELED]
        self.left_out |= {number(g, "notify-sequence-number") for g in gone}
        kept = [g for g in groups if g not in gone]
        return renumbered(kept, lambda n: n - sum(left < n for left in self.left_out))


def inventing(groups: list[ipp.Group]) -> list[ipp.Group]:
    """Says of jobs that wait for their document that they have ended, in place of that they are made."""
    word = ipp.keyword("notify-subscribed-event", "job-completed")

    def told(group: ipp.Group) -> ipp.Group:
        reasons = group.get("job-state-reasons")
        if reasons is None or "job-incoming" not in reasons.texts():
            return group
        return replace(group, attributes=tuple(word if a.name == word.name else a for a in group))

    return [told(group) for group in groups]


def test_what_is_told_and_mailed_is_due_and_agrees(tmp_path: Path) -> None:
    found = ledger(played(tmp_path, HONEST, BOTH))
    assert found.account is not None
    assert kinds(found) == ([], [])
    assert found.account.due >= 1  # the last was perhaps told when the subscription had ended


def test_an_event_that_is_told_and_never_mailed_is_the_printers_failure(tmp_path: Path) -> None:
    found = ledger(played(tmp_path, SILENT, BOTH))
    assert kinds(found) == ([LeftOverKind.UNMAILED], [Difference.UNMAILED])
    (left,) = found.left_over
    assert left.requirements == ("1-2",)
    assert left.where.kind == "ipp"
    assert "though a later event was mailed to it" in left.told


@pytest.mark.parametrize(
    ("edition", "found"),
    [(Edition.MAILTO_00, {LeftOverKind.UNMAILED}), (Edition.MAILTO_04, set())],
)
def test_one_mail_about_two_events_will_do_where_it_may_tell_of_both(
    edition: Edition, found: set[LeftOverKind], tmp_path: Path
) -> None:
    combining = replace(HONEST, edition=Edition.MAILTO_04, free_content="plain", combines_within=0.3)
    assert {left.kind for left in ledger(played(tmp_path, combining, APART), edition).left_over} == found


def test_an_event_after_the_last_mail_is_told_in_none(tmp_path: Path) -> None:
    silent = replace(SILENT, edition=Edition.MAILTO_04)
    found = ledger(played(tmp_path, silent, LATE_END), Edition.MAILTO_04)
    assert kinds(found) == ([LeftOverKind.UNMAILED], [Difference.UNMAILED])


def test_without_a_second_account_nobody_knows(tmp_path: Path) -> None:
    found = ledger(played(tmp_path, replace(SILENT, pull_methods=()), BOTH))
    assert found.account is None
    assert found.left_over == []


@pytest.mark.parametrize("policy", [SILENT, replace(SILENT, pull_methods=())], ids=["told", "reckoned"])
def test_a_job_of_which_nothing_is_mailed_is_found_once(policy: Policy, tmp_path: Path) -> None:
    found = ledger(played(tmp_path, policy, END))
    assert [left.kind for left in found.left_over] == [LeftOverKind.MISSING]


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done a moment before the last question counts, too."""
    monkeypatch.setattr(printers_word, "SLACK", 0)


@pytest.mark.usefixtures("in_a_hurry")
def test_an_end_that_was_reckoned_and_not_told_fails_nobody(tmp_path: Path) -> None:
    """Cancel-Job was answered well, but by the printer's own account the job has not ended."""
    found = ledger(played(tmp_path, SILENT, END, Forgetting()))
    assert kinds(found) == ([], [])


@pytest.mark.usefixtures("in_a_hurry")
def test_a_mail_about_what_was_not_told_is_shown(tmp_path: Path) -> None:
    found = ledger(played(tmp_path, HONEST, END, Forgetting()))
    assert kinds(found) == ([], [Difference.MAILED_ALONE])


def test_an_end_that_is_told_of_an_open_job_is_not_due(tmp_path: Path) -> None:
    path = played(tmp_path, HONEST, OPEN, inventing)
    with EvidenceFile.open(path) as file:
        run = RunRecord(file)
        (hearing,) = hearings_of(run)
        number_of = {job.name: job.id for job in history_of(run).jobs}
        assert ("job-completed", number_of["job 2j"]) in {(one.event, one.job) for one in hearing.told}
        assert ledger_of(run).left_over == []


def test_a_place_that_we_take_ourselves_is_not_the_printers_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stage, "_places", lambda _: 0)  # it does not tell that it has one
    scenarios = [ISOLATED, BY_ID["printer/omitted"], BY_ID["job/omitted"]]
    trial = try_printer(replace(HONEST, max_printer_subscriptions=1), scenarios, tmp_path)
    assert not trial.missed()
    assert "3-3" not in trial.inconclusive()  # it is given back


def test_the_reports_show_it(tmp_path: Path) -> None:
    evidence = played(tmp_path, SILENT, BOTH)
    command = [sys.executable, "-m", "reports", "judge", str(evidence), "--report-dir", str(tmp_path / "report")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("Events ")]
    assert line.endswith("1 disagreement")
    assert "  told by Get-Notifications, and not mailed: Get-Notifications told of " in done.stdout
    told: dict[str, Any] = json.loads((tmp_path / "report" / "verdict.json").read_text())
    account = told["ledger"]["told-by-the-printer"]
    assert account["events"] == int(line.split()[1])
    assert [one["what"] for one in account["disagreements"]] == ["told by Get-Notifications, and not mailed"]
    page = (tmp_path / "report" / "report.html").read_text().partition("What the printer itself told")[2]
    numbers = dict(re.findall(r'<th scope="row">([a-z]+)</th><td class="number">([0-9]+)</td>', page))
    assert {name: int(number) for name, number in numbers.items()} == {
        "events": account["events"], "due": account["due"], "gaps": 0, "disagreements": 1,
    }  # fmt: skip
    assert "told by Get-Notifications, and not mailed: Get-Notifications told of " in page.partition("</ul>")[0]
    (entry,) = [one for one in told["requirements"] if one["id"] == "1-2"]
    assert entry["verdict"] == "fail"
