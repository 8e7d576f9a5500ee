"""``--web``: the live page beside a recipient or a run, and whom it is shown to."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import os
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from conformance.faults import script
from fakes.recipient.faults import NOBODY
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient
from reports.exits import UsageError
from reports.web import LivePage, PagePlan
from reports.web.beside import Figures, see_that_it_can

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
    plan = _plan(asked, evidence, smtp=smtp, edition=edition, readings=readings, run=figures is not None, live=True)

    def set_faults(lines: Sequence[str]) -> Sequence[str]:
        assert recipient is not None
        recipient.faults.change(NOBODY, script("\n".join(lines)))
        return [fault.line for fault in recipient.faults.faults]

    page = LivePage(plan, None if recipient is None else set_faults, figures)
    there = [] if recipient is None else [fault.line for fault in recipient.faults.faults]
    asked.port = urlsplit(await page.start(there)).port or asked.port
    try:
        journal.watcher = page.more
        if asked.told:
            print(f"ippmailto: the token of the live page is {asked.token}", file=sys.stderr, flush=True)
            asked.told = False
        yield page
        journal.watcher = None
        await asyncio.wait([journal.submit()])  # what is written by now is seen there
        await page.let_go()
    finally:
        journal.watcher = None
        await page.stop()


def stay(asked: WebAsked, evidence: Path, *, edition: str, readings: Sequence[str]) -> None:
    """Show a run that is over, until SIGTERM or Ctrl-C."""
    plan = _plan(asked, evidence, smtp="", edition=edition, readings=readings, run=True, live=False)
    asyncio.run(_stay(LivePage(plan)))


async def _stay(page: LivePage) -> None:
    stop = await stopping()
    address = await page.start()
    try:
        print(f"ippmailto: the live page stays at {address} until Ctrl-C", file=sys.stderr, flush=True)
        await stop.wait()
    finally:
        await page.stop()


def _plan(
    asked: WebAsked, evidence: Path, *, smtp: str, edition: str, readings: Sequence[str], run: bool, live: bool
) -> PagePlan:
    return PagePlan(
        asked.host,
        asked.port,
        evidence,
        token=asked.token,
        edition=edition,
        readings=tuple(readings),
        live=live,
        run=run,
        smtp=smtp,
    )


def token_at(where: str) -> str:
    """The token that stands there; raises ``UsageError``."""
    kind, _, name = where.partition(":")
    if kind == "env" and name:
        token = os.environ.get(name)
        if token is None:
            raise UsageError(f"--web-token: there is no variable {name}")
    elif kind == "file" and name:
        try:
            token = Path(name).read_text(encoding="utf-8")
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
