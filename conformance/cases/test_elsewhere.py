"""The rules for every mail of an edition, in the plays that were made for something else.

So a printer that tells the truth where it is looked for, and not about printer events or after a refusal, is found.
"""

from __future__ import annotations

from conformance.record.run_record import RunRecord

from . import test_delivery, test_format, test_mailto_04_body, test_mailto_04_header, test_table1, test_told_ends
from .case import RUN, case
from .every_play import elsewhere, is_due_for_a_job

# ---------------------------------------------------------------- mailto-00: Table 1


@case("5-3", on=RUN)
def test_each_field_of_the_table_is_there_once(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_each_field_of_the_table_is_there_once, "mail")


@case("5-3", on=RUN)
def test_each_mail_has_a_date(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_each_mail_has_a_date, "mail")


@case("T1-From-1", "1-6", on=RUN)
def test_from_shows_the_printer_name(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_from_shows_the_printer_name, "mail")


@case("4.4-2", "T1-From-1", on=RUN)
def test_from_has_the_user_data_in_angle_brackets(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_from_has_the_user_data_in_angle_brackets, "mail")


@case("T1-From-3", on=RUN)
def test_replies_go_to_the_address_in_from(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_replies_go_to_the_address_in_from, "mail")


@case("T1-Sender-1", on=RUN)
def test_sender_shows_the_user_name(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_sender_shows_the_user_name, "mail")


@case("4.4-3", "T1-Sender-1", on=RUN)
def test_sender_has_the_address_in_the_user_data(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_sender_has_the_address_in_the_user_data, "mail")


@case("T1-Sender-1", on=RUN)
def test_the_address_in_sender_stands_in_angle_brackets(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_the_address_in_sender_stands_in_angle_brackets, "mail")


@case("T1-Sender-2", on=RUN)
def test_undeliverable_mail_goes_back_to_the_user_data_address(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_undeliverable_mail_goes_back_to_the_user_data_address, "mail")


@case("T1-To-1", on=RUN)
def test_to_is_the_rest_of_the_recipient_uri(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_to_is_the_rest_of_the_recipient_uri, "mail")


@case("T1-Subject-3", on=RUN)
def test_the_subject_is_not_empty(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_the_subject_is_not_empty, "mail")


@case("T1-Subject-1", "T1-Subject-2", "1-7", on=RUN)
def test_the_subject_begins_with_the_prefix(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_the_subject_begins_with_the_prefix, "mail")


@case("T1-Subject-1", on=RUN)
def test_the_subject_names_event_and_job(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_the_subject_names_event_and_job, "mail")


@case("T1-Subject-1", on=RUN)
def test_the_subject_of_an_end_tells_more_than_a_beginning(run: RunRecord) -> None:
    elsewhere(run, test_told_ends.test_the_subject_of_an_end_tells_more_than_a_beginning, "mail")


@case("5-2", on=RUN)
def test_the_body_of_an_end_tells_more_than_a_beginning(run: RunRecord) -> None:
    elsewhere(run, test_told_ends.test_the_body_of_an_end_tells_more_than_a_beginning, "mail")


@case("5-1", on=RUN)
def test_subject_or_body_tells_the_job_name(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_subject_or_body_tells_the_job_name, "mail")


@case("5-4", on=RUN)
def test_the_body_repeats_the_printer_name(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_the_body_repeats_the_printer_name, "mail")


@case("5-4", on=RUN)
def test_the_body_of_a_job_event_identifies_the_job(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_the_body_of_a_job_event_identifies_the_job, "mail")


@case("5-4", on=RUN)
def test_the_body_repeats_user_and_addresses(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_the_body_repeats_user_and_addresses, "mail")


@case("5-2", on=RUN)
def test_the_body_tells_event_or_state(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_the_body_tells_event_or_state, "mail")


@case("4.12-2", on=RUN)
def test_the_body_tells_the_up_time(run: RunRecord) -> None:
    elsewhere(run, test_table1.test_the_body_tells_the_up_time, "mail")


# ---------------------------------------------------------------- whose mail it is


@case("1-2", on=RUN)
def test_an_event_becomes_a_mail(run: RunRecord) -> None:
    elsewhere(run, test_delivery.test_an_event_becomes_a_mail, "mail", is_due_for_a_job)


@case("3-6", on=RUN)
def test_a_mail_has_one_recipient(run: RunRecord) -> None:
    elsewhere(run, test_delivery.test_a_mail_has_one_recipient, "mail")


@case("3-7", on=RUN)
def test_the_recipient_is_the_address_in_the_uri(run: RunRecord) -> None:
    elsewhere(run, test_delivery.test_the_recipient_is_the_address_in_the_uri, "mail")


# ---------------------------------------------------------------- mailto-00: the body


@case("4.3-3", on=RUN)
def test_the_body_is_us_ascii(run: RunRecord) -> None:
    elsewhere(run, test_format.test_the_body_is_us_ascii, "mail")


# ---------------------------------------------------------------- mailto-04: the header


@case("M4-Date-1", on=RUN)
def test_a_printer_with_a_clock_dates_its_mails(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_header.test_a_printer_with_a_clock_dates_its_mails, "later")


@case("M4-Date-3", on=RUN)
def test_the_date_is_that_of_the_event(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_header.test_the_date_is_that_of_the_event, "later")


@case("M4-From-1", on=RUN)
def test_from_shows_the_printer_name_too(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_header.test_from_shows_the_printer_name, "later")


@case("M4-From-2", on=RUN)
def test_from_is_a_name_and_an_address_in_angle_brackets(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_header.test_from_is_a_name_and_an_address_in_angle_brackets, "later")


@case("M4-From-3", on=RUN)
def test_from_has_not_the_address_of_the_subscriber(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_header.test_from_has_not_the_address_of_the_subscriber, "later")


@case("M4-Subject-1", on=RUN)
def test_every_mail_has_a_subject_with_words_in_it(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_header.test_every_mail_has_a_subject_with_words_in_it, "later")


@case("M4-To-1", on=RUN)
def test_to_is_the_mailbox_after_mailto(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_header.test_to_is_the_mailbox_after_mailto, "later")


@case("M4-CT-1", on=RUN)
def test_every_mail_has_a_content_type(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_header.test_every_mail_has_a_content_type, "later")


# ---------------------------------------------------------------- mailto-04: the body


@case("M4-Body-1", on=RUN)
def test_there_is_plain_text_to_read(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_body.test_there_is_plain_text_to_read, "later")


@case("M4-Body-3", on=RUN)
def test_the_text_names_the_printer(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_body.test_the_text_names_the_printer, "later")


@case("M4-Body-8", on=RUN)
def test_the_up_time_is_not_told_as_the_time_of_the_event(run: RunRecord) -> None:
    elsewhere(run, test_mailto_04_body.test_the_up_time_is_not_told_as_the_time_of_the_event, "later")


@case("M4-Subject-4", on=RUN)
def test_the_subject_of_an_end_is_not_that_of_a_beginning(run: RunRecord) -> None:
    elsewhere(run, test_told_ends.test_the_subject_of_an_end_is_not_that_of_a_beginning, "later-job-event")


@case("M4-Body-6", on=RUN)
def test_the_text_of_an_end_is_not_that_of_a_beginning(run: RunRecord) -> None:
    elsewhere(run, test_told_ends.test_the_text_of_an_end_is_not_that_of_a_beginning, "later-job-event")
