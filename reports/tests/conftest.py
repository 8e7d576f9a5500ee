"""What the tests need of their own process, and how several processes share them."""

from __future__ import annotations

import signal
from typing import Any

import pytest

# Started in the background by a shell, pytest would ignore SIGINT, and so would every command that it starts: the tests
# of Ctrl-C could not press it.  A handler of our own is not inherited, an ignored signal is.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """``-n N`` shares the tests as :mod:`reports.tests.sharing` says."""
    from .sharing import Sharing

    return Sharing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The same order in each of the processes, which all collect."""
    if hasattr(config, "workerinput"):
        from .sharing import longest_first

        longest_first(items)
