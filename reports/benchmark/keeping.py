"""What answering and keeping alone cost in Python, as a program: messages go through our journal, and nothing is read.

``plain`` has them appended to a file that is synced; ``evidence`` stores them as mails are in evidence.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, Row, Session, Transcript
from fakes.mail_security import Tls
from fakes.recipient.journal import Journal
from reports.commands.event_loop import run_quickly

from .answering import Answers, Counter

MOST_PIECES: Final = 512  # that are written by one call, of the thousand that systems take


class PlainFile(EvidenceFile):
    """Appends the octets of transcripts to a file beside the evidence, and syncs it; keeps nothing else."""

    number: int

    def prepare(self, rows: Sequence[Row]) -> None:
        pass

    def insert(self, rows: Sequence[Row]) -> None:
        pieces = [row.events for row in rows if isinstance(row, Transcript)]
        for first in range(0, len(pieces), MOST_PIECES):
            os.writev(self.number, pieces[first : first + MOST_PIECES])
        os.fdatasync(self.number)

    def move_log(self) -> None:
        pass


class Keeps(Answers):
    """Answers the end of a message when its octets are on the disk."""

    def __init__(self, counter: Counter, journal: Journal) -> None:
        super().__init__(counter)
        self._journal, self._session, self._kept = journal, journal.id(Session), 0
        self._pieces: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        self._journal.stir()
        if self._in_message:
            self._pieces.append(data)
        super().data_received(data)

    def message_ended(self) -> None:
        octets, journal, start = b"".join(self._pieces), self._journal, self._kept
        self._pieces, self._kept = [], start + len(octets)
        journal.submit(
            Transcript(journal.id(Transcript), self._session, start, octets),
            MailRow(journal.id(MailRow), self._session, journal.now(), start, self._kept, b""),
        ).add_done_callback(self._stored)

    def _stored(self, stored: asyncio.Future[None]) -> None:
        if stored.exception() is None:
            super().message_ended()


async def main(kind: type[EvidenceFile]) -> None:
    """Until SIGTERM, on the loop that the recipient would have."""
    loop, stop, counter = asyncio.get_running_loop(), asyncio.Event(), Counter()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    path = Path(f"{os.getpid()}.evidence")
    plain = path.with_suffix(".plain")
    with kind.create(path) as file, plain.open("wb", buffering=0) as beside:
        if isinstance(file, PlainFile):
            file.number = beside.fileno()
        async with Journal(file) as journal:
            server = await loop.create_server(lambda: Keeps(counter, journal), "127.0.0.1", 0, backlog=1024)
            print(f"ready smtp 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
            await stop.wait()
            server.close()
    print(f"counted {counter.count}", flush=True)
    for each in (path, plain):
        each.unlink()


if __name__ == "__main__":
    run_quickly(main({"plain": PlainFile, "evidence": EvidenceFile}[sys.argv[1]]), Tls.NONE)
