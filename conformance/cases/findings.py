"""What a case found that looks at everything of a run: the first is told in full, the others are counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.verdict import Violation, Where

SHOWN: Final = 3  # places in the evidence; the rest is the same again
_FORTY_WORDS: Final = re.compile(r"\s*(?:\S+\s*){0,40}")
_NEAR: Final = 200  # octets, in which the lines around a place are looked for


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure: what there was, and where."""

    actual: str
    where: Where


def conclude(found: Sequence[Finding], *, expected: str, remark: str = "", binding: bool | None = None) -> None:
    """Nothing if nothing was found, else the violation."""
    if not found:
        return
    more = f" (and {len(found) - 1} more of the kind)" if len(found) > 1 else ""
    raise Violation(expected, found[0].actual + more, tuple(f.where for f in found[:SHOWN]), remark, binding=binding)


def beginning(text: str) -> str:
    """As much of a text as a report shows: whole words, since half a number reads otherwise in each run."""
    found = _FORTY_WORDS.match(text)
    return (found[0] if found else "").rstrip("\r\n")


def ending(text: str) -> str:
    """The same from the end: the last lines, of three or what else is near."""
    return "".join(text[-_NEAR:].splitlines(keepends=True)[-3:])


def around(octets: bytes, span: tuple[int, int]) -> str:
    """A place with what else is in its line, and the line before it."""
    before = octets[max(0, span[0] - _NEAR) : span[0]].decode("latin-1").split("\n")
    after = octets[span[1] : span[1] + _NEAR].decode("latin-1").partition("\n")[0]
    return repr("\n".join(before[-2:]) + octets[slice(*span)].decode("latin-1") + beginning(after))
