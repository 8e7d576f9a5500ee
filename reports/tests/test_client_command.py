"""``ippmailto client``: what it says, how it ends, what it keeps; the client here is Python's own HTTP."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation

from .test_serving import ROOT, serving

SECRET: Final = "open-sesame-73"
CLIENT: Final = """\
import sys, urllib.request
from conformance.wire import ipp
group = ipp.Group(1, (ipp.charset("attributes-charset", "utf-8"),
    ipp.natural_language("attributes-natural-language", "en"), ipp.uri("printer-uri", sys.argv[1]),
    ipp.octet_string("job-password", sys.argv[3].encode())))
body = ipp.encode(ipp.Message(11, 1, (group,)))
headers = {"Content-Type": "application/ipp", "Authorization": "Basic " + sys.argv[2]}
url = sys.argv[1].replace("ipp://", "http://")
print(urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10).status)
"""


def client(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports", *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def verdict(directory: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((directory / "ippmailto-report" / "verdict.json").read_bytes())
    return told


def ask(uri: str) -> None:
    """Get-Printer-Attributes, in the clear."""
    group = ipp.Group(
        GroupTag.OPERATION,
        (
            ipp.charset("attributes-charset", "utf-8"),
            ipp.natural_language("attributes-natural-language", "en"),
            ipp.uri("printer-uri", uri),
        ),
    )
    body = ipp.encode(ipp.Message(Operation.GET_PRINTER_ATTRIBUTES, 1, (group,)))
    post = urllib.request.Request(uri.replace("ipp:", "http:"), body, {"Content-Type": "application/ipp"})
    with urllib.request.urlopen(post, timeout=10) as answer:
        assert answer.status == 200


def test_where_nobody_comes_nothing_is_judged(tmp_path: Path) -> None:
    done = client(tmp_path, "client", "--security", "plain", "--serve-for", "1")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (5, "not-judged: no client connected")
    told = verdict(tmp_path)
    assert (told["subject"], told["verdict"], told["reason"]) == ("client", "not-judged", "no client connected")
    assert {r["binds"] for r in told["requirements"]} == {"client"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_came_is_judged_when_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    with serving("client", "--insist-tls", "--security", "mixed", "--host", "127.0.0.1", cwd=tmp_path) as (
        process,
        ready,
    ):
        assert ready[:2] == ["ready", "mixed"]
        assert ready[2].startswith("ipps://127.0.0.1:")
        process.send_signal(number)
        assert process.wait(timeout=60) == 5


def test_a_client_in_the_clear_is_judged_and_judged_again(tmp_path: Path) -> None:
    with serving("client", "--security", "plain", "--evidence", "c.evidence", cwd=tmp_path) as (process, ready):
        ask(ready[2])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 3  # it did nothing that an entry is about
    first = verdict(tmp_path)
    assert first["observed"] == ["plain: 1 connection, Get-Printer-Attributes in the clear"]
    assert first["client"].startswith("Python-urllib")
    again = client(tmp_path, "judge", "c.evidence", "-q")
    assert (again.returncode, verdict(tmp_path)) == (3, first)


def test_a_command_is_told_where_the_printer_is_and_its_secrets_are_not_kept(tmp_path: Path) -> None:
    coded = base64.b64encode(f"jones:{SECRET}".encode()).decode()
    script = tmp_path / "client.py"
    script.write_text(CLIENT)
    words = [sys.executable, str(script), "{ipp}", coded, SECRET]
    done = client(tmp_path, "client", "--insist-tls", "--security", "plain", "-v", "--", *words)
    assert done.returncode == 1, done.stderr
    assert "FAIL E2-1" in done.stdout
    assert "FAIL E2-2" in done.stdout
    for path in tmp_path.rglob("*"):
        if path.is_file() and path != script:
            octets = path.read_bytes()
            assert coded.encode() not in octets, path
            assert SECRET.encode() not in octets, path
    assert SECRET not in done.stdout + done.stderr
    assert coded not in done.stdout + done.stderr
    shown = (tmp_path / "ippmailto-report" / "report.html").read_text()
    assert "Authorization: Basic ****" in shown


def test_who_only_knocks_has_not_begun_with_tls(tmp_path: Path) -> None:
    knock = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()"
    words = [sys.executable, "-c", knock, "{host}", "{port}"]
    done = client(tmp_path, "client", "--insist-tls", "--security", "plain", "--", *words)
    assert done.returncode == 3
    assert verdict(tmp_path)["counts"]["pass"] == 0
    told = {r["id"]: r["reason"] for r in verdict(tmp_path)["requirements"]}
    assert told["E2-1"] == "the client connected, and tried neither TLS nor an operation"


def test_each_way_is_played_and_a_hanging_client_is_ended(tmp_path: Path) -> None:
    program = "import sys, signal; print(sys.argv[1], flush=True); signal.pause()"
    words = [sys.executable, "-c", program, "{way}={host}:{port}"]
    chosen = ("--security", "tell", "--security", "refuse")
    done = client(tmp_path, "client", *chosen, "--serve-for", "1", "--json-lines", "--", *words)
    assert done.returncode == 5
    assert done.stdout.splitlines()
    assert all(json.loads(line)["verdict"] == "not-tested" for line in done.stdout.splitlines())
    for way in ("tell", "refuse"):
        assert f"{way}=127.0.0.1:" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--port", "6310"), "name the way with --security"),
        (("--security", "plain", "--auth", "certificate"), "nobody shows a certificate in the clear"),
        (("--security", "plain", "--", "no-such-program-here"), "cannot be started"),
        (("--security", "plain", "--select", "E1-1"), "no client is judged by E1-1"),
        (("--security", "plain", "--host", "192.0.2.1"), "the printer cannot listen"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, arguments: tuple[str, ...], problem: str) -> None:
    done = client(tmp_path, "client", *arguments)
    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_says_who_judges_clients(tmp_path: Path) -> None:
    done = client(tmp_path, "run", "--select", "E2-1")
    assert done.returncode == 2
    assert "ippmailto client" in done.stderr
