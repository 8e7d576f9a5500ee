"""Mails that came in another order than the events they tell of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord
from conformance.record.smtp_sessions import REFUSED, SessionRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, NotApplicable, Where
from conformance.wire import ipp

from .findings import Finding
from .mail_lookup import require_granted
from .session_lookup import printers, settle


def machine_numbers(play: PlayRecord, s: SubscriptionRecord) -> list[tuple[ReceivedMail, int, Where]]:
    """The request-id of each application/ipp part, in the order the mails came; empty where none were asked for."""
    if s.format != "application/ipp":
        return []
    require_granted(play, s)
    found = []
    for mail in s.some_mails():
        for part in mail.parsed.leaves:
            if part.type == "application/ipp":
                message = ipp.decode(part.content)
                if message.problem is not None and message.problem.offset < ipp.HEADER.size:
                    raise Inconclusive("the application/ipp part has no header", (mail.where(part.span),))
                found.append((mail, message.request_id, mail.where(part.span)))
    return found


def expect_in_order(play: PlayRecord, told: Sequence[tuple[int, ReceivedMail]], *, binding: bool | None = None) -> None:
    """No mail was begun when one with a greater number had wholly been taken.

    Two that were under way at once have no order.  What a relay brought says nothing about the printer's order, nor
    does what came in a play in which an attempt was refused or broken off.
    """
    run_record = play.run_record
    direct = [(number, mail) for number, mail in told if run_record.relayed(mail) is None]
    if told and not direct:
        raise NotApplicable(run_record.relayed(told[0][1]) or "")
    if len(direct) < 2:
        raise Inconclusive("fewer than two mails tell their place in the order")
    for session in _troubled(play):
        raise Inconclusive("an attempt to mail was refused or broken off meanwhile", (session.where(),))
    found = [
        Finding(f"that of event {after} had wholly come before that of event {before} was begun", first.where())
        for (before, late), (after, first) in combinations(sorted(direct, key=lambda pair: pair[0]), 2)
        if before < after and _begun(play, late) > _taken(play, first)
    ]
    settle(play, found, expected="the mails of one subscription in the order of its events", binding=binding)


def _troubled(play: PlayRecord) -> Iterator[SessionRecord]:
    """The sessions in which, in the time of a play, something was refused, or a fault of ours was met.

    What was refused before, and came in the play's time, had others wait for it, or go before it.
    """
    begin, end = play.row.t, play.end.t if play.end is not None else play.row.t
    came = {line for mail in play.run_record.mails if begin <= mail.t <= end for line in _recipients(mail.commands)}
    for session in printers(play, play.run_record.sessions):
        if session.in_trouble_between(begin, end) or not came.isdisjoint(_put_off(session, begin)):
            yield session


def _put_off(session: SessionRecord, before: int) -> set[bytes]:
    """The RCPT lines of those to whom a mail was not taken then."""
    found = set[bytes]()
    for turns in session.transactions():
        taken = any(turn.data_reply is not None and turn.data_reply.code < REFUSED for turn in turns)
        if turns[0].t < before and not taken:
            found.update(_recipients([turn.line for turn in turns]))
    return found


def _recipients(lines: Iterable[bytes]) -> set[bytes]:
    return {line.strip() for line in lines if line[:4].upper() == b"RCPT"}


def _begun(play: PlayRecord, mail: ReceivedMail) -> int:
    """When the printer began to hand a mail over: its session's begin, or its MAIL where other mails came before."""
    session = play.run_record.session(mail.row.session)
    if session is None:
        return mail.t
    begins = [turns[0].t for turns in session.transactions() if turns[0].span[0] <= mail.row.start]
    return begins[-1] if len(begins) > 1 else session.row.t


def _taken(play: PlayRecord, mail: ReceivedMail) -> int:
    """When we told the printer that a mail was taken."""
    session = play.run_record.session(mail.row.session)
    contents = session.contents if session is not None else []
    replies = (content.turn.data_reply for content in contents if content.start == mail.row.start)
    return next((reply.t for reply in replies if reply is not None), mail.t)
