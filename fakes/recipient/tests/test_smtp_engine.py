"""aiosmtpd is held: one version, one module, and every name of its own that the module relies on is there."""

from __future__ import annotations

import ast
import asyncio
import inspect
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Session

from fakes.mail_security import Auth, Credentials, MailSecurity, Tls
from fakes.recipient import smtp_engine
from fakes.recipient.listener_state import RecipientOptions
from fakes.recipient.smtp_engine import PRIVATE, Engine

ROOT = Path(__file__).parents[3]
SOURCES = [path for folder in ("conformance", "fakes", "reports") for path in (ROOT / folder).rglob("*.py")]
HELD = f"aiosmtpd {version('aiosmtpd')} is not what fakes/recipient/smtp_engine.py was written for"


def test_one_version_is_asked_for() -> None:
    (wanted,) = (
        line
        for line in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
        if line.startswith("aiosmtpd")
    )
    assert wanted == f"aiosmtpd=={version('aiosmtpd')}"


@pytest.mark.parametrize("name", [name for name in PRIVATE if name != "_reader"])
def test_a_private_name_is_there(name: str) -> None:
    async def made() -> SMTP:
        return SMTP(object(), hostname="x", loop=asyncio.get_running_loop())

    assert hasattr(asyncio.run(made()), name), f"{HELD}: it has no {name} any more"


def test_the_reader_is_asked_for_a_line_when_a_challenge_is_answered() -> None:
    assert "self._reader.readline()" in inspect.getsource(SMTP.challenge_auth), f"{HELD}: it reads otherwise"


def test_a_session_has_what_is_read_of_it() -> None:
    async def made() -> Session:
        return Session(asyncio.get_running_loop())

    assert vars(asyncio.run(made())).keys() >= {"host_name", "authenticated", "extended_smtp"}, HELD


def test_every_private_name_in_use_is_listed() -> None:
    own = {name for name in vars(Engine) if name not in vars(SMTP)} | {"_functions", "_known", "_said"}
    tree = ast.parse(Path(smtp_engine.__file__).read_text())
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)}
    private = {name for name in used | defined if name.startswith("_") and not name.startswith("__")}
    assert private - own - {"_replace", "_authenticate"} == set(PRIVATE)


def test_nobody_else_touches_aiosmtpd() -> None:
    """Tests may use it as a server, and the benchmark compares with it."""
    users = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if "tests" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aiosmtpd"))
        or (isinstance(node, ast.Import) and any(name.name.startswith("aiosmtpd") for name in node.names))
    }
    assert users == {"fakes/recipient/smtp_engine.py", "reports/benchmark/bare.py"}


def test_nobody_else_touches_what_a_stream_reader_keeps_to_itself() -> None:
    kept = {"_buffer", "_eof", "_maybe_resume_transport", "_wakeup_waiter", "_paused", "_app_transport"}
    for path in (ROOT / "fakes" / "recipient").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in kept:
                assert isinstance(node.value, ast.Name), f"{path.name}:{node.lineno} reaches into another object"
                assert node.value.id == "self", f"{path.name}:{node.lineno} reaches into another object"


# ---------------------------------------------------------------- what it is held for


class ClientStandIn:
    """A client that answers challenges."""

    def __init__(self, *answers: bytes) -> None:
        self.asked: list[bytes] = []
        self.ended = 0
        self._answers = list(answers)

    async def answer_to(self, challenge: bytes) -> bytes:
        self.asked.append(challenge)
        return self._answers.pop(0)

    def announces(self, words: list[str]) -> list[str]:
        return words

    def transaction_ended(self) -> None:
        self.ended += 1


OFFERED = MailSecurity(auth=Auth.OFFER)


def with_engine(play: Any, client: ClientStandIn, security: MailSecurity) -> Any:
    async def run() -> Any:
        pattern = Engine(RecipientOptions("here.example", security, 1000, 1.0, 10))
        return await play(pattern.for_client(client))

    return asyncio.run(run())


def said(client: ClientStandIn, *commands: str, security: MailSecurity = OFFERED) -> list[bytes]:
    async def play(engine: Engine) -> list[bytes]:
        return [await engine.do(command.partition(" ")[0], command.partition(" ")[2]) for command in commands]

    found: list[bytes] = with_engine(play, client, security)
    return found


def test_login_asks_what_the_world_expects() -> None:
    client = ClientStandIn(b"am9uZXM=\r\n", b"c2VjcmV0\r\n")
    assert said(client, "EHLO x", "AUTH LOGIN")[1].startswith(b"235")
    assert client.asked == [b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n"]


@pytest.mark.parametrize("command", ["AUTH plain AGpvbmVzAHNlY3JldA==", "AUTH Plain AGpvbmVzAHNlY3JldA=="])
def test_mechanisms_have_no_case(command: str) -> None:
    assert said(ClientStandIn(), "EHLO x", command)[1].startswith(b"235")


def test_only_the_credentials_that_are_known_are_taken() -> None:
    security = MailSecurity(auth=Auth.REQUIRE, credentials=Credentials(b"jones", b"secret"))
    wrong, right = "AUTH PLAIN AGpvbmVzAHNlY3JlVA==", "AUTH PLAIN AGpvbmVzAHNlY3JldA=="
    answers = said(ClientStandIn(), "EHLO x", wrong, right, right, security=security)
    assert [answer[:3] for answer in answers[1:]] == [b"535", b"235", b"503"]


def test_each_client_has_a_state_of_its_own() -> None:
    async def play(_: Engine) -> list[bytes]:
        pattern = Engine(RecipientOptions("here.example", MailSecurity(auth=Auth.OFFER), 1000, 1.0, 10))
        one, other = pattern.for_client(ClientStandIn()), pattern.for_client(ClientStandIn(b"AGpvbmVzAHNlY3JldA==\r\n"))
        await one.do("EHLO", "x")
        before = await other.do("AUTH", "PLAIN")
        await other.do("EHLO", "x")
        after = await other.do("AUTH", "PLAIN")
        assert (one.authenticated, other.authenticated) == (False, True)
        return [before[:3], after[:3]]

    assert with_engine(play, ClientStandIn(), MailSecurity()) == [b"503", b"235"]


def test_a_handshake_begins_anew_and_offers_auth() -> None:
    security = MailSecurity(Tls.OFFER, None, Auth.OFFER)

    async def play(engine: Engine) -> tuple[bytes, bytes, bytes]:
        before = await engine.do("EHLO", "x")
        engine.secured()
        return before, await engine.do("AUTH", "PLAIN AGpvbmVzAHNlY3JldA=="), await engine.do("EHLO", "x")

    before, early, after = with_engine(play, ClientStandIn(), security)
    assert b"AUTH" not in before
    assert early.startswith(b"503")
    assert b"AUTH LOGIN PLAIN" in after


def test_a_transaction_ends_with_rset_and_each_hello() -> None:
    client = ClientStandIn()
    said(client, "EHLO x", "RSET", "HELO x")
    assert client.ended == 4  # and once when it was made
