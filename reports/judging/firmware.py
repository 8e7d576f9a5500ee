"""Which firmware a waiver is for: a pattern of what the printer tells, or a range such as ``>=2.1, <3``.

Versions are compared number by number; what stands between the numbers has no part in it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from conformance.patterns import matches

_BOUND: Final = re.compile(r"(>=|<=|==|!=|>|<)\s*([^\s,<>=!]+)")
_WORKS: Final[Mapping[str, Callable[[list[int], list[int]], bool]]] = MappingProxyType({
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt,
})  # fmt: skip


def is_meant(told: str, wanted: str) -> bool:
    """Whether a printer with that firmware is among those that are wanted; one that tells no number is in no range."""
    if not _is_range(wanted):
        return matches(told, wanted)
    ours = numbers(told)
    return bool(ours) and all(_WORKS[sign](*_alike(ours, numbers(bound))) for sign, bound in _BOUND.findall(wanted))


def why_no_range(wanted: str) -> str:
    """What is wrong with something that begins like a range; empty if nothing is, or it is a pattern."""
    if not _is_range(wanted):
        return ""
    left = _BOUND.sub("", wanted).replace(",", "").strip()
    if left or not all(numbers(bound) for _, bound in _BOUND.findall(wanted)):
        return f"firmware is a pattern, or a range such as '>=2.1, <3'; not {wanted!a:.60}"
    return ""


def _is_range(wanted: str) -> bool:
    return wanted.lstrip().startswith(("<", ">", "=", "!"))


def numbers(version: str) -> list[int]:
    """The numbers in what a printer tells, in their order."""
    return [int(number) for number in re.findall(r"\d{1,18}", version, re.ASCII)]


def _alike(one: list[int], other: list[int]) -> tuple[list[int], list[int]]:
    """With zeros behind the shorter: 2 is 2.0."""
    length = max(len(one), len(other))
    return one + [0] * (length - len(one)), other + [0] * (length - len(other))
