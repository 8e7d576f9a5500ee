"""What a client is told, and how long its connection lasts: replies, pauses, silence, pressure, and the end.

* Octets are noted before they leave.
* What a client has sent is left with the system while nobody can work it off: the journal is full, the client does not
  read our answers, or it sends faster than its turn comes.
* Only the client's silence counts against its time, and it is told before it is cut off.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, Final

from conformance.faults import Fault
from conformance.wire.smtp_events import EventKind

from .faults import in_manner
from .listener_state import GRACE, ListenerState
from .transcript import Ending, SessionTranscript


class Hold:
    """Why the client's octets are left with the system: bits, which are quicker than a ``Flag`` for every octet."""

    JOURNAL: Final = 1  # it has more than it can take, of all connections
    RECORD: Final = 2  # it has as much of this one as may be on its way to the disk
    TURN: Final = 4  # there are commands that are not worked off yet
    UNSENT: Final = 8  # the client does not read
    HANDSHAKE: Final = 16  # what comes is not for us


class ReplyStream(asyncio.BufferedProtocol):
    """The way to the client; what comes from it is the subclass's to take."""

    transport: Any  # an asyncio.Transport, and None before there is one
    _record: SessionTranscript  # from the moment there is a connection

    def __init__(self, listener: ListenerState) -> None:
        self.loop = asyncio.get_running_loop()
        self.transport = None
        self._listener = listener
        self._secure = False
        self._shaking_hands = False
        self._ending: Ending | None = None
        self._detail = ""
        self._eof = False
        self._lost = False
        self._gone = asyncio.Event()  # the client has closed
        self._own_time = False  # we make the client wait on purpose
        self._heard = 0.0
        self._held = 0
        self._task: asyncio.Task[None] | None = None  # the command that waits
        self._unsent: list[bytes] = []
        self._room = asyncio.Event()  # the client reads
        self._room.set()
        self._manners: tuple[Fault, ...] = ()
        self._silence: asyncio.TimerHandle | None = None
        self._abort: asyncio.TimerHandle | None = None

    def go_on(self) -> None:
        """The client reads again."""

    @property
    def busy(self) -> bool:
        """Whether the client waits for us, so that its silence does not count."""
        return self._own_time or bool(self._held & (Hold.JOURNAL | Hold.RECORD))

    def pause_writing(self) -> None:
        self._room.clear()
        self.hold(Hold.UNSENT)

    def resume_writing(self) -> None:
        self._room.set()
        self.release(Hold.UNSENT)
        self.go_on()

    # ------------------------------------------------------------ ending

    def finish(self, ending: Ending, detail: str = "", last_words: bytes = b"") -> None:
        """Close in order, for that reason, with that reply if any; after a grace period less politely."""
        if self.transport is None or self.transport.is_closing():
            return
        if self._ending is None:
            self._ending, self._detail = ending, detail
        if last_words and not self._shaking_hands:
            self._record.note(EventKind.SERVER, last_words)
            self._unsent.append(last_words)
        self._flush()
        self._leave()

    def _leave(self) -> None:
        """Close, but do not wait for ever until the client has read what it was told."""
        if self._lost or self.transport.is_closing():
            return
        if self._shaking_hands:  # nothing can be said any more, and who closes here waits for the other side
            self.transport.abort()
            return
        self.transport.close()
        if self._secure or self.transport.get_write_buffer_size():
            self._abort = self.loop.call_later(GRACE, self.transport.abort)

    def settle(self) -> None:
        """The recipient closes: end as soon as what is in hand is answered."""
        self.finish(Ending.STOPPED, last_words=f"421 {self._listener.options.hostname} closes\r\n".encode())

    def drop(self, ending: Ending, detail: str) -> None:
        """Reset the connection."""
        if self.transport is None or self._lost:
            return
        if self._ending is None:
            self._ending, self._detail = ending, detail
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    # ------------------------------------------------------------ pressure and silence

    def hold(self, why: int) -> None:
        """Leave what comes with the system."""
        if not self._held and not self._eof and not self.transport.is_closing():
            self.transport.pause_reading()
        self._held |= why

    def release(self, why: int) -> None:
        """Take what comes again, unless there is another reason not to."""
        if not self._held & why:
            return
        self._held &= ~why
        if not self._held and not self._eof and not self.transport.is_closing():
            self.transport.resume_reading()

    def _look_for_silence(self) -> None:
        if self.busy:
            self._heard = self.loop.time()
        timeout = self._listener.options.timeout
        left = self._heard + timeout - self.loop.time()
        if left > 0:
            self._silence = self.loop.call_later(left, self._look_for_silence)
        else:
            text = f"421 {self._listener.options.hostname} nothing heard for {timeout:g} seconds\r\n"
            self.finish(Ending.TIMEOUT, last_words=text.encode())

    async def pause(self, seconds: float | None) -> None:
        """Let the client wait that long, or for ever, or until it has gone."""
        if self._gone.is_set():
            return
        self._own_time = True
        going = self.loop.create_task(self._gone.wait())
        try:
            await asyncio.wait((going,), timeout=seconds)
        finally:
            going.cancel()
            self._own_time = False

    # ------------------------------------------------------------ replies

    async def say(self, reply: str | bytes) -> None:
        """Send a reply, in the manner that faults want; raises ``ConnectionResetError`` without a connection."""
        octets = reply if isinstance(reply, bytes) else reply.encode("utf-8", "surrogateescape") + b"\r\n"
        apart = None
        if self._manners:
            octets, apart = in_manner(octets, self._manners)
            self._manners = ()
        if apart is None:
            await self._send(octets)
            return
        for i in range(len(octets)):
            await self.pause(apart)
            await self._send(octets[i : i + 1])

    async def _send(self, octets: bytes) -> None:
        if self.transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self._heard = self.loop.time()  # from here on it is the client's turn
        self._record.note(EventKind.SERVER, octets)
        self._record.relieve()
        self._unsent.append(octets)
        if self._task is not None:  # else all answers of a turn leave together
            self._flush()
            await self._room.wait()

    def _flush(self) -> None:
        if self._unsent and not self._lost:
            self.transport.write(b"".join(self._unsent))
        self._unsent.clear()
