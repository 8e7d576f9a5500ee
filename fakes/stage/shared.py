"""What all plays at one printer share: client and recipient, what is known of the printer, and whose turn it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from conformance.record import own_names, rows
from conformance.record.run_facts import RunFacts, UserDataForm
from conformance.vocabulary import Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.http.auth import Login
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient
from fakes.whole_file import whole_file

from .asking_again import AskingAgain
from .directory import Directory
from .ixit import Ixit
from .pacing import AdaptiveTimeout, ExclusiveSlots
from .play_faults import PlayFaults
from .requests import LeaseRange
from .sheets import Sheets
from .subscriber import Subscriber, Way

JOB_POLL: Final = 0.5  # seconds between two questions whether a job has ended


class StageError(Exception):
    """The printer cannot be played at; message and ``hint`` say why and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} ({hint})")
        self.message, self.hint = message, hint


class RoomMaker(Protocol):
    """What can make room for a subscription at a printer that is full."""

    async def make(self, asked_ns: int) -> bool:
        """Whether there is room now that was not there when somebody asked at that time."""


class Shared:
    """One printer, and what there is to play at it with; ``offers`` is what its mail client finds at the recipient."""

    def __init__(
        self,
        journal: Journal,
        recipient: Recipient,
        subscriber: Subscriber,
        ixit: Ixit,
        *,
        run: int,
        token: str,
        vocabulary: Vocabulary | None = None,
        offers: frozenset[str] = frozenset(),
        directories: Sequence[Directory] = (),
        paper: int | None = None,
        bench_check: bool = False,
        hurry: asyncio.Event | None = None,
    ) -> None:
        self.bench_check = bench_check
        self.sheets = Sheets(paper)
        self.directories = directories
        self.journal, self.recipient, self.subscriber, self.ixit = journal, recipient, subscriber, ixit
        self.run, self.token, self.offers = run, token, offers
        self.printer = ipp.Group(GroupTag.PRINTER)
        self.leases = LeaseRange()
        self.mail_timeout = AdaptiveTimeout(ixit.mail_timeout)
        self.play_faults = PlayFaults(recipient)
        self.user_data_form = UserDataForm()
        self.document = _document(ixit)
        self.slots = ExclusiveSlots(1)
        self.hurry = hurry or asyncio.Event()  # set: nothing more is given back, what is left is only told
        self.left_behind: list[str] = []
        self.left_paused = False
        self.room: RoomMaker | None = None
        self.spares_paper = False  # a job that is cancelled before it has a document is mailed about like any other
        self.mute_in_clear = False  # the port in the clear takes a request and never says a word
        self._vocabulary = vocabulary

    @property
    def vocabulary(self) -> Vocabulary:
        """How this printer is talked to; known once it has been asked about itself."""
        if self._vocabulary is None:
            raise StageError("the vocabulary is not known yet", "prepare the stage first")
        return self._vocabulary

    def address(self, play: int, label: str) -> str:
        """A recipient address that belongs to one subscription of this run and to no other."""
        return own_names.recipient_address(self.token, play, label, self.ixit.mail_domain)

    def user_address(self, play: int, label: str) -> str:
        """The subscriber's own address, at most 63 octets."""
        return f"bob.{play}.{label}@{self.ixit.user_domain}"

    # ------------------------------------------------------------ requests

    async def request(
        self,
        operation: Operation,
        groups: Sequence[ipp.Group],
        data: bytes = b"",
        *,
        play: int = 0,
        step: int = 0,
        login: Login | None = None,
        way: Way | None = None,
    ) -> rows.Exchange:
        """Send a request, and again while the printer says that it is busy; the last exchange, all are in the evidence.

        Where none can have reached the printer, or a question got no answer, it is sent again as well, unless there is
        a ``way`` to be tried.

        RFC 2911 sections 13.1.5.3, 13.1.5.6 and 13.1.5.8: the unmodified request, at some later point in time.
        """
        loop, again = asyncio.get_running_loop(), AskingAgain(across=way is None)
        began = loop.time()
        while True:
            exchange = await self.subscriber.post(operation, groups, data, play=play, step=step, login=login, way=way)
            pause = again.pause(exchange, loop.time() - began)
            if pause is None:
                return exchange
            await asyncio.sleep(pause)

    # ------------------------------------------------------------ into the evidence

    def note(self, facts: RunFacts) -> None:
        """Something found out."""
        self.journal.add(*facts.rows(self.run, self.journal.now()))

    def leave_behind(self, left: str) -> None:
        """Something of ours that stays at the printer: what it is, why, and how to undo it."""
        self.left_behind.append(left)
        self.note(RunFacts(left_behind=(left,)))


def _document(ixit: Ixit) -> bytes:
    """What is printed: the IXIT's document, or one line of text."""
    if not ixit.document:
        return b"ippmailto prints this line.\r\n"
    try:
        return whole_file(Path(ixit.document))
    except OSError as error:
        raise StageError(f"cannot read the document {ixit.document}: {error.strerror}", "mend the IXIT") from error
