"""What a client says on one SMTP connection: every octet noted as it comes, commands in their turn, TLS, the end.

* Octets are noted when they arrive, before anything reads them.
* Commands are worked off in the call that brings them, a few at a time, so that each client has its turn.  One that
  has to wait (for the client, for a handshake, by a fault) becomes a task, and those behind it wait with it.
* The end of the client's stream does not cancel what is under way; what had been sent before is still worked off.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, NoReturn

from conformance.wire.handshake import Handshake
from conformance.wire.smtp_events import EventKind
from fakes.mail_security import ServerNames

from .lines import Lines
from .listener_state import (
    COMMANDS_A_TURN,
    COMMANDS_AT_ONCE,
    OCTETS_A_TURN,
    UNSENT_LIMIT,
    ListenerState,
    name_of,
)
from .reply_stream import Hold, ReplyStream
from .transcript import Ending, SessionTranscript


class SmtpConnection(ReplyStream):
    """Octets in, octets out; the subclass gets its commands by :meth:`obey`, and says what comes with :meth:`say`."""

    def __init__(self, listener: ListenerState) -> None:
        super().__init__(listener)
        self._lines = Lines()
        self._counted = 0  # octets of ours in listener.lines
        self._meanwhile: list[Callable[[], object]] = []  # what happened under TLS before we knew of it
        self._queues = False  # its turn will come
        self._asked: asyncio.Future[bytes] | None = None  # for the line that answers us

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
        return self._queues or super().busy

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
        self._count(0)
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
        octets = waiting = len(self._lines)
        left, limit = COMMANDS_A_TURN, self._listener.line_limit
        if self._asked is not None:
            self._hand_answer(limit, self._asked)
        while left > 0 and waiting and self.free and (line := self._lines.next(limit)) is not None:
            left -= 1 + len(line) // OCTETS_A_TURN
            self.obey(line)
            waiting = len(self._lines)
        self._flush()
        waiting = len(self._lines)
        if left <= 0:
            self._queues = True
            self._listener.turns.join(self)
        if self._queues or (waiting >= COMMANDS_AT_ONCE and not self.free and self._asked is None):
            self.hold(Hold.TURN)
        elif self._held:
            self.release(Hold.TURN)
        if self._eof and not self._queues and self.free:
            self._leave()
        self._count(waiting)
        return octets - waiting

    def _hand_answer(self, limit: int, asked: asyncio.Future[bytes]) -> None:
        """The line that is waited for, if there is one, or that none will come: part of one is none at the end."""
        if (line := self._lines.next(limit)) is not None:
            self._record.events.ends(self.understood())
            asked.set_result(line)
        elif self._eof:
            asked.set_exception(ConnectionResetError("the client has closed"))
        else:
            return
        self._asked = None

    def _count(self, waiting: int) -> None:
        """Tell the others what there is of ours in memory."""
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
