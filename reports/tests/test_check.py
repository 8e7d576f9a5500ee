"""``check``: what a run says of a mail, one mail in a file says as well, and no more than it can know."""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import Printed
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.scenarios.steps import NONE_FORMAT
from conformance.verdict import Outcome
from conformance.vocabulary import Edition
from reports.judging.inventory import case_functions
from reports.judging.one_mail import NEEDS, Ingredients, judge_mail
from reports.selftest.trial import judge_quickly

ROOT: Final = Path(__file__).parents[2]
RECORDED: Final = sorted((ROOT / "fixtures" / "evidence").glob("*.xz"))
EDITIONS: Final = {"five-defects": Edition.MAILTO_04, "reference-printer": Edition.MAILTO_00}
GOOD: Final = (
    b"Date: Sun, 29 Nov 2026 03:36:12 +0000\r\nFrom: Office <bob@subscriber.example>\r\n"
    b"Subject: Printer message: job completed: report.pdf\r\nSender: Bob <bob@subscriber.example>\r\n"
    b"To: ann@recipient.example\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
    b"Your job report.pdf (job 12) was completed by the printer Office.\r\n"
)
KNOWN: Final = {
    "--printer-name": "Office", "--user-data": "bob@subscriber.example", "--user-name": "Bob",
    "--recipient": "ann@recipient.example", "--job-name": "report.pdf", "--job-id": "12", "--event": "job-completed",
    "--language": "en", "--format": "text/plain",
}  # fmt: skip


