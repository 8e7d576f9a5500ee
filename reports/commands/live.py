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
from pathlib import Path
from typing import Final

from conformance.faults import script
from fakes.recipient.faults import NOBODY
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient
from reports.exits import UsageError
from reports.web import LivePage, PagePlan
from reports.web.beside import Figures

SHORTEST: Final = 16  # characters of a token that somebody chose


@asynccontextmanager
async def live_page(
    options: argparse.Namespace,
    evidence: Path,
    journal: Journal,
    *,
    smtp: str,
    recipient: Recipient | None = None,
    figures: Figures | None = None,
) -> AsyncIterator[LivePage | None]:
    """The page, if it is asked for, until the block ends; then it has let go of the evidence.

    With a recipient, faults can be set at the page.  Raises ``UsageError``.
    """
    if options.web is None:
        yield None
        return
    host, port = options.web
    plan = PagePlan(
        host,
        port,
        evidence,
        token=token_of(options),
        edition=getattr(options, "edition", None) or "mailto-00",
        run=figures is not None,
        smtp=smtp,
    )

    def set_faults(lines: Sequence[str]) -> Sequence[str]:
        assert recipient is not None
        recipient.faults.change(NOBODY, script("\n".join(lines)))
        return [fault.line for fault in recipient.faults.faults]

    page = LivePage(plan, None if recipient is None else set_faults, figures)
    there = [] if recipient is None else [fault.line for fault in recipient.faults.faults]
    await page.start(there)
    try:
        journal.watcher = page.more
        if plan.token and not options.web_token:
            print(f"ippmailto: the token of the live page is {plan.token}", file=sys.stderr, flush=True)
        yield page
        await asyncio.shield(journal.submit())  # what is written by now is seen there
        await page.let_go()
    finally:
        journal.watcher = None
        await page.stop()


def token_of(options: argparse.Namespace) -> str:
    """What has to be shown at the page: what was named, one made for this run, or nothing on the loopback."""
    host, _ = options.web
    where: str | None = options.web_token
    if where:
        return _token_at(where)
    return "" if _on_loopback(host) else secrets.token_urlsafe(24)


def _token_at(where: str) -> str:
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
