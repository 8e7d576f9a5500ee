"""How a composed mail gets into a relay: one SMTP client per way of behaving, chosen by ``Policy.transport``.

The obedient one leaves the dialogue to aiosmtplib, which brackets, stuffs dots and keeps the order.  A client that
must misbehave is another entry of ``TRANSPORTS`` and writes its own octets.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Protocol

from aiosmtplib import SMTP, SMTPException, SMTPHeloError, SMTPResponseException

from fakes.mail_security import Tls
from fakes.printer.policy import Policy

from .composed import Composed

PERMANENT = range(500, 600)  # RFC 5321 section 4.2.1; everything else that is no success may pass


class Undelivered(Exception):
    """One attempt failed; ``reason`` is printable ASCII.

    ``permanent`` says whether another one is useless, ``no_mailbox`` whether it is the recipient that was refused so.
    """

    def __init__(self, reason: str, *, permanent: bool = False, no_mailbox: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.no_mailbox = no_mailbox


class NoEightBit(Undelivered):
    """The relay takes no 8-bit text (RFC 6152): the mail has to be composed otherwise."""


class Transport(Protocol):
    """A connection to the relay, opened by a delivery where it is not open.

    ``lied``: it did otherwise than the obedient one would have done, of which it is the only one to know.
    """

    lied: bool

    def spares(self, mail: Composed) -> bool:
        """Whether it does with that mail what the obedient one would do, whatever a relay says."""

    async def deliver(self, mail: Composed) -> None:
        """One attempt; returns when the relay has taken the mail.  Raises ``Undelivered``."""

    async def quit(self) -> None:
        """Ends the dialogue politely and closes; never raises ``Undelivered``."""

    def abort(self) -> None:
        """Closes without a word."""


class LibraryTransport:
    """The obedient client."""

    lied = False

    def __init__(self, policy: Policy, host: str, port: int) -> None:
        self._access = policy.relay_access
        self._smtp = SMTP(
            hostname=host,
            port=port,
            local_hostname=policy.hostname,  # without it the library looks our own name up, in a thread
            timeout=policy.smtp_timeout,
            use_tls=self._access.tls is Tls.IMPLICIT,
            start_tls=False,  # after our own EHLO
            tls_context=None if self._access.tls is Tls.NONE else self._access.context(),
        )

    def spares(self, mail: Composed) -> bool:
        """See ``Transport``."""
        return True

    @property
    def is_open(self) -> bool:
        """Whether another mail can go over this connection."""
        return self._smtp.is_connected

    async def deliver(self, mail: Composed) -> None:
        """See ``Transport``."""
        at = "the greeting"
        try:
            if not self.is_open:
                await self._smtp.connect()
                await self._greet()
                await self._secure()
                await self._log_in()
            await self._command("MAIL", f"FROM:<{mail.sender}>", *self._parameters(mail))
            for recipient in (mail.recipient, *mail.copies):
                at = "RCPT"
                await self._command(at, f"TO:<{recipient}>")
            at = "DATA"
            await self._smtp.data(mail.octets)
        except SMTPResponseException as e:
            if e.code // 100 != 2:  # the library takes only 250 for a success
                reason = f"{e.code} {e.message}"
                permanent = e.code in PERMANENT
                no_mailbox = permanent and at == "RCPT"
                raise Undelivered(f"the relay said {reason!a}", permanent=permanent, no_mailbox=no_mailbox) from e
        except (SMTPException, OSError) as e:
            raise Undelivered(f"{type(e).__name__}: {str(e)!a}") from e

    async def quit(self) -> None:
        """See ``Transport``."""
        if self.is_open:
            with contextlib.suppress(SMTPException, OSError):
                await self._smtp.quit()
        self.abort()

    def abort(self) -> None:
        """See ``Transport``."""
        self._smtp.close()

    async def _greet(self) -> None:
        """EHLO, and HELO where a relay does not know it (RFC 5321 section 3.2)."""
        try:
            await self._smtp.ehlo()
        except SMTPHeloError as e:
            if e.code not in PERMANENT:
                raise
            await self._smtp.helo()

    async def _secure(self) -> None:
        """STARTTLS, where it is offered and wanted (RFC 3207)."""
        if self._access.tls not in (Tls.OFFER, Tls.REQUIRE):
            return
        if self._smtp.supports_extension("starttls"):
            await self._smtp.starttls()
            await self._greet()
        elif self._access.tls is Tls.REQUIRE:
            raise Undelivered("the relay does not offer STARTTLS")

    async def _log_in(self) -> None:
        """AUTH, where it is offered and there is a name to give (RFC 4954)."""
        credentials = self._access.credentials
        if credentials is None or not self._smtp.supports_extension("auth"):
            return
        if self._access.mechanism == "login":
            await self._smtp.auth_login(credentials.user, credentials.password)
        else:
            await self._smtp.login(credentials.user, credentials.password)

    def _parameters(self, mail: Composed) -> list[str]:
        if mail.octets.isascii():
            return []
        if not self._smtp.supports_extension("8bitmime"):
            raise NoEightBit("the relay does not offer 8BITMIME")
        return ["BODY=8BITMIME"]

    async def _command(self, *words: str) -> None:
        """One command, as it stands: the library's own ``mail`` and ``rcpt`` would parse the addresses anew."""
        response = await self._smtp.execute_command(*(word.encode("ascii") for word in words))
        if response.code // 100 != 2:
            raise SMTPResponseException(response.code, response.message)


MakeTransport = Callable[[Policy, str, int], Transport]
TRANSPORTS: dict[str, MakeTransport] = {"library": LibraryTransport}
