"""Section 5: which fields the printer fills in, and from what (Table 1)."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Final

from conformance.record.outcomes import Printed, SentinelSent
from conformance.record.received_mail import ReceivedMail
from conformance.record.recorded_run import address_key
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.requirements import Otherwise
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire import imf

from .case import case, expect
from .findings import beginning
from .job_lookup import (
    SOMEBODY_ELSES,
    jobs_of,
    may_be_somebody_elses,
    own_or_unnamed,
    tells_anothers_number,
    tells_of_another_job,
)
from .job_numbers import tells_number
from .mail_lookup import (
    body_text,
    given_address,
    known_user_name,
    language_of,
    mails_of,
    only_field,
    only_mailbox,
    require_unrewritten,
    subject_text,
    user_address,
    user_name,
    words,
)
from .mailto_04 import is_printer_event, may_be_about_the_printer
from .up_time_lookup import between
from .wording import tells_event_or_state, without

ENGLISH_PREFIX = "Printer message: "
_DIGITS: Final = re.compile("[0-9]+")


def _shown(display: str | None, field: imf.Field) -> str:
    return f"{'no display name' if display is None else repr(display)} in {field.value.decode('latin-1')!r}"


@case("5-3", on="mail")
def test_each_field_of_the_table_is_there_once(play: PlayRecord) -> None:
    for _, mail in mails_of(play):
        for name in ("From", "Sender", "To", "Subject"):
            only_field(mail, name)


@case("5-3", on="mail")
def test_each_mail_has_a_date(play: PlayRecord) -> None:
    for _, mail in mails_of(play):
        expect(
            bool(mail.parsed.all("Date")),
            expected="a Date, without which a message is none of RFC 822",
            actual="no such field",
            where=mail.where(),
            remark="Table 1 of the draft has no row for it (C20)",
            binding=None if play.chose(Otherwise.C20_FAILS) else False,
        )


def _stands_alone(mail: ReceivedMail, field: imf.Field, box: imf.Mailbox) -> None:
    """The mailbox is what the field has, and not what a group in it has: agents show a group by its own name."""
    expect(
        "stands in a group" not in box.problems,
        expected=f"a name and an address in {field.name}",
        actual=f"a group of them: {field.value.decode('latin-1')!r}",
        where=mail.where(field.span),
    )


@case("T1-From-1", "1-6", on="mail")
def test_from_shows_the_printer_name(play: PlayRecord) -> None:
    printer = play.run_record.printer_text("printer-name")
    for subscription, mail in mails_of(play):
        field, box = only_mailbox(mail, "From")
        _stands_alone(mail, field, box)
        shown = words(box.display or "")
        if shown != words(printer):
            require_unrewritten(play, mail, box.address, given_address(subscription))
        remark = ""
        if shown == words(known_user_name(play, subscription) or ""):
            remark = "it follows section 4.11, which Table 1 and three other places contradict (C01)"
        expect(
            shown == words(printer),
            expected=f"printer-name {printer!r} as the display name of From",
            actual=_shown(box.display, field),
            where=mail.where(field.span),
            remark=remark,
        )


@case("4.4-2", "T1-From-1", on="mail")
def test_from_has_the_user_data_in_angle_brackets(play: PlayRecord) -> None:
    for subscription, mail in mails_of(play):
        field, box = only_mailbox(mail, "From")
        wanted = user_address(subscription)
        require_unrewritten(play, mail, box.address, wanted)
        expect(
            box.angle and address_key(box.address) == address_key(wanted),
            expected=f"<{wanted}> in From",
            actual=repr(field.value.decode("latin-1")),
            where=mail.where(field.span),
        )


@case("T1-From-3", on="mail")
def test_replies_go_to_the_address_in_from(play: PlayRecord) -> None:
    for subscription, mail in mails_of(play):
        wanted = user_address(subscription)
        fields = mail.parsed.all("Reply-To")
        if not fields:
            _, box = only_mailbox(mail, "From")
            replies, span = box.address, only_field(mail, "From").span
        else:
            field, box = only_mailbox(mail, "Reply-To")
            replies, span = box.address, field.span
        require_unrewritten(play, mail, replies, wanted)
        expect(
            address_key(replies) == address_key(wanted),
            expected=f"a reply that goes to {wanted}",
            actual=f"replies go to {replies!r}",
            where=mail.where(span),
        )


@case("T1-Sender-1", on="mail")
def test_sender_shows_the_user_name(play: PlayRecord) -> None:
    for subscription, mail in mails_of(play):
        name = user_name(play, subscription)
        field, box = only_mailbox(mail, "Sender")
        _stands_alone(mail, field, box)
        right = words(box.display or "") == words(name)
        if not right:
            require_unrewritten(play, mail, box.address, given_address(subscription))
        expect(
            right,
            expected=f"subscriber-user-name {name!r} as the display name of Sender",
            actual=_shown(box.display, field),
            where=mail.where(field.span),
        )


@case("4.4-3", "T1-Sender-1", on="mail")
def test_sender_has_the_address_in_the_user_data(play: PlayRecord) -> None:
    for subscription, mail in mails_of(play):
        field, box = only_mailbox(mail, "Sender")
        wanted = user_address(subscription)
        require_unrewritten(play, mail, box.address, wanted)
        expect(
            address_key(box.address) == address_key(wanted),
            expected=f"{wanted} in Sender",
            actual=repr(field.value.decode("latin-1")),
            where=mail.where(field.span),
        )


@case("T1-Sender-1", on="mail")
def test_the_address_in_sender_stands_in_angle_brackets(play: PlayRecord) -> None:
    for subscription, mail in mails_of(play):
        field, box = only_mailbox(mail, "Sender")
        if not box.angle:
            require_unrewritten(play, mail, box.address, given_address(subscription))
        expect(
            box.angle,
            expected="a name and an address in angle brackets in Sender",
            actual=repr(field.value.decode("latin-1")),
            where=mail.where(field.span),
        )


@case("T1-Sender-2", on="mail")
def test_undeliverable_mail_goes_back_to_the_user_data_address(play: PlayRecord) -> None:
    if play.chose(Otherwise.C12_IGNORED):
        raise NotApplicable("the reverse-path is read as the printer's own affair (C12)")
    for subscription, mail in mails_of(play):
        wanted, relay = user_address(subscription), play.run_record.relayed(mail)
        if relay is not None:
            raise NotApplicable(f"a relay may have put its own reverse-path there: {relay}", (mail.where(),))
        sender = mail.sender
        right = sender is not None and address_key(sender) == address_key(wanted)
        if not right and (doubt := play.run_record.perhaps_relayed(mail)) is not None:
            raise Inconclusive(f"a relay may have put its own reverse-path there: {doubt}", (mail.where(),))
        expect(
            right,
            expected=f"{wanted} as the reverse-path of MAIL",
            actual=repr(mail.commands[0].decode("latin-1")) if mail.commands else "no MAIL command",
            where=mail.where(),
        )


@case("T1-To-1", on="mail")
def test_to_is_the_rest_of_the_recipient_uri(play: PlayRecord) -> None:
    for subscription, mail in mails_of(play):
        field, box = only_mailbox(mail, "To")
        expect(
            address_key(box.address) == address_key(subscription.address),
            expected=f"{subscription.address} in To",
            actual=repr(field.value.decode("latin-1")),
            where=mail.where(field.span),
        )


@case("T1-Subject-3", on="mail")
def test_the_subject_is_not_empty(play: PlayRecord) -> None:
    for _, mail in mails_of(play):
        field = only_field(mail, "Subject")
        expect(
            bool(field.text.strip()),
            expected="a Subject with words in it",
            actual=repr(field.value.decode("latin-1")),
            where=mail.where(field.span),
        )


@case("T1-Subject-1", "T1-Subject-2", "1-7", on="mail")
def test_the_subject_begins_with_the_prefix(play: PlayRecord) -> None:
    for subscription, mail in mails_of(play):
        language = language_of(play, subscription)
        if not language.startswith("en"):
            raise NotApplicable(f"the prefix is localized, and this mail is in {language}")
        field = only_field(mail, "Subject")
        expect(
            (words(field.text) + " ").startswith(ENGLISH_PREFIX),
            expected=f"a Subject that begins with {ENGLISH_PREFIX!r}",
            actual=repr(field.text),
            where=mail.where(field.span),
            binding=play.chose(Otherwise.C04_BINDS) or None,
        )


@case("T1-Subject-1", on="mail")
def test_the_subject_names_event_and_job(play: PlayRecord) -> None:
    """What follows the prefix; the order, and what else there is, are the printer's choice."""
    printer, jobs = words(play.run_record.printer_text("printer-name")), jobs_of(play)
    pairs = mails_of(play)
    own = {mail.id for mail in own_or_unnamed(play, [mail for _, mail in pairs])}
    for subscription, mail in pairs:
        text = subject_text(mail).removeprefix(ENGLISH_PREFIX)
        if mail.id not in own or not text or not language_of(play, subscription).startswith("en"):
            continue  # without any Subject it is T1-Subject-3 that fails
        about_printer = is_printer_event(subscription)
        kind, events = "printer" if about_printer else "job", subscription.asked.events or ()
        named = may_be_about_the_printer(subscription) or not jobs or any(job.named_in(text) for job in jobs)
        if not named and may_be_somebody_elses(play, subscription, mail):
            raise Inconclusive(SOMEBODY_ELSES, (mail.where(),))
        told = {
            "the job's name": named,
            "a word for the event": tells_event_or_state(
                without(text, (printer, *(job.name for job in jobs))), kind, events
            ),
        }
        expect(
            all(told.values()),
            expected=" and ".join(what for what, there in told.items() if not there) + " in Subject",
            actual=repr(text),
            where=mail.where(),
            binding=play.chose(Otherwise.C04_BINDS) or None,
        )


