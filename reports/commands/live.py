"""``--web``: the live page beside a recipient or a run, and whom it is shown to."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conformance.faults import script
from fakes.recipient.faults import NOBODY
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient
from fakes.whole_file import whole_file
from reports.exits import UsageError
from reports.web import LivePage, PagePlan
from reports.web.beside import Figures, see_that_it_can
from reports.writing import remark

from .stopping import stopping

SHORTEST: Final = 16  # characters of a token that somebody chose


@dataclass(slots=True)
class WebAsked:
    """Where the page is asked for; ``port`` is the one that was taken once it is served."""

    host: str
    port: int
    token: str = field(repr=False)
    told: bool  # whether the token is to be told: nobody has chosen it
    stay: bool  # whether the page stays when the run is over
    kept: LivePage | None = None  # one that stays, and is on no loop

    @classmethod
    def of(cls, options: argparse.Namespace) -> WebAsked | None:
        """As the arguments say, if they ask for it; raises ``UsageError``, before anything is begun."""
        stay: bool = getattr(options, "web_stay", False)
        if options.web is None:
            for name in ("web_token", "web_stay"):
                if getattr(options, name, None):
                    raise UsageError(f"--{name.replace('_', '-')} is for a live page; add --web")
            return None
        see_that_it_can()
        host, port = options.web
        chosen = token_at(options.web_token) if options.web_token else ""
        made = "" if chosen or _on_loopback(host) else secrets.token_urlsafe(24)
        return cls(host, port, chosen or made, bool(made), stay)

    def drop(self) -> None:
        """End a page that was to stay."""
        if self.kept is not None:
            self.kept.end()


@asynccontextmanager
async def live_page(
    asked: WebAsked | None,
    evidence: Path,
    journal: Journal,
    *,
    smtp: str,
    recipient: Recipient | None = None,
    figures: Figures | None = None,
    edition: str = "mailto-00",
    readings: Sequence[str] = (),
) -> AsyncIterator[LivePage | None]:
    """The page, if it is asked for, until the block ends; then it has let go of the evidence.

    With ``recipient`` faults can be set at the page; with ``figures`` it is that of a run.  Raises ``UsageError``.
    """
    if asked is None:
        yield None
        return
    plan = PagePlan(
        asked.host, asked.port, evidence, token=asked.token, edition=edition, readings=tuple(readings),
        run=figures is not None, smtp=smtp, stays=asked.stay,
    )  # fmt: skip

    def set_faults(lines: Sequence[str]) -> Sequence[str]:
        assert recipient is not None
        recipient.faults.change(NOBODY, script("\n".join(lines)))
        return [fault.line for fault in recipient.faults.faults]

    page = LivePage(plan, None if recipient is None else set_faults, figures)
    there = [] if recipient is None else [fault.line for fault in recipient.faults.faults]
    await page.start(there)
    try:
        journal.watcher = page.more
        tell_token(asked)
        yield page
        journal.watcher = None
        await asyncio.wait([journal.submit()])  # what is written by now is seen there
        await page.let_go()
        if asked.stay:
            await page.leave()
            asked.kept = page
    finally:
        journal.watcher = None
        if asked.kept is None:
            await page.stop()


def tell_token(asked: WebAsked) -> None:
    """Once, and nowhere else, where nobody has chosen it."""
    if asked.told:
        remark(f"the token of the page is {asked.token}")


@contextmanager
def page_kept(asked: WebAsked | None) -> Iterator[None]:
    """A page that stays shows the closed evidence as long as the block judges it; then, until SIGTERM or Ctrl-C."""
    if asked is None or (page := asked.kept) is None:
        yield
        return
    try:
        page.open_again()
        yield
        asyncio.run(_stay(page))
    finally:
        page.end()


async def _stay(page: LivePage) -> None:
    stop = await stopping()
    if page.is_served:
        remark(f"the live page stays at {page.address} until Ctrl-C")
    if not await time_to_stop(stop, page):
        remark("the live page has ended; ippmailto web shows the evidence")
    await page.leave()


async def time_to_stop(stop: asyncio.Event, page: LivePage) -> bool:
    """Whether it is time to stop; not so where the page has ended by itself."""
    waiting = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(page.ended())]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    return stop.is_set()


def token_at(where: str) -> str:
    """The token that stands there; raises ``UsageError``."""
    kind, _, name = where.partition(":")
    if kind == "env" and name:
        token = os.environ.get(name)
        if token is None:
            raise UsageError(f"--web-token: there is no variable {name}")
    elif kind == "file" and name:
        try:
            token = whole_file(Path(name), 64 << 10).decode()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--web-token: cannot read {name}") from error
    else:
        raise UsageError("--web-token: name where it is: env:VARIABLE or file:PATH")
    token = token.strip()
    if len(token) < SHORTEST or not (token.isascii() and token.isprintable()) or " " in token:
        raise UsageError(f"--web-token: a token has {SHORTEST} printable characters of ASCII or more, and no blank")
    return token


def _on_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
