"""The suite against conforming variants: no conforming printer may be blamed, and what can be judged of it has to be.

::

    python -m reports.selftest.conforming_variants  # in some scenarios, and those it touches
    python -m reports.selftest.conforming_variants --variant 'slow-*'  # one of them, or a glob
    python -m reports.selftest.conforming_variants --full  # every scenario
    python -m reports.selftest.conforming_variants --pairs 20 --seed 7  # printers that are two or three of them at once
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Final

from conformance.scenarios import SCENARIOS, selected
from conformance.scenarios.steps import Scenario
from fakes.conforming_variants import CONFORMING_VARIANTS
from fakes.stage.ixit import Ixit
from fakes.variant import ConformingVariant

from .chosen import chosen
from .combined_variants import drawn_together
from .trial import Broken, Trial, guarded, try_printer
from .worker_pool import sigterm_as_ctrl_c, worker_pool

JOBS: Final = 6  # a trial waits more than it computes: six keep two cores busy
EVERYBODY: Final = (
    "printer/description", "printer/user-data", "printer/user-data-as-uri", "job/ended-unprinted", "job/isolation",
    "printer/no-user-data",
    "printer/omitted", "job/omitted", "job/text-plain", "job/us-ascii", "job/none", "job/utf-8", "job/html",
    "printer/html-utf-8", "printer/ipp", "job/ipp", "job/postscript", "job/tiff", "printer/sequence-omitted",
    "job/sequence-ipp", "job/before-any-event", "printer/state-changed", "printer/lease-min", "printer/lease-inside",
    "awkward/names-quotes", "awkward/names-mixed-scripts",
)  # fmt: skip
SLOW: Final = (
    "job/ended-unprinted",
    "printer/omitted",
    "job/omitted",
    "job/isolation",
    "printer/no-user-data",
    "job/sequence-omitted",
)
PATIENT: Final = Ixit(mail_timeout=10.0)  # some variants take their time; nothing waits so long in vain


@dataclass(frozen=True, slots=True)
class VariantResult:
    """One of them after its trial: of what it is blamed, and what was left open."""

    variant: ConformingVariant
    blamed: tuple[str, ...]
    left_open: tuple[str, ...]
    seconds: float
    cases: int


def scenarios_of(variant: ConformingVariant, *, full: bool) -> list[Scenario]:
    """What is played, in the order of the suite."""
    own = SLOW if variant.change.get("delivery_delay") else (*EVERYBODY, *variant.on)
    names = {s.id for on in own for s in selected(on)}
    return [s for s in SCENARIOS if (full or s.id in names) and variant.edition in s.editions]


def try_variant(variant: ConformingVariant, full: bool, room: Path) -> VariantResult:
    """Try one, with its evidence in a directory in ``room`` that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=room) as directory:
        scenarios = scenarios_of(variant, full=full)
        trial = guarded(lambda: try_printer(variant.policy, scenarios, Path(directory), ixit=PATIENT))
    return VariantResult(variant, (trial.told,), (), 0.0, 0) if isinstance(trial, Broken) else judged(variant, trial)


def judged(variant: ConformingVariant, trial: Trial) -> VariantResult:
    """What a trial says of a printer that conforms."""
    failed, missed = trial.failed(), trial.missed()
    blamed = [
        f"{name}: {r.id}: expected {r.expected}; actual {r.actual}"
        for name, results in missed.items()
        for r in (results if name not in variant.warns else failed.get(name, ()))
    ]
    for name, why in variant.warns.items():
        if name not in missed and not variant.combined:
            blamed.append(f"{name} is said to warn ({why}), and does not")
    left_open = [
        f"{name}: {r.id}: {r.reason}"
        for name, results in trial.inconclusive().items()
        if name not in variant.unjudged
        for r in results
    ]
    return VariantResult(variant, tuple(blamed), tuple(left_open), trial.seconds, len(trial.results))


def try_variants(
    variants: Sequence[ConformingVariant], *, full: bool, jobs: int
) -> Generator[VariantResult, None, None]:
    """Try them, ``jobs`` at once; one after the other as they were named."""
    with (
        tempfile.TemporaryDirectory(prefix="ippmailto-variant-") as room,
        worker_pool(min(jobs, max(1, len(variants))), _ready) as pool,
    ):
        yield from pool.map(try_variant, variants, repeat(full), repeat(Path(room)))


def _ready() -> None:
    logging.disable(logging.WARNING)  # mails that a printer could not send to awkward addresses are no news here


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when none is blamed for anything, 1 when one is, 2 when nothing has the name, 3 when interrupted."""
    parser = argparse.ArgumentParser(
        "python -m reports.selftest.conforming_variants", description="Play the suite against conforming variants."
    )
    parser.add_argument("--variant", action="append", default=[], metavar="ID", help="this one only; may be a glob")
    parser.add_argument("--sample", type=int, metavar="N", help="so many of them, the same ones each time")
    parser.add_argument("--full", action="store_true", help="play every scenario")
    parser.add_argument("--pairs", type=int, metavar="N", help="so many printers that are two or three of them at once")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="draw these (default %(default)s)")
    parser.add_argument("--jobs", type=int, default=JOBS, metavar="N", help="so many at once (default %(default)s)")
    options = parser.parse_args(arguments)
    variants = chosen(CONFORMING_VARIANTS, options.variant, options.sample)
    if not variants:
        print(f"conforming_variants: none is called {' or '.join(options.variant)}", file=sys.stderr)
        return 2
    if options.pairs is not None and not (variants := drawn_together(variants, options.pairs, options.seed)):
        print("conforming_variants: none of these go together", file=sys.stderr)
        return 2
    told = wrong = 0
    try:
        with sigterm_as_ctrl_c(), closing(try_variants(variants, full=options.full, jobs=options.jobs)) as found:
            for a in found:
                verdict = "BLAMED" if a.blamed else "OPEN" if a.left_open else "clean"
                print(f"{verdict:<7} {a.variant.id:<40} {a.seconds:6.2f} s {a.cases:5} cases", flush=True)
                for line in (*a.blamed, *a.left_open):
                    print(f"        {line}", flush=True)
                told, wrong = told + 1, wrong + (verdict != "clean")
    except KeyboardInterrupt:
        print(f"conforming_variants: interrupted; {told} of {len(variants)} printers were tried", file=sys.stderr)
        return 3
    print(f"{len(variants)} printers, {wrong} blamed or left open")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
