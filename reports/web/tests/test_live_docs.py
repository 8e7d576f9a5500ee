"""The pages about the live page: every threat has the test that it names, every call and bound is told as it is."""

from __future__ import annotations

import re
from typing import Final

from reports.web import guard, live_store, models, stream, watchers
from reports.web.api import router

from .processes import ROOT

HERE: Final = ROOT / "reports" / "web" / "tests"
PAGE: Final = (ROOT / "docs" / "live-page.md").read_text(encoding="utf-8")
API: Final = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_each_threat_has_a_test() -> None:
    (table,) = re.findall(r"^## What it stands against\n(.*)", PAGE, re.MULTILINE | re.DOTALL)
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| What is tried")]
    named = [re.findall(r"`(test_\w+)`", row) for row in rows]
    assert len(rows) > 30
    assert [row for row, names in zip(rows, named, strict=True) if len(names) != 1] == []
    there = {name for path in HERE.glob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))}
    assert {name for names in named for name in names} - there == set()


def test_every_call_is_told() -> None:
    calls = {
        f"{method} {getattr(route, 'path', '')}" for route in router.routes for method in getattr(route, "methods", ())
    }
    told = set()
    for line in API.splitlines():
        for method, path in re.findall(r"`(GET|PUT) (/api/[^?`]*)", line if line.startswith("| `") else ""):
            told.add(f"{method} {path}".replace("/N", "/{number}").replace("/P", "/{part}"))
    assert told == calls


def test_the_bounds_are_those_that_are_told() -> None:
    (table,) = re.findall(r"^## Bounds\n(.*?)^## ", API, re.MULTILINE | re.DOTALL)
    told = [int(number.replace(",", "")) for number in re.findall(r"\b[0-9][0-9,]*\b", table.partition("Beyond")[0])]
    assert told == [
        models.LONGEST_WAIT,
        models.MOST_WAITED,
        watchers.WAITERS,
        watchers.OF_ONE_HOST,
        watchers.LISTENERS,
        watchers.OF_ONE_HOST,
        stream.READ_WITHIN,
        models.MOST_LISTED,
        live_store.SCANNED,
        live_store.LARGEST // 2**20,
        guard.MOST_SENT // 2**10,
        models.LONGEST_SCRIPT,
    ]
