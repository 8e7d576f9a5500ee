"""How a run stands so far: the cases of each play that is over, called as the judge will call them, and the ledger.

It is no verdict.  A play that is under way is not judged, and what only a whole run shows is left to the report.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from conformance.record.evidence import EvidenceFile
from conformance.record.ledger import ledger_of
from conformance.record.left_over import Ledger, LeftOver
from conformance.record.run_record import CUT_SHORT, PLAYED, PlayRecord, RunRecord
from conformance.requirements import Catalogue, Otherwise, Severity, catalogue
from conformance.scenarios.drawn import recorded
from conformance.verdict import CaseResult, Inconclusive, Outcome
from conformance.vocabulary import Edition, Vocabulary
from reports.formats.html.field_origins import told_by
from reports.judging.inventory import CaseFunction, case_functions
from reports.judging.one_mail import called
from reports.viewing import ledger_rows

from .alone import Marks, marks_of
from .beside import PagePlan
from .models import BrokenEntry, LedgerLine, PlayFigures, Standing
from .unsettled import just_over, settled
from .watchers import Bell

REST: Final = 0.5  # seconds between two looks at least
SHARE: Final = 2  # times as long as a look took, it rests: the plays have the machine
MOST_UNDER_WAY: Final = 20  # plays that are named
LEFT_OVER: Final = 50  # mails that nothing accounts for that are told one by one


@dataclass(frozen=True, slots=True)
class PlayMarks:
    """What the cases of its play say of one mail, and from what its fields ought to be made."""

    scenario: str
    marks: Marks
    told: Mapping[str, str]
    vocabulary: Vocabulary


@dataclass(slots=True)
class _Seen:
    """What was found so far.  ``told`` are mails in the order in which something new was known of them."""

    plays: dict[int, tuple[CaseResult, ...]] = field(default_factory=dict)
    cut_short: int = 0
    under_way: list[str] = field(default_factory=list)
    mails: dict[int, PlayMarks] = field(default_factory=dict)
    told: list[int] = field(default_factory=list)
    outcomes: dict[str, set[Outcome]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)  # what they say, by their names
    warned: dict[str, str] = field(default_factory=dict)
    vocabulary: str = ""
    printer_name: str | None = None  # as it first told it
    ledger: list[LedgerLine] = field(default_factory=list)
    unaccounted: list[str] = field(default_factory=list)

    def is_done(self, play: int) -> bool:
        """Whether it was judged for good: what a mail was lacking for may have come since."""
        found = self.plays.get(play)
        return found is not None and all(result.outcome in _LASTING for result in found)

    def add_up(self, known: Catalogue, held: Collection[int]) -> None:
        """What the plays come to together; nothing is said to be broken in those that are held back."""
        for play, results in self.plays.items():
            for result in results:
                if result.outcome is not Outcome.VIOLATED or play not in held:
                    self._add(result, known)

    def _add(self, result: CaseResult, known: Catalogue) -> None:
        for name in result.requirements:
            self.outcomes.setdefault(name, set()).add(result.outcome)
            if result.outcome is Outcome.VIOLATED:
                hard = result.fails(hard=known[name].severity is Severity.HARD)
                (self.failed if hard else self.warned)[name] = known[name].says


_LASTING: Final = (Outcome.MET, Outcome.NOT_APPLICABLE)


class Referee:
    """Looks again whenever there is more, in a thread of its own, and rests in between."""

    def __init__(self, plan: PagePlan, earlier: Referee | None = None) -> None:
        self._path, self._edition, self._live = plan.evidence, Edition(plan.edition), plan.live
        self._choices = frozenset(map(Otherwise, plan.readings))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="referee")
        self._file: EvidenceFile | None = None
        self._task: asyncio.Task[None] | None = None
        self._cases: dict[str, list[CaseFunction]] = {}
        self._seen: _Seen = (
            _Seen() if earlier is None else earlier._seen
        )  # the same evidence, which was closed meanwhile
        self._stop = asyncio.Event()
        self.trouble = ""

    async def begin(self, bell: Bell) -> None:
        """Open the evidence, and look from now on."""
        loop = asyncio.get_running_loop()
        opening = partial(EvidenceFile.follow if self._live else EvidenceFile.open, self._path)
        self._file = await loop.run_in_executor(self._thread, opening)
        self._task = asyncio.create_task(self._watch(bell))
        self._task.add_done_callback(self._broken)

    def _broken(self, task: asyncio.Task[None]) -> None:
        """A case that breaks is our own fault; the mails are there all the same."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.trouble = f"judging broke down, which is our own fault: {type(error).__name__}: {error}"

    async def end(self) -> None:
        """Finish the look that is under way, take a last one, and close the evidence."""
        self._stop.set()
        if self._task is not None:
            await asyncio.wait({self._task})
        if self._file is not None:
            file, self._file = self._file, None
            await asyncio.get_running_loop().run_in_executor(self._thread, file.close)
        self._thread.shutdown(wait=False)

    async def _watch(self, bell: Bell) -> None:
        loop = asyncio.get_running_loop()
        heard = -1
        while not self._stop.is_set():
            heard, began = bell.rung, loop.time()
            self._seen = await loop.run_in_executor(self._thread, partial(self._look, over=not self._live))
            took, quiet = loop.time() - began, bell.rung == heard
            bell.ring()
            heard = bell.rung if quiet else heard
            await self._rest(max(REST, SHARE * took))
            await self._news(bell, heard)
        if self._live:
            self._seen = await loop.run_in_executor(self._thread, partial(self._look, over=True))

    async def _rest(self, seconds: float) -> None:
        waiting = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({waiting}, timeout=seconds)
        waiting.cancel()

    async def _news(self, bell: Bell, heard: int) -> None:
        stopped = asyncio.ensure_future(self._stop.wait())
        rung = asyncio.ensure_future(bell.heard(heard, 3600.0))
        await asyncio.wait({stopped, rung}, return_when=asyncio.FIRST_COMPLETED)
        for task in (stopped, rung):
            task.cancel()
        await asyncio.wait({stopped, rung})

    # ------------------------------------------------------------ in the thread

    def _look(self, *, over: bool) -> _Seen:
        """All plays that are over by now; those of the last look are not judged again."""
        assert self._file is not None
        last = self._seen
        seen = _Seen(dict(last.plays), mails=dict(last.mails), told=list(last.told))
        with self._file.snapshot():
            run_record = RunRecord(self._file, self._choices, self._edition)
            known = catalogue(self._edition, run_record.vocabulary.name)
            for play in run_record.every_play:
                if play.end is None:
                    seen.under_way.append(play.scenario)
                    continue
                seen.cut_short += play.end.outcome == CUT_SHORT
                if not seen.is_done(play.row.id):
                    self._judge(play, known, seen)
            seen.vocabulary, seen.printer_name = run_record.vocabulary.name, _name_of(run_record)
            ledger = ledger_of(run_record)
            left = settled(run_record, ledger, over=over)
            held = frozenset[int]() if over else just_over(run_record)
        seen.add_up(known, held)
        seen.ledger = _lines(ledger, left)
        seen.unaccounted = list(_unaccounted(left))
        return seen

    def _judge(self, play: PlayRecord, known: Catalogue, seen: _Seen) -> None:
        assert play.end is not None
        played = play.end.outcome == PLAYED
        seen.plays[play.row.id] = results = tuple(self._results(play, known)) if played else ()
        for subscription in play.subscriptions.values() if played else ():
            told = told_by(subscription)
            for mail in subscription.mails:
                marks = PlayMarks(play.scenario, marks_of(known, results, mail.id), told, subscription.vocabulary)
                if seen.mails.get(mail.id) != marks:
                    seen.mails[mail.id] = marks
                    seen.told.append(mail.id)

    def _results(self, play: PlayRecord, known: Catalogue) -> Iterator[CaseResult]:
        if play.scenario not in self._cases:
            self._learn(play)
        for case in self._cases.get(play.scenario, ()):
            counted = tuple(name for name in case.requirements if name in known)
            if counted:
                yield called(case.function, f"{case.name}[{play.scenario}]", counted, play)

    def _learn(self, play: PlayRecord) -> None:
        """Which cases read which scenario; drawn ones and walks are known by their plays."""
        self._cases = {}
        for case in case_functions(self._edition, recorded(play.run_record.plays)):
            for scenario in case.scenarios:
                self._cases.setdefault(scenario, []).append(case)
        self._cases.setdefault(play.scenario, [])

    # ------------------------------------------------------------ for the page

    def of(self, mail: int) -> PlayMarks | None:
        """What is known of a mail by its play; ``None`` while that is under way, and for a mail of no play."""
        return self._seen.mails.get(mail)

    @property
    def vocabulary(self) -> str:
        """By which names the printer is talked to; empty while that is not known."""
        return self._seen.vocabulary

    @property
    def printer_name(self) -> str | None:
        """As the printer told it."""
        return self._seen.printer_name

    @property
    def judged(self) -> list[int]:
        """The mails of which something is known, in the order in which it was new."""
        return self._seen.told

    def standing(self, told: Mapping[str, Any]) -> Standing:
        """All of it in figures; ``told`` is what the other process says of the plays."""
        seen = self._seen
        done = max(len(seen.plays), told.get("done", 0))
        plays = PlayFigures(
            done=done,
            total=told.get("total", 0 if self._live else done),
            cut_short=seen.cut_short,
            under_way=seen.under_way[:MOST_UNDER_WAY],
            waits=told.get("waits", ""),
        )
        met = sum(Outcome.MET in of and Outcome.VIOLATED not in of for of in seen.outcomes.values())
        return Standing(
            plays=plays,
            ledger=seen.ledger,
            unaccounted=seen.unaccounted,
            judged_plays=len(seen.plays),
            met=met,
            broken=[BrokenEntry(id=name, says=says) for name, says in seen.failed.items()],
            warned=[BrokenEntry(id=name, says=says) for name, says in seen.warned.items() if name not in seen.failed],
            trouble=self.trouble,
        )


def _name_of(run_record: RunRecord) -> str | None:
    try:
        return run_record.printer_text("printer-name")
    except Inconclusive:
        return None


def _lines(ledger: Ledger, left: Sequence[LeftOver]) -> list[LedgerLine]:
    """The ledger as reports have it, what is not settled in a line of its own."""
    rows = ledger_rows(replace(ledger, left_over=list(left)))
    waiting = len(ledger.left_over) - len(left)
    rows += [("not settled", waiting, "may be accounted for when their plays are over")] if waiting else []
    return [LedgerLine(word=word, count=count, told=told) for word, count, told in rows]


def _unaccounted(left: Sequence[LeftOver]) -> Iterator[str]:
    yield from (f"{one.where}: {one.told}" for one in left[:LEFT_OVER])
    if len(left) > LEFT_OVER:
        yield f"and {len(left) - LEFT_OVER} more"
