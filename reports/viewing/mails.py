"""A mail as it can be shown: envelope, fields, MIME tree and contents, with the octets that a verdict points at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from conformance.record.received_mail import ReceivedMail
from conformance.wire import imf, ipp
from conformance.wire.problem import Span

from .exchanges import GroupView, groups_of
from .octets import Piece, hex_rows, is_text, marked, plain_line, shortened, spelled

MAX_FIELDS: Final = 40  # shown one by one; a mail that has more is shown as octets
MAX_PARTS: Final = 20
MAX_VALUE: Final = 600  # characters of a field's value, or of what is said of a part
MAX_PROBLEMS: Final = 5  # of one field, part or header; the others are the same again
MAX_CONTENT: Final = 3_000  # octets of a part's content that are shown
IPP_TYPE: Final = "application/ipp"


@dataclass(frozen=True, slots=True)
class FieldView:
    """A header field: what was sent, what it says, what is wrong with it; ``judged`` if a verdict points at it."""

    name: str
    raw: str
    says: str  # decoded; empty where that is what was sent
    problems: tuple[str, ...]
    span: Span
    judged: bool = False


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of the MIME tree; ``depth`` is how far it is below the mail."""

    depth: int
    type: str
    told: str  # charset, encoding, disposition and file name, as far as they are there
    size: int
    content: str = ""  # of a leaf
    groups: tuple[GroupView, ...] = ()  # of application/ipp
    problems: tuple[str, ...] = ()
    judged: bool = False


@dataclass(frozen=True, slots=True)
class MailView:
    """All of it.  ``octets`` are those in which places count: as delivered, the dots of SMTP taken away."""

    octets: bytes = field(repr=False)
    fields: tuple[FieldView, ...]
    parts: tuple[PartView, ...]
    pieces: tuple[Piece, ...]
    problems: tuple[str, ...] = ()
    id: int = 0  # 0 for a mail that comes from no evidence
    session: int = 0
    seconds: float = 0.0
    envelope: tuple[str, ...] = ()  # the MAIL and RCPT commands as they came
    recipients: tuple[str, ...] = ()


def mail_view(mail: ReceivedMail, spans: Sequence[Span] = ()) -> MailView:
    """A mail of the evidence, these spans of it judged."""
    seen = octets_view(mail.parsed, spans)
    return MailView(
        seen.octets,
        seen.fields,
        seen.parts,
        seen.pieces,
        seen.problems,
        id=mail.id,
        session=mail.row.session,
        seconds=mail.t / 1e9,
        envelope=tuple(plain_line(line) for line in mail.commands),
        recipients=tuple(mail.recipients),
    )


def octets_view(parsed: imf.Mail, spans: Sequence[Span] = ()) -> MailView:
    """A mail, wherever it comes from."""
    fields = tuple(_field(one, spans) for one in parsed.fields[:MAX_FIELDS])
    parts = tuple(_part(part, depth, spans) for part, depth in _tree(parsed.root, 0)[:MAX_PARTS])
    return MailView(parsed.octets, fields, parts, tuple(marked(parsed.octets, spans)), _reasons(parsed.problems))


def _meets(span: Span, spans: Sequence[Span]) -> bool:
    return any(a < span[1] and span[0] < b for a, b in spans)


def _field(one: imf.Field, spans: Sequence[Span]) -> FieldView:
    raw = plain_line(one.raw[one.raw.find(b":") + 1 :].strip(b" \t") if one.name else one.raw)
    said = one.text
    says = "" if not one.name or said in (raw, one.value.decode("latin-1")) else shortened(said, MAX_VALUE)
    name = shortened(spelled(one.name.encode("utf-8", "backslashreplace")), MAX_VALUE) or "(no field)"
    judged = _meets(one.span, spans)
    return FieldView(name, shortened(raw, MAX_VALUE), says, _reasons(one.problems), one.span, judged)


def _reasons(problems: Sequence[imf.WireProblem]) -> tuple[str, ...]:
    """What they say, each once, and no more of them than anybody reads."""
    found = list(dict.fromkeys(shortened(problem.reason, MAX_VALUE) for problem in problems))
    more = [f"and {len(found) - MAX_PROBLEMS} more"] if len(found) > MAX_PROBLEMS else []
    return (*found[:MAX_PROBLEMS], *more)


def _tree(part: imf.Part, depth: int) -> list[tuple[imf.Part, int]]:
    """A part and all below, in order, and how deep they are."""
    return [(part, depth), *(each for below in part.parts for each in _tree(below, depth + 1))]


def _part(part: imf.Part, depth: int, spans: Sequence[Span]) -> PartView:
    told = [f"charset {part.charset}"] if part.charset is not None else []
    told += [part.encoding] if part.one("content-transfer-encoding") else []
    told += [part.disposition] if part.disposition else []
    told += [f"named {part.filename}"] if part.filename else []
    leaf, judged = not part.parts, _meets((part.body_start, part.span[1]), spans)
    return PartView(
        depth,
        shortened(part.type, MAX_VALUE) + ("" if part.declared else " (by default)"),
        shortened(", ".join(told), MAX_VALUE),
        len(part.octets),
        _content(part) if leaf else "",
        groups_of(ipp.decode(part.content)) if leaf and part.type == IPP_TYPE else (),
        _reasons(part.problems),
        judged and leaf,
    )


def _content(part: imf.Part) -> str:
    content = part.content
    if part.type.startswith("text/") or is_text(content):
        more = len(content) - MAX_CONTENT
        return _words(part) + (f"\n... {more} octets more" if more > 0 else "")
    return "\n".join(hex_rows(content))


def _words(part: imf.Part) -> str:
    """As a reader of mail would show it, where its charset lets one."""
    text = part.string
    if text is None or len(part.content) > MAX_CONTENT:
        return spelled(part.content[:MAX_CONTENT])
    return text.replace("\r\n", "\n")
