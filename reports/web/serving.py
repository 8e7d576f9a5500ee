"""The process that serves the page: it is told on standard input what to serve, and ends when that ends."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from conformance.record.rows import EvidenceError
from fakes.http.crowding import AT_A_TURN, FULL, most_connections
from reports.exits import in_words

from .app import application
from .beside import PagePlan
from .desk import BusyError, Desk
from .messages import LONGEST, Said, line_of, read_line

CONNECTIONS: Final = 300  # at once, if the process may have twice as many files; beyond them the answer is 503
SPEAKS_WITHIN: Final = 10.0  # seconds until a request of a connection is complete; twice that between two
FAULTS_WITHIN: Final = 10.0  # seconds for the recipient to say which faults are in force
NICE: Final = 10  # mails and plays come first


class QuickH11(H11Protocol):
    """uvicorn's, without those who connect and say nothing: it would wait for them for ever, and for any number.

    Where all places are taken, whoever has been silent the longest gives way to who comes.
    """

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        loop, most = asyncio.get_running_loop(), self.config.limit_concurrency
        if most is not None and len(self.connections) >= most and not self._succeeds() and len(self.connections) > most:
            transport.write(FULL)
            transport.close()
        self._last: Any = None  # the request that was there when it was looked
        self._since = loop.time()
        self._timer = loop.call_later(SPEAKS_WITHIN, self._look)

    @property
    def _is_silent(self) -> bool:
        """Whether nothing is asked: nothing yet, or nothing more."""
        now: Any = self.cycle
        return now is None or bool(now.response_complete)

    def _succeeds(self) -> bool:
        """Whether somebody was silent and gave way."""
        others = [one for one in self.connections if isinstance(one, QuickH11) and one is not self and one._is_silent]
        if not others:
            return False
        oldest = min(others, key=lambda one: (one.cycle is not None, one._since))  # a browser's may be of use again
        self.connections.discard(oldest)
        oldest.transport.abort()
        return True

    def _look(self) -> None:
        if self.cycle is self._last and self._is_silent:
            self.transport.abort()
            return
        self._last = self.cycle
        self._timer = asyncio.get_running_loop().call_later(SPEAKS_WITHIN, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)


class QuickServer(uvicorn.Server):
    """uvicorn's, that takes a few connections at a turn: those beyond the bound are told and gone a few turns later."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():  # asyncio takes one number for a turn and for those that wait
            listener.listen(CONNECTIONS)


class Serving:
    """One page, from the line that says what it is to the end of standard input."""

    def __init__(self) -> None:
        self._set: asyncio.Future[list[str]] | None = None
        self._desk: Desk | None = None

    async def serve(self) -> None:
        """All of it."""
        news = asyncio.StreamReader(limit=LONGEST)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(news), sys.stdin)
        said, what = read_line(await news.readline())
        assert said is Said.BEGIN
        plan = plan_of(what)
        try:
            listening = listen(plan.host, plan.port)
            self._desk = desk = Desk(plan, self._set_faults, what["faults"])
            await desk.open()
        except (EvidenceError, OSError) as error:
            why = error if isinstance(error, EvidenceError) else f"{plan.host}:{plan.port}: {in_words(error)}"
            _say(Said.FAILED, why=str(why))
            return
        host, port = listening.getsockname()[:2]
        server = QuickServer(config_of(desk, plan.host))
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        _say(Said.READY, host=host, port=port)
        await self._listen(news, desk)
        server.should_exit = True
        await serving
        await desk.close()

    async def _listen(self, news: asyncio.StreamReader, desk: Desk) -> None:
        """Hear what comes from the recipient's side, to its end."""
        while line := await news.readline():
            said, what = read_line(line)
            if said is Said.MORE:
                desk.figures = what
                desk.bell.ring()
            elif said is Said.FAULTS and self._set is not None and not self._set.done():
                self._set.set_result(what["lines"])
            elif said is Said.LET_GO:
                await desk.let_go()
                _say(Said.GONE)
            elif said is Said.OPEN:
                await desk.open_again()
        desk.bell.end()

    async def _set_faults(self, lines: Sequence[str]) -> Sequence[str]:
        """Ask the recipient for these faults; which are in force then."""
        if self._set is not None:
            raise BusyError
        self._set = asyncio.get_running_loop().create_future()
        try:
            _say(Said.FAULTS, lines=list(lines))
            return await asyncio.wait_for(self._set, FAULTS_WITHIN)
        except TimeoutError as error:
            raise BusyError from error
        finally:
            self._set = None


def plan_of(what: Mapping[str, Any]) -> PagePlan:
    """As the other process has sent it."""
    names = ("host", "port", "token", "edition", "live", "run", "smtp", "stays")
    same = {name: what[name] for name in names}
    return PagePlan(evidence=Path(what["evidence"]), readings=tuple(what["readings"]), **same)


def listen(host: str, port: int) -> socket.socket:
    """A socket there; raises ``OSError``."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    return socket.create_server(address[:2], family=family, backlog=CONNECTIONS)


def config_of(desk: Desk, host: str) -> uvicorn.Config:
    """Nothing is logged, no header of a proxy believed, and whatever a client can make wait has a bound."""
    return uvicorn.Config(
        application(desk, () if _is_address(host) else (host, socket.gethostname())),
        http=QuickH11,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=min(CONNECTIONS, most_connections()),
        backlog=AT_A_TURN,
        timeout_graceful_shutdown=2,
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _say(said: Said, **what: Any) -> None:
    sys.stdout.buffer.write(line_of(said, **what))
    sys.stdout.buffer.flush()


def is_news(record: logging.LogRecord) -> bool:
    """Not that an answer was broken off: who listens and does not read is cut off so, as often as somebody likes."""
    return record.getMessage() != "ASGI callable returned without completing response."


def main() -> None:
    """Serve until standard input ends."""
    os.nice(NICE)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.error").addFilter(is_news)
    asyncio.run(Serving().serve())
