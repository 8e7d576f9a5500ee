"""What a relay appends to each text is held against no printer; what the printer wrote itself is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from conformance.cases import test_message
from conformance.cases.tests.written_run import MAIL, PLAIN_HEAD, QUIT, RCPT, WrittenRun
from conformance.record.footers import Footers
from conformance.record.received_mail import ReceivedMail
from conformance.verdict import Inconclusive, Violation

PRINTER, ELSEWHERE = "127.0.0.1:4711", "192.0.2.7:4711"
WELL_FORMED = test_message.test_mime_is_well_formed
TRACE: Final = "Received: from a (a [127.0.0.1]) by mail.example; now\\r\\n"
LONG: Final = "This mail was looked through on its way by the one who brings it to you, " + "and all is well " * 3
FOOTER: Final = f"\\r\\n-- \\r\\n{LONG}"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(tmp_path / "run.evidence")
    yield made
    made.close()


def brought(bench: WrittenRun, texts: list[str], peer: str = ELSEWHERE, trace: str = TRACE) -> None:
    """A mail in quoted-printable of each of these texts."""
    for text in texts:
        head = f"{trace}From: P <p@x.example>\\r\\nTo: <r1.1.s@here.example>\\r\\nMIME-Version: 1.0\\r\\n"
        kind = "Content-Type: text/plain; charset=utf-8\\r\\nContent-Transfer-Encoding: quoted-printable\\r\\n"
        data = ["C: DATA", "S: 354 go on", f"C: {head}{kind}\\r\\n{text}\\r\\n.", "S: 250 taken"]
        script = [*PLAIN_HEAD, *MAIL, *RCPT, *data, *QUIT]
        bench.session([line.replace("EHLO printer", "EHLO mail.example") for line in script], peer=peer)


def told(footer: str = FOOTER, jobs: int = 3) -> list[str]:
    return [f"Job {job}: f=C3=BCr Sie{footer}" for job in range(jobs)]


def test_a_long_line_that_a_relay_appended_is_not_the_printers(bench: WrittenRun) -> None:
    brought(bench, told())
    with pytest.raises(Inconclusive, match="each text that passed a relay ends in these lines"):
        WELL_FORMED(bench.run())


def test_where_the_footer_is_well_formed_there_is_nothing_to_say(bench: WrittenRun) -> None:
    brought(bench, told("\\r\\n-- \\r\\nAll is well"))
    WELL_FORMED(bench.run())


@pytest.mark.parametrize(
    "texts",
    [
        [*told(), "Job 4: no footer at all"],
        told(jobs=2),  # nobody knows what others end in
        [f"{LONG} {job}{FOOTER}" for job in range(3)],  # there is one above it
        [f"Job {job}\\r\\n{LONG} {job}" for job in range(3)],
        [LONG] * 3,  # all of a text is no footer
        [LONG + FOOTER] * 3,
    ],
    ids=["not-in-all", "too-few", "above-it-as-well", "not-the-same", "nothing-else", "nothing-else-differs"],
)
def test_a_long_line_of_the_text_itself_is_the_printers(bench: WrittenRun, texts: list[str]) -> None:
    brought(bench, texts)
    with pytest.raises(Violation):
        WELL_FORMED(bench.run())


def test_without_a_relay_the_last_lines_are_the_printers(bench: WrittenRun) -> None:
    brought(bench, told(), peer=PRINTER, trace="")
    with pytest.raises(Violation):
        WELL_FORMED(bench.run())


def test_a_line_that_comes_straight_from_the_printer_is_its_own(bench: WrittenRun) -> None:
    brought(bench, told())
    brought(bench, ["Other text" + FOOTER], peer=PRINTER, trace="")
    with pytest.raises(Violation):
        WELL_FORMED(bench.run())


def test_a_text_is_cut_line_by_line(bench: WrittenRun) -> None:
    brought(bench, told("\\r\\nP\\r\\n-- \\r\\nseen"))
    run = bench.run_record()

    def cut(mail: ReceivedMail) -> list[str | None]:
        return [part.string for part in run.once(Footers).cut(mail, mail.parsed.root)]

    first = "Job 0: für Sie"
    assert [text.split("\r\n") for text in cut(run.mails[0]) if text is not None] == [
        [first, "P", "--", "seen", ""],
        [first, "P", "--", ""],
        [first, "P", ""],
        [first, ""],
    ]
