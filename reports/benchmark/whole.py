"""A whole run and the start of one, at the reference printer."""

from __future__ import annotations

import asyncio
import io
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Final

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.scenarios import BY_ID
from conformance.scenarios.steps import Elapse, OutliveLease, Pass
from conformance.vocabulary import Edition
from fakes.stage.bench import Listener
from fakes.stage.ixit import Ixit
from reports.commands.playing import RunPlan, play
from reports.exits import Exit
from reports.judging.judging import judge_file

from .children import ENVIRONMENT, BenchmarkError
from .figures import Figure, Result, Table

EDITION: Final = Edition.MAILTO_00
START_CASE: Final = "T1-From-1"  # what is played after the first mail does not matter; a few plays are enough
LONGEST_SHOWN: Final = 8
JUDGING_TARGET: Final = 2.0  # seconds of processor time for 1,000 mails; a whole run has half as many again
QUICK_SCENARIOS: Final = ("printer/user-data", "printer/user-data-as-uri", "job/isolation", "printer/description")

_RUN_HOW: Final = (
    "Every scenario of the edition is played at the reference printer, which has a process of its own. Wall time is "
    "from the begin to the end of the sitting in the evidence, the longest scenario's from its play to the play's "
    "end. Processor time of the harness is that of subscriber, recipient, journal and stage, without the printer "
    "and without judging, which is told beside it: by itself, and as a command with all its reports, for 1,000 mails "
    "and for as many as the run has."
)
_RUN_LIMITS: Final = (
    "the longest plays wait for leases, as short as printer and bench are quick; that is time that nothing can save. "
    "Beside them the plays that must have the printer to themselves go one after another, but for those that share "
    "their jobs or a pause and for those that only wait in the end for what may never come: their sum has to fit into "
    "that time, and on the reference printer it takes two thirds of it. Those that may meet others are played before "
    "them, eight at a time, the longest first. To go below one would have to let plays of printer subscriptions "
    "meet, and tell their mails apart by what they say, which is the thing under test; steadiness is worth more. "
    "Where the machine is busy, or mails take seconds, each of these plays takes longer and the lease does not, so "
    "that the ratio grows; `desk`, which is measured if it is asked for, is such a printer."
)
_START_HOW: Final = (
    "`ippmailto --help` from the start of the process to its end, median; `ippmailto run` at the reference printer "
    "from the start of the process to the first mail in the evidence, with the start of Python and of the printer's "
    "process."
)
_START_LIMITS: Final = (
    "starting Python and, for a run, importing pytest, aiosmtpd and h11 in one process and the printer in another."
)


# ---------------------------------------------------------------- run


@dataclass(frozen=True, slots=True)
class RunTimes:
    """What one run took, in seconds; ``cpu`` is the harness's, ``printer`` the printer's."""

    wall: float
    alone: float
    plays: tuple[tuple[str, float], ...]  # the longest first
    mails: int
    cpu: float
    printer: float
    judging: float
    command: float

    @property
    def ratio(self) -> float:
        """Wall time over the longest play's."""
        return self.wall / self.plays[0][1]


