"""mailto-04 sections 3, 5.2 and 6.1: when a mail goes out, for whom, and what its header says."""

from __future__ import annotations

from typing import Final

from conformance.record.received_mail import ReceivedMail
from conformance.record.recorded_run import address_key
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.requirements import Otherwise
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire import imf
from conformance.wire.registry import GroupTag, PrinterState, Status

from .case import case, expect
from .job_lookup import SOMEBODY_ELSES, may_be_somebody_elses, own_or_unnamed
from .mail_lookup import only_field, only_mailbox, require_unrewritten, words
from .mailto_04 import (
    clock_reading,
    event_bounds,
    expected_mails,
    first_named,
    given_mailbox,
    in_two_languages,
    is_english,
    is_printer_event,
    jobs_of,
    language_of,
    made,
    moment_of,
    read_back,
    require_steady_clock,
)

AT_ONCE: Final = 5.0  # seconds; many times what it takes any printer to write a mail and to look its relay up


def _shown(field: imf.Field) -> str:
    return repr(field.value.decode("latin-1"))


# ---------------------------------------------------------------- section 3


@case("M4-Send-1", on="later-at-once")
def test_the_mail_follows_its_event_at_once(play: PlayRecord) -> None:
    subscription = play.subscription
    _, mail = expected_mails(play)[0]
    happened = _stopped_by(play) if is_printer_event(subscription) else _created_by(subscription)
    seconds = (mail.t - happened) / 1e9
    relay = play.run_record.perhaps_relayed(mail)
    if seconds > AT_ONCE and relay is not None:
        raise Inconclusive(f"the mail came {seconds:.1f} s after its event, but {relay}", (mail.where(),))
    expect(
        seconds <= AT_ONCE,
        expected=f"the mail within {AT_ONCE:g} s of its event",
        actual=f"{seconds:.1f} s",
        where=mail.where(),
    )


def _created_by(subscription: SubscriptionRecord) -> int:
    return subscription.created().creation.row.t_end


def _stopped_by(play: PlayRecord) -> int:
    answer = play.labelled("paused").answer
    state = answer.message.find("printer-state", GroupTag.PRINTER)
    if state is None or state.value.integer != PrinterState.STOPPED:
        raise Inconclusive("the printer had not stopped when it was asked", (answer.where(state),))
    return answer.row.t_end


# ---------------------------------------------------------------- section 5.2


@case("M4-Recipient-1", on="later-recipient")
def test_a_mailbox_after_mailto_is_taken_as_recipient(play: PlayRecord) -> None:
    subscription = play.subscription.judgeable()
    answer = subscription.creation
    if subscription.id is None and answer.status >= Status.SERVER_ERROR_INTERNAL_ERROR:
        subscription.created()
    expect(
        subscription.id is not None,
        expected=f"a subscription for {subscription.asked.recipient}",
        actual=f"{answer.operation} answered {answer.keyword} and made none",
        where=answer.where(),
    )
    subscription.some_mails()


@case("M4-UserData-1", on="later-no-user-data")
def test_a_subscription_needs_no_user_data(play: PlayRecord) -> None:
    subscription = play.subscription.judgeable()
    answer = subscription.creation
    expect(
        subscription.id is not None,
        expected="a subscription without user data",
        actual=f"{answer.operation} answered {answer.keyword} and made none",
        where=answer.where(),
    )


@case("M4-UserData-2", on="later-no-user-data")
def test_no_user_data_are_made_up(play: PlayRecord) -> None:
    subscription = made(play.subscription, "no user data")
    answer, group = read_back(play, subscription)
    attribute = group.get(play.run_record.vocabulary.user_data)
    if attribute is None or attribute.value.out_of_band:
        return
    only_empty = not attribute.value.octets and not play.chose(Otherwise.D11_FAILS)
    expect(
        False,
        expected=f"no {play.run_record.vocabulary.user_data}, since none was given",
        actual=attribute.show() if attribute.value.octets else "the attribute with no octets in it",
        where=answer.where(attribute),
        binding=False if only_empty else None,
    )


# ---------------------------------------------------------------- section 6.1.1


@case("M4-Date-1", on="later")
def test_a_printer_with_a_clock_dates_its_mails(play: PlayRecord) -> None:
    for _, mail in expected_mails(play):
        clock_reading(play, mail.t)
        only_field(mail, "Date")


