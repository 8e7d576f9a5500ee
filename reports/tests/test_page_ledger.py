"""The page shows the ledger of the run, with the numbers of verdict.json and what nothing accounts for."""

from __future__ import annotations

import json
import lzma
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any, Final

from .laid_sessions import lay_mail

ROOT: Final = Path(__file__).parents[2]
RECORDED: Final = ROOT / "fixtures" / "evidence" / "ippmailto-0.1.0-five-defects.evidence.xz"
STRANGER: Final = b"MAIL FROM:<printer@p.example>\r\nRCPT TO:<stranger@else.example>\r\n"


def judged(evidence: Path, directory: Path) -> tuple[dict[str, Any], str]:
    """The ledger in verdict.json, and the page."""
    command = [sys.executable, "-m", "reports", "judge", str(evidence), "-q", "--report-dir", str(directory)]
    command += ["--select", "3-6"]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=120, check=False)
    document: dict[str, Any] = json.loads((directory / "verdict.json").read_text())
    return document["ledger"], (directory / "report.html").read_text()


def rows(page: str) -> dict[str, int]:
    """The numbers of the table by their words."""
    table = page.partition("The ledger")[2].partition("</table>")[0]
    found = re.findall(r"<tr><t[dh][^>]*>([^<]+)</t[dh]><td[^>]*>([0-9]+)</td>", table)
    return {unescape(word): int(number) for word, number in found}


def test_the_page_has_the_ledger_and_names_what_is_left_over(tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    evidence.write_bytes(lzma.decompress(RECORDED.read_bytes()))
    before, page = judged(evidence, tmp_path / "before")
    assert before["due"] > 0
    assert before["matched"] > 0
    explained, missing = sum(before["explained"].values()), rows(page)["missing"]
    left_over = before["left-over-in-all"] - missing
    numbers = {"due": before["due"], "came": before["came"], "matched": before["matched"], "explained": explained}
    assert rows(page) == numbers | {"left over": left_over, "missing": missing}

    lay_mail(evidence, STRANGER, b"Subject: x\r\n\r\nhello\r\n")
    after, page = judged(evidence, tmp_path / "after")
    assert rows(page) == numbers | {"came": before["came"] + 1, "left over": left_over + 1, "missing": missing}
    assert after["left-over"][-1]["actual"] in unescape(page)
