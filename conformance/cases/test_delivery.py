"""Sections 1 and 3: a subscription is made, its events become mails, one recipient each."""

from __future__ import annotations

from conformance.record.exchanges import told_group
from conformance.record.outcomes import Carrier
from conformance.record.pulling import hearings_of
from conformance.record.received_mail import ReceivedMail
from conformance.record.recorded_run import address_key
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire import imf

from .case import case, expect
from .mail_lookup import mails_of, require_triggers
from .session_lookup import mails_for, mark_of, require_something


@case("3-3", on="printer/omitted")
def test_a_printer_subscription_is_made(play: PlayRecord) -> None:
    _created(play)


@case("3-1", on="job/omitted")
def test_a_job_subscription_is_made_with_the_job(play: PlayRecord) -> None:
    _created(play)


def _created(play: PlayRecord) -> None:
    s = play.subscription
    if not _has_room(play, s):
        s.judgeable()
    expect(
        s.id is not None and s.id > 0,
        expected=f"a subscription, with {play.run_record.vocabulary.subscription_id} in the answer",
        actual=f"{s.creation.operation} answered {s.creation.keyword}"
        + (f", {s.group.attributes[0].show()}" if s.group is not None and s.group.attributes else ""),
        where=s.creation.where(),
    )


def _has_room(play: PlayRecord, subscription: SubscriptionRecord) -> bool:
    """Whether a printer that says it is full has room all the same: it made others, and of this kind not one."""
    if not subscription.no_room:
        return False
    if subscription.asked.carrier is Carrier.PRINTER and hearings_of(play.run_record):
        return False  # one of ours that is pulled from has the place
    asked = [s for p in play.run_record.plays.values() for s in p.subscriptions.values() if s.step.is_answered]
    way = subscription.creation.row.operation, subscription.asked.carrier
    own = [s for s in asked if (s.creation.row.operation, s.asked.carrier) == way]
    others = [s for s in asked if s.asked.carrier is not subscription.asked.carrier]
    made = any(s.id is not None for s in others)
    return made and not any(s.no_room and not s.no_place for s in others) and not any(s.id is not None for s in own)


@case("1-2", on="mail")
def test_an_event_becomes_a_mail(play: PlayRecord) -> None:
    for s in play.subscriptions.values():
        s.created()
        if s.mails:
            continue
        require_triggers(play)
        if not play.missing_is_proven(s.label):
            raise Inconclusive(
                f"no mail came for {s.address}, and {play.why_unproven}: does the printer's mail path reach the "
                "recipient?"
            )
        raise Violation(
            f"a mail to {s.address} for {', '.join(s.asked.events or ('the default events',))}",
            "no mail, while the mail of a later event came",
            (s.creation.where(),),
        )


@case("1-2", on="printed")
def test_a_job_on_paper_becomes_a_mail(play: PlayRecord) -> None:
    test_an_event_becomes_a_mail(play)


@case("1-2", on="long")
def test_a_job_with_a_long_name_becomes_a_mail(play: PlayRecord) -> None:
    require_something(play, silent=False)
    test_an_event_becomes_a_mail(play)


@case("3-6", on="mail")
def test_a_mail_has_one_recipient(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        expect(
            [address_key(r) for r in mail.recipients] == [address_key(s.address)],
            expected=f"one RCPT, to {s.address}",
            actual=", ".join(map(repr, mail.recipients)),
            where=mail.where(),
        )


@case("3-7", on="mail")
def test_the_recipient_is_the_address_in_the_uri(play: PlayRecord) -> None:
    for s in play.subscriptions.values():
        if s.mails:
            continue
        stray = next((mail for mail in play.run_record.stray_mails if _is_for(s, mail)), None)
        if stray is None:
            s.some_mails()
            continue
        raise Violation(
            f"RCPT to {s.address}",
            ", ".join(map(repr, stray.recipients)) or "no recipient that can be read",
            (stray.where(),),
        )


@case("3-7", on="percent-encoded")
def test_a_percent_encoded_local_part_is_decoded(play: PlayRecord) -> None:
    require_something(play)
    s = play.subscription
    sent = [mail for mail in mails_for(play, s) if mail.recipients]
    if not sent:
        raise Inconclusive("no mail came for this recipient")
    for mail in sent:
        expect(
            any(_local_part(r) == _local_part(s.address) for r in mail.recipients),  # whose else it is 3-6 asks
            expected=f"RCPT to {s.address}, which {s.asked.recipient} stands for",
            actual=", ".join(map(repr, mail.recipients)),
            where=mail.where(),
            remark="the draft does not speak of percent-encoding (C17)",
            binding=False,
        )


def _local_part(address: str) -> str:
    return address.rpartition("@")[0]


def _is_for(subscription: SubscriptionRecord, mail: ReceivedMail) -> bool:
    """Whether a mail that came to an address of nobody names this subscription's in its header, and is no notice."""
    if _is_for_another(subscription, mail):
        return False  # two plays may have one subscriber
    names = {address_key(subscription.address)}
    if subscription.user_data is not None:
        subscriber = address_key(subscription.user_data.decode("latin-1").removeprefix("mailto:"))
        if mail.sender == "" and {address_key(r) for r in mail.recipients} == {subscriber}:
            return False  # of mail that was not delivered; where nothing was in the way, the ledger counts it (3-6)
        names.add(subscriber)
    boxes = [
        b for name in ("To", "From", "Sender") for f in mail.parsed.all(name) for b in imf.mailboxes(f.value) or ()
    ]
    return any(address_key(box.address) in names for box in boxes)


def _is_for_another(subscription: SubscriptionRecord, mail: ReceivedMail) -> bool:
    """Whether a recipient has the local part that the stage made for another subscription of the run."""
    own = mark_of(subscription).lower()
    run = own.partition(".")[0] + "."
    return any(r.lower().startswith(run) and not r.lower().startswith(own) for r in mail.recipients)


@case("4.1-1", on="format")
def test_the_recipient_uri_is_kept_as_supplied(play: PlayRecord) -> None:
    v, s = play.run_record.vocabulary, play.subscription.created()
    for step in play.steps:
        for answer in step.answers:
            group = told_group(answer.message, v)
            if step.row.kind != "Query" or group is None:
                continue
            attribute = group.get(v.recipient)
            expect(
                attribute is not None and attribute.value.text() == s.asked.recipient,
                expected=f"{v.recipient}={s.asked.recipient}",
                actual=attribute.show() if attribute else "no such attribute",
                where=answer.where(attribute),
            )
            return
    raise NotApplicable("a per-job subscription is gone before it can be asked about")
