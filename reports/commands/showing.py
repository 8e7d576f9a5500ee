"""``show``: what a place in the evidence holds, printed or written out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

from conformance.record.evidence import EvidenceFile
from conformance.record.ledger import ledger_of
from conformance.record.received_mail import ReceivedMail
from conformance.record.rows import EvidenceError, Exchange, Session
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.smtp_sessions import read_session
from conformance.verdict import name_shown, on_one_line
from conformance.wire.registry import Operation, keyword_of
from reports.exits import Exit, UsageError
from reports.viewing import exchange_view, ledger_rows, mail_view, session_view
from reports.viewing.as_text import exchange_lines, mail_lines, session_lines
from reports.viewing.ipptool import document_of, ipptool_test
from reports.writing import OutputError, remark, say, typed

from .run_options import edition_of, sittings

MOST_DIGITS: Final = 20  # of a number; no row has a longer one
MAX_LEFT_OVER: Final = 100
T = TypeVar("T")


def show(options: argparse.Namespace) -> int:
    """Print it, or write it where the options say."""
    try:
        with EvidenceFile.open(options.evidence) as file:
            shown = _Showing(RunRecord(file, edition=edition_of(sittings(file))), options)
            if options.eml or options.raw or options.test:
                _write(shown.octets(), options.output)
            else:
                say("\n".join(shown.lines()))
    except (UsageError, EvidenceError) as error:
        remark(error)
        return Exit.USAGE
    return Exit.CONFORMS


def _write(octets: bytes, output: Path | None) -> None:
    if output is not None:
        try:
            output.write_bytes(octets)
        except OSError as error:
            raise OutputError(str(output), error) from error
        return
    if sys.stdout is None:
        raise OutputError("to standard output", OSError(None, "it is closed"))
    if sys.stdout.isatty():
        raise UsageError("octets may steer a terminal: name a file (-o FILE), or send them on (| or >)")
    try:
        sys.stdout.buffer.write(octets)
        sys.stdout.buffer.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)  # else Python tries again at its end, and says so
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        raise OutputError("to standard output", error) from error


class _Showing:
    """What is asked for, in this evidence."""

    def __init__(self, run_record: RunRecord, options: argparse.Namespace) -> None:
        self._run, self._options = run_record, options
        self._what: str = options.what or ""
        self._which: str = options.which or ""
        self._spans = [options.octets] if options.octets else []

    def lines(self) -> Iterator[str]:
        """For a person."""
        if self._what == "ledger":
            return self._ledger()
        if self._what == "play":
            return self._play(self._named()) if self._which else self._plays()
        if not self._which:
            return {"": self._overview, "mail": self._mails, "smtp": self._sessions, "ipp": self._exchanges}[
                self._what
            ]()
        if self._what == "mail":
            mail = self._mail()
            return mail_lines(mail_view(mail, self._within(len(mail.parsed.octets), "the mail")))
        if self._what == "smtp":
            session = self._there(read_session(self._run.file, self._number()), "session")
            return session_lines(session_view(session, self._within(len(session.stream), "what the printer said")))
        exchange = self._exchange()
        return exchange_lines(exchange_view(exchange, self._within(len(exchange.response), "the answer")))

    def _within(self, size: int, what: str) -> list[tuple[int, int]]:
        """What is to be marked, which has to be there: a mark that nobody sees looks like one that says nothing."""
        if any(end > size for _, end in self._spans):
            raise UsageError(f"--octets {self._spans[0][0]}-{self._spans[0][1]} is beyond {what}, which has {size}")
        return self._spans

    def octets(self) -> bytes:
        """For a file."""
        options = self._options
        if options.eml:
            return self._mail().parsed.octets if self._what == "mail" else self._cannot("--eml", "a mail")
        if options.test:
            if self._what != "ipp":
                self._cannot("--test", "an IPP exchange")
            row = self._exchange()
            return ipptool_test(row, self._run.file.path.name, _document(row, options.output)).encode()
        if self._what == "mail":
            return self._mail().wire
        if self._what == "smtp":
            return self._there(read_session(self._run.file, self._number()), "session").stream
        return self._exchange().response if self._what == "ipp" else self._cannot("--raw", "mail, smtp or ipp")

    @staticmethod
    def _cannot(option: str, what: str) -> bytes:
        named = {"--eml": "mail", "--test": "ipp", "--raw": "ipp"}[option]
        raise UsageError(f"{option} is for {what}, such as: ippmailto show EVIDENCE {named} 1")

    # ------------------------------------------------------------ one of them

    def _number(self) -> int:
        text = self._which.lstrip("#")
        if not text.isascii() or not text.isdigit():
            raise UsageError(f"{on_one_line(self._which)!a} is no number; {self._what} alone lists them")
        return min(int(text[:MOST_DIGITS]), 2**62)  # Python takes some thousand digits for an error

    def _there(self, found: T | None, noun: str) -> T:
        if found is None:
            raise UsageError(f"there is no {noun} #{self._number()} in this evidence; {self._what} alone lists them")
        return found

    def _mail(self) -> ReceivedMail:
        number = self._number()
        return self._there(next((mail for mail in self._run.mails if mail.id == number), None), "mail")

    def _exchange(self) -> Exchange:
        return self._there(next(self._run.file.rows(Exchange, "id=?", self._number()), None), "exchange")

    def _named(self) -> PlayRecord:
        wanted = self._which.casefold()
        for name, play in self._run.plays.items():
            if name.casefold() == wanted:
                return play
        near = [name for name in self._run.plays if wanted in name.casefold()][:3]
        hint = f"did you mean {' or '.join(near)}?" if near else "play alone lists them"
        raise UsageError(f"there is no play {on_one_line(self._which)!a} in this evidence; {hint}")

    # ------------------------------------------------------------ lists

    def _overview(self) -> Iterator[str]:
        run, path = self._run.run, self._run.file.path
        yield f"{name_shown(path)}: {on_one_line(run.printer_uri)}, begun {on_one_line(run.began)}"
        exchanges, sessions = len(list(self._run.file.rows(Exchange))), len(list(self._run.file.rows(Session)))
        yield f"{len(self._run.plays)} plays, {len(self._run.mails)} mails, {sessions} sessions, {exchanges} exchanges"
        if self._run.ended_early:
            yield f"it ended early: {self._run.ended_early}"
        yield ""
        for what, key in (("mail", "number"), ("smtp", "number"), ("ipp", "number"), ("play", "name")):
            yield f"ippmailto show {typed(path)} {what:<6} lists them; with a {key} it shows one"
        yield f"ippmailto show {typed(path)} ledger says what was due, what came, and what nothing accounts for"

    def _mails(self) -> Iterator[str]:
        for mail in self._run.mails:
            subject = mail.parsed.one("Subject")
            told = on_one_line(subject.text)[:80] if subject is not None else "(not one Subject)"
            yield f"{mail.id:>5} {mail.t / 1e9:10.3f} s  {on_one_line(', '.join(mail.recipients))}: {told}"

    def _sessions(self) -> Iterator[str]:
        for session in self._run.sessions:
            faults = f", our faults: {on_one_line('; '.join(f.line for f in session.faults))}" if session.faults else ""
            told = f"{len(session.contents)} messages, {session.dialogue.closed.value}"
            yield f"{session.id:>5} {session.row.t / 1e9:10.3f} s  {on_one_line(session.row.peer)}: {told}{faults}"

    def _exchanges(self) -> Iterator[str]:
        for row in self._run.file.rows(Exchange):
            yield f"{row.id:>5} {row.t_start / 1e9:10.3f} s  {_answered(row)}"

    def _plays(self) -> Iterator[str]:
        for name, play in self._run.plays.items():
            end = play.end
            told = (
                "cut short"
                if end is None
                else f"{on_one_line(end.outcome)}{': ' if end.reason else ''}{on_one_line(end.reason)}"
            )
            yield f"{play.row.t / 1e9:10.3f} s  {name:<36} {told}"

    # ------------------------------------------------------------ a play, and the ledger

    def _play(self, play: PlayRecord) -> Iterator[str]:
        end = play.end
        yield f"{play.scenario}, play {play.row.id}"
        yield from ("" if not end else f"came to: {on_one_line(end.outcome)} {on_one_line(end.reason)}".rstrip(), "")
        happened: list[tuple[int, str]] = []
        for step in play.steps:
            label = f" {on_one_line(step.row.label)}" if step.row.label else ""
            happened.append((step.row.t, f"{step.row.kind}{label} {_short(step.row.detail)}"))
            happened += [(row.t_start, f"  ipp #{row.id} {_answered(row)}") for row in step.exchanges]
        for subscription in play.subscriptions.values():
            for mail in subscription.mails:
                about = f"  mail #{mail.id} for {on_one_line(subscription.label)}, in smtp #{mail.row.session}"
                happened.append((mail.t, about))
        for t, told in sorted(happened, key=lambda one: one[0]):
            yield f"{t / 1e9:10.3f} s  {told}"

    def _ledger(self) -> Iterator[str]:
        ledger = ledger_of(self._run)
        for word, count, told in ledger_rows(ledger):
            yield f"{word:<16} {count:>6}  {told}"
        for left in ledger.left_over[:MAX_LEFT_OVER]:
            counts_at = ", ".join(left.requirements)
            yield f"  {left.where}: {on_one_line(left.told)} ({left.kind.value}; counts at {counts_at})"
        if len(ledger.left_over) > MAX_LEFT_OVER:
            yield f"  and {len(ledger.left_over) - MAX_LEFT_OVER} more"


def _answered(row: Exchange) -> str:
    view = exchange_view(row)
    return f"{keyword_of(Operation, row.operation)}: {view.answer.says if view.answer else on_one_line(view.problem)}"


def _short(text: str) -> str:
    shown = on_one_line(text)
    return "" if shown == "{}" else shown if len(shown) <= 160 else f"{shown[:160]} ..."


def _document(row: Exchange, output: Path | None) -> str:
    """The name of a file beside the test that has what was printed, written there; empty where there is neither."""
    content = document_of(row)
    if not content or output is None:
        return ""
    beside = output.with_name(f"{output.name}.document")
    _write(content, beside)
    return beside.name
