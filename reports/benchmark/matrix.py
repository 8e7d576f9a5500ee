"""A matrix of two hundred verdicts: from the start of the process to the last page."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from conformance.requirements import catalogue
from conformance.verdict import Verdict
from conformance.vocabulary import Edition

from .children import BenchmarkError
from .figures import Figure, Result

VERDICTS: Final = 200
QUICK_VERDICTS: Final = 20
FIRMWARES: Final = 2  # of each printer
CASES: Final = 12  # of a requirement; a whole run has 2,000 in all
_HOW: Final = (
    "`ippmailto matrix` makes the site of 200 verdicts, of 100 printers with two firmwares each, in a process of its "
    "own. Each verdict has all entries of mailto-00, with twelve cases for each that is judged, as a whole run has."
)
_LIMITS: Final = (
    "reading the JSON, some 10 ms a megabyte, and making the pages. Of a verdict that was read an octet and a time are "
    "kept for each entry."
)


def matrix(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure it; raises ``BenchmarkError``."""
    source, target = directory / "verdicts", directory / "site"
    source.mkdir()
    wanted = QUICK_VERDICTS if quick else VERDICTS
    for number in range(wanted):
        (source / f"{number:04}.json").write_text(json.dumps(verdict_like(number)))
    size = sum(path.stat().st_size for path in source.iterdir())
    tell(f"matrix: {wanted} verdicts, {size / 2**20:.0f} MB")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "reports", "matrix", source, "-o", target], capture_output=True, text=True, check=False
    )
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise BenchmarkError(done.stderr.strip())
    figures = (
        Figure(f"{wanted} verdicts to a site", seconds, "s", 5.0, at_most=True),
        Figure("CPU", after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, "s"),
        Figure("read", size / 2**20, "MB"),
        Figure("pages", len(list(target.iterdir()))),
        Figure("most memory of any process so far", after.ru_maxrss / 1024, "MB"),
    )
    return Result("matrix", "A matrix of many printers", _HOW, figures, (), _LIMITS)


def verdict_like(number: int) -> dict[str, Any]:
    """A verdict of a whole run; what a requirement came to depends on the number."""
    words = (Verdict.PASS, Verdict.PASS, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.WARNING)
    entries = []
    for at, entry in enumerate(catalogue(Edition.MAILTO_00).values()):
        word = Verdict.NOT_TESTED if entry.untested else words[(at * 7 + number * 5) % len(words)]
        case: dict[str, Any] = {
            "verdict": word.value,
            "expected": "printer-name 'Office' as the display name of From",
            "actual": "no display name in 'printer@office.example'",
            "reason": "",
            "evidence": [{"kind": "mail", "id": at, "octets": [37, 62]}],
        }
        cases = [{"id": f"table1.a_case[{at}/{n}]"} | case for n in range(0 if entry.untested else CASES)]
        entries.append({"id": entry.id, "verdict": word.value, "says": entry.says, "cases": cases})
    printer = number // FIRMWARES
    return {
        "schema": 1,
        "edition": Edition.MAILTO_00.value,
        "printer": {
            "uri": f"ipp://printer-{printer}.example/ipp/print",
            "name": f"Printer {printer}",
            "make-and-model": f"Vendor{printer % 9} Model {printer}",
            "firmware": f"{number % FIRMWARES + 1}.0",
        },
        "started": f"2026-01-{1 + number % 28:02}T00:00:00+00:00",
        "readings": {},
        "verdict": "does-not-conform",
        "requirements": entries,
    }
