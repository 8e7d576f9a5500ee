"""The content of DATA on the wire: the dots of RFC 5321 section 4.5.2, and what no line of it may hold."""

from __future__ import annotations

import re
from typing import Final

from .problem import Kind, WireProblem, capped, long_lines, octet_problems

_SINGLE_DOT: Final = re.compile(rb"(?:\A|(?<=\r\n))\.(?!\.)")


def stuff(content: bytes) -> bytes:
    """One more dot before every line that begins with one; a line begins after CRLF."""
    return (b"." if content.startswith(b".") else b"") + content.replace(b"\r\n.", b"\r\n..")


def unstuff(wire: bytes) -> bytes:
    """One dot less on every line that begins with one, as a receiver has it; a line begins after CRLF."""
    return wire.removeprefix(b".").replace(b"\r\n.", b"\r\n")


def wire_problems(wire: bytes) -> tuple[WireProblem, ...]:
    """What is wrong with content as sent, dots and all, without the final dot line; told apart by ``WireProblem.kind``.

    CR and LF that do not stand together, NUL, octets above 127, lines of more than 998 octets without CRLF (LF ends
    a line here, too), a dot at the beginning of a line that was not doubled, a last line without CRLF.
    """
    found = octet_problems(wire) + long_lines(wire, stuffed=True)
    reason = "a dot at the beginning of a line that is not doubled"
    found += capped(WireProblem(Kind.UNSTUFFED_DOT, m.span(), reason) for m in _SINGLE_DOT.finditer(wire))
    if wire and not wire.endswith(b"\r\n"):
        last = wire.rfind(b"\n") + 1 if not wire.endswith(b"\n") else wire.rfind(b"\n", 0, -1) + 1
        found.append(WireProblem(Kind.NO_FINAL_CRLF, (last, len(wire)), "the last line does not end with CRLF"))
    return tuple(found)
