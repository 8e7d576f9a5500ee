"""``publish`` and ``runs``, and the end of ``run --publish``: runs in a store that many stations share."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from conformance.verdict import Overall, name_shown
from fakes.whole_file import whole_file
from reports.exits import Exit, UsageError
from reports.gating.stored_verdict import MAX_SIZE, StoredVerdict
from reports.store.extra import see_that_it_is_installed
from reports.writing import remark, say

from .report_directory import VERDICT


def store_command(options: argparse.Namespace) -> int:
    """``publish`` or ``runs``."""
    try:
        see_that_it_is_installed()
        return {"publish": _publish, "runs": _runs}[options.command](options)
    except UsageError as error:
        remark(error)
        return Exit.USAGE


def check_place(url: str) -> None:
    """Whether something can be published there; raises ``UsageError`` before anything is played for nothing.

    A server that does not answer is no reason not to play.
    """
    see_that_it_is_installed()
    from reports.store.address import StoreAddress

    StoreAddress.of(url)


def publish_judged(url: str, document: Mapping[str, Any], evidence: Path, directory: Path) -> None:
    """At the end of a run: what cannot be stored now can be later, and the verdict is what it is."""
    from reports.store.address import StoreAddress, StoreError
    from reports.store.database import open_store
    from reports.store.publishing import Publication, publish

    try:
        address = StoreAddress.of(url)
        published = publish(open_store(address), Publication(document, evidence))
        remark(f"{published} in {address}")
    except StoreError as error:
        remark(f"not published: {error}; later: ippmailto publish URL {directory}")


def _publish(options: argparse.Namespace) -> int:
    """Every directory is looked at before the first is stored."""
    from reports.store.address import StoreAddress
    from reports.store.database import open_store
    from reports.store.publishing import Publication, publish

    address = StoreAddress.of(options.url)
    whole = [Publication(*report_in(directory), options.name) for directory in options.directories]
    store = open_store(address)
    for what in whole:
        say(str(publish(store, what)))
    return Exit.CONFORMS


def report_in(directory: Path) -> tuple[dict[str, Any], Path]:
    """The verdict and where its evidence is; raises ``UsageError``."""
    path = directory / VERDICT
    try:
        document: dict[str, Any] = json.loads(whole_file(path, MAX_SIZE))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name the directory of a report") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no verdict.json of ippmailto, or it is damaged") from error
    StoredVerdict.of(document, str(path))
    try:
        Overall(document["verdict"])
        named, digest = Path(document["evidence"]["file"]), document["evidence"]["sha256"]
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise ValueError(digest)
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(f"{path} is no verdict.json of ippmailto, or it is damaged") from error
    places = (directory / named.name, directory.parent / named.name, named)  # a part's report is below the run's own
    for place in places:
        if place.is_file():
            return document, place
    raise UsageError(f"the evidence {named.name} is neither in {directory} nor above it; put it there")


def _runs(options: argparse.Namespace) -> int:
    from reports.store.address import StoreAddress
    from reports.store.database import open_store
    from reports.store.reading import StoredRun, stored_runs

    def line(run: StoredRun) -> str:
        cells = f"{run.run:.12}  {run.began:.19}  {run.verdict:<16}  {run.edition:<9}  {run.station or '-':<12}"
        return name_shown(f"{cells}  {run.printer} {run.firmware}".rstrip())

    store = open_store(StoreAddress.of(options.url), make=False)
    if not options.json_lines:
        say(f"{'run':<12}  {'began':<19}  {'verdict':<16}  {'edition':<9}  {'station':<12}  printer and firmware")
    for run in stored_runs(store, every=options.every):
        say(json.dumps(asdict(run), default=str) if options.json_lines else line(run))
    return Exit.CONFORMS
