"""Lies of which a row of the liars is one instance: in other words, fields and places they come to the same verdict."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial, reduce
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from conformance.scenarios import selected
from conformance.scenarios.steps import Scenario
from conformance.verdict import Outcome
from conformance.vocabulary import RFC3995, Edition
from conformance.wire.registry import JobState
from fakes.printer import OBEDIENT, Policy
from fakes.printer.mail import flaws
from fakes.printer.mail.composed import Composed
from fakes.printer.mail.raw_transport import CLIENTS, Manners, RawTransport
from reports.selftest.trial import Trial, try_printer

LATER: Final = replace(OBEDIENT, edition=Edition.MAILTO_04, vocabulary=RFC3995)


def _scenarios(on: Iterable[str], policy: Policy) -> list[Scenario]:
    found = {scenario.id: scenario for word in on for scenario in selected(word)}
    return [scenario for scenario in found.values() if policy.edition in scenario.editions]


def tried(directory: Path, *on: str, printer: Policy = OBEDIENT, **change: Any) -> Trial:
    policy = replace(printer, **change)
    return try_printer(policy, _scenarios(on, policy), directory)


Rewriting = Callable[[bytes], bytes]


def rewritten(monkeypatch: pytest.MonkeyPatch, directory: Path, rewrite: Rewriting, *on: str) -> Trial:
    """With each mail of the printer rewritten before it is sent."""
    monkeypatch.setitem(CLIENTS, "rewriting", partial(RawTransport, Manners(rewrite=rewrite)))
    return tried(directory, *on, transport="rewriting")


def outcomes(trial: Trial, case: str) -> dict[str, Outcome]:
    """By scenario, what came of a case."""
    return {r.id.partition("[")[2].rstrip("]"): r.outcome for r in trial.results if r.id.startswith(f"{case}[")}


# ---------------------------------------------------------------- a job's number, where it stands for something else

IDENTIFIES: Final = "table1.the_body_of_a_job_event_identifies_the_job"
NO_JOB: Final = ("headline", "job-name", "job-id", "printer-uri")  # facts of the text


def test_a_count_that_is_a_job_s_number_by_chance_tells_no_job(tmp_path: Path) -> None:
    """The first job of the printer has number 1, as many pages as were printed of it and the first notification."""
    trial = tried(tmp_path, "format", facts_left_out=(*NO_JOB, "subscription"))
    found = outcomes(trial, IDENTIFIES)
    assert set(found.values()) == {Outcome.VIOLATED}
    assert "N-21" in trial.missed()


def test_a_subscription_s_number_tells_no_job(tmp_path: Path) -> None:
    """Of a printer whose numbers of subscriptions and jobs are alike for some of them."""
    trial = tried(tmp_path, "format", "printer/twins", "printer/every-job", "sequence", facts_left_out=NO_JOB)
    assert "5-4" in trial.failed()


@pytest.mark.parametrize("left_out", [("headline", "job-name"), ("headline", "job-name", "subscription", "sequence")])
@pytest.mark.parametrize("printer", [OBEDIENT, LATER], ids=["mailto-00", "mailto-04"])
def test_a_job_s_number_alone_tells_the_job(tmp_path: Path, printer: Policy, left_out: tuple[str, ...]) -> None:
    trial = tried(tmp_path, "format", "sequence", "later-job-event", printer=printer, facts_left_out=left_out)
    assert {"5-4", "N-21", "M4-Body-5"}.isdisjoint(trial.missed())


# ---------------------------------------------------------------- why a job is in its state

WAITING: Final = (JobState.PENDING, JobState.PENDING_HELD)
HELD: Final = ("event-job-state-changed", "event-job-created")


def _of_jobs_that_wait(reason: str) -> Rewriting:
    return partial(flaws.with_reasons, reason=reason, states=WAITING)


@pytest.mark.parametrize("reason", ["job-interpreting", "job-canceled-by-user", "job-completed-with-errors", "resting"])
def test_a_waiting_job_has_no_reason_of_another_state(
    tmp_path: Path, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "N-20" in rewritten(monkeypatch, tmp_path, _of_jobs_that_wait(reason), *HELD).failed()


def test_a_job_s_reasons_may_be_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to know any."""
    assert "N-20" not in rewritten(monkeypatch, tmp_path, _of_jobs_that_wait("none"), *HELD).missed()


# ---------------------------------------------------------------- copies of mails about changes, in other words

CHANGES: Final = ("printer/event-job-state-changed", "job/event-job-state-changed")
COUNTING: Final = "printer/sequence-omitted"  # by which a printer is seen to count rightly
WORDS: Final = (
    (b"Printer message: ", b"Printer message: news: "), (b"Job name: ", b"Document: "), (b"Event: ", b"It happened: "),
    (b"Job state: ", b"It is now "), (b"Job state reasons: ", b"Because: "), (b"Subscriber: ", b"You: "),
    (b"Message-ID: <", b"Message-ID: <again."),
)  # fmt: skip


class _SaysOneAgain(RawTransport):
    """Behind the first mail about a change to each recipient another one, that says the same in other words."""

    told: ClassVar[set[str]] = set()

    async def _transaction(self, mail: Composed) -> None:
        await super()._transaction(mail)
        if b"job-state-changed" in mail.octets and mail.recipient not in self.told:
            self.told.add(mail.recipient)
            octets = reduce(lambda text, pair: text.replace(*pair), WORDS, mail.octets)
            await super()._transaction(replace(mail, octets=octets))


def _said_again(monkeypatch: pytest.MonkeyPatch, directory: Path, *on: str, **change: Any) -> Trial:
    monkeypatch.setitem(CLIENTS, "says-one-again", partial(_SaysOneAgain, Manners()))
    return tried(directory, *on, transport="says-one-again", **change)


def test_a_mail_beyond_the_count_is_a_copy_in_whatever_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it comes before the mail about the next change does, and so makes up the number."""
    trial = _said_again(monkeypatch, tmp_path, *CHANGES, COUNTING)
    assert {"S-once", "N-22"} <= set(trial.failed())


def test_nobody_is_blamed_by_a_count_that_nothing_vouches_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "S-once" not in _said_again(monkeypatch, tmp_path, *CHANGES).missed()


def test_a_printer_that_counts_wrongly_sends_no_copies_by_that(tmp_path: Path) -> None:
    trial = tried(tmp_path, *CHANGES, COUNTING, numbering="with-a-repetition")
    assert "4.7-1" in trial.failed()
    assert {"S-once", "N-22"}.isdisjoint(trial.missed())


# ---------------------------------------------------------------- events that nobody listed, and Subjects without news


@pytest.mark.parametrize("event", ["job-state-changed", "printer-state-changed"])
def test_a_change_that_was_not_listed_is_not_mailed(tmp_path: Path, event: str) -> None:
    on = ("job/only-completed", "job/only-created", "job/no-printer-event", "job/omitted")
    assert "4.2-2" in tried(tmp_path, *on, unasked_event=event).failed()


@pytest.mark.parametrize(
    "said", ["George Washington", "notification", "job", "completed", "hello world, job done", "17"]
)
def test_a_subject_names_the_event_and_the_job(tmp_path: Path, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def rewrite(octets: bytes) -> bytes:
        subject = rb"(?m)^Subject: [^\r]*(?:\r\n [^\r]*)*"
        return re.sub(subject, b"Subject: Printer message: " + said.encode(), octets, count=1)

    trial = rewritten(monkeypatch, tmp_path, rewrite, "job/omitted", "printer/omitted")
    assert "T1-Subject-1" in trial.missed()
    assert not trial.failed()
