"""The suite against liars who lie on condition only: to every other subscription, from the second mail on, once.

::

    python -m reports.selftest.condition_matrix                       # every lie under every condition
    python -m reports.selftest.condition_matrix --sample 24 --seed 7  # so many of the pairs, drawn
    python -m reports.selftest.condition_matrix --defect 'from-*' --when once-in-a-run
    python -m reports.selftest.condition_matrix --results FILE        # goes on where an earlier sitting ended

    python -m reports.selftest.condition_matrix --results FILE --markdown docs/condition-matrix.md

A pair is *caught* when a requirement that the lie breaks is violated, *survived* when the printer did otherwise than an
honest one and none was, and *not shown* when it did not: the condition never held, or the lie is about something that
no mail and no decision who gets one has to do with.  A pair is played in the scenarios that the lie's row names and in
those in which conditions hold; a lie that does not show once does not show under any condition, and is not played.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from fnmatch import fnmatchcase
from itertools import product, repeat
from pathlib import Path
from typing import Final

from conformance.scenarios import SCENARIOS, selected
from conformance.scenarios.steps import Scenario
from conformance.vocabulary import VOCABULARIES
from fakes.defects import DEFECTS, Defect
from fakes.printer import OBEDIENT
from fakes.printer.conditions import OF_REQUESTS, ON_WALKS, ConditionalLie, When

from .condition_page import Pair, PairFate, is_whole, markdown, share, summary
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


def scenarios_of(defect: Defect) -> list[Scenario]:
    """What is played: where the lie shows, and where conditions hold."""
    names = {s.id for on in (*(() if about_security(defect) else MEETS), *defect.on) for s in selected(on)}
    return [s for s in SCENARIOS if s.id in names and defect.edition in s.editions]


def about_security(defect: Defect) -> bool:
    """Whether it lies to requests and connections, and in no mail."""
    return "security" in defect.change


def attempt(pair: tuple[str, When], room: Path) -> Pair:
    """Try one; runs in a process of the pool."""
    defect = next(d for d in DEFECTS if d.id == pair[0])
    found = guarded(lambda: _attempt(defect, pair[1], room))
    return Pair(*pair, PairFate.BROKEN, problem=found.told) if isinstance(found, Broken) else found


def _attempt(defect: Defect, when: When, room: Path) -> Pair:
    honest = replace(OBEDIENT, vocabulary=VOCABULARIES[defect.vocabulary], edition=defect.edition)
    if about_security(defect):
        honest = replace(honest, security=policy_of(defect).security.without_lies())
    lie = ConditionalLie(policy_of(defect), when, defect.about)
    with tempfile.TemporaryDirectory(dir=room) as directory:
        trial = try_printer(honest, scenarios_of(defect), Path(directory), lie=lie, about=defect.right)
    by = tuple(name for name in trial.missed() if name in defect.right)
    fate = PairFate.CAUGHT if by else PairFate.SURVIVED if lie.shown else PairFate.NOT_SHOWN
    return Pair(defect.id, when, fate, by, lie.shown)


def pairs(defects: Sequence[str], whens: Sequence[str]) -> list[tuple[str, When]]:
    """Those that these globs name; all without any."""
    lies = [d for d in DEFECTS if not defects or any(fnmatchcase(d.id, p) for p in defects)]
    conditions = [w for w in When if w not in ON_WALKS and (not whens or any(fnmatchcase(w.value, p) for p in whens))]
    return [(d.id, w) for d, w in product(lies, conditions) if _can_be_told(d, w)]


def _can_be_told(defect: Defect, when: When) -> bool:
    """What no mail shows is told to requests; a directory is written once, and tells the same to everybody."""
    if not about_security(defect):
        return when not in OF_REQUESTS
    return when in OF_REQUESTS and policy_of(defect).security.directory == "current"


def attempts(wanted: Sequence[tuple[str, When]], jobs: int) -> Generator[Pair, None, None]:
    """Try them, ``jobs`` at once."""
    with (
        tempfile.TemporaryDirectory(prefix="ippmailto-conditions-") as room,
        worker_pool(min(jobs, max(1, len(wanted))), ready) as pool,
    ):
        yield from pool.map(attempt, wanted, repeat(Path(room)))


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
    """0 when enough of what was shown are caught, 1 when not, 2 for wrong usage, 3 when interrupted or out of time."""
    options = _parser().parse_args(arguments)
    every, wanted = pairs((), ()), pairs(options.defect, options.when)
    if not wanted:
        print("condition_matrix: no liar or condition has that name", file=sys.stderr)
        return 2
    drawn = ""
    if options.sample:
        drawn = f"{min(options.sample, len(wanted))} of {len(wanted)} pairs, drawn with --seed {options.seed}"
        print(drawn, flush=True)
        wanted = random.Random(options.seed).sample(wanted, min(options.sample, len(wanted)))
    whole = len(wanted) == len(every)
    if options.markdown is not None and not whole and is_whole(options.markdown):
        print(f"condition_matrix: {options.markdown} is about all pairs, and stays so", file=sys.stderr)
        return 2
    began, found = time.monotonic(), {(p.defect, p.when): p for p in _kept(options.results)}
    deadline = began + 60 * options.minutes
    try:
        with sigterm_as_ctrl_c():
            for stage in (_at_all(wanted), _otherwise(wanted)):
                _play_stage(stage, found, options, deadline)
    except (KeyboardInterrupt, TimeoutError) as end:
        why = "interrupted" if isinstance(end, KeyboardInterrupt) else f"the {options.minutes:g} minutes are over"
        missing = sum(pair not in found for pair in wanted)
        print(f"condition_matrix: {why}; with --results FILE the {missing} pairs left can follow", file=sys.stderr)
        return 3
    of_these = [found[pair] for pair in wanted]
    print("\n".join(summary(of_these)))
    print(f"{time.monotonic() - began:.0f} s")
    if options.markdown is not None:
        told = "all" if whole else drawn or f"{len(wanted)} of {len(every)} pairs"
        options.markdown.write_text(markdown(of_these, told), encoding="utf-8")
    return 0 if share(of_these) >= options.target else 1


def _at_all(wanted: Sequence[tuple[str, When]]) -> list[tuple[str, When]]:
    """The pairs that tell whether a lie shows at all."""
    return [pair for pair in wanted if pair[1] is When.ONCE]


def _otherwise(wanted: Sequence[tuple[str, When]]) -> list[tuple[str, When]]:
    return [pair for pair in wanted if pair[1] is not When.ONCE]


def _play_stage(
    stage: Sequence[tuple[str, When]],
    found: dict[tuple[str, When], Pair],
    options: argparse.Namespace,
    deadline: float,
) -> None:
    """Try those that are not known yet, or need not be played; raises ``TimeoutError`` at the deadline."""
    left = []
    for pair in stage:
        once = found.get((pair[0], When.ONCE))
        if pair not in found and once is not None and once.fate is PairFate.NOT_SHOWN:
            found[pair] = Pair(*pair, PairFate.NOT_SHOWN)
        elif pair not in found:
            left.append(pair)
    if not left:
        return
    with closing(attempts(left, options.jobs)) as tried:
        for done in tried:
            found[done.defect, done.when] = done
            if options.results is not None:
                with options.results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(done)) + "\n")
            if time.monotonic() > deadline:
                raise TimeoutError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m reports.selftest.condition_matrix", description="Play the suite against liars on condition."
    )
    parser.add_argument("--defect", action="append", default=[], metavar="ID", help="this lie only; may be a glob")
    parser.add_argument("--when", action="append", default=[], metavar="CONDITION", help="this one only; may be a glob")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="so many of the pairs, drawn")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="what they are drawn from")
    parser.add_argument("--results", type=Path, metavar="FILE", help="keep each result, and pass over those kept")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the page; of a part only if none is whole")
    parser.add_argument("--minutes", type=float, default=math.inf, metavar="N", help="stop after so many")
    parser.add_argument("--target", type=float, default=98.0, metavar="PERCENT")
    parser.add_argument("--jobs", type=int, default=JOBS, metavar="N", help="so many at once (default %(default)s)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
