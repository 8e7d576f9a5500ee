"""Octets of a printer's that leave here: to be saved, or text in a frame in which nothing runs and nothing loads."""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import Response

from conformance.wire.mime import Part

LONGEST_NAME: Final = 80
FRAMED: Final = 1024 * 1024  # characters of HTML that are shown; more is saved
_OTHERS: Final = re.compile(r"[^A-Za-z0-9._-]+")
SAVED: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
IN_FRAME: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)


def safe_name(name: str | None, otherwise: str) -> str:
    """A file name that is one everywhere: no path, no dot in front, no character that means something in a header."""
    kept = _OTHERS.sub("_", (name or "").replace("\\", "/").rpartition("/")[2]).strip("._-")
    if len(kept) > LONGEST_NAME:
        stem, dot, end = kept.rpartition(".")
        kept = f"{stem[: LONGEST_NAME - 12]}{dot}{end[:10]}" if dot else kept[:LONGEST_NAME]
    return kept or otherwise


def saved(octets: bytes, name: str) -> Response:
    """To be saved and never shown, whatever it calls itself."""
    return Response(
        octets,
        media_type="application/octet-stream",
        headers={"content-disposition": f'attachment; filename="{name}"', "content-security-policy": SAVED},
    )


def part_saved(part: Part, mail: int, number: int) -> Response:
    """The content of a part, decoded."""
    return saved(part.content, safe_name(part.filename, f"mail-{mail}-part-{number}.bin"))


def framed(part: Part) -> Response:
    """A part of HTML, its charset turned into UTF-8, for a frame: no script, no form, no way out, nothing fetched."""
    text = part.string
    shown = part.content.decode("latin-1") if text is None else text
    if len(shown) > FRAMED:
        shown = "This part is too large to be shown; save it."
    octets = shown.encode("utf-8", "replace")
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": IN_FRAME,
        "referrer-policy": "no-referrer",
    }
    return Response(octets, headers=headers)
