"""The matrix of ten thousand verdicts in a PostgreSQL: time and memory of the whole command, and what they grow by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .children import ENVIRONMENT, BenchmarkError
from .figures import Figure, Result, Table
from .matrix import verdict_like
from .postgres import private_cluster

SIZES: Final = (1_000, 10_000)
QUICK_SIZES: Final = (5, 20)
KINDS: Final = 6  # documents that differ in what requirements came to
RUNS_OF_A_FIRMWARE: Final = 5
FIRMWARES: Final = 4  # of a printer
PRINTER, FIRMWARE, DAY = "@printer@", "@firmware@", "@day@"
_HOW: Final = (
    "`ippmailto matrix postgresql://...` makes the site of {most:,} verdict rows, of {printers:,} printers with four "
    "firmwares and five runs of each, in a process of its own; before that of a tenth of them. Each verdict has all "
    "entries of mailto-00, with twelve cases for each that is judged, as a whole run has. Time is from the start of "
    "the command to its end, memory the most that it had resident at any time, as the system counts it for that "
    "process; PostgreSQL's own is not in either."
)
_LIMITS: Final = (
    "reading the JSON. Ten documents are fetched at a time by a cursor that stays at the server, and of each an octet "
    "and a time are kept for each entry of a printer's firmware: what memory grows by is new firmwares and their "
    "pages, and not runs."
)
_FILL: Final = """
INSERT INTO runs (id, began, subject, printer_uri, printer, firmware, file, station, stored)
SELECT md5(n::text) || md5(n::text), '2026-01-01T00:00:00Z', 'printer', 'ipp://printer.example', 'printer', '1.0',
       'run.evidence', '', now()
FROM generate_series(%(first)s::int, %(last)s::int - 1) n;
"""
_FILL_VERDICTS: Final = """
INSERT INTO verdicts (run, digest, edition, verdict, document, station, stored)
SELECT md5(n::text) || md5(n::text), md5(n::text) || md5(n::text), 'mailto-00', 'does-not-conform',
       replace(replace(replace(document, '@printer@', (n / 20)::text), '@firmware@', (n / 5 %% 4 + 1)::text),
               '@day@', lpad((n %% 28 + 1)::text, 2, '0')),
       '', now()
FROM generate_series(%(first)s::int, %(last)s::int - 1) n JOIN kinds ON kinds.kind = n %% 6;
"""


@dataclass(frozen=True, slots=True)
class _Made:
    """What a site took."""

    rows: int
    seconds: float
    cpu: float
    megabytes: float
    pages: int


def stored_matrix(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure it; raises ``BenchmarkError``."""
    from reports.store.address import StoreAddress
    from reports.store.database import open_store

    sizes, made, there = QUICK_SIZES if quick else SIZES, [], 0
    with private_cluster() as cluster:
        url = cluster.create("results")
        open_store(StoreAddress.of(url))  # makes the tables
        for size in sizes:
            tell(f"stored-matrix: storing {size - there:,} verdicts")
            _fill(str(cluster.directory), there, size)
            there = size
            made.append(_site(url, size, directory / str(size)))
            tell(f"stored-matrix: {size:,} verdicts: {made[-1].seconds:.1f} s, {made[-1].megabytes:.0f} MB")
    return _result(made)


def _fill(host: str, first: int, last: int) -> None:
    """Verdicts of these numbers: in the database, since gigabytes need not go there one by one."""
    import psycopg

    from .postgres import PASSWORD, USER

    with psycopg.connect(host=host, user=USER, password=PASSWORD, dbname="results") as connection:
        connection.execute("CREATE TEMPORARY TABLE kinds (kind integer, document text)")
        for kind in range(KINDS):
            connection.execute("INSERT INTO kinds VALUES (%s, %s)", (kind, json.dumps(_document(kind))))
        for statement in (_FILL, _FILL_VERDICTS):
            connection.execute(statement, {"first": first, "last": last})


def _document(kind: int) -> dict[str, object]:
    printer = {"uri": f"ipp://{PRINTER}.example/", "name": PRINTER, "make-and-model": f"Vendor Model {PRINTER}"}
    return {
        **verdict_like(kind),
        "printer": {**printer, "firmware": f"{FIRMWARE}.0"},
        "started": f"2026-01-{DAY}T00:00:00+00:00",
    }


def _site(url: str, rows: int, target: Path) -> _Made:
    """Run the command, and have the system say what that very process took."""
    began = time.perf_counter()
    with (target.with_suffix(".log")).open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "reports", "matrix", url, "-o", target], stdout=log, stderr=log, env=ENVIRONMENT
        )
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)  # it was waited for here
    seconds = time.perf_counter() - began
    said = target.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    if child.returncode or f" {rows} runs," not in said:
        raise BenchmarkError(f"the site of {rows} verdicts was not made: {said.strip()[-300:]}")
    return _Made(rows, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, len(list(target.iterdir())))


def _result(made: list[_Made]) -> Result:
    few, many = made
    of_one = len(json.dumps(_document(0)))
    figures = (
        Figure(f"{many.rows:,} verdicts to a site", many.seconds, "s"),
        Figure("CPU", many.cpu, "s"),
        Figure("read", many.rows * of_one / 2**20, "MB"),
        Figure("pages", many.pages),
        Figure("most memory", many.megabytes, "MB", 300, at_most=True),
        Figure(
            "growth of it, a verdict",
            (many.megabytes - few.megabytes) * 2**10 / (many.rows - few.rows), "KB",
        ),
    )  # fmt: skip
    rows = tuple(
        (f"{one.rows:,}", f"{one.seconds:.1f}", f"{one.cpu:.1f}", f"{one.megabytes:.1f}", str(one.pages))
        for one in made
    )
    table = Table(("verdicts", "s", "CPU s", "memory MB", "pages"), rows)
    how = _HOW.format(most=many.rows, printers=-(-many.rows // (FIRMWARES * RUNS_OF_A_FIRMWARE)))
    return Result("stored-matrix", "A matrix of a store", how, figures, (table,), _LIMITS)
