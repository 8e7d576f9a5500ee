"""What must hold of the recipient whatever a client sends, for the fuzzer and for the test that keeps it in order.

The recipient is a real one on the loopback; its rows are kept in memory, too, so that they can be compared with what
the client sent and heard.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from conformance.record.evidence import EvidenceFile
from conformance.record.redaction import STAR, redacted
from conformance.record.rows import HiddenSpan, MailRow, Row, Transcript, unpack_events
from conformance.record.smtp_sessions import COMMANDS
from conformance.wire.smtp_events import Event, EventKind
from fakes.mail_security import MailSecurity
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient
from fakes.recipient.transcript import Ending

from .recipient_bench import PATIENCE, Client

UP_TO_DATA: Final = b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
IN_CLEAR: Final = MailSecurity()
HUNG_UP: Final = {Ending.QUIT, Ending.LIMIT}  # the recipient closes, and leaves unread what comes later


class _KeepingJournal(Journal):
    """A journal that remembers the rows of the connection under way."""

    kept: list[Row]

    def _queue(self, rows: tuple[Row, ...]) -> None:
        self.kept.extend(rows)
        super()._queue(rows)


class _Complaints(logging.Handler):
    """What the recipient logs as its own fault."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


class AnyClient:
    """A recipient that outlives many clients; from ``__enter__`` to ``__exit__`` it has an event loop of its own."""

    def __init__(self, security: MailSecurity = IN_CLEAR) -> None:
        self._security = security

    def __enter__(self) -> Self:
        self._directory = tempfile.TemporaryDirectory(prefix="ippmailto-any-client-")
        self._loop = asyncio.new_event_loop()
        self._complaints = _Complaints()
        self._loop.set_exception_handler(lambda _, context: self._complaints.said.append(str(context)))
        logging.getLogger("mail.log").addHandler(self._complaints)
        self._file = EvidenceFile.create(Path(self._directory.name) / "any.evidence")
        self._loop.run_until_complete(self._open())
        return self

    async def _open(self) -> None:
        self._journal = _KeepingJournal(self._file)
        self._journal.kept = []
        self._recipient = await Recipient(self._journal, security=self._security).__aenter__()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._loop.run_until_complete(self._shut())
        self._file.close()
        self._loop.close()
        logging.getLogger("mail.log").removeHandler(self._complaints)
        self._directory.cleanup()

    async def _shut(self) -> None:
        await self._recipient.__aexit__(None, None, None)
        await self._journal.close()

    def __call__(self, octets: bytes) -> None:
        """Say the octets; the first one says how large the pieces are, and whether they are said inside a message."""
        how, said = octets[0] if octets else 0, octets[1:]
        said = UP_TO_DATA + said if how & 0x80 else said
        with self._nothing_breaks():
            heard = self._loop.run_until_complete(self._talk(said, how & 0x7F))
        check(self._journal.kept, said, heard)

    @contextmanager
    def _nothing_breaks(self) -> Iterator[None]:
        self._complaints.said.clear()
        self._journal.kept = []
        yield
        assert not self._complaints.said, self._complaints.said

    async def _talk(self, said: bytes, size: int) -> bytes | None:
        client = await Client.connect(self._recipient.port)
        hearing = asyncio.ensure_future(client.rest())
        try:
            for start in range(0, len(said), size or len(said) or 1):
                await client.send(said[start : start + (size or len(said))])
            client.writer.write_eof()
        except (ConnectionError, OSError):  # the recipient has hung up; the rows say why
            pass
        try:
            heard = await hearing
        except ConnectionResetError:  # as who says more after QUIT is answered; it takes along what was not read yet
            heard = None
        client.writer.close()
        await asyncio.wait_for(self._recipient.idle(), PATIENCE)
        return heard


def with_octets(events: list[Event], said: bytes) -> list[Event]:
    """Those events, had the client's octets been kept as they were."""
    found, at = [], 0
    for event in events:
        if event.kind is EventKind.CLIENT:
            found.append(replace(event, octets=said[at : at + len(event.octets)]))
            at += len(event.octets)
        else:
            found.append(event)
    return found


def as_kept(said: bytes, stream: bytes, hidden: list[HiddenSpan]) -> bytes:
    """What was said as it is kept: where credentials are hidden, each octet is another of its kind, and all else is."""
    kept, at = bytearray(said), 0
    for row in hidden:
        assert at <= row.start < row.end
        at = row.end
        old, new = said[row.start : row.end], stream[row.start : row.end]
        assert new != old
        assert new in (old.translate(STAR), old.translate(STAR).replace(b"*", b"X"))
        kept[row.start : row.end] = new
    return bytes(kept)


def check(rows: list[Row], said: bytes, heard: bytes | None) -> None:
    """The rows of one connection have every octet of both directions, and messages that end where the client says.

    ``heard`` is ``None`` where the client cannot know what was said to it.
    """
    events = [event for row in rows if isinstance(row, Transcript) for event in unpack_events(row.events)]
    by_kind: dict[EventKind, list[Any]] = {kind: [e.octets for e in events if e.kind is kind] for kind in EventKind}
    stream = b"".join(by_kind[EventKind.CLIENT])
    before, said = said, as_kept(said, stream, [row for row in rows if isinstance(row, HiddenSpan)])
    assert redacted(events, COMMANDS) == redacted(with_octets(events, before), COMMANDS)  # it is judged all the same
    (ending,) = by_kind[EventKind.LOST]
    if ending.decode().partition(":")[0] in HUNG_UP:
        assert said.startswith(stream)
    else:
        assert stream == said
    answers = b"".join(by_kind[EventKind.SERVER])
    assert heard in (None, answers)
    for message in (row for row in rows if isinstance(row, MailRow)):
        assert stream[message.end : message.end + 3] == b".\r\n"
        assert stream[: message.end].endswith(b"\r\n")
        assert b"\r\n.\r\n" not in stream[max(0, message.start - 2) : message.end]
        assert all(line in stream for line in message.envelope.split(b"\n"))
    assert answers.count(b"250 message stored") == sum(isinstance(row, MailRow) for row in rows)
