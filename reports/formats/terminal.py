"""What a person reads: the verdict on a terminal or in a CI log, in plain lines of printable ASCII."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import get_terminal_size
from typing import Final, TextIO

from conformance.record.printers_word import Account
from conformance.requirements import Binds
from conformance.verdict import Overall, RequirementVerdict, Verdict, name_shown, numbered, on_one_line
from reports.judging.judging import JudgedRun
from reports.judging.quick import selected_in_words

from .declared import declared_lines
from .findings import COLOURS, SHOWN_CASES, Painter, finding_lines

WIDTH: Final = 110  # columns of a log; a terminal may have less
NARROWEST: Final = 40
LONGEST_NAME: Final = 400  # characters of what a printer or client calls itself, which may have 32,767 octets
OVERALL_COLOURS: Final = {
    Overall.CONFORMS: "32;1",
    Overall.DOES_NOT_CONFORM: "31;1",
    Overall.INCONCLUSIVE: "35;1",
    Overall.NOT_JUDGED: "35;1",
}


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody looks at it as it comes; a stream that was closed before we came is none at all."""
    return stream is not None and stream.isatty()


def wants_colour(stream: TextIO | None, no_color: bool, environment: dict[str, str]) -> bool:
    """Whether to colour: a terminal, and neither --no-color nor NO_COLOR."""
    return is_terminal(stream) and not no_color and not environment.get("NO_COLOR")


def width_of(stream: TextIO | None) -> int:
    """How many columns its lines may have."""
    return max(NARROWEST, min(WIDTH, get_terminal_size().columns)) if is_terminal(stream) else WIDTH


def verdict_line(judged: JudgedRun, *, colour: bool = False) -> str:
    """The verdict and what it is made of, or why there is none."""
    overall, counts = judged.verdict.overall, judged.verdict.counts
    word = Painter(colour).paint(overall.value, OVERALL_COLOURS[overall])
    if overall is Overall.NOT_JUDGED:
        return f"{word}: {judged.reason}"
    told = ", ".join(f"{counts[v]} {v.value}" for v in Verdict if counts[v])
    return f"{word}: {told}; {judged.seconds:.1f} s" + (", cut short" if judged.cut_short else "")


def summary(
    judged: JudgedRun,
    *,
    colour: bool,
    verbose: bool,
    width: int = WIDTH,
    directory: Path | None = None,
    next_commands: Iterable[str] = (),
) -> Iterator[str]:
    """The lines of the summary, the verdict first; ``directory`` is where the reports are."""
    painter = Painter(colour)
    yield verdict_line(judged, colour=colour)
    if judged.verdict.overall is Overall.NOT_JUDGED:
        return
    if judged.cut_short:
        yield f"the run was cut short, and what was recorded is judged: {judged.reason}"
    elif judged.verdict.unjudged and judged.reason:
        yield judged.reason
    yield from _facts(judged)
    yield ""
    if verbose:
        for requirement in judged.verdict.requirements:
            yield from _line(requirement, judged, painter, width)
        yield ""
    yield from finding_lines(judged, painter, width)
    yield from _idle_waivers(judged)
    yield from next_commands
    if directory is not None:
        yield f"Report    {name_shown(directory / 'report.html')}"
        yield f"          {name_shown(directory)}: verdict.json, report.md, junit.xml, results.sarif, ctrf.json"


def _shown(text: str) -> str:
    """What somebody is called, on one line, and no more of it than helps to tell who it is."""
    return ascii(text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]} ...")[1:-1]


