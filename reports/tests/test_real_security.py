"""Real printers and security: CUPS in the clear, in TLS and where it demands either; lprint, which mails nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from fakes.tests.cups import PrivateCups, needs_cups
from fakes.tests.own_network import ADDRESS, in_own_network, needs_own_network
from fakes.tests.ports import free_port

from .test_real_printer import CUPS_2_4_2_FAILS

ROOT: Final = Path(__file__).parents[2]
SECURITY: Final = ("E1-*", "E2-*", "E3-*", "E4-*", "E5-*", "E-7", "MV-*")
ENVIRONMENT: Final = {**os.environ, "PYTHONPATH": str(ROOT)}


def run_command(uri: str, smtp: int, directory: Path, *options: str) -> list[str]:
    listen = ("--smtp-listen", f"127.0.0.1:{smtp}", "--report-dir", str(directory))
    return [sys.executable, "-m", "reports", "run", uri, "-q", *listen, *options]


def verdicts(directory: Path) -> dict[str, str]:
    document: dict[str, Any] = json.loads((directory / "verdict.json").read_text())
    return {entry["id"]: entry["verdict"] for entry in document["requirements"] if entry["verdict"] != "not-tested"}


def of_security(found: dict[str, str]) -> dict[str, str]:
    """Those that can be judged here, without what an open printer or a run without directory leaves out."""
    return {n: v for n, v in found.items() if n.startswith(("E", "MV")) and v != "not-applicable"}


def judged(cups: PrivateCups, scheme: str, smtp: int, directory: Path, *options: str) -> dict[str, str]:
    """A run at its queue; the selection is that of the entries on security unless there are options."""
    select = options or tuple(word for pattern in SECURITY for word in ("--select", pattern))
    uri = cups.printer.replace("ipp:", f"{scheme}:")
    done = subprocess.run(
        run_command(uri, smtp, directory, *select), env=ENVIRONMENT, capture_output=True, text=True, timeout=500,
        check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return verdicts(directory)


# Over a loopback CUPS demands nothing.  That it has TLS it tells in TLS alone; and an offer of TLS with a request is
# answered by 101 as soon as the head is there, so that the body, which still comes in the clear, breaks the handshake.
IN_CLEAR: Final = {
    "E3-1": "pass", "E3-3": "pass", "E5-2": "warning", "E5-3": "fail", "MV-1": "pass", "MV-2": "pass", "MV-3": "pass",
}  # fmt: skip
IN_TLS: Final = IN_CLEAR | {"E2-3": "pass", "E5-1": "pass"}


@needs_cups
@pytest.mark.takes(5)
@pytest.mark.parametrize(
    ("demand", "scheme", "right"),
    [
        ("IfRequested", "ipp", IN_CLEAR),
        ("IfRequested", "ipps", IN_TLS),
        ("Never", "ipp", IN_CLEAR),
        ("Required", "ipps", IN_TLS),
    ],
)
def test_cups_on_a_loopback(tmp_path: Path, demand: str, scheme: str, right: dict[str, str]) -> None:
    with free_port() as smtp, PrivateCups(smtp, location_lines=f"Encryption {demand}") as cups:
        assert of_security(judged(cups, scheme, smtp, tmp_path)) == right


@needs_cups
@pytest.mark.takes(5)
@pytest.mark.parametrize("scheme", ["ipp", "ipps"])
def test_cups_is_not_blamed_for_being_in_dnssd_by_both_its_ways(tmp_path: Path, scheme: str) -> None:
    """In the clear it lists its URI in the clear, and in TLS the one for TLS; DNS-SD has them both."""
    with free_port() as smtp, PrivateCups(smtp) as cups:
        place = urlsplit(cups.printer)
        name = place.path.rpartition("/")[2]
        records = [
            f"{name}.{service}.local. {kind}\n"
            for service in ("_ipp._tcp", "_ipps._tcp")
            for kind in (f"SRV 0 0 {place.port} localhost.", f'TXT "rp={place.path.lstrip("/")}" "TLS=1.2"')
        ]
        (tmp_path / "zone").write_text("".join(records))
        options = ("--directory", str(tmp_path / "zone"), "--select", "MV-4,MV-6a")
        command = run_command(cups.printer.replace("ipp:", f"{scheme}:"), smtp, tmp_path / "report", *options)
        subprocess.run(command, env=ENVIRONMENT, capture_output=True, timeout=100, check=False)
    assert verdicts(tmp_path / "report") == {"MV-4": "pass", "MV-6a": "pass"}


OF_ITS_MAILS: Final = (
    "T1-*", "1-3", "1-6", "3-1", "3-2", "4.4-2", "4.4-3", "4.8-1", "5-3", "5-4", "S-hello", "S-path", "S-mime",
    "S-quit",
)  # fmt: skip


@needs_cups
@pytest.mark.takes(15)
def test_cups_is_judged_the_same_in_tls(tmp_path: Path) -> None:
    """A part: that the whole suite comes to the same in TLS is shown on the reference printer."""
    select = [word for pattern in OF_ITS_MAILS for word in ("--select", pattern)]
    with free_port() as smtp, PrivateCups(smtp) as cups:
        found = judged(cups, "ipps", smtp, tmp_path, "--awkward", "0", *select)
    failed = {name for name, verdict in found.items() if verdict == "fail"}
    assert failed == {n for n in CUPS_2_4_2_FAILS if n.startswith("T1-") or n in OF_ITS_MAILS}
    assert "inconclusive" not in found.values()
    passed = ("1-3", "3-1", "4.8-1", "S-hello", "S-quit")
    assert {name: found[name] for name in passed} == dict.fromkeys(passed, "pass")


# ---------------------------------------------------------------- where CUPS demands TLS

WITH_CUPS: Final = """
import json, subprocess, sys
from pathlib import Path
from fakes.tests.cups import PrivateCups
from reports.tests.test_real_security import run_command
smtp, directory, address, settings, options = int(sys.argv[1]), Path(sys.argv[2]), *map(json.loads, sys.argv[3:6])
with PrivateCups(smtp, listen=address, **settings) as cups:
    for scheme in sys.argv[6:]:
        command = run_command(cups.printer.replace("ipp:", scheme + ":"), smtp, directory / scheme, *options)
        subprocess.run(command, check=False)
