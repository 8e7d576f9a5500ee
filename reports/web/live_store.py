"""The evidence as the page reads it: short views of many mails and sessions, long ones of one.

One thread reads, one thing at a time, each in a snapshot.  Nothing here takes time in step with what a client sent but
within the bounds named below.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.received_mail import MailCache, ReceivedMail
from conformance.record.redaction import redacted_lines
from conformance.record.run_record import RunRecord
from conformance.record.smtp_sessions import COMMANDS, read_session
from conformance.wire import imf, smtp
from conformance.wire.mime import Part
from conformance.wire.smtp_events import EventKind
from reports.viewing import MailView, SessionView, mail_view, session_view, spelled
from reports.viewing.octets import shortened

from .models import MOST_LISTED, MailFilter, MailList, MailSummary, SessionList, SessionSummary

LARGEST: Final = 4 * 2**20  # octets of a mail or a transcript that is taken apart; a notification has some thousand
HEAD: Final = 64 * 1024  # octets of a larger one that are read for the list
KEPT: Final = 20_000  # summaries that are kept, at about a kilobyte
SCANNED: Final = 20_000  # mails that one search looks at; who wants older ones asks on
WINDOW: Final = 500  # rows that are fetched at a time
NAMED: Final = 5  # recipients of a mail that a list names
SHOWN: Final = 200  # characters of a text in a list


@dataclass(frozen=True, slots=True)
class OneMail:
    """A mail as it is shown; without a view where it is too large to be taken apart."""

    summary: MailSummary
    mail: ReceivedMail
    view: MailView | None
    parts: tuple[tuple[Part, int], ...]  # and how deep each is


class NotThereError(Exception):
    """There is no such mail, session or part."""


class LiveStore:
    """The evidence, open."""

    def __init__(self, path: Path, *, live: bool) -> None:
        self._path = path
        self._file = EvidenceFile.follow(path) if live else EvidenceFile.open(path)
        self._kept: OrderedDict[int, MailSummary] = OrderedDict()

    def close(self) -> None:
        """Close it."""
        self._file.close()

    @cached_property
    def began(self) -> datetime:
        """When the evidence was begun."""
        return datetime.fromisoformat(RunRecord(self._file).run.began)

    @cached_property
    def printer(self) -> str:
        """The printer's URI; empty where there is none."""
        return next((spelled(run.printer_uri.encode()) for run in self._file.rows(rows.Run)), "")

    def counts(self) -> tuple[int, int]:
        """Mails and sessions so far, by their numbers: they are given out in order."""
        return self._file.next_id(rows.MailRow) - 1, self._file.next_id(rows.Session) - 1

    # ------------------------------------------------------------ mails

    def newest(self, wanted: MailFilter, before: int | None, limit: int) -> MailList:
        """Those that fit, the newest first."""
        with self._file.snapshot():
            top = self._file.next_id(rows.MailRow) if before is None else before
            found, looked = list[MailSummary](), 0
            for row in self._downwards(top):
                looked += 1
                mail = self._summary(row)
                if wanted.fits(mail):
                    found.append(mail)
                if len(found) > limit or looked >= SCANNED:
                    break
        return MailList(mails=found[:limit], more=len(found) > limit or looked >= SCANNED)

    def after(self, wanted: MailFilter, after: int, limit: int) -> tuple[list[MailSummary], int]:
        """Those that fit and came after that one, the oldest first; and up to which was looked."""
        with self._file.snapshot():
            found, looked = list[MailSummary](), after
            for row in self._file.rows(rows.MailRow, "id > ? AND id <= ?", after, after + WINDOW):
                looked = row.id
                mail = self._summary(row)
                if wanted.fits(mail):
                    found.append(mail)
                if len(found) >= limit:
                    break
        return found, looked

    def one(self, number: int) -> OneMail:
        """A mail, taken apart; raises :class:`NotThereError`."""
        with self._file.snapshot():
            row = self._row(number)
            summary, mail = self._summary(row), ReceivedMail(MailCache(self._file), _masked(row))
            if row.end - row.start > LARGEST:
                return OneMail(summary, mail, None, ())
            return OneMail(summary, mail, mail_view(mail), tuple(_tree(mail.parsed.root)))

    def raw(self, number: int) -> bytes:
        """A mail as it was delivered; raises :class:`NotThereError`."""
        with self._file.snapshot():
            row = self._row(number)
            return smtp.unstuff(self._file.client_octets(row.session, row.start, row.end))

    def _row(self, number: int) -> rows.MailRow:
        row = next(self._file.rows(rows.MailRow, "id=?", number), None)
        if row is None:
            raise NotThereError(f"there is no mail {number}")
        return row

    def _downwards(self, below: int) -> Iterator[rows.MailRow]:
        while below > 1:
            low = max(1, below - WINDOW)
            yield from reversed(list(self._file.rows(rows.MailRow, "id >= ? AND id < ?", low, below)))
            below = low

    def _summary(self, row: rows.MailRow) -> MailSummary:
        found = self._kept.get(row.id)
        if found is None:
            found = self._kept[row.id] = self._summarised(row)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def _summarised(self, row: rows.MailRow) -> MailSummary:
        large = row.end - row.start > LARGEST
        end = min(row.end, row.start + HEAD) if large else row.end
        mail = ReceivedMail(MailCache(self._file), _masked(row))
        parsed = imf.read(smtp.unstuff(self._file.client_octets(row.session, row.start, end)))
        subject, to = parsed.all("subject"), mail.recipients
        own = parsed.text if not large else None
        return MailSummary(
            id=row.id,
            session=row.session,
            seconds=row.t / 1e9,
            time=self.clock(row.t),
            sender=shortened(_plain(mail.sender or ""), SHOWN),
            recipients=[shortened(_plain(one), SHOWN) for one in to[:NAMED]],
            recipients_more=max(0, len(to) - NAMED),
            subject=shortened(_plain(subject[0].text), SHOWN) if subject else "",
            size=row.end - row.start if large else len(parsed.octets),
            attachments=None if large else sum(part is not own for part in parsed.leaves),
        )

    # ------------------------------------------------------------ sessions

    def sessions(self, before: int | None, limit: int) -> SessionList:
        """Sessions, the newest first."""
        with self._file.snapshot():
            top = self._file.next_id(rows.Session) if before is None else before
            found = [self._short(row) for row in reversed(self._sessions(top, limit + 1))]
        return SessionList(sessions=found[:limit], more=len(found) > limit)

    def sessions_after(self, after: int) -> list[SessionSummary]:
        """Those that began after that one, the oldest first; as many as are listed at once."""
        with self._file.snapshot():
            last = after + MOST_LISTED
            return [self._short(row) for row in self._file.rows(rows.Session, "id > ? AND id <= ?", after, last)]

    def session(self, number: int) -> tuple[SessionSummary, SessionView | None]:
        """One with its dialogue, if that is not too large; raises :class:`NotThereError`."""
        with self._file.snapshot():
            row = next(self._file.rows(rows.Session, "id=?", number), None)
            if row is None:
                raise NotThereError(f"there is no session {number}")
            if self._file.transcript_size(number) > LARGEST:
                return self._short(row), None
            read = read_session(self._file, number)
            assert read is not None
            return self._short(row), session_view(read)

    def _sessions(self, below: int, limit: int) -> list[rows.Session]:
        return list(self._file.rows(rows.Session, "id >= ? AND id < ?", max(1, below - limit), below))

    def _short(self, row: rows.Session) -> SessionSummary:
        size = self._file.transcript_size(row.id)
        read = read_session(self._file, row.id) if size <= LARGEST else None
        lost = next((e for e in reversed(read.events) if e.kind is EventKind.LOST), None) if read else None
        mails = [mail.id for _, mail in zip(range(NAMED), self._file.rows(rows.MailRow, "session=?", row.id))]  # noqa: B905
        return SessionSummary(
            id=row.id,
            seconds=row.t / 1e9,
            time=self.clock(row.t),
            peer=row.peer,
            listener=row.listener,
            mails=mails,
            octets=size,
            over=None if read is None else lost is not None,
            end=shortened(_plain(spelled(lost.octets)), SHOWN) if lost else "",
            faults=[fault.line for fault in read.faults][:NAMED] if read else [],
        )

    def clock(self, t: int) -> str:
        """Nanoseconds since the evidence was begun as a time of day."""
        return (self.began + timedelta(microseconds=t // 1000)).isoformat(timespec="milliseconds")


def _masked(row: rows.MailRow) -> rows.MailRow:
    """Without credentials in its envelope."""
    return rows.MailRow(row.id, row.session, row.t, row.start, row.end, redacted_lines(row.envelope, COMMANDS))


def _plain(text: str) -> str:
    """On one line, with escapes for what steers a screen."""
    joined = " ".join(text.split())
    return joined if joined.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in joined)


def _tree(part: Part, depth: int = 0) -> Iterator[tuple[Part, int]]:
    yield part, depth
    for below in part.parts:
        yield from _tree(below, depth + 1)


def digest(octets: bytes) -> str:
    """SHA-256."""
    return hashlib.sha256(octets).hexdigest()
