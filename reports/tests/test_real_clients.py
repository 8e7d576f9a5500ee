"""Real clients at the printer that ``ippmailto client`` plays: CUPS's ipptool and lp, and pyipp."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from fakes.tests.cups import needs_cups

from .test_client_command import client, verdict

needs_ipptool = pytest.mark.skipif(
    shutil.which("ipptool") is None, reason="ipptool is not here; apt-get install cups-ipp-utils"
)
needs_lp = pytest.mark.skipif(shutil.which("lp") is None, reason="lp is not here; apt-get install cups-client")
SECONDS: Final = "20"  # for a client that ends in one, or begins again for ever

IPPTOOL_ASKS: Final = """\
{ NAME "Asked" OPERATION Get-Printer-Attributes GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8 ATTR language attributes-natural-language en ATTR uri printer-uri $uri
  ATTR keyword requested-attributes printer-uri-supported,uri-security-supported,uri-authentication-supported }
{ NAME "Printed" OPERATION Validate-Job GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8 ATTR language attributes-natural-language en ATTR uri printer-uri $uri }
"""
PYIPP: Final = """\
import asyncio, sys
from urllib.parse import urlsplit
from pyipp import IPP
from pyipp.enums import IppOperation
async def main(uri, login):
    place = urlsplit(uri)
    user, password = login.split(":") if login else (None, None)
    async with IPP(place.hostname, port=place.port, base_path=place.path, tls=place.scheme == "ipps",
                   verify_ssl=False, username=user, password=password) as printer:
        for operation in (IppOperation.GET_PRINTER_ATTRIBUTES, IppOperation.VALIDATE_JOB):
            await printer.execute(operation, {"operation-attributes-tag": {}})
asyncio.run(main(sys.argv[1], sys.argv[2]))
"""
QUEUE: Final = """\
import socket, subprocess, sys
from fakes.tests.cups import PrivateCups
with socket.create_server(("127.0.0.1", 0)) as mail:
    mail.settimeout(15)
    with PrivateCups(mail.getsockname()[1]) as cups:
        server = f"127.0.0.1:{cups.port}"
        subprocess.run(["lpadmin", "-h", server, "-p", "queue", "-E", "-v", sys.argv[1], "-m", "raw"], check=True)
        subprocess.run(["lp", "-h", server, "-d", "queue", "-m", sys.argv[2]], check=True)
        mail.accept()[0].close()  # CUPS wants to mail that the job is done