"""


def at_another_address(directory: Path, settings: dict[str, str], options: Sequence[str], *schemes: str) -> None:
    """Runs at a CUPS that takes us for a stranger; their reports are in directories of the schemes' names."""
    with free_port() as smtp:
        arguments = [str(smtp), str(directory), *map(json.dumps, (ADDRESS, settings, list(options))), *schemes]
        command = in_own_network(sys.executable, "-c", WITH_CUPS, *arguments)
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_cups
@needs_own_network
@pytest.mark.takes(5)
def test_cups_that_demands_tls_of_strangers(tmp_path: Path) -> None:
    select = [word for pattern in SECURITY for word in ("--select", pattern)]
    settings = {"location_lines": "Encryption Required"}
    at_another_address(tmp_path, settings, select, "ipps", "ipp")
    right = {
        "E1-1": "pass", "E1-2": "pass", "E1-3": "pass", "E1-4": "pass", "E2-3": "pass", "E3-3": "pass", "E4-1": "pass",
        "E4-2": "pass", "E5-3": "fail", "E-7": "pass", "MV-1": "pass", "MV-2": "pass", "MV-3": "pass",
    }  # fmt: skip
    assert of_security(verdicts(tmp_path / "ipps")) == right
    in_clear = json.loads((tmp_path / "ipp/verdict.json").read_text())
    assert in_clear["verdict"] == "not-judged"
    assert "the printer wants TLS (it names TLS/1.2" in in_clear["reason"]


@needs_cups
@needs_own_network
@pytest.mark.takes(5)
def test_cups_is_met_by_upgrade(tmp_path: Path) -> None:
    (tmp_path / "bench.toml").write_text("upgrade = true\n")
    options = ["--ixit", str(tmp_path / "bench.toml"), "--select", "1-3,3-1,E2-3"]
    at_another_address(tmp_path, {"location_lines": "Encryption Required"}, options, "ipp")
    found = verdicts(tmp_path / "ipp")
    assert {name: found[name] for name in ("1-3", "3-1", "E2-3")} == dict.fromkeys(("1-3", "3-1", "E2-3"), "pass")


