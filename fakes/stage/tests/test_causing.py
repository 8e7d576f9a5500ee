"""A printer that no request stops is stopped by a command or by hand; what fails there is nobody's failure."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cases.test_events import test_printer_stopped_is_mailed as is_mailed
from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import PrinterOperated
from conformance.record.rows import Exchange, PlayEnd
from conformance.record.run_record import CUT_SHORT, NOT_APPLICABLE, PLAYED, RunRecord
from conformance.scenarios import BY_ID
from conformance.verdict import Inconclusive
from conformance.wire import ipp
from conformance.wire.registry import Operation
from fakes.printer import OBEDIENT
from fakes.stage.bench import Sitting, bench
from fakes.stage.ixit import Ixit, IxitError
from fakes.stage.requests import operation_group

from .meddling import Fate, Meddler, SeenRequest, behind

PLAY = "printer/event-printer-stopped"
CLIENT = """
import http.client, pathlib, sys, urllib.parse
uri, octets = (pathlib.Path(name) for name in sys.argv[1:])
at = urllib.parse.urlsplit(uri.read_text())
connection = http.client.HTTPConnection(at.hostname, at.port, timeout=10)
connection.request("POST", at.path, octets.read_bytes(), {"Content-Type": "application/ipp"})
sys.exit(connection.getresponse().status != 200)
"""
"""A bench's own way to the printer: what it asks is no part of the run."""


def lists_no_pause(_: SeenRequest, answer: ipp.Message) -> ipp.Message:
    """A printer that is stopped at its panel alone."""

    def listed(attribute: ipp.Attribute) -> ipp.Attribute:
        kept = tuple(v for v in attribute.values if v.integer != Operation.PAUSE_PRINTER)
        return replace(attribute, values=kept) if attribute.name == "operations-supported" else attribute

    groups = tuple(ipp.Group(group.tag, tuple(map(listed, group))) for group in answer.groups)
    return replace(answer, groups=groups)


@contextmanager
def played(directory: Path, ixit: Ixit, play: str = PLAY) -> Iterator[RunRecord]:
    """The play at a printer that the commands of the IXIT find, too."""

    def met(meddler: Meddler, uri: str) -> None:
        meddler.rewrite = lists_no_pause
        (directory / "uri").write_text(uri)
        for operation in (Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER):
            message = ipp.Message(int(operation), 1, (operation_group(uri, "a hand"),))
            (directory / operation.keyword).write_bytes(ipp.encode(message))

    async def run(file: EvidenceFile) -> None:
        async with bench(file, behind(OBEDIENT, met, lambda _: Fate.PASS), Sitting(ixit, "a test")) as stage:
            await stage.prepare()
            await stage.perform([BY_ID[play]], lambda *_: None)

    (directory / "client.py").write_text(CLIENT)
    with EvidenceFile.create(directory / "run.evidence") as file:
        asyncio.run(asyncio.wait_for(run(file), 60))
    with EvidenceFile.open(directory / "run.evidence") as file:
        yield RunRecord(file)


def by_command(directory: Path) -> Ixit:
    client = f"run: {sys.executable} {directory / 'client.py'} {directory / 'uri'}"
    return replace(
        Ixit.for_loopback(),
        cause_printer_stopped=f"{client} {directory / 'Pause-Printer'}",
        cause_printer_resumed=f"{client} {directory / 'Resume-Printer'}",
        cause_timeout=10.0,
    )


def end_of(run_record: RunRecord) -> PlayEnd:
    (end,) = run_record.file.rows(PlayEnd)
    return end


def asked(run_record: RunRecord, operation: Operation) -> list[Exchange]:
    return list(run_record.file.rows(Exchange, "operation=?", int(operation)))


def left_behind(run_record: RunRecord) -> tuple[str, ...]:
    return run_record.facts.left_behind


def test_a_command_stops_a_printer_that_no_request_stops(tmp_path: Path) -> None:
    with played(tmp_path, by_command(tmp_path)) as run_record:
        assert end_of(run_record).outcome == PLAYED, end_of(run_record).reason
        play = run_record.play(PLAY)
        is_mailed(play)
        steps = [step for step in play.steps if step.row.kind == "OnPrinter"]
        assert [step.came_of(PrinterOperated).by_hand for step in steps] == [True, True]
        assert all(step.answers for step in steps)  # the printer has said each time that it was so
        assert asked(run_record, Operation.PAUSE_PRINTER) + asked(run_record, Operation.RESUME_PRINTER) == []
        assert left_behind(run_record) == ()