@case("M4-Date-3", on="later")
def test_the_date_is_that_of_the_event(play: PlayRecord) -> None:
    for subscription, mail in expected_mails(play):
        _expect_event_time(play, subscription, mail)


@case("M4-Date-3", on="later-refused-at-first")
def test_a_later_attempt_does_not_change_the_date(play: PlayRecord) -> None:
    subscription = play.subscription.created()
    if not subscription.mails:
        raise NotApplicable("the printer did not send the mail again while we waited")
    _expect_event_time(play, subscription, subscription.mails[0])


def _expect_event_time(play: PlayRecord, subscription: SubscriptionRecord, mail: ReceivedMail) -> None:
    """The event lies between the request for the subscription and the first attempt to mail about it."""
    reading, low, high = event_bounds(play, subscription, first_named(play, subscription, mail))
    fields = mail.parsed.all("Date")
    if len(fields) != 1:
        raise Inconclusive(f"the mail has {len(fields)} Date fields, which M4-Date-1 judges", (mail.where(),))
    field = fields[0]
    told = moment_of(field.value)
    if told is None:
        raise Violation("a date-time of RFC 822", _shown(field), (mail.where(field.span),))
    right = told.first + told.unit >= low and told.first <= high
    if not right:
        require_steady_clock(play, min(reading.row.t_start, subscription.creation.row.t_start), mail.t)
    expect(
        right,
        expected=f"a Date from {low:%d %b %Y %H:%M:%S} to {high:%H:%M:%S} UTC, by printer-current-time",
        actual=_shown(field),
        where=(mail.where(field.span), reading.where()),
        remark="the event came after the request for the subscription and before the first attempt to mail about it",
    )


# ---------------------------------------------------------------- section 6.1.2


@case("M4-From-1", on="later")
def test_from_shows_the_printer_name(play: PlayRecord) -> None:
    name = play.run_record.printer_text("printer-name")
    for _, mail in expected_mails(play):
        field, box = only_mailbox(mail, "From")
        right = words(box.display or "") == words(name)
        if not right:
            require_unrewritten(play, mail, box.address)
        expect(
            right,
            expected=f"printer-name {name!r} as the display name of From",
            actual=_shown(field),
            where=mail.where(field.span),
        )


@case("M4-From-2", on="later")
def test_from_is_a_name_and_an_address_in_angle_brackets(play: PlayRecord) -> None:
    for _, mail in expected_mails(play):
        field, box = only_mailbox(mail, "From")
        right = box.angle and box.display is not None and "stands in a group" not in box.problems
        if not right:
            require_unrewritten(play, mail, box.address)
        expect(
            right,
            expected="a display name and an address in angle brackets in From, and nothing around them",
            actual=_shown(field),
            where=mail.where(field.span),
        )


@case("M4-From-3", on="later")
def test_from_has_not_the_address_of_the_subscriber(play: PlayRecord) -> None:
    """The subscribers' addresses are made up for the run, so that none is an administrator's."""
    for subscription, mail in expected_mails(play):
        theirs = given_mailbox(subscription)
        field, box = only_mailbox(mail, "From")
        expect(
            address_key(box.address) != address_key(theirs.address),
            expected="an address of the printer or of an administrator in From",
            actual=f"that of the subscriber in {_shown(field)}",
            where=mail.where(field.span),
        )


# ---------------------------------------------------------------- section 6.1.3


@case("M4-Subject-1", on="later")
def test_every_mail_has_a_subject_with_words_in_it(play: PlayRecord) -> None:
    for _, mail in expected_mails(play):
        field = only_field(mail, "Subject")
        expect(
            bool(field.text.strip()),
            expected="a Subject with words in it",
            actual=_shown(field),
            where=mail.where(field.span),
        )


def _subject(mail: ReceivedMail) -> tuple[imf.Field, str]:
    """The Subject where there is one; M4-Subject-1 judges where there is not."""
    fields = mail.parsed.all("Subject")
    if len(fields) != 1 or not fields[0].text.strip():
        raise Inconclusive("the mail has no Subject to read", (mail.where(),))
    return fields[0], words(fields[0].text)


@case("M4-Subject-2", on="later-languages")
def test_subjects_in_two_languages_differ(play: PlayRecord) -> None:
    for one, other in in_two_languages(play):
        (field, text), (other_field, other_text) = _subject(one), _subject(other)
        expect(
            text.lower() != other_text.lower(),
            expected="another Subject in another language",
            actual=repr(text),
            where=(one.where(field.span), other.where(other_field.span)),
        )


