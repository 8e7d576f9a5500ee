"""An SMTP client that writes its own octets, so that it can misbehave; with ``Manners()`` it does not.

Each entry of ``CLIENTS`` but the first two, ``tells-of-refusals`` and ``scanned`` tells one lie;
``Policy.transport`` names it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

from conformance.wire import imf
from conformance.wire.transparency import stuff
from fakes.mail_security import Tls
from fakes.printer.policy import Policy

from . import flaws, on_the_way
from .composed import Composed
from .transports import PERMANENT, MakeTransport, NoEightBit, Undelivered

SmtpReply = tuple[int, list[bytes]]  # the code of the last line, and all lines

STRANGER: Final = "archive@elsewhere.example"
_OURS: Final = re.compile(rb"[\w.]+@(?:recipient|subscriber)\.example")  # addresses as a run makes them
MOMENT: Final = 0.01  # s that a hasty client waits for the answer to QUIT
SEVEN_BITS: Final = " BODY=7BIT"  # behind MAIL; true of most messages
PASSED: Final = {"refusals": 400, "only-5yz": 500, "only-4yz": 400}  # up to which code all is well


@dataclass(frozen=True, slots=True)
class Manners:
    """How the dialogue is held; each field is right as it stands here."""

    hello: Literal["ehlo", "helo", "nameless", "none"] = "ehlo"
    hello_name: str = ""  # in place of the printer's own
    path: str = "{command}:<{address}>"
    behind_mail: str = ""  # in place of BODY=8BITMIME, where that would be right
    behind_rcpt: str = ""  # what follows the path there
    line_end: bytes = b"\r\n"
    waits: Literal["always", "not-for-mail", "not-for-354"] = "always"
    stuffs: bool = True
    reads: Literal["answers", "lines"] = "answers"
    greeting_in_lines: Literal["read", "taken-for-an-error", "dropped-at-the-first"] = "read"
    heeds: Literal["refusals", "only-5yz", "only-4yz"] = "refusals"
    goodbye: Literal["awaited", "hasty", "none"] = "awaited"
    repeats: Literal["never", "always", "in-more-words", "third-change", "without-goodbye"] = "never"
    copies: Literal["nobody", "sender", "name-elsewhere", "stranger"] = "nobody"  # each in a transaction of its own
    tells_of_refusals: bool = False  # the sender, if his mail was refused for good
    rewrite: Callable[[bytes], bytes] | None = None  # of the message

    @property
    def always_shows(self) -> bool:
        """Whether it is otherwise than right in every dialogue, and not only where something calls for it."""
        called_for = Manners(
            hello=self.hello if self.hello == "helo" else "ehlo",
            behind_mail=self.behind_mail if self.behind_mail == SEVEN_BITS else "",
            goodbye=self.goodbye if self.goodbye == "hasty" else "awaited",
            stuffs=self.stuffs, reads=self.reads, greeting_in_lines=self.greeting_in_lines, heeds=self.heeds,
            repeats=self.repeats, tells_of_refusals=self.tells_of_refusals, rewrite=self.rewrite,
        )  # fmt: skip
        return self != called_for


class RawTransport:
    """See :class:`fakes.printer.mail.transports.Transport`."""

    def __init__(self, manners: Manners, policy: Policy, host: str, port: int) -> None:
        self._manners, self._policy, self._host, self._port = manners, policy, host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._keywords: frozenset[bytes] = frozenset()
        self._last: Composed | None = None
        self.lied = False

    async def deliver(self, mail: Composed) -> None:
        """See ``Transport``."""
        try:
            async with asyncio.timeout(self._policy.smtp_timeout):
                if self._writer is None:
                    await self._open()
                await self._transaction(mail)
                if (again := REPEATED.get(self._manners.repeats, _nothing)(mail)) is not None:
                    self.lied = True
                    await self._transaction(again)
                self._last = mail
        except Undelivered as failure:
            if self._manners.tells_of_refusals and failure.permanent and mail.sender:
                await self._tell(mail)
            raise
        except (OSError, EOFError, TimeoutError) as e:
            raise Undelivered(f"{type(e).__name__}: {str(e)!a}") from e
        if (copied := _copied(mail, self._manners)) is not None:
            with contextlib.suppress(Undelivered, OSError, EOFError):  # the mail is delivered, whatever becomes of it
                async with asyncio.timeout(self._policy.smtp_timeout):
                    await self._transaction(copied)

    def spares(self, mail: Composed) -> bool:
        """See ``Transport``."""
        called_for = replace(self._manners, stuffs=True, rewrite=None)
        return called_for == Manners() and self._wire(mail) == stuff(mail.octets)

    def _wire(self, mail: Composed) -> bytes:
        """The message as it is sent."""
        octets = mail.octets if self._manners.rewrite is None else self._manners.rewrite(mail.octets)
        return stuff(octets) if self._manners.stuffs else octets

    async def _tell(self, mail: Composed) -> None:
        """A notice to the sender of a mail that was refused, over a connection of its own."""
        await self.quit()
        text = f"To: {mail.sender}\r\nSubject: Undeliverable mail\r\n\r\nNobody took your mail to {mail.recipient}.\r\n"
        with contextlib.suppress(Undelivered):
            await self.deliver(Composed("", mail.sender, text.encode()))

    async def quit(self) -> None:
        """See ``Transport``."""
        goodbye = False
        if self._writer is not None and self._manners.goodbye != "none":
            with contextlib.suppress(OSError, EOFError, TimeoutError):
                async with asyncio.timeout(self._policy.smtp_timeout):
                    await self._write(b"QUIT" + self._manners.line_end)
                    if self._manners.goodbye == "hasty":
                        await self._hasten()
                    else:
                        goodbye = (await self._answer())[0] == 221
        self.abort()
        if self._manners.repeats == "without-goodbye" and not goodbye and self._last is not None:
            self.lied = True
            again, self._last = self._last, None
            with contextlib.suppress(Undelivered):
                await self.deliver(again)
            await self.quit()

    async def _hasten(self) -> None:
        """An answer that is there at once is read as by anybody; for no other there is time."""
        try:
            async with asyncio.timeout(MOMENT):
                await self._answer()
        except TimeoutError:
            self.lied = True

    def abort(self) -> None:
        """See ``Transport``."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    # ------------------------------------------------------------ the dialogue

    async def _open(self) -> None:
        access = self._policy.relay_access
        context = access.context() if access.tls is Tls.IMPLICIT else None
        name = self._host if context is not None else None
        self._reader, self._writer = await asyncio.open_connection(
            self._host, self._port, ssl=context, server_hostname=name
        )
        self.lied = self.lied or self._manners.always_shows
        if self._manners.greeting_in_lines == "dropped-at-the-first":
            line = await self._reader.readline()
            if line[3:4] == b"-":
                self.lied = True
                self.abort()
                raise Undelivered(f"the relay greets with {line!a}")
            code, lines = int(line[:3]), [line]
        else:
            code, lines = await self._answer()
        if len(lines) > 1 and self._manners.greeting_in_lines == "taken-for-an-error":
            self.lied = True
            raise Undelivered(f"the relay greets in {len(lines)} lines")
        self._heed(code, lines)
        await self._greet()
        await self._secure()
        await self._log_in()

    async def _greet(self) -> None:
        name = self._manners.hello_name or self._policy.hostname
        if self._manners.hello == "ehlo":
            code, lines = await self._command(f"EHLO {name}")
            self._keywords = frozenset(line[4:].split(b" ")[0].upper() for line in lines[1:])
            if code in PERMANENT:
                code, lines = await self._command(f"HELO {name}")
            self._heed(code, lines)
        elif self._manners.hello == "helo":
            self._heed(*await self._command(f"HELO {name}"))
        elif self._manners.hello == "nameless":
            code, lines = await self._command("HELO")
            if code not in PERMANENT:  # it is used to being told that the name is missing
                self._heed(code, lines)

    async def _secure(self) -> None:
        """STARTTLS, where it is offered and wanted; who says no EHLO is not offered it."""
        access = self._policy.relay_access
        if access.tls not in (Tls.OFFER, Tls.REQUIRE):
            return
        if b"STARTTLS" in self._keywords and self._writer is not None:
            self._heed(*await self._command("STARTTLS"))
            await self._writer.start_tls(access.context(), server_hostname=self._host)
            await self._greet()
        elif access.tls is Tls.REQUIRE:
            raise Undelivered("the relay does not offer STARTTLS")

    async def _log_in(self) -> None:
        """AUTH, likewise."""
        access = self._policy.relay_access
        known = access.credentials
        if known is None or b"AUTH" not in self._keywords:
            return
        if access.mechanism == "login":
            said = ["AUTH LOGIN", *(b64encode(word).decode("ascii") for word in (known.user, known.password))]
        else:
            said = ["AUTH PLAIN " + b64encode(b"\0".join((b"", known.user, known.password))).decode("ascii")]
        for line in said:
            self._heed(*await self._command(line))

    async def _transaction(self, mail: Composed) -> None:
        message = self._wire(mail)
        self.lied = self.lied or message != stuff(mail.octets)
        eight = not message.isascii() and self._manners.rewrite is None
        if eight and b"8BITMIME" not in self._keywords:
            raise NoEightBit("the relay does not offer 8BITMIME")
        body = " BODY=8BITMIME" if eight else ""
        commands = [self._path("MAIL FROM", mail.sender) + (self._manners.behind_mail or body)]
        behind = self._manners.behind_rcpt
        commands += [self._path("RCPT TO", address) + behind for address in (mail.recipient, *mail.copies)]
        if self._manners.waits == "not-for-mail":
            await self._write(b"".join(self._line(command) for command in commands))
            for _ in commands:
                self._heed(*await self._answer())
        else:
            for command in commands:
                self._heed(*await self._command(command))
        message += b".\r\n"
        if self._manners.waits == "not-for-354":
            await self._write(self._line("DATA") + message)
            self._heed(*await self._answer())
        else:
            self._heed(*await self._command("DATA"))
            await self._write(message)
        self._heed(*await self._answer())

    def _path(self, command: str, address: str) -> str:
        return self._manners.path.format(command=command, address=address)

    def _heed(self, code: int, lines: list[bytes]) -> None:
        """Raises ``Undelivered`` where the answer is a refusal, and this client minds."""
        passed = PASSED[self._manners.heeds]
        if code < passed or (self._manners.heeds == "only-4yz" and code in PERMANENT):
            self.lied = self.lied or code >= min(PASSED.values())
            return
        raise Undelivered(f"the relay said {lines[-1].decode('latin-1')!a}", permanent=code in PERMANENT)

    # ------------------------------------------------------------ octets

    def _line(self, command: str) -> bytes:
        return command.encode() + self._manners.line_end

    async def _command(self, command: str) -> SmtpReply:
        await self._write(self._line(command))
        return await self._answer()

    async def _write(self, octets: bytes) -> None:
        if self._writer is None:
            raise ConnectionResetError("closed")
        self._writer.write(octets)
        await self._writer.drain()

    async def _answer(self) -> SmtpReply:
        """An answer to its last line; or one line, whichever, for a client that knows no better."""
        lines: list[bytes] = []
        while True:
            line = await self._reader.readline() if self._reader is not None else b""
            if not line.endswith(b"\n"):
                raise ConnectionResetError("the relay has closed")
            lines.append(line.rstrip(b"\r\n"))
            if line[3:4] != b"-" or self._manners.reads == "lines":
                self.lied = self.lied or line[3:4] == b"-"
                return (int(line[:3]) if line[:3].isdigit() else 0), lines


