"""The bench of a run: journal, recipient and stage around a printer, from the first row of a sitting to its last."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.vocabulary import Vocabulary
from fakes.known_secrets import KnownSecrets
from fakes.mail_security import Auth, MailSecurity, Tls
from fakes.printer import Policy, ReferencePrinter
from fakes.printer.conditions import ConditionalLie
from fakes.printer.security.identity import Identity
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient

from .directory import Directory
from .ixit import Ixit
from .stage import Stage
from .subscriber import Subscriber

Address = tuple[str, int]  # host and port
MailPath = Callable[[Address], AbstractAsyncContextManager[Address]]  # where the printer mails to, for that recipient
PrinterAt = Callable[[Address], AbstractAsyncContextManager[str]]  # a printer that mails to there, by its URI

_LOCAL: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # how a client on this machine reaches all addresses of it


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the recipient listens, and what it offers and asks for there."""

    host: str = "127.0.0.1"
    port: int = 0
    security: MailSecurity = MailSecurity()  # noqa: RUF009 - frozen
    hostname: str = "recipient.example"

    @property
    def offers(self) -> frozenset[str]:
        """The words by which a scenario says what it needs: ``listener:starttls``, ``listener:auth``."""
        there = {
            "starttls": self.security.tls in (Tls.OFFER, Tls.REQUIRE),
            "auth": self.security.auth is not Auth.NONE,
        }
        return frozenset(word for word in there if there[word])


@dataclass(frozen=True, slots=True)
class Sitting:
    """How a run is to be played; ``options`` is how it was asked for, as the evidence keeps it.

    It is made of the port where the recipient listens and the document that is printed.
    """

    ixit: Ixit
    tool: str
    options: Callable[[int, bytes], str] = lambda port, document: "{}"
    listener: Listener = Listener()
    vocabulary: Vocabulary | None = None  # unless the printer shows which it speaks
    max_subscriptions: int | None = None
    directories: tuple[Directory, ...] = ()
    paper: int | None = None  # how many documents may be printed, if not as many as it takes
    bench_check: bool = False  # whether it ends where nobody brings a mail, as soon as that is seen
    hurry: asyncio.Event = field(default_factory=asyncio.Event)  # set: nothing and nobody is waited for any more
    plays_left_out: int = 0  # ids before the first: a job is named by its play, and two runs may meet at one printer


@asynccontextmanager
async def bench(file: EvidenceFile, printer: PrinterAt, sitting: Sitting) -> AsyncIterator[Stage]:
    """A stage, not yet prepared, at that printer; the evidence goes into the file.

    A sitting that is left by an exception has no end in the evidence.  Raises ``RecipientError``, ``JournalError``,
    ``IxitError`` and ``UriError`` for what the caller has to mend.
    """
    listener, ixit = sitting.listener, sitting.ixit
    journal = Journal(file, secrets=KnownSecrets((*ixit.secrets(), *listener.security.secrets())))
    try:
        recipient = Recipient(
            journal,
            listener.host,
            listener.port,
            hostname=listener.hostname,
            security=listener.security,
            hurry=sitting.hurry,
        )
        async with recipient, printer((_LOCAL.get(listener.host, listener.host), recipient.port)) as uri:
            journal.skip(rows.Play, sitting.plays_left_out)
            run, began = journal.id(rows.Run), datetime.now(UTC).isoformat(timespec="milliseconds")
            stage = Stage(
                journal,
                recipient,
                Subscriber(journal, uri, timeout=ixit.request_timeout, access=ixit.access()),
                ixit,
                run=run,
                token=f"r{secrets.token_hex(3)}",
                vocabulary=sitting.vocabulary,
                max_subscriptions=sitting.max_subscriptions,
                offers=listener.offers,
                directories=sitting.directories,
                paper=sitting.paper,
                bench_check=sitting.bench_check,
                hurry=sitting.hurry,
            )
            began = began.replace("+00:00", "Z")
            options = sitting.options(recipient.port, stage.document)
            await journal.commit(rows.Run(run, journal.now(), began, sitting.tool, uri, options))
            yield stage
            await journal.commit(rows.RunEnd(run, journal.now(), stage.ended))
    finally:
        await journal.close()


def printer_at(uri: str) -> PrinterAt:
    """One that is there already."""

    @asynccontextmanager
    async def there(_: Address) -> AsyncIterator[str]:
        yield uri

    return there


@asynccontextmanager
async def directly(recipient: Address) -> AsyncIterator[Address]:
    """Nothing stands between printer and recipient."""
    yield recipient


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a reference printer has around it: certificates, a port, and the files of directories that list it."""

    identity: Identity | None = None
    port: int = 0  # in the clear; 0 is any
    ldif: Path | None = None
    zone: Path | None = None


def reference_printer(
    policy: Policy,
    mail_path: MailPath = directly,
    lie: ConditionalLie | None = None,
    surroundings: Surroundings | None = None,
) -> PrinterAt:
    """One of our own, in this process, with what it lies about on condition."""
    around = surroundings or Surroundings()

    @asynccontextmanager
    async def listening(recipient: Address) -> AsyncIterator[str]:
        async with mail_path(recipient) as relay:
            printer = ReferencePrinter(policy, port=around.port, smtp=relay, identity=around.identity, lie=lie)
            await printer.start()
            try:
                if around.ldif is not None:
                    around.ldif.write_text(printer.ldif(), encoding="utf-8")
                if around.zone is not None:
                    around.zone.write_text(printer.zone(), encoding="utf-8")
                yield printer.uri
            finally:
                await printer.stop()

    return listening
