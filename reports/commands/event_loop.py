"""The event loop of a program that takes mails and does nothing else: uvloop's where that is installed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fakes.mail_security import Tls

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def run_quickly(main: Coroutine[Any, Any, None], tls: Tls) -> None:
    """``asyncio.run``, on the quickest loop that can have a recipient with such TLS."""
    with asyncio.Runner(loop_factory=_quickest(tls)) as runner:
        runner.run(main)


def _quickest(tls: Tls) -> LoopFactory | None:
    """uvloop's (``pip install 'ippmailto[uvloop]'``), or ``None`` for that of asyncio."""
    try:
        import uvloop
    except ImportError:
        return None
    # It gives out octets before a handshake could begin that is to come first.
    factory: LoopFactory | None = None if tls is Tls.IMPLICIT else uvloop.new_event_loop
    return factory
