"""What judging costs grows with what there is to judge, and no faster: work is counted, not timed."""

from __future__ import annotations

import lzma
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest

from conformance.record import evidence, rows
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, Row, Session, Transcript, pack_events
from conformance.record.run_record import RunRecord
from conformance.requirements import catalogue
from conformance.vocabulary import Edition
from conformance.wire.smtp_events import Event, EventKind
from reports.judging.inventory import case_files
from reports.judging.judging import Terms, _add_up, judge_file
from reports.judging.plugin import Judging
from reports.judging.selection import Selection
from reports.selftest.trial import judge_quickly

PACKED: Final = Path(__file__).parents[2] / "fixtures" / "evidence" / "ippmailto-0.1.0-five-defects.evidence.xz"
PLAYED: Final = {"printer/description", "job/later-at-once", "faults/rcpt-550", "awkward/dots-words", "awkward/job-nul",
                 "awkward/names-quotes"}  # fmt: skip
EDITION: Final = Edition.MAILTO_04
SELECTED: Final = Selection(("1-2",))
SIZES: Final = (60, 120, 180)
SLACK: Final = 1.15  # of the work that the last third may take over the second; it is twice for what is squared
STRETCH: Final = 8_000  # octets of a transcript, where a session has several


class Laying:
    """One session laid into recorded evidence."""

    def __init__(self, file: EvidenceFile, *, stretch: int) -> None:
        self._file, self._stretch = file, stretch
        mails = list(file.rows(MailRow))[: SIZES[0]]  # in whole rounds, since some cost more than others
        self.t = max(mail.t for mail in mails)
        self.mails = [(mail.envelope, file.client_octets(mail.session, mail.start, mail.end)) for mail in mails]
        self._session, self._rows = file.next_id(Session), list[Row]()
        self._transcript, self._message = file.next_id(Transcript), file.next_id(MailRow)
        self._rows.append(Session(self._session, self.t, "127.0.0.1:25", "127.0.0.1:4711"))
        self._events = [Event(self.t, EventKind.SERVER, b"220 here\r\n")]
        self._at = self._start = 0

    def say(self, line: bytes, reply: bytes) -> None:
        self._events += [Event(self.t, EventKind.CLIENT, line), Event(self.t, EventKind.SERVER, reply)]
        self._at += len(line)
        if self._at - self._start > self._stretch:
            self._transcribe()

    def mail(self, number: int) -> None:
        envelope, body = self.mails[number % len(self.mails)]
        for line in envelope.splitlines(keepends=True):
            self.say(line, b"250 ok\r\n")
        self.say(b"DATA\r\n", b"354 go\r\n")
        self._rows.append(MailRow(self._message, self._session, self.t, self._at, self._at + len(body), envelope))
        self._message += 1
        self.say(body + b".\r\n", b"250 ok\r\n")

    def end(self) -> None:
        self.say(b"QUIT\r\n", b"221 bye\r\n")
        self._events.append(Event(self.t, EventKind.LOST, b"quit"))
        self._transcribe()
        self._file.insert(sorted(self._rows, key=lambda row: isinstance(row, MailRow)))

    def _transcribe(self) -> None:
        self._rows.append(Transcript(self._transcript, self._session, self._start, pack_events(self._events)))
        self._transcript, self._events, self._start = self._transcript + 1, [], self._at


def mails_in_one_session(laying: Laying, size: int) -> None:
    for number in range(size):
        laying.mail(number)


def auth_again_and_again(laying: Laying, size: int) -> None:
    for _ in range(3 * size):
        laying.say(b"AUTH PLAIN AGJvYgBzZWNyZXQ=\r\n", b"535 no\r\n")


