"""A real printer: CUPS with its mailto notifier.  What the suite says of it is true when one reads what it sent."""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from email.message import Message as StdlibMessage
from pathlib import Path
from typing import Any

import pytest

from conformance.cases.job_lookup import tells_of_another_job
from conformance.record.evidence import EvidenceFile
from conformance.record.printers_word import Difference
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import RunRecord
from fakes.tests.cups import PrivateCups, needs_cups
from fakes.tests.ports import free_port

pytestmark = pytest.mark.takes(100)  # one run for all of them

ROOT = Path(__file__).parents[2]
CUPS_2_4_2_FAILS = {
    # the mail: a configured string in From, no name in Sender, nothing about printer and job in the body
    "1-6", "4.4-2", "4.4-3", "5-3", "5-4", "T1-From-1", "T1-From-3", "T1-Sender-1", "S-mime",
    # user data: a bare address is refused, and none at all is taken
    "4.4-1", "4.4-5",
    # a job that is cancelled before it has a document, or while it is held: its own subscription hears of that, and
    # those of the printer do not, in plays as in walks
    "1-2", "4.2-2",
    # what a subscription does not tell
    "4.7-1", "4.9-1", "4.12-1", "N-14",
    # what the printer does not tell
    "6-1", "6.1-1", "N-03",
    # operations
    "3-2", "N-09", "N-10", "N-19", "N-23",
    # SMTP and awkward data
    "S-path", "S-multiline", "S-4yz", "S-crlf", "S-dot", "S-7bit", "S-inject", "S-header", "ISSUE-03",
    # an offer of TLS with a request: TLS begins before the body has come, which breaks it
    "E5-3",
}  # fmt: skip
NUMBERS = {"4.7-2", "4.7-3", "4.7-4"}  # CUPS tells no sequence number, neither on the subscription nor in a mail
TOLD_ALIKE = {"S-once", "N-22"}  # one release of a job is mailed twice in the same words, and nothing counts the mails


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], EvidenceFile]]:
    """One whole run against a private CUPS."""
    directory = tmp_path_factory.mktemp("cups")
    with free_port() as port, PrivateCups(port) as cups:
        done = subprocess.run(
            [
                sys.executable, "-m", "reports", "run", cups.printer, "-q",
                "--smtp-listen", f"127.0.0.1:{port}", "--report-dir", str(directory),
            ],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    (path,) = directory.glob("*.evidence")
    with EvidenceFile.open(path) as file:
        yield json.loads((directory / "verdict.json").read_text()), file


@pytest.fixture
def mails(judged: tuple[dict[str, Any], EvidenceFile]) -> list[tuple[ReceivedMail, StdlibMessage]]:
    """The mails of harmless plays, and what another reader makes of them.

    A subscription that outlives its play hears of the jobs of the next, whose names may be awkward: not those.
    """
    run_record = RunRecord(judged[1])
    found = []
    for name, play in run_record.plays.items():
        if name.split("/")[0] in ("printer", "job"):
            for subscription in play.subscriptions.values():
                received = [mail for mail in subscription.mails if not tells_of_another_job(play, mail)]
                found += [(mail, email.message_from_bytes(mail.parsed.octets)) for mail in received]
    return found


@needs_cups
def test_cups_fails_what_it_is_known_to_fail(judged: tuple[dict[str, Any], EvidenceFile]) -> None:
    by_verdict: dict[str, set[str]] = {}
    for requirement in judged[0]["requirements"]:
        by_verdict.setdefault(requirement["verdict"], set()).add(requirement["id"])
    assert judged[0]["vocabulary"] == "rfc3995"
    assert by_verdict["fail"] == CUPS_2_4_2_FAILS
    assert by_verdict.get("inconclusive", set()) <= NUMBERS | TOLD_ALIKE


@needs_cups
def test_what_is_inconclusive_says_what_was_not_seen(judged: tuple[dict[str, Any], EvidenceFile]) -> None:
    for requirement in judged[0]["requirements"]:
        if requirement["verdict"] == "inconclusive" and requirement["id"] in NUMBERS:
            assert "does not tell notify-sequence-number" in requirement["reason"]


@needs_cups
def test_what_cups_tells_of_its_events_is_mailed(judged: tuple[dict[str, Any], EvidenceFile]) -> None:
    """A job that is cancelled while it waits is an exception: its end is mailed to its own, and told to nobody else."""
    account = judged[0]["ledger"]["told-by-the-printer"]
    assert account["events"] > 100
    assert account["due"] > 10
    what = {one["what"] for one in account["disagreements"]}
    assert what <= {Difference.UNTOLD, Difference.MAILED_ALONE}


@needs_cups
def test_from_is_a_configured_string_without_a_name(mails: list[tuple[ReceivedMail, StdlibMessage]]) -> None:
    assert mails
    assert {mail["From"] for _, mail in mails} == {"printer@cups.test"}


@needs_cups
def test_sender_has_no_name_or_is_missing(mails: list[tuple[ReceivedMail, StdlibMessage]]) -> None:
    senders = {mail["Sender"] for _, mail in mails}
    assert None in senders
    assert all("<" not in sender for sender in senders if sender is not None)


@needs_cups
def test_the_type_is_told_without_a_mime_version(mails: list[tuple[ReceivedMail, StdlibMessage]]) -> None:
    assert {(mail["MIME-Version"], mail["Content-Type"]) for _, mail in mails} == {(None, "text/plain")}


@needs_cups
def test_the_paths_have_no_brackets(mails: list[tuple[ReceivedMail, StdlibMessage]]) -> None:
    assert mails
    assert all(b"<" not in mail.row.envelope for mail, _ in mails)


@needs_cups
def test_bodies_name_neither_printer_nor_job(mails: list[tuple[ReceivedMail, StdlibMessage]]) -> None:
    bodies = {str(mail.get_payload()).strip() for _, mail in mails}
    assert "Job completed." in bodies
    assert not any("testq" in body for body in bodies if body.startswith("Job"))
