"""What a case is written with: its requirements, the plays it reads, and the one way to say no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import pytest

from conformance.verdict import Violation, Where

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
    :mod:`conformance.verdict`.
    """

    def mark(function: F) -> F:
        marked: F = pytest.mark.case(requirements=requirements, on=on)(function)
        return marked

    return mark


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