def run(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure whole runs; raises ``BenchmarkError``."""
    turns = []
    for turn in range(1 if quick else 3):
        tell(f"run: turn {turn + 1}")
        turns.append(_play(directory / f"{turn}.evidence", QUICK_SCENARIOS if quick else tuple(BY_ID)))
    turns.sort(key=lambda played: played.ratio)
    it = turns[len(turns) // 2]
    figures = figures_of(it, quick=quick)
    longest = tuple((name, f"{seconds:.2f}") for name, seconds in it.plays[:LONGEST_SHOWN])
    table = Table(("longest plays", "s"), longest)
    return Result("run", "A whole run", _RUN_HOW, figures, (table,), "" if quick else _RUN_LIMITS)


def figures_of(it: RunTimes, *, quick: bool) -> tuple[Figure, ...]:
    """What is told of a run; a quick one is held to nothing."""
    return (
        Figure("wall time over the longest play's own", it.ratio, "", None if quick else 1.3, at_most=True),
        Figure("wall time", it.wall, "s"),
        Figure("the longest play", it.plays[0][1], "s"),
        Figure("plays that had the printer to themselves, together", it.alone, "s"),
        Figure("plays played", len(it.plays)),
        Figure("mails captured", it.mails),
        Figure("CPU of the harness a mail", it.cpu / it.mails * 1e3, "ms"),
        Figure("CPU of the printer a mail", it.printer / it.mails * 1e3, "ms"),
        Figure("CPU of judging a mail by all cases", it.judging / it.mails * 1e3, "ms"),
        Figure(
            "CPU of ippmailto judge for 1,000 mails, the whole process",
            it.command / it.mails * 1e3,
            "s",
            None if quick else JUDGING_TARGET,
            at_most=True,
        ),
        Figure("CPU of ippmailto judge for all of them, the whole process", it.command, "s"),
    )


def _play(path: Path, names: tuple[str, ...]) -> RunTimes:
    plan = RunPlan(
        printer_uri=None, listener=Listener(), edition=EDITION, vocabulary="auto", evidence=path,
        scenarios=[BY_ID[name] for name in names if EDITION in BY_ID[name].editions], ixit=Ixit.for_loopback(),
        max_subscriptions=None, quiet=True,
    )  # fmt: skip
    before, printer_before = time.process_time(), _children()
    trouble = asyncio.run(play(plan, io.StringIO()))
    cpu, printer = time.process_time() - before, _children() - printer_before
    if trouble is not None:
        raise BenchmarkError(f"the run came to nothing: {trouble}")
    before = time.process_time()
    judge_file(path, edition=EDITION)
    judging, before = time.process_time() - before, _children()
    report = path.parent / "report"
    judge = [sys.executable, "-m", "reports", "judge", str(path), "--quiet", "--report-dir", str(report)]
    timed(judge, Exit.DOES_NOT_CONFORM, Exit.INCONCLUSIVE)
    command_took = _children() - before
    shutil.rmtree(report)
    with EvidenceFile.open(path) as file:
        sitting, ended = next(file.rows(rows.Run)), next(file.rows(rows.RunEnd))
        ends = {end.play: end.t for end in file.rows(rows.PlayEnd)}
        took = [(p.scenario, (ends[p.id] - p.t) / 1e9) for p in file.rows(rows.Play)]
        mails = sum(1 for _ in file.rows(rows.MailRow))
    path.unlink()
    took.sort(key=lambda pair: -pair[1])
    alone = sum(seconds for name, seconds in took if BY_ID[name].alone and not _waits(name))
    return RunTimes((ended.t - sitting.t) / 1e9, alone, tuple(took), mails, cpu, printer, judging, command_took)


def _waits(name: str) -> bool:
    """Whether a play waits for a lease or the like, when it lets others to the printer."""
    return any(isinstance(step, OutliveLease | Pass | Elapse) for step in BY_ID[name].steps)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# ---------------------------------------------------------------- start


def start(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure starts; raises ``BenchmarkError``."""
    turns = 3 if quick else 15
    tell("start: --help")
    helps = [_help() for _ in range(turns)]
    tell("start: run")
    firsts = [_first_mail(directory / f"start-{turn}") for turn in range(1 if quick else 5)]
    pythons = [timed([sys.executable, "-c", ""]) for _ in range(turns)]
    figures = (
        Figure("ippmailto --help", median(helps), "s", 0.1, at_most=True),
        Figure("ippmailto run to the first captured mail", median(firsts), "s", 2.0, at_most=True),
        Figure("--help over Python that does nothing", median(helps) / median(pythons)),
    )
    return Result("start", "Start", _START_HOW, figures, (), _START_LIMITS)


def timed(command: list[str], *codes: int) -> float:
    """Seconds that a command took; raises ``BenchmarkError`` where it ends with another code than these, or 0."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=ENVIRONMENT)
    if done.returncode not in (0, *codes):
        raise BenchmarkError(f"{' '.join(command[1:])} ended with {done.returncode}")
    return time.perf_counter() - start


def _help() -> float:
    return timed([sys.executable, "-m", "reports", "--help"])


def _first_mail(directory: Path) -> float:
    """Seconds from the start of ``run`` to the time its first mail was in."""
    path = directory / "run.evidence"
    started = time.time()
    command = [sys.executable, "-m", "reports", "run", "--quiet", "--report-dir", str(directory)]
    timed([*command, "--evidence", str(path), "--select", START_CASE], Exit.DOES_NOT_CONFORM, Exit.INCONCLUSIVE)
    with EvidenceFile.open(path) as file:
        sitting, first = next(file.rows(rows.Run)), next(file.rows(rows.MailRow), None)
    shutil.rmtree(directory)
    if first is None:
        raise BenchmarkError("a run at the reference printer captured no mail")
    return datetime.fromisoformat(sitting.began).timestamp() - started + (first.t - sitting.t) / 1e9
