"""Where the recipient listens unless that is told: where the printer of the run can reach it; and who cannot listen."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Final

from fakes.stage.printer_uri import Target
from reports.exits import UsageError, in_words
from reports.listening import written

if TYPE_CHECKING:
    from fakes.printer import ReferencePrinter

HERE: Final = ("127.0.0.1", 0)
PORT: Final = 2525
"""For a printer elsewhere, which has to be set to it: the same in every run, and free to take without privileges."""

EVERYWHERE: Final = {4: "0.0.0.0", 6: "::"}


def where_to_listen(printer: str | None) -> tuple[str, int]:
    """Host and port; no printer is the built-in one."""
    if not printer or on_loopback(printer):
        return HERE
    addresses = _addresses(printer)
    return EVERYWHERE[addresses[0].version if addresses else 4], PORT


def on_loopback(printer: str) -> bool:
    """Whether a printer is on this machine and nowhere else."""
    addresses = _addresses(printer)
    return bool(addresses) and all(address.is_loopback for address in addresses)


def _addresses(printer: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Of the printer with that URI; none where its name is not known."""
    try:
        found = socket.getaddrinfo(Target.of(printer).host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(place[4][0]).partition("%")[0]) for place in found]


def cannot_listen(printer: ReferencePrinter, error: OSError) -> UsageError:
    """Why a printer of ours has not started, and which option has to have another value."""
    host, port, tls = printer.tried
    hint = f"name another {'--tls-port' if tls else '--port'}; 0 picks a free one"
    return UsageError(f"the printer cannot listen on {written(host, port)}: {in_words(error)} ({hint})")
