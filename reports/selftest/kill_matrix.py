"""The kill matrix: the suite against every liar, each of which must be caught for its lie and for nothing else.

::

    python -m reports.selftest.kill_matrix  # each liar in the scenarios that its row names
    python -m reports.selftest.kill_matrix --defect subject-empty  # one of them, or a glob
    python -m reports.selftest.kill_matrix --markdown docs/kill-matrix.md

A row is as claimed when the requirements with a failing or warning case are exactly those that it breaks.  Several
liars are tried at once, each in a process of a pool with a directory of its own.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from typing import Final

from conformance.requirements import Severity, catalogue
from conformance.scenarios import SCENARIOS, selected
from conformance.scenarios.steps import Scenario
from conformance.verdict import CaseResult, Outcome
from conformance.vocabulary import VOCABULARIES, Edition
from fakes.defects import DEFECTS, Defect
from fakes.printer import OBEDIENT, Policy
from fakes.stage.first_plays import UNPRINTED
from reports.judging.inventory import case_functions

from .chosen import chosen
from .client_matrix import ClientAttempt, client_attempts, client_table
from .trial import Broken, Trial, guarded, try_printer
from .worker_pool import sigterm_as_ctrl_c, worker_pool

JOBS: Final = 6  # a trial waits more than it computes: six keep two cores busy
SHOWN: Final = 3  # cases printed of a requirement that fails unexpectedly

TRUTHFUL: Final = tuple(
    Defect(f"obedient-{e.value}-{v}", "The obedient printer: nothing fails.", (), {}, (), edition=e, vocabulary=v)
    for e in Edition
    for v in VOCABULARIES
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One liar after its trial: which requirements caught it, by which cases, and what is not as its row claims."""

    defect: Defect
    caught: Mapping[str, tuple[str, ...]]  # requirement: the cases, without their scenarios
    failed: frozenset[str]  # those of the requirements whose cases cost the verdict; the others only warn
    problems: tuple[str, ...]
    seconds: float
    cases: int


def scenarios_of(defect: Defect, *, full: bool) -> list[Scenario]:
    """What is played for a liar, in the order of the suite; raises ``LookupError`` for an ``on`` that is neither."""
    if full or not defect.breaks:
        return [s for s in SCENARIOS if defect.edition in s.editions]
    named = {UNPRINTED}  # it shows whether the others need paper
    for on in defect.on:
        found = [s.id for s in selected(on) if defect.edition in s.editions]
        if not found:
            raise LookupError(f"on={on!r} names no scenario of {defect.edition.value} and no tag")
        named.update(found)
    return [s for s in SCENARIOS if s.id in named]


def policy_of(defect: Defect) -> Policy:
    """The printer that tells this lie."""
    policy = replace(OBEDIENT, vocabulary=VOCABULARIES[defect.vocabulary], edition=defect.edition)
    return defect.applied_to(policy)


def attempt(defect: Defect, full: bool, room: Path) -> Attempt:
    """Try one liar, with its evidence in a directory in ``room`` that is gone afterwards."""
    found = guarded(lambda: _attempt(defect, full, room))
    return Attempt(defect, {}, frozenset(), (found.told,), 0.0, 0) if isinstance(found, Broken) else found


def _attempt(defect: Defect, full: bool, room: Path) -> Attempt:
    try:
        scenarios = scenarios_of(defect, full=full)
    except LookupError as error:
        return Attempt(defect, {}, frozenset(), (str(error.args[0]),), 0.0, 0)
    with tempfile.TemporaryDirectory(dir=room) as directory:
        trial = try_printer(policy_of(defect), scenarios, Path(directory))
    return compared(defect, trial, full=full)


def compared(defect: Defect, trial: Trial, *, full: bool) -> Attempt:
    """What a trial says of the row's claims; in every scenario it may be caught under what it breaks likewise, too."""
    known, missed = catalogue(defect.edition, defect.vocabulary), trial.missed()
    right = defect.right if full else defect.breaks
    problems = []
    for name in defect.breaks:
        if name not in known:
            problems.append(f"{name} is no requirement of {defect.edition.value} with {defect.vocabulary}")
        elif name not in trial.spoken_of():
            problems.append(f"{name} has no case that reads the scenarios played")
        elif name not in missed:
            problems.append(f"{name} is not violated: {_said(trial, name)}")
    for name, results in missed.items():
        if name not in right:
            problems += [f"{name} is violated too: {_told(result)}" for result in results[:SHOWN]]
    own = {s.id for s in scenarios_of(defect, full=False)}
    caught = {name: _functions(results, own) for name, results in missed.items()}
    return Attempt(defect, caught, frozenset(trial.failed()), tuple(problems), trial.seconds, len(trial.results))


def _functions(results: Sequence[CaseResult], scenarios: set[str]) -> tuple[str, ...]:
    """The cases, each once and without its scenario, as far as they read one of these scenarios."""
    split = [result.id.removesuffix("]").partition("[") for result in results]
    return tuple(dict.fromkeys(case for case, _, scenario in split if scenario in scenarios))


def _said(trial: Trial, name: str) -> str:
    """What the cases of a requirement came to instead."""
    results = [r for r in trial.results if name in r.requirements]
    reasons = dict.fromkeys(f"{r.outcome.value}: {r.reason}" for r in results if r.outcome is not Outcome.MET)
    return "; ".join(list(reasons)[:SHOWN]) or f"met in {len(results)} cases"


def _told(result: CaseResult) -> str:
    where = ", ".join(map(str, result.where))
    return f"{result.id}: expected {result.expected}; actual {result.actual} ({where})"


# ---------------------------------------------------------------- all of them


