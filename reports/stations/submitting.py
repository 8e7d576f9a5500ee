"""``ippmailto submit``: jobs for the stations, and what becomes of them."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import uuid4

from procrastinate import App
from procrastinate.types import JSONDict
from sqlalchemy import select

from conformance.requirements import CatalogueError
from conformance.verdict import Overall, printable
from reports.commands.gating import EXITS
from reports.exits import Exit, UsageError
from reports.judging.selection import SelectionError
from reports.store.address import StoreAddress
from reports.store.database import Store, open_store
from reports.store.reading import run_called, run_ids
from reports.store.tables import OUTCOMES, VERDICTS
from reports.writing import remark, say

from .arguments import STALLED_SECONDS
from .queue import JUDGE, RETRY_STALLED, RUN, make_queue, queue_at, see_that_it_has_a_queue
from .wishes import FOR_JUDGING, FOR_RUNS, printer_called, queue_of, see_that_it_can_be_judged, wish_of

BATCH: Final = 500  # jobs that are submitted together
POLL_SECONDS: Final = 0.5  # nothing tells that a job has failed
ALL: Final = "all"
OPEN: Final = {"todo": "waiting", "doing": "at work", "failed": "failed", "aborted": "taken back"}


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that was put into the queue, and what it is about."""

    job: int
    ticket: str
    about: str


def submit(options: argparse.Namespace) -> int:
    """Put jobs into the queue, or list those that are there; raises ``UsageError``."""
    if not (options.printer or options.rejudge or options.list):
        raise UsageError("name what to do: --printer for runs, --rejudge for judging again, or --list")
    if options.printer and options.rejudge:
        raise UsageError("--printer and --rejudge are two things; submit one after the other")
    address = StoreAddress.of(options.url)
    see_that_it_has_a_queue(address)
    wish = wish_of(options, FOR_RUNS if options.printer else FOR_JUDGING)
    try:
        see_that_it_can_be_judged(wish)
    except (SelectionError, CatalogueError) as error:
        raise UsageError(str(error)) from error
    printers = [printer_called(text) for text in options.printer]
    store = open_store(address)
    make_queue(store)
    runs = _runs(store, options.rejudge)
    return asyncio.run(_submit(options, store, wish, printers, runs))


def _runs(store: Store, named: list[str]) -> Iterator[str]:
    """The runs that are meant; each that is named is looked for before anything is submitted."""
    if ALL not in named:
        return iter([run_called(store, beginning) for beginning in named])
    if len(named) > 1:
        raise UsageError("--rejudge all is all of them; leave the others out")
    return run_ids(store)


async def _submit(
    options: argparse.Namespace, store: Store, wish: dict[str, Any], printers: list[str], runs: Iterator[str]
) -> int:
    async with queue_at(store.address, stalled=STALLED_SECONDS) as queue:
        if options.list:
            await _list(queue)
            return Exit.CONFORMS
        jobs = await _for_printers(queue, printers, wish)
        while batch := list(islice(runs, BATCH)):
            jobs += await _for_runs(queue, batch, wish)
        for job in jobs if printers else ():
            say(f"job {job.job}: a run at {job.about}")
        if not printers:
            say(f"{len(jobs)} stored runs are to be judged again")
        return await _wait(queue, store, jobs) if options.wait else Exit.CONFORMS


async def _for_printers(queue: App, printers: list[str], wish: dict[str, Any]) -> list[Submitted]:
    done = []
    for printer in printers:
        ticket, where = uuid4().hex, queue_of(printer)
        task = queue.configure_task(RUN, queue=where, lock=where)  # two stations may reach it, and one plays
        done.append(Submitted(await task.defer_async(ticket=ticket, printer=printer, wish=wish), ticket, printer))
    return done


async def _for_runs(queue: App, runs: list[str], wish: dict[str, Any]) -> list[Submitted]:
    tickets = {run: uuid4().hex for run in runs}
    jobs: list[JSONDict] = [{"ticket": ticket, "run": run, "wish": wish} for run, ticket in tickets.items()]
    ids = await queue.configure_task(JUDGE).batch_defer_async(*jobs)
    return [Submitted(job, tickets[run], run[:12]) for job, run in zip(ids, runs, strict=True)]


async def _list(queue: App) -> None:
    for job in await queue.job_manager.list_jobs_async():
        if job.status in OPEN and job.task_name != RETRY_STALLED:
            about = job.task_kwargs.get("printer") or f"run {job.task_kwargs.get('run')!s:.12}"
            say(f"job {job.id}: {OPEN[job.status]:<10}  {job.task_name:<5}  {printable(str(about))}")


# ---------------------------------------------------------------- waiting


async def _wait(queue: App, store: Store, jobs: list[Submitted]) -> Exit:
    """Until each has its outcome or has failed; a line for each, and the worst code."""
    left, codes = {job.ticket: job for job in jobs}, [Exit.CONFORMS]
    while left:
        statuses = {job.id: job.status for job in await queue.job_manager.list_jobs_async()}
        outcomes = await asyncio.to_thread(_outcomes, store, list(left)[:BATCH])
        for job in list(left.values()):
            if job.ticket in outcomes:
                run, verdict = outcomes[job.ticket]
                say(f"job {job.job}: {job.about}: {verdict} (run {run:.12})")
                codes.append(EXITS[Overall(verdict)])
            elif statuses.get(job.job) in ("failed", "aborted", "cancelled"):
                remark(f"job {job.job}: {job.about}: no verdict; the station says why")
                codes.append(Exit.NOT_JUDGED)
            else:
                continue
            del left[job.ticket]
        if left:
            await asyncio.sleep(POLL_SECONDS)
    return max(codes, key=list(Exit).index)


def _outcomes(store: Store, tickets: list[str]) -> dict[str, tuple[str, str]]:
    """Run and verdict of the jobs that are done."""
    asked = (
        select(OUTCOMES.c.ticket, OUTCOMES.c.run, VERDICTS.c.verdict)
        .join(VERDICTS)
        .where(OUTCOMES.c.ticket.in_(tickets))
    )
    with store.reading() as connection:
        return {ticket: (run, verdict) for ticket, run, verdict in connection.execute(asked)}