# ---------------------------------------------------------------- where CUPS demands a password

PASSWORD: Final = "only-cups-knows"
PAM: Final = "auth required pam_exec.so expose_authtok quiet {check}\naccount required pam_permit.so\n"
CHECK: Final = '#!/bin/sh\n[ "$PAM_USER" = "Bob Jones" ] && [ "$(tr -d "\\0")" = "{password}" ]\n'


def has_pam() -> bool:
    return Path("/etc/pam.d/cups").exists() and any(Path("/lib").glob("*/security/pam_exec.so"))


@needs_cups
@needs_own_network
@pytest.mark.takes(5)
@pytest.mark.skipif(not has_pam(), reason="no PAM with pam_exec for CUPS here")
@pytest.mark.parametrize("scheme", ["ipp", "ipps"])
def test_cups_asks_who_prints_and_is_told(tmp_path: Path, scheme: str) -> None:
    """PAM reads a file of ours in a mount namespace of ours; nothing of the machine's own is touched."""
    pam, check = tmp_path / "pam", tmp_path / "check"
    check.write_text(CHECK.format(password=PASSWORD))
    check.chmod(0o755)
    pam.write_text(PAM.format(check=check))
    tmp_path.chmod(0o755)
    (tmp_path / "bench.toml").write_text('user = "Bob Jones"\npassword-from = "env:BENCH_PASSWORD"\n')
    options = ["--ixit", str(tmp_path / "bench.toml"), "--select", "1-3,3-1,E4-1"]
    settings = {"cupsd_lines": "DefaultAuthType Basic", "location_lines": "AuthType Basic\nRequire valid-user"}
    inner = [sys.executable, "-c", WITH_CUPS]
    bind = f'mount --bind {pam} /etc/pam.d/cups && exec "$@"'
    with free_port() as smtp:
        arguments = [str(smtp), str(tmp_path), *map(json.dumps, ("127.0.0.1", settings, options)), scheme]
        command = in_own_network("unshare", "--mount", "sh", "-c", bind, "sh", *inner, *arguments)
        done = subprocess.run(
            command, env={**ENVIRONMENT, "BENCH_PASSWORD": PASSWORD}, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = verdicts(tmp_path / scheme)
    assert {name: found[name] for name in ("1-3", "3-1", "E4-1")} == dict.fromkeys(("1-3", "3-1", "E4-1"), "pass")
    assert PASSWORD.encode() not in b"".join(p.read_bytes() for p in (tmp_path / scheme).rglob("*") if p.is_file())


# ---------------------------------------------------------------- a printer that mails nothing

LPRINT: Final = shutil.which("lprint")
WITH_LPRINT: Final = """
import signal, socket, subprocess, sys, time
from pathlib import Path
from reports.tests.test_real_security import run_command
directory, home = Path(sys.argv[1]), Path(sys.argv[2])
server = subprocess.Popen(
    ["lprint", "server", "-o", "server-port=7631", "-o", "listen-hostname=127.0.0.1", "-o", f"log-file={home}/log"]
)
try:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", 7631), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    subprocess.run(["lprint", "add", "-d", "q", "-v", "socket://127.0.0.1:9", "-m", "zpl_2inch-203dpi-dt"], check=True)
    for scheme in ("ipp", "ipps"):
        uri = f"{scheme}://127.0.0.1:7631/ipp/print/q"
        print(subprocess.run(run_command(uri, 0, directory / scheme), check=False).returncode, flush=True)
finally:
    server.send_signal(signal.SIGTERM)
    server.wait(20)
"""


@pytest.mark.takes(3)
@needs_own_network
@pytest.mark.skipif(LPRINT is None, reason="lprint is not here; apt-get install lprint")
def test_lprint_is_reached_in_tls_and_not_judged(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    command = in_own_network(sys.executable, "-c", WITH_LPRINT, str(tmp_path), str(home))
    environment = {**ENVIRONMENT, "HOME": str(home), "TMPDIR": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    for scheme in ("ipp", "ipps"):
        document = json.loads((tmp_path / scheme / "verdict.json").read_text())
        assert document["verdict"] == "not-judged"
        assert "offers no mail" in document["reason"]
        assert bool(document["observed"]) == (scheme == "ipps")  # its certificate
