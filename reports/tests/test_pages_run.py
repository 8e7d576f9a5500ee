"""What the pages have a newcomer type is typed: a printer that lies, its verdict, and a look at what that points at."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from fakes.tests.ports import free_port
from reports.tests.test_command import ROOT, ippmailto
from reports.tests.test_site import shell_lines

DOCS: Final = ROOT / "docs"
EVIDENCE: Final = "ippmailto-report/run.evidence"
Visit = tuple[Path, subprocess.CompletedProcess[str]]


def commands(page: str, first: str) -> list[list[str]]:
    """The commands of ours on a page that begin with that word, as a shell parts them."""
    lines = shell_lines((DOCS / page).read_text(encoding="utf-8"))
    return [shlex.split(line)[1:] for line in lines if line.startswith(f"ippmailto {first} ")]


@pytest.fixture(scope="module")
def liar(tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """The start page's liar and its run, at free ports; the directory has the report under the names of the pages."""
    directory = tmp_path_factory.mktemp("newcomer")
    (printer,) = commands("index.md", "printer")
    (run,) = (words for words in commands("index.md", "run") if "--help" not in words)
    with free_port() as ipp_port, free_port() as smtp_port:

        def here(words: list[str]) -> list[str]:
            return [word.replace("6310", str(ipp_port)).replace("2525", str(smtp_port)) for word in words]

        with subprocess.Popen(
            [sys.executable, "-m", "reports", *here(printer)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline().startswith("ready ipp://127.0.0.1:")
                done = ippmailto(*here(run), cwd=directory)
            finally:
                process.send_signal(signal.SIGTERM)
    (directory / "liar").rename(directory / "ippmailto-report")
    (evidence,) = (directory / "ippmailto-report").glob("*.evidence")
    evidence.rename(directory / EVIDENCE)
    (directory / "released").symlink_to("ippmailto-report")
    return directory, done


def test_the_start_page_has_a_lie_found(liar: Visit) -> None:
    done = liar[1]
    assert done.returncode == 1, done.stderr
    assert re.findall(r"^FAIL (\S+)", done.stdout, re.MULTILINE) == ["T1-From-1", "1-6"]
    said = re.findall(r"^(Look|Explain|Again|Report) ", done.stdout, re.MULTILINE)
    assert said == ["Look", "Explain", "Again", "Report"]


def test_every_look_that_a_page_takes_shows_something(
    liar: Visit,
) -> None:
    """With the numbers of this run in place of those of the page's."""
    directory = liar[0]
    with EvidenceFile.open(directory / EVIDENCE) as file:
        numbers = {
            "mail": next(iter(file.rows(rows.MailRow))).id,
            "smtp": next(iter(file.rows(rows.Session))).id,
            "ipp": next(iter(file.rows(rows.Exchange))).id,
        }
    typed = []
    for page in ("reading-a-report.md", "ledger.md"):
        for first in ("show", "check", "diff", "explain", "judge"):
            for words in commands(page, first):
                words[3:4] = [str(numbers.get(words[2], words[3]))] if words[3:4] else []
                typed.append(words)
    assert len(typed) > 8
    for words in typed:
        done = ippmailto(*words, cwd=directory)
        allowed = (0, 1) if words[0] in ("judge", "check") else (0,)
        assert done.returncode in allowed, f"{shlex.join(words)}: {done.stderr}"
        assert done.stdout or "-o" in words, words
