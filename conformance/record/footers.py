"""The last lines of texts that passed a relay, where all have the same: it may have put them there, and no printer.

A relay that adds a footer appends it as it stands, whatever the encoding of the text above it, and not to mails of
every shape.  Lines that the printer wrote into a mail that came straight from it are its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final

from conformance.verdict import Where
from conformance.wire.mime import Part

from .received_mail import ReceivedMail
from .recorded_run import RecordedRun

ENOUGH: Final = 3  # mails, without which nobody knows what they have in common
MOST: Final = 20  # lines of a footer

_Shape = tuple[str, str]  # the type of a mail and that of its part


class Footers:
    """By the shape of mails: the lines that each has in the end."""

    def __init__(self, run: RecordedRun) -> None:
        self._run = run
        relayed: dict[_Shape, list[list[bytes]]] = defaultdict(list)
        direct = set[bytes]()
        for mail in run.mails:
            for shape, part in _texts(mail):
                lines = _last_lines(part)
                if run.perhaps_relayed(mail) is None:
                    direct.update(filter(None, lines))
                else:
                    relayed[shape].append(lines)
        self._lines = {shape: _shared(texts, direct) for shape, texts in relayed.items()}

    def why(self, mail: ReceivedMail, where: Where) -> str | None:
        """Why what is at that place of a mail may be a relay's footer; ``None`` if it is not in one."""
        if where.octets is None or (relayed := self._run.perhaps_relayed(mail)) is None:
            return None
        for shape, part in _texts(mail):
            lines = self._lines.get(shape, ())
            begin = part.body_start + len(part.octets.rstrip(b"\r\n")) - len(b"\r\n".join(lines))
            if lines and begin <= where.octets[0] and where.octets[1] <= part.span[1]:
                return f"each text that passed a relay ends in these lines, which it may have added: {relayed}"
        return None

    def cut(self, mail: ReceivedMail, part: Part) -> Iterator[Part]:
        """That text as it stands, then with ever more lines less that a relay may have added."""
        yield part
        if self._run.perhaps_relayed(mail) is None:
            return
        end = part.body_start + len(part.octets.rstrip(b"\r\n"))
        for line in reversed(self._lines.get((mail.parsed.root.type, part.type), ())):
            end -= len(line)
            yield replace(part, span=(part.span[0], end))
            end -= len(b"\r\n")


def _texts(mail: ReceivedMail) -> Iterator[tuple[_Shape, Part]]:
    for part in mail.parsed.leaves:
        if part.type.startswith("text/"):
            yield (mail.parsed.root.type, part.type), part


def _last_lines(part: Part) -> list[bytes]:
    """They and one more, the last one first; what is left of a long text counts as a line."""
    return part.octets.rstrip(b"\r\n").rsplit(b"\r\n", MOST + 1)[::-1]


def _shared(texts: Sequence[list[bytes]], direct: set[bytes]) -> tuple[bytes, ...]:
    """The lines that all of them end in, in their order; none where a text has nothing else."""
    if len(texts) < ENOUGH:
        return ()
    same = takewhile(lambda lines: len(set(lines)) == 1 and lines[0] not in direct, zip(*texts, strict=False))
    found = [lines[0] for lines in same]
    return tuple(found[::-1]) if len(found) < min(map(len, texts)) else ()
