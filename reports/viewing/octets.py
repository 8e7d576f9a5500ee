"""Octets as text: line ends end lines and are shown, everything that is not printable ASCII is an escape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.wire.problem import Span

AROUND: Final = 1_500  # octets shown on either side of what is marked; a header of a notification has some 400
MAX_STRETCH: Final = 6_000  # octets of one stretch that is shown; what is longer is cut in its middle
MAX_STRETCHES: Final = 4
HEX_COLUMNS: Final = 16
HEX_ROWS: Final = 32  # of something that is not text; who wants more takes the file

_SPELLED: Final = tuple(
    "\\r" if octet == 0x0D else "\\n\n" if octet == 0x0A else "\t" if octet == 9
    else chr(octet) if 0x20 <= octet < 0x7F else f"\\x{octet:02x}"
    for octet in range(256)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, ``judged`` if a verdict points at its octets."""

    text: str
    judged: bool = False


def spelled(octets: bytes) -> str:
    """All of them, none lost and none that steers."""
    return "".join(map(_SPELLED.__getitem__, octets))


def plain_line(octets: bytes) -> str:
    """One line without its line end, if that is CRLF."""
    return spelled(octets.removesuffix(b"\r\n")).replace("\n", "")


def union(spans: Iterable[Span], length: int) -> list[Span]:
    """The spans in order, clipped and joined where they meet."""
    joined: list[Span] = []
    for first, last in sorted((max(0, a), min(b, length)) for a, b in spans):
        if first >= last:
            continue
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def marked(octets: bytes, spans: Sequence[Span], *, around: int = AROUND) -> list[Piece]:
    """The octets with those spans marked; what is far from all of them is counted and left out."""
    judged = union(spans, len(octets))
    shown = _shortened(union([(a - around, b + around) for a, b in judged] or [(0, 2 * around)], len(octets)))
    pieces: list[Piece] = []
    at = 0
    for first, last in shown:
        if first > at:
            pieces.append(Piece(f"\n... {first - at} octets ...\n"))
        pieces += _split(octets, first, last, judged)
        at = last
    if at < len(octets):
        pieces.append(Piece(f"\n... {len(octets) - at} octets ..."))
    return pieces


def _shortened(stretches: Sequence[Span]) -> Iterator[Span]:
    """The first few, each without its middle where it is long."""
    half = MAX_STRETCH // 2
    for first, last in stretches[:MAX_STRETCHES]:
        if last - first > MAX_STRETCH:
            yield first, first + half
            yield last - half, last
        else:
            yield first, last


def _split(octets: bytes, first: int, last: int, judged: Sequence[Span]) -> Iterator[Piece]:
    at = first
    for a, b in judged:
        if a >= last or b <= first:
            continue
        if a > at:
            yield Piece(spelled(octets[at:a]))
        at = min(b, last)
        yield Piece(spelled(octets[max(a, first) : at]), judged=True)
    if at < last:
        yield Piece(spelled(octets[at:last]))


def shortened(text: str, most: int) -> str:
    """As much of it as anybody reads."""
    return text if len(text) <= most else f"{text[:most]} ... {len(text) - most} characters more"


def is_text(octets: bytes) -> bool:
    """Whether a person would rather read it than see its hex."""
    odd = sum(not (0x20 <= octet < 0x7F or octet in b"\r\n\t") for octet in octets[:4096])
    return odd * 8 <= min(len(octets), 4096)


def hex_rows(octets: bytes, rows: int = HEX_ROWS) -> list[str]:
    """Place, hex and characters, as ``hexdump -C`` has them."""
    found = []
    for at in range(0, min(len(octets), rows * HEX_COLUMNS), HEX_COLUMNS):
        row = octets[at : at + HEX_COLUMNS]
        plain = "".join(chr(o) if 0x20 <= o < 0x7F else "." for o in row)
        found.append(f"{at:06x}  {row.hex(' '):<{3 * HEX_COLUMNS}} |{plain}|")
    if len(octets) > rows * HEX_COLUMNS:
        found.append(f"... {len(octets) - rows * HEX_COLUMNS} octets more")
    return found
