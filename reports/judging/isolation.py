"""The judging process is ours alone: variables, files and plugins of other people's pytest do not get into it."""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

OTHERS: Final = ("PYTEST_", "_PYTEST_")
"""Beginnings of the names of variables that change what pytest does: options put before ours, plugins to load."""

ALONE: Final = (
    "--disable-plugin-autoload",  # installed plugins; those that we want are loaded by name
    "--noconftest",  # a conftest.py above the package, beside the evidence, in the working directory
    "-c", os.devnull,  # pytest.ini, tox.ini, pyproject.toml and setup.cfg there: this one is read in their place
    "-p", "no:cacheprovider",  # what an earlier session left, and nothing is left for the next
    "-p", "no:terminal",
    "-p", "no:unraisableexception",  # it collects all of a judging's garbage twice, to tell of what no case leaves
    "-p", "no:threadexception",  # no case starts a thread, logs or warns; each of these looks after every case
    "-p", "no:logging",
    "-p", "no:warnings",
    "--import-mode=importlib",
)  # fmt: skip
"""Options of pytest that keep everything of strangers out."""


SELDOM: Final = 500_000
"""New objects after which Python looks for garbage.  A judging keeps nearly all that it makes, and would have it looked
through some nine hundred times."""


def end_untidied() -> None:
    """At the end of the process Python looks for garbage once more, which takes a fifth of a judging: let it not."""
    atexit.unregister(gc.freeze)  # once is enough, however many were judged
    atexit.register(gc.freeze)


@contextmanager
def seldom_tidied(*, ends: bool = False) -> Iterator[None]:
    """Python looks for garbage less often, until the end; and not even then where the process ``ends``, too."""
    before = gc.get_threshold()
    gc.set_threshold(SELDOM, *before[1:])
    try:
        yield
    finally:
        if ends:  # both together have it forget how much there is to look through
            gc.freeze()
            gc.unfreeze()
        gc.set_threshold(*before)


@contextmanager
def own_environment() -> Iterator[None]:
    """The variables without those of other people's pytest, until the end."""
    theirs = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(OTHERS)}
    try:
        yield
    finally:
        os.environ.update(theirs)
