"""How several processes share the tests: what looks at one costly run stays together, what takes long comes first.

pytest-xdist's own groups are not used: 3.8 writes them into the ids of tests, where pytest 9.2 no longer looks.
"""

from __future__ import annotations

from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER: Final = frozenset((
    "reports/tests/test_command.py",  # a small run
    "reports/tests/test_hostile_evidence.py",  # another, as in some of the next
    "reports/tests/test_formats.py",
    "reports/tests/test_isolation.py",
    "reports/tests/test_report_directory.py",
    "reports/tests/test_real_printer.py",  # a whole run on CUPS
    "reports/tests/test_suite_secured.py",  # a whole run on the reference printer
))  # fmt: skip


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # xdist tells mypy nothing
    """A test by itself is the unit that a process takes; the modules in ``TOGETHER`` are units, too, and come first."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module in TOGETHER else nodeid


def longest_first(items: list[pytest.Item]) -> None:
    """Nobody waits for a long one in the end; the marker ``takes`` says how long."""
    items.sort(key=_seconds, reverse=True)


def _seconds(item: pytest.Item) -> float:
    mark = item.get_closest_marker("takes")
    return float(mark.args[0]) if mark is not None else 0.0
