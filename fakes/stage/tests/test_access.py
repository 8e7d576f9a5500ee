"""How a printer is approached: certificates trusted, pinned or looked at; old peers; Upgrade; passwords."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record.rows import Exchange
from fakes.certificates import Authority, Certificate, Flaw
from fakes.http.auth import Login
from fakes.http.tests.any_request import exchanges_of
from fakes.http.tests.raw_server import ANSWER, answers, hears_a_request, in_tls, serving
from fakes.stage.access import Access
from fakes.stage.certificate_look import problems
from fakes.stage.ixit import Ixit, IxitError

HOST = "127.0.0.1"
BRIEF = 1.5  # seconds for a handshake with a server that says nothing afterwards


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def ca(authority: Authority, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    path.write_bytes(authority.pem)
    return path


def met(directory: Path, certificate: Certificate, access: Access, context: ssl.SSLContext | None = None) -> Exchange:
    """What came of meeting a printer with that certificate so."""
    with serving(in_tls(context or certificate.server_context(old_peers=True), answers)) as port:
        (exchange,) = exchanges_of(directory, f"ipps://{HOST}:{port}/", access=access)
    return exchange


# ---------------------------------------------------------------- trust


@pytest.mark.parametrize("flaw", Flaw)
def test_any_certificate_will_do_unless_the_ixit_says_otherwise(
    tmp_path: Path, authority: Authority, flaw: Flaw
) -> None:
    exchange = met(tmp_path, authority.issue(HOST, flaw=flaw), Access())
    assert (exchange.problem, exchange.tls[:4]) == ("", "TLSv")


@pytest.mark.parametrize(
    ("flaw", "said"),
    [
        (Flaw.NONE, ()),
        (Flaw.EXPIRED, ("expired on 2",)),
        (Flaw.NOT_YET_VALID, ("is not valid before 2",)),
        (Flaw.WRONG_HOST, ("is made out to elsewhere.example, and not to 127.0.0.1",)),
        (Flaw.SELF_SIGNED, ("is signed by its own key",)),
        (Flaw.WEAK_KEY, ("has a key of 1024 bits",)),
        (Flaw.WEAK_SIGNATURE, ("is signed with SHA1",)),
    ],
)
def test_what_is_wrong_with_a_certificate_is_observed(authority: Authority, flaw: Flaw, said: tuple[str, ...]) -> None:
    der = ssl.PEM_cert_to_DER_cert(authority.issue(HOST, flaw=flaw).pem.decode())
    found = problems(der, HOST)
    assert len(found) == len(said)
    assert all(one.startswith(expected) for one, expected in zip(found, said, strict=True))


@pytest.mark.parametrize(
    ("names", "host", "right"),
    [
        (("printer.example",), "Printer.Example.", True),
        (("*.example",), "printer.example", True),
        (("*.example",), "a.printer.example", False),
        (("*.example",), "example", False),
        (("printer.example",), "other.example", False),
        (("::1",), "0:0::1", True),
        (("fe80::1",), "fe80::1%lo", True),
        (("127.0.0.1",), "localhost", False),
    ],
)
def test_whom_a_certificate_is_for(authority: Authority, names: tuple[str, ...], host: str, right: bool) -> None:
    der = ssl.PEM_cert_to_DER_cert(authority.issue(*names).pem.decode())
    assert (problems(der, host) == ()) == right


def test_octets_that_are_no_certificate_are_observed_too() -> None:
    (said,) = problems(b"0\x03\x02\x01\x01", HOST)
    assert said.startswith("cannot be read: ")
    assert said.isprintable()


def test_a_certificate_is_trusted_by_its_authority(tmp_path: Path, authority: Authority, ca: Path) -> None:
    assert met(tmp_path, authority.issue(HOST), Access(trust=str(ca))).problem == ""
    system = Access(trust="system")
    for certificate, access in ((authority.issue(HOST, flaw=Flaw.EXPIRED), Access(trust=str(ca))),
                                (authority.issue("x.example"), Access(trust=str(ca))),
                                (authority.issue(HOST), system)):  # fmt: skip
        directory = tmp_path / certificate.fingerprint
        directory.mkdir()
        exchange = met(directory, certificate, access)
        assert exchange.problem == "tls"
        assert "the peer's certificate is not trusted: " in exchange.problem_text


def test_a_certificate_is_pinned_by_its_fingerprint(tmp_path: Path, authority: Authority) -> None:
    certificate = authority.issue("x.example", flaw=Flaw.SELF_SIGNED)
    written = ":".join(certificate.fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
    assert met(tmp_path, certificate, Access(trust=f"sha256:{written}")).problem == ""
    other = tmp_path / "other"
    other.mkdir()
    exchange = met(other, authority.issue(HOST), Access(trust=f"sha256:{written}"))
    assert exchange.problem == "tls"
    assert "is not the one that the IXIT trusts" in exchange.problem_text
    assert exchange.request_head == b""  # nothing was said to it


def test_a_client_certificate_is_shown(tmp_path: Path, authority: Authority) -> None:
    pem, key = authority.issue("Carol Abel").write(tmp_path)
    context = authority.issue(HOST).server_context(clients_of=authority)
    access = Access(client_certificate=str(pem), client_key=str(key))
    assert met(tmp_path, authority.issue(HOST), access, context).problem == ""


# ---------------------------------------------------------------- old peers


def openssl(*arguments: str) -> bool:
    """Whether this openssl knows such a thing."""
    found = shutil.which("openssl")
    return found is not None and not subprocess.run([found, *arguments], capture_output=True, check=False).returncode


needs_openssl = pytest.mark.skipif(not openssl("version"), reason="no openssl command here; apt-get install openssl")


@contextmanager
def s_server(directory: Path, certificate: Certificate, *arguments: str) -> Iterator[int]:
    """OpenSSL's own server, which shows a page about the handshake to whatever comes."""
    pem, key = certificate.write(directory)
    command = ["openssl", "s_server", "-accept", f"{HOST}:0", "-cert", str(pem), "-key", str(key), "-www", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ACCEPT "):
                yield int(line.rpartition(":")[2])
                break
        else:
            pytest.fail("openssl s_server ended at once")
    finally:
        process.kill()
        process.communicate()


@needs_openssl
@pytest.mark.parametrize(
    "arguments",
    [
        ("-tls1", "-cipher", "ALL:@SECLEVEL=0"),
        ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
        ("-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"),
        ("-tls1_2", "-cipher", "AES256-GCM-SHA384"),
        ("-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA"),
        ("-tls1_2", "-cipher", "DHE-RSA-AES256-SHA:@SECLEVEL=0", "-legacy_renegotiation"),
    ],
    ids=lambda arguments: " ".join(arguments[:3]),
)
def test_old_peers_are_met_where_the_ixit_allows_them(
    tmp_path: Path, authority: Authority, arguments: tuple[str, ...]
) -> None:
    with s_server(tmp_path, authority.issue(HOST, key="rsa"), *arguments) as port:
        uri = f"ipps://{HOST}:{port}/"
        for old_peers in (False, True):
            directory = tmp_path / str(old_peers)
            directory.mkdir()
            (exchange,) = exchanges_of(directory, uri, timeout=BRIEF, access=Access(old_peers=old_peers))
            if old_peers:
                assert exchange.tls.startswith("TLSv1")  # what it says in there is no IPP
                assert exchange.problem != "tls"
            else:
                assert exchange.problem == "tls"
                assert "old-peers = true" in exchange.problem_text


@needs_openssl
def test_a_weak_key_is_met_and_observed(tmp_path: Path, authority: Authority) -> None:
    certificate = authority.issue(HOST, flaw=Flaw.WEAK_KEY)
    with s_server(tmp_path, certificate, "-cipher", "ALL:@SECLEVEL=0") as port:
        (exchange,) = exchanges_of(tmp_path, f"ipps://{HOST}:{port}/", timeout=BRIEF, access=Access(old_peers=True))
    assert exchange.tls.startswith("TLSv1.")


# ---------------------------------------------------------------- the IXIT

SECRET = "s3cret-of-the-bench"


def test_passwords_come_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRINTER_PASSWORD", SECRET)
    (tmp_path / "password").write_text(SECRET + "\n")
    for named in ("env:PRINTER_PASSWORD", f"file:{tmp_path / 'password'}"):
        ixit = Ixit.of({"user": "Bob", "password-from": named, "own-user": "C", "own-password-from": named}, "x.toml")
        assert ixit.login("") == Login("Bob", SECRET)
        assert ixit.login("own") == Login("C", SECRET)
        assert SECRET not in repr(ixit) + repr(ixit.access()) + str(ixit.entries())


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"password-from": "env:NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE' is not set"),
        ({"password-from": "file:/nowhere/at/all"}, "cannot read"),
        ({"password-from": SECRET}, "env:VARIABLE or file:PATH"),
        ({"password-from": 5}, "env:VARIABLE or file:PATH"),
        ({"password": 12345}, "password must be a text in quotes, not int"),
        ({"user-from": "env:HOME"}, "unknown entry"),
        ({"trust": "/nowhere/at/all"}, "trust: '/nowhere/at/all': No such file"),
        ({"trust": __file__}, "holds no certificates in PEM"),
        ({"trust": "sha256:abc"}, "64 hexadecimal digits"),
        ({"client-certificate": "/nowhere/at/all"}, "client-certificate: there is no file"),
        ({"client-certificate": __file__}, "cannot be used"),
        ({"old-peers": "yes"}, "old-peers must be true or false"),
    ],
)
def test_what_is_wrong_in_the_ixit_is_one_line_without_a_secret(entries: dict[str, object], said: str) -> None:
    with pytest.raises(IxitError) as caught:
        Ixit.of(entries, "x.toml").access()
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "12345" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_encrypted_key_needs_its_password(tmp_path: Path, authority: Authority) -> None:
    pem, key = authority.issue("Carol Abel").write(tmp_path)
    locked = tmp_path / "locked.key"
    command = ["openssl", "pkcs8", "-topk8", "-in", str(key), "-out", str(locked), "-passout", f"pass:{SECRET}"]
    if not openssl("version"):
        pytest.skip("no openssl command here; apt-get install openssl")
    subprocess.run(command, check=True, capture_output=True)
    ixit = Ixit(client_certificate=str(pem), client_key=str(locked), client_key_password=SECRET)
    assert ixit.access().client_key == str(locked)
    for wrong in ("", "another"):
        with pytest.raises(IxitError, match="client-key-password-from"):
            replace(ixit, client_key_password=wrong).access()


