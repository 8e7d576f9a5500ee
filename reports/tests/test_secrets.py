"""No secret gets into anything that is written: evidence, reports, logs, process lists, tracebacks."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVERY = "every-requests-pässword-1"
OWN, OTHER = "own-users-passw:rd-2", "other-users-password-3"
KEY = "passphrase-of-the-key-4"
SELECT = ("--select", "4.11-4,3-4")


def forms(secret: str) -> Iterator[bytes]:
    """As it would look where it leaked."""
    octets = secret.encode()
    yield octets
    yield base64.b64encode(octets).rstrip(b"=")
    yield octets.hex().encode()
    yield ascii(secret)[1:-1].encode()


def credentials(name: str, secret: str) -> Iterator[bytes]:
    whole = base64.b64encode(f"{name}:{secret}".encode())
    yield whole.rstrip(b"=")


ALL = [
    *(form for secret in (EVERY, OWN, OTHER, KEY) for form in forms(secret)),
    *credentials("bench", EVERY),
    *credentials("Carol Abel", OWN),
    *credentials("Mallory Chan", OTHER),
]


@pytest.fixture
def smtp() -> int:
    """A port that is free for the recipient."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def leaked(octets: bytes) -> list[bytes]:
    return [form for form in ALL if form in octets]


@contextmanager
def printer(directory: Path, environment: dict[str, str], smtp: int, *options: str) -> Iterator[str]:
    """The reference printer with these users; its URI."""
    command = [sys.executable, "-m", "reports", "printer", "--smtp", f"127.0.0.1:{smtp}", *options]
    with (
        (directory / "printer.out").open("wb+") as out,
        (directory / "printer.log").open("wb") as log,
        subprocess.Popen(
            command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        ) as process,
    ):
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            assert ready.startswith(b"ready ")
            out.write(ready)
            yield ready.split()[1].decode()
            process.send_signal(signal.SIGTERM)
            out.write(process.stdout.read())
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()


def users_in(directory: Path) -> dict[str, str]:
    """The entries that name users, with passwords that are named in every way."""
    return {
        "user": "bench",
        "password-from": "env:BENCH_PASSWORD",
        "own-user": "Carol Abel",
        "own-password-from": f"file:{directory.parent / 'own'}",
        "other-user": "Mallory Chan",
        "other-password": OTHER,
    }


def bench_of(directory: Path, entries: dict[str, str]) -> Path:
    """An IXIT with these entries."""
    path = directory.parent / "bench.toml"
    path.write_text("mail-timeout = 2\n" + "".join(f'{key} = "{value}"\n' for key, value in entries.items()))
    return path


def environment_of(directory: Path) -> dict[str, str]:
    (directory.parent / "own").write_text(OWN + "\n")
    return {**os.environ, "PYTHONPATH": str(ROOT), "BENCH_PASSWORD": EVERY, "OTHER_PASSWORD": OTHER}


