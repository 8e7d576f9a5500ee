"""aiosmtpd, held: its commands, states and AUTH, without its streams, its loop over commands and its clock.

Nothing else in ippmailto touches what aiosmtpd does not promise to keep.  ``PRIVATE`` names all of that, a test looks
for each, and pyproject.toml asks for the one version that has been seen to work.

An engine is given commands and gives replies; it has no connection.  TLS is the connection's affair
(:meth:`asyncio.loop.start_tls`), of which the engine is only told.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial
from hmac import compare_digest
from secrets import token_hex
from time import time_ns
from typing import Final, Protocol

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, syntax

from fakes.mail_security import Auth, Credentials, Mechanism, Tls

from .listener_state import NAME_LIMIT, RecipientOptions

PRIVATE: Final = (
    "_auth_methods",  # AUTH and the answer to EHLO read it
    "_create_envelope",  # called at each end of a transaction
    "_create_session",
    "_reader",  # whose readline() gives the answer to a challenge of AUTH
    "_set_rset_state",  # begins anew, as RFC 3207 section 4.2 wants it after a handshake
    "_smtp_methods",  # HELP reads it
    "_tls_protocol",  # true under TLS: EHLO then offers AUTH and no STARTTLS
)
"""Attributes of ``aiosmtpd.smtp.SMTP`` and its objects that this module relies on, and nobody else may."""

_DIGEST: Final = re.compile(rb"[0-9a-f]{32}")
LOGGER: Final = "mail.log"  # aiosmtpd's own


class EngineClient(Protocol):
    """The connection to a client, as the engine needs it."""

    async def answer_to(self, challenge: bytes) -> bytes:
        """Send these octets of ours, and wait for the line that answers them."""

    def announces(self, words: list[str]) -> list[str]:
        """What EHLO announces; given what the engine would."""

    def transaction_ended(self) -> None:
        """What was said of a mail counts no more."""


class _Hooks:
    """What aiosmtpd asks its handler."""

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: Engine, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        words = server.client.announces([line[4:] for line in responses])
        return [f"250-{word}" for word in words[:-1]] + [f"250 {words[-1]}"]


class Engine(SMTP):
    """The state of one connection.  One engine is made for a recipient, and each connection gets one like it."""

    AuthLoginUsernameChallenge = "Username:"  # what the world expects, and some clients compare
    AuthLoginPasswordChallenge = "Password:"
    client: EngineClient

    def __init__(self, options: RecipientOptions) -> None:
        super().__init__(
            _Hooks(),
            hostname=options.hostname,
            data_size_limit=options.size_limit,
            enable_SMTPUTF8=True,  # so that octets beyond ASCII in commands are passed on; not announced
            tls_context=options.security.context,
            authenticator=partial(_authenticate, options.security.credentials),
            auth_require_tls=options.security.tls is not Tls.NONE,
            auth_exclude_mechanism=set(Mechanism) - set(options.security.mechanisms),
            loop=asyncio.get_running_loop(),
        )
        # aiosmtpd logs what our record has already, and warns of ways of its own.
        logging.getLogger(LOGGER).setLevel(logging.ERROR)
        if options.security.auth is Auth.NONE:
            del self._smtp_methods["AUTH"]
            self._auth_methods = {}
        self._functions: dict[str, Callable[[Engine, str | None], Awaitable[None]]] = {
            name: getattr(type(self), method.__name__) for name, method in self._smtp_methods.items()
        }
        self._said: list[bytes] = []
        self._known = options.security.credentials

    def for_client(self, client: EngineClient) -> Engine:
        """One like this for a connection.

        aiosmtpd looks through its own methods for each new one of its objects, which costs more than a whole mail.
        """
        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.client, made._said = client, []
        made._reader = made  # type: ignore[assignment]  # all it is asked for is a line
        made._begin_anew()
        return made

    def secured(self) -> None:
        """The handshake is over: what was said before counts no more."""
        self._tls_protocol = True  # type: ignore[assignment]  # all it is asked is whether it is there
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._set_rset_state()  # type: ignore[no-untyped-call]  # aiosmtpd's own
        self.session = self._create_session()

    def knows(self, command: str) -> bool:
        """Whether there is such a command."""
        return command in self._functions

    @property
    def authenticated(self) -> bool:
        """Whether AUTH has succeeded."""
        return self.session is not None and bool(self.session.authenticated)

    async def do(self, command: str, arg: str | None) -> bytes:
        """Obey a known command; the reply.  Only AUTH ever waits."""
        self._said.clear()
        if command == "AUTH":
            self._bind_mechanisms()
            mechanism, space, rest = (arg or "").partition(" ")
            arg = mechanism.upper() + space + rest  # they have no case (RFC 4422 section 3.1)
        await self._functions[command](self, arg)
        self._forget()
        return b"".join(self._said)

    def _forget(self) -> None:
        """Keep little of the name that a client gives itself at length."""
        if (session := self.session) is not None:
            session.host_name = session.host_name and session.host_name[:NAME_LIMIT]

    def _bind_mechanisms(self) -> None:
        """The methods of AUTH are bound to the engine that this one was made like."""
        self._auth_methods = {
            name: entry._replace(method=getattr(self, entry.method.__name__))
            for name, entry in self._auth_methods.items()
        }

    # ------------------------------------------------------------ what aiosmtpd calls

    def _create_envelope(self) -> Envelope:
        if "client" in self.__dict__:
            self.client.transaction_ended()
        return Envelope()

    async def push(self, status: str | bytes) -> None:
        self._said.append(
            (status if isinstance(status, bytes) else status.encode("utf-8", "surrogateescape")) + b"\r\n"
        )

    async def readline(self) -> bytes:
        """The answer to the challenge that was just said."""
        challenge = b"".join(self._said)
        self._said.clear()
        return await self.client.answer_to(challenge)

    async def auth_CRAM__MD5(self, _: Engine, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd looks for it
        """RFC 2195: what is ours to see is a digest, so that without a login to know anybody's is taken."""
        if len(args) > 1:
            await self.push("501 5.5.4 CRAM-MD5 begins with the challenge")
            return AuthResult(success=False)
        challenge = f"<{token_hex(8)}.{time_ns()}@{self.hostname}>".encode()
        answer = await self.challenge_auth(challenge)
        if not isinstance(answer, bytes):  # it was cancelled, or is no base64, and the client was told so
            return AuthResult(success=False)
        name, _blank, digest = answer.rpartition(b" ")
        if self._known is None:
            return AuthResult(success=bool(name) and bool(_DIGEST.fullmatch(digest)), handled=False)
        right = hmac.new(self._known.password, challenge, "md5").hexdigest().encode()
        return AuthResult(success=compare_digest(self._known.user, name) & compare_digest(right, digest), handled=False)

    @syntax("HELP")
    async def smtp_HELP(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        await super().smtp_HELP("")


def _authenticate(
    known: Credentials | None, _server: Engine, _session: Session, _envelope: Envelope, _name: str, given: LoginPassword
) -> AuthResult:
    """Takes the credentials that are known, or anybody's where none are."""
    if known is None:
        return AuthResult(success=True)
    right = compare_digest(known.user, given.login) & compare_digest(known.password, given.password)
    return AuthResult(success=right, handled=False)
