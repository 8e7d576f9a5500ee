"""A port for a program that has to be told one: nobody else is given it meanwhile, however many tests run at once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def free_port(host: str = "127.0.0.1") -> Iterator[int]:
    """A free port, held as long as the block lasts.

    It is bound and not listened at: whoever connects is refused, and a server that sets SO_REUSEADDR, as nearly all do,
    can listen there.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((host, 0))
        yield int(held.getsockname()[1])
