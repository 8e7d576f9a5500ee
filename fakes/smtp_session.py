"""What is said on an SMTP connection: aiosmtpd works off the commands, with TLS and AUTH; the rest differs so.

* A message is queued for the disk in the very call that brings its final dot; no await lies between.
* The message is searched for its end in the pieces it arrives in, not read line by line; its octets are kept once, in
  the transcript, so that its size costs no memory here.
* MAIL and RCPT take what a judge should see, also before HELO, and their lines are kept as they came.
* Unknown commands are answered, but do not end the connection.
* A fault script may interfere with every answer; see :mod:`conformance.faults`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from aiosmtpd.smtp import TLSSetupException, syntax

from conformance.faults import Action, Fault, Place
from conformance.rows import EventKind
from conformance.wire.path import Path, path

from .arrivals import mailbox
from .desk import ENVELOPE_LIMIT, RUNAWAY, UNKNOWN_LIMIT, Desk, Options, Transaction
from .faults import Applied, FaultScript
from .record import Body, Ending
from .smtp_connection import Connection

_log = logging.getLogger("mail.log")  # aiosmtpd's own
_Method = Callable[[str | None], Awaitable[None]]
_HANDSHAKE_FAILURE: Final = b"\x15\x03\x03\x00\x02\x02\x28"  # a TLS record (RFC 8446 section 5.1): fatal alert 40
_PLACES: Final = {p.value.upper(): p for p in Place if p not in (Place.GREETING, Place.DATA_END, Place.ANY, Place.SIZE)}


class _Commands(dict[str, Any]):
    """aiosmtpd's table of commands; whatever is looked up, known or not, is done under the eyes of the fault script."""

    def __init__(self, session: SmtpSession) -> None:
        super().__init__(session.functions)
        self._session = session

    def get(self, command: str, default: object = None) -> _Method:
        function = super().get(command)
        method = None if function is None else function.__get__(self._session)
        return partial(self._session.perform, command, method)


