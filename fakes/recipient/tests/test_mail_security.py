"""TLS and AUTH offered, required, and from the first octet, as a raw client and as the printer meet them."""

from __future__ import annotations

import asyncio
import hmac
import itertools
import re
import ssl
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from conformance.record.redaction import redacted
from conformance.record.rows import Session, unpack_events
from conformance.record.smtp_sessions import COMMANDS, SessionRecord
from conformance.wire.handshake import Handshake
from conformance.wire.smtp_events import Event, EventKind
from fakes.certificates import Authority, Flaw
from fakes.mail_security import Auth, Credentials, MailSecurity, MailSecurityError, Mechanism, RelayAccess, Tls
from fakes.printer.mail.delivery import Mailer
from fakes.printer.policy import OBEDIENT
from fakes.printer.tests.notices import JOB_EVENT

from .recipient_bench import Client, Evidence, RecipientBench, perform

SECRET = Credentials(b"jones", b"open sesame")
WRONG = Credentials(b"jones", b"close sesame")
HOST = "localhost"  # it has a name, so that it can be asked for by that


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def context(authority: Authority) -> ssl.SSLContext:
    return authority.issue(HOST, "127.0.0.1").server_context()


def talk(evidence: Evidence, session: int = 1) -> SessionRecord:
    """A session as a judge reads it."""
    events: list[Event] = []
    for row in evidence.transcripts:
        if row.session == session:
            events += unpack_events(row.events)
    return SessionRecord(Session(session, 0, "", ""), redacted(events, COMMANDS))


async def over_tls(bench: RecipientBench, authority: Authority, name: str = HOST) -> Client:
    """A connection that begins with the handshake."""
    client = Client(
        *await asyncio.open_connection(
            "127.0.0.1", bench.recipient.port, ssl=authority.client_context(), server_hostname=name
        )
    )
    bench.clients.append(client)
    return client


# ---------------------------------------------------------------- what is asked for


def test_where_tls_is_required_no_mail_is_taken_before_it(
    tmp_path: Path, authority: Authority, context: ssl.SSLContext
) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert (await client.say(b"HELO x\r\n")).startswith(b"530")
        assert b"STARTTLS" in await client.say(b"EHLO x\r\n")
        assert (await client.say(b"NOOP\r\n")).startswith(b"250")
        for line in (
            b"MAIL FROM:<a@b.example>\r\n",
            b"RCPT TO:<a@b.example>\r\n",
            b"DATA\r\n",
            b"VRFY a\r\n",
            b"X\r\n",
        ):
            assert (await client.say(line)).startswith(b"530")
        assert (await client.say(b"STARTTLS\r\n")).startswith(b"220")
        await client.writer.start_tls(authority.client_context(), server_hostname=HOST)
        assert (await client.mail(b"at last\r\n")).startswith(b"250")
        other = await bench.connect()
        assert (await other.say(b"QUIT\r\n")).startswith(b"221")

    evidence = perform(tmp_path, act, security=MailSecurity(Tls.REQUIRE, context))
    assert evidence.bodies == [b"at last\r\n"]
    handshake = talk(evidence).handshake
    assert handshake is not None
    assert (handshake.version, handshake.server_name, handshake.problem) == ("TLSv1.3", HOST, "")


def test_under_implicit_tls_the_handshake_comes_before_the_greeting(
    tmp_path: Path, authority: Authority, context: ssl.SSLContext
) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await over_tls(bench, authority)
        assert (await client.reply()).startswith(b"220 ")
        words = await client.say(b"EHLO x\r\n")
        assert b"STARTTLS" not in words
        assert b"AUTH LOGIN PLAIN" in words
        assert (await client.say(b"STARTTLS\r\n")).startswith(b"503")
        assert (await client.mail(b"hidden\r\n")).startswith(b"250")
        assert (await client.say(b"QUIT\r\n")).startswith(b"221")
        assert await client.rest() == b""

    evidence = perform(tmp_path, act, security=MailSecurity(Tls.IMPLICIT, context, Auth.OFFER))
    assert evidence.bodies == [b"hidden\r\n"]
    assert [event.kind for event in evidence.events][:3] == [EventKind.TLS, EventKind.SERVER, EventKind.CLIENT]
    assert all(turn.tls for turn in talk(evidence).turns)
    assert talk(evidence).dialogue.problems == ()


