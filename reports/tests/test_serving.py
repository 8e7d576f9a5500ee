"""The printer and the recipient alone: one ready line, a clean stop."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, RunEnd
from reports.tests.test_command import ippmailto

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(
    *arguments: str, cwd: Path, stderr: TextIO | None = None
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A long-running command and the words of its ready line; ended by its own pid."""
    process = subprocess.Popen(
        [sys.executable, "-m", "reports", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().split()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=20)
        process.stdout.close()


@pytest.mark.parametrize("verbose", [True, False])
def test_the_recipient_tells_of_each_mail_where_that_is_wanted(tmp_path: Path, verbose: bool) -> None:
    with (
        (tmp_path / "stderr").open("w") as stderr,
        serving("recipient", *(["-v"] if verbose else []), cwd=tmp_path, stderr=stderr) as (process, ready),
    ):
        host, _, port = ready[2].rpartition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as client:
            for recipient in ("c@d.example", "e@d.example"):
                client.sendmail("a@b.example", [recipient], b"Subject: x\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    told = ["ippmailto: mail 1 for c@d.example", "ippmailto: mail 2 for e@d.example"]
    assert (tmp_path / "stderr").read_text().splitlines() == (told if verbose else [])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_recipient_keeps_a_mail_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with serving("recipient", "--evidence", "r.evidence", cwd=tmp_path) as (process, ready):
        assert ready[:2] == ["ready", "smtp"]
        host, _, port = ready[2].rpartition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as client:
            client.sendmail("a@b.example", ["c@d.example"], b"Subject: x\r\n\r\n.dot\r\n")
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
    with EvidenceFile.open(tmp_path / "r.evidence") as file:
        (mail,) = file.rows(MailRow)
        assert file.client_octets(mail.session, mail.start, mail.end) == b"Subject: x\r\n\r\n..dot\r\n"
        assert [end.reason for end in file.rows(RunEnd)] == ["finished"]


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_the_recipient_whose_evidence_was_cut_takes_no_more_mail_and_says_so(tmp_path: Path, suffix: str) -> None:
    said = tmp_path / "said"
    with (
        said.open("w") as errors,
        serving("recipient", "--evidence", "r.evidence", cwd=tmp_path, stderr=errors) as (process, ready),
    ):
        host, _, port = ready[2].rpartition(":")
        client = smtplib.SMTP(host, int(port), timeout=10)  # its own goodbye would be answered 421, too
        client.sendmail("a@b.example", ["c@d.example"], b"Subject: x\r\n\r\nfirst\r\n")
        os.truncate(tmp_path / f"r.evidence{suffix}", 100)
        with pytest.raises(smtplib.SMTPResponseException) as caught:
            client.sendmail("a@b.example", ["c@d.example"], b"Subject: x\r\n\r\nsecond\r\n")
        client.close()
        assert caught.value.smtp_code in (452, 421)  # at the message, or already when it closes for good
        assert process.wait(timeout=20) == 4  # nobody has told it to stop
    (line,) = said.read_text().splitlines()
    assert f"r.evidence{suffix} was cut short while it was written to" in line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_printer_says_where_it_is_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with serving("printer", cwd=tmp_path) as (process, ready):
        assert ready[0] == "ready"
        assert ready[1].startswith("ipp://127.0.0.1:")
        process.send_signal(number)
        assert process.wait(timeout=20) == 0


@pytest.mark.parametrize("security", ["plain", "mixed", "tell", "refuse", "enforce"])
def test_the_printer_says_where_it_is_in_the_clear_and_in_tls(tmp_path: Path, security: str) -> None:
    with serving("printer", "--security", security, cwd=tmp_path) as (_, ready):
        schemes = [word.partition(":")[0] for word in ready if "://" in word]
        words = ready[4:]
    right = {
        "plain": (["ipp"], []),
        "mixed": (["ipp", "ipps"], ["secure"]),
        "tell": (["ipps", "ipp"], ["plain"]),
        "refuse": (["ipps", "ipp"], ["plain"]),
        "enforce": (["ipps", "ipp"], ["plain"]),
    }
    assert (schemes, words[:1]) == right[security]


def test_the_printer_leaves_what_its_clients_need(tmp_path: Path) -> None:
    options = ("--security", "enforce", "--auth", "certificate", "--certificates", "tls")
    with serving("printer", *options, cwd=tmp_path):
        assert {path.name for path in (tmp_path / "tls").iterdir()} == {"ca.pem", "client.pem", "client.key"}
        assert (tmp_path / "tls/client.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--certificates", "tls"], "a printer without TLS has no certificates"),
        (["--auth", "certificate"], "nobody shows a certificate in the clear"),
        (["--account", "bob"], "NAME=env:VARIABLE"),
        (["--account", "bob=s3cret"], "env:VARIABLE or file:PATH"),
        (["--account", "bob=env:NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE"),
    ],
)
def test_what_the_printer_cannot_be_is_told_in_one_line(tmp_path: Path, options: list[str], said: str) -> None:
    command = [sys.executable, "-m", "reports", "printer", *options]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "s3cret" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_recipient_that_cannot_listen_leaves_no_evidence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = ippmailto("recipient", "--smtp-listen", address, cwd=tmp_path)
    assert done.returncode == 2
    assert f"cannot listen on {address}" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["run", "client", "recipient"])
def test_no_directory_is_made_for_evidence(tmp_path: Path, command: str) -> None:
    done = ippmailto(command, "--evidence", "slip/x.evidence", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no directory slip for the evidence" in done.stderr
    assert not (tmp_path / "slip").exists()
