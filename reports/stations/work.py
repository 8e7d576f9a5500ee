"""What a station does with a job: run in a process of its own, or judge again; then publish, once."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError
from conformance.record.run_record import RunRecord
from conformance.requirements import CatalogueError, catalogue, switched
from conformance.verdict import printable
from conformance.vocabulary import Edition
from reports.commands.publishing import report_in
from reports.commands.report_directory import VERDICT
from reports.commands.run_options import sittings, what_counts
from reports.exits import Exit, UsageError, in_words
from reports.formats.verdict_json import verdict_json
from reports.judging.isolation import seldom_tidied
from reports.judging.judging import OwnFaultError, Terms, judge_run
from reports.judging.selection import Selection, SelectionError
from reports.own_python import own_environment, own_module
from reports.store.database import Store
from reports.store.publishing import Publication, has_outcome, publish, publish_verdict
from reports.store.reading import restore_evidence
from reports.writing import remark

from .wishes import FOR_JUDGING, REFERENCE, PlaceError, as_arguments, checked, queue_of

JUDGED: Final = (Exit.CONFORMS, Exit.DOES_NOT_CONFORM, Exit.INCONCLUSIVE, Exit.NOT_JUDGED)
LOG: Final = "station.log"
ROOM: Final = 2**20  # octets of a disk: with less nobody runs anything
SECRETS: Final = ("PGPASSWORD",)  # variables that the run has no use for


PROBLEMS: Final = (UsageError, EvidenceError, SelectionError, CatalogueError, OwnFaultError)


class JobError(UsageError):
    """A job that cannot be done, and could not be the next time; says why."""


@dataclass(frozen=True, slots=True)
class Station:
    """One place: its name, its printers, and what goes into the command line of a run there."""

    name: str
    store: Store
    printers: Mapping[str, tuple[str, ...]]  # by queue, the arguments that each needs
    work_dir: Path

    async def play(self, ticket: str, printer: str, wish: dict[str, Any]) -> None:
        """Run at that printer and publish."""
        with self._telling(printable(printer)):
            await self._play(ticket, printer, wish)

    @seldom_tidied()
    def judge(self, ticket: str, run: str, wish: dict[str, Any]) -> None:
        """Judge stored evidence again, and store the verdict."""
        with self._telling(f"judging {run:.12}"):
            self._judge(ticket, run, wish)

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:  # the disk here, or what may be open: what the store says is told by itself
            where = "" if error.filename else f": {self.work_dir}"
            why = PlaceError(f"{in_words(error)}{where}; look at the disk of this station, or have another one do it")
            self._tell(f"{what} failed: {why}")
            raise why from error
        except PROBLEMS as error:
            self._tell(f"{what} failed: {error}")
            raise

    def _tell(self, text: str) -> None:
        remark(f"{self.name}: {text}")

    async def _play(self, ticket: str, printer: str, wish: dict[str, Any]) -> None:
        """What an earlier try has left of a run that was whole is published, and not played again."""
        if not re.fullmatch("[0-9a-f]{32}", ticket):  # it becomes the name of a directory
            raise JobError(f"the job has the ticket {ticket!a:.80}, which is none")
        if await asyncio.to_thread(has_outcome, self.store, ticket):
            return
        arguments = self.printers.get(queue_of(printer))
        if arguments is None:
            raise JobError("that printer is not here")
        report = _left_by_an_earlier_try(self.work_dir, ticket)
        if report is None:
            report = self._directory(ticket)
            self._tell(f"runs at {printer}; {report / LOG} has what it says")
            await _run([*arguments, *as_arguments(wish)], report)
        document, evidence = report_in(report)
        published = await asyncio.to_thread(publish, self.store, Publication(document, evidence, self.name, ticket))
        self._tell(f"{printer}: {document['verdict']}; {published}")

    def _judge(self, ticket: str, run: str, wish: dict[str, Any]) -> None:
        if has_outcome(self.store, ticket):
            return
        with tempfile.TemporaryDirectory(prefix="ippmailto-judging-") as directory:
            evidence = restore_evidence(self.store, run, Path(directory))
            document = judged_again(evidence, checked(wish, FOR_JUDGING))
            published = publish_verdict(self.store, run, Publication(document, evidence, self.name, ticket))
        self._tell(f"{document['verdict']}; {published}")

    def _directory(self, ticket: str) -> Path:
        """A new one for a try of that job."""
        number = 1
        while (path := self.work_dir / f"{ticket}-{number}").exists():
            number += 1
        path.mkdir(parents=True)
        return path


def judged_again(evidence: Path, wish: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict on a file, by what was wished for and else by what its run was asked for."""
    with EvidenceFile.open(evidence) as file:
        named = Edition(wish["edition"]) if "edition" in wish else None
        edition, selection = what_counts(sittings(file), named, Selection(tuple(wish.get("select", []))))
        choices = switched(wish.get("reading", []), catalogue(edition).readings)
        terms = Terms(edition, selection, wish.get("strict", False), (), choices)
        document = verdict_json(judge_run(RunRecord(file, choices, edition), terms))
    document["evidence"]["file"] = evidence.name  # the directory is gone already
    return document


def _left_by_an_earlier_try(work_dir: Path, ticket: str) -> Path | None:
    """The report of a run that was played to its end, and could not be published."""
    for directory in sorted(work_dir.glob(f"{ticket}-*")):
        if (directory / VERDICT).exists() and not report_in(directory)[0].get("cut-short"):
            return directory
    return None


async def _run(arguments: list[str], directory: Path) -> None:
    """``ippmailto run`` to its end; raises ``JobError`` where it came to no verdict.

    It ends in order, and gives back what it has at the printer, when we are gone: its input is a pipe from us.
    """
    variables = own_environment({name: value for name, value in os.environ.items() if name not in SECRETS})
    with (directory / LOG).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *own_module("reports"), "run", *arguments, f"--report-dir={directory}", "--stop-at-eof",
            stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log, env=variables,
            start_new_session=True,  # Ctrl-C is ours: what runs is let come to its end
        )  # fmt: skip
    try:
        code = await process.wait()
    finally:
        if process.returncode is None and process.stdin is not None:  # the job is taken back
            process.stdin.close()
            await process.wait()
    if code not in JUDGED or not (directory / VERDICT).exists():
        said = (directory / LOG).read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        why = f"the run came to no verdict: {printable(said[-1])} ({directory / LOG})"
        if shutil.disk_usage(directory).free < ROOM:
            raise PlaceError(f"{why}; the disk of this station is full: make room, or have another one do it")
        raise JobError(why)


def arguments_of(printer: str) -> list[str]:
    """How ``ippmailto run`` is told of that printer."""
    word, _, variant = printer.partition(":")
    if word != REFERENCE:
        return [printer]
    return [f"--variant={variant}"] if variant else []
