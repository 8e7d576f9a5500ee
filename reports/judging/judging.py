"""Judging an evidence file: the cases run under pytest, their results are added up by the catalogue."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from conformance.record.client_record import ClientRecord
from conformance.record.evidence import EvidenceFile
from conformance.record.ledger import ledger_of
from conformance.record.left_over import Ledger, LeftOver
from conformance.record.negotiated import Negotiated, negotiated
from conformance.record.offered import why_not_judged
from conformance.record.opening import beside
from conformance.record.rows import EvidenceError, Run, RunEnd
from conformance.record.run_facts import RunFacts
from conformance.record.run_names import RunNames
from conformance.record.run_record import RunRecord
from conformance.record.walk_account import walk_plays
from conformance.requirements import CORE, Binds, Catalogue, Otherwise, Severity, catalogue, choices_made
from conformance.scenarios.drawn import recorded
from conformance.verdict import Outcome, Overall, RunVerdict, Verdict, Waiver, Where, judge, nothing_to_judge
from conformance.vocabulary import Edition
from reports.declarations import Declarations, Statement, StatementError, compared
from reports.gating.comparison import Comparison

from .excerpt import excerpts
from .failing_walks import FailingWalk, failing_walks
from .inventory import case_files, module_word
from .isolation import ALONE, own_environment, seldom_tidied
from .plugin import JUDGING, Judging, call
from .selection import EVERYTHING, Selection
from .waivers import NOT_SELECTED, WaiverEntry, WaiverUse, uses

NOTHING_JUDGED: Final = "nothing was judged in this run"
PRINTER: Final = (
    ("name", "printer-name"),
    ("make-and-model", "printer-make-and-model"),
    ("firmware", "printer-firmware-string-version"),
)
SHOWN: Final = 3  # cases that are named where the cases called are not those that ought to be


JudgingProgress = Callable[[int, int, int], None]  # cases judged, in all, and how many of them are violated


class OwnFaultError(Exception):
    """Something of ours went wrong, so that nothing can be said about the printer."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a file is judged by."""

    edition: Edition
    selection: Selection = EVERYTHING
    strict: bool = False
    waivers: tuple[WaiverEntry, ...] = ()
    choices: frozenset[Otherwise] = frozenset()
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A judged evidence file: all that the reports are made of."""

    run: Run
    evidence: Path
    sha256: str
    facts: RunFacts
    printer: dict[str, str]
    edition: Edition
    vocabulary: str
    selection: Selection
    strict: bool
    catalogue: Catalogue
    verdict: RunVerdict
    ledger: Ledger
    reason: str  # why nothing was judged, or too little to conform, or why the run ended before everything was played
    seconds: float
    observed: tuple[str, ...]  # what was seen of the printer beside all verdicts
    readings: Mapping[str, str]  # the choice that counts for each reading of this edition that has one
    switched: tuple[Otherwise, ...]  # those that are not the suite's own
    whom: Binds = Binds.PRINTER  # who is judged
    client: str = ""  # what it calls itself, where that is a client
    cut_short: bool = False
    waivers: tuple[WaiverUse, ...] = ()
    idle: tuple[str, ...] = ()  # what was asked for and concerns printers of another vocabulary
    excerpts: Mapping[Where, str] = field(default_factory=dict)  # the octets that failing and warning cases point at
    negotiated: tuple[Negotiated, ...] = ()  # TLS and logins, on both ways; observed, too
    walks: int = 0  # that were taken
    failing_walks: tuple[FailingWalk, ...] = ()
    lacks: str = ""  # what of the recording is known to be missing
    log_sha256: str = ""  # of the log beside the evidence, where a killed run left one
    played: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # begin and end of each scenario, seconds
    baseline: Comparison | None = None  # what is new since an earlier verdict, where one was named
    declarations: Declarations | None = None  # what the printer is said to have, where somebody said it


class _Caller:
    """Tells a pytest session what no option can, and keeps its judging and what broke it for the caller."""

    def __init__(
        self, run_record: RunRecord, terms: Terms, waivers: Sequence[Waiver], progress: JudgingProgress | None
    ) -> None:
        self._run_record, self._terms, self._waivers = run_record, terms, waivers
        self._progress, self._violated = progress, 0
        self.judging: Judging | None = None
        self._live: Judging | None = None
        self.uncollected: list[str] = []
        self.interrupted = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        known = catalogue(self._terms.edition, self._run_record.vocabulary.name, self._run_record.whom)
        self._live = config.stash[JUDGING] = Judging(
            self._run_record,
            known,
            self._terms.edition,
            self._terms.selection,
            strict=self._terms.strict,
            waivers=self._waivers,
        )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.uncollected.append(report.longreprtext)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Call the cases, and nothing else: what pytest does around each takes longer than most cases, for reports that
        nobody reads here.
        """
        for item in session.items if not self.uncollected else ():
            self._call(item)
        return True

    def _call(self, item: pytest.Item) -> None:
        assert self._live is not None  # the session was configured
        call(self._live, item)
        if self._progress is not None:
            results = self._live.results
            self._violated += bool(results) and results[-1].outcome is Outcome.VIOLATED
            self._progress(len(results), self._live.collected, self._violated)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.interrupted = excinfo.type is KeyboardInterrupt  # pytest's own reasons to stop are faults of ours

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.judging = session.config.stash[JUDGING]