def _jobs(play: PlayRecord) -> list[tuple[str, int]]:
    """Names and numbers of the jobs of a play; a per-printer subscription hears of its sentinels' as well.

    None where only printer events are listed: what is mailed about those need not name a job.
    """
    if all(is_printer_event(s) for s in play.subscriptions.values()):
        return []
    made = [step.outcome for step in play.steps if isinstance(step.outcome, Printed | SentinelSent)]
    return [(_in_ascii(words(one.name)), one.job) for one in made if one.job]


def _in_ascii(name: str) -> str:
    """What a us-ascii body holds of a name whatever becomes of the rest (C02): the words before the first beyond it."""
    return " ".join(takewhile(str.isascii, name.split())) or name


@case("5-1", on="mail")
def test_subject_or_body_tells_the_job_name(play: PlayRecord) -> None:
    names = [name for name, _ in _jobs(play)]
    if not names:
        raise NotApplicable("no job was made in this play")
    pairs = mails_of(play)
    own = {mail.id for mail in own_or_unnamed(play, [mail for _, mail in pairs])}
    for subscription, mail in pairs:
        if mail.id not in own:
            continue
        text = subject_text(mail) + " " + body_text(mail)
        told = any(name in text for name in names) or may_be_about_the_printer(subscription)
        if not told and may_be_somebody_elses(play, subscription, mail):
            raise Inconclusive(SOMEBODY_ELSES, (mail.where(),))
        expect(
            told,
            expected=f"the job-name ({' or '.join(map(repr, names))}) in Subject or body",
            actual=repr(beginning(text)),
            where=mail.where(),
        )


