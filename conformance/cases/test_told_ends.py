"""Mails about one event that tell another: an end that is told as a beginning, above all."""

from __future__ import annotations

from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.requirements import Otherwise
from conformance.verdict import NotApplicable

from .case import RUN, case, expect
from .event_words import AboutAnEvent, Read, about_ends, told_wrongly
from .findings import Finding, beginning, conclude
from .job_lookup import jobs_of
from .mail_lookup import body_text, language_of, subject_text, words
from .text_facts import rows_of
from .wording import tells_creation_alone, without

# ---------------------------------------------------------------- by English words


@case("T1-Subject-1", on="mail")
def test_the_subject_of_an_end_tells_more_than_a_beginning(play: PlayRecord) -> None:
    _expect_ends(play, subject_text, "Subject", binding=play.chose(Otherwise.C04_BINDS) or None)


@case("5-2", on="mail")
def test_the_body_of_an_end_tells_more_than_a_beginning(play: PlayRecord) -> None:
    _expect_ends(play, body_text, "the body", binding=play.chose(Otherwise.C13_BINDS) or None)


@case("M4-Subject-4", on="later-job-event")
def test_the_subject_of_an_end_is_not_that_of_a_beginning(play: PlayRecord) -> None:
    _expect_ends(play, subject_text, "Subject", binding=None)


@case("M4-Body-6", on="later-job-event")
def test_the_text_of_an_end_is_not_that_of_a_beginning(play: PlayRecord) -> None:
    _expect_ends(play, _plain, "the text", binding=play.chose(Otherwise.D06_MUST) or None)


@case("N-21", on="human")
def test_the_page_of_an_end_is_not_that_of_a_beginning(play: PlayRecord) -> None:
    _expect_ends(play, _page, "the HTML", binding=play.chose(Otherwise.C13_BINDS) or None)


def _page(mail: ReceivedMail) -> str:
    return " ".join(rows_of(part.string or "") for part in mail.parsed.leaves if part.type == "text/html")


def _expect_ends(play: PlayRecord, read: Read, place: str, *, binding: bool | None) -> None:
    named = (words(play.run_record.printer_text("printer-name")), *(job.name for job in jobs_of(play)))
    ends = [one for one in about_ends(play) if language_of(play, one.subscription).startswith("en")]
    if not ends:
        raise NotApplicable("no mail in English can only be about the end of a job")
    for one in ends:
        expect(
            not tells_creation_alone(without(read(one.mail), named)),
            expected=f"that the job has ended, in {place} of a mail to who listed job-completed alone",
            actual=repr(beginning(read(one.mail))),
            where=one.mail.where(),
            binding=binding,
        )


# ---------------------------------------------------------------- by the printer's own words, in any language


@case("T1-Subject-1", "M4-Subject-4", on=RUN)
def test_no_subject_of_the_run_tells_another_event(run: RunRecord) -> None:
    _expect_own_words(run, subject_text, "Subject", binding=run.chose(Otherwise.C04_BINDS) or None)


@case("5-2", "M4-Body-6", on=RUN)
def test_no_text_of_the_run_tells_another_event(run: RunRecord) -> None:
    bound = run.chose(Otherwise.C13_BINDS) or run.chose(Otherwise.D06_MUST)
    _expect_own_words(run, _plain, "the text", binding=bound or None)


def _plain(mail: ReceivedMail) -> str:
    return mail.text or ""


def _expect_own_words(run: RunRecord, read: Read, place: str, *, binding: bool | None) -> None:
    judged, wrong = told_wrongly(run, read)
    if not judged:
        raise NotApplicable("too few mails of one kind to learn from how this printer tells creation from end")
    conclude(
        [Finding(_told(one, read), one.mail.where()) for one in wrong],
        expected=f"{place} with the words that this printer has for the event elsewhere",
        binding=binding,
    )


def _told(one: AboutAnEvent, read: Read) -> str:
    return f"{beginning(read(one.mail))!r} about {one.event}, in words that it has for the other event"
