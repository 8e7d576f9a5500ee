"""Mails about the end of a job: that it has ended, and not only that it was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord
from conformance.requirements import Otherwise
from conformance.verdict import NotApplicable

from .case import case, expect
from .findings import beginning
from .job_lookup import jobs_of
from .mail_lookup import body_text, language_of, mails_of, subject_text, words
from .wording import ENDED, tells_creation_alone, without


@case("T1-Subject-1", on="mail")
def test_the_subject_of_an_end_tells_more_than_a_beginning(play: PlayRecord) -> None:
    _expect_an_end(play, subject_text, "Subject", binding=play.chose(Otherwise.C04_BINDS) or None)


@case("5-2", on="mail")
def test_the_body_of_an_end_tells_more_than_a_beginning(play: PlayRecord) -> None:
    _expect_an_end(play, body_text, "the body", binding=play.chose(Otherwise.C13_BINDS) or None)


def _expect_an_end(play: PlayRecord, read: Callable[[ReceivedMail], str], place: str, *, binding: bool | None) -> None:
    """Not that each of its mails tells the end: a mail about another event is a mistake of its own (4.2-2)."""
    named = (words(play.run_record.printer_text("printer-name")), *(job.name for job in jobs_of(play)))
    mails = defaultdict[str, list[ReceivedMail]](list)
    for subscription, mail in mails_of(play):
        if frozenset(subscription.asked.events or ()) == ENDED and language_of(play, subscription).startswith("en"):
            mails[subscription.label].append(mail)
    if not mails:
        raise NotApplicable("no subscription that is mailed in English lists job-completed alone")
    for told in mails.values():
        expect(
            not all(tells_creation_alone(without(read(mail), named)) for mail in told),
            expected=f"that the job has ended, in {place} of a mail to who listed job-completed alone",
            actual=repr(beginning(read(told[0]))),
            where=told[0].where(),
            binding=binding,
        )
