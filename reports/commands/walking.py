"""Which walks a run takes: those that were named, those that an earlier sitting drew, or some that are drawn now."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Final

from conformance.scenarios.steps import Scenario
from conformance.scenarios.walk_moves import WalkError
from conformance.scenarios.walks import draw_walks, walk_of
from conformance.vocabulary import Edition
from reports.exits import UsageError
from reports.judging.selection import Selection

from .interrupting import heard_later
from .run_options import RunOptions

WALKS: Final = 6  # unless told, where everything is judged
CASES: Final = "walks."  # what the ids of the cases about walks begin with


def walks_to_take(
    options: argparse.Namespace, earlier: RunOptions | None, edition: Edition, selection: Selection
) -> list[Scenario]:
    """The walks, in order; raises ``UsageError`` for a name that is none.

    Where only a part is judged, none are drawn unless they are asked for.
    """
    if options.walk:
        return [_named(name, edition) for name in dict.fromkeys(options.walk)]
    if options.walks is None and earlier is not None:
        return [_named(name, edition) for name in earlier.walks]
    asked = not selection or any(pattern.startswith(CASES) for pattern in selection.patterns)
    count = options.walks if options.walks is not None else WALKS if asked else 0
    if not count:
        return []
    with nothing_kept():
        return list(draw_walks(count, options.seed if earlier is None else earlier.seed, edition))


def _named(name: str, edition: Edition) -> Scenario:
    try:
        scenario = walk_of(name).scenario
    except WalkError as error:
        raise UsageError(f"{name!a:.250} is no walk: {error}; docs/walks.md says how they are written") from error
    if edition not in scenario.editions:
        raise UsageError(f"{name} asks for what --edition {edition.value} does not have")
    return scenario


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Hypothesis keeps what it learns in the working directory; in here it keeps nothing.

    It also has itself called by the garbage collector, where Ctrl-C is lost: it is heard when Hypothesis is done.
    """
    called = list(gc.callbacks)
    with heard_later():
        from hypothesis import configuration  # slow to import

        home = configuration.storage_directory(intent_to_write=False).home_directory
        with TemporaryDirectory(prefix="ippmailto-") as nowhere:
            configuration.set_hypothesis_home_dir(nowhere)
            try:
                yield
            finally:
                configuration.set_hypothesis_home_dir(home)
                gc.callbacks[:] = called