@seldom_tidied()
def judge_file(
    evidence: Path,
    *,
    edition: Edition,
    selection: Selection = EVERYTHING,
    strict: bool = False,
    waivers: Sequence[WaiverEntry] = (),
    choices: Collection[Otherwise] = (),
    progress: JudgingProgress | None = None,
    statement: Statement | None = None,
) -> JudgedRun:
    """Judge, with no printer and no network; ``choices`` are the readings that are switched.
    ``progress`` hears of each case.

    ``statement`` is what the printer is said to have, where that is not to be what its run was told.

    Raises ``EvidenceError`` for a file that cannot be read, ``SelectionError``, and ``OwnFaultError`` when a case
    itself broke, or not all were called.
    """
    terms = Terms(edition, selection, strict, tuple(waivers), frozenset(choices), statement)
    with EvidenceFile.open(evidence) as file:
        return judge_run(RunRecord(file, choices, edition), terms, progress)


def judge_run(run_record: RunRecord, terms: Terms, progress: JudgingProgress | None = None) -> JudgedRun:
    """The same of evidence that is open; its readings are those of ``terms``."""
    edition, selection = terms.edition, terms.selection
    if why := _why_nothing(run_record):
        return _result(run_record, terms, nothing_to_judge(_entries(run_record, terms, NOTHING_JUDGED)), reason=why)
    # What is wrong with the file, or with the selection, is told before pytest starts.
    due = selection.cases(edition, recorded(run_record.plays), run_record.vocabulary.name, run_record.whom)
    known = catalogue(edition, run_record.vocabulary.name, run_record.whom)
    began, printer = run_record.run.began, _printer(run_record)
    set_aside = {entry: why for entry in terms.waivers if (why := entry.why_not(printer, began, known))}
    in_force = [entry.waiver for entry in terms.waivers if entry not in set_aside]
    files = case_files() if not selection else _files_of(entry.id for entry in due)
    judging = _judging(run_record, terms, in_force, files, progress)
    _see_that_all_were_called(judging, [entry.id for entry in due])
    judged = _add_up(judging, run_record, terms)
    used = tuple(uses(terms.waivers, set_aside, judged.verdict, began))
    return replace(judged, waivers=used, idle=tuple(selection.idle(due)))


def _files_of(cases: Iterable[str]) -> list[Path]:
    """The modules that those cases are in: of a small selection, collecting the others takes most of the time."""
    modules = {name.partition(".")[0] for name in cases}
    return [file for file in case_files() if module_word(file.stem) in modules]


