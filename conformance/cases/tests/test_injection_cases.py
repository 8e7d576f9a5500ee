"""The cases on mails that come twice and on hostile data, on mails written down for them."""

from __future__ import annotations

import pytest

from conformance.cases import test_awkward, test_fields, test_message, test_smtp_refusals
from conformance.verdict import Inconclusive, NotApplicable, Violation

from .written_mail import FROM, TO, mail, play_of
from .written_run import DATA, MAIL, PLAIN_HEAD, QUIT, RCPT, WrittenRun

ONCE = test_smtp_refusals.test_no_notification_of_the_run_is_sent_twice
INJECT = test_awkward.test_awkward_data_add_no_field_recipient_or_command
PARAMETERS = test_awkward.test_parameters_stay_out_of_the_recipients
STRANGERS = test_fields.test_no_field_names_somebody_else_as_a_recipient


def test_a_mail_sent_twice_after_250_is_found(bench: WrittenRun) -> None:
    twice = mail(FROM + TO + "Subject: job 1j is done\\r\\n\\r\\nx")
    with pytest.raises(Violation):
        ONCE(play_of(bench, "job/omitted", twice, twice))


def test_two_mails_about_two_events_are_not_one_sent_twice(bench: WrittenRun) -> None:
    one, two = (mail(FROM + TO + f"Subject: job 1j is done\\r\\n\\r\\nnumber {n}") for n in (1, 2))
    ONCE(play_of(bench, "job/omitted", one, two))


def test_a_mail_whose_250_was_never_seen_may_come_again(bench: WrittenRun) -> None:
    again = mail(FROM + TO + "Subject: job 1j is done\\r\\n\\r\\nx")
    lost = [*again[: again.index("S: 250 taken") + 1], "L: reset"]
    ONCE(play_of(bench, "job/omitted", lost, again))


def test_an_injected_field_is_found(bench: WrittenRun) -> None:
    with pytest.raises(Violation, match="X-Injected: r1"):
        INJECT(
            play_of(
                bench,
                "awkward/job-crlf-field",
                mail(FROM + TO + "X-Injected: r1.1.s\\r\\nSubject: job 1j\\r\\n\\r\\nx"),
            )
        )


def test_hostile_text_that_stays_text_is_not_blamed(bench: WrittenRun) -> None:
    text = "Subject: job 1j X-Injected: r1.1.s Bcc: r1.1.sx@here.example\\r\\n\\r\\nX-Injected: r1.1.s\\r\\n"
    INJECT(play_of(bench, "awkward/job-crlf-field", mail(FROM + TO + text)))


def test_an_injected_recipient_is_found(bench: WrittenRun) -> None:
    script = [*PLAIN_HEAD, *MAIL, *RCPT, "C: RCPT TO:<r1.1.sx@here.example>", "S: 250 ok", *DATA, *QUIT]
    with pytest.raises(Violation, match="nobody subscribed"):
        INJECT(play_of(bench, "awkward/user-data-crlf-rcpt", script))


def test_a_second_recipient_that_the_url_names_is_no_injection(bench: WrittenRun) -> None:
    script = [*PLAIN_HEAD, *MAIL, *RCPT, "C: RCPT TO:<r1.1.sx@here.example>", "S: 250 ok", *DATA, *QUIT]
    recipient = "mailto:r1.1.s@here.example,r1.1.sx@here.example"
    INJECT(play_of(bench, "awkward/recipient-two-addresses", script, recipient=recipient))


def test_parameters_in_rcpt_are_found(bench: WrittenRun) -> None:
    recipient = "mailto:r1.1.s@here.example?subject=x"
    with pytest.raises(Violation, match="parameters in the path"):
        PARAMETERS(
            play_of(
                bench,
                "awkward/recipient-with-subject",
                mail(FROM + TO + "\\r\\nx", rcpt="<r1.1.s@here.example?subject=x>"),
                recipient=recipient,
            )
        )


def test_an_address_without_the_parameters_is_right(bench: WrittenRun) -> None:
    recipient = "mailto:r1.1.s@here.example?subject=x"
    PARAMETERS(play_of(bench, "awkward/recipient-with-subject", mail(FROM + TO + "\\r\\nx"), recipient=recipient))


def test_a_mail_about_another_play_s_job_is_not_this_play_s_doing(bench: WrittenRun) -> None:
    leaked = mail(FROM + TO + "X-Injected: r1.1.s\\r\\nSubject: job 9999j\\r\\n\\r\\nx")
    with pytest.raises((Inconclusive, NotApplicable)):
        test_message.test_the_header_bears_awkward_data(play_of(bench, "awkward/job-crlf-field", leaked))


def test_a_job_number_in_the_text_is_no_play_number(bench: WrittenRun) -> None:
    text = "X-Injected: r1.1.s\\r\\nSubject: Printer message: job 57 done\\r\\n\\r\\nJob 57 is done."
    with pytest.raises(Violation, match="X-Injected: r1"):
        INJECT(play_of(bench, "awkward/user-data-crlf-field", mail(FROM + TO + text), job=57))


def test_a_mail_that_only_the_value_brought_about_is_judged_elsewhere(bench: WrittenRun) -> None:
    both = mail(FROM + TO + "\\r\\nx", rcpt="<r1.1.s@here.example,r1.1.sx@here.example>")
    with pytest.raises(NotApplicable, match="other cases judge"):
        test_message.test_the_header_bears_awkward_data(play_of(bench, "awkward/recipient-two-addresses", both))


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ("Cc: Stranger <a@b.example>", "a@b.example"),
        ("Cc: r1.1.s@here.example, a@b.example", "a@b.example"),
        ("bcc: a@b.example", "a@b.example"),
        ("Resent-To: a@b.example", "a@b.example"),
        ("Resent-Bcc: others: a@b.example, c@d.example;", "a@b.example, c@d.example"),
        ("Cc: r1.1.s@here.example", ""),
        ("Cc: Bob <bob@x.example>", ""),
        ("Bcc:", ""),
        ("Resent-From: a@b.example", ""),
        ("Cc: x\\r\\nBcc: r1.1.sx@here.example", ""),
    ],
)
def test_a_recipient_that_nobody_asked_for_is_told_of(bench: WrittenRun, field: str, named: str) -> None:
    play = play_of(bench, "job/omitted", mail(FROM + TO + field + "\\r\\nSubject: job 1j\\r\\n\\r\\nx"))
    if not named:
        STRANGERS(play)
        return
    with pytest.raises(Violation, match=f"names '{named}'") as caught:
        STRANGERS(play)
    assert caught.value.binding is False
