"""The SMTP dialogue when our answer is no: 4yz, 5yz, an answer that got lost (RFC 5321 sections 3.3, 4.2.1, 4.2.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.record.outcomes import Printed
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord
from conformance.record.smtp_sessions import HELLO, SessionRecord, refused
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire import smtp

from .case import case
from .findings import Finding, conclude
from .job_lookup import job_of, jobs_of
from .mail_lookup import essence, words
from .session_lookup import printer_sessions, printers, settle, touched

FOR_NOW, FOR_GOOD = 4, 5
_ENDS_A_TRANSACTION = ("RSET", "QUIT", *HELLO)


@case("S-4yz", on="refused-4yz")
def test_after_a_4yz_answer_the_printer_does_not_go_on(play: PlayRecord) -> None:
    _judge(play, _refusals(play, FOR_NOW), FOR_NOW)


@case("S-4yz", on="printer/description")
def test_no_4yz_answer_of_the_run_is_taken_for_a_success(play: PlayRecord) -> None:
    _judge(play, [session for session in printer_sessions(play) if _has(session, FOR_NOW)], FOR_NOW)


@case("S-5yz", on="refused-5yz")
def test_no_message_follows_when_every_recipient_was_refused(play: PlayRecord) -> None:
    _judge(play, _refusals(play, FOR_GOOD), FOR_GOOD)


@case("S-5yz", on="printer/description")
def test_no_message_of_the_run_follows_refused_recipients(play: PlayRecord) -> None:
    _judge(play, [session for session in printer_sessions(play) if _has(session, FOR_GOOD)], FOR_GOOD)


@case("S-4yz", on="retry")
def test_a_mail_refused_for_now_is_tried_again(play: PlayRecord) -> None:
    printer_sessions(play)
    if not any(session.faults for session in printers(play, touched(play))):
        raise Inconclusive("nothing was refused: the printer opened no session for this mail")
    jobs = [printed for _, printed in play.steps_of(Printed) if printed.job]
    if not any(_tells_of(play, mail, job) for mail in play.subscription.mails for job in jobs):
        raise NotApplicable("no later attempt came during the run; the texts set no time for it")


@case("S-5yz", on="refused-for-good")
def test_a_recipient_who_was_refused_for_good_is_not_tried_again(play: PlayRecord) -> None:
    """RFC 5321 section 4.2.1 asks for that; there is one notification, and so one mail, in such a play."""
    name = play.subscription.created().address.encode().lower()
    tried = [
        (session, turn)
        for session in _refusals(play, FOR_GOOD)
        for turn in session.turns
        if turn.verb == "RCPT" and name in turn.line.lower() and turn.reply is not None
        if refused(turn.reply, FOR_GOOD)
    ]
    if not tried:
        raise Inconclusive("no RCPT of this play was refused for good")
    again = [Finding(f"{session.command(turn)} once more", session.where(turn.span)) for session, turn in tried[1:]]
    settle(play, again, expected="no further RCPT to a recipient who was refused for good", binding=False)


def _refusals(play: PlayRecord, kind: int) -> list[SessionRecord]:
    """The sessions of a play that met such an answer."""
    printer_sessions(play)
    found = [session for session in printers(play, touched(play)) if _has(session, kind)]
    if not found:
        raise Inconclusive(f"no {kind}yz answer was given: the printer opened no session for this mail")
    return found


def _has(session: SessionRecord, kind: int) -> bool:
    replies = [session.dialogue.greeting, *(turn.reply for turn in session.turns)]
    return any(refused(reply, kind) for reply in replies)


def _judge(play: PlayRecord, sessions: list[SessionRecord], kind: int) -> None:
    if not sessions:
        raise NotApplicable(f"no command of this run was answered {kind}yz")
    found = [
        Finding(f"{what} after {reply.code} to {to}", session.where(span))
        for session in sessions
        for what, span, reply, to in _went_on(session, kind)
    ]
    if kind == FOR_NOW:
        expected = "the command given up after 4yz, for a later attempt from the beginning, or for good"
    else:
        expected = "no octet of a message after 5yz to MAIL or to every RCPT"
    settle(play, found, expected=expected)


WentOn = tuple[str, tuple[int, int], smtp.Reply, str]  # what was sent, where, after which answer to what


def _went_on(session: SessionRecord, kind: int) -> Iterator[WentOn]:
    """Where the printer went on as if it had not been refused."""
    greeting = session.dialogue.greeting
    if kind == FOR_NOW and greeting is not None and refused(greeting, kind):
        yield from _commands_after(session, greeting, "the greeting", session.turns, ("MAIL",))
    if kind == FOR_NOW:
        yield from _after_hello(session)
    for turns in session.transactions():
        until = next((i for i, t in enumerate(turns) if t.verb in _ENDS_A_TRANSACTION), len(turns))
        yield from _in_transaction(session, turns[:until], kind)


def _after_hello(session: SessionRecord) -> Iterator[WentOn]:
    """MAIL when the last answer to EHLO or HELO was 4yz, and none was better."""
    last: smtp.Reply | None = None
    for turn in session.turns:
        if turn.verb in HELLO:
            last = turn.reply
        elif turn.verb == "MAIL" and last is not None and refused(last, FOR_NOW):
            yield from _commands_after(session, last, "EHLO or HELO", (turn,), ("MAIL",))


def _in_transaction(session: SessionRecord, turns: list[smtp.Turn], kind: int) -> Iterator[WentOn]:
    mail, rest = turns[0], turns[1:]
    data = next((turn for turn in rest if turn.verb == "DATA"), None)
    before = rest if data is None else rest[: rest.index(data)]
    recipients = [turn for turn in before if turn.verb == "RCPT" and turn.reply is not None]
    replies = [turn.reply for turn in recipients if turn.reply is not None]
    if mail.reply is not None and refused(mail.reply, kind):
        refusal, to = mail.reply, session.command(mail)
    elif replies and all(r.code >= 400 for r in replies) and _all_that_kind(replies, kind):
        refusal, to = replies[-1], " and ".join(map(session.command, recipients[-3:]))
    elif kind == FOR_NOW and data is not None and data.reply is not None and refused(data.reply, kind):
        yield from _message_as_commands(session, data, data.reply, "DATA")
        return
    else:
        return
    if kind == FOR_NOW:
        follow = ("RCPT", "DATA") if refusal is mail.reply else ("DATA",)
        yield from _commands_after(session, refusal, to, rest, follow)
    elif data is not None:
        if data.data_span is not None and data.data_span[0] < data.data_span[1]:
            yield "a message", data.data_span, refusal, to
        else:
            yield from _message_as_commands(session, data, refusal, to)


def _all_that_kind(replies: list[smtp.Reply], kind: int) -> bool:
    """For 5yz every recipient was refused so; for 4yz one is enough to be worth a later attempt."""
    return any(refused(r, kind) for r in replies) if kind == FOR_NOW else all(refused(r, kind) for r in replies)


def _commands_after(
    session: SessionRecord,
    reply: smtp.Reply,
    to: str,
    turns: tuple[smtp.Turn, ...] | list[smtp.Turn],
    verbs: tuple[str, ...],
) -> Iterator[WentOn]:
    """The first of these commands that was sent when the answer was there; those sent ahead of it are none."""
    for turn in turns:
        if turn.verb in verbs and turn.span[0] >= session.sent_before(reply):
            yield session.command(turn), turn.span, reply, to
            return


def _message_as_commands(session: SessionRecord, data: smtp.Turn, reply: smtp.Reply, to: str) -> Iterator[WentOn]:
    """Lines of a message, sent where the server expects commands."""
    following = session.after(data.span[1])
    ahead = following is not None and following.span[0] < session.sent_before(reply)  # that is S-order
    if following is not None and not ahead and session.is_no_command(following):
        yield f"the message, beginning with {session.command(following)}", following.span, reply, to


# ---------------------------------------------------------------- once is enough


@case("S-once", on="printer/description")
def test_no_notification_of_the_run_is_sent_twice(play: PlayRecord) -> None:
    found, looked = [], 0
    for other in play.run_record.plays.values():
        if other.end is not None:
            number, again = _repeated(other)
            looked += number
            found += again
    if not looked:
        raise Inconclusive("no mail about the end of a job was taken in this run")
    conclude(found, expected="no second copy of a notification that was answered 250")


@case("S-once", on="once")
def test_a_notification_that_was_taken_is_not_sent_again(play: PlayRecord) -> None:
    printer_sessions(play)
    looked, found = _repeated(play)
    if not looked:
        raise Inconclusive("no mail of this play was answered 250")
    conclude(found, expected="no second copy of a notification that was answered 250")


def _repeated(play: PlayRecord) -> tuple[int, list[Finding]]:
    """How many notifications were taken for good, and those that came again.

    Only ends of jobs are looked at, for a job ends once.
    """
    looked, found = 0, []
    jobs = [printed for _, printed in play.steps_of(Printed) if printed.job]
    addresses = [subscription.address for subscription in play.subscriptions.values()]
    for subscription in play.subscriptions.values():
        if subscription.asked.events != ("job-completed",) or addresses.count(subscription.address) > 1:
            continue  # two subscriptions to one address are two notifications, however alike (N-11)
        for job in jobs:
            first: dict[bytes, ReceivedMail] = {}
            for mail in (mail for mail in subscription.mails if _tells_of(play, mail, job)):
                before = first.setdefault(essence(mail), mail)
                looked += before is mail
                if before is not mail and _acknowledged(play, before):
                    about = repr(job.name) if _names(mail, job) else f"job {job.job}"
                    actual = f"mail #{mail.id} repeats mail #{before.id} about {about}, which had been answered 250"
                    found.append(Finding(actual, mail.where()))
    return looked, found


def _names(mail: ReceivedMail, job: Printed) -> bool:
    """Whether it has the name of the job: job 6j1 is not meant by job 6j10."""
    return re.search(rf"(?<!\w){re.escape(words(job.name))}(?!\w)", mail.said) is not None


def _tells_of(play: PlayRecord, mail: ReceivedMail, job: Printed) -> bool:
    """Whether it is about the job, by its name or else by its number; one with neither may be about another."""
    if _names(mail, job):
        return True
    numbered = job_of(mail, jobs_of(play))
    return numbered is not None and numbered.id == job.job


def _acknowledged(play: PlayRecord, mail: ReceivedMail) -> bool:
    """Whether the printer surely knows of the 250: it did something after it, and no fault of ours came between."""
    session = play.run_record.session(mail.row.session)
    if session is None or session.unread_faults:
        return False
    content = session.content_at(mail.row.start)
    if content is None or not content.taken or content.turn.data_reply is None:
        return False
    return session.last_heard > content.turn.data_reply.t
