"""What the tests need of their own process, and how several processes share them."""

from __future__ import annotations

import compileall
import os
import re
import signal
from pathlib import Path
from typing import Any, Final

import pytest

from .sharing import Sharing, asks_for_everything, longest_first, mark_long, without_long

# Started in the background by a shell, pytest would ignore SIGINT, and so would every command that it starts: the tests
# of Ctrl-C could not press it.  A handler of our own is not inherited, an ignored signal is.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where Python may leave no compiled modules beside their sources, each of the many commands and processes that are
# started would compile all of them again, and those of the dependencies with them, were they kept elsewhere.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT: Final = Path(__file__).parents[2]


def pytest_configure(config: pytest.Config) -> None:
    """What several processes are about to import is compiled once, before they begin."""
    if getattr(config.option, "numprocesses", None):
        for room in ("conformance", "fakes", "reports"):
            compileall.compile_dir(ROOT / room, quiet=2, rx=re.compile(r"/tests/"), workers=0)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """``-n N`` shares the tests as :mod:`reports.tests.sharing` says."""
    return Sharing(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A process that shares the tests is told what was asked for: it sees paths in any case."""
    node.workerinput["everything"] = asks_for_everything(node.config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The same order in each of the processes, which all collect."""
    told: dict[str, Any] = getattr(config, "workerinput", {})
    mark_long(items)
    if told.get("everything", asks_for_everything(config)):
        without_long(config, items)
    if told:
        longest_first(items)