def test_a_client_in_clear_at_a_port_with_implicit_tls_is_a_session(tmp_path: Path, context: ssl.SSLContext) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect(greeted=False)
        await client.send(b"EHLO x\r\n")
        assert b"220" not in await client.rest()
        await client.close()
        silent = await bench.connect(greeted=False)
        await silent.close()
        await bench.recipient.idle()

    evidence = perform(tmp_path, act, security=MailSecurity(Tls.IMPLICIT, context))
    assert [ending.partition(":")[0] for ending in evidence.endings] == ["tls", "tls"]
    assert all(Handshake.read(octets).problem for octets in evidence.of(EventKind.TLS))
    assert evidence.server == b""


def test_connections_beyond_the_bound_are_told_under_implicit_tls(
    tmp_path: Path, authority: Authority, context: ssl.SSLContext
) -> None:
    async def act(bench: RecipientBench) -> None:
        first = await over_tls(bench, authority)
        assert (await first.reply()).startswith(b"220")
        second = await over_tls(bench, authority)
        assert (await second.rest()).startswith(b"421")

    perform(tmp_path, act, security=MailSecurity(Tls.IMPLICIT, context), max_sessions=1)


def test_where_auth_is_required_no_mail_is_taken_before_it(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"EHLO x\r\n")
        assert (await client.say(b"MAIL FROM:<a@b.example>\r\n")).startswith(b"530")
        assert (await client.say(b"AUTH PLAIN AGpvbmVzAGNsb3NlIHNlc2FtZQ==\r\n")).startswith(b"535")
        assert (await client.say(b"MAIL FROM:<a@b.example>\r\n")).startswith(b"530")
        assert (await client.say(b"auth login\r\n")) == b"334 VXNlcm5hbWU6\r\n"
        assert (await client.say(b"am9uZXM=\r\n")) == b"334 UGFzc3dvcmQ6\r\n"
        assert (await client.say(b"b3BlbiBzZXNhbWU=\r\n")).startswith(b"235")
        assert (await client.mail(b"known\r\n")).startswith(b"250")

    evidence = perform(tmp_path, act, security=MailSecurity(auth=Auth.REQUIRE, credentials=SECRET))
    assert evidence.bodies == [b"known\r\n"]
    assert talk(evidence).mechanism == "LOGIN"
    assert b"b3BlbiBzZXNhbWU=" not in talk(evidence).stream


BY_DIGEST = MailSecurity(auth=Auth.REQUIRE, credentials=SECRET, mechanisms=(Mechanism.CRAM_MD5,))


async def digest_of(client: Client, user: bytes, password: bytes) -> bytes:
    """What is said to the answer to a challenge, as RFC 2195 has it."""
    challenge = b64decode((await client.say(b"AUTH CRAM-MD5\r\n")).removeprefix(b"334 "))
    assert re.fullmatch(rb"<[0-9a-f.]+@recipient\.example>", challenge)
    answer = user + b" " + hmac.new(password, challenge, "md5").hexdigest().encode()
    return await client.say(b64encode(answer) + b"\r\n")


