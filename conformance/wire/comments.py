"""Comments of structured header fields (RFC 822 section 3.1.4, RFC 5322 section 3.2.2): nested, with quoted pairs."""

from __future__ import annotations

import re
from typing import Final

_OUTSIDE: Final = re.compile(rb'"(?:[^"\\]|\\.)*+("?)|\(', re.DOTALL)
"""Where a comment may begin; in one a quotation mark is nothing special."""
_OPENING: Final = re.compile(rb"\(")
_INSIDE: Final = re.compile(rb"[()]|\\.", re.DOTALL)


def without_comments(value: bytes) -> tuple[bytes, bool]:
    """The value with one blank in place of each comment, and whether all of them are closed.

    What stands in quotes is no comment; of a comment that is not closed nothing is left.
    """
    if b"(" not in value:
        return value, True
    out, kept, at, look = [], 0, 0, _OUTSIDE
    while (mark := look.search(value, at)) is not None:
        at = mark.end()
        if mark[0] != b"(":
            if not mark[1]:  # never closed: nor is any behind it, each of which stands behind a backslash
                at, look = mark.start() + 1, _OPENING
            continue
        out.append(value[kept : mark.start()])
        end = _end_of_comment(value, at)
        if end < 0:
            return b" ".join(out), False
        at = kept = end
    return b" ".join([*out, value[kept:]]), True


def _end_of_comment(value: bytes, start: int) -> int:
    """Where the comment that was opened before ``start`` ends; -1 if it does not."""
    depth = 1
    for mark in _INSIDE.finditer(value, start):
        depth += {b"(": 1, b")": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end()
    return -1
