"""The suite against liars who lie on condition only: to every other subscription, from the second mail on, once.

::

    python -m reports.selftest.condition_matrix                       # every lie under every condition
    python -m reports.selftest.condition_matrix --sample 24 --seed 7  # so many of the pairs, drawn
    python -m reports.selftest.condition_matrix --defect 'from-*' --when once-in-a-run
    python -m reports.selftest.condition_matrix --results FILE        # goes on where an earlier sitting ended

A pair is *caught* when a requirement that the lie breaks is violated, *survived* when the condition held and none was,
and *not shown* when the condition never held, or the lie is about something that no mail, event or subscription has to
do with.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import product, repeat
from pathlib import Path
from typing import Final

from conformance.scenarios import SCENARIOS, selected
from conformance.scenarios.steps import Scenario
from conformance.vocabulary import VOCABULARIES
from fakes.defects import DEFECTS, Defect
from fakes.printer import OBEDIENT
from fakes.printer.conditions import ConditionalLie, When

from .kill_matrix import JOBS, policy_of, ready
from .trial import Broken, guarded, try_printer
from .worker_pool import sigterm_as_ctrl_c, worker_pool

MEETS: Final = (
    "printer/description", "printer/user-data", "job/isolation", "job/omitted", "printer/omitted", "job/text-plain",
    "job/ipp", "printer/ipp", "job/html", "printer/language-2", "job/two-jobs", "printer/twins", "printer/every-job",
    "printer/event-printer-state-changed", "printer/event-printer-state-changed-ipp", "printer/event-job-created",
    "job/sequence-ipp", "printer/sequence-omitted", "awkward/names-mixed-scripts", "burst", "faults/rcpt-451-twice",
    "after-renewal",
)  # fmt: skip
"""Scenarios, by id or tag, in which every condition holds somewhere."""


class PairFate(StrEnum):
    """What became of a lie under a condition."""

    CAUGHT = "caught"
    SURVIVED = "survived"
    NOT_SHOWN = "not shown"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Pair:
    """One lie under one condition; ``by`` are the requirements of the lie that were violated."""

    defect: str
    when: When
    fate: PairFate
    by: tuple[str, ...] = ()
    told: int = 0
    problem: str = ""


def scenarios_of(defect: Defect) -> list[Scenario]:
    """What is played: where the lie shows, and where conditions hold."""
    names = {s.id for on in (*MEETS, *defect.on) for s in selected(on)}
    return [s for s in SCENARIOS if s.id in names and defect.edition in s.editions]


def attempt(pair: tuple[str, When], room: Path) -> Pair:
    """Try one; runs in a process of the pool."""
    defect = next(d for d in DEFECTS if d.id == pair[0])
    found = guarded(lambda: _attempt(defect, pair[1], room))
    return Pair(*pair, PairFate.BROKEN, problem=found.told) if isinstance(found, Broken) else found


def _attempt(defect: Defect, when: When, room: Path) -> Pair:
    honest = replace(OBEDIENT, vocabulary=VOCABULARIES[defect.vocabulary], edition=defect.edition)
    lie = ConditionalLie(policy_of(defect), when)
    with tempfile.TemporaryDirectory(dir=room) as directory:
        trial = try_printer(honest, scenarios_of(defect), Path(directory), lie=lie, about=defect.breaks)
    by = tuple(name for name in trial.missed() if name in defect.breaks)
    fate = PairFate.CAUGHT if by else PairFate.SURVIVED if lie.shown else PairFate.NOT_SHOWN
    return Pair(defect.id, when, fate, by, lie.shown)


def pairs(defects: Sequence[str], whens: Sequence[str]) -> list[tuple[str, When]]:
    """Those that these globs name; all without any."""
    lies = [d.id for d in DEFECTS if not defects or any(fnmatchcase(d.id, p) for p in defects)]
    conditions = [w for w in When if not whens or any(fnmatchcase(w.value, p) for p in whens)]
    return list(product(lies, conditions))


def attempts(wanted: Sequence[tuple[str, When]], jobs: int) -> Generator[Pair, None, None]:
    """Try them, ``jobs`` at once."""
    with (
        tempfile.TemporaryDirectory(prefix="ippmailto-conditions-") as room,
        worker_pool(min(jobs, max(1, len(wanted))), ready) as pool,
    ):
        yield from pool.map(attempt, wanted, repeat(Path(room)))


def summary(found: Sequence[Pair]) -> Iterator[str]:
    """A line for each condition, and each survivor by name."""
    for when in When:
        fates = Counter(p.fate for p in found if p.when is when)
        shown = fates[PairFate.CAUGHT] + fates[PairFate.SURVIVED]
        if fates:
            caught, hidden = fates[PairFate.CAUGHT], fates[PairFate.NOT_SHOWN]
            yield f"{when.value:<28} {caught:>4} of {shown:>4} caught, {hidden:>4} not shown"
    for pair in found:
        if pair.fate in (PairFate.SURVIVED, PairFate.BROKEN):
            yield f"{pair.fate.value}: {pair.defect} {pair.when.value} (told {pair.told} times) {pair.problem}".rstrip()


def _kept(path: Path | None) -> list[Pair]:
    """What an earlier sitting found."""
    if path is None or not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        found.append(
            Pair(
                entry["defect"], When(entry["when"]), PairFate(entry["fate"]), tuple(entry["by"]), entry["told"],
                entry["problem"],
            )
        )  # fmt: skip
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when enough of what was shown are caught, 1 when not, 2 when nothing has the name, 3 when interrupted."""
    options = _parser().parse_args(arguments)
    wanted = pairs(options.defect, options.when)
    if not wanted:
        print("condition_matrix: no liar or condition has that name", file=sys.stderr)
        return 2
    if options.sample:
        print(f"{options.sample} of {len(wanted)} pairs, drawn with --seed {options.seed}", flush=True)
        wanted = random.Random(options.seed).sample(wanted, min(options.sample, len(wanted)))
    found = _kept(options.results)
    before = {(p.defect, p.when) for p in found}
    began, wanted = time.monotonic(), [pair for pair in wanted if pair not in before]
    try:
        with sigterm_as_ctrl_c(), closing(attempts(wanted, options.jobs)) as tried:
            for pair in tried:
                found.append(pair)
                if options.results is not None:
                    with options.results.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(asdict(pair)) + "\n")
    except KeyboardInterrupt:
        print(f"condition_matrix: interrupted; --results FILE goes on with the {len(wanted)} pairs", file=sys.stderr)
        return 3
    print("\n".join(summary(found)))
    fates = Counter(p.fate for p in found)
    shown = fates[PairFate.CAUGHT] + fates[PairFate.SURVIVED] + fates[PairFate.BROKEN]
    share = 100 * fates[PairFate.CAUGHT] / shown if shown else 0.0
    print(f"{fates[PairFate.CAUGHT]} of {shown} caught ({share:.1f} %), {time.monotonic() - began:.0f} s")
    return 0 if shown and share >= options.target else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m reports.selftest.condition_matrix", description="Play the suite against liars on condition."
    )
    parser.add_argument("--defect", action="append", default=[], metavar="ID", help="this lie only; may be a glob")
    parser.add_argument("--when", action="append", default=[], metavar="CONDITION", help="this one only; may be a glob")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="so many of the pairs, drawn")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="what they are drawn from")
    parser.add_argument("--results", type=Path, metavar="FILE", help="keep each result, and pass over those kept")
    parser.add_argument("--target", type=float, default=98.0, metavar="PERCENT")
    parser.add_argument("--jobs", type=int, default=JOBS, metavar="N", help="so many at once (default %(default)s)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