def _judging(
    run_record: RunRecord,
    terms: Terms,
    waivers: Sequence[Waiver],
    files: Sequence[Path],
    progress: JudgingProgress | None,
) -> Judging:
    """Call the cases under pytest; raises ``OwnFaultError`` and ``KeyboardInterrupt``."""
    caller, evidence = _Caller(run_record, terms, waivers, progress), run_record.file.path
    arguments = [
        *ALONE,
        "-p", "reports.pytest_plugin",
        "--rootdir", str(evidence.parent.absolute()),
    ]  # fmt: skip
    with own_environment():
        pytest.main([*arguments, *map(str, files)], plugins=[caller])
    if caller.interrupted:
        raise KeyboardInterrupt  # of the cases some were not called: what the others say is no verdict
    judging = caller.judging
    if judging is None or caller.uncollected:
        raise OwnFaultError("\n".join(("the cases could not be run", *caller.uncollected)))
    return judging


def _see_that_all_were_called(judging: Judging, due: Sequence[str]) -> None:
    """A verdict is made of the cases it ought to have, each once, or there is none."""
    if judging.crashes:
        raise OwnFaultError(f"{len(judging.crashes)} cases broke, the first: {judging.crashes[0]}")
    ought, called = Counter(due), Counter(result.id for result in judging.results)
    lacking, beyond = ought - called, called - ought
    if lacking or beyond or judging.collected != len(due):
        names = ", ".join([*lacking, *beyond][:SHOWN])
        raise OwnFaultError(
            f"{len(due)} cases ought to be judged, {judging.collected} were collected and {called.total()} called; "
            f"not as it ought to be: {names or 'their number'}"
        )


def _add_up(judging: Judging, run_record: RunRecord, terms: Terms) -> JudgedRun:
    entries = _entries(run_record, terms, NOT_SELECTED)
    verdict = judge(
        entries,
        judging.results,
        strict=terms.strict,
        waivers=judging.waivers,
        left_over=_unanswered_for(run_record, judging),
        core=() if judging.selection else CORE,
    )
    violated = (case for case in judging.results if case.outcome is Outcome.VIOLATED)
    shown = excerpts(run_record.file, (where for case in violated for where in case.where[:2]))
    early = "; ".join(filter(None, (run_record.ended_early, run_record.file.lacks, too_little(verdict))))
    run = _result(run_record, terms, verdict, reason=early)
    failed = [result for result in judging.results if result.outcome is Outcome.VIOLATED and judging.failed(result)]
    return replace(
        run,
        excerpts=shown,
        cut_short=run_record.cut_short,
        played=_played(run_record),
        walks=len(walk_plays(run_record)),
        failing_walks=tuple(failing_walks(run_record, failed, terms.edition)),
    )


def _unanswered_for(run_record: RunRecord, judging: Judging) -> list[tuple[str, ...]]:
    """At which requirements things left over count: those of the whole run, whatever was selected.

    The cases that would tell of them may not be selected; a waiver for them counts all the same.
    """
    left_over = ledger_of(run_record).left_over
    if not judging.selection:
        return [left.requirements for left in left_over]
    return [left.requirements for left in left_over if not any(_is_waived(left, judging, w) for w in judging.waivers)]


def _is_waived(left: LeftOver, judging: Judging, waiver: Waiver) -> bool:
    """Whether somebody answers for it; what is to be found in it may be copied from a report, which has names in it."""
    if waiver.case or waiver.requirement not in left.requirements:
        return False
    texts = (left.told, judging.names.text(left.told))
    return any(waiver.match.casefold() in text.casefold() for text in texts)


def _played(run_record: RunRecord) -> dict[str, tuple[float, float]]:
    """When each scenario was played; of one that was played again, the last time."""
    ended = ((play, play.end) for play in run_record.plays.values())
    return {play.scenario: (play.row.t / 1e9, end.t / 1e9) for play, end in ended if end is not None}


