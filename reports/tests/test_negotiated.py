"""The reports tell what was negotiated, TLS and logins, of requests and of mails; nothing where there was neither."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.record.negotiated import Negotiated

from .test_secrets import EVERY, ROOT, bench_of, environment_of, printer, smtp  # noqa: F401 - a fixture

SELECT = ("--select", "1-3,S-hello", "--awkward", "0")


def judged(directory: Path, environment: dict[str, str], *arguments: str) -> tuple[dict[str, Any], str, str]:
    """A run: its verdict.json, its summary and its page."""
    done = subprocess.run(
        [sys.executable, "-m", "reports", "run", *arguments, *SELECT, "--report-dir", str(directory / "report")],
        cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((directory / "report/verdict.json").read_text())
    return document, done.stdout + done.stderr, (directory / "report/report.html").read_text()


def test_a_run_in_the_clear_tells_nothing(tmp_path: Path) -> None:
    document, said, page = judged(tmp_path, {**os.environ, "PYTHONPATH": str(ROOT)})
    assert document["negotiated"] == []
    assert "Security  " not in said
    assert "<dt>Security</dt>" not in page


def test_tls_and_the_scheme_of_requests_are_told(tmp_path: Path, smtp: int) -> None:  # noqa: F811
    directory = tmp_path / "bench"
    directory.mkdir()
    environment = environment_of(directory)
    options = ("--security", "enforce", "--auth", "digest", "--account", "Bob Jones=env:BENCH_PASSWORD")
    ixit = bench_of(directory, {"user": "Bob Jones", "password-from": "env:BENCH_PASSWORD"})
    with printer(directory, environment, smtp, *options) as uri:
        arguments = (uri, "--ixit", str(ixit), "--smtp-listen", f"127.0.0.1:{smtp}")
        document, said, page = judged(directory, environment, *arguments)
    told = [one for one in document["negotiated"] if one.get("proof") == "digest"]
    assert told
    assert {(one["protocol"], one["tls"][:7], one["way"]) for one in told} == {("ipp", "TLSv1.3", "from the start")}
    assert "Security  IPP: TLSv1.3 TLS_" in said
    assert "(from the start), digest, in " in page
    assert "<dt>Observed</dt><dd>ipps://127.0.0.1" in page  # the certificate
    assert EVERY not in said + page


@pytest.mark.parametrize(("tls", "way"), [("require", "starttls"), ("implicit", "from the start")])
def test_tls_and_the_mechanism_of_mails_are_told(tmp_path: Path, tls: str, way: str) -> None:
    options = ("--smtp-tls", tls, "--smtp-auth", "require")
    document, said, page = judged(tmp_path, {**os.environ, "PYTHONPATH": str(ROOT)}, *options)
    (told,) = [one for one in document["negotiated"] if one["protocol"] == "smtp"]
    assert (told["tls"][:7], told["way"], told["proof"]) == ("TLSv1.3", way, "PLAIN")
    assert told["times"] > 0
    assert f"({way}), PLAIN, in {told['times']} session" in said
    assert f"({way}), PLAIN, in {told['times']} session" in page


def test_a_failed_handshake_is_told_with_its_reason() -> None:
    one = Negotiated("smtp", server_name="recipient.example", problem="bad certificate", times=1)
    assert str(one) == "SMTP: no TLS in 1 session, to the name recipient.example: bad certificate"
