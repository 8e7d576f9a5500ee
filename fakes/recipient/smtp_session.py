"""What is said on an SMTP connection: the engine works off the commands and AUTH; the rest differs so.

* A message is queued for the disk in the very call that brings its final dot; no await lies between.
* The message is searched for its end in the pieces it arrives in, not read line by line; its octets are kept once, in
  the transcript, so that its size costs no memory here.
* MAIL and RCPT take what a judge should see, also before HELO, and their lines are kept as they came.
* Unknown commands are answered, but do not end the connection.
* A fault script may interfere with every answer; see :mod:`conformance.faults`.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from conformance.faults import Action, Fault, Place
from conformance.wire.other_protocols import TLS_HANDSHAKE, not_smtp
from conformance.wire.path import Path
from conformance.wire.smtp_events import EventKind
from fakes.mail_security import Auth, Tls

from .arrivals import mailbox
from .faults import Applied, FaultScript
from .listener_state import RUNAWAY, TLS_LIMIT, UNKNOWN_LIMIT, ListenerState
from .reply_stream import Hold
from .smtp_connection import SmtpConnection
from .smtp_engine import Engine
from .transaction import IncomingMessage, Transaction, announced_size, mailboxes_of, path_of
from .transcript import Body, Ending

_HANDSHAKE_FAILURE: Final = b"\x15\x03\x03\x00\x02\x02\x28"  # a TLS record (RFC 8446 section 5.1): fatal alert 40
_TLS_IS_FULL: Final = f"{TLS_LIMIT} connections are in TLS; try again later"
_PLACES: Final = {p.value.upper(): p for p in Place if p not in (Place.GREETING, Place.DATA_END, Place.ANY, Place.SIZE)}
_BEFORE_TLS: Final = ("NOOP", "EHLO", "STARTTLS", "QUIT")  # what RFC 3207 section 4 allows where TLS is required
_WAITING: Final = ("AUTH", "STARTTLS")  # they have exchanges of their own


class SmtpSession(SmtpConnection):
    """A connection of the recipient, from the greeting to its end."""

    def __init__(self, listener: ListenerState, engine: Engine) -> None:
        super().__init__(listener)
        self._mail = Transaction(listener)
        self._engine = engine.for_client(self)
        self._script: FaultScript | None = None
        self._number = 0  # of this connection, for the script
        self._line = b""  # the command that is obeyed
        self._message: IncomingMessage | None = None
        self._drop_after: Fault | None = None
        self._alert: Fault | None = None  # STARTTLS was answered 220, and what comes next is refused
        self._settling = False
        self._surplus = False  # there are more connections than there may be
        self._turned_away = False
        self._unknown = 0
        self._counts_for_tls = False

    # ------------------------------------------------------------ greeting

    def begin(self) -> None:
        self._script = self._listener.faults
        self._number = self._script.admit()
        self._surplus = len(self._listener.open) > self._listener.options.max_sessions
        implicit = self._listener.options.security.tls is Tls.IMPLICIT
        if implicit:
            self.hold(Hold.HANDSHAKE)
        self.do(self._greet(), may_wait=implicit or not self._script.empty)

    def began_anew(self) -> None:
        self._engine.secured()

    async def _greet(self) -> None:
        security, bound = self._listener.options.security, self._listener.options.max_sessions
        if security.tls is Tls.IMPLICIT:
            if self._listener.in_tls >= TLS_LIMIT:
                self._turn_away_from_tls(_HANDSHAKE_FAILURE)
                return
            await self._begin_tls()
        if self._surplus:
            words = (
                f"421 {self._listener.options.hostname} has {bound} connections, which is its limit; try again later"
            )
            self.finish(Ending.LIMIT, "connections", f"{words}\r\n".encode())
        elif not await self._interfere(Place.GREETING, []):
            await self.say(f"220 {self._listener.options.hostname} ESMTP ippmailto")
        else:  # RFC 5321 section 3.1: turned away, but not by 421, the client may say QUIT, and all else gets 503.
            self._turned_away = True

    # ------------------------------------------------------------ faults

    async def _interfere(self, place: Place | None, mailboxes: list[str]) -> bool:
        """Whether a fault has taken the place of what was to be done."""
        applied = self._apply(place, mailboxes)
        if applied is None:
            return False
        self._manners = applied.manners
        await self._delay(applied)
        if applied.outcome is None:
            return False
        if applied.outcome.action is Action.DROP_AFTER:
            self._drop_after = applied.outcome
            return False
        await self._carry_out(applied.outcome)
        return True

    def _apply(self, place: Place | None, mailboxes: list[str]) -> Applied | None:
        """Choose and note the faults of this answer."""
        if self._script is not self._listener.faults:  # a new one was set; this connection was there before it
            self._script, self._number = self._listener.faults, 0
        if self._script.empty:
            return None
        applied = self._script.apply(place, self._number, mailboxes)
        if applied is not None:
            for fault in applied.faults:
                if fault.action is Action.DROP_AFTER:  # a short message escapes it; it is noted when it strikes
                    continue
                self._record.note(EventKind.FAULT, fault.line.encode())
        return applied

    async def _delay(self, applied: Applied) -> None:
        for manner in applied.manners:
            if manner.action is Action.DELAY:
                await self.pause(manner.seconds)

    async def _carry_out(self, outcome: Fault) -> None:
        if outcome.action is Action.REPLY:
            await self.say(outcome.reply)
            if outcome.closes:
                self.finish(Ending.FAULT, outcome.line)
            return
        if outcome.action is Action.ALERT:
            await self.say("220 begin the handshake")
            self._alert = outcome
            return
        if outcome.action is Action.STALL:
            await self.pause(None)
        if outcome.action is Action.DROP:
            self.drop(Ending.FAULT, outcome.line)
        else:
            self.finish(Ending.FAULT, outcome.line)
        raise ConnectionResetError("closed by a fault")

    def _size_limit(self) -> int:
        fault = self._listener.faults.size(self._number)
        return self._listener.options.size_limit if fault is None else fault.number

    def _stamp_size(self) -> None:
        """Note that the limit in force, if it is the script's, made a difference."""
        fault = self._listener.faults.size(self._number)
        if fault is not None:
            self._record.note(EventKind.FAULT, fault.line.encode())

    # ------------------------------------------------------------ commands

    @property
    def free(self) -> bool:
        return self._message is None and super().free

    def obey(self, line: bytes) -> None:
        self._line = line
        word, _, argument = line.rstrip(b"\r\n").partition(b" ")
        command = word.upper().decode("ascii", "replace")
        may_wait = command in _WAITING or not self._listener.faults.empty
        if command == "STARTTLS":
            self.hold(Hold.HANDSHAKE)
        self.do(self._perform(command, argument.strip().decode("utf-8", "surrogateescape") or None), may_wait=may_wait)

    async def _perform(self, command: str, arg: str | None) -> None:
        """Do what the command asks, if no fault interferes."""
        security = self._listener.options.security
        if not self._line:
            await self.say("500 this command line is too long")
        elif not command or not command.isascii():
            await self.say("500 this is no command")
        elif self._turned_away and command != "QUIT":
            await self.say("503 there is no service here; say QUIT")
        elif security.tls is Tls.REQUIRE and not self._secure and command not in _BEFORE_TLS:
            await self.say("530 5.7.0 say STARTTLS first")
        else:
            await self._obey_or_not(command, arg)
        self._manners = ()
        self._line = b""  # it may be long, and the next one may never come
        if self._held:
            self.release(Hold.HANDSHAKE)

    async def _obey_or_not(self, command: str, arg: str | None) -> None:
        if command != "DATA" and not self._listener.faults.empty:  # DATA asks in its own method
            place = _PLACES.get(command)
            mailboxes = [mailbox(self._path(b"TO").address or "")] if place is Place.RCPT else []
            if await self._interfere(place, mailboxes):
                return
        method = self._METHODS.get(command)
        if method is not None:
            await method(self, arg)
        elif self._engine.knows(command):
            await self.say(await self._engine.do(command, arg))
        else:
            await self._unknown_command()

    async def _unknown_command(self) -> None:
        self._unknown += 1
        if self._unknown < UNKNOWN_LIMIT:
            await self.say("500 no such command here")
        else:
            await self.say("421 too many unknown commands")
            self.finish(Ending.LIMIT, "unknown commands")

    def announces(self, words: list[str]) -> list[str]:
        """What EHLO announces; given what the engine would."""
        hidden = {"SMTPUTF8"} if self._listener.options.security.auth is not Auth.NONE else {"SMTPUTF8", "AUTH"}
        hidden |= {m.text.upper() for m in self._manners if m.action is Action.HIDE}
        kept = [word for word in words[1:] if word.partition(" ")[0].upper() not in hidden]
        self._stamp_size()
        kept = [f"SIZE {self._size_limit()}" if word.startswith("SIZE ") else word for word in kept]
        kept += [m.text for m in self._manners if m.action is Action.ANNOUNCE]
        return [words[0], *kept]

    def transaction_ended(self) -> None:
        """What was said of a mail counts no more."""
        self._mail.end()

    async def _starttls(self, arg: str | None) -> None:
        if arg:
            await self.say("501 STARTTLS stands alone")
        elif self._listener.names is None:
            await self.say("454 there is no TLS here")
        elif self._secure:
            await self.say("503 this is TLS already")
        elif self._listener.in_tls < TLS_LIMIT:
            await self.say("220 begin the handshake")
            await self._begin_tls()
        elif self._listener.options.security.tls is Tls.REQUIRE:  # 530 to all that follows would be for good
            self._turn_away_from_tls(f"421 {_TLS_IS_FULL}\r\n".encode())
        else:  # RFC 3207 section 4: the client decides whether to go on without
            await self.say(f"454 {_TLS_IS_FULL}")

    async def _begin_tls(self) -> None:
        context, names = self._listener.options.security.context, self._listener.names
        if context is not None and names is not None:  # there is one with the other, or neither
            self._counts_for_tls = True
            self._listener.in_tls += 1
            await self.shake_hands(context, names)

    def _turn_away_from_tls(self, last_words: bytes) -> None:
        self.finish(Ending.LIMIT, "connections in TLS", last_words)

    async def _quit(self, arg: str | None) -> None:
        if arg:
            await self.say("501 QUIT stands alone")
        else:
            await self.say("221 Bye")
            self.finish(Ending.QUIT)

    async def _mail_from(self, arg: str | None) -> None:
        """Takes whatever names a sender, be it nobody."""
        path, limit = self._path(b"FROM"), self._size_limit()
        if self._mail.envelope:
            await self.say("503 there is a transaction already")
        elif self._listener.options.security.auth is Auth.REQUIRE and not self._engine.authenticated:
            await self.say("530 5.7.0 say who you are by AUTH first")
        elif path.address is None:
            await self.say("501 write MAIL FROM:<address>")
        elif path.parameters and any(announced_size(parameter) > limit for parameter in path.parameters):
            self._stamp_size()
            await self.say(f"552 no message of more than {limit} octets is taken here")
        elif self._mail.take(self._line):
            await self.say("250 sender noted")
        else:
            await self.say("452 too much to remember now; try again later")

    async def _rcpt_to(self, arg: str | None) -> None:
        """Takes whatever names a recipient."""
        if not self._mail.envelope:
            await self.say("503 say MAIL first")
        elif self._path(b"TO").address is None:
            await self.say("501 write RCPT TO:<address>")
        elif self._mail.take_recipient(self._line):
            await self.say("250 recipient noted")
        else:
            await self.say("452 too many recipients")

    def _path(self, keyword: bytes) -> Path:
        """What the MAIL or RCPT that is obeyed says."""
        return path_of(self._line, keyword)

    # ------------------------------------------------------------ the message

    async def _data(self, arg: str | None) -> None:
        """Say 354, and give the answer to the message's end, if that is there already."""
        if not self._mail.has_recipients:
            await self.say("503 say RCPT first")
            return
        if arg:
            await self.say("501 DATA stands alone")
            return
        self._drop_after = None
        if not self._listener.faults.empty and await self._interfere(Place.DATA, mailboxes_of(self._mail.envelope)):
            return
        self._message = message = IncomingMessage(Body(self.understood()))
        self._record.events.message_begins(message.body.start)
        ahead = self._lines.take()
        if ahead:  # the client did not wait for 354
            self._watch(message, ahead, self._listener.journal.now())
        await self.say("354 send the message, end it with a dot")
        message.asked_for = True
        if message.answer is not None:
            await self._conclude(message, message.answer)
        elif self._eof and not message.ended:
            raise ConnectionResetError("the message will never end")

    def get_buffer(self, sizehint: int) -> memoryview:
        if self._message is not None and not self._message.ended:
            return self._listener.buffer
        return super().get_buffer(sizehint)

    def octets_came(self, octets: bytes, t: int) -> None:
        if self._record.received == len(octets) and (what := not_smtp(octets)) is not None:
            self._record_foreign(what)
        elif self._alert is not None:
            self.finish(Ending.FAULT, self._alert.line, _HANDSHAKE_FAILURE)
        elif self._message is not None and not self._message.ended:
            self._watch(self._message, octets, t)
        else:
            super().octets_came(octets, t)

    def _record_foreign(self, what: str) -> None:
        """Whoever speaks another protocol is told so at once, in a way that its own kind of client understands."""
        closed = f"421 {self._listener.options.hostname} speaks SMTP\r\n".encode()
        self.finish(Ending.FOREIGN, what, _HANDSHAKE_FAILURE if what == TLS_HANDSHAKE else closed)

    def stream_ended(self) -> None:
        if self._message is not None and not self._message.ended and self._message.asked_for:
            self._message = None  # it was cut off; what there is of it stands in the transcript
        super().stream_ended()

    def _watch(self, message: IncomingMessage, octets: bytes, t: int) -> None:
        """Octets of a message have come at ``t``."""
        rest = message.body.feed(octets)
        if self._drop_after is not None and message.body.size >= self._drop_after.number:
            message.ended = True
            self._record.note(EventKind.FAULT, self._drop_after.line.encode())
            self.drop(Ending.FAULT, self._drop_after.line)
        elif rest is not None:
            message.ended = True
            self._record.events.ends(message.body.end)
            self._lines.feed(rest)
            self._take(message, t)
        elif message.body.size > RUNAWAY * self._listener.options.size_limit:
            message.ended = True
            self.finish(Ending.LIMIT, "size of a message", b"552 far too large\r\n")

    def _take(self, message: IncomingMessage, t: int) -> None:
        """The message is complete: decide about it, and queue it, without an await."""
        if not self._listener.faults.empty:
            message.applied = self._apply(Place.DATA_END, mailboxes_of(self._mail.envelope))
        if message.applied is not None and message.applied.outcome is not None:
            self._answer(message, "")
        elif message.body.size > self._size_limit():
            self._stamp_size()
            self._answer(message, f"552 more than {self._size_limit()} octets are not taken here")
        else:
            message.storing = True
            envelope = bytes(self._mail.envelope)
            stored = self._record.store(t, message.body.start, message.body.end, envelope)
            stored.add_done_callback(partial(self._stored, message, envelope, t))

    def _stored(self, message: IncomingMessage, envelope: bytes, t: int, stored: asyncio.Future[None]) -> None:
        """The journal has the message on the disk, or has failed."""
        trouble = stored.exception()
        if trouble is None:
            self._listener.arrivals.note(mailboxes_of(envelope), t)
        if not self._lost:
            self._answer(message, "250 message stored" if trouble is None else f"452 not stored: {trouble}")

    def _answer(self, message: IncomingMessage, answer: str) -> None:
        """This is what the client is told as soon as 354 has been said."""
        message.answer = answer
        if message.asked_for:
            self.do(self._conclude(message, answer), may_wait=message.applied is not None)
            if self._task is None:
                self.go_on()

    async def _conclude(self, message: IncomingMessage, answer: str) -> None:
        self._mail.end()
        applied = message.applied
        if applied is not None:
            self._manners = applied.manners
            await self._delay(applied)
        if applied is not None and applied.outcome is not None:
            await self._carry_out(applied.outcome)
        else:
            await self.say(answer)
        self._message = None
        if self._settling:
            self.settle()

    # ------------------------------------------------------------ its end

    @property
    def busy(self) -> bool:
        return (self._message is not None and self._message.storing) or super().busy

    def settle(self) -> None:
        self._settling = True
        if self._message is None or not self._message.storing:
            super().settle()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._mail.end()
        if self._lost and self._counts_for_tls:
            self._counts_for_tls = False
            self._listener.in_tls -= 1

    _METHODS: Final = {
        "DATA": _data,
        "MAIL": _mail_from,
        "QUIT": _quit,
        "RCPT": _rcpt_to,
        "STARTTLS": _starttls,
    }
