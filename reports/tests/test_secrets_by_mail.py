"""What a printer logs in with, and nobody told the run of, gets into nothing that is written."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from .test_secrets import ROOT, everything_below, printer, smtp, written_and_listed
from .test_serving import serving

__all__ = ["smtp"]  # the fixture

NAME, PASSWORD = "printer-7", "only-the/printer knöws-8"
TOKEN: Final = "ya29.a-token+of/nobody-9"
MECHANISMS: Final = ("PLAIN", "LOGIN", "CRAM-MD5")


def looks(secret: str) -> Iterator[bytes]:
    """As it is, in base64 wherever it begins there, in hexadecimal, as URIs, JSON, Python and XML have it."""
    octets = secret.encode()
    yield octets
    for before in range(3):
        digits = base64.b64encode(b"\0" * before + octets)
        yield digits[before and before + 1 : -4]
        yield base64.urlsafe_b64encode(b"\0" * before + octets)[before and before + 1 : -4]
    yield octets.hex().encode()
    yield octets.hex().upper().encode()
    yield quote(secret).encode()
    yield quote(secret, safe="").encode()
    yield ascii(secret)[1:-1].encode()
    yield secret.encode("ascii", "xmlcharrefreplace")
    yield secret.encode("utf-16-le")


def found(secret: str, octets: bytes) -> list[bytes]:
    return [look for look in looks(secret) if look in octets]


def ours(directory: Path, environment: dict[str, str], *arguments: str) -> bytes:
    """All that a command of ours says."""
    command = [sys.executable, "-m", "reports", *arguments]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, check=False, timeout=120)
    assert b"Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_the_looks_are_seen() -> None:
    for text in (PASSWORD, quote(PASSWORD), PASSWORD.encode().hex(), ascii(PASSWORD)):
        assert found(PASSWORD, b"<" + text.encode() + b">")
    for before in ("", "x", "xy", "xyz"):
        assert found(PASSWORD, base64.b64encode(f"{before}\0{PASSWORD}\0y".encode()))
    assert not found(PASSWORD, b"no password")


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_login_that_nobody_told_of_is_written_nowhere(tmp_path: Path, smtp: int, mechanism: str) -> None:
    directory = tmp_path / "bench"
    directory.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    login = environment | {"MAIL_LOGIN": f"{NAME}:{PASSWORD}"}
    (tmp_path / "bench.toml").write_text("mail-timeout = 2\n")
    report = directory / "report"
    with printer(directory, login, smtp, "--smtp-login", "env:MAIL_LOGIN") as uri:
        command = [sys.executable, "-m", "reports", "run", uri, "-v", "--select", "T1-From-1,S-hello"]
        command += ["--awkward", "0", "--ixit", str(tmp_path / "bench.toml"), "--smtp-listen", f"127.0.0.1:{smtp}"]
        command += ["--smtp-auth", "require", "--smtp-mechanism", mechanism, "--report-dir", str(report), "--allure"]
        written, listed = written_and_listed(command, directory, environment)
    (evidence,) = report.glob("*.evidence")
    shown = b""
    for number in range(1, 4):
        shown += ours(directory, environment, "show", str(evidence), "smtp", str(number))
        shown += ours(directory, environment, "show", str(evidence), "smtp", str(number), "--raw")
    shown += ours(directory, environment, "judge", str(evidence), "-v", "--report-dir", str(directory / "again"))
    assert f"AUTH {mechanism}".encode() in shown
    assert b"octets)" in shown  # what is not kept is told
    everything = written + listed + shown + everything_below(directory)
    assert found(PASSWORD, everything) == []
    assert found(f"{NAME}\0{PASSWORD}", everything) == []


def test_what_a_killed_recipient_leaves_has_no_login(tmp_path: Path) -> None:
    plain = base64.b64encode(f"\0{NAME}\0{PASSWORD}".encode())
    token = base64.b64encode(f"user={NAME}\1auth=Bearer {TOKEN}\1\1".encode())
    said = [b"EHLO x", b"AUTH XOAUTH2 " + token, b"AUTH PLAIN", plain, b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>", b"DATA"]
    mail = b"See ipp://%s:%s@printer.example/\r\n.\r\n" % (NAME.encode(), quote(PASSWORD, safe="").encode())
    options = ("--evidence", "r.evidence", "--smtp-auth", "offer", "-v", "--smtp-listen", "127.0.0.1:0")
    with (
        serving("recipient", *options, cwd=tmp_path) as (process, ready),
        socket.create_connection(("127.0.0.1", int(ready[2].rpartition(":")[2])), 10) as client,
    ):
        answers = client.makefile("rb")
        answers.readline()
        for line in said:
            client.sendall(line + b"\r\n")
            while answers.readline()[3:4] == b"-":
                pass
        client.sendall(mail)
        assert answers.readline().startswith(b"250")
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    left = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert "r.evidence-wal" in left
    octets = everything_below(tmp_path)
    assert b"AUTH XOAUTH2 ***" in octets
    assert f"ipp://{NAME}:***".encode() in octets
    assert [*found(PASSWORD, octets), *found(TOKEN, octets)] == []