@case("5-4", on="mail")
def test_the_body_repeats_the_printer_name(play: PlayRecord) -> None:
    printer = words(play.run_record.printer_text("printer-name"))
    if not printer.isascii():
        raise NotApplicable("a us-ascii body cannot hold this printer-name")
    for _, mail in mails_of(play):
        text = body_text(mail)
        expect(
            printer in text,
            expected=f"printer-name {printer!r} in the body",
            actual=repr(beginning(text)),
            where=mail.where(),
        )


@case("5-4", on="mail")
def test_the_body_of_a_job_event_identifies_the_job(play: PlayRecord) -> None:
    jobs = _jobs(play)
    if not jobs:
        raise NotApplicable("no job was made in this play")
    mails, looked = mails_of(play), 0
    for subscription, mail in mails:
        if tells_of_another_job(play, mail):
            continue
        text = body_text(mail)
        apart = text  # the addresses are of our making and have numbers in them
        for address in filter(None, (subscription.address, _user_address(subscription))):
            apart = apart.replace(address, "")
        told = tells_number(play, mail, apart, {number for _, number in jobs})
        identified = told or any(name in text for name, _ in jobs)
        if identified or may_be_about_the_printer(subscription):
            looked += 1
            continue
        if tells_anothers_number(play, subscription, mail):
            continue
        if may_be_somebody_elses(play, subscription, mail):
            raise Inconclusive(SOMEBODY_ELSES, (mail.where(),))
        raise Violation(
            "the job-name or job-id in the body: " + " or ".join(f"{n!r}, job {i}" for n, i in jobs),
            repr(beginning(text)),
            (mail.where(),),
        )
    if not looked:
        raise Inconclusive("the mails are about jobs of other plays", (mails[0][1].where(),))


