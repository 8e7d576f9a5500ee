"""What the two processes tell each other: a line of JSON each, on the pipes of the one that serves the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

LONGEST: Final = 256 * 1024  # octets of a line; a fault script has a quarter of that at most


class Said(StrEnum):
    """What a line is about."""

    BEGIN = "begin"  # to the page: what to serve, and where
    READY = "ready"  # from it: where it listens
    FAILED = "failed"  # from it: why it cannot
    MORE = "more"  # to it: more is on the disk, and how the plays go
    FAULTS = "faults"  # from it: somebody sets faults; back to it: these are in force
    LET_GO = "let-go"  # to it: close the evidence, its writer will
    GONE = "gone"  # from it: that is done
    OPEN = "open"  # to it: its writer has closed the evidence; show what it holds


def line_of(said: Said, **what: Any) -> bytes:
    """A line to send."""
    return json.dumps({"said": said, **what}).encode() + b"\n"


def read_line(line: bytes) -> tuple[Said, Mapping[str, Any]]:
    """What a line says; raises ``ValueError`` for what is none."""
    what = json.loads(line)
    return Said(what.pop("said")), what