def check(path: Path, octets: bytes, *more: str, **known: str) -> tuple[int, str]:
    path.write_bytes(octets)
    options = [word for pair in known.items() for word in pair]
    done = subprocess.run(
        [sys.executable, "-m", "reports", "check", str(path), *options, *more],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_good_mail_passes_all_that_it_can(tmp_path: Path) -> None:
    code, said = check(tmp_path / "a.eml", GOOD, **KNOWN)
    assert code == 0
    assert said.startswith("26 pass: ")
    assert "needs --format application/ipp" in said


LIES: Final = {
    "T1-From-1": (b"From: Office", b"From: Bob"),
    "4.4-2": (b"Office <bob@", b"Office <root@"),
    "T1-Sender-1": (b"Sender: Bob", b"Sender: Ann"),
    "T1-To-1": (b"To: ann", b"To: eve"),
    "T1-Subject-3": (b"Subject: Printer message: job completed: report.pdf", b"Subject:"),
    "5-3": (b"To: ann@recipient.example\r\n", b""),
    "5-4": (b"by the printer Office", b"at last"),
    "S-date": (b"29 Nov", b"31 Nov"),
    "S-single": (b"To: ann", b"To: ann@recipient.example\r\nTo: ann"),
    "S-mime": (b"MIME-Version: 1.0\r\n", b""),
    "S-crlf": (b"Your job", b"\nYour job"),
    "S-header": (b"Sender: Bob", b"what is this\r\nSender: Bob"),
    "10-7": (
        b"Content-Type: text/plain; charset=us-ascii\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n"
        b"Content-Disposition: attachment\r\n\r\n<p>x\r\n--x\r\n\r\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("requirement", LIES)
def test_what_is_wrong_in_a_mail_is_found(tmp_path: Path, requirement: str) -> None:
    true, false = LIES[requirement]
    assert true in GOOD
    code, said = check(tmp_path / "a.eml", GOOD.replace(true, false), **KNOWN)
    assert code == 1
    assert f"FAIL {requirement} (" in said


def test_what_was_not_told_is_not_judged(tmp_path: Path) -> None:
    code, said = check(tmp_path / "a.eml", GOOD)
    assert code == 0
    assert "T1-To-1: needs --recipient" in said
    assert "T1-From-1, 1-6, 5-4: needs --printer-name" in said
    code, said = check(tmp_path / "a.eml", GOOD.replace(b"To: ann", b"To: eve"))
    assert code == 0


def test_line_ends_that_were_turned_on_saving_are_nobodys_fault(tmp_path: Path) -> None:
    code, said = check(tmp_path / "a.eml", GOOD.replace(b"\r\n", b"\n"), **KNOWN)
    assert code == 0
    assert "S-crlf: needs a file with the line ends that were sent" in said


@pytest.mark.parametrize(
    "octets", [b"", b"hello\r\n", b"From x@y Mon Jan 1\nFrom: x@y\n\nx\n"], ids=["empty", "no mail", "mbox"]
)
def test_what_is_no_mail_is_wrong_usage(tmp_path: Path, octets: bytes) -> None:
    code, said = check(tmp_path / "a.eml", octets)
    assert code == 2
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("--user-data", "\udcff", "--user-data is not in UTF-8"),
        ("--printer-name", "a" * 70_000, "--printer-name has 70000 octets; IPP has room for 1023"),
        ("--recipient", "ann@recipient.example>\r\nQUIT", "is no mail address"),
        ("--recipient", "ann", "is no mail address: an address without @"),
        ("--job-id", "0", "--job-id 0 is no number of a job"),
        ("--job-id", "4294967296", "is no number of a job"),
    ],
    ids=["no utf-8", "too long", "two lines", "no address", "nought", "too large"],
)
def test_what_nobody_can_have_told_a_printer_is_wrong_usage(
    tmp_path: Path, option: str, value: str, problem: str
) -> None:
    code, said = check(tmp_path / "a.eml", GOOD, **KNOWN | {option: value})
    assert code == 2
    assert said.count("\n") == 1
    assert problem in said


@pytest.mark.parametrize("recipient", ["mailto:ann@recipient.example", "MAILTO:ann%40recipient.example?subject=x"])
def test_the_recipient_may_be_told_as_the_uri_that_it_was(tmp_path: Path, recipient: str) -> None:
    assert check(tmp_path / "a.eml", GOOD, **KNOWN | {"--recipient": recipient})[0] == 0


def test_what_could_not_be_observed_is_no_success(tmp_path: Path) -> None:
    html = GOOD.replace(b"text/plain", b"text/html")
    known = {name: value for name, value in KNOWN.items() if name != "--format"}
    code, said = check(tmp_path / "a.eml", html, **known)
    assert code == 3
    assert "INCONCLUSIVE 5-4" in said


def test_the_cases_that_judge_a_mail_exist() -> None:
    names = {
        f"{case.module.rpartition('.')[2].removeprefix('test_')}.{case.name.removeprefix('test_')}"
        for edition in Edition
        for case in case_functions(edition)
    }
    assert set(NEEDS) <= names


def told_of(play: PlayRecord, subscription: SubscriptionRecord, edition: Edition) -> Ingredients:
    """All that the run knows of a mail."""
    made = next(step.outcome for step in play.steps if isinstance(step.outcome, Printed))
    asked = subscription.asked
    return Ingredients(
        edition, play.run_record.vocabulary.name, play.run_record.printer_text("printer-name"),
        (asked.user_data or b"").decode(), subscription.user_name, asked.address, made.name, made.job,
        (asked.events or ("",))[0], asked.language or "en",
        "none" if asked.format == NONE_FORMAT else asked.format or "text/plain",
    )  # fmt: skip


def has_one_mail(play: PlayRecord) -> bool:
    """Whether it is of one job, one subscription and one mail."""
    mails = [mail for subscription in play.subscriptions.values() for mail in subscription.mails]
    jobs = [step for step in play.steps if isinstance(step.outcome, Printed)]
    return len(play.subscriptions) == len(mails) == len(jobs) == 1


@pytest.mark.takes(20)
@pytest.mark.parametrize(
    "recorded", RECORDED, ids=[path.name.partition("0.1.0-")[2].partition(".")[0] for path in RECORDED]
)
def test_a_mail_alone_is_judged_as_in_its_run(recorded: Path, tmp_path: Path) -> None:
    edition = next(edition for word, edition in EDITIONS.items() if word in recorded.name)
    evidence = tmp_path / "run.evidence"
    evidence.write_bytes(lzma.decompress(recorded.read_bytes()))
    compared = 0
    with EvidenceFile.open(evidence) as file:
        run = RunRecord(file)
        alone = {name: play for name, play in run.plays.items() if name.startswith("job/") and has_one_mail(play)}
        assert len(alone) > 8
        in_run = {result.id: result.outcome for result in judge_quickly(evidence, edition, set(alone))}
        for name, play in alone.items():
            (subscription,) = play.subscriptions.values()
            directory = tmp_path / str(play.row.id)
            directory.mkdir()
            octets = subscription.mails[0].parsed.octets
            for result in judge_mail(octets, told_of(play, subscription, edition), directory).results:
                there = in_run.get(f"{result.id}[{name}]")
                if {there, result.outcome} <= {Outcome.MET, Outcome.VIOLATED}:
                    assert result.outcome is there, (name, result)
                    compared += 1
    assert compared > 25
