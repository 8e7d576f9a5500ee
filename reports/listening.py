"""HOST:PORT, as it is written and read."""

from __future__ import annotations

from fakes.shown_uri import typed_shown


def host_and_port(text: str) -> tuple[str, int]:
    """HOST:PORT or [HOST]:PORT; raises ``ValueError`` with what is wrong."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or "@" in host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"{typed_shown(text)} is not HOST:PORT")
    bare = host.removeprefix("[").removesuffix("]")
    if ":" in bare and host != f"[{bare}]":
        raise ValueError(f"{typed_shown(text)} is not HOST:PORT; an IPv6 address stands in brackets: [{bare}]:{port}")
    try:
        bare.encode("idna")
    except UnicodeError:
        raise ValueError(f"{typed_shown(text)} has no host in it that can be looked up") from None
    return bare, int(port)


def written(host: str, port: int) -> str:
    """The reverse."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
