"""What a place in the evidence looks like: the octets meant, in printable ASCII, short enough to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.received_mail import MailCache, ReceivedMail
from conformance.record.smtp_sessions import read_session
from conformance.verdict import Where
from conformance.wire import ipp

MAX_OCTETS: Final = 600  # a header of a notification is some 400 octets; what is longer is in the evidence


def escaped(octets: bytes) -> str:
    """Octets as text: line ends end lines and are shown, everything unprintable is an escape."""
    out = []
    for octet in octets:
        if octet == 0x0D:
            out.append("\\r")
        elif octet == 0x0A:
            out.append("\\n\n")
        elif 0x20 <= octet < 0x7F:
            out.append(chr(octet))
        else:
            out.append(f"\\x{octet:02x}")
    return "".join(out).rstrip("\n")


def excerpts(file: EvidenceFile, places: Iterable[Where]) -> dict[Where, str]:
    """All of them; what belongs to one session is read once."""
    reader = _Reader(file)
    order = sorted(set(places), key=lambda where: (where.kind, where.id, where.octets or (0, 0)))
    return {where: reader.excerpt(where) for where in order}


def excerpt(file: EvidenceFile, where: Where) -> str:
    """The octets that a verdict points at; empty when the place is not in the file."""
    return _Reader(file).excerpt(where)


class _Reader:
    """Reads places in a file, and keeps what it read last."""

    def __init__(self, file: EvidenceFile) -> None:
        self._file, self._cache = file, MailCache(file)
        self._last: tuple[tuple[str, int], bytes | None] | None = None

    def excerpt(self, where: Where) -> str:
        octets = self._octets(where)
        if octets is None:
            return ""
        start, end = where.octets or (0, len(octets))
        shown = octets[start : min(end, start + MAX_OCTETS)]
        if where.kind == "ipp" and where.octets is None:
            return _answer(octets)
        more = f" ... {end - start - MAX_OCTETS} octets more" if end - start > MAX_OCTETS else ""
        return escaped(shown) + more

    def _octets(self, where: Where) -> bytes | None:
        if where.kind == "smtp" and where.octets is None:
            return None
        source = where.kind, where.id
        if self._last is None or self._last[0] != source:
            self._last = source, self._read(*source)
        return self._last[1]

    def _read(self, kind: str, identity: int) -> bytes | None:
        if kind == "mail":
            message = next(self._file.rows(rows.MailRow, "id=?", identity), None)
            return ReceivedMail(self._cache, message).parsed.octets if message is not None else None
        if kind == "ipp":
            exchange = next(self._file.rows(rows.Exchange, "id=?", identity), None)
            return exchange.response if exchange is not None else None
        if kind == "client":
            part = next((part for part in self._file.rows(rows.ContactPart, "id=?", identity)), None)
            return part.octets if part is not None else None
        session = read_session(self._file, identity) if kind == "smtp" else None
        return session.stream if session is not None else None


def _answer(octets: bytes) -> str:
    """An IPP answer as lines of attributes."""
    message = ipp.decode(octets)
    lines = [f"status-code 0x{message.code:04x}, request-id {message.request_id}"]
    for group in message.groups:
        lines.append(f"group 0x{group.tag:02x}")
        lines += [f"  {attribute.show(message.charset)[:200]}" for attribute in group]
    if len(lines) > 40:
        lines[40:] = [f"... {len(lines) - 40} lines more"]
    return "\n".join(lines)