def _in_more_words(mail: Composed) -> Composed:
    """The same mail, named otherwise and one line longer, where its body is text alone."""
    octets = mail.octets.replace(b"\r\nMessage-ID: <", b"\r\nMessage-ID: <again.", 1)
    plain = not imf.read(octets).root.parts
    return replace(mail, octets=octets + b"Thank you for printing.\r\n" if plain else octets)


def _third_change(mail: Composed) -> Composed | None:
    """The same, of a mail of text alone that is the third about a job's changes."""
    third = b"\r\nNotification: 3\r\n" in mail.octets and b"job-state-changed" in mail.octets
    return _in_more_words(mail) if third and not imf.read(mail.octets).root.parts else None


def _nothing(_: Composed) -> None:
    """What follows a mail, as a rule."""


REPEATED: Final[dict[str, Callable[[Composed], Composed | None]]] = {
    "always": lambda mail: mail,
    "in-more-words": _in_more_words,
    "third-change": _third_change,
}


def _copied(mail: Composed, manners: Manners) -> Composed | None:
    """The copy of a mail that nobody asked for."""
    if manners.copies == "sender":
        return replace(mail, sender="", recipient=mail.sender) if mail.sender else None
    if manners.copies == "stranger":
        return replace(mail, sender=STRANGER, recipient=STRANGER, octets=_OURS.sub(STRANGER.encode(), mail.octets))
    name = mail.recipient.rpartition("@")[0]
    return replace(mail, recipient=f"{name}@archive.example") if manners.copies == "name-elsewhere" else None


