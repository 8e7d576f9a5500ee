"""What a journal has to know of rows: which have numbers, how much memory they take, the latest time in a file."""

from __future__ import annotations

from typing import Final

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import (
    Contact,
    ContactPart,
    Exchange,
    Fact,
    HiddenSpan,
    MailRow,
    Play,
    PlayEnd,
    Row,
    Run,
    RunEnd,
    Session,
    Step,
    Transcript,
    unpack_events,
)

_ROW_COST: Final = 100  # octets one row takes in the queue besides its contents, roughly; keeps many tiny rows bounded

_LARGE: Final[dict[type[Row], tuple[str, ...]]] = {  # columns without a bound of their own
    Exchange: ("request_head", "request", "response_head", "response"),
    Transcript: ("events",),
    MailRow: ("envelope",),
    Session: ("peer",),
    Step: ("detail",),
    Fact: ("value",),
    ContactPart: ("octets",),
}

WITH_ID: Final = (Run, Play, Step, Exchange, Session, Transcript, MailRow, HiddenSpan, Contact, ContactPart)


def cost(row: Row) -> int:
    """Octets it takes in the queue, roughly."""
    size = _ROW_COST
    for name in _LARGE.get(type(row), ()):
        size += len(getattr(row, name))
    return size


def latest_time(file: EvidenceFile) -> int:
    """The largest time in the file; a transcript is stored at its last event, so the last one stored is the latest."""
    times = [row.t for row in file.rows(Run, "t = (SELECT MAX(t) FROM run)")]
    times += [row.t for row in file.rows(RunEnd, "t = (SELECT MAX(t) FROM run_end)")]
    times += [row.t for row in file.rows(Fact, "t = (SELECT MAX(t) FROM fact)")]
    times += [row.t for row in file.rows(Play, "t = (SELECT MAX(t) FROM play)")]
    times += [row.t for row in file.rows(PlayEnd, "t = (SELECT MAX(t) FROM play_end)")]
    times += [row.t for row in file.rows(Step, "t = (SELECT MAX(t) FROM step)")]
    times += [row.t_end for row in file.rows(Exchange, "t_end = (SELECT MAX(t_end) FROM exchange)")]
    times += [row.t for row in file.rows(Session, "t = (SELECT MAX(t) FROM session)")]
    times += [row.t for row in file.rows(MailRow, "t = (SELECT MAX(t) FROM message)")]
    times += [row.t for row in file.rows(Contact, "t = (SELECT MAX(t) FROM contact)")]
    times += [row.t for row in file.rows(ContactPart, "t = (SELECT MAX(t) FROM contact_part)")]
    for row in file.rows(Transcript, "id = (SELECT MAX(id) FROM transcript)"):
        times += [event.t for event in unpack_events(row.events)]
    return max(times, default=0)
