"""What must hold of any octets, for the fuzzers (``fuzz_*.py``) and for the test that keeps them in working order.

Each function takes octets and raises when one of our readers does what it never may: raise, or lose or move an octet.
"""

from __future__ import annotations

from conformance.record.redaction import redacted
from conformance.record.smtp_sessions import COMMANDS
from conformance.wire import ipp, smtp
from conformance.wire.imf import addr_spec_problem, mailboxes, read
from conformance.wire.smtp_events import Event, EventKind


def any_ipp(octets: bytes) -> None:
    """The IPP codec: reads anything, writes what it read, and shows it."""
    message = ipp.decode(octets)
    if message.problem is None:
        assert ipp.encode(message) == octets
    for group in message.groups:
        for attribute in group:
            attribute.show(message.charset)
            if attribute.span is not None:
                assert 0 <= attribute.span[0] <= attribute.span[1] <= len(octets)
            for value in attribute.values:
                value.text(message.charset)


def any_mail(octets: bytes) -> None:
    """The mail reader: keeps every octet, and what it tells of lies within them."""
    mail = read(octets)
    assert mail.octets == octets
    assert mail.octets[mail.body_start :] == mail.body
    problems = list(mail.problems)
    for part in mail.root.walk():
        assert (part.string, part.filename, part.disposition, part.content) is not None
        problems += part.problems
    for problem in problems:
        assert 0 <= problem.span[0] <= problem.span[1] <= len(octets), problem
    for field in mail.fields:
        mailboxes(field.value)
        addr_spec_problem(field.text)


def any_session(octets: bytes) -> None:
    """The reader of SMTP sessions: the first octet of each stretch says whose it is, the second how long it is."""
    events, t = [Event(0, EventKind.SERVER, b"220 x\r\n")], 1
    while len(octets) >= 2:
        kind, size = list(EventKind)[octets[0] % len(EventKind)], octets[1]
        events.append(Event(t, kind, octets[2 : 2 + size]))
        octets, t = octets[2 + size :], t + 1
    told = smtp.dialogue(events)
    stream = b"".join(e.octets for e in events if e.kind is EventKind.CLIENT)
    for turn in told.turns:
        assert stream[slice(*turn.span)] == turn.line
        smtp.path(turn.argument, b"FROM")
        if turn.data_span is not None:
            content = stream[slice(*turn.data_span)]
            smtp.unstuff(content)
            smtp.wire_problems(content)
    masked = redacted(events, COMMANDS)
    assert [(e.t, e.kind, len(e.octets)) for e in masked] == [(e.t, e.kind, len(e.octets)) for e in events]
    smtp.dialogue(masked)
