"""A mail is told from another by the job it names, in its content or in its text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from conformance.cases.job_lookup import PlayedJob, job_of, may_be_somebody_elses, of_none
from conformance.record import rows
from conformance.record.exchanges import Answer
from conformance.record.outcomes import Asked, Carrier, Printed
from conformance.record.received_mail import MailContent, ReceivedMail
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.wire import ipp
from conformance.wire.registry import GroupTag


class PlayStandIn(PlayRecord):
    """A play of these steps and subscriptions, of which nothing is recorded."""

    def __init__(self, **known: object) -> None:
        super().__init__(cast(RunRecord, None), rows.Play(1, 1, 0, ""))
        vars(self).update(known)


def job(label: str, number: int, name: str) -> PlayedJob:
    return PlayedJob(label, number, name, cast(Answer, None))


def mail(octets: bytes) -> ReceivedMail:
    content = MailContent(octets)
    return cast(ReceivedMail, SimpleNamespace(parsed=content.parsed, said=content.said))


def text(subject: str, body: str) -> ReceivedMail:
    return mail(f"Subject: {subject}\r\n\r\n{body}\r\n".encode())


def content(*attributes: ipp.Attribute) -> ReceivedMail:
    octets = ipp.encode(ipp.Message(0x0600, 1, (ipp.Group(GroupTag.JOB, attributes),)))
    return mail(b"Content-Type: application/ipp\r\nContent-Transfer-Encoding: binary\r\n\r\n" + octets)


FIRST, TENTH, LATER = job("j1", 1, "job 5j1"), job("j10", 10, "job 5j10"), job("sentinel", 11, "sentinel 5.80")
JOBS = [FIRST, TENTH, LATER]


@pytest.mark.parametrize("found", JOBS, ids=lambda j: j.label)
def test_the_name_may_stand_in_the_subject_or_in_the_body(found: PlayedJob) -> None:
    assert job_of(text(f"Print Job: q-3 ({found.name}) completed", "Done."), JOBS) is found
    assert job_of(text("A job", f"Job name: {found.name}"), JOBS) is found


def test_a_name_is_not_the_beginning_of_another() -> None:
    assert not FIRST.named_in("job 5j10 completed")
    assert not FIRST.named_in("ajob 5j1")
    assert not job("sentinel", 1, "sentinel 5.8").named_in("sentinel 5.80")
    assert FIRST.named_in("(job 5j1)")


def test_a_job_without_a_name_is_named_nowhere() -> None:
    assert not job("j", 1, "").named_in("Print Job: q-3 () completed")


@pytest.mark.parametrize(
    "said",
    [
        "Job 10 has completed.",
        "job-id: 10",
        "Job #10.",
        "Print job No. 10 done",
        "ipp://p.example/jobs/10",
        "job id = 10,",
    ],
)
def test_the_number_stands_for_a_name_that_is_not_there(said: str) -> None:
    assert job_of(text("Printer message: done", said), JOBS) is TENTH


@pytest.mark.parametrize("said", ["10 pages", "job 10.5", "job 5j10x", "job 101", "Job 99", "jobs: 1 and job 10"])
def test_other_numbers_name_no_job(said: str) -> None:
    assert job_of(text("Printer message: done", said), JOBS) is None


def somebody(carrier: str, own_text: str, printers_text: str = "job 5j10 is done") -> bool:
    """Whether a mail without a job may be another's, where a job's subscription and a printer's were mailed so."""
    made = SimpleNamespace(
        ok=True,
        message=ipp.Message(0, 1, (ipp.Group(GroupTag.JOB, (ipp.integer("job-id", 10),)),)),
        request=ipp.Message(0, 1, (ipp.Group(GroupTag.OPERATION, (ipp.name_("job-name", "job 5j10"),)),)),
    )
    step = SimpleNamespace(row=SimpleNamespace(label="j"), outcome=Printed(), answers=[made])
    heard_by_job = SimpleNamespace(mails=[text("x", own_text)], asked=Asked("s", "", carrier=Carrier.JOB))
    heard_by_printer = SimpleNamespace(mails=[text("x", printers_text)], asked=Asked("s", "", carrier=Carrier.PRINTER))
    own = PlayStandIn(steps=[step], subscriptions={"s": heard_by_job})
    other = PlayStandIn(steps=[step], subscriptions={"s": heard_by_printer})
    places = SimpleNamespace(is_for_jobs=lambda place, mail: None)  # nothing is known of any
    run_record = SimpleNamespace(plays={"job/omitted": own, "printer/omitted": other}, once=lambda look: places)
    own.run_record = other.run_record = cast(RunRecord, run_record)
    play = PlayStandIn(run_record=run_record, steps=[step])
    heard = cast(SubscriptionRecord, SimpleNamespace(asked=Asked("s", "", carrier=Carrier(carrier))))
    return may_be_somebody_elses(play, heard, text("x", "A report is done."))


def test_a_mail_without_our_jobs_is_somebody_elses_where_mails_name_jobs_and_all_jobs_are_heard_of() -> None:
    assert somebody("printer", "job 5j10 is done")
    assert not somebody("printer", "it is done")
    assert not somebody("printer", "job 5j10 is done", "it is done")
    assert not somebody("job", "job 5j10 is done")


def test_a_mail_that_names_two_jobs_or_none_tells_of_none() -> None:
    assert job_of(text("x", "job 5j1 before job 5j10"), JOBS) is None
    assert job_of(text("x", "your job"), JOBS) is None


def test_the_job_id_of_the_content_decides() -> None:
    assert job_of(content(ipp.integer("job-id", 10), ipp.name_("job-name", "job 5j1")), JOBS) is TENTH
    assert job_of(content(ipp.integer("job-id", 99), ipp.name_("job-name", "job 5j1")), JOBS) is None


def test_a_mail_is_about_a_job_whose_name_it_spells_otherwise_if_it_has_its_number() -> None:
    umlauts, unnamed = job("j", 7, "job 5jü"), job("k", 8, "")
    spelt, told, silent = text("", "job 5ju is done. Job number: 7"), text("", "Job number: 8"), text("", "it is done")
    jobs = [umlauts, unnamed]
    assert of_none([spelt], jobs, [spelt]) == []
    assert of_none([spelt, silent], jobs, [spelt, silent]) == []  # that of the job without a name
    assert of_none([spelt, silent], jobs, [spelt, silent, told]) == [silent]
    assert of_none([silent], [umlauts], [silent]) == [silent]