def test_a_digest_is_offered_by_choice_alone(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert b"AUTH LOGIN PLAIN\r\n" in await client.say(b"EHLO x\r\n")
        assert (await client.say(b"AUTH CRAM-MD5\r\n")).startswith(b"504")

    perform(tmp_path, act, security=MailSecurity(auth=Auth.OFFER))


def test_who_knows_the_password_is_known_by_its_digest(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        assert b"AUTH CRAM-MD5\r\n" in await client.say(b"EHLO x\r\n")
        assert (await client.say(b"AUTH PLAIN AGEAYg==\r\n")).startswith(b"504")
        assert (await client.say(b"AUTH CRAM-MD5 eA==\r\n")).startswith(b"501")
        assert (await digest_of(client, b"jones", b"close sesame")).startswith(b"535")
        assert (await digest_of(client, b"smith", b"open sesame")).startswith(b"535")
        assert (await client.say(b"AUTH CRAM-MD5\r\n")).startswith(b"334")
        assert (await client.say(b"*\r\n")) == b"501 5.7.0 Auth aborted\r\n"
        assert (await client.say(b"MAIL FROM:<a@b.example>\r\n")).startswith(b"530")
        assert (await digest_of(client, b"jones", b"open sesame")).startswith(b"235")
        assert (await client.mail(b"known\r\n")).startswith(b"250")

    evidence = perform(tmp_path, act, security=BY_DIGEST)
    assert evidence.bodies == [b"known\r\n"]
    assert talk(evidence).mechanism == "CRAM-MD5"
    assert b64encode(b"jones ")[:8] not in evidence.client


def test_where_nobody_is_known_any_digest_will_do_and_nothing_else(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.say(b"EHLO x\r\n")
        assert (await client.say(b"AUTH CRAM-MD5\r\n")).startswith(b"334")
        assert (await client.say(b64encode(b"jones no-digest") + b"\r\n")).startswith(b"535")
        assert (await digest_of(client, b"jones", b"whatever")).startswith(b"235")

    perform(tmp_path, act, security=replace(BY_DIGEST, credentials=None))


def test_a_response_of_auth_may_come_ahead_of_its_challenge(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        await client.send(b"EHLO x\r\nAUTH LOGIN\r\nam9uZXM=\r\nb3BlbiBzZXNhbWU=\r\nNOOP\r\n")
        answers = [(await client.reply())[:3] for _ in range(5)]
        assert answers == [b"250", b"334", b"334", b"235", b"250"]

    perform(tmp_path, act, security=MailSecurity(auth=Auth.OFFER, credentials=SECRET))


# ---------------------------------------------------------------- what is no SMTP


def test_a_tls_hello_in_clear_is_recorded_as_such_and_refused_at_once(tmp_path: Path, authority: Authority) -> None:
    async def act(bench: RecipientBench) -> None:
        other = await bench.connect()
        with pytest.raises(ssl.SSLError):
            await over_tls(bench, authority)
        assert (await other.mail()).startswith(b"250")

    evidence = perform(tmp_path, act)
    assert sorted(evidence.endings) == ["client", "foreign: a TLS handshake"]
    assert talk(evidence, 2).foreign == "a TLS handshake"
    assert talk(evidence, 1).foreign is None


def test_an_http_request_is_recorded_as_such_and_no_body_of_it_becomes_a_mail(tmp_path: Path) -> None:
    async def act(bench: RecipientBench) -> None:
        client = await bench.connect()
        answer = await client.say(
            b"POST / HTTP/1.1\r\nHost: x\r\n\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\n"
        )
        assert answer == b"421 recipient.example speaks SMTP\r\n"
        assert await client.rest() == b""

    evidence = perform(tmp_path, act)
    assert evidence.endings == ["foreign: HTTP"]
    assert evidence.messages == []
    assert talk(evidence).foreign == "HTTP"


# ---------------------------------------------------------------- what is overlooked


@pytest.mark.parametrize("flaw", [Flaw.EXPIRED, Flaw.WRONG_HOST, Flaw.SELF_SIGNED])
def test_who_turns_a_certificate_down_is_on_record_with_the_name_asked_for(
    tmp_path: Path, authority: Authority, flaw: Flaw
) -> None:
    async def act(bench: RecipientBench) -> None:
        with pytest.raises(ssl.SSLCertVerificationError):
            await over_tls(bench, authority)
        await bench.recipient.idle()

    context = authority.issue(HOST, flaw=flaw).server_context()
    evidence = perform(tmp_path, act, security=MailSecurity(Tls.IMPLICIT, context))
    handshake = talk(evidence).handshake
    assert handshake is not None
    # Under TLS 1.3 our side of the handshake may be over when the other refuses; then it just goes.
    assert handshake.problem or talk(evidence).stream == b""
    assert handshake.server_name == HOST


def sent(path: Path, security: MailSecurity, access: RelayAccess, transport: str = "library") -> Evidence:
    """What the reference printer's mail leaves at such a recipient."""
    policy = replace(OBEDIENT, relay_access=access, retry_delays=(), transport=transport)

    async def act(bench: RecipientBench) -> None:
        mailer = Mailer(policy, HOST, bench.recipient.port)
        mailer.send(JOB_EVENT)
        await mailer.close(20.0)

    return perform(path, act, security=security)


MODES = list(itertools.product(Tls, Auth))


@pytest.mark.parametrize(("tls", "auth"), MODES, ids=[f"{tls}-{auth}" for tls, auth in MODES])
@pytest.mark.parametrize("mechanism", ["", "login"])
@pytest.mark.parametrize("transport", ["library", "raw"])
def test_the_printer_mails_over_every_kind_of_path(
    tmp_path: Path,
    authority: Authority,
    context: ssl.SSLContext,
    tls: Tls,
    auth: Auth,
    mechanism: Literal["", "login"],
    transport: str,
) -> None:
    security = MailSecurity(tls, None if tls is Tls.NONE else context, auth, SECRET)
    access = RelayAccess(tls, authority.pem.decode(), credentials=SECRET, mechanism=mechanism)
    evidence = sent(tmp_path, security, access, transport)
    assert len(evidence.messages) == 1
    found = talk(evidence)
    assert (found.handshake is not None) == found.dialogue.tls == (tls is not Tls.NONE)
    assert found.mechanism == ("" if auth is Auth.NONE else mechanism.upper() or "PLAIN")
    if found.handshake is not None:
        assert found.handshake.version.startswith("TLSv1.")
        assert found.handshake.cipher
        assert found.handshake.server_name == HOST


@pytest.mark.parametrize(
    ("security", "access"),
    [
        (MailSecurity(auth=Auth.REQUIRE, credentials=SECRET), RelayAccess()),
        (MailSecurity(auth=Auth.REQUIRE, credentials=SECRET), RelayAccess(credentials=WRONG)),
        (MailSecurity(), RelayAccess(Tls.REQUIRE)),
    ],
    ids=["no-name", "wrong-password", "no-tls-there"],
)
@pytest.mark.parametrize("transport", ["library", "raw"])
def test_the_printer_gives_up_where_it_is_not_let_in(
    tmp_path: Path, security: MailSecurity, access: RelayAccess, transport: str
) -> None:
    assert sent(tmp_path, security, access, transport).messages == []


@pytest.mark.parametrize(
    ("transport", "lie"),
    [("no-brackets", b"MAIL FROM:jones@"), ("spaced-paths", b"MAIL FROM: <"), ("lf-commands", b"\nDATA\n")],
)
@pytest.mark.parametrize("tls", [Tls.REQUIRE, Tls.IMPLICIT])
def test_liars_lie_in_tls_and_behind_a_login_as_well(
    tmp_path: Path, authority: Authority, context: ssl.SSLContext, tls: Tls, transport: str, lie: bytes
) -> None:
    security = MailSecurity(tls, context, Auth.REQUIRE, SECRET)
    evidence = sent(tmp_path, security, RelayAccess(tls, authority.pem.decode(), credentials=SECRET), transport)
    found = talk(evidence)
    assert (found.dialogue.tls, found.mechanism, len(evidence.messages)) == (True, "PLAIN", 1)
    assert lie in found.stream


@pytest.mark.parametrize("flaw", [Flaw.EXPIRED, Flaw.WRONG_HOST, Flaw.SELF_SIGNED])
@pytest.mark.parametrize("tls", [Tls.REQUIRE, Tls.IMPLICIT])
@pytest.mark.parametrize("checks", [True, False], ids=["careful", "careless"])
def test_a_bad_certificate_is_overlooked_by_the_careless_printer_only(
    tmp_path: Path, authority: Authority, flaw: Flaw, tls: Tls, checks: bool
) -> None:
    security = MailSecurity(tls, authority.issue(HOST, flaw=flaw).server_context())
    evidence = sent(tmp_path, security, RelayAccess(tls, authority.pem.decode(), checks))
    assert len(evidence.messages) == (0 if checks else 1)


# ---------------------------------------------------------------- where a login comes from


def test_a_login_is_read_where_it_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAIL_LOGIN", "jones:open: sesame")
    (tmp_path / "login").write_text("müller:geheim\n", encoding="utf-8")
    assert Credentials.at("env:MAIL_LOGIN") == Credentials(b"jones", b"open: sesame")
    assert Credentials.at(f"file:{tmp_path / 'login'}") == Credentials("müller".encode(), b"geheim")
    assert "sesame" not in repr(Credentials.at("env:MAIL_LOGIN"))


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("jones:open sesame", "env:VARIABLE or file:PATH"),
        ("env:NOT_THERE_AT_ALL", "not set"),
        ("file:/no/such/file", "No such file"),
        ("env:NO_COLON", "USER:PASSWORD"),
        ("env:TWO_LINES", "USER:PASSWORD"),
    ],
)
def test_a_login_that_is_not_there_is_one_line_without_it(
    monkeypatch: pytest.MonkeyPatch, place: str, says: str
) -> None:
    monkeypatch.setenv("NO_COLON", "sesame")
    monkeypatch.setenv("TWO_LINES", "jones:sesame\nmore")
    with pytest.raises(MailSecurityError, match=says) as caught:
        Credentials.at(place)
    assert "sesame" not in str(caught.value)