def _client(manners: Manners) -> MakeTransport:
    return partial(RawTransport, manners)


CLIENTS: Final[dict[str, MakeTransport]] = {
    "raw": _client(Manners()),
    "helo-only": _client(Manners(hello="helo")),
    "no-hello": _client(Manners(hello="none")),
    "nameless-hello": _client(Manners(hello="nameless")),
    "hello-beyond-ascii": _client(Manners(hello_name="drücker.example")),
    "no-brackets": _client(Manners(path="{command}:{address}")),
    "hello-of-words": _client(Manners(hello_name="my printer_1 !!")),
    "address-for-a-name": _client(Manners(hello_name="127.0.0.1")),
    "size-in-words": _client(Manners(behind_mail=" SIZE=small")),
    "seven-bits-declared": _client(Manners(behind_mail=SEVEN_BITS, rewrite=flaws.in_eight_bits)),
    "parameter-not-offered": _client(Manners(behind_rcpt=" NOTIFY=NEVER")),
    "words-behind-a-path": _client(Manners(behind_rcpt=" (the subscriber)")),
    "spaced-paths": _client(Manners(path="{command}: <{address}>")),
    "spaces-within-paths": _client(Manners(path="{command}:< {address} >")),
    "parameter-of-another-command": _client(Manners(behind_rcpt=" BODY=8BITMIME")),
    "no-colon": _client(Manners(path="{command} <{address}>")),
    "lf-commands": _client(Manners(line_end=b"\n")),
    "impatient": _client(Manners(waits="not-for-mail")),
    "message-first": _client(Manners(waits="not-for-354")),
    "no-stuffing": _client(Manners(stuffs=False)),
    "line-by-line": _client(Manners(hello="helo", reads="lines")),
    "one-line-greeting": _client(Manners(greeting_in_lines="taken-for-an-error")),
    "first-line-greeting": _client(Manners(greeting_in_lines="dropped-at-the-first")),
    "heeds-5yz-only": _client(Manners(heeds="only-5yz")),
    "heeds-4yz-only": _client(Manners(heeds="only-4yz")),
    "no-goodbye": _client(Manners(goodbye="none")),
    "hasty-goodbye": _client(Manners(goodbye="hasty")),
    "twice-in-more-words": _client(Manners(repeats="in-more-words")),
    "third-change-again": _client(Manners(repeats="third-change")),
    "twice": _client(Manners(repeats="always")),
    "copies-to-the-sender": _client(Manners(copies="sender")),
    "copies-to-the-name-elsewhere": _client(Manners(copies="name-elsewhere")),
    "copies-to-a-stranger": _client(Manners(copies="stranger")),
    "tells-of-refusals": _client(Manners(tells_of_refusals=True)),
    "scanned": _client(Manners(rewrite=on_the_way.scanned)),
    "again-without-goodbye": _client(Manners(repeats="without-goodbye")),
    **{name: _client(Manners(rewrite=flaw)) for name, flaw in flaws.FLAWS.items()},
}
