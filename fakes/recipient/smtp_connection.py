"""One SMTP connection as a stream: every octet noted as it comes and goes, bounds kept, the end told.

* Octets are noted when they arrive and when they leave, before anything reads them.
* Commands are worked off in the call that brings them, a few at a time, so that each client has its turn.  One that
  has to wait (for the client, for a handshake, by a fault) becomes a task, and those behind it wait with it.
* What a client has sent is left with the system while nobody can work it off: the journal is full, the client does not
  read our answers, or it sends faster than its turn comes.
* The end of the client's stream does not cancel what is under way; what had been sent before is still worked off.
* Only the client's silence counts against its time, and it is told before it is cut off.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, NoReturn

from conformance.faults import Fault
from conformance.wire.handshake import Handshake
from conformance.wire.smtp_events import EventKind
from fakes.mail_security import ServerNames

from .faults import in_manner
from .lines import Lines
from .listener_state import (
    COMMANDS_A_TURN,
    COMMANDS_AT_ONCE,
    GRACE,
    OCTETS_A_TURN,
    UNSENT_LIMIT,
    ListenerState,
    name_of,
)
from .transcript import Ending, SessionTranscript


class Hold:
    """Why the client's octets are left with the system: bits, which are quicker than a ``Flag`` for every octet."""

    JOURNAL: Final = 1  # it has more than it can take, of all connections
    RECORD: Final = 2  # it has as much of this one as may be on its way to the disk
    TURN: Final = 4  # there are commands that are not worked off yet
    UNSENT: Final = 8  # the client does not read
    HANDSHAKE: Final = 16  # what comes is not for us


