"""Walks that fail, told as their shortest failing beginning, with the command that takes it again.

A finding has a place in the evidence.  The beginning ends with the move that was under way when that was recorded: by
then the finding stood, whatever came later.  It is read from the evidence alone, so that a judge without a printer
tells it, too; whether the beginning fails again is for whoever takes it.
"""

from __future__ import annotations

import json
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.record import rows
from conformance.record.ledger import ledger_of
from conformance.record.recorded_run import address_key
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.walk_account import WalkFault, own_steps, walk_findings, walk_plays
from conformance.scenarios.walks import readable
from conformance.verdict import CaseResult, Where
from conformance.vocabulary import Edition


@dataclass(frozen=True, slots=True)
class FailingWalk:
    """A walk, what it fails, after how many of its moves, and how to take its beginning again."""

    name: str
    requirements: tuple[str, ...]
    move: int
    moves: int
    beginning: str
    again: str


def failing_walks(run_record: RunRecord, failed: Iterable[CaseResult], edition: Edition) -> list[FailingWalk]:
    """Those of a run, in the order in which they were taken; ``failed`` are the cases that cost the verdict."""
    plays = walk_plays(run_record)
    if not plays:
        return []
    failed = list(failed)
    names = {name for case in failed for name in case.requirements}
    found: dict[int, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    finder = _Finder(run_record, plays)
    for requirements, where in (*_of_cases(failed), *_of_ledger(run_record)):
        if (place := finder.place(where)) is not None:
            found[place[0]].append((place[1], requirements))
    for finding in walk_findings(run_record):
        if finding.fault is not WalkFault.UNSEEN:
            found[finding.play.row.id].append((finding.t, finding.fault.requirements))
    told = []
    for play in plays:
        counted = [(t, kept) for t, reqs in found[play.row.id] if (kept := tuple(r for r in reqs if r in names))]
        if counted:
            told.append(_told(run_record, play, counted, edition))
    return told


def _of_cases(failed: Iterable[CaseResult]) -> Iterator[tuple[tuple[str, ...], Where]]:
    return ((case.requirements, where) for case in failed for where in case.where)


def _of_ledger(run_record: RunRecord) -> Iterator[tuple[tuple[str, ...], Where]]:
    return ((left.requirements, left.where) for left in ledger_of(run_record).left_over)


class _Finder:
    """In which walk a place of the evidence is, and when it was recorded."""

    def __init__(self, run_record: RunRecord, plays: list[PlayRecord]) -> None:
        self._walks = {play.row.id for play in plays}
        self._whose = {address_key(s.address): play.row.id for play in plays for s in play.subscriptions.values()}
        self._mails = {mail.id: mail for mail in run_record.mails}
        self._run = run_record

    def place(self, where: Where) -> tuple[int, int] | None:
        """The play and the moment; ``None`` where it is in no walk."""
        if where.kind == "mail" and (mail := self._mails.get(where.id)) is not None:
            owners = (self._whose.get(address_key(recipient)) for recipient in mail.recipients)
            return next(((owner, mail.t) for owner in owners if owner is not None), None)
        if where.kind == "ipp":
            row = next(self._run.file.rows(rows.Exchange, "id=?", where.id), None)
            return (row.play, row.t_end) if row is not None and row.play in self._walks else None
        return None


def _told(
    run_record: RunRecord, play: PlayRecord, found: list[tuple[int, tuple[str, ...]]], edition: Edition
) -> FailingWalk:
    walk, first = readable(play.scenario), min(t for t, _ in found)
    steps = sum(step.row.t <= first for step in own_steps(play))
    moves = len(walk.moves) if walk is not None else 0
    ends = enumerate(walk.walker.ends if walk is not None else (), 1)
    move = next((number for number, end in ends if end >= steps), moves)
    beginning = walk.beginning(move) if walk is not None else play.scenario
    requirements = tuple(dict.fromkeys(name for _, names in sorted(found) for name in names))
    return FailingWalk(play.scenario, requirements, move, moves, beginning, _command(run_record, beginning, edition))


def _command(run_record: RunRecord, beginning: str, edition: Edition) -> str:
    """What takes it again at the same printer; what only the bench knows, as ``--ixit`` has it, is not in it."""
    words, options = ["ippmailto", "run"], json.loads(run_record.run.options)
    if not options.get("built-in", False):
        words.append(run_record.run.printer_uri)
    if variant := options.get("variant", ""):
        words += ["--variant", str(variant)]
    if edition is not Edition.MAILTO_00:
        words += ["--edition", edition.value]
    return shlex.join([*words, "--walk", beginning])
