"""What a case found that looks at everything of a run: the first is told in full, the others are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.verdict import Violation, Where

SHOWN: Final = 3  # places in the evidence; the rest is the same again


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