def too_little(verdict: RunVerdict) -> str:
    """What keeps a run from conforming that nothing speaks against; empty where something else says why."""
    told = verdict.counts[Verdict.INCONCLUSIVE] or verdict.unexplained
    if not verdict.unjudged or told or verdict.overall is not Overall.INCONCLUSIVE:
        return ""
    return f"too little was judged: a whole run conforms only where {', '.join(verdict.unjudged)} was"


def _entries(run_record: RunRecord, terms: Terms, otherwise: str) -> Iterator[tuple[str, bool, str]]:
    """The requirements as verdicts are added up for them; ``otherwise`` is why no case speaks for one that has some."""
    known = _catalogue(run_record, terms)
    return ((r.id, r.severity is Severity.HARD, r.untested or otherwise) for r in known.values())


def _result(run_record: RunRecord, terms: Terms, verdict: RunVerdict, *, reason: str) -> JudgedRun:
    known = _catalogue(run_record, terms)
    client = run_record.once(ClientRecord) if run_record.whom is Binds.CLIENT else None
    return JudgedRun(
        whom=run_record.whom,
        run=run_record.run,
        evidence=run_record.file.path,
        sha256=_digest(run_record.file.path),
        lacks=run_record.file.lacks,
        log_sha256=_digest(log) if (log := beside(run_record.file.path, "-wal")).exists() else "",
        facts=run_record.facts,
        printer=_printer(run_record),
        edition=terms.edition,
        vocabulary=run_record.vocabulary.name,
        selection=terms.selection,
        strict=terms.strict,
        catalogue=known,
        verdict=verdict,
        ledger=_comparable(ledger_of(run_record), RunNames(run_record)),
        reason=reason,
        observed=run_record.facts.observed if client is None else tuple(way.summary() for way in client.ways),
        client=", ".join(client.agents) if client is not None else "",
        negotiated=negotiated(run_record),
        seconds=max((end.t for end in run_record.file.rows(RunEnd)), default=0) / 1e9,
        readings=choices_made(terms.choices, known.readings),
        switched=tuple(sorted(terms.choices)),
        declarations=_declarations(run_record, terms),
    )


def _declarations(run_record: RunRecord, terms: Terms) -> Declarations | None:
    """The statement that was named, or that of the run, beside what the run shows."""
    statement, kept = terms.statement, run_record.facts.statement
    if statement is None and kept:
        try:
            statement = Statement.of_json(kept, str(run_record.file.path))
        except StatementError as error:
            raise EvidenceError(str(error), "name it with --ics") from error
    if statement is None or run_record.whom is not Binds.PRINTER:
        return None
    return compared(statement, run_record, terms.edition)


def _catalogue(run_record: RunRecord, terms: Terms) -> Catalogue:
    return catalogue(terms.edition, run_record.vocabulary.name, run_record.whom)


def _why_nothing(run_record: RunRecord) -> str:
    """Why nothing can be said of whom the run is about; empty where something can."""
    if run_record.whom is Binds.PRINTER:
        return why_not_judged(run_record)
    return "" if run_record.once(ClientRecord).contacts else "no client connected"


def _printer(run_record: RunRecord) -> dict[str, str]:
    told = {"uri": run_record.run.printer_uri}
    for key, name in PRINTER:
        attribute = next((a for a in run_record.printer or () if a.name == name), None)
        told[key] = (attribute.value.text() if attribute else None) or ""
    told["firmware"] = told["firmware"] or run_record.facts.firmware or ""
    return told


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _comparable(ledger: Ledger, names: RunNames) -> Ledger:
    """The ledger in the words of any run, as what the cases say."""
    left_over = [replace(left, told=names.text(left.told), in_this_run=left.told) for left in ledger.left_over]
    account = ledger.account
    if account is not None:
        told = [replace(one, told=names.text(one.told), in_this_run=one.told) for one in account.disagreements]
        account = replace(account, disagreements=told)
    return replace(ledger, left_over=left_over, account=account)
