"""The generated pages of the documentation, written by one command.

::

    python -m reports.pages                   # all of them
    python -m reports.pages requirements      # one of them; --list says which there are and how long each takes

A page is written whole or stays as it was.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.requirements import catalogue, readings
from conformance.vocabulary import Edition

from .benchmark import __main__ as benchmark
from .exits import Exit
from .judging.coverage import as_markdown, coverage
from .judging.inventory import all_cases
from .selftest import condition_matrix, kill_matrix, worked_example
from .selftest.worked_example import PageError

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
HEAD: Final = """\
# The catalogue and what covers it

Written by `python -m reports.pages requirements`; what is judged *hard* fails, *soft* warns.
"""
READINGS_HEAD: Final = """\
# Readings

The texts contradict one another, and leave things open. Here is how the suite reads each such place, and why. Where
another reading could be defended, `--reading ID=CHOICE` of `run` and `judge` switches to it, and every report says what
counted.

Written by `python -m reports.pages readings` from `conformance/requirements/readings.toml`.
"""


@dataclass(frozen=True, slots=True)
class GeneratedPage:
    """``write`` makes the file, or raises ``PageError``."""

    name: str
    takes: str
    write: Callable[[Path], None]


def requirements() -> str:
    """Each edition's catalogue, with the cases or the reason why there is none."""
    parts = [HEAD]
    for edition in Edition:
        table = "\n".join(as_markdown(catalogue(edition), coverage(all_cases(edition))))
        parts.append(f"## Edition {edition.value}\n\n{table}\n")
    return "\n".join(parts)


def _requirements(path: Path) -> None:
    path.write_text(requirements(), encoding="utf-8")


def readings_page() -> str:
    """What the texts leave open or say in two ways, how the suite reads it, and what else may be chosen."""
    bound: dict[str, dict[str, None]] = {}
    for edition in Edition:
        for entry in catalogue(edition).values():
            for name in entry.reading:
                bound.setdefault(name, {})[entry.id] = None
    parts = [READINGS_HEAD]
    for reading in readings().values():
        lines = [f"## {reading.id}", f"*Sections {reading.sections}.* {reading.contradiction}"]
        if reading.switchable:
            chosen, *others = reading.choices
            lines.append(f"- **{chosen.name}**, the suite's own: {chosen.reads}")
            lines[-1] += "".join(f"\n- `--reading {reading.id}={other.name}`: {other.reads}" for other in others)
        else:
            lines.append(f"**So it is read:** {reading.chosen}")
        if reading.id in bound:
            lines.append(f"Counts at {', '.join(bound[reading.id])}.")
        if reading.unused:
            lines.append(f"No entry depends on it: {reading.unused}")
        parts.append("\n\n".join(lines) + "\n")
    return "\n".join(parts)


def _readings(path: Path) -> None:
    path.write_text(readings_page(), encoding="utf-8")


def _kill_matrix(path: Path) -> None:
    if kill_matrix.main(["--markdown", str(path)]):
        raise PageError("not every liar is caught as its row claims; the lines above say which")


def _condition_matrix(path: Path) -> None:
    if condition_matrix.main(["--markdown", str(path), "--target", "0"]):
        raise PageError("not all pairs were played; the line above says why")


def _performance(path: Path) -> None:
    if benchmark.main(["--markdown", str(path)]):
        raise PageError("not everything could be measured; the line above says what")


def _worked_example(path: Path) -> None:
    from fakes.tests.cups import PrivateCups, missing  # a checkout has them, and the pages are in a checkout only
    from fakes.tests.ports import free_port

    if why := missing():
        raise PageError(why)
    with tempfile.TemporaryDirectory(prefix="ippmailto-worked-example-") as room:
        directories = [str(Path(room) / edition.value) for edition in Edition]
        for edition, directory in zip(Edition, directories, strict=True):
            with free_port() as port, PrivateCups(port) as cups:
                done = subprocess.run(
                    [
                        sys.executable, "-m", "reports", "run", cups.printer, "--edition", edition.value,
                        "--smtp-listen", f"127.0.0.1:{port}", "--report-dir", directory,
                    ],
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    check=False,
                )  # fmt: skip
            if done.returncode not in (Exit.CONFORMS, Exit.DOES_NOT_CONFORM, Exit.INCONCLUSIVE):
                raise PageError(f"a run against CUPS ended with {done.returncode}; the lines above say why")
        notes = DOCS / "cups-worked-example.toml"
        if worked_example.main([*directories, "--notes", str(notes), "--output", str(path)]):
            raise PageError("the line above says what is missing")


PAGES: Final = (
    GeneratedPage("requirements", "a second", _requirements),
    GeneratedPage("readings", "a second", _readings),
    GeneratedPage("kill-matrix", "two minutes", _kill_matrix),
    GeneratedPage("condition-matrix", "forty minutes", _condition_matrix),
    GeneratedPage("cups-worked-example", "five minutes; a private CUPS, and root", _worked_example),
    GeneratedPage("performance", "half an hour, on a machine that is left alone; Postfix and PostgreSQL", _performance),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all are written, 1 when one is not, 2 for wrong usage."""
    parser = argparse.ArgumentParser("python -m reports.pages", description="Write the generated pages of docs/.")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=f"of {', '.join(p.name for p in PAGES)}; else all")
    parser.add_argument("--list", action="store_true", help="which there are, and what each takes")
    parser.add_argument("--docs", type=Path, default=DOCS, metavar="DIR", help="where they go (default: docs/)")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.pages) - {p.name for p in PAGES}):
        parser.error(f"no page is called {', '.join(unknown)}; --list says which there are")
    if options.list:
        print("\n".join(f"{p.name:<22} {p.takes}" for p in PAGES))
        return 0
    if not options.docs.is_dir():
        parser.error(f"there is no directory {options.docs}; the pages are written in a checkout")
    missed = 0
    for p in PAGES:
        if not options.pages or p.name in options.pages:
            missed += not _written(p, options.docs / f"{p.name}.md")
    return 1 if missed else 0


def _written(page: GeneratedPage, path: Path) -> bool:
    """Write it beside its place, and put it there when it is whole."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as room:
        made = Path(room) / path.name
        if path.exists():
            made.write_bytes(path.read_bytes())  # a part of what is measured may keep what it was
        try:
            page.write(made)
        except PageError as error:
            print(f"pages: {path} is left as it was: {error}", file=sys.stderr)
            return False
        made.replace(path)
    print(f"pages: wrote {path}")
    return True


if __name__ == "__main__":
    raise SystemExit(main())