def test_without_one_its_own_events_are_inconclusive_with_that_reason(tmp_path: Path) -> None:
    with played(tmp_path, Ixit.for_loopback()) as run_record:
        assert end_of(run_record).outcome == CUT_SHORT
        assert "cause-printer-stopped in the IXIT would do" in end_of(run_record).reason
        with pytest.raises(Inconclusive):
            run_record.play(PLAY)


def test_what_a_pause_is_not_all_about_stays_not_applicable(tmp_path: Path) -> None:
    with played(tmp_path, Ixit.for_loopback(), "job/no-printer-event") as run_record:
        assert end_of(run_record).outcome == NOT_APPLICABLE


@pytest.mark.parametrize(
    ("cause", "seconds", "reason"),
    [
        ("run: false", 10.0, "cause-printer-stopped: its command ended with 1"),
        ("run: /nowhere/at/all", 10.0, "cause-printer-stopped: its command cannot be started: No such file"),
        ("run: true", 0.8, "cause-printer-stopped: after 0.8 s the printer does not say that it is stopped"),
        ("run: sleep 60", 0.8, "cause-printer-stopped: after 0.8 s the printer does not say that it is stopped"),
        ("ask: open the cover", 10.0, "nobody is there to be asked, standard input is no terminal"),
    ],
)
def test_what_fails_at_the_bench_is_inconclusive(
    tmp_path: Path, cause: str, seconds: float, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "nothing").open("w+") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        ixit = replace(by_command(tmp_path), cause_printer_stopped=cause, cause_timeout=seconds)
        with played(tmp_path, ixit) as run_record:
            assert end_of(run_record).outcome == CUT_SHORT
            assert reason in end_of(run_record).reason
            assert asked(run_record, Operation.PAUSE_PRINTER) == []


def test_a_printer_that_does_not_go_on_is_left_with_a_word(tmp_path: Path) -> None:
    with played(tmp_path, replace(by_command(tmp_path), cause_printer_resumed="run: false")) as run_record:
        assert end_of(run_record).outcome == CUT_SHORT
        (left,) = left_behind(run_record)
        assert "may still be stopped (cause-printer-resumed: its command ended with 1)" in left


def test_somebody_at_the_terminal_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who has pressed Enter already, and not opened the cover, is not believed: the printer has to say so."""
    hand, terminal = pty.openpty()
    try:
        with os.fdopen(terminal, "r") as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            os.write(hand, b"\n")
            ixit = replace(by_command(tmp_path), cause_printer_stopped="ask: open the cover", cause_timeout=0.8)
            with played(tmp_path, ixit) as run_record:
                assert "the printer does not say that it is stopped" in end_of(run_record).reason
                assert len(asked(run_record, Operation.GET_PRINTER_ATTRIBUTES)) > 1
    finally:
        os.close(hand)
    assert "ippmailto: open the cover; then press Enter (within 0.8 s)\n" in capsys.readouterr().err


@pytest.mark.parametrize("cause", ["open the cover", "run:", "ask: ", "run: 'x", "sh: x"])
def test_a_cause_is_a_command_or_a_text(cause: str) -> None:
    with pytest.raises(IxitError, match="cause-printer-stopped must be run: and a command, or ask: and a text"):
        Ixit.of({"cause-printer-stopped": cause}, "x.toml")


def test_what_stops_a_printer_goes_with_what_lets_it_go_on(tmp_path: Path) -> None:
    (tmp_path / "bench.toml").write_text('cause-printer-stopped = "ask: open the cover"\n')
    with pytest.raises(IxitError, match="go together; name both or neither"):
        Ixit.load(tmp_path / "bench.toml")


def test_no_command_is_kept_in_the_evidence(tmp_path: Path) -> None:
    ixit = by_command(tmp_path)
    assert ixit.has_accounts
    assert [name for name in ixit.entries() if name.startswith("cause-printer")] == []
