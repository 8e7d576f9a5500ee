"""The suite against the innocent: no conforming printer may be blamed, and what can be judged of it has to be.

::

    python -m reports.acquitting                          # each in a selection of scenarios, and in those it touches
    python -m reports.acquitting --innocent 'slow-*'      # one of them, or a glob
    python -m reports.acquitting --full                   # every scenario
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import repeat
from pathlib import Path
from typing import Final

from conformance.scenarios import SCENARIOS, selected
from conformance.steps import Scenario
from fakes.innocents import INNOCENTS, Innocent
from fakes.ixit import Ixit

from .trial import Broken, Trial, guarded, try_printer
from .worker_pool import sigterm_as_ctrl_c, worker_pool

JOBS: Final = 6  # a trial waits more than it computes: six keep two cores busy
EVERYBODY: Final = (
    "printer/description", "printer/user-data", "printer/user-data-as-uri", "printer/no-user-data", "job/isolation",
    "printer/omitted", "job/omitted", "job/text-plain", "job/us-ascii", "job/none", "job/utf-8", "job/html",
    "printer/html-utf-8", "printer/ipp", "job/ipp", "job/postscript", "job/tiff", "printer/sequence-omitted",
    "job/sequence-ipp", "job/before-any-event", "printer/state-changed", "printer/lease-min", "printer/lease-inside",
    "awkward/names-quotes", "awkward/names-mixed-scripts",
)  # fmt: skip
SLOW: Final = ("printer/omitted", "job/omitted", "job/isolation", "printer/no-user-data", "job/sequence-omitted")
PATIENT: Final = Ixit(mail_timeout=10.0)  # some of the innocent take their time; nothing waits so long in vain


@dataclass(frozen=True, slots=True)
class Acquittal:
    """One of them after its trial: of what it is blamed, and what was left open."""

    innocent: Innocent
    blamed: tuple[str, ...]
    left_open: tuple[str, ...]
    seconds: float
    cases: int


def scenarios_of(innocent: Innocent, *, full: bool) -> list[Scenario]:
    """What is played, in the order of the suite."""
    own = SLOW if innocent.change.get("delivery_delay") else (*EVERYBODY, *innocent.on)
    names = {s.id for on in own for s in selected(on)}
    return [s for s in SCENARIOS if (full or s.id in names) and innocent.edition in s.editions]


def acquit(innocent: Innocent, full: bool, room: Path) -> Acquittal:
    """Try one, with its evidence in a directory in ``room`` that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=room) as directory:
        scenarios = scenarios_of(innocent, full=full)
        trial = guarded(lambda: try_printer(innocent.policy, scenarios, Path(directory), ixit=PATIENT))
    return Acquittal(innocent, (trial.told,), (), 0.0, 0) if isinstance(trial, Broken) else judged(innocent, trial)


def judged(innocent: Innocent, trial: Trial) -> Acquittal:
    """What a trial says of a printer that is innocent."""
    failed, missed = trial.failed(), trial.missed()
    blamed = [
        f"{name}: {r.id}: expected {r.expected}; actual {r.actual}"
        for name, results in missed.items()
        for r in (results if name not in innocent.warns else failed.get(name, ()))
    ]
    for name, why in innocent.warns.items():
        if name not in missed:
            blamed.append(f"{name} is said to warn ({why}), and does not")
    left_open = [
        f"{name}: {r.id}: {r.reason}"
        for name, results in trial.inconclusive().items()
        if name not in innocent.unjudged
        for r in results
    ]
    return Acquittal(innocent, tuple(blamed), tuple(left_open), trial.seconds, len(trial.results))


def acquittals(innocents: Sequence[Innocent], *, full: bool, jobs: int) -> Generator[Acquittal, None, None]:
    """Try them, ``jobs`` at once; one after the other as they were named."""
    with (
        tempfile.TemporaryDirectory(prefix="ippmailto-acquitting-") as room,
        worker_pool(min(jobs, max(1, len(innocents))), _ready) as pool,
    ):
        yield from pool.map(acquit, innocents, repeat(full), repeat(Path(room)))


def _ready() -> None:
    logging.disable(logging.WARNING)  # mails that a printer could not send to awkward addresses are no news here


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all are acquitted of everything, 1 when one is not, 2 when nothing has the name, 3 when interrupted."""
    parser = argparse.ArgumentParser("python -m reports.acquitting", description="Play the suite against the innocent.")
    parser.add_argument("--innocent", action="append", default=[], metavar="ID", help="this one only; may be a glob")
    parser.add_argument("--full", action="store_true", help="play every scenario")
    parser.add_argument("--jobs", type=int, default=JOBS, metavar="N", help="so many at once (default %(default)s)")
    options = parser.parse_args(arguments)
    chosen = [i for i in INNOCENTS if not options.innocent or any(fnmatchcase(i.id, p) for p in options.innocent)]
    if not chosen:
        print(f"acquitting: none is called {' or '.join(options.innocent)}", file=sys.stderr)
        return 2
    told = wrong = 0
    try:
        with sigterm_as_ctrl_c(), closing(acquittals(chosen, full=options.full, jobs=options.jobs)) as found:
            for a in found:
                verdict = "BLAMED" if a.blamed else "OPEN" if a.left_open else "clean"
                print(f"{verdict:<7} {a.innocent.id:<40} {a.seconds:6.2f} s {a.cases:5} cases", flush=True)
                for line in (*a.blamed, *a.left_open):
                    print(f"        {line}", flush=True)
                told, wrong = told + 1, wrong + (verdict != "clean")
    except KeyboardInterrupt:
        print(f"acquitting: interrupted; {told} of {len(chosen)} printers were tried", file=sys.stderr)
        return 3
    print(f"{len(chosen)} printers, {wrong} not acquitted")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