class SmtpSession(Connection):
    """A connection of the recipient, from the greeting to its end."""

    _mail: Transaction

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._smtp_methods = _Commands(self)
        self._auth_methods = {
            name: entry._replace(method=getattr(self, self.mechanisms[name]))
            for name, entry in self._auth_methods.items()
        }
        self._script: FaultScript | None = None
        self._number = 0  # of this connection, for the script
        self._body: Body | None = None
        self._drop_after: Fault | None = None
        self._alert: Fault | None = None  # STARTTLS was answered 220, and what comes next is refused
        self._answer: asyncio.Future[str] = self.loop.create_future()
        self._end: Applied | None = None  # the faults of the answer to the final dot
        self._storing = False
        self._settling = False
        self._turned_away = False
        self._unknown = 0

    def _settle_options(self, options: Options, loop: asyncio.AbstractEventLoop) -> None:
        super()._settle_options(options, loop)
        self.functions = {name: method.__func__ for name, method in self._smtp_methods.items()}
        self._smtp_methods = {}
        self.mechanisms = {name: getattr(m.method, "__name__", "") for name, m in self._auth_methods.items()}
        if not options.auth:
            del self.functions["AUTH"]
            self._auth_methods = {}

    def _create_envelope(self) -> Transaction:
        self._mail = Transaction()
        return self._mail

    # ------------------------------------------------------------ greeting

    async def _handle_client(self) -> None:
        try:
            self._script = self._desk.faults
            self._number = self._script.admit()
            if not await self._greet():
                await super()._handle_client()
        except ConnectionResetError:
            if self.transport is not None:
                self.transport.close()

    async def _greet(self) -> bool:
        """Whether something else was said than the greeting, and no more is to be done."""
        if self._surplus:
            bound = self._desk.options.max_sessions
            await self.push(f"421 {self.hostname} has {bound} connections, which is its limit; try again later")
            self.finish(Ending.LIMIT, "connections")
            return True
        refused = await self._interfere(Place.GREETING, [])
        # RFC 5321 section 3.1: turned away, but not by 421, the client may say QUIT, and all else gets 503.
        self._turned_away = refused and self.transport is not None and not self.transport.is_closing()
        return refused and not self._turned_away

    async def push(self, status: str | bytes) -> None:
        if self._turned_away and isinstance(status, str) and status.startswith("220 "):
            return  # aiosmtpd's greeting, after ours
        await super().push(status)

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
        if self._script is not self._desk.faults:  # a new one was set; this connection was there before it
            self._script, self._number = self._desk.faults, 0
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
            await self.push(outcome.reply)
            if outcome.number == 421:
                self.finish(Ending.FAULT, outcome.line)
            return
        if outcome.action is Action.ALERT:
            await self.push("220 begin the handshake")
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
        fault = self._desk.faults.size(self._number)
        return self._desk.options.size_limit if fault is None else fault.number

    def _stamp_size(self) -> None:
        """Note that the limit in force, if it is the script's, made a difference."""
        fault = self._desk.faults.size(self._number)
        if fault is not None:
            self._record.note(EventKind.FAULT, fault.line.encode())

    # ------------------------------------------------------------ commands

    async def perform(self, command: str, method: _Method | None, arg: str | None) -> None:
        """Do what the command asks, if no fault interferes."""
        if self._turned_away and command != "QUIT":
            await self.push("503 there is no service here; say QUIT")
            return
        if not self._desk.faults.empty and command != "DATA":  # DATA asks in its own method
            place = _PLACES.get(command)
            mailboxes = [mailbox(self._path(b"TO").address or "")] if place is Place.RCPT else []
            if await self._interfere(place, mailboxes):
                return
        if method is None:
            await self._unknown_command()
        else:
            await method(arg)
        self._manners = ()

    async def _unknown_command(self) -> None:
        self._unknown += 1
        if self._unknown < UNKNOWN_LIMIT:
            await self.push("500 no such command here")
        else:
            await self.push("421 too many unknown commands")
            self.finish(Ending.LIMIT, "unknown commands")

    def keywords(self, words: list[str]) -> list[str]:
        hidden = {"SMTPUTF8"} if self._desk.options.auth else {"SMTPUTF8", "AUTH"}
        hidden |= {m.text.upper() for m in self._manners if m.action is Action.HIDE}
        kept = [word for word in words[1:] if word.partition(" ")[0].upper() not in hidden]
        self._stamp_size()
        kept = [f"SIZE {self._size_limit()}" if word.startswith("SIZE ") else word for word in kept]
        kept += [m.text for m in self._manners if m.action is Action.ANNOUNCE]
        return super().keywords([words[0], *kept])

    @syntax("HELP")
    async def smtp_HELP(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        await super().smtp_HELP("")

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        await super().smtp_STARTTLS(arg)
        if self._tls_protocol is not None and not self._secure:
            raise TLSSetupException  # the connection ended in the middle of the handshake

    @syntax("QUIT")
    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        if not arg:
            self._ending = Ending.QUIT
        await super().smtp_QUIT(arg)

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Takes whatever names a sender, be it nobody."""
        path = self._path(b"FROM")
        if self._mail.lines:
            await self.push("503 there is a transaction already")
        elif path.address is None:
            await self.push("501 write MAIL FROM:<address>")
        elif any(_announced(parameter) > self._size_limit() for parameter in path.parameters):
            self._stamp_size()
            await self.push(f"552 no message of more than {self._size_limit()} octets is taken here")
        else:
            self._mail.take(self._lines.line)
            await self.push("250 sender noted")

    @syntax("RCPT TO: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Takes whatever names a recipient."""
        path, line = self._path(b"TO"), self._lines.line
        if not self._mail.lines:
            await self.push("503 say MAIL first")
        elif path.address is None:
            await self.push("501 write RCPT TO:<address>")
        elif self._mail.octets + len(line) > ENVELOPE_LIMIT:
            await self.push("452 too many recipients")
        else:
            self._mail.mailboxes.append(mailbox(path.address))
            self._mail.take(line)
            await self.push("250 recipient noted")

    def _path(self, keyword: bytes) -> Path:
        """What the last MAIL or RCPT says."""
        return path(self._lines.line.strip().partition(b" ")[2], keyword)

    # ------------------------------------------------------------ the message

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Answer 354, wait for the end that :meth:`octets_came` finds, and give the answer that came of it."""
        if not self._mail.mailboxes:
            await self.push("503 say RCPT first")
            return
        if arg:
            await self.push("501 DATA stands alone")
            return
        self._drop_after = None
        if await self._interfere(Place.DATA, self._mail.mailboxes):
            return
        self._answer = self.loop.create_future()
        self._body = Body(self._record.received - self._lines.waiting)
        ahead = self._lines.take()
        if ahead:  # the client did not wait for 354
            self._watch(self._body, ahead, self._desk.journal.now())
        if self._eof and self._body is not None:
            self._answer.cancel()
        await self.push("354 send the message, end it with a dot")
        answer = await self._answer
        self._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd's own
        if self._end is not None:
            self._manners = self._end.manners
            await self._delay(self._end)
        if self._end is not None and self._end.outcome is not None:
            await self._carry_out(self._end.outcome)
        else:
            await self.push(answer)
        self._storing = False
        if self._settling:
            self.settle()

    @property
    def busy(self) -> bool:
        return self._storing or super().busy

    def settle(self) -> None:
        self._settling = True
        if not self._storing:
            super().settle()

    def octets_came(self, octets: bytes, t: int) -> None:
        if self._alert is not None:
            self.finish(Ending.FAULT, self._alert.line, _HANDSHAKE_FAILURE)
        elif self._body is None:
            super().octets_came(octets, t)
        else:
            self._watch(self._body, octets, t)

    def stream_ended(self) -> None:
        super().stream_ended()
        if self._body is not None:
            self._answer.cancel()

    def _watch(self, body: Body, octets: bytes, t: int) -> None:
        """Octets of a message have come at ``t``."""
        rest = body.feed(octets)
        if self._drop_after is not None and body.size >= self._drop_after.number:
            self._body = None
            self._answer.cancel()
            self._record.note(EventKind.FAULT, self._drop_after.line.encode())
            self.drop(Ending.FAULT, self._drop_after.line)
        elif rest is not None:
            self._body = None
            self._take(body, t)
            self._lines.give(rest)
        elif body.size > RUNAWAY * self._desk.options.size_limit:
            self._body = None
            self._answer.cancel()
            self.finish(Ending.LIMIT, "size of a message", b"552 far too large\r\n")

    def _take(self, body: Body, t: int) -> None:
        """The message is complete: decide about it, and queue it, without an await."""
        self._end = self._apply(Place.DATA_END, self._mail.mailboxes)
        if self._end is not None and self._end.outcome is not None:
            self._answer.set_result("")
        elif body.size > self._size_limit():
            self._stamp_size()
            self._answer.set_result(f"552 more than {self._size_limit()} octets are not taken here")
        else:
            self._storing = True
            stored = self._record.store(t, body.start, body.end, b"".join(self._mail.lines))
            stored.add_done_callback(partial(self._stored, self._answer, self._mail.mailboxes, t))

    def _stored(self, answer: asyncio.Future[str], mailboxes: list[str], t: int, stored: asyncio.Future[None]) -> None:
        """The journal has the message on the disk, or has failed."""
        trouble = stored.exception()
        if trouble is None:
            self._desk.arrivals.note(mailboxes, t)
        if not answer.done():
            answer.set_result("250 message stored" if trouble is None else f"452 not stored: {trouble}")

    # ------------------------------------------------------------ trouble

    async def handle_exception(self, error: Exception) -> str:
        if isinstance(error, TLSSetupException):
            self._detail = self._detail or str(error.__cause__ or "the connection ended")
            self._ending = self._ending or Ending.TLS
            self._record.note(EventKind.TLS, f"failed: {self._detail}".encode())
            return ""
        _log.error("SMTP session %d broke down", self._record.session, exc_info=error)
        return "451 something broke down here; it is not your fault"


def _announced(parameter: str) -> int:
    """What a SIZE parameter announces; 0 for all others."""
    keyword, _, value = parameter.partition("=")
    return int(value) if keyword.upper() == "SIZE" and value.isascii() and value.isdigit() and len(value) <= 20 else 0