def attempts(defects: Sequence[Defect], *, full: bool, jobs: int) -> Generator[Attempt, None, None]:
    """Try them, ``jobs`` at once; one after the other as they were named."""
    with (
        tempfile.TemporaryDirectory(prefix="ippmailto-killing-") as room,  # a worker that is ended leaves its own
        worker_pool(min(jobs, max(1, len(defects))), ready) as pool,
    ):
        yield from pool.map(attempt, defects, repeat(full), repeat(Path(room)))


def ready() -> None:
    """A lying printer's warnings of mails it could not send are no news; the cases are those of now, whoever edits."""
    logging.disable(logging.WARNING)
    for edition in Edition:
        list(case_functions(edition))


def without_liar(defects: Sequence[Defect] = DEFECTS) -> list[str]:
    """The judged requirements that have a case and no liar; ``EDITION id``, in the catalogue's order."""
    found = []
    for edition in Edition:
        with_case = {name for case in case_functions(edition) if case.scenarios for name in case.requirements}
        lied = {name for d in defects for name in d.breaks}
        for name, entry in catalogue(edition).items():
            judged = entry.severity in (Severity.HARD, Severity.SOFT)
            if judged and name in with_case and name not in lied and name not in found:
                found.append(name)
    return found


# ---------------------------------------------------------------- the page


HEAD: Final = """\
# The kill matrix

Every liar is the reference printer with one lie. The suite has to catch each of them by the cases of the requirements
it breaks, and by no others. This page is written by `python -m reports.pages kill-matrix`, which plays for each liar
the scenarios that its row names, and says what was caught; those in *italics* are only warned of.

"""


def markdown(found: Sequence[Attempt], clients: Sequence[ClientAttempt]) -> str:
    """The matrix, row by row as the liars stand, the requirements with the liars that prove them, and the clients."""
    lines = [HEAD + "| Liar | What it does | Caught under | By the cases |", "|---|---|---|---|"]
    for a in found:
        if a.defect.breaks:
            cases = dict.fromkeys(f"`{case}`" for cases in a.caught.values() for case in cases)
            says = a.defect.says.replace("|", "\\|")
            lines.append(f"| {_liar(a.defect)} | {says} | {', '.join(_marked(a))} | {', '.join(cases)} |")
    lines += ["", "## Requirement by requirement", "", "| Requirement | Liars |", "|---|---|"]
    order = list(dict.fromkeys(name for edition in Edition for name in catalogue(edition)))
    for name in order:
        liars = [f"`{a.defect.id}`" for a in found if name in a.caught]
        if liars:
            lines.append(f"| {name} | {', '.join(liars)} |")
    return "\n".join([*lines, "", *client_table(clients)]) + "\n"


def _liar(defect: Defect) -> str:
    later = "" if defect.edition is Edition.MAILTO_00 else f" ({defect.edition.value})"
    return f"`{defect.id}`{later}"


def _marked(a: Attempt) -> list[str]:
    return [name if name in a.failed else f"*{name}*" for name in a.caught]


# ---------------------------------------------------------------- the command


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every row is as claimed, 1 when one is not, 2 when nothing has the name, 3 when interrupted."""
    options = _parser().parse_args(arguments)
    if options.markdown is not None and (options.defect or options.sample):
        print("kill_matrix: --markdown writes of all liars; leave --defect and --sample out", file=sys.stderr)
        return 2
    defects = chosen((*TRUTHFUL, *DEFECTS), options.defect, options.sample)
    if not defects:
        print(f"kill_matrix: no liar is called {' or '.join(options.defect)}", file=sys.stderr)
        return 2
    alone = without_liar()  # imports the cases: what is wrong with one of them is told once, and here
    began, found, clients = time.monotonic(), list[Attempt](), list[ClientAttempt]()
    try:
        with sigterm_as_ctrl_c(), closing(attempts(defects, full=options.full, jobs=options.jobs)) as trials:
            for a in trials:
                found.append(a)
                _tell(a.defect.id, a)
        for client in client_attempts() if options.markdown is not None else ():
            clients.append(client)
            _tell(client.row.id, client)
    except KeyboardInterrupt:
        print(f"kill_matrix: interrupted; {len(found)} of {len(defects)} printers were tried", file=sys.stderr)
        return 3
    wrong = sum(bool(a.problems) for a in found) + sum(bool(c.problems) for c in clients)
    tried = f"{len(found)} printers" + (f" and {len(clients)} clients" if clients else "")
    print(f"{tried}, {wrong} not as claimed, {time.monotonic() - began:.1f} s")
    if not options.defect and not options.sample and alone:
        print(f"judged requirements without a liar: {', '.join(alone)}")
    if options.markdown is not None and wrong:
        print(
            f"kill_matrix: {options.markdown} is left as it was: the matrix tells of rows that hold",
            file=sys.stderr,
        )
    elif options.markdown is not None:
        options.markdown.write_text(markdown(found, clients), encoding="utf-8")
    return 1 if wrong else 0


def _tell(name: str, a: Attempt | ClientAttempt) -> None:
    verdict = "WRONG" if a.problems else "caught" if a.caught else "clean"
    print(f"{verdict:<7} {name:<40} {a.seconds:6.2f} s {a.cases:5} cases  {', '.join(a.caught)}", flush=True)
    for problem in a.problems:
        print(f"        {problem}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m reports.selftest.kill_matrix", description="Play the suite against the liars."
    )
    parser.add_argument("--defect", action="append", default=[], metavar="ID", help="this one only; may be a glob")
    parser.add_argument("--sample", type=int, metavar="N", help="so many of them, the same ones each time")
    parser.add_argument("--full", action="store_true", help="play every scenario, not only those of the row")
    parser.add_argument("--jobs", type=int, default=JOBS, metavar="N", help="so many at once (default %(default)s)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the matrix")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
