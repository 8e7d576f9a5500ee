"""What a look at the bench has shown, read from its evidence: each thing fine, or what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from conformance.record import rows
from conformance.record.exchanges import Answer
from conformance.record.offered import SCHEMES, why_not_judged
from conformance.record.run_record import RunRecord
from conformance.trouble import BUSY, FULL, RIGHTS
from conformance.verdict import Inconclusive, printable
from conformance.wire.registry import Operation
from fakes.stage.ixit import Ixit

ASLEEP: Final = 60.0
"""Seconds that a printer's clock may be wrong.  The dates in its mails are compared with our own clock."""

LATE: Final = 0.5  # of the time that a mail may take: one that takes longer may come too late another time
NEEDED: Final = (Operation.CREATE_PRINTER_SUBSCRIPTIONS, Operation.PRINT_JOB)
HELPFUL: Final = (Operation.CREATE_JOB, Operation.CANCEL_JOB, Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER)
SHOWN: Final = 120  # characters of what a printer says
UNAUTHORIZED: Final = 401  # of HTTP
REFUSED: Final = 400  # of SMTP, and above


@dataclass(frozen=True, slots=True)
class BenchFinding:
    """One thing that was looked at; ``problem`` has what to do about it in its words."""

    about: str
    says: str
    problem: bool = False

    @property
    def line(self) -> str:
        """As it is printed."""
        return f"{'problem' if self.problem else 'ok':<8}{self.about:<10}{printable(self.says)}"


def bench_findings(run_record: RunRecord, ixit: Ixit) -> Iterator[BenchFinding]:
    """All there is to say, up to the thing that kept the rest from being looked at."""
    first = next(run_record.file.rows(rows.Exchange), None)
    if first is None or (first.problem and not first.http_status):
        why = run_record.ended_early or "nothing was asked"
        yield BenchFinding("reach", why, problem=True)
        return
    took = (first.t_end - first.t_start) / 1e6
    yield BenchFinding("reach", f"{first.uri} answers in {took:.0f} ms{f' over {first.tls}' if first.tls else ''}")
    if not run_record.plays:
        *_, last = run_record.file.rows(rows.Exchange)
        about = "rights" if last.http_status == UNAUTHORIZED else "lists"
        yield BenchFinding(about, run_record.ended_early or "it was not played at", problem=True)
        return
    yield _lists(run_record)
    yield from _rights(run_record)
    yield from _mail(run_record, ixit)
    yield _clock(run_record)
    yield from _left(run_record)


def able(run_record: RunRecord) -> bool:
    """Whether a run at this printer would be judged."""
    return bool(run_record.plays) and not why_not_judged(run_record)


def _lists(run_record: RunRecord) -> BenchFinding:
    printer = run_record.printer
    try:
        assert printer is not None  # nothing is played at a printer that does not tell of itself
        words = {
            name: attribute.texts() if (attribute := printer.get(name)) is not None else []
            for name in ("printer-name", "printer-make-and-model", SCHEMES, run_record.vocabulary.events_supported)
        }
        listed = printer.get("operations-supported")
    except Inconclusive as reason:
        return BenchFinding("lists", str(reason), problem=True)
    name, model, schemes, events = words.values()
    numbers = listed.integers() if listed is not None else []
    called = f"{' '.join(name)[:SHOWN]} ({' '.join(model)[:SHOWN] or 'of no make'})"
    without = [operation.keyword for operation in (*NEEDED, *HELPFUL) if operation not in numbers]
    lacks = f"; without {', '.join(without)}, what needs them is not judged" if without else ""
    return BenchFinding(
        "lists",
        f"{called} mails about {len(events)} events, by the names of {run_record.vocabulary.name}; {SCHEMES} is "
        f"{', '.join(schemes)[:SHOWN] or 'not listed'}{lacks}",
        problem=any(operation not in numbers for operation in NEEDED),
    )