class SmtpConnection(asyncio.BufferedProtocol):
    """Octets in, octets out; the subclass gets its commands by :meth:`obey`, and says what comes with :meth:`say`."""

    transport: Any  # an asyncio.Transport, and None before there is one

    def __init__(self, listener: ListenerState) -> None:
        self.loop = asyncio.get_running_loop()
        self.transport = None
        self._listener = listener
        self._lines = Lines()
        self._counted = 0  # octets of ours in listener.lines
        self._secure = False
        self._shaking_hands = False
        self._meanwhile: list[Callable[[], object]] = []  # what happened under TLS before we knew of it
        self._ending: Ending | None = None
        self._detail = ""
        self._eof = False
        self._lost = False
        self._gone = asyncio.Event()  # the client has closed
        self._own_time = False  # we make the client wait on purpose
        self._heard = 0.0
        self._held = 0
        self._task: asyncio.Task[None] | None = None  # the command that waits
        self._queues = False  # its turn will come
        self._asked: asyncio.Future[bytes] | None = None  # for the line that answers us
        self._unsent: list[bytes] = []
        self._room = asyncio.Event()  # the client reads
        self._room.set()
        self._manners: tuple[Fault, ...] = ()
        self._silence: asyncio.TimerHandle | None = None
        self._abort: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------ for the subclass

    def begin(self) -> None:
        """The connection is there."""

    def began_anew(self) -> None:
        """A handshake is over: what was said before it counts no more (RFC 3207 section 4.2)."""

    def obey(self, line: bytes) -> None:
        """A command line with its end, or ``TOO_LONG``; to be done by :meth:`do`."""

    @property
    def free(self) -> bool:
        """Whether the next command can be obeyed."""
        return self._task is None and not self._held & Hold.UNSENT and not self.transport.is_closing()

    @property
    def busy(self) -> bool:
        """Whether the client waits for us, so that its silence does not count."""
        return self._own_time or self._queues or bool(self._held & (Hold.JOURNAL | Hold.RECORD))

    def octets_came(self, octets: bytes, t: int) -> None:
        """The client has sent these; they are noted with that time."""
        self._lines.feed(octets)
        self.go_on()

    def understood(self) -> int:
        """How much of the client's stream is known for what it is: all but the lines that are still to be obeyed."""
        return self._record.received - len(self._lines)

    def stream_ended(self) -> None:
        """The client will send no more; what is there is still worked off."""
        self.go_on()

    # ------------------------------------------------------------ what asyncio calls

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(high=UNSENT_LIMIT)
        peer, called = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        listener = name_of(called) if called else self._listener.address  # the listener's own name may be 0.0.0.0
        room = partial(self.release, Hold.RECORD)
        self._record = SessionTranscript(
            self._listener.journal, listener, name_of(peer), self._listener.open, room=room, understood=self.understood
        )
        self._listener.open.add(self)
        self._listener.visited.set()
        self._heard = self.loop.time()
        self._silence = self.loop.call_later(self._listener.options.timeout, self._look_for_silence)
        self.begin()
        self._flush()

    def get_buffer(self, sizehint: int) -> memoryview:
        # One buffer for all connections: what is received into it is taken out before anything else can run.
        return self._listener.buffer[:COMMANDS_AT_ONCE]

    def buffer_updated(self, nbytes: int) -> None:
        octets = bytes(self._listener.buffer[:nbytes])
        if self._shaking_hands:
            self._meanwhile.append(partial(self._came, octets))
        else:
            self._came(octets)

    def _came(self, octets: bytes) -> None:
        t = self._record.note(EventKind.CLIENT, octets)
        self._heard = self.loop.time()
        self.octets_came(octets, t)
        if not self._queues:  # nobody's mail waits for one that says more at a time than its turn allows
            self._listener.journal.stir()
        self._record.relieve()
        if self._record.full:
            self.hold(Hold.RECORD)
        if self._listener.journal.congested and not self._held & Hold.JOURNAL:
            self.hold(Hold.JOURNAL)
            self._listener.journal.when_room(lambda: self.release(Hold.JOURNAL))

    def eof_received(self) -> bool:
        if self._shaking_hands:
            self._meanwhile.append(self.eof_received)
            return False
        self._record.note(EventKind.EOF)
        self._eof = True
        self._gone.set()
        self.stream_ended()
        return not self._secure  # stay, to answer what had been asked; impossible under TLS

    def pause_writing(self) -> None:
        self._room.clear()
        self.hold(Hold.UNSENT)

    def resume_writing(self) -> None:
        self._room.set()
        self.release(Hold.UNSENT)
        self.go_on()

    def connection_lost(self, error: Exception | None) -> None:
        if self._lost:
            return
        if self._shaking_hands:
            self._meanwhile.append(partial(self.connection_lost, error))
            return
        self._lost = True
        self._gone.set()
        self._room.set()
        for timer in (self._silence, self._abort):
            if timer is not None:
                timer.cancel()
        if self._asked is not None:
            self._asked.set_exception(ConnectionResetError("the connection is gone"))
            self._asked = None
        if self._ending is None:
            broken = error is not None and not isinstance(error, OSError)  # by us; the loop has told of it
            self._ending = Ending.TROUBLE if broken else Ending.CLIENT if error is None and self._eof else Ending.RESET
            self._detail = "" if error is None else f"{type(error).__name__}: {error}"
        self._record.lost(self._ending, self._detail)
        self._lines.take()
        self._count()
        self._listener.open.discard(self)
        if not self._listener.open:
            self._listener.emptied.set()

    # ------------------------------------------------------------ commands in their turn

    def go_on(self) -> None:
        """Work off what has come, unless that waits for its turn."""
        if not self._queues:
            self.work()

    def work(self) -> int:
        """Work off what has come: a few commands, and the rest when others have had their turn; how many octets."""
        self._queues = False
        if self._lost:
            return 0
        octets = len(self._lines)
        left, limit = COMMANDS_A_TURN, self._listener.line_limit
        self._hand_answer(limit)
        while left > 0 and self.free and (line := self._lines.next(limit)) is not None:
            left -= 1 + len(line) // OCTETS_A_TURN
            self.obey(line)
        self._flush()
        octets -= len(self._lines)
        if left <= 0:
            self._queues = True
            self._listener.turns.join(self)
        if self._queues or (len(self._lines) >= COMMANDS_AT_ONCE and not self.free and self._asked is None):
            self.hold(Hold.TURN)
        else:
            self.release(Hold.TURN)
        if self._eof and not self._queues and self.free:
            self._leave()
        self._count()
        return octets

    def _hand_answer(self, limit: int) -> None:
        """The line that is waited for, if there is one, or that none will come: part of one is none at the end."""
        if self._asked is None:
            return
        if (line := self._lines.next(limit)) is not None:
            self._record.events.ends(self.understood())
            self._asked.set_result(line)
        elif self._eof:
            self._asked.set_exception(ConnectionResetError("the client has closed"))
        else:
            return
        self._asked = None

    def _count(self) -> None:
        """Tell the others what there is of ours in memory."""
        waiting = len(self._lines)
        if waiting != self._counted:
            self._listener.lines += waiting - self._counted
            self._counted = waiting

    def do(self, command: Coroutine[Any, None, None], *, may_wait: bool) -> None:
        """Carry out a command: as a task if it may have to wait, else at once."""
        if may_wait:
            self._task = self.loop.create_task(self._wait_for(command))
            return
        try:
            command.send(None)
        except StopIteration:
            return
        except ConnectionResetError:
            self._flush()  # what it had been told before is on record
            self._leave()
            return
        except Exception as error:
            self._break_down(error)
            raise
        command.close()
        raise RuntimeError("a command had to wait that must not")

    async def _wait_for(self, command: Coroutine[Any, None, None]) -> None:
        try:
            await command
        except ConnectionResetError:
            self._leave()
        except Exception as error:
            self._break_down(error)
            raise
        finally:
            self._task = None
        self.go_on()

    def _break_down(self, error: Exception) -> None:
        """It is a fault of ours, which is raised on, for the loop to tell."""
        self.drop(Ending.TROUBLE, f"{type(error).__name__}: {error}")

    async def answer_to(self, challenge: bytes) -> bytes:
        """Send that, and wait for the client's line; raises ``ConnectionResetError`` when none can come any more."""
        await self.say(challenge)
        if self._lost:  # while it did not read
            raise ConnectionResetError("the connection is gone")
        self._record.events.answer_begins(self.understood())
        answer: asyncio.Future[bytes] = self.loop.create_future()
        self._asked = answer
        self.loop.call_soon(self.go_on)  # the line may have come ahead, and the end of the stream
        return await answer

    # ------------------------------------------------------------ TLS

    async def shake_hands(self, context: ssl.SSLContext, names: ServerNames) -> None:
        """TLS from here on; raises ``ConnectionResetError`` when it fails.

        What has come ahead of the handshake was in clear, stands in the record, and is not obeyed (RFC 3207 section 6).
        """
        self._lines.take()
        transport, trouble = None, "the connection ended"
        with names.handshake():
            if not self.transport.is_closing():
                self._shaking_hands = True
                try:
                    transport = await self.loop.start_tls(self.transport, self, context, server_side=True)
                except OSError as error:  # ssl.SSLError is one
                    trouble = str(error) or type(error).__name__
                self._shaking_hands = False
            tls = None if transport is None else transport.get_extra_info("ssl_object")
            if transport is None or tls is None:  # closed by us meanwhile, which loops tell in one way or the other
                self._give_up_tls(Handshake(server_name=names.last, problem=trouble))
        self.transport, self._secure, self._held = transport, True, 0
        transport.set_write_buffer_limits(high=UNSENT_LIMIT)
        self._record.note(EventKind.TLS, Handshake(tls.version(), tls.cipher()[0], names.of(tls)).octets)
        self.began_anew()
        for happened in self._meanwhile:
            happened()

    def _give_up_tls(self, handshake: Handshake) -> NoReturn:
        self._ending = self._ending or Ending.TLS
        self._detail = self._detail or handshake.problem
        self._record.note(EventKind.TLS, handshake.octets)
        self.transport.abort()
        self.connection_lost(None)  # asyncio tells us nothing of a connection that was another protocol's
        raise ConnectionResetError(handshake.problem)

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
