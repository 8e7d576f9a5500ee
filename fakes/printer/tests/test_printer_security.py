"""The reference printer in each of the five ways, and with each way to know its users."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.exchanges import Answer, answer_of
from conformance.record.rows import Exchange
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status
from fakes.certificates import Flaw
from fakes.http.auth import Login
from fakes.http.client import connect
from fakes.printer import OBEDIENT, ReferencePrinter
from fakes.printer.security.identity import CLIENT
from fakes.printer.security_policy import Authentication, Mode, SecurityPolicy
from fakes.printer.tests.printer_bench import Notices
from fakes.recipient.journal import Journal
from fakes.stage.access import Access
from fakes.stage.printer_uri import Target
from fakes.stage.requests import operation_group
from fakes.stage.subscriber import Subscriber, Way
from fakes.stage.trip import Door
from fakes.tests.ipptool_request import ipptool_request

CAROL = Login(*OBEDIENT.accounts[0])
ASK, PRINT, JOBS = Operation.GET_PRINTER_ATTRIBUTES, Operation.PRINT_JOB, Operation.GET_JOBS


@dataclass
class Front:
    """A client before a printer."""

    printer: ReferencePrinter
    client: Subscriber

    async def ask(self, operation: Operation, door: Door, uri: str = "", **way: Any) -> Exchange:
        """A request by that door, to the printer's URI there unless another is given."""
        target = Target.of(uri or (self.printer.secure_uri if door is Door.TLS else self.printer.plain_uri))
        groups = [operation_group(target.uri, "Bob")]
        return await self.client.post(operation, groups, way=Way(target, door, **way))

    async def about(self, door: Door) -> dict[str, list[str]]:
        answer = said(await self.ask(ASK, door))
        printer = answer.message.first(GroupTag.PRINTER)
        assert printer is not None
        return {a.name: a.texts() for a in printer}


def said(exchange: Exchange) -> Answer:
    answer = answer_of(exchange)
    assert answer is not None, exchange.problem_text
    return answer


def before(tmp_path: Path, security: SecurityPolicy, play: Any, access: Access | None = None) -> None:
    """Perform ``play`` before a printer of that kind."""

    async def perform() -> None:
        printer = ReferencePrinter(replace(OBEDIENT, security=security), outlet=Notices())
        await printer.start()
        try:
            with EvidenceFile.create(tmp_path / "x.evidence") as file:
                async with Journal(file) as journal:
                    await play(Front(printer, Subscriber(journal, printer.uri, timeout=5.0, access=access)))
        finally:
            await printer.stop()

    asyncio.run(perform())


def test_plain_knows_no_tls(tmp_path: Path) -> None:
    async def play(front: Front) -> None:
        about = await front.about(Door.CLEAR)
        assert about["printer-uri-supported"] == [front.printer.uri]
        assert about["uri-security-supported"] == ["none"]
        assert front.printer.secure_uri == ""
        for door, problem in ((Door.TLS, "tls"), (Door.UPGRADE, "tls")):
            exchange = await front.ask(ASK, door, front.printer.uri)
            assert exchange.problem == problem
        offered = await front.ask(ASK, Door.OFFER)
        assert (offered.http_status, offered.tls) == (200, "")
        assert b"Upgrade:" not in offered.response_head

    before(tmp_path, SecurityPolicy(), play)


def test_mixed_takes_either_for_one_printer(tmp_path: Path) -> None:
    async def play(front: Front) -> None:
        clear, secure = await front.about(Door.CLEAR), await front.about(Door.TLS)
        assert clear["printer-uri-supported"] == [front.printer.plain_uri, front.printer.secure_uri]
        assert clear["uri-security-supported"] == ["none", "tls"]
        assert clear["uri-authentication-supported"] == ["requesting-user-name"] * 2
        assert clear["printer-uuid"] == secure["printer-uuid"]
        assert clear["printer-uri-supported"] == secure["printer-uri-supported"]
        for door in (Door.UPGRADE, Door.OFFER):
            exchange = await front.ask(ASK, door)
            assert (exchange.problem, exchange.http_status, exchange.tls[:4]) == ("", 200, "TLSv")
            assert b"101 Switching Protocols" in exchange.response_head
        job = said(await front.ask(PRINT, Door.CLEAR)).message.find("job-id")
        listed = said(await front.client.post(
            JOBS, [operation_group(front.printer.secure_uri, "Bob", ipp.keyword("which-jobs", "completed"))],
            way=Way(Target.of(front.printer.secure_uri), Door.TLS),
        )).message  # fmt: skip
        assert job is not None
        assert [g.get("job-id") for g in listed.all(GroupTag.JOB)] == [job]

    before(tmp_path, SecurityPolicy(mode=Mode.MIXED), play)


@pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.REFUSE, Mode.TELL])
def test_the_others_refuse_in_the_clear_with_what_would_do(tmp_path: Path, mode: Mode) -> None:
    async def play(front: Front) -> None:
        for operation in (ASK, PRINT, JOBS):
            exchange = await front.ask(operation, Door.CLEAR)
            if mode is Mode.TELL and operation is ASK:
                assert said(exchange).status == Status.SUCCESSFUL_OK
                continue
            assert exchange.http_status == 426
            assert b"\r\nUpgrade: TLS/1.2, HTTP/1.1\r\n" in exchange.response_head
            assert (await front.ask(operation, Door.TLS)).problem == ""
        waiting = await front.ask(PRINT, Door.CLEAR, expect=True)
        assert (waiting.http_status, waiting.request == b"") == (426, mode is not Mode.TELL)
        about = await front.about(Door.TLS)
        plain = [] if mode is Mode.REFUSE else [front.printer.plain_uri]
        assert about["printer-uri-supported"] == [front.printer.secure_uri, *plain]
        assert set(about["uri-security-supported"]) == {"tls"}
        upgraded = await front.ask(ASK, Door.UPGRADE)
        assert (upgraded.problem == "") == (mode is not Mode.REFUSE)
        jobs = said(await front.client.post(JOBS, [operation_group(front.printer.secure_uri, "Bob")])).message
        assert not jobs.all(GroupTag.JOB)

    before(tmp_path, SecurityPolicy(mode=mode), play)


def test_a_connection_survives_426_and_goes_into_tls(tmp_path: Path) -> None:
    async def play(front: Front) -> None:
        target = Target.of(front.printer.plain_uri)
        headers = [("Host", target.authority), ("Content-Type", "application/ipp")]
        request = ipp.encode(ipp.Message(ASK, 1, (operation_group(target.uri, "Bob"),)))
        connection = await connect(target.host, target.port)
        assert (await connection.exchange("POST", target.path, headers, request)).head.status == 426
        offer = [("Upgrade", "TLS/1.2"), ("Connection", "Upgrade")]
        assert (await connection.exchange("OPTIONS", "*", [*headers, *offer])).head.status == 101
        await connection.start_tls(front.client.access.context(), target.host)
        assert (await connection.read_answer()).head.status == 200
        assert (await connection.exchange("POST", target.path, headers, request)).head.status == 200
        await connection.close()

    before(tmp_path, SecurityPolicy(mode=Mode.ENFORCE), play)


def test_nobody_has_to_listen_in_the_clear(tmp_path: Path) -> None:
    async def play(front: Front) -> None:
        assert front.printer.plain_uri == ""
        assert front.printer.uri == front.printer.secure_uri
        about = await front.about(Door.TLS)
        assert about["printer-uri-supported"] == [front.printer.secure_uri]
        exchange = await front.ask(ASK, Door.CLEAR, front.printer.secure_uri.replace("ipps:", "ipp:"))
        assert exchange.problem in ("closed", "http")

    before(tmp_path, SecurityPolicy(mode=Mode.ENFORCE, only_tls=True), play)


def test_a_printer_may_have_more_names(tmp_path: Path) -> None:
    async def play(front: Front) -> None:
        about = await front.about(Door.TLS)
        uris = about["printer-uri-supported"]
        assert [urlsplit(u).hostname for u in uris] == ["127.0.0.1", "127.0.0.1", "localhost"]
        assert about["uri-security-supported"] == ["tls", "none", "tls"]
        assert len(about["uri-authentication-supported"]) == 3
        assert (await front.ask(ASK, Door.TLS, uris[2])).problem == ""

    before(tmp_path, SecurityPolicy(mode=Mode.MIXED, other_names=("localhost",), secure_first=True), play)


# ---------------------------------------------------------------- users


@pytest.mark.parametrize("kind", [Authentication.BASIC, Authentication.DIGEST])
def test_who_gives_no_password_is_asked_for_one(tmp_path: Path, kind: Authentication) -> None:
    async def play(front: Front) -> None:
        refused = await front.ask(ASK, Door.CLEAR, anonymous=True)
        assert refused.http_status == 401
        assert f"WWW-Authenticate: {kind.title()} realm=".encode() in refused.response_head
        about = await front.about(Door.CLEAR)
        assert about["uri-authentication-supported"] == [kind.value] * 2
        assert b"*" * 8 in (await front.ask(ASK, Door.TLS)).request_head
        answer = said(await front.ask(PRINT, Door.TLS))
        number = answer.message.find("job-id")
        assert number is not None
        group = operation_group(front.printer.uri, "Mallory", number)
        job = said(await front.client.post(Operation.GET_JOB_ATTRIBUTES, [group])).message
        owner = job.find("job-originating-user-name")
        assert owner is not None
        assert owner.value.text() == CAROL.name  # and not who she says she is

    before(tmp_path, SecurityPolicy(mode=Mode.MIXED, authentication=kind), play, Access(login=CAROL))
    with EvidenceFile.open(tmp_path / "x.evidence") as file:
        statuses = [row.http_status for row in file.rows(Exchange)]
    assert statuses[:3] == [401, 401, 200]  # anonymous; then asked, and answered
    assert CAROL.password.encode() not in (tmp_path / "x.evidence").read_bytes()


