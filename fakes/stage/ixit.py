"""IXIT: facts about this printer and this bench that cannot be discovered, from a TOML file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from annotated_types import Gt, Lt, Predicate

from conformance.record.run_facts import RunFacts
from conformance.record.session_owner import NO, YES
from conformance.wire.path import is_domain
from fakes.http.auth import Login
from fakes.named_secret import SecretError, named_secret
from fakes.printer import OBEDIENT
from fakes.stage.access import ANY, Access, AccessError
from fakes.stage.cause import is_cause
from fakes.stage.printer_uri import Target, UriError
from fakes.typed_toml import EntryError, TomlFile, checked, entry, spelled

PASSWORDS: Final = ("own_password", "other_password", "password", "client_key_password")
USERS: Final = ("own_user", "other_user", "user")
COMMANDS: Final = ("cause_printer_stopped", "cause_printer_resumed")
NOT_KEPT: Final = (*PASSWORDS, *USERS, *COMMANDS)
"""Entries that are never written down: what is secret, and what would be run because evidence says so."""

FROM: Final = "_from"  # what an entry ends in that tells where a password is

SUBSCRIPTION_GROUP: Final = "subscription-group"
OPERATION_GROUP: Final = "operation-group"
CARRIERS: Final = (SUBSCRIPTION_GROUP, OPERATION_GROUP)


class IxitError(EntryError):
    """An IXIT file that cannot be used; says which entries and what is allowed."""


MAILS, PRINTER, CAUSES, USERS_KNOWN, ACCESS, RECORD = (
    "The mails' way", "What the printer can do", "What no request brings about", "Users", "Access to the printer",
    "The record",
)  # fmt: skip
Seconds = Annotated[float, Gt(0), Lt(math.inf)]
Count = Annotated[int, Gt(0)]
Domain = Annotated[str, Predicate(is_domain)]
Cause = Annotated[str, Predicate(is_cause)]
CAUSE: Final = "run: and a command, or ask: and a text for whoever is at the terminal"
POSITIVE: Final = "more than 0"
DOMAIN: Final = "a domain, which is what stands behind the @, such as recipient.example"


@dataclass(frozen=True, slots=True)
class Ixit:
    """What the bench needs to know.  Times are seconds.

    Each password may be named by ``...-from`` instead, as ``env:VARIABLE`` or ``file:PATH``.
    """

    mail_domain: Domain = entry(
        "recipient.example",
        MAILS,
        "The domain of the recipients. Mail to any local part in it has to arrive at the recipient of the run, by the "
        "printer's own configuration.",
        allowed=DOMAIN,
    )
    user_domain: Domain = entry(
        "subscriber.example",
        MAILS,
        "The domain of the subscribers' own addresses, which go into the user data. The suite sends nothing there; the "
        "printer ought not to, either.",
        allowed=DOMAIN,
    )
    mail_timeout: Seconds = entry(
        15.0,
        MAILS,
        "How long the first mail may take. Later ones may take two seconds and four times the slowest so far, but "
        "never longer than this. For the built-in printer it is 5 where no file says otherwise.",
        allowed=POSITIVE,
    )
    relay: str = entry(  # empty, yes, no, or a host
        "",
        MAILS,
        "Whether another host stands between printer and recipient, or which. Its SMTP is not judged. Left out, it is "
        "shown where each mail from another address has a trace that names both the printer and the host it came from; "
        "a trace that does not is inconclusive.",
    )
    relay_rewrites: str = entry(  # empty, yes or no
        "",
        MAILS,
        "Whether that relay puts addresses of its own, and names beside them, into From, Sender and Reply-To. What is "
        "not as it should be there is not judged then. Left out, an address of the relay's own is inconclusive there; "
        "with false it is the printer's.",
    )
    carrier: Literal["subscription-group", "operation-group"] = entry(
        SUBSCRIPTION_GROUP,
        PRINTER,
        "Where the attributes of a subscription stand in a request: `subscription-group`, or `operation-group` for "
        "printers of the first drafts that know no other place.",
        allowed=" or ".join(CARRIERS),
    )
    plain_uri: str = entry(
        "",
        PRINTER,
        "The address of the same printer in the clear, where the run itself goes to the one for TLS and security is to "
        "be judged.",
    )
    request_timeout: Seconds = entry(
        15.0, PRINTER, "How long the printer may take to answer a request.", allowed=POSITIVE
    )
    max_lease_wait: Seconds = entry(
        120.0,
        PRINTER,
        "The longest lease whose end is waited for. What depends on the end of a longer one is inconclusive.",
        allowed=POSITIVE,
    )
    max_fill: Count = entry(
        64,
        PRINTER,
        "A printer that holds more subscriptions than this is not filled up to see what it does then.",
        allowed=POSITIVE,
    )
    parallel: Count = entry(
        8,
        PRINTER,
        "So many plays are at the printer at once, of those that may meet. A printer that mails to each subscription "
        "about everybody's jobs gets one at a time in any case.",
        allowed=POSITIVE,
    )
    document: str = entry("", PRINTER, "A file to print. Without it, it is a line of plain text.")
    document_format: str = entry("", PRINTER, "Its media type, told with each document. Without it, none is told.")
    cause_printer_stopped: Cause = entry(
        "",
        CAUSES,
        "How to make the printer stop, such as by its cover or its paper tray. Done in place of Pause-Printer.",
        allowed=CAUSE,
    )
    cause_printer_resumed: Cause = entry(
        "",
        CAUSES,
        "How to let it go on after that. Done in place of Resume-Printer, and at the end of a play that was cut short.",
        allowed=CAUSE,
    )
    cause_timeout: Seconds = entry(
        120.0,
        CAUSES,
        "How long either may take, until the printer itself says that it has stopped, or that it has not.",
        allowed=POSITIVE,
    )
    own_user: str = entry("", USERS_KNOWN, "The one who subscribes in these plays.")
    own_password: str = entry("", USERS_KNOWN, "Better as `own-password-from`.", secret=True)
    other_user: str = entry("", USERS_KNOWN, "The one who has no right to it.")
    other_password: str = entry("", USERS_KNOWN, "Better as `other-password-from`.", secret=True)
    user: str = entry("", ACCESS, "Who every request comes from that no play gives to somebody else.")
    password: str = entry("", ACCESS, "Better as `password-from`.", secret=True)
    trust: str = entry(
        ANY,
        ACCESS,
        "`any` certificate, with a note in the report of what is wrong with it; `system`, what the machine trusts; a "
        "PEM file of authorities; or `sha256:` and the fingerprint of the one that the printer has to show. A "
        "certificate that fails ends the run before anything is said.",
    )
    client_certificate: str = entry("", ACCESS, "A PEM file with the certificate to show, and perhaps its key.")
    client_key: str = entry("", ACCESS, "A PEM file with the key, if it is not in that one.")
    client_key_password: str = entry(
        "", ACCESS, "What opens an encrypted key. Better as `client-key-password-from`.", secret=True
    )
    old_peers: bool = entry(
        False, ACCESS, "Take all that OpenSSL still knows: TLS 1.0, RSA and CBC suites, small keys."
    )
    upgrade: bool = entry(False, ACCESS, "Ask for TLS on the plain port before each request (RFC 2817).")
    firmware: str = entry("", RECORD, "The printer's firmware, for one that does not tell it.")
    serial: str = entry("", RECORD, "Its serial number.")
    tester: str = entry("", RECORD, "Who makes the run.")
    station: str = entry("", RECORD, "Where, or on which bench.")

    def login(self, account: str) -> Login | None:
        """Name and password of the account ``own`` or ``other``, or for no account those of every request.

        ``None`` where there are none.
        """
        accounts = {
            "": Login(self.user, self.password),
            "own": Login(self.own_user, self.own_password),
            "other": Login(self.other_user, self.other_password),
        }
        return accounts[account] if accounts[account].name else None

    def access(self) -> Access:
        """How the printer is approached; raises ``IxitError`` for what TLS cannot be made with."""
        access = Access(
            trust=self.trust,
            client_certificate=self.client_certificate,
            client_key=self.client_key,
            client_key_password=self.client_key_password,
            old_peers=self.old_peers,
            upgrade=self.upgrade,
            login=self.login(""),
        )
        try:
            access.context()
        except AccessError as error:
            raise IxitError(f"in the IXIT, {error}") from error
        return access

    def secrets(self) -> list[tuple[str, str]]:
        """Each password, behind the name of whose it is."""
        logins = [login for account in ("", "own", "other") if (login := self.login(account)) is not None]
        return [*logins, ("", self.client_key_password)]

    @property
    def has_accounts(self) -> bool:
        """Whether it has what evidence does not keep: users who prove who they are, or commands."""
        return any(getattr(self, name) for name in NOT_KEPT)

    @property
    def stops_by_hand(self) -> bool:
        """Whether the printer is stopped by other means than IPP."""
        return bool(self.cause_printer_stopped)

    def entries(self) -> dict[str, Any]:
        """What is not as by default, as the file would say it, without what is not kept."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in NOT_KEPT}
        return {name.replace("_", "-"): value for name, value in values.items() if value != getattr(_DEFAULT, name)}

    def for_the_record(self) -> RunFacts:
        """What a report says of printer and bench because it stands here."""
        return RunFacts(
            firmware=self.firmware or None,
            serial=self.serial or None,
            tester=self.tester or None,
            station=self.station or None,
        )

    @classmethod
    def for_loopback(cls) -> Ixit:
        """For the built-in printer, whose mails take milliseconds: five seconds are enough for the slowest machine."""
        (own, own_password), (other, other_password) = OBEDIENT.accounts
        return cls(
            mail_timeout=5.0,
            own_user=own,
            own_password=own_password,
            other_user=other,
            other_password=other_password,
        )

    @classmethod
    def load(cls, path: Path) -> Ixit:
        """Read a file; raises ``IxitError``."""
        try:
            file = TomlFile.read(path)
        except EntryError as error:
            raise IxitError(*error.args) from error
        ixit = cls._of(file)
        if bool(ixit.cause_printer_stopped) != bool(ixit.cause_printer_resumed):
            raise IxitError(
                f"{path}: cause-printer-stopped and cause-printer-resumed go together; name both or neither"
            )
        ixit.access()  # what is wrong with it is told before anything is played
        if ixit.plain_uri:
            try:
                Target.of(ixit.plain_uri)
            except UriError as error:
                raise IxitError(f"{file.place('plain-uri')}: plain-uri: {error}") from error
        return ixit

    @classmethod
    def of(cls, data: Mapping[str, Any], source: str) -> Ixit:
        """From a mapping with hyphens or underscores in the names; raises ``IxitError``."""
        return cls._of(TomlFile(source, "", data))

    @classmethod
    def _of(cls, file: TomlFile) -> Ixit:
        values: dict[str, Any] = {}
        for key, value in file.data.items():
            name = key.replace("-", "_")
            if (secret := name.removesuffix(FROM)) in PASSWORDS and name.endswith(FROM):
                known = spelled(secret)
                if known in file.data or secret in file.data:
                    raise IxitError(f"{file.place(key)}: {key} and {known} are the same; leave one of them")
                values[known] = _secret(f"{file.place(key)}: {key}", value)
            elif name == "relay_rewrites" and not isinstance(value, bool) and value != "":
                raise IxitError(f"{file.place(key)}: {key} must be true or false, not {value!r}")
            elif name in ("relay", "relay_rewrites") and isinstance(value, bool):
                values[key] = YES if value else NO
            else:
                values[key] = value
        try:
            return checked(cls, replace(file, data=values))
        except EntryError as error:
            raise IxitError(*error.args) from error


def _secret(where: str, named: object) -> str:
    try:
        return named_secret(named)
    except SecretError as error:
        raise IxitError(f"{where}: {error}") from error


_DEFAULT = Ixit()
