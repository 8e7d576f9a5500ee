"""Every mail of a run, or of a play of awkward data, for the cases that look at all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.sentinel_play import sentinel_plays
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire import imf

from .findings import Finding, beginning, conclude
from .session_lookup import mails_for, mark_of, require_something, settle

_MARK: Final = re.compile(rb"(?<!\w)\w++\.\d+\.\w+")  # as the stage makes local parts
MailCheck = Callable[[ReceivedMail, PlayRecord, SubscriptionRecord | None], Iterator[Finding]]


def everything(play: PlayRecord) -> Iterator[tuple[ReceivedMail, PlayRecord, SubscriptionRecord | None]]:
    """Every mail of the run, with the subscription it came for as far as there is one."""
    for mail, its in play.run_record.once(_with_their_own):
        yield (mail, *(its or (play, None)))


def _with_their_own(run_record: RunRecord) -> list[tuple[ReceivedMail, tuple[PlayRecord, SubscriptionRecord] | None]]:
    """But for mails of hostile values."""
    plays = (*run_record.plays.values(), *run_record.once(sentinel_plays))
    known = {mark_of(s): (play, s) for play in plays for s in play.subscriptions.values()}
    named = ((mail, [mark.decode() for mark in _MARK.findall(mail.row.envelope)]) for mail in run_record.mails)
    return [
        (mail, next((known[mark] for mark in marks if mark in known), None))
        for mail, marks in named
        if not any(mark.endswith("x") and mark[:-1] in known for mark in marks)
    ]


def of_play(play: PlayRecord) -> Iterator[tuple[ReceivedMail, PlayRecord, SubscriptionRecord | None]]:
    """Every mail that came for a play's own values; a judgement when the printer refused them, or sent nothing."""
    require_something(play)
    marks, ordinary = [], False
    for subscription in play.subscriptions.values():
        marks.append(mark_of(subscription).encode())
        for mail in mails_for(play, subscription):
            ordinary = True
            yield mail, play, subscription
    if not ordinary and any(mark in mail.row.envelope for mail in play.run_record.mails for mark in marks):
        raise NotApplicable("no mail came but what the value itself brought about, which other cases judge")


def judge(
    look: MailCheck,
    mails: Iterator[tuple[ReceivedMail, PlayRecord, SubscriptionRecord | None]],
    expected: str,
    *,
    binding: bool | None = None,
    added: bool = False,
) -> None:
    """The look at each of these mails; ``Inconclusive`` when there is none.

    ``added``: a relay can have put there what is found, so that nothing is concluded where there may be one.
    """
    found, last = list[Finding](), None
    for mail, play, subscription in mails:
        last = play
        found += look(mail, play, subscription)
    if last is None:
        raise Inconclusive("no mail came")
    if added:
        settle(last, found, expected=expected, binding=binding)
    conclude(found, expected=expected, binding=binding)


def shown(field: imf.Field) -> str:
    """The beginning of a field, for a report."""
    return repr(beginning(field.raw.decode("latin-1")))
