"""TLS and AUTH on the way of the mails, asked for on the command line."""

from __future__ import annotations

import base64
import json
import os
import smtplib
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, Run
from conformance.record.smtp_sessions import read_sessions
from fakes.certificates import Authority, Flaw
from fakes.mail_security import Auth, Mechanism, Tls
from reports.commands import mail_path_arguments
from reports.commands.run_options import RunOptions
from reports.exits import Exit
from reports.tests.test_serving import ROOT, serving
from reports.viewing import session_view

SECRET = "open-sesame-4711"


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def encoded_login(name: str) -> str:
    return base64.b64encode(f"\0{name}\0{SECRET}".encode()).decode()


def test_the_words_are_those_of_the_recipient() -> None:
    assert tuple(Tls) == mail_path_arguments.TLS
    assert tuple(Auth) == mail_path_arguments.AUTH
    assert tuple(Mechanism) == mail_path_arguments.MECHANISMS


def test_the_recipient_alone_begins_in_tls_and_says_whom_to_trust(tmp_path: Path) -> None:
    options = ("--smtp-tls", "implicit", "--smtp-auth", "require", "--smtp-name", "mail.bench.example")
    with serving("recipient", "--evidence", "r.evidence", *options, cwd=tmp_path) as (process, ready):
        assert ready[:2] == ["ready", "smtp"]
        authority = Path(ready[ready.index("authority") + 1])
        context = ssl.create_default_context(cafile=tmp_path / authority)
        with smtplib.SMTP_SSL("127.0.0.1", int(ready[2].rpartition(":")[2]), timeout=10, context=context) as client:
            with pytest.raises(smtplib.SMTPSenderRefused):
                client.sendmail("a@b.example", ["c@d.example"], b"early\r\n")
            client.login("anybody", SECRET)
            client.sendmail("a@b.example", ["c@d.example"], b"late\r\n")
        process.terminate()
        assert process.wait(timeout=20) == 0
    with EvidenceFile.open(tmp_path / "r.evidence") as file:
        assert len(list(file.rows(MailRow))) == 1
        (talk,) = read_sessions(file)
        assert talk.dialogue.greeting is not None
        assert talk.dialogue.greeting.text.startswith("mail.bench.example ")
        assert talk.handshake is not None
        assert talk.mechanism == "PLAIN"
        (line,) = (line.text for line in session_view(talk).lines if "AUTH PLAIN" in line.text)
        assert line.endswith(f"*** (not kept: login, {len(encoded_login('anybody'))} octets)")
    octets = (tmp_path / "r.evidence").read_bytes()
    assert SECRET.encode() not in octets
    assert encoded_login("anybody").encode() not in octets


@pytest.mark.parametrize("flaw", [Flaw.WRONG_HOST, Flaw.EXPIRED, Flaw.SELF_SIGNED])
def test_a_certificate_that_is_no_good_is_shown_by_the_recipient_alone(tmp_path: Path, flaw: Flaw) -> None:
    options = ("--smtp-tls", "require", "--smtp-certificate", flaw.value, "--smtp-name", "localhost")
    with serving("recipient", "--evidence", "r.evidence", *options, cwd=tmp_path) as (process, ready):
        port = int(ready[2].rpartition(":")[2])
        careful = ssl.create_default_context(cafile=tmp_path / ready[ready.index("authority") + 1])
        with smtplib.SMTP("localhost", port, timeout=10) as client, pytest.raises(ssl.SSLCertVerificationError):
            client.starttls(context=careful)
        careless = ssl._create_unverified_context()
        with smtplib.SMTP("localhost", port, timeout=10) as client:
            client.starttls(context=careless)
            client.sendmail("a@b.example", ["c@d.example"], b"to whoever it may be\r\n")
        process.terminate()
        assert process.wait(timeout=20) == 0
    with EvidenceFile.open(tmp_path / "r.evidence") as file:
        refused, trusted = read_sessions(file)
        assert len(list(file.rows(MailRow))) == 1
        assert (len(refused.contents), len(trusted.contents)) == (0, 1)
        assert trusted.handshake is not None
        assert trusted.handshake.server_name == "localhost"


