"""Who gives the right password is who he says he is; what the client keeps of it is not the password."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.exchanges import answer_of
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.http.auth import Login, NotProved
from fakes.http.connection import Head
from fakes.printer import OBEDIENT, Policy, ReferencePrinter
from fakes.printer.security.accounts import Accounts
from fakes.recipient.journal import Journal
from fakes.stage.requests import operation_group
from fakes.stage.subscriber import Subscriber

(NAME, PASSWORD), *_ = OBEDIENT.accounts


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def proved(policy: Policy, authorization: str) -> str | None:
    headers = (("authorization", authorization),) if authorization else ()
    request = ipp.Message(Operation.GET_JOBS, 1)
    return Accounts(policy).proved(Head(headers, method="POST", target="/ipp/print"), b"", request, policy)


def test_the_right_password_proves_the_name() -> None:
    assert proved(OBEDIENT, basic(NAME, PASSWORD)) == NAME


def test_who_gives_no_password_proves_nothing() -> None:
    assert proved(OBEDIENT, "") is None


def test_a_colon_may_be_in_a_password() -> None:
    assert proved(Policy(accounts=(("a", "b:c"),)), basic("a", "b:c")) == "a"


@pytest.mark.parametrize(
    "authorization",
    [
        basic(NAME, PASSWORD + "x"),
        basic(NAME, ""),
        basic("nobody", PASSWORD),
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
        basic(NAME, PASSWORD).replace("Basic", "Digest"),
    ],
    ids=["wrong", "empty", "unknown", "nothing", "no-base64", "no-utf-8", "other-scheme"],
)
def test_any_other_credentials_are_refused(authorization: str) -> None:
    with pytest.raises(NotProved):
        proved(OBEDIENT, authorization)


async def ask(tmp_path: Path, login: Login) -> rows.Exchange:
    """Create-Printer-Subscriptions by a user who claims to be Bob."""
    with EvidenceFile.create(tmp_path / "accounts.evidence") as file:
        journal = Journal(file)
        printer = ReferencePrinter()
        await printer.start()
        try:
            subscriber = Subscriber(journal, printer.uri, timeout=5.0)
            group = ipp.Group(
                GroupTag.SUBSCRIPTION,
                (
                    ipp.uri("notify-recipient", "mailto:a@b.example"),
                    ipp.octet_string("subscriber-user-data", b"c@d.example"),
                ),
            )
            asked = [operation_group(printer.uri, "Bob", ipp.name_("x-none", "x")), group]
            return await subscriber.post(Operation.CREATE_PRINTER_SUBSCRIPTIONS, asked, login=login)
        finally:
            await printer.stop()
            await journal.close()


def test_the_evidence_keeps_no_password(tmp_path: Path) -> None:
    exchange = asyncio.run(ask(tmp_path, Login(NAME, PASSWORD)))
    secret = basic(NAME, PASSWORD).removeprefix("Basic ").encode()
    assert b"Authorization: Basic ****" in exchange.request_head
    assert secret not in exchange.request_head
    answer = answer_of(exchange)
    assert answer is not None
    assert answer.ok
    kept = (tmp_path / "accounts.evidence").read_bytes()
    assert secret not in kept
    assert PASSWORD.encode() not in kept


def test_a_wrong_password_gets_401(tmp_path: Path) -> None:
    exchange = asyncio.run(ask(tmp_path, Login(NAME, "wrong")))
    assert exchange.http_status == 401
    assert exchange.problem == "http"
