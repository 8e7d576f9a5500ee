"""A whole run at the printer on a desk: how much of it is more than its longest play."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.wire.registry import Operation

from .figures import Figure, Result, Table
from .whole import LONGEST_SHOWN, timed

VARIANT: Final = "desk"
MOST: Final = 1.3  # times its longest play
DOCUMENTS: Final = 40
_PRINTS: Final = (Operation.PRINT_JOB, Operation.SEND_DOCUMENT)

_HOW: Final = (
    "`ippmailto run --variant desk`, as a user types it: a printer that takes six seconds for a document, whose mails "
    "come two seconds late and one by one, which holds ten subscriptions and whose shortest lease is a minute. Wall "
    "time is from the begin to the end of the sitting in the evidence, the longest play's from its begin to its end."
)
_LIMITS: Final = (
    "the longest play waits for a lease of a minute, and for one of two that it is renewed to. What has the printer to "
    "itself meanwhile is the sum of its mails' latencies, two seconds for each, and of what is waited for a mail that "
    "may never come, three times that; documents that are printed keep it busy, too."
)


def desk(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure one run; raises ``BenchmarkError``."""
    tell(f"desk: {'a quick run' if quick else 'three minutes'}")
    path, report = directory / "desk.evidence", directory / "desk"
    command = ["run", "--variant", VARIANT, "--quiet", "--evidence", str(path), "--report-dir", str(report)]
    timed([sys.executable, "-m", "reports", *command, *(["--quick"] if quick else [])])
    with EvidenceFile.open(path) as file:
        sitting, end = next(file.rows(rows.Run)), next(file.rows(rows.RunEnd))
        ends = {one.play: one.t for one in file.rows(rows.PlayEnd)}
        took = sorted(((ends[p.id] - p.t) / 1e9, p.scenario) for p in file.rows(rows.Play))[::-1]
        mails = sum(1 for _ in file.rows(rows.MailRow))
        documents = sum(exchange.operation in _PRINTS for exchange in file.rows(rows.Exchange))
    path.unlink()
    shutil.rmtree(report)
    wall, longest = (end.t - sitting.t) / 1e9, took[0][0]
    figures = (
        Figure("wall time over the longest play's own", wall / longest, "", None if quick else MOST, at_most=True),
        Figure("wall time", wall, "s"),
        Figure("the longest play", longest, "s"),
        Figure("documents printed", documents, "", None if quick else DOCUMENTS, at_most=True),
        Figure("plays played", len(took)),
        Figure("mails captured", mails),
    )
    shown = Table(("longest plays", "s"), tuple((name, f"{s:.1f}") for s, name in took[:LONGEST_SHOWN]))
    return Result("desk", "A whole run at a slow printer", _HOW, figures, (shown,), "" if quick else _LIMITS)
