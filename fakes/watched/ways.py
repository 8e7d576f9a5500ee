"""The printers that are played for a client under test, each of one way, and each a play in the evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.record import rows
from conformance.record.client_record import PLAYS, WayFacts
from conformance.record.plain_json import to_json
from fakes.printer import Policy
from fakes.printer.security.identity import Identity
from fakes.printer.security_policy import Authentication, Mode
from fakes.recipient.journal import Journal

from .connection import Weight
from .printer import WatchedPrinter

SETTLE_SECONDS = 2.0  # for connections that are still open when a client has ended


@dataclass(frozen=True, slots=True)
class WaySetting:
    """One way: how IPP in the clear and in TLS live together, and how users are known."""

    mode: Mode
    authentication: Authentication = Authentication.NAME

    @property
    def name(self) -> str:
        """As the evidence calls it."""
        usual = self.authentication is Authentication.NAME
        return self.mode.value if usual else f"{self.mode.value}-{self.authentication.value}"


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is known of the client beforehand; see `WayFacts`."""

    insists: bool = False
    no_address_given: bool = False


class PlayedWay:
    """A printer of one way from ``start`` to ``end``."""

    def __init__(
        self,
        setting: WaySetting,
        policy: Policy,
        journal: Journal,
        run: int,
        visitor: Visitor,
        identity: Identity,
        *,
        host: str = "127.0.0.1",
        ports: tuple[int, int] = (0, 0),
        weight: Weight | None = None,
    ) -> None:
        self.setting, self.visitor = setting, visitor
        self._listens = False
        self._journal, self._run, self._play = journal, run, journal.id(rows.Play)
        security = replace(policy.security, mode=setting.mode, authentication=setting.authentication)
        port, tls_port = ports
        self.printer = WatchedPrinter(
            replace(policy, security=security), journal, self._play,
            host=host, port=port, tls_port=tls_port, identity=identity, weight=weight,
        )  # fmt: skip

    @property
    def uri(self) -> str:
        """The one that the client is to be given: where it insists on TLS, one that says so, whatever is behind it."""
        return self.secure_uri if self.visitor.insists else self.printer.uri

    @property
    def plain_uri(self) -> str:
        """By which one begins in the clear, and may then ask for TLS."""
        return self.printer.plain_uri

    @property
    def secure_uri(self) -> str:
        """By which one begins with TLS; of a printer that has none it is that of its only port."""
        return self.printer.secure_uri or self.plain_uri.replace("ipp:", "ipps:", 1)

    async def start(self) -> None:
        """Listen; raises ``OSError``."""
        setting = self.setting
        facts = WayFacts(
            setting.mode.value, setting.authentication.value, self.visitor.insists, self.visitor.no_address_given
        )
        journal = self._journal
        await journal.commit(rows.Play(self._play, self._run, journal.now(), PLAYS + setting.name, to_json(facts)))
        self._listens = True
        await self.printer.start()

    async def end(self, reason: str = "") -> None:
        """Wait a moment for what is still being said, stop, and note how the client ended; once."""
        if not self._listens:
            return
        self._listens = False
        await self.printer.quiet(SETTLE_SECONDS)
        await self.printer.stop()
        await self._journal.commit(rows.PlayEnd(self._play, self._journal.now(), "played", reason))
