"""What a case is written with: its requirements, the plays it reads, and the one way to say no."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

import pytest

from conformance.record.run_record import PlayRecord
from conformance.verdict import Inconclusive, Violation, Where

RUN: Final = "run"
"""In place of a scenario: a case that looks at the whole run at once, which it takes as ``run``."""

CLIENT: Final = "client"
"""The same, for a case that looks at what a client did, which it takes as ``client``."""

F = TypeVar("F", bound=Callable[..., Any])


def case(*requirements: str, on: str) -> Callable[[F], F]:
    """Mark a function as a case for these requirements, judged once for each play of the scenarios ``on`` selects.

    ``on`` is a scenario id or a tag that scenarios carry, or ``RUN`` or ``CLIENT``.  The function takes the play as
    ``play``, the run as ``run``, or what a client did as ``client``, and returns when the requirement was met; else it
    raises one of the judgements of
    :mod:`conformance.verdict`.  A violation in a play in which the printer came up anew is ``Inconclusive``.
    """

    def mark(function: F) -> F:
        judge = function if on in (RUN, CLIENT) else _spared(function)
        marked: F = pytest.mark.case(requirements=requirements, on=on)(judge)
        return marked

    return mark


def _spared(function: F) -> F:
    """The same, but that a printer which was switched off meanwhile is not blamed for what it has not kept."""

    @wraps(function)
    def judge(play: PlayRecord) -> None:
        try:
            function(play)
        except Violation as found:
            if play.restart is None:
                raise
            raise Inconclusive(f"{play.restart}; what was expected is {found.expected}", found.where) from found

    return cast("F", judge)


def expect(
    met: bool,
    *,
    expected: str,
    actual: str,
    where: Where | tuple[Where, ...] = (),
    remark: str = "",
    binding: bool | None = None,
) -> None:
    """Nothing if ``met``, else the violation with both sides and the place; ``binding`` as it has it."""
    if not met:
        places = (where,) if isinstance(where, Where) else where
        raise Violation(expected, actual, places, remark, binding=binding)
