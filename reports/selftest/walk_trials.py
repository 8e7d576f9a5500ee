"""Walks on trial: liars who lie only in circumstances that walks meet, and printers that conform.

::

    python -m reports.selftest.walk_trials                # each lie of the table under its condition, then the variants
    python -m reports.selftest.walk_trials --lie 'no-*'   # some of them; may be a glob
    python -m reports.selftest.walk_trials --walks 30 --seed 7  # more walks, and others

A lie has to be caught at a requirement that its row names, and no variant may be blamed for anything.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import repeat
from pathlib import Path
from typing import Final

from conformance.scenarios import selected
from conformance.scenarios.steps import Scenario
from conformance.scenarios.walks import draw_walks
from conformance.vocabulary import VOCABULARIES
from fakes.conforming_variants import CONFORMING_VARIANTS
from fakes.defects import DEFECTS
from fakes.printer import OBEDIENT
from fakes.printer.conditions import ConditionalLie, When

from .conforming_variants import PATIENT
from .kill_matrix import JOBS, policy_of
from .trial import Broken, Trial, guarded, try_printer
from .worker_pool import sigterm_as_ctrl_c, worker_pool

WALKS: Final = 9
BEFORE: Final = ("printer/description", "printer/user-data", "printer/user-data-as-uri", "job/isolation")

EACH: Final = (When.AFTER_A_CANCELLATION, When.STOPPED, When.RENEWED_TWICE)
CAUGHT: Final = tuple(
    (lie, when)
    for lie, whens in {
        "from-shows-the-user-name": EACH,
        "two-to-fields": EACH,
        "subject-empty": EACH,
        "no-date": EACH,
        "no-mail-for-html": EACH,
        "job-created-is-mailed-unasked": (When.AFTER_A_CANCELLATION, When.RENEWED_TWICE),
        "job-completed-is-mailed-unasked": EACH,
        "job-state-changed-is-never-mailed": (When.AFTER_A_CANCELLATION, When.STOPPED),
        "printer-stopped-is-never-mailed": EACH,
        "printer-state-changed-is-never-mailed": (When.RENEWED_TWICE,),
        "job-subscriptions-hear-every-job": (When.AFTER_A_CANCELLATION, When.STOPPED),
        "content-without-printer-name": (When.AFTER_A_CANCELLATION,),
        "ipp-part-cut": (When.AFTER_A_CANCELLATION,),
    }.items()
    for when in whens
)
"""Lies and circumstances that nine walks from seed 0 meet and show."""

UNHEARD: Final = {"4.2-2", "1-2"}  # where a silence counts, whatever else the row of a lie names


@dataclass(frozen=True, slots=True)
class WalkTrial:
    """One printer after its walks; ``problem`` says what is not as it ought to be."""

    name: str
    caught: tuple[str, ...] = ()
    problem: str = ""


def try_lie(lie: tuple[str, When], walks: int, seed: int, room: Path) -> WalkTrial:
    """A liar on condition, on walks alone."""
    defect = next(d for d in DEFECTS if d.id == lie[0])
    honest = replace(OBEDIENT, vocabulary=VOCABULARIES[defect.vocabulary], edition=defect.edition)
    told = ConditionalLie(policy_of(defect), lie[1])
    name = f"{defect.id} {lie[1].value}"
    with tempfile.TemporaryDirectory(dir=room) as directory:
        scenarios = draw_walks(walks, seed, defect.edition)
        trial = guarded(lambda: try_printer(honest, scenarios, Path(directory), lie=told))
    if isinstance(trial, Broken):
        return WalkTrial(name, problem=trial.told)
    right = {*defect.breaks, *(UNHEARD if UNHEARD & set(defect.breaks) else ())}
    caught = tuple(r for r in trial.missed() if r in right)
    return WalkTrial(name, caught, "" if caught else "survived")


def try_variant_on_walks(name: str, walks: int, seed: int, room: Path) -> WalkTrial:
    """A conforming printer, on walks after the plays that show how it is to be talked to."""
    variant = next(v for v in CONFORMING_VARIANTS if v.id == name)
    scenarios = [*_before(), *draw_walks(walks, seed, variant.edition)]
    with tempfile.TemporaryDirectory(dir=room) as directory:
        trial = guarded(lambda: try_printer(variant.policy, scenarios, Path(directory), ixit=PATIENT))
    if isinstance(trial, Broken):
        return WalkTrial(name, problem=trial.told)
    return WalkTrial(name, problem="; ".join(_blamed(trial, tuple(variant.warns))))


def _before() -> list[Scenario]:
    return [scenario for name in BEFORE for scenario in selected(name)]


def _blamed(trial: Trial, warned: Sequence[str]) -> list[str]:
    found = {n: rs for n, rs in trial.missed().items() if n not in warned} | trial.failed()
    return [f"{name}: {result.id}: {result.actual}" for name, results in found.items() for result in results]


def trials(
    lies: Sequence[tuple[str, When]], variants: Sequence[str], walks: int, seed: int, jobs: int
) -> Generator[WalkTrial, None, None]:
    """Try them, ``jobs`` at once."""
    with (
        tempfile.TemporaryDirectory(prefix="ippmailto-walks-") as room,
        worker_pool(min(jobs, max(1, len(lies) + len(variants))), _quiet) as pool,
    ):
        yield from pool.map(try_lie, lies, repeat(walks), repeat(seed), repeat(Path(room)))
        yield from pool.map(try_variant_on_walks, variants, repeat(walks), repeat(seed), repeat(Path(room)))


def _quiet() -> None:
    logging.disable(logging.WARNING)  # mails that a lying printer could not send are no news here


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all is as it ought to be, 1 when not, 2 when nothing has the name, 3 when interrupted."""
    parser = argparse.ArgumentParser("python -m reports.selftest.walk_trials", description="Try the walks.")
    parser.add_argument("--lie", default="*", metavar="GLOB", help="these liars only")
    parser.add_argument("--variant", default="*", metavar="GLOB", help="these conforming printers only")
    parser.add_argument("--walks", type=int, default=WALKS, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--jobs", type=int, default=JOBS, metavar="N", help="so many at once (default %(default)s)")
    options = parser.parse_args(arguments)
    lies = [pair for pair in CAUGHT if fnmatchcase(pair[0], options.lie)]
    variants = [v.id for v in CONFORMING_VARIANTS if fnmatchcase(v.id, options.variant)]
    if not lies and not variants:
        print("walk_trials: nothing has that name", file=sys.stderr)
        return 2
    found: list[WalkTrial] = []
    tried = trials(lies, variants, options.walks, options.seed, options.jobs)
    try:
        with sigterm_as_ctrl_c(), closing(tried):
            for trial in tried:
                found.append(trial)
                print(f"{'WRONG' if trial.problem else 'ok':<6} {trial.name}  {', '.join(trial.caught)}", flush=True)
                if trial.problem:
                    print(f"       {trial.problem}", flush=True)
    except KeyboardInterrupt:
        print(f"walk_trials: interrupted after {len(found)} printers", file=sys.stderr)
        return 3
    wrong = sum(bool(trial.problem) for trial in found)
    print(f"{len(lies)} lies and {len(variants)} conforming printers, {wrong} not as they ought to be")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
