"""``ippmailto web``: stored evidence in a browser, by the pages of a run that goes on."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError, Play
from conformance.record.run_record import RunRecord
from conformance.requirements import Binds, CatalogueError, catalogue, switched
from conformance.verdict import name_shown
from conformance.vocabulary import Edition
from reports.exits import Exit, UsageError
from reports.web import LivePage, PagePlan
from reports.writing import remark, say

from .live import WebAsked, tell_token, time_to_stop
from .run_options import sittings, what_counts
from .stopping import stopping


def show_page(options: argparse.Namespace) -> int:
    """Until it is ended; what is shown is read, and never written to."""
    try:
        asked = WebAsked.of(options)
        assert asked is not None, "the address has a default"
        asyncio.run(_served(asked, _plan(asked, options)))
    except (UsageError, EvidenceError, CatalogueError) as error:
        remark(error)
        return Exit.USAGE
    return Exit.CONFORMS


def _plan(asked: WebAsked, options: argparse.Namespace) -> PagePlan:
    """Judged by what is named, else by what the run was asked for, as ``judge`` does it; all that is there is shown."""
    path: Path = options.evidence
    with EvidenceFile.open(path) as file:
        if RunRecord(file).whom is Binds.CLIENT:
            raise UsageError(f"{path} is about a client, of which the page knows nothing; ippmailto show reads it")
        edition, _ = what_counts(sittings(file), Edition(options.edition) if options.edition else None)
        choices = switched(options.reading, catalogue(edition).readings)
        played = next(iter(file.rows(Play)), None) is not None
    return PagePlan(
        asked.host, asked.port, path, token=asked.token, edition=edition.value, readings=tuple(sorted(choices)),
        live=False, run=played,
    )  # fmt: skip


async def _served(asked: WebAsked, plan: PagePlan) -> None:
    page = LivePage(plan)
    await page.start()
    try:
        stop = await stopping()
        tell_token(asked)
        say(f"ready web {page.address} evidence {name_shown(plan.evidence)}")
        if not await time_to_stop(stop, page):
            raise UsageError("the page has ended; the lines above say why")
    finally:
        await page.stop()