@case("M4-Subject-3", on="later-printer-event")
def test_an_english_subject_names_printer_and_event(play: PlayRecord) -> None:
    _expect_subject(play, "printer:", [words(play.run_record.printer_text("printer-name"))])


@case("M4-Subject-4", on="later-job-event")
def test_an_english_subject_names_job_and_event(play: PlayRecord) -> None:
    _expect_subject(play, "print job:", [name for name, _ in jobs_of(play)])


def _expect_subject(play: PlayRecord, start: str, names: list[str]) -> None:
    """Kind, name, and something after the name; what that says is the printer's choice (C04)."""
    found = expected_mails(play)
    own = own_or_unnamed(play, [mail for s, mail in found if not is_printer_event(s)])
    for subscription, mail in found:
        if mail not in own and not is_printer_event(subscription):
            continue
        if not is_english(play, subscription):
            raise NotApplicable(f"the subscription is in {language_of(play, subscription)}")
        field, text = _subject(mail)
        rest = text.lower().removeprefix(start)
        after = [tail for name in names for _, found, tail in [rest.partition(name.lower())] if found]
        if not after and not is_printer_event(subscription) and may_be_somebody_elses(play, subscription, mail):
            raise Inconclusive(SOMEBODY_ELSES, (mail.where(),))
        expect(
            rest != text.lower() and any(any(c.isalnum() for c in tail) for tail in after),
            expected=f'a Subject of "{start}", {" or ".join(map(repr, names))} and the event',
            actual=repr(text),
            where=mail.where(field.span),
        )


# ---------------------------------------------------------------- sections 6.1.4 to 6.1.7


@case("M4-Sender-1", on="later-mailbox")
def test_sender_is_the_mailbox_in_the_user_data(play: PlayRecord) -> None:
    _expect_user_data(play, "Sender")


@case("M4-ReplyTo-1", on="later-mailbox")
def test_reply_to_is_the_mailbox_in_the_user_data(play: PlayRecord) -> None:
    _expect_user_data(play, "Reply-To")


def _expect_user_data(play: PlayRecord, name: str) -> None:
    for s in play.subscriptions.values():
        given_mailbox(s)
        made(s, f"the user data {(s.user_data or b'').decode('ascii')!r}")
    for s, mail in expected_mails(play):
        wanted, shown = given_mailbox(s), (s.user_data or b"").decode("ascii")
        field, box = only_mailbox(mail, name)
        require_unrewritten(play, mail, box.address, wanted.address)
        expect(
            address_key(box.address) == address_key(wanted.address)
            and words(box.display or "") == words(wanted.display or ""),
            expected=f"{name}: {shown}",
            actual=_shown(field),
            where=mail.where(field.span),
        )


@case("M4-Sender-2", on="later-no-mailbox")
def test_no_sender_without_a_mailbox_in_the_user_data(play: PlayRecord) -> None:
    _expect_none(play, "Sender")


@case("M4-ReplyTo-2", on="later-no-mailbox")
def test_no_reply_to_without_a_mailbox_in_the_user_data(play: PlayRecord) -> None:
    _expect_none(play, "Reply-To")


def _expect_none(play: PlayRecord, name: str) -> None:
    data = play.subscription.user_data
    what = "no user data" if data is None else f"the user data {data.decode('latin-1')!r}"
    made(play.subscription, what)
    for _, mail in expected_mails(play):
        fields = mail.parsed.all(name)
        expect(
            not fields,
            expected=f"no {name}, since the subscription has {what}",
            actual="; ".join(map(_shown, fields)),
            where=tuple(mail.where(field.span) for field in fields),
        )


@case("M4-To-1", on="later")
def test_to_is_the_mailbox_after_mailto(play: PlayRecord) -> None:
    for subscription, mail in expected_mails(play):
        field, box = only_mailbox(mail, "To")
        expect(
            address_key(box.address) == address_key(subscription.address),
            expected=f"To: {subscription.address}",
            actual=_shown(field),
            where=mail.where(field.span),
        )


@case("M4-CT-1", on="later")
def test_every_mail_has_a_content_type(play: PlayRecord) -> None:
    for _, mail in expected_mails(play):
        only_field(mail, "Content-Type")