def _user_address(subscription: SubscriptionRecord) -> str:
    return (subscription.user_data or b"").decode("latin-1").removeprefix("mailto:")


def _numbers(text: str) -> list[str]:
    return [run[:18] for run in _DIGITS.findall(text)]


@case("5-4", on="mail")
def test_the_body_repeats_user_and_addresses(play: PlayRecord) -> None:
    for subscription, mail in mails_of(play):
        text = body_text(mail)
        repeated = {
            "the subscriber's name": words(known_user_name(play, subscription) or ""),
            "the address in From": _user_address(subscription),
            "the recipient's address": subscription.address,
        }
        missing = [f"{what}, {said!r}" for what, said in repeated.items() if said.isascii() and said not in text]
        expect(
            not missing,
            expected=" and ".join(missing) + " in the body",
            actual=repr(beginning(text)),
            where=mail.where(),
            remark="how much of the header the body has to repeat the draft leaves open (C15)",
            binding=None if play.chose(Otherwise.C15_ALL) else False,
        )


@case("5-2", on="mail")
def test_the_body_tells_event_or_state(play: PlayRecord) -> None:
    named = (words(play.run_record.printer_text("printer-name")), *(job.name for job in jobs_of(play)))
    for subscription, mail in mails_of(play):
        kind = "printer" if is_printer_event(subscription) else "job"
        if not language_of(play, subscription).startswith("en"):
            raise NotApplicable("the words of other languages are not known to this case")
        text = body_text(mail)
        expect(
            tells_event_or_state(without(text, named), kind, subscription.asked.events or ()),
            expected=f"a word for the event or the {kind}'s state in the body",
            actual=repr(beginning(text)),
            where=mail.where(),
            binding=play.chose(Otherwise.C13_BINDS) or None,
        )


@case("4.12-2", on="mail")
def test_the_body_tells_the_up_time(play: PlayRecord) -> None:
    for mail in own_or_unnamed(play, [mail for _, mail in mails_of(play)]):
        low, high = between(play.run_record, play.row.t, mail.t)
        text = body_text(mail)
        numbers = [int(n) for n in _numbers(text)]
        expect(
            any(low <= n <= high for n in numbers),
            expected=f"the printer's up time from {low} to {high} in the body",
            actual=repr(beginning(text)),
            where=mail.where(),
        )