"""


def judged(directory: Path, *arguments: str) -> dict[str, str]:
    """The verdicts that are not 'not applicable', by requirement."""
    done = client(directory, "client", "--serve-for", SECONDS, *arguments)
    assert done.returncode in (0, 1, 3), done.stderr
    requirements: list[dict[str, Any]] = verdict(directory)["requirements"]
    return {r["id"]: r["verdict"] for r in requirements if r["verdict"] != "not-applicable"}


def ways(*names: str) -> list[str]:
    return [word for name in names for word in ("--security", name)]


@pytest.fixture
def asks(tmp_path: Path) -> str:
    path = tmp_path / "asks.test"
    path.write_text(IPPTOOL_ASKS)
    return str(path)


# ---------------------------------------------------------------- ipptool


@needs_ipptool
def test_ipptool_insists_by_the_scheme(tmp_path: Path, asks: str) -> None:
    found = judged(tmp_path, "--insist-tls", "--", "ipptool", "-t", "{ipps}", asks)
    assert found == {"E2-1": "pass", "E2-2": "pass", "E3-4": "pass"}


@needs_ipptool
def test_ipptool_insists_by_upgrade(tmp_path: Path, asks: str) -> None:
    words = ("ipptool", "-E", "-t", "{ipp}", asks)
    found = judged(tmp_path, "--insist-tls", *ways("plain", "mixed", "enforce"), "--", *words)
    assert found == {"E2-1": "pass", "E2-2": "pass", "E3-4": "pass", "E5-2": "pass"}


@needs_ipptool
def test_ipptool_that_was_told_to_insist_by_nobody_but_us_fails(tmp_path: Path, asks: str) -> None:
    found = judged(tmp_path, "--insist-tls", *ways("plain"), "--", "ipptool", "-t", "{ipp}", asks)
    assert (found["E2-1"], found["E2-2"]) == ("fail", "fail")


@needs_ipptool
def test_ipptool_goes_where_a_refusal_sends_it(tmp_path: Path, asks: str) -> None:
    found = judged(tmp_path, *ways("mixed", "enforce"), "--", "ipptool", "-t", "{ipp}", asks)
    assert (found["E3-4"], found["E5-2"]) == ("pass", "pass")


@needs_ipptool
def test_ipptool_looks_at_no_lists(tmp_path: Path, asks: str) -> None:
    """It tries in the clear what the lists have for TLS alone, and goes into TLS when it is refused: a warning."""
    found = judged(tmp_path, *ways("tell"), "--", "ipptool", "-t", "{ipp}", asks)
    assert found["E3-4"] == "warning"


@needs_ipptool
@pytest.mark.parametrize("proof", ["basic", "digest"])
def test_ipptool_proves_itself_as_it_is_asked_to(
    tmp_path: Path, asks: str, proof: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSWORD_OF_JONES", "open-sesame-73")
    account = ("--account", "jones=env:PASSWORD_OF_JONES")
    words = ("ipptool", "-t", "ipp://jones:open-sesame-73@{host}:{port}/ipp/print", asks)
    found = judged(tmp_path, *ways("mixed"), "--auth", proof, *account, "--evidence", "c.evidence", "--", *words)
    assert found == {"E3-4": "pass"}
    octets = (tmp_path / "c.evidence").read_bytes()
    assert b"uthorization: " + proof.capitalize().encode() in octets
    assert b"open-sesame-73" not in octets


# ---------------------------------------------------------------- lp


@pytest.fixture
def document(tmp_path: Path) -> str:
    path = tmp_path / "document.txt"
    path.write_text("words\n")
    return str(path)


@needs_lp
def test_lp_asks_for_mail_without_an_address_for_replies(tmp_path: Path, document: str) -> None:
    words = ("lp", "-h", "{host}:{port}", "-d", "print", "-m", document)
    found = judged(tmp_path, *ways("plain"), "--", *words)
    assert found == {
        "3-5": "pass", "4.4-4": "fail", "4.4-6": "warning", "4.11-3": "pass", "10-5": "pass", "E3-4": "pass",
    }  # fmt: skip


@needs_lp
def test_lp_can_be_told_all_that_the_draft_asks_for(tmp_path: Path, document: str) -> None:
    told = ("-o", "notify-recipient-uri=mailto:jones@example.com", "-o", "notify-user-data=smith@example.com")
    words = ("lp", "-h", "{host}:{port}", "-d", "print", *told, document)
    found = judged(tmp_path, *ways("plain"), "--", *words)
    assert found == dict.fromkeys(("3-5", "4.4-4", "4.11-3", "10-5", "E3-4"), "pass")


@needs_lp
def test_lp_insists_on_tls(tmp_path: Path, document: str) -> None:
    words = ("lp", "-E", "-h", "{host}:{port}", "-d", "print", document)
    found = judged(tmp_path, "--insist-tls", "--", *words)
    assert (found["E2-1"], found["E2-2"], found["E5-2"]) == ("pass", "pass", "pass")


@needs_cups
@pytest.mark.skipif(shutil.which("lpadmin") is None, reason="lpadmin is not here; apt-get install cups-client")
def test_a_queue_of_cups_prints_in_tls_where_it_has_to(tmp_path: Path, document: str) -> None:
    """The client is CUPS's own: it asks, validates and prints, and goes into TLS when it is refused."""
    script = tmp_path / "cups_queue.py"
    script.write_text(QUEUE)
    found = judged(tmp_path, *ways("plain", "enforce"), "--", sys.executable, str(script), "{ipp}", document)
    assert found == {"E3-4": "pass", "E5-2": "pass"}
    plain, enforce = verdict(tmp_path)["observed"]
    assert "Send-Document in the clear" in plain
    assert "Send-Document in TLS" in enforce


# ---------------------------------------------------------------- pyipp


@pytest.fixture
def pyipp(tmp_path: Path) -> str:
    path = tmp_path / "pyipp_client.py"
    path.write_text(PYIPP)
    return str(path)


def test_pyipp_insists_by_the_scheme(tmp_path: Path, pyipp: str) -> None:
    found = judged(
        tmp_path, "--insist-tls", *ways("plain", "mixed", "refuse"), "--", sys.executable, pyipp, "{ipps}", ""
    )
    assert found == {"E2-1": "pass", "E2-2": "pass", "E3-4": "pass"}


def test_pyipp_in_the_clear_stays_where_it_may(tmp_path: Path, pyipp: str) -> None:
    found = judged(tmp_path, *ways("plain", "mixed"), "--", sys.executable, pyipp, "{ipp}", "")
    assert found == {"E3-4": "pass"}


def test_pyipp_is_deaf_to_the_lists(tmp_path: Path, pyipp: str) -> None:
    """It prints in the clear where every URI is listed for TLS, and gives up when it is refused."""
    found = judged(tmp_path, *ways("tell"), "--", sys.executable, pyipp, "{ipp}", "")
    assert found == {"E3-4": "fail"}


def test_pyipp_sends_its_password_unasked(tmp_path: Path, pyipp: str) -> None:
    words = (sys.executable, pyipp, "{ipps}", "jones:open-sesame-73")
    found = judged(tmp_path, *ways("mixed"), "--auth", "none", "--", *words)
    assert found["E3-4"] == "warning"  # nobody had asked for it, and it came after the lists
