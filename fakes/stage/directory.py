"""The directory in which the printer is listed: LDAP, DNS-SD, or a file with what either would say.

``ldap3`` and ``zeroconf`` are extras: who names no directory needs neither.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from conformance.record.outcomes import DirectorySource
from conformance.wire.directory import SERVICES, ldif_line, zone_name, zone_text
from fakes.shown_uri import typed_shown
from fakes.whole_file import whole_file

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

SECONDS: Final = 5  # for a directory to answer; who has none by then has none for a client that looks for a printer
MOST_ENTRIES: Final = 100  # of LDAP that are kept; a filter in the URL chooses among more
LARGEST: Final = 1024 * 1024  # octets of a file
LDIF, ZONE = "ldif", "zone"
FORMS: Final = "ldap://HOST/BASE, dnssd:NAME or a file (LDIF, or a zone)"
# What a printer's entry is known by; a filter in the URL goes before it (RFC 3712 section 3).
PRINTERS: Final = "(|(printer-xri-supported=*)(printer-uri=*)(printer-name=*))"
_EXTRA: Final = "pip install 'ippmailto[directory]'"


class DirectoryError(Exception):
    """A directory that cannot be asked; says what to do."""


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    """A file that somebody got out of a directory."""

    path: Path

    async def read(self) -> DirectorySource:
        """What stands in it."""
        try:
            octets = whole_file(self.path, LARGEST)
        except OSError as error:
            return DirectorySource(not_read=f"cannot read {str(self.path)!a}: {error.strerror}")
        text = octets.decode("utf-8", "replace")
        kind = LDIF if any(line.lower().startswith("dn:") for line in text.splitlines()) else ZONE
        return DirectorySource(kind, text)


@dataclass(frozen=True, slots=True)
class LdapDirectory:
    """A server, and where below it printers are."""

    url: str

    async def read(self) -> DirectorySource:
        """The printers there, as LDIF."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> DirectorySource:
        with _quietly():
            from ldap3 import ALL_ATTRIBUTES, NONE, SUBTREE, Connection, Server
            from ldap3.core.exceptions import LDAPException, LDAPSizeLimitExceededResult
            from ldap3.utils.uri import parse_uri
        parts = parse_uri(self.url)
        server = Server(parts["host"], port=parts["port"], use_ssl=parts["ssl"], connect_timeout=SECONDS, get_info=NONE)
        connection = Connection(server, receive_timeout=SECONDS, raise_exceptions=True)
        try:
            connection.open()
            with suppress(LDAPSizeLimitExceededResult):  # those that came are there all the same
                connection.search(
                    unquote(parts["base"] or ""),
                    parts["filter"] or PRINTERS,
                    search_scope=parts["scope"] or SUBTREE,
                    attributes=ALL_ATTRIBUTES,
                    size_limit=MOST_ENTRIES,
                )
            found = [one for one in connection.response or () if one["type"] == "searchResEntry"]
            connection.unbind()
        except (LDAPException, OSError) as error:
            return DirectorySource(LDIF, not_read=f"the LDAP server does not answer: {str(error)!a:.120}")
        finally:
            if connection.socket is not None:  # ldap3 leaves one open that came to nothing
                connection.socket.close()
        return DirectorySource(LDIF, "\n".join(_ldif(one) for one in found))


def _ldif(entry: dict[str, Any]) -> str:
    lines = [ldif_line("dn", entry["dn"])]
    for name, values in entry["raw_attributes"].items():
        lines += [ldif_line(name, value.decode("utf-8", "replace")) for value in values]
    return "\n".join(lines) + "\n"


@contextmanager
def _quietly() -> Iterator[None]:
    """ldap3 uses names of pyasn1 that are out of date, which is no news to anybody here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@dataclass(frozen=True, slots=True)
class DnsSdDirectory:
    """An instance of _ipp and _ipps, by multicast on all interfaces, or on that of one address."""

    name: str
    interface: str = ""

    async def read(self) -> DirectorySource:
        """Its records, as a zone."""
        from zeroconf import InterfaceChoice
        from zeroconf.asyncio import AsyncZeroconf

        try:
            network = AsyncZeroconf(interfaces=[self.interface] if self.interface else InterfaceChoice.All)
        except OSError as error:
            return DirectorySource(ZONE, not_read=f"no multicast DNS on {self.interface or 'any interface'}: {error}")
        try:
            found = await asyncio.gather(*(self._records(network, service) for service in SERVICES))
        finally:
            await network.async_close()
        return DirectorySource(ZONE, "".join(found))

    async def _records(self, network: AsyncZeroconf, service: str) -> str:
        from zeroconf.asyncio import AsyncServiceInfo

        domain = f"{service}.local."
        info = AsyncServiceInfo(domain, f"{self.name}.{domain}")
        if not await info.async_request(network.zeroconf, SECONDS * 1000):
            return ""
        owner = f"{zone_name(self.name)}.{domain}"
        texts = " ".join(zone_text(text) for text in _strings(info.text)) or '""'
        return f"{owner} SRV {info.priority} {info.weight} {info.port} {info.server}\n{owner} TXT {texts}\n"


def _strings(rdata: bytes) -> Iterator[str]:
    """The character-strings of a TXT record (RFC 1035 section 3.3.14)."""
    at = 0
    while at < len(rdata):
        size = rdata[at]
        if size:
            yield rdata[at + 1 : at + 1 + size].decode("utf-8", "replace")
        at += 1 + size


Directory = DirectoryFile | LdapDirectory | DnsSdDirectory


def directory_at(where: str) -> Directory:
    """From what --directory says; raises ``DirectoryError``."""
    scheme = where.partition(":")[0].lower()
    if "://" in where and scheme in ("ldap", "ldaps"):
        where = scheme + where[len(scheme) :]
        if any(sign in urlsplit(where).netloc.lower() for sign in ("@", "%40")) or "bindpw" in where.lower():
            raise DirectoryError("an LDAP URL with a name or password in it would be shown; leave them out")
        _need("ldap3")
        return LdapDirectory(where)
    if where.startswith("dnssd:"):
        name, _, interface = where.removeprefix("dnssd:").rpartition("@")
        if not name or not interface.replace(".", "").isdigit():
            name, interface = where.removeprefix("dnssd:"), ""
        if not name:
            raise DirectoryError(f"{typed_shown(where)} names no instance; a directory is {FORMS}")
        _need("zeroconf")
        return DnsSdDirectory(name, interface)
    if "://" in where:
        raise DirectoryError(f"{typed_shown(where)} is no directory; one is {FORMS}")
    path = Path(where)
    if not path.is_file():
        raise DirectoryError(f"there is no file {typed_shown(where)}; a directory is {FORMS}")
    return DirectoryFile(path)


def _need(package: str) -> None:
    try:
        with _quietly():
            __import__(package)
    except ImportError as error:
        raise DirectoryError(f"that needs {package}: {_EXTRA}") from error