def _rights(run_record: RunRecord) -> Iterator[BenchFinding]:
    """What was refused to the user of the run, or to anybody for now."""
    answers = list(run_record.answers())
    refused = {a.operation: a for a in answers if a.status in RIGHTS}
    for operation, answer in refused.items():
        yield BenchFinding(
            "rights",
            f"{operation} gave {answer.keyword}: let the user of the run do so at the printer, or name another in the "
            "IXIT (user, password-from)",
            problem=True,
        )
    full = [a for a in answers if a.status in BUSY or a.status == FULL]
    for operation, answer in {a.operation: a for a in full}.items():
        yield BenchFinding("room", f"{operation} gave {answer.keyword}: wait, or end what others hold", problem=True)
    wrong = [] if refused or full else [a for a in answers if _subscribes(a) and not a.ok]
    if wrong and not any(a.ok for a in answers if _subscribes(a)):
        yield BenchFinding("rights", f"no subscription was made: {wrong[-1].operation} gave {wrong[-1].keyword}", True)
    elif not refused and not full:
        did = dict.fromkeys(a.operation for a in answers if a.ok)
        yield BenchFinding("rights", f"nothing is refused: {', '.join(did)}")


def _subscribes(answer: Answer) -> bool:
    return answer.row.operation == Operation.CREATE_PRINTER_SUBSCRIPTIONS


def _mail(run_record: RunRecord, ixit: Ixit) -> Iterator[BenchFinding]:
    count, sessions = len(run_record.mails), run_record.sessions
    if count:
        recipients = [recipient for mail in run_record.mails for recipient in mail.recipients]
        ours = [recipient for recipient in recipients if recipient.lower().endswith(f"@{ixit.mail_domain.lower()}")]
        came = f"{count} mails came, in {len(sessions)} connections"
        other = "".join(recipients[:1])[:SHOWN]
        lost = (
            f", none of them for anybody in {ixit.mail_domain}, but for {other}: no recipient may be changed on its "
            "way, and mail-domain in the IXIT is where they are"
        )
        yield BenchFinding("mail", came if ours else came + lost, problem=not ours)
        slowest = run_record.facts.slowest_mail
        if slowest is not None:
            late = slowest > LATE * ixit.mail_timeout
            advice = f"; mail-timeout is {ixit.mail_timeout:g} s: raise it in the IXIT" if late else ""
            yield BenchFinding("latency", f"the slowest mail took {slowest:.1f} s{advice}", problem=late)
    elif sessions:
        hands = next((s.handshake for s in reversed(sessions) if s.handshake is not None), None)
        turns = [turn for session in reversed(sessions) for turn in reversed(session.turns)]
        refused = (turn for turn in turns if turn.reply is not None and turn.reply.code >= REFUSED)
        turn = next(refused, turns[0] if turns else None)
        last = "said nothing"
        if turn is not None:
            said = printable(turn.line[:SHOWN].decode("latin-1").rstrip())
            last = f"last said {said!r} and got {turn.reply.code if turn.reply is not None else 'no answer'}"
        broke = f"; TLS failed: {hands.problem}" if hands is not None and hands.problem else ""
        yield BenchFinding(
            "mail",
            f"the printer connected {len(sessions)} times, handed over no mail and {last}{broke}: set TLS and login "
            "alike at the printer and here (--smtp-tls, --smtp-auth)",
            problem=True,
        )
    else:
        yield BenchFinding("mail", run_record.ended_early or "no subscription was made, so that none was due", True)


def _clock(run_record: RunRecord) -> BenchFinding:
    """The printer's clock against ours, at the time of its answer."""
    answer = run_record.descriptions[0]
    told = answer.message.find("printer-current-time")
    moment = told.value.date_time if told is not None else None
    if moment is None:
        return BenchFinding("clock", "the printer tells no printer-current-time; the dates of its mails are judged")
    run = run_record.run
    ours = datetime.fromisoformat(run.began) + timedelta(microseconds=(answer.row.t_end - run.t) / 1000)
    off = (moment - ours.astimezone(UTC)).total_seconds()
    if abs(off) <= ASLEEP:
        return BenchFinding("clock", f"the printer's is {abs(off):.0f} s from ours")
    way = "ahead of" if off > 0 else "behind"
    return BenchFinding(
        "clock", f"the printer's is {timedelta(seconds=round(abs(off)))} {way} ours: set it, and its time zone", True
    )


def _left(run_record: RunRecord) -> Iterator[BenchFinding]:
    """Whether the printer is as it was."""
    for left in run_record.facts.left_behind:
        yield BenchFinding("left", left, problem=True)
    if not run_record.facts.left_behind:
        yield BenchFinding("left", "nothing of ours stays at the printer")
