"""The cases on the message and on hostile data, on mails written down for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance import test_awkward, test_message, test_smtp_refusals
from conformance.story import PlayStory
from conformance.tests.smtp_story import DATA, MAIL, PLAIN_HEAD, QUIT, RCPT, Bench
from conformance.verdict import Inconclusive, NotApplicable, Violation

Case = Callable[[PlayStory], None]

LINES = test_message.test_each_header_line_is_a_field
ADDRESSES = test_message.test_addresses_follow_the_grammar
VERSION = test_message.test_mime_is_announced
PARTS = test_message.test_mime_is_well_formed
ONCE = test_smtp_refusals.test_no_notification_of_the_run_is_sent_twice
INJECT = test_awkward.test_awkward_data_add_no_field_recipient_or_command
PARAMETERS = test_awkward.test_parameters_stay_out_of_the_recipients

FROM, TO = "From: P <p@x.example>\\r\\n", "To: <r1.1.s@here.example>\\r\\n"
MIME = "MIME-Version: 1.0\\r\\n"
TWO = MIME + "Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\n--b\\r\\n\\r\\none\\r\\n--b\\r\\n"


def mail(content: str, rcpt: str = "<r1.1.s@here.example>") -> list[str]:
    """A session with that mail."""
    data = ["C: DATA", "S: 354 go", f"C: {content}\\r\\n.", "S: 250 taken"]
    return [*PLAIN_HEAD, *MAIL, f"C: RCPT TO:{rcpt}", "S: 250 ok", *data, *QUIT]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "run.evidence")
    yield made
    made.close()


LEGAL: dict[str, tuple[Case, str]] = {
    "folded-field": (LINES, "Subject: a\\r\\n b\\r\\n\\tc\\r\\n\\r\\nx"),
    "field-without-value": (LINES, "Comments:\\r\\n\\r\\nx"),
    "header-only": (LINES, FROM + TO.removesuffix("\\r\\n")),
    "trace-of-a-relay-is-its-own": (LINES, "Return-Path : <>\\r\\nReceived: from a by b; now\\r\\n" + FROM + "\\r\\nx"),
    "quoted-special": (ADDRESSES, 'From: "Bob, J. \\\\"x\\\\"" <b@x.example>\\r\\n\\r\\nx'),
    "encoded-word": (ADDRESSES, "From: =?utf-8?q?J=C3=BCrgen?= <b@x.example>\\r\\n\\r\\nx"),
    "comment": (ADDRESSES, "From: b@x.example (Bob, the printer)\\r\\n\\r\\nx"),
    "bare-address": (ADDRESSES, "From: b@x.example\\r\\n\\r\\nx"),
    "route": (ADDRESSES, "To: <@a.example:r1.1.s@here.example>\\r\\n\\r\\nx"),
    "group-in-to": (ADDRESSES, "To: subscribers: r1.1.s@here.example;\\r\\n\\r\\nx"),
    "control-in-quotes": (ADDRESSES, 'From: "a\\x07b" <b@x.example>\\r\\n\\r\\nx'),
    "version-with-comment": (VERSION, "MIME-Version: 1.0 (by me)\\r\\nContent-Type: text/plain\\r\\n\\r\\nx"),
    "version-lower-case": (VERSION, "mime-version:1.0\\r\\nContent-Type: text/plain\\r\\n\\r\\nx"),
    "closed-multipart": (PARTS, TWO + "\\r\\ntwo\\r\\n--b--"),
    "disposition-is-not-mime's-own": (
        PARTS,
        MIME + "Content-Type: text/plain\\r\\nContent-Disposition: inline; filename=a b.txt\\r\\n\\r\\nx",
    ),
    "unknown-charset": (PARTS, MIME + "Content-Type: text/plain; charset=x-mine\\r\\n\\r\\nx"),
    "raw-octets-are-judged-elsewhere": (PARTS, MIME + "Content-Type: text/plain\\r\\n\\r\\n\\xfc"),
}
GUILTY: dict[str, tuple[Case, str]] = {
    "no-colon": (LINES, "Subject: a\\r\\nhello there\\r\\n\\r\\nx"),
    "space-before-colon": (LINES, "Subject : a\\r\\n\\r\\nx"),
    "first-line-folded": (LINES, " a\\r\\nSubject: a\\r\\n\\r\\nx"),
    "blank-fold": (LINES, "Subject: a\\r\\n  \\r\\n b\\r\\n\\r\\nx"),
    "header-beyond-ascii": (LINES, "Betreff\\xfc: a\\r\\n\\r\\nx"),
    "comma-without-quotes": (ADDRESSES, "From: Jones, Bob <b@x.example>\\r\\n\\r\\nx"),
    "dot-without-quotes": (ADDRESSES, "Reply-To: J. Jones <b@x.example>\\r\\n\\r\\nx"),
    "name-beyond-ascii": (ADDRESSES, "From: J\\xfcrgen <b@x.example>\\r\\n\\r\\nx"),
    "encoded-word-in-quotes": (ADDRESSES, 'From: "=?utf-8?q?J=C3=BCrgen?=" <b@x.example>\\r\\n\\r\\nx'),
    "no-address": (ADDRESSES, "From: The Printer\\r\\n\\r\\nx"),
    "bracket-not-closed": (ADDRESSES, "Sender: Bob <b@x.example\\r\\n\\r\\nx"),
    "two-dots-in-a-row": (ADDRESSES, "To: <a..b@x.example>\\r\\n\\r\\nx"),
    "no-version": (VERSION, "Content-Type: text/plain\\r\\n\\r\\nx"),
    "other-version": (VERSION, "MIME-Version: 2.0\\r\\nContent-Type: text/plain\\r\\n\\r\\nx"),
    "two-versions": (VERSION, MIME + MIME + "\\r\\nx"),
    "open-multipart": (PARTS, TWO + "\\r\\ntwo"),
    "no-boundary": (PARTS, MIME + "Content-Type: multipart/mixed\\r\\n\\r\\nx"),
    "no-type": (PARTS, MIME + "Content-Type: text\\r\\n\\r\\nx"),
    "unknown-encoding": (PARTS, MIME + "Content-Transfer-Encoding: 7-bit\\r\\n\\r\\nx"),
    "broken-base64": (PARTS, MIME + "Content-Transfer-Encoding: base64\\r\\n\\r\\nabc*def"),
    "broken-quoted-printable": (PARTS, MIME + "Content-Transfer-Encoding: quoted-printable\\r\\n\\r\\n=XY"),
    "77-columns-of-base64": (PARTS, MIME + "Content-Transfer-Encoding: base64\\r\\n\\r\\n" + "A" * 80),
    "not-in-its-charset": (
        PARTS,
        MIME + "Content-Type: text/plain; charset=us-ascii\\r\\nContent-Transfer-Encoding: 8bit\\r\\n\\r\\n\\xfc",
    ),
}


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_mail_is_not_blamed(bench: Bench, name: str) -> None:
    case, content = LEGAL[name]
    case(bench.run_of(mail(content)))


@pytest.mark.parametrize("name", GUILTY)
def test_an_illegal_mail_is_found(bench: Bench, name: str) -> None:
    case, content = GUILTY[name]
    with pytest.raises(Violation):
        case(bench.run_of(mail(FROM + TO + MIME + "\\r\\nx"), mail(content)))


@pytest.mark.parametrize("case", [LINES, ADDRESSES, VERSION, PARTS], ids=lambda case: case.__name__)
def test_a_run_without_mail_is_inconclusive(bench: Bench, case: Case) -> None:
    with pytest.raises(Inconclusive):
        case(bench.run())


def test_a_mail_without_mime_is_not_judged_by_it(bench: Bench) -> None:
    with pytest.raises(NotApplicable):
        VERSION(bench.run_of(mail(FROM + "\\r\\nx")))


# ---------------------------------------------------------------- plays


def asked(recipient: str = "mailto:r1.1.s@here.example", **more: object) -> dict[str, object]:
    """What the stage notes of a job with a subscription."""
    ask = {
        "label": "s", "address": "r1.1.s@here.example", "other": "r1.1.sx@here.example", "recipient": recipient,
        "user_data": b"bob@x.example".hex(), "events": ["job-completed"],
    }  # fmt: skip
    return {"asks": [ask], "user": "Bob", "name": "job 1j", "job": 7} | more


def play_of(bench: Bench, scenario: str, *sessions: list[str], **more: object) -> PlayStory:
    """A play of a scenario whose job and subscription the printer took, and these sessions."""
    for session in sessions:
        bench.session(session)
    bench.print(scenario, asked(**more))  # type: ignore[arg-type]  # the words of ``asked`` are of several types
    return bench.story().play(scenario)


def test_a_mail_sent_twice_after_250_is_found(bench: Bench) -> None:
    twice = mail(FROM + TO + "Subject: job 1j is done\\r\\n\\r\\nx")
    with pytest.raises(Violation):
        ONCE(play_of(bench, "job/omitted", twice, twice))


def test_two_mails_about_two_events_are_not_one_sent_twice(bench: Bench) -> None:
    one, two = (mail(FROM + TO + f"Subject: job 1j is done\\r\\n\\r\\nnumber {n}") for n in (1, 2))
    ONCE(play_of(bench, "job/omitted", one, two))


def test_a_mail_whose_250_was_never_seen_may_come_again(bench: Bench) -> None:
    again = mail(FROM + TO + "Subject: job 1j is done\\r\\n\\r\\nx")
    lost = [*again[: again.index("S: 250 taken") + 1], "L: reset"]
    ONCE(play_of(bench, "job/omitted", lost, again))


def test_an_injected_field_is_found(bench: Bench) -> None:
    with pytest.raises(Violation, match="X-Injected: r1"):
        INJECT(
            play_of(
                bench,
                "awkward/job-crlf-field",
                mail(FROM + TO + "X-Injected: r1.1.s\\r\\nSubject: job 1j\\r\\n\\r\\nx"),
            )
        )


def test_hostile_text_that_stays_text_is_not_blamed(bench: Bench) -> None:
    text = "Subject: job 1j X-Injected: r1.1.s Bcc: r1.1.sx@here.example\\r\\n\\r\\nX-Injected: r1.1.s\\r\\n"
    INJECT(play_of(bench, "awkward/job-crlf-field", mail(FROM + TO + text)))


def test_an_injected_recipient_is_found(bench: Bench) -> None:
    script = [*PLAIN_HEAD, *MAIL, *RCPT, "C: RCPT TO:<r1.1.sx@here.example>", "S: 250 ok", *DATA, *QUIT]
    with pytest.raises(Violation, match="nobody subscribed"):
        INJECT(play_of(bench, "awkward/user-data-crlf-rcpt", script))


def test_a_second_recipient_that_the_url_names_is_no_injection(bench: Bench) -> None:
    script = [*PLAIN_HEAD, *MAIL, *RCPT, "C: RCPT TO:<r1.1.sx@here.example>", "S: 250 ok", *DATA, *QUIT]
    recipient = "mailto:r1.1.s@here.example,r1.1.sx@here.example"
    INJECT(play_of(bench, "awkward/recipient-two-addresses", script, recipient=recipient))


def test_parameters_in_rcpt_are_found(bench: Bench) -> None:
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


def test_an_address_without_the_parameters_is_right(bench: Bench) -> None:
    recipient = "mailto:r1.1.s@here.example?subject=x"
    PARAMETERS(play_of(bench, "awkward/recipient-with-subject", mail(FROM + TO + "\\r\\nx"), recipient=recipient))


def test_a_mail_about_another_play_s_job_is_not_this_play_s_doing(bench: Bench) -> None:
    leaked = mail(FROM + TO + "X-Injected: r1.1.s\\r\\nSubject: job 9999j\\r\\n\\r\\nx")
    with pytest.raises((Inconclusive, NotApplicable)):
        test_message.test_the_header_bears_awkward_data(play_of(bench, "awkward/job-crlf-field", leaked))