def hellos_and_refusals(laying: Laying, size: int) -> None:
    for number in range(size):
        laying.say(b"EHLO x%d\r\n" % number, b"250-here\r\n250 8BITMIME\r\n")
        laying.say(b"MAIL FROM:bob@x.example\r\n", b"250 ok\r\n")
        laying.say(b"RCPT TO:<r@x.example>\r\n", b"250 ok\r\n")
        laying.say(b"DATA\r\n", b"451 later\r\n")
        laying.say(b"a line of \xff that is no command\r\n", b"500 no\r\n")


def all_at_once(laying: Laying, size: int) -> None:
    laying.say(b"NOOP\r\n" * 20 * size, b"250 ok\r\n" * 20 * size)


LOADS: Final[dict[str, tuple[Callable[[Laying, int], None], int]]] = {
    "mails-on-one-transcript": (mails_in_one_session, 10**9),
    "mails-on-many-transcripts": (mails_in_one_session, STRETCH),
    "auth-lines": (auth_again_and_again, STRETCH),
    "hellos-and-refusals": (hellos_and_refusals, STRETCH),
    "commands-sent-ahead": (all_at_once, 10**9),
}


class Work:
    """Counts calls, of Python's and of C's functions, and the octets of transcripts that are unpacked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = self.octets = 0
        for module, name in ((evidence, "client_pieces"), (rows, "unpack_events")):
            monkeypatch.setattr(module, name, self._counting(getattr(module, name)))

    def _counting(self, function: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        def counted(blob: bytes) -> Any:
            self.octets += len(blob)
            return function(blob)

        return counted

    def _event(self, _frame: FrameType, event: str, _argument: object) -> None:
        self.calls += event in ("call", "c_call")

    def of(self, path: Path) -> tuple[int, int]:
        """What it takes to judge the file and to show what was found."""
        self.calls = self.octets = 0
        sys.setprofile(self._event)
        try:
            with EvidenceFile.open(path) as file:
                run_record = RunRecord(file)
                judging = Judging(run_record, catalogue(EDITION, run_record.vocabulary.name), EDITION)
                judging.results += judge_quickly(path, EDITION, PLAYED)
                _add_up(judging, run_record, Terms(EDITION, strict=True))
        finally:
            sys.setprofile(None)
        return self.calls, self.octets


@pytest.mark.parametrize("load", LOADS)
def test_a_session_three_times_as_long_costs_three_times_as_much(
    tmp_path: Path, load: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay, stretch = LOADS[load]
    work, took = Work(monkeypatch), list[tuple[int, int]]()
    for size in (1, *SIZES):
        path = tmp_path / f"{size}.evidence"
        path.write_bytes(lzma.decompress(PACKED.read_bytes()))
        with EvidenceFile.open(path, append=True) as file:
            laying = Laying(file, stretch=stretch)
            laying.say(b"EHLO x\r\n", b"250-here\r\n250 8BITMIME\r\n")
            lay(laying, size)
            laying.end()
        took.append(work.of(path))
    # the first loads modules
    for what, first, second, third in zip(("calls", "octets unpacked"), *took[1:], strict=True):
        assert third - second <= SLACK * (second - first), f"{what}: {first:,}, {second:,}, {third:,}"


def test_of_a_selection_only_the_modules_that_have_its_cases_are_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Collecting the others took twice as long as judging a small run again."""
    path, collected = tmp_path / "run.evidence", list[set[str]]()
    path.write_bytes(lzma.decompress(PACKED.read_bytes()))
    main = pytest.main

    def watched(arguments: list[str], plugins: list[object]) -> int | pytest.ExitCode:
        collected.append({Path(argument).stem for argument in arguments if argument.endswith(".py")})
        return main(arguments, plugins)

    monkeypatch.setattr(pytest, "main", watched)
    judge_file(path, edition=EDITION, selection=SELECTED)
    judge_file(path, edition=EDITION)
    due = {entry.id.partition(".")[0] for entry in SELECTED.cases(EDITION)}
    assert collected[0] == {f"test_{word}" for word in due} < collected[1]
    assert collected[1] == {file.stem for file in case_files()}
