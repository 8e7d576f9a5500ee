"""The SMTP dialogue when our answer is no: 4yz, 5yz, an answer that got lost (RFC 5321 sections 3.3, 4.2.1, 4.2.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .case import case
from .findings import Finding, conclude
from .look import body_text, essence, words
from .outcomes import Printed
from .rows import EventKind
from .story import Letter, PlayStory, Subscription
from .talk import HELLO, Talk, printers, refused, sessions, settle, touched
from .verdict import Inconclusive, NotApplicable, Violation
from .wire import smtp

FOR_NOW, FOR_GOOD = 4, 5
_ENDS_A_TRANSACTION = ("RSET", "QUIT", *HELLO)


@case("S-4yz", on="refused-4yz")
def test_after_a_4yz_answer_the_printer_does_not_go_on(play: PlayStory) -> None:
    _judge(play, _refusals(play, FOR_NOW), FOR_NOW)


@case("S-4yz", on="printer/description")
def test_no_4yz_answer_of_the_run_is_taken_for_a_success(play: PlayStory) -> None:
    _judge(play, [talk for talk in sessions(play) if _has(talk, FOR_NOW)], FOR_NOW)


@case("S-5yz", on="refused-5yz")
def test_no_message_follows_when_every_recipient_was_refused(play: PlayStory) -> None:
    _judge(play, _refusals(play, FOR_GOOD), FOR_GOOD)


@case("S-5yz", on="printer/description")
def test_no_message_of_the_run_follows_refused_recipients(play: PlayStory) -> None:
    _judge(play, [talk for talk in sessions(play) if _has(talk, FOR_GOOD)], FOR_GOOD)


@case("S-4yz", on="retry")
def test_a_mail_refused_for_now_is_tried_again(play: PlayStory) -> None:
    sessions(play)
    if not any(talk.faults for talk in printers(play, touched(play))):
        raise Inconclusive("nothing was refused: the printer opened no session for this mail")
    jobs = [printed.name for _, printed in play.steps_of(Printed) if printed.job]
    if not any(_about(play.subscription, name) for name in jobs):
        raise NotApplicable("no later attempt came during the run; the texts set no time for it")


def _refusals(play: PlayStory, kind: int) -> list[Talk]:
    """The sessions of a play that met such an answer."""
    sessions(play)
    found = [talk for talk in printers(play, touched(play)) if _has(talk, kind)]
    if not found:
        raise Inconclusive(f"no {kind}yz answer was given: the printer opened no session for this mail")
    return found


def _has(talk: Talk, kind: int) -> bool:
    replies = [talk.dialogue.greeting, *(turn.reply for turn in talk.turns)]
    return any(refused(reply, kind) for reply in replies)


def _judge(play: PlayStory, talks: list[Talk], kind: int) -> None:
    if not talks:
        raise NotApplicable(f"no command of this run was answered {kind}yz")
    found = [
        Finding(f"{what} after {reply.code} to {to}", talk.where(span))
        for talk in talks
        for what, span, reply, to in _went_on(talk, kind)
    ]
    if kind == FOR_NOW:
        expected = "the command given up after 4yz, for a later attempt from the beginning, or for good"
    else:
        expected = "no octet of a message after 5yz to MAIL or to every RCPT"
    settle(play, found, expected=expected)


WentOn = tuple[str, tuple[int, int], smtp.Reply, str]  # what was sent, where, after which answer to what


def _went_on(talk: Talk, kind: int) -> Iterator[WentOn]:
    """Where the printer went on as if it had not been refused."""
    greeting = talk.dialogue.greeting
    if kind == FOR_NOW and greeting is not None and refused(greeting, kind):
        yield from _commands_after(talk, greeting, "the greeting", talk.turns, ("MAIL",))
    if kind == FOR_NOW:
        yield from _after_hello(talk)
    for turns in talk.transactions():
        until = next((i for i, t in enumerate(turns) if t.verb in _ENDS_A_TRANSACTION), len(turns))
        yield from _in_transaction(talk, turns[:until], kind)


def _after_hello(talk: Talk) -> Iterator[WentOn]:
    """MAIL when the last answer to EHLO or HELO was 4yz, and none was better."""
    last: smtp.Reply | None = None
    for turn in talk.turns:
        if turn.verb in HELLO:
            last = turn.reply
        elif turn.verb == "MAIL" and last is not None and refused(last, FOR_NOW):
            yield from _commands_after(talk, last, "EHLO or HELO", (turn,), ("MAIL",))


def _in_transaction(talk: Talk, turns: list[smtp.Turn], kind: int) -> Iterator[WentOn]:
    mail, rest = turns[0], turns[1:]
    data = next((turn for turn in rest if turn.verb == "DATA"), None)
    before = rest if data is None else rest[: rest.index(data)]
    recipients = [turn for turn in before if turn.verb == "RCPT" and turn.reply is not None]
    replies = [turn.reply for turn in recipients if turn.reply is not None]
    if mail.reply is not None and refused(mail.reply, kind):
        refusal, to = mail.reply, talk.command(mail)
    elif replies and all(r.code >= 400 for r in replies) and _all_that_kind(replies, kind):
        refusal, to = replies[-1], " and ".join(map(talk.command, recipients[-3:]))
    elif kind == FOR_NOW and data is not None and data.reply is not None and refused(data.reply, kind):
        yield from _message_as_commands(talk, data, data.reply, "DATA")
        return
    else:
        return
    if kind == FOR_NOW:
        follow = ("RCPT", "DATA") if refusal is mail.reply else ("DATA",)
        yield from _commands_after(talk, refusal, to, rest, follow)
    elif data is not None:
        if data.data_span is not None and data.data_span[0] < data.data_span[1]:
            yield "a message", data.data_span, refusal, to
        else:
            yield from _message_as_commands(talk, data, refusal, to)


def _all_that_kind(replies: list[smtp.Reply], kind: int) -> bool:
    """For 5yz every recipient was refused so; for 4yz one is enough to be worth a later attempt."""
    return any(refused(r, kind) for r in replies) if kind == FOR_NOW else all(refused(r, kind) for r in replies)


def _commands_after(
    talk: Talk, reply: smtp.Reply, to: str, turns: tuple[smtp.Turn, ...] | list[smtp.Turn], verbs: tuple[str, ...]
) -> Iterator[WentOn]:
    """The first of these commands that was sent when the answer was there; those sent ahead of it are none."""
    for turn in turns:
        if turn.verb in verbs and turn.span[0] >= talk.sent_before(reply):
            yield talk.command(turn), turn.span, reply, to
            return


def _message_as_commands(talk: Talk, data: smtp.Turn, reply: smtp.Reply, to: str) -> Iterator[WentOn]:
    """Lines of a message, sent where the server expects commands."""
    following = next((turn for turn in talk.turns if turn.span[0] >= data.span[1]), None)
    ahead = following is not None and following.span[0] < talk.sent_before(reply)  # that is S-order
    if following is not None and not ahead and following in talk.no_commands():
        yield f"the message, beginning with {talk.command(following)}", following.span, reply, to


# ---------------------------------------------------------------- once is enough


@case("S-once", on="printer/description")
def test_no_notification_of_the_run_is_sent_twice(play: PlayStory) -> None:
    found, looked = [], 0
    for other in play.story.plays.values():
        if other.end is not None:
            number, again = _repeated(other)
            looked += number
            found += again
    if not looked:
        raise Inconclusive("no mail about the end of a job was taken in this run")
    conclude(found, expected="no second copy of a notification that was answered 250")


@case("S-once", on="once")
def test_a_notification_that_was_taken_is_not_sent_again(play: PlayStory) -> None:
    sessions(play)
    looked, found = _repeated(play)
    if not looked:
        raise Inconclusive("no mail of this play was answered 250")
    conclude(found, expected="no second copy of a notification that was answered 250")


def _repeated(play: PlayStory) -> tuple[int, list[Finding]]:
    """How many notifications were taken for good, and those that came again.

    Only ends of jobs are looked at, for a job ends once.
    """
    looked, found = 0, []
    jobs = [printed.name for _, printed in play.steps_of(Printed) if printed.job]
    addresses = [subscription.address for subscription in play.subscriptions.values()]
    for subscription in play.subscriptions.values():
        if subscription.asked.events != ("job-completed",) or addresses.count(subscription.address) > 1:
            continue  # two subscriptions to one address are two notifications, however alike (N-11)
        for name in jobs:
            first: dict[bytes, Letter] = {}
            for letter in _about(subscription, name):
                before = first.setdefault(essence(letter), letter)
                looked += before is letter
                if before is not letter and _acknowledged(play, before):
                    actual = f"mail #{letter.id} repeats mail #{before.id} about {name!r}, which had been answered 250"
                    found.append(Finding(actual, letter.where()))
    return looked, found


def _about(subscription: Subscription, job: str) -> list[Letter]:
    """The mails that name the job; those that do not may be about another."""
    found, named = [], re.compile(rf"(?<!\w){re.escape(words(job))}(?!\w)")  # job 6j1 is not meant by job 6j10
    for letter in subscription.letters:
        subject = letter.mail.one("Subject")
        try:
            text = body_text(letter)
        except Violation:  # judged elsewhere
            text = ""
        if named.search(words(subject.text if subject else "")) or named.search(text):
            found.append(letter)
    return found


def _acknowledged(play: PlayStory, letter: Letter) -> bool:
    """Whether the printer surely knows of the 250: it did something after it, and no fault of ours came between."""
    talk = next((t for t in play.story.talks if t.id == letter.row.session), None)
    if talk is None or talk.unread_faults:
        return False
    for content in talk.contents:
        reply = content.turn.data_reply
        if content.start == letter.row.start and content.taken and reply is not None:
            return any(e.t > reply.t and e.kind in (EventKind.CLIENT, EventKind.EOF) for e in talk.events)
    return False
