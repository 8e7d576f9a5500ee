"""What a measurement comes to: figures with their targets, tables, and how they are shown."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

LOAD: Final = "load average before"
TITLES: Final = (
    "Start", "Judging stored evidence", "Capture, durable", "What capture takes at least", "Beside MailDev",
    "A whole run", "A whole run at a slow printer", "Memory of the recipient", "Soak",
    "Judging again at several stations", "A matrix of many printers", "A matrix of a store",
)  # fmt: skip
_HEAD: Final = (
    "Written by `python -m reports.pages performance`; a part that `python -m reports.benchmark --markdown` names is\n"
    "measured again and its section replaced. What is compared was measured in turns in one run, so ratios hold where\n"
    "other work shares the machine; rates and times then fall behind what it can do. No test depends on any of them."
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.  ``target`` is the least it should be, or with ``at_most`` the most; ``None`` if nothing is asked."""

    what: str
    value: float
    unit: str = ""
    target: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; ``None`` without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    def cells(self) -> tuple[str, str, str, str]:
        """What, value, target, and whether it is met."""
        if self.target is None:
            return self.what, _number(self.value, self.unit), "", ""
        wanted = f"{'at most' if self.at_most else 'at least'} {_number(self.target, self.unit)}"
        return self.what, _number(self.value, self.unit), wanted, "met" if self.met else "missed"


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers that stand beside each other."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a part of the benchmark found; ``limits`` says what keeps the figures from being better."""

    name: str
    title: str
    how: str
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...] = ()
    limits: str = ""


def _number(value: float, unit: str) -> str:
    if isinstance(value, int):
        return f"{value:,} {unit}".strip()
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def machine() -> dict[str, str]:
    """What the figures depend on: processor, versions, load.  No names of machines or places."""
    load = os.getloadavg()
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {re.match(r'[0-9.]*', platform.release())[0].rstrip('.')}"  # type: ignore[index]
        f", {platform.machine()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "aiosmtpd": version("aiosmtpd"),
        "pytest": version("pytest"),
        "Postfix (smtp-source, smtp-sink)": _postfix(),
        LOAD: ", ".join(f"{n:.1f}" for n in load),
    }


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.*)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return found[1] if found else platform.machine()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _postfix() -> str:
    command = shutil.which("postconf", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if command is None:
        return "not installed"
    done = subprocess.run([command, "-h", "mail_version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "installed"


def as_text(result: Result) -> Iterator[str]:
    """Lines for a terminal."""
    yield f"{result.name}: {result.title}"
    rows = [figure.cells() for figure in result.figures]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(4)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for table in result.tables:
        yield ""
        cells = (table.header, *table.rows)
        widths = [max(len(row[i]) for row in cells) for i in range(len(table.header))]
        for line in cells:
            yield "  " + "  ".join(
                c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))
            )
    yield ""


def as_markdown(result: Result, command: str, remark: str = "") -> str:
    """A section of docs/performance.md, with the command that made it and what is to be said of it."""
    lines = [f"## {result.title}", "", f"`{command}`{remark}", "", result.how, ""]
    lines += _markdown_table(("", "measured", "target", ""), [figure.cells() for figure in result.figures])
    for table in result.tables:
        lines += ["", *_markdown_table(table.header, table.rows)]
    if result.limits:
        lines += ["", f"What limits it: {result.limits}"]
    return "\n".join([*lines, ""])


def document(sections: Iterable[str], about: dict[str, str], earlier: str, order: Sequence[str]) -> str:
    """docs/performance.md with these sections new, and those of the earlier document that are not among them.

    ``order`` are the titles as they are to stand.
    """
    found = {_title(text): text for text in [*re.split(r"^(?=## )", earlier, flags=re.MULTILINE)[1:], *sections]}
    head = ["# Performance", "", _HEAD, "", "| | |", "|---|---|", *(f"| {k} | {v} |" for k, v in about.items()), ""]
    return "\n".join(["\n".join(head), *(found[title].rstrip() + "\n" for title in order if title in found)])


def write(path: Path, result: Result, about: dict[str, str], command: str) -> None:
    """Put the section of a result into the document at ``path``, which is made if need be."""
    earlier = path.read_text(encoding="utf-8") if path.exists() else ""
    when = f" ({datetime.now(UTC):%Y-%m-%d}; load average of the machine before: {about[LOAD]})"
    steady = {name: value for name, value in about.items() if name != LOAD}
    path.write_text(document([as_markdown(result, command, when)], steady, earlier, TITLES), encoding="utf-8")


def _title(section: str) -> str:
    return section.partition("\n")[0].removeprefix("## ").strip()


def _markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|---|" + "---:|" * (len(header) - 1)
    yield from (f"| {' | '.join(row)} |" for row in rows)
