"""The rules for one kind of content, or of user data, in all plays that ask for it and were made for something else."""

from __future__ import annotations

from conformance.record.outcomes import Carrier, Printed, Refused
from conformance.record.run_record import PlayRecord, RunRecord, wants_nothing_attached
from conformance.record.subscription_record import SubscriptionRecord
from conformance.scenarios import BY_ID
from conformance.scenarios.steps import NONE_FORMAT, NONE_WORD
from conformance.wire import imf

from . import (
    test_content,
    test_content_values,
    test_events,
    test_format,
    test_forms,
    test_mailto_04_body,
    test_mailto_04_header,
)
from .case import RUN, case
from .every_play import asks_for, elsewhere
from .mail_lookup import media
from .mailto_04 import is_printer_event

UTF_8 = "text/plain;charset=utf-8"


def _is_for_programs(s: SubscriptionRecord) -> bool:
    return media(s.format or "") == "application/ipp"


def _is_for_people(s: SubscriptionRecord) -> bool:
    return media(s.format or "").startswith(("text/html", "application/postscript")) or _is_utf_8(s)


def _is_utf_8(s: SubscriptionRecord) -> bool:
    return media(s.format or "") == UTF_8


def _is_none(s: SubscriptionRecord) -> bool:
    return s.format in (NONE_FORMAT, NONE_WORD)


def _is_plain(s: SubscriptionRecord) -> bool:
    return s.format is not None and wants_nothing_attached(s) and not _is_none(s)


def _gives_a_mailbox(s: SubscriptionRecord) -> bool:
    boxes = imf.mailboxes(s.user_data or b"")
    return s.user_data is not None and s.user_data.isascii() and boxes is not None and len(boxes) == 1


def is_alone(play: PlayRecord) -> bool:
    """Whether a play has one subscription."""
    return list(play.subscriptions) == ["s"]


def _can_be_told_apart(play: PlayRecord) -> bool:
    """Whether it is known for which of its subscriptions a mail came: twins share an address."""
    return len({s.address for s in play.subscriptions.values()}) == len(play.subscriptions)


def _hears_of_jobs(s: SubscriptionRecord) -> bool:
    return bool(s.asked.events) and all(event.startswith("job-") for event in s.asked.events or ())


def of_own_jobs(play: PlayRecord) -> bool:
    """Whether all its mails are about jobs, and its own: nobody else of us prints for its subscriptions to hear of."""
    hears_of_all = any(s.asked.carrier is Carrier.PRINTER for s in play.subscriptions.values())
    scenario = BY_ID.get(play.scenario)
    undisturbed = not hears_of_all or (scenario is not None and scenario.alone)
    return undisturbed and asks_for(_hears_of_jobs)(play)


def _has_names_in_ascii(play: PlayRecord) -> bool:
    """Whether its jobs have names that stand in any charset as they are."""
    return all(printed.name.isascii() for _, printed in play.steps_of(Printed))


PROGRAMS = asks_for(_is_for_programs)
PEOPLE = asks_for(_is_for_people)
PROGRAMS_OR_PEOPLE = asks_for(lambda s: _is_for_programs(s) or _is_for_people(s))
MAILBOX = asks_for(_gives_a_mailbox)

# ---------------------------------------------------------------- application/ipp