def run_at(uri: str, directory: Path, environment: dict[str, str], smtp: int, ixit: Path) -> tuple[int, bytes, bytes]:
    """``run``, watched from the process list as well; its exit code, all that it wrote, and what was listed."""
    command = [sys.executable, "-m", "reports", "run", uri, "--smtp-listen", f"127.0.0.1:{smtp}"]
    command += ["--ixit", str(ixit), "--report-dir", str(directory / "report"), "-v", *SELECT]
    with subprocess.Popen(
        command,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None
        listed, written = b"", b""
        for line in process.stdout:
            written += line
            if not listed:
                listed = commands_of(process.pid)
    return process.returncode, written, listed


def written_and_listed(command: list[str], directory: Path, environment: dict[str, str]) -> tuple[bytes, bytes]:
    """What a command that ends well writes, and how it and what it starts stand in the list of processes."""
    with subprocess.Popen(
        command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        written, listed = b"", b""
        for line in process.stdout:
            written += line
            listed = listed or commands_of(process.pid)
    assert process.returncode == 0, written.decode()
    return written, listed


def commands_of(pid: int) -> bytes:
    """What the process list shows of a process, and of all that it has started."""
    found = [path.read_bytes() for path in Path("/proc").glob(f"{pid}/cmdline")]
    for path in Path("/proc").glob(f"{pid}/task/*/children"):
        found += [commands_of(int(child)) for child in path.read_text().split()]
    return b"\0".join(found)


def everything_below(directory: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())


@pytest.mark.parametrize("auth", ["basic", "digest"])
@pytest.mark.parametrize("security", ["plain", "enforce"])
def test_passwords_are_written_nowhere(tmp_path: Path, smtp: int, security: str, auth: str) -> None:
    directory = tmp_path / "bench"
    directory.mkdir()
    environment = environment_of(directory)
    accounts = ("bench=env:BENCH_PASSWORD", f"Carol Abel=file:{tmp_path / 'own'}", "Mallory Chan=env:OTHER_PASSWORD")
    options = [word for account in accounts for word in ("--account", account)]
    with printer(directory, environment, smtp, "--security", security, "--auth", auth, *options) as uri:
        code, written, listed = run_at(uri, directory, environment, smtp, bench_of(directory, users_in(directory)))
    assert code in (0, 3), written.decode()  # some plays need users who are nobody else
    assert b"Traceback" not in written
    assert b"run" in listed
    bundle = [sys.executable, "-m", "reports", "bundle", str(directory / "report"), "-o", str(directory / "run.bundle")]
    subprocess.run(bundle, env=environment, check=True, capture_output=True)
    kept = everything_below(directory)
    assert b"Authorization: " + auth.title().encode() in kept  # it did prove who it was
    assert leaked(written + listed + kept) == []


def test_the_password_of_a_key_is_written_nowhere(tmp_path: Path, smtp: int) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command here; apt-get install openssl")
    directory, tls = tmp_path / "bench", tmp_path / "tls"
    directory.mkdir()
    environment = environment_of(directory) | {"KEY_PASSWORD": KEY}
    options = ("--security", "enforce", "--auth", "certificate", "--certificates", str(tls))
    with printer(directory, environment, smtp, *options) as uri:
        subprocess.run(
            ["openssl", "pkcs8", "-topk8", "-in", str(tls / "client.key"), "-out", str(tls / "locked.key"),
             "-passout", "env:KEY_PASSWORD"], env=environment, check=True,
        )  # fmt: skip
        (tls / "client.key").unlink()
        entries = {
            "client-certificate": str(tls / "client.pem"),
            "client-key": str(tls / "locked.key"),
            "client-key-password-from": "env:KEY_PASSWORD",
            "trust": str(tls / "ca.pem"),
        }
        ixit = bench_of(directory, entries)
        code, written, listed = run_at(uri, directory, environment, smtp, ixit)
    assert code in (0, 3), written.decode()
    assert leaked(written + listed + everything_below(directory)) == []


# A printer that gives back whatever it was told: in headers, in words, in a name, and in its mails.
ECHO = """
import base64
import fakes.http.server as server, fakes.printer.ipp.responses as responses, fakes.printer.server as printer
import fakes.printer.mail.compose as compose
heard = ["nothing"]
proved = printer.Accounts.proved
def listens(self, head, *others):
    said = head.get("authorization")
    if said:
        heard[:] = [said, *(base64.b64decode(said[6:]).decode().split(":") if said.startswith("Basic ") else [])]
    return proved(self, head, *others)
printer.Accounts.proved = listens
respond = server.ServerConnection.respond
async def echoes(self, status, headers=(), body=b"", reason=""):
    more = [("Authorization", heard[0]), ("Set-Cookie", "session=" + COOKIE), ("X-Echo", heard[-1].encode())]
    await respond(self, status, [*headers, *more], body, reason)
server.ServerConnection.respond = echoes
answer = responses.answer
def tells(policy, request, charset, language, status, text, groups=(), unsupported=()):
    return answer(policy, request, charset, language, status, " ".join(heard), groups, unsupported)
responses.answer = tells
composed = compose.compose
def writes(notice, policy):
    mail = composed(notice, policy)
    line = ("X-Echo: " + heard[-1] + "\\r\\n").encode("utf-8")
    return compose.replace(mail, octets=line + mail.octets)
import fakes.printer.mail.delivery as delivery
compose.compose = writes
delivery.compose = writes
"""
COOKIE = "cookie-of-the-session-5"


def test_what_a_printer_gives_back_is_written_nowhere(tmp_path: Path, smtp: int) -> None:
    directory, hostile = tmp_path / "bench", tmp_path / "hostile"
    directory.mkdir()
    hostile.mkdir()
    (hostile / "sitecustomize.py").write_text(f"COOKIE = {COOKIE!r}\n{ECHO}")
    environment = environment_of(directory)
    echoing = environment | {"PYTHONPATH": os.pathsep.join([str(hostile), str(ROOT)])}
    accounts = ("bench=env:BENCH_PASSWORD", f"Carol Abel=file:{tmp_path / 'own'}", "Mallory Chan=env:OTHER_PASSWORD")
    options = [word for account in accounts for word in ("--account", account)]
    with printer(directory, echoing, smtp, "--security", "mixed", "--auth", "basic", *options) as uri:
        code, written, listed = run_at(uri, directory, environment, smtp, bench_of(directory, users_in(directory)))
    assert code in (0, 1, 3), written.decode()
    kept = everything_below(directory)
    assert b"X-Echo: ***" in kept  # in heads and in mails
    assert b"Set-Cookie: ***" in kept
    assert leaked(written + listed + kept) == []
    assert COOKIE.encode() not in kept


CRASH = """
import fakes.stage.subscriber as s
async def broken(self, *arguments, **named):
    raise RuntimeError("on purpose")
s.Subscriber._once = broken
"""


def test_a_fault_of_ours_shows_no_password(tmp_path: Path) -> None:
    directory = tmp_path / "bench"
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(CRASH)
    environment = environment_of(directory) | {"PYTHONPATH": os.pathsep.join([str(directory), str(ROOT)])}
    code, written, _ = run_at("ipp://127.0.0.1:1/", directory, environment, 0, bench_of(directory, users_in(directory)))
    assert code == 4
    assert b"on purpose" in written
    assert leaked(written + everything_below(directory)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        (f"ipp://bench:{OWN}@127.0.0.1:1/",),
        (f"https://bench:{OWN}@127.0.0.1:1/ipp",),
        ("ipp://127.0.0.1:1/", "--directory", f"ldap://cn=bench:{OWN}@127.0.0.1:1/ou=printers"),
    ],
)
def test_a_uri_with_a_password_is_refused_and_not_repeated(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reports", "run", *arguments], cwd=tmp_path, env=environment_of(tmp_path),
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr.decode()
    assert len(done.stderr.splitlines()) == 1
    assert leaked(done.stdout + done.stderr + everything_below(tmp_path)) == []


# It breaks where a client says who it is, with the password in hand.
CRASH_AT_LOGIN = """
import fakes.recipient.smtp_engine as engine
def broken(known, server, session, envelope, mechanism, login):
    raise RuntimeError("on purpose")
engine._authenticate = broken
"""
LOGIN = "password-for-mails-6"


ENCODED = [base64.b64encode(f"{before}{LOGIN}".encode()).rstrip(b"=") for before in ("", "\0printer\0")]


def test_the_login_for_mails_is_written_nowhere(tmp_path: Path) -> None:
    directory = tmp_path / "bench"
    directory.mkdir()
    environment = environment_of(directory) | {"MAIL_LOGIN": f"printer:{LOGIN}"}
    command = [sys.executable, "-m", "reports", "run", "-v", "--select", "T1-From-1,S-hello", "--awkward", "0"]
    command += ["--smtp-auth", "require", "--smtp-login", "env:MAIL_LOGIN", "--report-dir", str(directory / "report")]
    written, listed = written_and_listed(command, directory, environment)
    assert b"--smtp-login\0env:" in listed  # the printer that it has started is among them
    everything = written + listed + everything_below(directory)
    assert [form for form in (LOGIN.encode(), *ENCODED) if form in everything] == []
    assert b"AUTH PLAIN ***" in everything


def test_a_fault_of_ours_at_a_login_for_mails_shows_no_password(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(CRASH_AT_LOGIN)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment = environment_of(tmp_path / "bench") | {"PYTHONPATH": path, "MAIL_LOGIN": f"printer:{LOGIN}"}
    command = [sys.executable, "-m", "reports", "recipient", "--evidence", "r.evidence"]
    command += ["--smtp-auth", "require", "--smtp-login", "env:MAIL_LOGIN", "--smtp-listen", "127.0.0.1:0"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            with socket.create_connection(("127.0.0.1", int(ready.split()[2].rpartition(b":")[2])), 10) as client:
                client.sendall(b"EHLO x\r\nAUTH PLAIN " + ENCODED[1] + b"=" * (-len(ENCODED[1]) % 4) + b"\r\n")
                with pytest.raises(ConnectionResetError):
                    client.makefile("rb").read()
        finally:
            process.terminate()
        written = process.stdout.read()
    assert b"on purpose" in written
    everything = written + everything_below(tmp_path)
    assert [form for form in (LOGIN.encode(), *ENCODED) if form in everything] == []


@pytest.mark.parametrize(
    "entries", [{"password": "5"}, {"password-from": OTHER}, {"trust": "nowhere.pem"}, {"unheard-of": EVERY}]
)
def test_a_wrong_ixit_shows_no_password(tmp_path: Path, entries: dict[str, str]) -> None:
    directory = tmp_path / "bench"
    directory.mkdir()
    environment = environment_of(directory)
    ixit = bench_of(directory, users_in(directory))
    ixit.write_text(ixit.read_text().replace('user = "bench"\npassword-from = "env:BENCH_PASSWORD"\n', ""))
    with ixit.open("a") as file:
        file.writelines(f"{key} = {value if value == '5' else repr(value)}\n" for key, value in entries.items())
    code, written, _ = run_at("ipp://127.0.0.1:1/", directory, environment, 0, ixit)
    assert code == 2, written.decode()
    assert len(written.splitlines()) == 1
    assert leaked(written + everything_below(directory)) == []
