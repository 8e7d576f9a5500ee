"""What a text says of number, owner and time: lies in it are warned of, and nothing else that has numbers or names."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from conformance.scenarios import BY_ID
from fakes.printer import OBEDIENT
from fakes.printer.mail.raw_transport import CLIENTS, Manners, RawTransport
from reports.selftest.trial import Trial, try_printer

PLAYED = ("job/omitted", "printer/omitted", "printer/text-plain", "printer/event-job-created", "job/html")
CASE = "text_facts.no_text_names_another_job_number_owner_or_time[run]"


def rewritten(monkeypatch: pytest.MonkeyPatch, directory: Path, pattern: bytes, text: bytes) -> Trial:
    def rewrite(octets: bytes) -> bytes:
        return re.sub(pattern, text, octets, flags=re.MULTILINE)

    monkeypatch.setitem(CLIENTS, "rewriting", partial(RawTransport, Manners(rewrite=rewrite)))
    policy = replace(OBEDIENT, transport="rewriting")
    return try_printer(policy, [BY_ID[name] for name in PLAYED], directory)


def warned(trial: Trial) -> bool:
    return any(result.id == CASE for result in trial.missed().get("N-21", ()))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (rb"^Job number: (\d+)\r$", rb"Job-ID = 8\1\r"),
        (rb"^Job owner: Bob Jones\r$", rb"Owner: Zoe Quill\r"),
        (rb"^Time: (\S+) (\S+) UTC\r$", rb"Date: Mon, 04 Jan 1999 10:00:00 +0200\r"),
    ],
)
def test_a_line_that_contradicts_the_printer_is_warned_of(
    pattern: bytes, text: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trial = rewritten(monkeypatch, tmp_path, pattern, text)
    assert warned(trial)
    assert "N-21" not in trial.failed()


def test_a_label_of_no_language_that_is_known_here_is_learnt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One mail has another number there; those of jobs and subscriptions are not the same."""

    def rewrite(octets: bytes) -> bytes:
        wrong = b"99" if b"event-job-created" in octets or b"(job-created)" in octets else b""
        return re.sub(rb"(?m)^Job number: (\d+)\r$", rb"Numero: " + wrong + rb"\1\r", octets)

    monkeypatch.setitem(CLIENTS, "rewriting", partial(RawTransport, Manners(rewrite=rewrite)))
    played = [BY_ID[name] for name in ("printer/user-data", "printer/sequence-omitted", *PLAYED)]
    assert warned(try_printer(replace(OBEDIENT, transport="rewriting"), played, tmp_path))


@pytest.mark.parametrize("label", [b"Subscription", b"Notification", b"Job number"])
def test_numbers_that_are_those_of_jobs_by_chance_teach_nothing(
    label: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first subscriptions of a printer have the numbers of the first jobs."""
    trial = rewritten(monkeypatch, tmp_path, rb"^" + label + rb": (\d+)\r$", rb"Nummer: \1\r")
    assert not warned(trial)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (
            rb"^Job number: (\d+)\r$",
            rb"Job number: \1\r\nJob: 2 pages\r\nQueued job number: 4 of 9\r\nPages: 3\r",
        ),
        (rb"^Job owner: Bob Jones\r$", rb"Job owner: bob jones (Room 7)\r\nOperator: Zoe Quill\r"),
        (rb"^Time: (\S+ \d\d:\d\d)\S* UTC\r$", rb"Time: \1\r\nInstalled: 1999-01-01 10:00:00\r"),
        (rb"^Job owner: Bob Jones\r$", rb"Job owner: anonymous\r"),
        (rb"^Job owner: Bob Jones\r$", rb"Job owner: Bob Jones\r\nOwner: IT department\r"),
    ],
)
def test_other_numbers_names_and_dates_are_nobodys_fault(
    pattern: bytes, text: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not warned(rewritten(monkeypatch, tmp_path, pattern, text))
