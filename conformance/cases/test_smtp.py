"""The SMTP dialogue, over every session of the run (RFC 5321, and RFC 821 where the draft cites it)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from conformance.record import rows
from conformance.record.run_record import PlayRecord
from conformance.record.smtp_sessions import HELLO, SessionRecord
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire import smtp, smtp_events
from conformance.wire.path import Path, is_domain

from .case import case
from .findings import Finding
from .session_lookup import derailed, printer_sessions, printers, settle, touched

SHOWN_OCTETS: Final = 12
_PATH: Final = re.compile(rb"(?i)(?:MAIL FROM|RCPT TO):[ \t]*<(?:\"(?:[^\"\\]|\\.)*+\"|[^\">])*+>", re.DOTALL)
_SPACED: Final = re.compile(rb"(?i)(?:MAIL FROM|RCPT TO):[ \t]+<")
_DOTTED: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")  # an address, which has to stand in square brackets
_SPACED_WITHIN: Final = "white space within the <>"  # of the path, which Path.problem tells
_LAST_OF_A_GROUP: Final = ("DATA", "EHLO", "HELO", "VRFY", "EXPN", "QUIT", "NOOP")  # RFC 2920 section 3.1


@case("S-hello", on="printer/description")
def test_the_printer_introduces_itself_before_any_mail(play: PlayRecord) -> None:
    found, looked = [], 0
    for session in printer_sessions(play):
        introduced = False
        for turn in session.turns:
            if turn.verb in HELLO:
                introduced = bool(turn.argument.strip())
            elif turn.verb == "STARTTLS" and turn.reply is not None and turn.reply.code == 220:
                introduced = False
            elif turn.verb == "MAIL":
                looked += 1
                if not introduced:
                    before = " ".join(t.verb for t in session.turns if t.span[0] < turn.span[0]) or "nothing"
                    found.append(Finding(f"{session.command(turn)} after {before}", session.where(turn.span)))
                break
    if not looked:
        raise Inconclusive("no session of the run came to a MAIL command")
    settle(play, found, expected="EHLO or HELO with a name before the first MAIL (and again after STARTTLS)")


@case("S-hello", on="printer/description")
def test_what_comes_to_this_port_is_smtp(play: PlayRecord) -> None:
    """Another protocol is told here once, and held to no rule of lines."""
    if not play.run_record.sessions:
        raise Inconclusive("the printer opened no SMTP session in this run")
    found = [
        Finding(
            f"{session.foreign}, beginning with {session.stream[:SHOWN_OCTETS]!r}",
            session.where((0, len(session.stream))),
        )
        for session in play.run_record.sessions
        if session.foreign is not None and play.run_record.session_owner.from_the_printer(session.id)
    ]
    settle(play, found, expected="SMTP on a port that speaks SMTP from the first octet", binding=False)


def _path_of(turn: smtp.Turn) -> Path:
    return smtp.path(turn.argument, b"FROM" if turn.verb == "MAIL" else b"TO")


@case("S-path", on="printer/description")
def test_paths_stand_in_angle_brackets(play: PlayRecord) -> None:
    found, looked = [], 0
    for session in printer_sessions(play):
        for turn in session.turns:
            if turn.verb not in ("MAIL", "RCPT"):
                continue
            looked += 1
            if not _PATH.match(turn.line):
                problem = _path_of(turn).problem or "not MAIL FROM: or RCPT TO: and a path"
                found.append(Finding(f"{session.command(turn)}: {problem}", session.where(turn.span)))
    if not looked:
        raise Inconclusive("no session of the run came to a MAIL or RCPT command")
    settle(play, found, expected="MAIL FROM:<address> and RCPT TO:<address>, the brackets directly after the colon")


@case("S-path", on="printer/description")
def test_no_blank_stands_before_the_bracket(play: PlayRecord) -> None:
    found, looked = [], 0
    for session in printer_sessions(play):
        for turn in session.turns:
            if turn.verb not in ("MAIL", "RCPT"):
                continue
            looked += 1
            if _SPACED.match(turn.line) or _SPACED_WITHIN in (_path_of(turn).problem or ""):
                found.append(Finding(f"{session.command(turn)}", session.where(turn.span)))
    if not looked:
        raise Inconclusive("no session of the run came to a MAIL or RCPT command")
    settle(play, found, expected="the bracket directly after the colon, and the address directly in it", binding=False)


# ---------------------------------------------------------------- what stands beside names and paths


@case("S-name", on="printer/description")
def test_the_printer_gives_a_name_by_the_grammar(play: PlayRecord) -> None:
    found, looked = [], 0
    for session in printer_sessions(play):
        for turn in session.turns:
            name = turn.argument.strip(b" \t").decode("latin-1")
            if turn.verb not in HELLO or not name:
                continue
            looked += 1
            if not is_domain(name) or _DOTTED.fullmatch(name):
                found.append(Finding(f"{session.command(turn)}", session.where(turn.span)))
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
_OF_RCPT: Final = ("NOTIFY", "ORCPT", "RRVS", "CONNEG")  # the others of these are MAIL's
_VALUES: Final = {  # of the parameters that a printer may well use: RFC 1870 section 4, RFC 6152 section 2
    "SIZE": re.compile(r"[0-9]{1,20}"),
    "BODY": re.compile(r"7BIT|8BITMIME|BINARYMIME", re.IGNORECASE),
}
_BEHIND_A_PATH: Final = ("no space between the path", "is no parameter", "set apart by one space")


@case("S-params", on="printer/description")
def test_parameters_are_those_that_were_offered(play: PlayRecord) -> None:
    found, looked = [], 0
    for session in printer_sessions(play):
        for turn in session.turns:
            if turn.verb in ("MAIL", "RCPT"):
                looked += 1
                problem = _parameter_problem(session, turn)
                if problem is not None:
                    found.append(Finding(f"{session.command(turn)}: {problem}", session.where(turn.span)))
    if not looked:
        raise Inconclusive("no session of the run came to a MAIL or RCPT command")
    settle(play, found, expected="nothing behind the path but parameters of extensions that were offered")


def _parameter_problem(session: SessionRecord, turn: smtp.Turn) -> str | None:
    path = _path_of(turn)
    if not path.brackets:
        return None  # where the path ends nobody can know; S-path judges that
    for problem in (path.problem or "").split("; "):
        if any(words in problem for words in _BEHIND_A_PATH):
            return problem
    offered = session.offered(turn)
    for parameter in path.parameters:
        keyword, _, value = parameter.partition("=")
        keyword = keyword.upper()
        extension = _EXTENSION_OF.get(keyword, keyword)
        if extension not in offered:
            return f"{extension} was not offered" if offered else "no extension was offered"
        command = "RCPT" if keyword in _OF_RCPT else "MAIL"
        if keyword in _EXTENSION_OF and turn.verb != command:
            return f"{keyword} is a parameter of {command}"
        if keyword in _VALUES and not _VALUES[keyword].fullmatch(value):
            return f"{value!a} is no value of {keyword}"
    return None


# ---------------------------------------------------------------- waiting for answers


@case("S-order", on="printer/description")
def test_each_command_waits_for_the_answer_to_the_one_before(play: PlayRecord) -> None:
    _judge_order(play, [session for session in printer_sessions(play) if not derailed(session, play)])


@case("S-order", on="slow")
def test_slow_answers_are_waited_for(play: PlayRecord) -> None:
    printer_sessions(play)
    slow = [session for session in printers(play, touched(play)) if session.slowed_by_us]
    if not slow:
        raise Inconclusive("no answer was given slowly: the printer opened no session meanwhile")
    _judge_order(play, slow)


def _judge_order(play: PlayRecord, sessions: list[SessionRecord]) -> None:
    found, looked = list[Finding](), 0
    for session in sessions:
        answered, early = _early_octets(session)
        if early and session.spread_by_us:
            continue  # who loses his place in an answer of several lines is judged by S-multiline
        looked += answered
        found += early
    if not looked:
        raise Inconclusive("no command of the run was answered")
    settle(play, found, expected="nothing more from the printer until a command is answered; the message after the 354")


def _early_octets(session: SessionRecord) -> tuple[int, list[Finding]]:
    """How many answers the printer had to wait for, and where it did not."""
    found, answered = list[Finding](), 0
    stray = session.no_commands()  # who takes a refusal for a success sends a message here; that is S-4yz
    until = stray[0].span[0] if stray else len(session.stream)
    for (turn, reply), end, pipelined in _answers(session):
        answered += 1
        early = min(session.sent_before(reply), until) - end
        if early > 0 and not pipelined and not _gave_up(session, end):
            sent = session.stream[end : end + min(early, 120)].decode("latin-1")
            actual = f"{sent!r} came before the answer {reply.code} to {session.command(turn)} was sent"
            found.append(Finding(actual, session.where((end, end + early))))
    return answered, found


def _answers(session: SessionRecord) -> Iterator[tuple[tuple[smtp.Turn, smtp.Reply], int, bool]]:
    """Each command with its answer, where it ends in the stream, and whether the printer was free to send on."""
    for turn in session.turns:
        if turn.verb in ("AUTH", "STARTTLS"):  # they have exchanges of their own
            continue
        grouped = "PIPELINING" in session.offered(turn) and turn.verb not in _LAST_OF_A_GROUP
        if turn.reply is not None:
            yield (turn, turn.reply), turn.span[1], grouped
        if turn.data_span is not None and turn.data_t is not None and turn.data_reply is not None:
            yield (turn, turn.data_reply), turn.data_span[1] + len(b".\r\n"), "PIPELINING" in session.offered(turn)


def _gave_up(session: SessionRecord, end: int) -> bool:
    """Whether what came there is a leave-taking while we let the printer wait on purpose."""
    return (session.slowed_by_us or session.broken_by_us) and session.stream[end : end + 4].upper() in (
        b"QUIT",
        b"RSET",
    )


# ---------------------------------------------------------------- answers of several lines


@case("S-multiline", on="lines")
def test_an_answer_is_read_to_its_last_line(play: PlayRecord) -> None:
    printer_sessions(play)
    spread = [session for session in printers(play, touched(play)) if session.spread_by_us]
    if not spread:
        raise NotApplicable("the printer opened no new session while answers had several lines")
    found = []
    for session in spread:
        for line, span in session.interruptions():
            sent = session.stream[span[0] : min(span[1], span[0] + 80)].decode("latin-1")
            found.append(
                Finding(f"{sent!r} after the line {line.decode('latin-1')!r}, before the last", session.where(span))
            )
    settle(play, found, expected="silence until the last line of the answer, the one with a space after its code")
    delivered = any(session.contents for session in printers(play, touched(play)))
    for session in spread:
        replies = [session.dialogue.greeting, *(t.reply for t in session.turns)]
        all_well = all(reply is None or reply.code < 400 for reply in replies)
        # A connection may break of itself; but the mail is then sent again.
        left = session.dialogue.closed in (
            smtp.Closing.QUIT,
            smtp.Closing.CLIENT,
            *(() if delivered else (smtp.Closing.LOST,)),
        )
        if all_well and left and not session.contents and not session.broken_by_us:
            said = " ".join(turn.verb for turn in session.turns) or "nothing"
            settle(
                play,
                [Finding(f"the printer said {said} and left", session.where())],
                expected="the mail, as after answers of one line: no answer was a refusal",
            )


@case("S-multiline", on="printer/description")
def test_answers_of_several_lines_are_not_interrupted(play: PlayRecord) -> None:
    found, looked = [], 0
    for session in printer_sessions(play):
        looked += any(len(t.reply.lines) > 1 for t in session.turns if t.reply is not None)
        for line, span in session.interruptions():
            sent = session.stream[span[0] : min(span[1], span[0] + 80)].decode("latin-1")
            found.append(Finding(f"{sent!r} after the line {line.decode('latin-1')!r}", session.where(span)))
    if not looked:
        raise NotApplicable("no answer of the run had several lines")
    settle(play, found, expected="silence until the last line of the answer, the one with a space after its code")


# ---------------------------------------------------------------- leave-taking


@case("S-quit", on="printer/description")
def test_sessions_end_with_quit(play: PlayRecord) -> None:
    _judge_goodbyes(play, printer_sessions(play))


@case("S-quit", on="slow")
def test_a_slow_goodbye_is_awaited(play: PlayRecord) -> None:
    printer_sessions(play)
    _judge_goodbyes(play, [session for session in printers(play, touched(play)) if session.slowed_by_us])


def _judge_goodbyes(play: PlayRecord, sessions: list[SessionRecord]) -> None:
    found, looked = list[Finding](), 0
    ends = [end.t for end in play.run_record.file.rows(rows.RunEnd)]
    for session in sessions:
        closed = session.dialogue.closed
        taken_down = any(
            session.row.t <= end <= session.ended for end in ends
        )  # the bench, while this session was open
        ours = taken_down or session.broken_by_us or session.spread_by_us
        if ours or closed not in (smtp.Closing.QUIT, smtp.Closing.CLIENT) or derailed(session, play):
            continue
        looked += 1
        if closed is smtp.Closing.CLIENT:
            last = session.command(session.turns[-1]) if session.turns else "nothing"
            found.append(Finding(f"the printer closed after {last}", session.where()))
        elif _closed_before_goodbye(session):
            found.append(Finding("the printer closed before QUIT was answered", session.where()))
    settle(play, found, expected="QUIT, and the connection closed after the answer 221")
    if not looked:
        raise NotApplicable("the printer ended none of these sessions: they were left open, or ended by us")


def _closed_before_goodbye(session: SessionRecord) -> bool:
    """Whether the end of the printer's stream came before the last thing we sent, the 221."""
    kinds = [event.kind for event in session.events]
    if smtp_events.EventKind.EOF not in kinds:
        return False
    return smtp_events.EventKind.SERVER in kinds[kinds.index(smtp_events.EventKind.EOF) :]
