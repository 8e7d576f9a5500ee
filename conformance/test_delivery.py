"""Sections 1 and 3: a subscription is made, its events become mails, one recipient each."""

from __future__ import annotations

from .case import case, expect
from .look import letters_of
from .story import Letter, PlayStory, Subscription, address_key
from .verdict import Inconclusive, NotApplicable, Violation
from .wire import mail
from .wire.registry import GroupTag


@case("3-3", on="printer/omitted")
def test_a_printer_subscription_is_made(play: PlayStory) -> None:
    _created(play)


@case("3-1", on="job/omitted")
def test_a_job_subscription_is_made_with_the_job(play: PlayStory) -> None:
    _created(play)


def _created(play: PlayStory) -> None:
    s = play.subscription
    expect(
        s.id is not None and s.id > 0,
        expected=f"a subscription, with {play.story.vocabulary.subscription_id} in the answer",
        actual=f"{s.creation.operation} answered {s.creation.keyword}"
        + (f", {s.group.attributes[0].show()}" if s.group is not None and s.group.attributes else ""),
        where=s.creation.where(),
    )


@case("1-2", on="mail")
def test_an_event_becomes_a_mail(play: PlayStory) -> None:
    for s in play.subscriptions.values():
        s.created()
        if s.letters:
            continue
        if not play.missing_is_proven(s.label):
            raise Inconclusive(
                f"no mail came for {s.address}, and none for a later event either: does the printer's mail path reach "
                "the recipient?"
            )
        raise Violation(
            f"a mail to {s.address} for {', '.join(s.asked.events or ('the default events',))}",
            "no mail, while the mail of a later event came",
            (s.creation.where(),),
        )


@case("3-6", on="mail")
def test_a_mail_has_one_recipient(play: PlayStory) -> None:
    for s, letter in letters_of(play):
        expect(
            [address_key(r) for r in letter.recipients] == [address_key(s.address)],
            expected=f"one RCPT, to {s.address}",
            actual=", ".join(map(repr, letter.recipients)),
            where=letter.where(),
        )


@case("3-7", on="mail")
def test_the_recipient_is_the_address_in_the_uri(play: PlayStory) -> None:
    for s in play.subscriptions.values():
        if s.letters:
            continue
        stray = next((letter for letter in play.story.stray_letters if _is_for(s, letter)), None)
        if stray is None:
            s.some_letters()
            continue
        raise Violation(
            f"RCPT to {s.address}",
            ", ".join(map(repr, stray.recipients)) or "no recipient that can be read",
            (stray.where(),),
        )


def _is_for(subscription: Subscription, letter: Letter) -> bool:
    """Whether a mail that came to an address of nobody names this subscription's in its header."""
    names = {address_key(subscription.address)}
    if subscription.user_data is not None:
        names.add(address_key(subscription.user_data.decode("latin-1").removeprefix("mailto:")))
    boxes = [
        b for name in ("To", "From", "Sender") for f in letter.mail.all(name) for b in mail.mailboxes(f.value) or ()
    ]
    return any(address_key(box.address) in names for box in boxes)


@case("4.1-1", on="format")
def test_the_recipient_uri_is_kept_as_supplied(play: PlayStory) -> None:
    v, s = play.story.vocabulary, play.subscription.created()
    for step in play.steps:
        for answer in step.answers:
            group = answer.message.first(GroupTag.SUBSCRIPTION)
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