def _facts(judged: JudgedRun) -> Iterator[str]:
    printer = judged.printer
    name = _shown(printer["name"]) or "(no name)"
    model = f" ({_shown(printer['make-and-model'])})" if printer["make-and-model"] else ""
    if judged.whom is Binds.CLIENT:
        yield f"Client    {_shown(judged.client) or '(does not say what it is)'}"
    else:
        yield f"Printer   {name}{model} at {_shown(printer['uri'])}"
    if record := judged.facts.for_the_record:
        yield f"Record    {', '.join(f'{name} {on_one_line(value)}' for name, value in record.items())}"
    yield f"Edition   {judged.edition.value}, vocabulary {judged.vocabulary}"
    if judged.switched:
        yield f"Readings  {', '.join(judged.switched)}, where the suite's own are others"
    if judged.selection:
        yield f"Selected  {on_one_line(selected_in_words(judged.selection, judged.edition))}"
    yield f"Evidence  {name_shown(judged.evidence)}"
    for observed in judged.observed:
        yield f"Observed  {ascii(observed)[1:-1]}"
    for one in judged.negotiated:
        yield f"Security  {ascii(str(one))[1:-1]}"
    yield from declared_lines(judged)
    if judged.whom is Binds.PRINTER:
        yield from ledger_lines(judged)
        yield from walk_lines(judged)


def _idle_waivers(judged: JudgedRun) -> Iterator[str]:
    """What is to be said of the waivers that cover nothing."""
    for use in judged.waivers:
        if use.why:
            waiver = use.entry.waiver
            yield f"The waiver for {on_one_line(waiver.subject)} by {on_one_line(waiver.owner)} {use.why}"


def _line(requirement: RequirementVerdict, judged: JudgedRun, painter: Painter, width: int) -> Iterator[str]:
    word = painter.paint(f"{requirement.verdict.value:<15}", COLOURS[requirement.verdict])
    entry = judged.catalogue[requirement.id]
    yield f"{word} {requirement.id:<13} {textwrap.shorten(entry.says, width - 30, placeholder=' ...')}"


def walk_lines(judged: JudgedRun) -> Iterator[str]:
    """How many walks were taken, and each that fails with its shortest failing beginning."""
    if not judged.walks:
        return
    failing = judged.failing_walks
    what = " in what is selected" if judged.selection else ""
    yield f"Walks     {judged.walks} taken, {len(failing) or 'none'} of them failing{what}"
    for walk in failing:
        yield f"  {on_one_line(walk.name)}: {', '.join(walk.requirements)}, by move {walk.move} of {walk.moves}; again:"
        yield f"    {on_one_line(walk.again)}"


def ledger_lines(judged: JudgedRun) -> Iterator[str]:
    """The ledger in a line, and what is left over in it that no requirement above tells of."""
    ledger = judged.ledger
    explained = "".join(f", {n} {reason.value}" for reason, n in sorted(ledger.explained.items()))
    missing = f", {ledger.missing} missing" if ledger.missing else ""
    left_over = f"{len(ledger.left_over) - ledger.missing} left over{missing}"
    yield f"Ledger    {numbered(ledger.came, 'mail')} came, {ledger.matched} matched{explained}, {left_over}"
    yield from _account_lines(ledger.account)
    if judged.verdict.unexplained:
        untold = [left for left in ledger.left_over if not judged.verdict.tells_of(left.requirements)]
        counted = f"Left over or missing, and told of by no requirement that failed: {len(untold)}"
        yield f"{counted}; that keeps the run from conforming"
        for left in untold[:SHOWN_CASES]:
            yield f"  {on_one_line(left.as_told)} ({left.where}): {left.kind.value}"
        if len(untold) > SHOWN_CASES:
            yield f"  ... and {len(untold) - SHOWN_CASES} more; show EVIDENCE ledger lists them"


def _account_lines(account: Account | None) -> Iterator[str]:
    """What the printer itself told of events, where it was asked, and where that is not what was mailed."""
    if account is None:
        return
    differ = len(account.disagreements)
    lost = f", some lost {numbered(account.gaps, 'time')}" if account.gaps else ""
    due = f"{numbered(account.due, 'mail')} due by them"
    yield f"Events    {account.told} told by Get-Notifications{lost}, {due}, {numbered(differ, 'disagreement')}"
    for one in account.disagreements[:SHOWN_CASES]:
        yield f"  {one.kind.value}: {on_one_line(one.as_told)} ({one.where})"
    if differ > SHOWN_CASES:
        yield f"  ... and {differ - SHOWN_CASES} more, all in verdict.json"
