"""Looks at the SMTP sessions of a play that several cases share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conformance.cases.findings import Finding, conclude
from conformance.record import own_names
from conformance.record.outcomes import Refused
from conformance.record.received_mail import ReceivedMail
from conformance.record.recorded_run import address_key
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.smtp_sessions import SessionRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, NotApplicable


def mark_of(subscription: SubscriptionRecord) -> str:
    """What all addresses of this subscription have in them, and no other's: the local part that the stage made."""
    return own_names.mark(subscription.address, subscription.asked.other)


def touched(play: PlayRecord) -> list[SessionRecord]:
    """The sessions that a play caused: that name one of its recipients, or met a fault that it had asked for."""
    return play.once(_touched)


def _touched(play: PlayRecord) -> list[SessionRecord]:
    marks = [mark_of(s).encode() for s in play.subscriptions.values()]
    lines = {line.strip() for _, refused in play.steps_of(Refused) for line in refused.script.splitlines()}
    end = play.end.t if play.end is not None else play.row.t
    named = play.run_record.naming(marks)
    if not lines:
        return named
    numbers = {session.id for session in named}
    return [t for t in play.run_record.sessions if t.id in numbers or t.met(lines, play.row.t, end)]


def naming(run_record: RunRecord, address: str) -> Sequence[SessionRecord]:
    """The sessions with a RCPT command that has this address."""
    return run_record.once(_by_recipient).get(address_key(address), ())


def _by_recipient(run_record: RunRecord) -> dict[str, list[SessionRecord]]:
    found = defaultdict[str, list[SessionRecord]](list)
    for session in run_record.sessions:
        for key in dict.fromkeys(address_key(name or "") for _, name in session.recipients):
            found[key].append(session)
    return found


def derailed(session: SessionRecord, play: PlayRecord) -> bool:
    """Whether a message of this session turned into commands; that is judged where dots and hostile data are."""
    return bool(session.spilled()) or not session.addresses.isdisjoint(play.run_record.others)


def mails_for(play: PlayRecord, subscription: SubscriptionRecord) -> list[ReceivedMail]:
    """The mails to a recipient of this subscription, in whatever way the printer wrote it, that are about its job."""
    mark = mark_of(subscription)
    mails = play.run_record.enveloped(mark.encode())
    sent = (x for x in mails if not own_names.is_to_nobody(x.row.envelope, mark))  # what a hostile value brought about
    return [mail for mail in sent if not about_another_job(mail.plays_named, play)]


def about_another_job(plays: Collection[int], play: PlayRecord) -> bool:
    """Whether what names the jobs of these plays is about others alone: some printers tell subscribers of others."""
    return bool(plays) and play.plays_of_its_jobs.isdisjoint(plays)


def sent_for(play: PlayRecord) -> list[SessionRecord]:
    """What the printer sent for a play of awkward data; a judgement when it refused them, or sent nothing."""
    printer_sessions(play)
    require_something(play)
    return [session for session in printers(play, touched(play)) if not about_another_job(session.plays_named, play)]


def require_something(play: PlayRecord, *, silent: bool = True) -> None:
    """A judgement when the printer refused what was asked, or, where it may be ``silent``, no session came of it."""
    for subscription in play.subscriptions.values():
        if subscription.judgeable().id is None:
            answer = subscription.creation
            raise NotApplicable(f"the printer answers {answer.operation} with {answer.keyword}: no subscription")
    if not silent or touched(play):
        return
    if any(play.missing_is_proven(label) for label in play.subscriptions):
        raise NotApplicable("the printer sends no mail for such a value")
    raise Inconclusive(f"no mail came for this value, and {play.why_unproven}")


def printer_sessions(play: PlayRecord) -> list[SessionRecord]:
    """Those of the run that are the printer's.

    ``NotApplicable`` when all are a relay's, ``Inconclusive`` for none, or where our own part in them cannot be read.
    """
    run_record = play.run_record
    own = run_record.once(_own)
    if own.sessions:
        require_read_faults(own.unread)
        return own.sessions
    for session in run_record.sessions:
        if (relay := run_record.session_owner.relay(session.id)) is not None:
            raise NotApplicable(relay)
    for session in run_record.sessions:
        raise Inconclusive(f"no SMTP was spoken in this run, but {session.foreign}", (session.where(),))
    raise Inconclusive("the printer opened no SMTP session in this run")


def require_read_faults(sessions: Sequence[SessionRecord]) -> None:
    """A judgement when what we did in these sessions is not known: the printer may have answered that."""
    for session in sessions:
        for line in session.unread_faults:
            raise Inconclusive(
                f"in session {session.id} the recipient did {line!r}, which this version does not know; "
                "judge with the version that recorded it",
                (session.where(),),
            )


def printers(play: PlayRecord, sessions: Sequence[SessionRecord]) -> list[SessionRecord]:
    """Those of these sessions that speak SMTP and are not shown to be a relay's."""
    numbers = play.run_record.once(_own).numbers
    return [session for session in sessions if session.id in numbers]


@dataclass(frozen=True, slots=True)
class _OwnSessions:
    """The sessions of a run that are the printer's."""

    sessions: list[SessionRecord]
    numbers: frozenset[int]
    unread: list[SessionRecord]  # in which we did what this version cannot read


def _own(run_record: RunRecord) -> _OwnSessions:
    relay = run_record.session_owner.relay
    own = [session for session in run_record.sessions if session.foreign is None and relay(session.id) is None]
    return _OwnSessions(own, frozenset(s.id for s in own), [s for s in own if s.unread_faults])


def settle(play: PlayRecord, found: Sequence[Finding], *, expected: str, binding: bool | None = None) -> None:
    """Nothing if nothing was found in sessions that count as the printer's, else the violation.

    ``Inconclusive`` where all that was found is in sessions of which nobody knows yet whether they are a relay's.
    """
    owner = play.run_record.session_owner
    clear = [finding for finding in found if owner.dispute(_session_of(play, finding)) is None]
    if found and not clear:
        why = owner.dispute(_session_of(play, found[0]))
        raise Inconclusive(f"{found[0].actual}, where {expected} belongs; but {why}", (found[0].where,))
    hint = owner.hint({_session_of(play, finding) for finding in clear})
    conclude(clear, expected=expected, remark=hint, binding=binding)


def _session_of(play: PlayRecord, finding: Finding) -> int:
    if finding.where.kind == "smtp":
        return finding.where.id
    return next((mail.row.session for mail in play.run_record.mails if mail.id == finding.where.id), 0)