@pytest.mark.parametrize("kind", [Authentication.BASIC, Authentication.DIGEST])
def test_a_wrong_password_is_tried_once(tmp_path: Path, kind: Authentication) -> None:
    async def play(front: Front) -> None:
        assert (await front.ask(ASK, Door.CLEAR)).http_status == 401

    before(tmp_path, SecurityPolicy(authentication=kind), play, Access(login=Login(CAROL.name, "wrong")))
    with EvidenceFile.open(tmp_path / "x.evidence") as file:
        assert len(list(file.rows(Exchange))) <= 3  # the first, one with the password, one with a fresh nonce


def test_many_plays_share_what_digest_counts(tmp_path: Path) -> None:
    async def play(front: Front) -> None:
        found = await asyncio.gather(*(front.ask(ASK, Door.CLEAR) for _ in range(20)))
        assert {e.http_status for e in found} == {200}

    before(tmp_path, SecurityPolicy(authentication=Authentication.DIGEST), play, Access(login=CAROL))


def test_a_certificate_proves_a_name(tmp_path: Path) -> None:
    security = SecurityPolicy(mode=Mode.ENFORCE, authentication=Authentication.CERTIFICATE)

    async def perform() -> None:
        printer = ReferencePrinter(replace(OBEDIENT, security=security), outlet=Notices())
        assert printer.identity is not None
        authority, pem, key = printer.identity.write(tmp_path)
        access = Access(trust=str(authority), client_certificate=str(pem), client_key=str(key))
        await printer.start()
        try:
            with EvidenceFile.create(tmp_path / "x.evidence") as file:
                async with Journal(file) as journal:
                    stranger = Subscriber(journal, printer.uri, timeout=5.0)
                    exchange = await stranger.post(ASK, [operation_group(printer.uri, "Bob")])
                    assert exchange.problem in ("tls", "closed")
                    front = Front(printer, Subscriber(journal, printer.uri, timeout=5.0, access=access))
                    assert (await front.about(Door.TLS))["uri-authentication-supported"] == ["certificate"] * 2
                    number = said(await front.ask(PRINT, Door.UPGRADE)).message.find("job-id")
                    assert number is not None
                    group = operation_group(printer.uri, "Mallory", number)
                    job = said(await front.client.post(Operation.GET_JOB_ATTRIBUTES, [group])).message
                    owner = job.find("job-originating-user-name")
                    assert owner is not None
                    assert owner.value.text() == CLIENT
        finally:
            await printer.stop()

    asyncio.run(perform())


def test_where_nobody_is_known_no_name_counts(tmp_path: Path) -> None:
    async def play(front: Front) -> None:
        about = await front.about(Door.CLEAR)
        assert about["uri-authentication-supported"] == ["none"]
        number = said(await front.ask(PRINT, Door.CLEAR)).message.find("job-id")
        assert number is not None
        group = operation_group(front.printer.uri, "Bob", number)
        owner = said(await front.client.post(Operation.GET_JOB_ATTRIBUTES, [group])).message.find(
            "job-originating-user-name"
        )
        assert owner is not None
        assert owner.value.text() == OBEDIENT.anonymous

    before(tmp_path, SecurityPolicy(authentication=Authentication.NONE), play)


@pytest.mark.parametrize("flaw", Flaw)
def test_a_certificate_of_whatever_kind_can_be_shown(tmp_path: Path, flaw: Flaw) -> None:
    async def play(front: Front) -> None:
        assert (await front.ask(ASK, Door.TLS)).problem == ""
        (said_of_it,) = front.client.certificates.values()
        assert ("nothing is wrong" in said_of_it) == (flaw is Flaw.NONE)

    before(tmp_path, SecurityPolicy(mode=Mode.MIXED, certificate=flaw), play)


# ---------------------------------------------------------------- other people's clients

IPPTOOL = shutil.which("ipptool", path="/usr/bin:/bin:/usr/local/bin")
QUESTION = ipptool_request("ask", Operation.GET_PRINTER_ATTRIBUTES, "ATTR keyword requested-attributes printer-name")


@pytest.mark.skipif(IPPTOOL is None, reason="ipptool is not here; apt-get install cups-ipp-utils")
@pytest.mark.parametrize(
    ("mode", "option", "scheme", "right"),
    [
        (Mode.PLAIN, None, "plain", True),
        (Mode.MIXED, None, "plain", True),
        (Mode.MIXED, None, "secure", True),
        (Mode.MIXED, "-E", "plain", True),
        (Mode.ENFORCE, "-E", "plain", True),
        (Mode.ENFORCE, None, "plain", True),  # it takes 426 for what it says
        (Mode.ENFORCE, None, "secure", True),
        (Mode.REFUSE, None, "secure", True),
    ],
)
def test_ipptool_comes_to_terms(tmp_path: Path, mode: Mode, option: str | None, scheme: str, right: bool) -> None:
    (tmp_path / "ask.test").write_text(QUESTION)

    async def play(front: Front) -> None:
        uri = front.printer.plain_uri if scheme == "plain" else front.printer.secure_uri
        command = [str(IPPTOOL), "-T", "5", *([option] if option else []), uri, str(tmp_path / "ask.test")]
        done = await asyncio.to_thread(
            subprocess.run, command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
        )
        assert (done.returncode == 0) == right, done.stdout + done.stderr

    before(tmp_path, SecurityPolicy(mode=mode), play)
