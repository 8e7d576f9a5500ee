"""The SMTP dialogue, over every session of the run (RFC 5321, and RFC 821 where the draft cites it)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from . import rows
from .case import case
from .findings import Finding
from .story import PlayStory
from .talk import HELLO, Talk, derailed, printers, sessions, settle, touched
from .verdict import Inconclusive, NotApplicable
from .wire import smtp
from .wire.path import is_domain

SHOWN_OCTETS: Final = 12
_PATH: Final = re.compile(rb"(?i)(?:MAIL FROM|RCPT TO):[ \t]*<(?:\"(?:[^\"\\]|\\.)*+\"|[^\">])*+>", re.DOTALL)
_SPACED: Final = re.compile(rb"(?i)(?:MAIL FROM|RCPT TO):[ \t]+<")
_LAST_OF_A_GROUP: Final = ("DATA", "EHLO", "HELO", "VRFY", "EXPN", "QUIT", "NOOP")  # RFC 2920 section 3.1


@case("S-hello", on="printer/description")
def test_the_printer_introduces_itself_before_any_mail(play: PlayStory) -> None:
    found, looked = [], 0
    for talk in sessions(play):
        introduced = False
        for turn in talk.turns:
            if turn.verb in HELLO:
                introduced = bool(turn.argument.strip())
            elif turn.verb == "STARTTLS" and turn.reply is not None and turn.reply.code == 220:
                introduced = False
            elif turn.verb == "MAIL":
                looked += 1
                if not introduced:
                    before = " ".join(t.verb for t in talk.turns if t.span[0] < turn.span[0]) or "nothing"
                    found.append(Finding(f"{talk.command(turn)} after {before}", talk.where(turn.span)))
                break
    if not looked:
        raise Inconclusive("no session of the run came to a MAIL command")
    settle(play, found, expected="EHLO or HELO with a name before the first MAIL (and again after STARTTLS)")


@case("S-hello", on="printer/description")
def test_what_comes_to_this_port_is_smtp(play: PlayStory) -> None:
    """Another protocol is told here once, and held to no rule of lines."""
    if not play.story.talks:
        raise Inconclusive("the printer opened no SMTP session in this run")
    found = [
        Finding(f"{talk.foreign}, beginning with {talk.stream[:SHOWN_OCTETS]!r}", talk.where((0, len(talk.stream))))
        for talk in play.story.talks
        if talk.foreign is not None and play.story.whose.from_the_printer(talk.id)
    ]
    settle(play, found, expected="SMTP on a port that speaks SMTP from the first octet", binding=False)


@case("S-path", on="printer/description")
def test_paths_stand_in_angle_brackets(play: PlayStory) -> None:
    found, looked = [], 0
    for talk in sessions(play):
        for turn in talk.turns:
            if turn.verb not in ("MAIL", "RCPT"):
                continue
            looked += 1
            if not _PATH.match(turn.line):
                keyword = b"FROM" if turn.verb == "MAIL" else b"TO"
                problem = smtp.path(turn.argument, keyword).problem or "not MAIL FROM: or RCPT TO: and a path"
                found.append(Finding(f"{talk.command(turn)}: {problem}", talk.where(turn.span)))
    if not looked:
        raise Inconclusive("no session of the run came to a MAIL or RCPT command")
    settle(play, found, expected="MAIL FROM:<address> and RCPT TO:<address>, the brackets directly after the colon")


@case("S-path", on="printer/description")
def test_no_blank_stands_before_the_bracket(play: PlayStory) -> None:
    found, looked = [], 0
    for talk in sessions(play):
        for turn in talk.turns:
            looked += turn.verb in ("MAIL", "RCPT")
            if turn.verb in ("MAIL", "RCPT") and _SPACED.match(turn.line):
                found.append(Finding(f"{talk.command(turn)}", talk.where(turn.span)))
    if not looked:
        raise Inconclusive("no session of the run came to a MAIL or RCPT command")
    settle(play, found, expected="the bracket directly after the colon", binding=False)


# ---------------------------------------------------------------- what stands beside names and paths


@case("S-name", on="printer/description")
def test_the_printer_gives_a_name_by_the_grammar(play: PlayStory) -> None:
    found, looked = [], 0
    for talk in sessions(play):
        for turn in talk.turns:
            name = turn.argument.strip(b" \t").decode("latin-1")
            if turn.verb not in HELLO or not name:
                continue
            looked += 1
            if not is_domain(name):
                found.append(Finding(f"{talk.command(turn)}", talk.where(turn.span)))
    if not looked:
        raise Inconclusive("no session of the run came to EHLO or HELO with a name")
    settle(play, found, expected="a domain name, or an address in square brackets, and nothing behind it")


# The extension whose keyword in the answer to EHLO lets a parameter be used, as IANA has them registered.
_EXTENSION_OF: Final = {
    "SIZE": "SIZE", "BODY": "8BITMIME", "AUTH": "AUTH", "RET": "DSN", "ENVID": "DSN", "NOTIFY": "DSN", "ORCPT": "DSN",
    "SMTPUTF8": "SMTPUTF8", "REQUIRETLS": "REQUIRETLS", "BY": "DELIVERBY", "HOLDFOR": "FUTURERELEASE",
    "HOLDUNTIL": "FUTURERELEASE", "MT-PRIORITY": "MT-PRIORITY", "MTRK": "MTRK", "SOLICIT": "NO-SOLICITING",
    "CONPERM": "CONPERM", "CONNEG": "CONNEG", "RRVS": "RRVS", "TRANSID": "CHECKPOINT", "SUBMITTER": "SUBMITTER",
}  # fmt: skip
_BEHIND_A_PATH: Final = ("no space between the path", "is no parameter", "set apart by one space")


@case("S-params", on="printer/description")
def test_parameters_are_those_that_were_offered(play: PlayStory) -> None:
    found, looked = [], 0
    for talk in sessions(play):
        for turn in talk.turns:
            if turn.verb in ("MAIL", "RCPT"):
                looked += 1
                problem = _parameter_problem(talk, turn)
                if problem is not None:
                    found.append(Finding(f"{talk.command(turn)}: {problem}", talk.where(turn.span)))
    if not looked:
        raise Inconclusive("no session of the run came to a MAIL or RCPT command")
    settle(play, found, expected="nothing behind the path but parameters of extensions that were offered")


def _parameter_problem(talk: Talk, turn: smtp.Turn) -> str | None:
    path = smtp.path(turn.argument, b"FROM" if turn.verb == "MAIL" else b"TO")
    if not path.brackets:
        return None  # where the path ends nobody can know; S-path judges that
    for problem in (path.problem or "").split("; "):
        if any(words in problem for words in _BEHIND_A_PATH):
            return problem
    offered = talk.offered(turn)
    for parameter in path.parameters:
        keyword = parameter.partition("=")[0].upper()
        extension = _EXTENSION_OF.get(keyword, keyword)
        if extension not in offered:
            return f"{extension} was not offered" if offered else "no extension was offered"
    return None


# ---------------------------------------------------------------- waiting for answers


@case("S-order", on="printer/description")
def test_each_command_waits_for_the_answer_to_the_one_before(play: PlayStory) -> None:
    _judge_order(play, [talk for talk in sessions(play) if not derailed(talk, play)])


@case("S-order", on="slow")
def test_slow_answers_are_waited_for(play: PlayStory) -> None:
    sessions(play)
    slow = [talk for talk in printers(play, touched(play)) if talk.slowed_by_us]
    if not slow:
        raise Inconclusive("no answer was given slowly: the printer opened no session meanwhile")
    _judge_order(play, slow)


def _judge_order(play: PlayStory, talks: list[Talk]) -> None:
    found, looked = list[Finding](), 0
    for talk in talks:
        answered, early = _early_talk(talk)
        if early and talk.spread_by_us:
            continue  # who loses his place in an answer of several lines is judged by S-multiline
        looked += answered
        found += early
    if not looked:
        raise Inconclusive("no command of the run was answered")
    settle(play, found, expected="nothing more from the printer until a command is answered; the message after the 354")


def _early_talk(talk: Talk) -> tuple[int, list[Finding]]:
    """How many answers the printer had to wait for, and where it did not."""
    found, answered = list[Finding](), 0
    stray = talk.no_commands()  # who takes a refusal for a success sends a message here; that is S-4yz
    until = stray[0].span[0] if stray else len(talk.stream)
    for (turn, reply), end, pipelined in _answers(talk):
        answered += 1
        early = min(talk.sent_before(reply), until) - end
        if early > 0 and not pipelined and not _gave_up(talk, end):
            sent = talk.stream[end : end + early].decode("latin-1")
            actual = f"{sent[:120]!r} came before the answer {reply.code} to {talk.command(turn)} was sent"
            found.append(Finding(actual, talk.where((end, end + early))))
    return answered, found


def _answers(talk: Talk) -> Iterator[tuple[tuple[smtp.Turn, smtp.Reply], int, bool]]:
    """Each command with its answer, where it ends in the stream, and whether the printer was free to send on."""
    for turn in talk.turns:
        if turn.verb in ("AUTH", "STARTTLS"):  # they have exchanges of their own
            continue
        grouped = "PIPELINING" in talk.offered(turn) and turn.verb not in _LAST_OF_A_GROUP
        if turn.reply is not None:
            yield (turn, turn.reply), turn.span[1], grouped
        if turn.data_span is not None and turn.data_t is not None and turn.data_reply is not None:
            yield (turn, turn.data_reply), turn.data_span[1] + len(b".\r\n"), "PIPELINING" in talk.offered(turn)


def _gave_up(talk: Talk, end: int) -> bool:
    """Whether what came there is a leave-taking while we let the printer wait on purpose."""
    return (talk.slowed_by_us or talk.broken_by_us) and talk.stream[end : end + 4].upper() in (b"QUIT", b"RSET")


# ---------------------------------------------------------------- answers of several lines


@case("S-multiline", on="lines")
def test_an_answer_is_read_to_its_last_line(play: PlayStory) -> None:
    sessions(play)
    spread = [talk for talk in printers(play, touched(play)) if talk.spread_by_us]
    if not spread:
        raise NotApplicable("the printer opened no new session while answers had several lines")
    found = []
    for talk in spread:
        for line, span in talk.interruptions():
            sent = talk.stream[span[0] : span[1]].decode("latin-1")
            found.append(
                Finding(f"{sent[:80]!r} after the line {line.decode('latin-1')!r}, before the last", talk.where(span))
            )
    settle(play, found, expected="silence until the last line of the answer, the one with a space after its code")
    delivered = any(talk.contents for talk in printers(play, touched(play)))
    for talk in spread:
        replies = [talk.dialogue.greeting, *(t.reply for t in talk.turns)]
        all_well = all(reply is None or reply.code < 400 for reply in replies)
        # A connection may break of itself; but the mail is then sent again.
        left = talk.dialogue.closed in (
            smtp.Closing.QUIT,
            smtp.Closing.CLIENT,
            *(() if delivered else (smtp.Closing.LOST,)),
        )
        if all_well and left and not talk.contents and not talk.broken_by_us:
            said = " ".join(turn.verb for turn in talk.turns) or "nothing"
            settle(
                play,
                [Finding(f"the printer said {said} and left", talk.where())],
                expected="the mail, as after answers of one line: no answer was a refusal",
            )


@case("S-multiline", on="printer/description")
def test_answers_of_several_lines_are_not_interrupted(play: PlayStory) -> None:
    found, looked = [], 0
    for talk in sessions(play):
        looked += any(len(t.reply.lines) > 1 for t in talk.turns if t.reply is not None)
        for line, span in talk.interruptions():
            sent = talk.stream[span[0] : span[1]].decode("latin-1")
            found.append(Finding(f"{sent[:80]!r} after the line {line.decode('latin-1')!r}", talk.where(span)))
    if not looked:
        raise NotApplicable("no answer of the run had several lines")
    settle(play, found, expected="silence until the last line of the answer, the one with a space after its code")


# ---------------------------------------------------------------- leave-taking


@case("S-quit", on="printer/description")
def test_sessions_end_with_quit(play: PlayStory) -> None:
    _judge_goodbyes(play, sessions(play))


@case("S-quit", on="slow")
def test_a_slow_goodbye_is_awaited(play: PlayStory) -> None:
    sessions(play)
    _judge_goodbyes(play, [talk for talk in printers(play, touched(play)) if talk.slowed_by_us])


def _judge_goodbyes(play: PlayStory, talks: list[Talk]) -> None:
    found, looked = list[Finding](), 0
    ends = [end.t for end in play.story.file.rows(rows.RunEnd)]
    for talk in talks:
        closed = talk.dialogue.closed
        taken_down = any(talk.row.t <= end <= talk.ended for end in ends)  # the bench, while this session was open
        ours = taken_down or talk.broken_by_us or talk.spread_by_us
        if ours or closed not in (smtp.Closing.QUIT, smtp.Closing.CLIENT) or derailed(talk, play):
            continue
        looked += 1
        if closed is smtp.Closing.CLIENT:
            last = talk.command(talk.turns[-1]) if talk.turns else "nothing"
            found.append(Finding(f"the printer closed after {last}", talk.where()))
        elif _closed_before_goodbye(talk):
            found.append(Finding("the printer closed before QUIT was answered", talk.where()))
    settle(play, found, expected="QUIT, and the connection closed after the answer 221")
    if not looked:
        raise NotApplicable("the printer ended none of these sessions: they were left open, or ended by us")


def _closed_before_goodbye(talk: Talk) -> bool:
    """Whether the end of the printer's stream came before the last thing we sent, the 221."""
    kinds = [event.kind for event in talk.events]
    if rows.EventKind.EOF not in kinds:
        return False
    return rows.EventKind.SERVER in kinds[kinds.index(rows.EventKind.EOF) :]