@pytest.mark.parametrize("tls", ["require", "implicit"])
def test_a_run_over_tls_with_a_login_conforms_and_tells_no_secret(tmp_path: Path, tls: str) -> None:
    done = run(
        *["run", "--select", "T1-From-1,S-hello,S-quit", "--awkward", "0"],
        *["--smtp-tls", tls, "--smtp-auth", "require", "--smtp-login", "env:BENCH_LOGIN"],
        cwd=tmp_path,
        BENCH_LOGIN=f"printer:{SECRET}",
    )
    assert done.returncode == Exit.CONFORMS, done.stderr
    assert "authority.pem has signed the recipient's certificate" in done.stderr
    (evidence,) = (tmp_path / "ippmailto-report").glob("*.evidence")
    with EvidenceFile.open(evidence) as file:
        found = [talk for talk in read_sessions(file) if talk.contents]
        assert found
        assert {(talk.mechanism, talk.dialogue.tls) for talk in found} == {("PLAIN", True)}
        (sitting,) = file.rows(Run)
        options = RunOptions.of(sitting.options)
        assert (options.tls, options.auth, options.certificate, options.has_login) == (tls, "require", "good", True)
        assert SECRET not in sitting.options
    encoded = encoded_login("printer")
    for path in (tmp_path / "ippmailto-report").rglob("*"):
        if path.is_file():
            octets = path.read_bytes()
            assert SECRET.encode() not in octets
            assert encoded.encode() not in octets
    assert SECRET not in done.stderr + done.stdout


def test_a_printer_may_log_in_by_a_digest_where_that_is_offered(tmp_path: Path) -> None:
    done = run(
        *["run", "--select", "T1-From-1", "--awkward", "0", "--smtp-auth", "require", "--smtp-mechanism", "cram-md5"],
        *["--smtp-login", "env:BENCH_LOGIN"],
        cwd=tmp_path,
        BENCH_LOGIN=f"printer:{SECRET}",
    )
    assert done.returncode == Exit.CONFORMS, done.stderr
    (evidence,) = (tmp_path / "ippmailto-report").glob("*.evidence")
    with EvidenceFile.open(evidence) as file:
        found = [talk for talk in read_sessions(file) if talk.contents]
        assert {talk.mechanism for talk in found} == {"CRAM-MD5"}
        (sitting,) = file.rows(Run)
        assert RunOptions.of(sitting.options).mechanisms == ("CRAM-MD5",)


def test_a_careful_printer_does_not_mail_to_a_recipient_with_a_bad_certificate(tmp_path: Path) -> None:
    done = run(
        *[
            "run",
            "--select",
            "table1.from_shows_the_printer_name[printer/text-plain]",
            "--awkward",
            "0",
            "-q",
            "--json-lines",
        ],
        *["--smtp-tls", "require", "--smtp-certificate", "wrong-host"],
        cwd=tmp_path,
    )
    assert done.returncode == Exit.INCONCLUSIVE, done.stderr
    assert {json.loads(line)["verdict"] for line in done.stdout.splitlines()} == {"inconclusive", "not-tested"}


def test_a_certificate_of_ones_own_is_shown(tmp_path: Path) -> None:
    authority = Authority()
    issued = authority.issue("127.0.0.1")
    (tmp_path / "own.pem").write_bytes(issued.pem + issued.key)
    options = ("--smtp-tls", "implicit", "--smtp-certificate", "own.pem")
    with serving("recipient", "--evidence", "r.evidence", *options, cwd=tmp_path) as (_, ready):
        assert "authority" not in ready
        port = int(ready[2].rpartition(":")[2])
        with smtplib.SMTP_SSL("127.0.0.1", port, timeout=10, context=authority.client_context()) as client:
            assert client.noop()[0] == 250


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--smtp-auth", "offer", "--smtp-login", "jones:sesame"), "env:VARIABLE or file:PATH"),
        (("--smtp-auth", "offer", "--smtp-login", "env:NOT_THERE_AT_ALL"), "not set"),
        (("--smtp-login", "env:HOME"), "--smtp-login"),
        (("--smtp-mechanism", "cram-md5"), "--smtp-auth offer or require"),
        (("--smtp-tls", "offer", "--smtp-certificate", "no-such"), "wrong-host"),
        (("--smtp-tls", "offer", "--smtp-certificate", "/etc/hostname"), "PEM"),
    ],
)
@pytest.mark.parametrize("command", ["run", "recipient"])
def test_what_cannot_be_is_told_in_one_line(tmp_path: Path, command: str, options: tuple[str, ...], says: str) -> None:
    done = run(command, *options, cwd=tmp_path)
    assert done.returncode == Exit.USAGE
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr
    assert "sesame" not in done.stderr
    assert not list(tmp_path.rglob("*.evidence"))


def test_every_kind_of_certificate_is_named_by_the_help(tmp_path: Path) -> None:
    told = " ".join(run("run", "--help", cwd=tmp_path, COLUMNS="200").stdout.split())
    assert all(f"{'good' if flaw is Flaw.NONE else flaw.value}," in told for flaw in Flaw)
