"""A mail as a judge reads it: fields and octets as they were sent, MIME parts on demand.

``read`` never raises and never repairs.  Nothing is lost: the raw fields, the separator and the body are the mail
again.  What is wrong is told as problems whose spans count octets of the mail (after the dots of SMTP were taken away).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from .address import Mailbox, addr_spec_problem, mailboxes
from .fields import MAX_FIELDS, Field, separator, split
from .mime import MAX_DEPTH, MAX_PARTS, Part, tree
from .problem import Kind, WireProblem, octet_problems

__all__ = [
    "MAX_DEPTH",
    "MAX_FIELDS",
    "MAX_PARTS",
    "Field",
    "Kind",
    "Mail",
    "Mailbox",
    "Part",
    "WireProblem",
    "addr_spec_problem",
    "mailboxes",
    "read",
]

# Fields that a header holds once at most: RFC 2822 section 3.6, and RFC 2045 for those of MIME.
_ONCE: Final = frozenset((
    "date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject",
    "mime-version", "content-type", "content-transfer-encoding", "content-disposition", "content-id",
    "content-description",
))  # fmt: skip


@dataclass(frozen=True)  # no slots: what is read on demand is kept in the instance
class Mail:
    """A message.  ``body_start`` is where the body begins; without an empty line after the header it is empty."""

    octets: bytes = field(repr=False)
    fields: tuple[Field, ...]
    body: bytes = field(repr=False)
    body_start: int
    over_limit: WireProblem | None = None

    @cached_property
    def _by_name(self) -> dict[str, list[Field]]:
        index: dict[str, list[Field]] = {}
        for each in self.fields:
            index.setdefault(each.name.lower(), []).append(each)
        return index

    def all(self, name: str) -> list[Field]:
        """Every field of that name, in whatever case, in the order sent."""
        return list(self._by_name.get(name.lower(), ()))

    def one(self, name: str) -> Field | None:
        """The field of that name if there is exactly one."""
        found = self._by_name.get(name.lower(), ())
        return found[0] if len(found) == 1 else None

    @cached_property
    def root(self) -> Part:
        """The whole mail as a MIME part."""
        return tree(self.octets, self.fields, self.body_start)

    @property
    def leaves(self) -> list[Part]:
        """The parts that have no parts, in order."""
        return self.root.leaves

    @cached_property
    def main(self) -> Part:
        """The part that a reader shows as the mail itself: the first one, of alternatives the plain one.

        One that calls itself an attachment is passed over, as long as there is another.
        """
        return _main(self.root)

    @property
    def text(self) -> Part | None:
        """The mail's own text, where it has any: its main part, or else its first part, of type text/plain."""
        plain = (part for part in self.leaves if part.type == "text/plain")
        return self.main if self.main.type == "text/plain" else next(plain, None)

    @cached_property
    def problems(self) -> tuple[WireProblem, ...]:
        """What is wrong with the header.  ``Part.problems`` tell of the parts, ``smtp.wire_problems`` of the lines."""
        found = [problem for each in self.fields for problem in each.problems]
        header_end = self.fields[-1].span[1] if self.fields else 0
        found += octet_problems(self.octets[header_end : self.body_start], header_end)
        for name, fields in self._by_name.items():
            if name in _ONCE:
                reason = f"{fields[0].name} is there {len(fields)} times"
                found += [WireProblem(Kind.DUPLICATE_FIELD, again.span, reason) for again in fields[1:]]
        if self.over_limit is not None:
            found.append(self.over_limit)
        return tuple(found)


def _main(part: Part) -> Part:
    if not part.parts:
        return part
    below = [each for each in part.parts if each.disposition != "attachment"] or list(part.parts)
    if part.type == "multipart/alternative":
        mains = [_main(each) for each in below]
        return next((main for main in mains if main.type == "text/plain"), mains[0])
    return _main(below[0])


def read(octets: bytes) -> Mail:
    """Read message content without the dots and the final dot line of SMTP; parts are read when asked for."""
    header_end, body_start = separator(octets, 0, len(octets))
    fields, over_limit = split(octets, 0, header_end)
    return Mail(octets, fields, octets[body_start:], body_start, over_limit)