@case("N-20", on=RUN)
def test_the_content_begins_with_charset_language_and_printer(run: RunRecord) -> None:
    elsewhere(run, test_content.test_the_content_begins_with_charset_language_and_printer, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_is_a_whole_response_and_no_error(run: RunRecord) -> None:
    elsewhere(run, test_content_values.test_the_content_is_a_whole_response_and_no_error, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_has_what_every_event_has(run: RunRecord) -> None:
    elsewhere(run, test_content.test_the_content_has_what_every_event_has, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_has_what_its_kind_of_event_has(run: RunRecord) -> None:
    elsewhere(run, test_content.test_the_content_has_what_its_kind_of_event_has, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_counts_what_jobs_count(run: RunRecord) -> None:
    elsewhere(run, test_content.counts_are_there, "counted", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_counts_as_the_job_does(run: RunRecord) -> None:
    elsewhere(run, test_content_values.test_the_content_counts_as_the_job_does, "counted", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_is_about_its_own_subscription_and_job(run: RunRecord) -> None:
    judge = test_content.test_the_content_is_about_its_own_subscription_and_job
    elsewhere(run, judge, "machine", lambda play: PROGRAMS(play) and _can_be_told_apart(play))


@case("N-20", on=RUN)
def test_the_content_names_the_printer_by_a_uri_of_its_own(run: RunRecord) -> None:
    judge = test_content_values.test_the_content_names_the_printer_by_a_uri_of_its_own
    elsewhere(run, judge, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_names_printer_and_subscriber_in_full(run: RunRecord) -> None:
    elsewhere(run, test_content_values.test_the_content_names_printer_and_subscriber_in_full, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_tells_when_the_event_was(run: RunRecord) -> None:
    elsewhere(run, test_content_values.test_the_content_tells_when_the_event_was, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_tells_the_date_of_the_event(run: RunRecord) -> None:
    elsewhere(run, test_content_values.test_the_content_tells_the_date_of_the_event, "machine", PROGRAMS)


@case("4.5-2", on=RUN)
def test_the_content_is_written_in_the_charset_it_names(run: RunRecord) -> None:
    elsewhere(run, test_content.test_the_content_is_written_in_the_charset_it_names, "charset", PROGRAMS)


@case("4.2-2", on=RUN)
def test_the_content_names_a_listed_event(run: RunRecord) -> None:
    judge = test_events.test_the_content_names_a_listed_event
    elsewhere(run, judge, "machine", lambda play: PROGRAMS(play) and _can_be_told_apart(play))


@case("N-20", on=RUN)
def test_the_content_names_the_job_as_the_printer_does(run: RunRecord) -> None:
    elsewhere(run, test_content_values.test_the_content_names_the_job_as_the_printer_does, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_request_ids_of_the_content_count_the_mails(run: RunRecord) -> None:
    judge = test_content.test_the_request_ids_of_the_content_count_the_mails

    def which(play: PlayRecord) -> bool:
        return PROGRAMS(play) and is_alone(play) and not any(True for _ in play.steps_of(Refused))

    elsewhere(run, judge, "machine", which)


@case("N-20", on=RUN)
def test_the_content_tells_the_state_of_the_job(run: RunRecord) -> None:
    elsewhere(run, test_content_values.test_the_content_tells_the_state_of_the_job, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_tells_why_the_job_is_in_its_state(run: RunRecord) -> None:
    elsewhere(run, test_content_values.test_the_content_tells_why_the_job_is_in_its_state, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_gives_no_reason_that_the_state_of_the_job_rules_out(run: RunRecord) -> None:
    judge = test_content_values.test_the_content_gives_no_reason_that_the_state_of_the_job_rules_out
    elsewhere(run, judge, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_calls_no_job_completed_that_goes_on(run: RunRecord) -> None:
    judge = test_content_values.test_the_content_calls_no_job_completed_that_goes_on
    elsewhere(run, judge, "machine", PROGRAMS)


@case("N-20", on=RUN)
def test_the_content_tells_whether_jobs_are_accepted(run: RunRecord) -> None:
    elsewhere(run, test_content_values.test_the_content_tells_whether_jobs_are_accepted, "printer-told", PROGRAMS)


@case("N-22", on=RUN)
def test_the_content_tells_of_one_event(run: RunRecord) -> None:
    elsewhere(run, test_content.test_the_content_tells_of_one_event, "machine", PROGRAMS)


@case("N-22", on=RUN)
def test_a_mail_has_one_content(run: RunRecord) -> None:
    elsewhere(run, test_content.test_a_mail_has_one_content, "machine", PROGRAMS)


@case("5.2-1", on=RUN)
def test_a_machine_form_is_attached(run: RunRecord) -> None:
    elsewhere(run, test_format.test_a_machine_form_is_attached, "machine", PROGRAMS)


@case("5.2-2", on=RUN)
def test_the_machine_form_decodes_as_ipp(run: RunRecord) -> None:
    elsewhere(run, test_format.test_the_machine_form_decodes_as_ipp, "machine", PROGRAMS)


@case("N-22", on=RUN)
def test_no_part_is_there_twice(run: RunRecord) -> None:
    elsewhere(run, test_forms.test_no_part_is_there_twice, "attached", PROGRAMS_OR_PEOPLE)


@case("4.3-1", on=RUN)
def test_nothing_is_attached_that_was_not_asked_for(run: RunRecord) -> None:
    elsewhere(run, test_forms.test_nothing_is_attached_that_was_not_asked_for, "attached", PROGRAMS_OR_PEOPLE)


@case("N-21", on=RUN)
def test_the_form_for_people_tells_printer_and_job(run: RunRecord) -> None:
    elsewhere(run, test_forms.test_the_form_for_people_tells_printer_and_job, "human", PEOPLE)


# ---------------------------------------------------------------- text, and nothing beside it


@case("5.1-1", on=RUN)
def test_a_human_form_is_a_mime_part(run: RunRecord) -> None:
    elsewhere(run, test_format.test_a_human_form_is_a_mime_part, "human", PEOPLE)


@case("5.1-2", on=RUN)
def test_utf_8_text_is_labelled(run: RunRecord) -> None:
    elsewhere(run, test_format.test_utf_8_text_is_labelled, "utf-8", asks_for(_is_utf_8))


@case("7-4", on=RUN)
def test_another_format_is_not_the_body(run: RunRecord) -> None:
    wanted = asks_for(lambda s: _is_for_programs(s) or _is_for_people(s))
    elsewhere(run, test_format.test_another_format_is_not_the_body, "attached", wanted)


@case("10-7", on=RUN)
def test_text_plain_keeps_attachments_away(run: RunRecord) -> None:
    elsewhere(run, test_format.test_text_plain_keeps_attachments_away, "plain", asks_for(_is_plain))


# ---------------------------------------------------------------- mailto-04


@case("M4-Sender-1", on=RUN)
def test_sender_is_the_mailbox_in_the_user_data(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_header.test_sender_is_the_mailbox_in_the_user_data, "later-mailbox", MAILBOX)


@case("M4-ReplyTo-1", on=RUN)
def test_reply_to_is_the_mailbox_in_the_user_data(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_header.test_reply_to_is_the_mailbox_in_the_user_data, "later-mailbox", MAILBOX)


@case("M4-TextOnly-3", on=RUN)
def test_text_only_is_one_plain_text_in_the_charset_of_the_subscription(run: RunRecord) -> None:
    judge = test_mailto_04_body.test_text_only_is_one_plain_text_in_the_charset_of_the_subscription
    elsewhere(run, judge, "later-text-only", is_alone)


@case("M4-TextOnly-4", on=RUN)
def test_without_text_only_a_mail_is_plain_text_or_a_multipart(run: RunRecord) -> None:
    judge = test_mailto_04_body.test_without_text_only_a_mail_is_plain_text_or_a_multipart
    elsewhere(run, judge, "later-text-only", is_alone)


@case("M4-TextOnly-5", on=RUN)
def test_a_multipart_has_plain_text_in_the_charset_of_the_subscription(run: RunRecord) -> None:
    judge = test_mailto_04_body.test_a_multipart_has_plain_text_in_the_charset_of_the_subscription
    elsewhere(run, judge, "later-text-only", is_alone)


@case("M4-Subject-3", on=RUN)
def test_an_english_subject_names_printer_and_event(run: RunRecord) -> None:
    judge = test_mailto_04_header.test_an_english_subject_names_printer_and_event
    elsewhere(run, judge, "later-printer-event", asks_for(is_printer_event))


@case("M4-Subject-4", on=RUN)
def test_an_english_subject_names_job_and_event(run: RunRecord) -> None:
    judge = test_mailto_04_header.test_an_english_subject_names_job_and_event
    elsewhere(run, judge, "later-job-event", lambda play: of_own_jobs(play) and _has_names_in_ascii(play))


@case("M4-Body-4", on=RUN)
def test_the_text_of_a_printer_event_tells_event_or_state(run: RunRecord) -> None:
    judge = test_mailto_04_body.test_the_text_of_a_printer_event_tells_event_or_state
    elsewhere(run, judge, "later-printer-event", asks_for(is_printer_event))


@case("M4-Body-5", on=RUN)
def test_the_text_of_a_job_event_tells_which_job(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_body.test_the_text_of_a_job_event_tells_which_job, "later-job-event", of_own_jobs)


@case("M4-Body-6", on=RUN)
def test_the_text_of_a_job_event_tells_event_or_state(run: RunRecord) -> None:
    elsewhere(
        run, test_mailto_04_body.test_the_text_of_a_job_event_tells_event_or_state, "later-job-event", of_own_jobs
    )