def test_a_printer_may_ask_for_a_certificate_after_the_handshake(tmp_path: Path, authority: Authority) -> None:
    """As servers do that want one for some of what they have, once they have seen what is asked for."""
    context = authority.issue(HOST).server_context()
    context.load_verify_locations(cadata=authority.pem.decode())
    context.verify_mode, context.post_handshake_auth = ssl.CERT_REQUIRED, True
    shown = list[bool]()

    def asks_late(connection: socket.socket) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        hears_a_request(connection)
        shown.append(bool(connection.getpeercert()))
        connection.verify_client_post_handshake()
        connection.do_handshake()  # sends the question
        with suppress(TimeoutError):  # what the client answers is read with whatever comes next, and nothing does
            connection.settimeout(BRIEF)
            connection.recv(1)
        shown.append(bool(connection.getpeercert()))
        connection.sendall(ANSWER)

    pem, key = authority.issue("bob").write(tmp_path, "bob")
    access = Access(client_certificate=str(pem), client_key=str(key))
    with serving(in_tls(context, asks_late)) as port:
        (exchange,) = exchanges_of(tmp_path, f"ipps://{HOST}:{port}/", access=access)
    assert (exchange.problem, shown) == ("", [False, True])


def test_a_strangers_certificate_is_taken_by_nobody_who_looks(tmp_path: Path, authority: Authority) -> None:
    pem, key = authority.issue("bob").write(tmp_path, "bob")
    access = Access(client_certificate=str(pem), client_key=str(key))
    server = authority.issue(HOST).server_context(clients_of=authority)
    told = dict[bool, str]()
    for strange in (False, True):
        context = access.of_a_stranger() if strange else access.context()
        with (
            serving(in_tls(server, lambda one: one.sendall(ANSWER))) as port,
            socket.create_connection((HOST, port)) as raw,
        ):
            try:
                with context.wrap_socket(raw, server_hostname=HOST) as sheath:
                    told[strange] = sheath.recv(12).decode()
            except ssl.SSLError as error:
                told[strange] = error.reason
    assert told == {False: "HTTP/1.1 200", True: "TLSV1_ALERT_UNKNOWN_CA"}
