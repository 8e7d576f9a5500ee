"""The pages, written one after the other; each has style and script in it, and a policy that lets no others in."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from conformance.counted import counted
from conformance.vocabulary import Edition
from reports.exits import UsageError
from reports.formats.html.environment import HERE as REPORT
from reports.formats.html.environment import readable
from reports.version import tool_version
from reports.writing import OutputError

from .names import Names
from .tally import Results, Tally
from .views import (
    LETTERS,
    MOST_NAMED,
    bar_of,
    coverage,
    day_of,
    disagreements,
    pages_of,
    printer_lines,
    sections_of,
    trend_of,
)

INDEX: Final = "index.html"
PAGE: Final = re.compile(r"(?:index|coverage|disagreements|mailto-\d\d(?:-\d+)?|printer-\d+)\.html")
Page = tuple[str, Callable[[], str]]


def write_site(tally: Tally, names: Names, directory: Path, *, overwrite: bool = False) -> int:
    """All pages; how many.  Raises ``OutputError``, and ``UsageError`` where a site is already.

    Of one that is replaced nothing stays: a page of it may name whom this one must not.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        earlier = [path for path in directory.iterdir() if PAGE.fullmatch(path.name)]
        if earlier and not overwrite:
            raise UsageError(f"{directory} holds a site already; name another directory (-o), or give --overwrite")
        for path in earlier:
            path.unlink()
        written = 0
        for name, made in _pages(tally, names):
            with (directory / name).open("x", encoding="utf-8") as file:
                file.write(made())
            written += 1
    except OSError as error:
        raise OutputError(str(error.filename or directory), error) from error
    return written


def _pages(tally: Tally, names: Names) -> Iterator[Page]:
    editions = tally.editions()
    latest = {edition: _latest(tally, names, edition) for edition in editions}
    parts = {edition: pages_of(latest[edition]) for edition in editions}
    around: dict[str, Any] = {
        "names": names,
        "editions": editions,
        "parts": {
            edition: [_matrix_name(edition, number) for number in range(len(parts[edition]))] for edition in parts
        },
        "version": tool_version(),
        "letters": [(verdict.value, letter) for verdict, letter in LETTERS.items()],
        "page_of": partial(_page_of, names),
        "most": MOST_NAMED,
        "day_of": (lambda results: "") if names.anonymous else day_of,
    }
    lines = {edition: printer_lines(tally, names, edition) for edition in editions}
    yield INDEX, partial(_render, "index", around, lines=lines, tally=tally)
    for edition in editions:
        for number, columns in enumerate(parts[edition]):
            sections = partial(sections_of, edition, columns)
            yield (
                _matrix_name(edition, number),
                partial(_render, "matrix", around, edition=edition, number=number, columns=columns, sections=sections),
            )
    differ = {edition: disagreements(edition, latest[edition], names) for edition in editions}
    yield "disagreements.html", partial(_render, "disagreements", around, differ=differ, latest=latest)
    covered = {edition: coverage(edition, latest[edition]) for edition in editions}
    yield "coverage.html", partial(_render, "coverage", around, covered=covered, latest=latest)
    by_printer = {edition: tally.by_printer(edition) for edition in editions}
    for printer, number in names.numbers.items():
        firmwares = {edition: by_printer[edition][printer] for edition in editions if printer in by_printer[edition]}
        yield f"printer-{number}.html", partial(_printer_page, around, names.printers[printer], firmwares)


def _printer_page(around: dict[str, Any], name: str, firmwares: dict[Edition, list[Results]]) -> str:
    trends = [trend_of(edition, found) for edition, found in firmwares.items()]
    return _render("printer", around, name=name, trends=trends, bar_of=bar_of)


def _latest(tally: Tally, names: Names, edition: Edition) -> list[Results]:
    """The latest firmware of each printer, in the order of the pages."""
    found = [firmwares[-1] for firmwares in tally.by_printer(edition).values()]
    return sorted(found, key=lambda one: names.numbers[one.printer])


def _matrix_name(edition: Edition, number: int) -> str:
    return f"{edition.value}.html" if number == 0 else f"{edition.value}-{number + 1}.html"


def _page_of(names: Names, results: Results) -> str:
    return f"printer-{names.numbers[results.printer]}.html"


# ---------------------------------------------------------------- templates


def _text(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        finalize=readable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["counted"] = counted
    return made


@cache
def _own() -> dict[str, Markup]:
    """Style, script and the policy that says which these are; the style begins with that of the report's page."""
    style = files(REPORT).joinpath("page.css").read_text(encoding="utf-8") + _text("matrix.css")
    script = _text("matrix.js")
    allowed = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}"
    policy = f"{allowed}; base-uri 'none'; form-action 'none'"
    return {"style": Markup(style), "script": Markup(script), "policy": Markup(policy)}


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _render(template: str, around: dict[str, Any], **names: Any) -> str:
    page = _environment().get_template(f"{template}.html.jinja")
    return page.render(**_own(), **around, here=template, **names)
