"""A lie on condition and the mails: in which it could show, and that one that is spared keeps it from no other."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from fakes.printer import OBEDIENT
from fakes.printer.conditions import ConditionalLie, When
from fakes.printer.mail.compose import compose
from fakes.printer.mail.composed import Composed
from fakes.printer.mail.delivery import Mailer
from fakes.printer.mail.raw_transport import CLIENTS
from fakes.printer.mail.transports import TRANSPORTS
from fakes.tests.relay import relay

from .notices import changed

TEXT, HTML = (compose(changed(format=kind), OBEDIENT) for kind in ("text/plain", "text/html"))
DOTTED = replace(TEXT, octets=TEXT.octets + b".\r\n")


@pytest.mark.parametrize(
    ("client", "mail", "spared"),
    [
        ("library", HTML, True),
        ("raw", HTML, True),
        ("html-twice", TEXT, True),
        ("html-twice", HTML, False),
        ("no-stuffing", TEXT, True),
        ("no-stuffing", DOTTED, False),
        ("helo-only", TEXT, False),
        ("twice", TEXT, False),
        ("heeds-4yz-only", TEXT, False),  # what the relay will say nobody knows
    ],
)
def test_a_mail_is_spared_by_a_client_that_would_change_nothing(client: str, mail: Composed, *, spared: bool) -> None:
    made = (TRANSPORTS | CLIENTS)[client](OBEDIENT, "127.0.0.1", 25)
    assert made.spares(mail) is spared


@pytest.mark.parametrize("lying", [{"transport": "html-twice"}, {"no_mail_for": "html"}, {"form_place": "before"}])
def test_a_mail_that_is_spared_keeps_no_other_from_being_lied_about(lying: dict[str, str]) -> None:
    lie = ConditionalLie(replace(OBEDIENT, **lying), When.ONCE)  # type: ignore[arg-type]

    async def scene() -> None:
        async with asyncio.timeout(30), relay() as there:
            there.gates["text@"] = asyncio.Event()
            mailer = Mailer(OBEDIENT, "127.0.0.1", there.port, lie=lie)
            mailer.send(changed(id=1, recipient="mailto:text@acme.com"))
            await there.until_sessions(1)  # that mail is on its way, and has to wait
            mailer.send(changed(id=2, recipient="mailto:html@acme.com", format="text/html"))
            if "no_mail_for" not in lying:
                await there.until_taken(1)
            there.gates["text@"].set()
            assert await mailer.close(20.0) == 0

    asyncio.run(scene())
    assert lie.shown == 1
