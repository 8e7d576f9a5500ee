"""A printer's URI is read with care: encoded where it can be, refused in one line where not, and no secret in it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.http.tests.any_request import exchanges_of
from fakes.http.tests.raw_server import hears_a_request, serving
from fakes.recipient.tests.recipient_bench import ROOT
from fakes.stage.printer_uri import Target, UriError


@pytest.mark.parametrize(
    ("uri", "printer_uri", "host", "port", "authority", "path", "tls"),
    [
        ("ipp://h/ipp", "ipp://h/ipp", "h", 631, "h:631", "/ipp", False),
        ("IPPS://H.example:8631", "ipps://H.example:8631/", "H.example", 8631, "H.example:8631", "/", True),
        ("http://h/p", "ipp://h:80/p", "h", 80, "h:80", "/p", False),
        ("https://h/p", "ipps://h:443/p", "h", 443, "h:443", "/p", True),
        ("ipp://h:/p", "ipp://h/p", "h", 631, "h:631", "/p", False),
        ("ipp://h./p", "ipp://h./p", "h.", 631, "h.:631", "/p", False),
        ("ipp://h/two words", "ipp://h/two%20words", "h", 631, "h:631", "/two%20words", False),
        ("ipp://h/tästq", "ipp://h/t%C3%A4stq", "h", 631, "h:631", "/t%C3%A4stq", False),
        ("ipp://h/t%c3%a4%20q", "ipp://h/t%c3%a4%20q", "h", 631, "h:631", "/t%c3%a4%20q", False),
        ("ipp://h/50%", "ipp://h/50%25", "h", 631, "h:631", "/50%25", False),
        ('ipp://h/<a>"{b}|\\^`', "ipp://h/%3Ca%3E%22%7Bb%7D%7C%5C%5E%60", "h", 631, "h:631",
         "/%3Ca%3E%22%7Bb%7D%7C%5C%5E%60", False),
        ("ipp://h/p?q=ü r&s", "ipp://h/p?q=%C3%BC%20r&s", "h", 631, "h:631", "/p?q=%C3%BC%20r&s", False),
        ("ipp://h/a@b", "ipp://h/a@b", "h", 631, "h:631", "/a@b", False),
        ("ipp://h/\udcff", "ipp://h/%FF", "h", 631, "h:631", "/%FF", False),
        ("ipp://[::1]/p", "ipp://[::1]/p", "::1", 631, "[::1]:631", "/p", False),
        ("ipp://[fe80::1%25lo]/p", "ipp://[fe80::1]/p", "fe80::1%lo", 631, "[fe80::1]:631", "/p", False),
        ("ipps://[fe80::1%lo]:8631/p", "ipps://[fe80::1]:8631/p", "fe80::1%lo", 8631, "[fe80::1]:8631", "/p", True),
    ],
)  # fmt: skip
def test_what_is_connected_to_and_what_is_told(
    uri: str, printer_uri: str, host: str, port: int, authority: str, path: str, tls: bool
) -> None:
    target = Target.of(uri)
    assert (target.uri, target.host, target.port) == (printer_uri, host, port)
    assert (target.authority, target.path, target.tls) == (authority, path, tls)


SECRET = "s3cret"


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("", "is no printer URI"),
        ("h/ipp", "is no printer URI"),
        ("ftp://h/ipp", "is no printer URI"),
        ("ipp:///ipp", "is no printer URI"),
        ("ipp:h", "is no printer URI"),
        ("ipp://h/a\nb", "control character"),
        ("ipp://h/\0", "control character"),
        ("ipp://h/p#x", "%23"),
        ("ipp://h:0/", "port"),
        ("ipp://h:65536/", "port"),
        ("ipp://h:²/", "port"),
        ("ipp://h:" + "1" * 5000, "port"),
        ("ipp://::1/", "brackets"),
        ("ipp://[::g]/", "host"),
        ("ipp://[1:2]/", "no IPv6 address"),
        ("ipp://[::1/", "brackets"),
        ("ipp://two words/", "host"),
        ("ipp://drücker/", "xn--"),
        ("ipp://a..b/", "overlong"),
        ("ipp://" + "a" * 64 + "/", "overlong"),
        (f"ipp://bob:{SECRET}@h/ipp", "password-from"),
        (f"ipp://{SECRET}@h/ipp", "password-from"),
        (f"ipp://bob:{SECRET}%40h/ipp", "password-from"),
        (f"ipp://bob:{SECRET}@[::1]:x/ipp", "password-from"),
        (f"ipp://bob:{SECRET}/@h/ipp", "port"),
        (f"bob:{SECRET}@h/ipp", "is no printer URI"),
        (f"ipp:bob:{SECRET}@h", "is no printer URI"),
        (f"ftp://bob:{SECRET}@h/ipp", "is no printer URI"),
        (f"ipp://bob:{SECRET}@h/\x07", "control character"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line_without_a_secret(uri: str, why: str) -> None:
    with pytest.raises(UriError) as caught:
        Target.of(uri)
    said = str(caught.value)
    assert why in said
    assert SECRET not in said
    assert said.isascii()
    assert said.isprintable()
    assert len(said) < 300


@given(st.text())
def test_any_path_becomes_one_that_http_and_ipp_can_carry(text: str) -> None:
    try:
        target = Target.of("ipp://h/" + text)
    except UriError:
        return
    h11.Request(method="POST", target=target.path, headers=[("Host", target.authority)])
    assert target.uri.isascii()
    assert Target.of(target.uri) == target


@pytest.mark.parametrize("command", [["run"], ["run", "--select", "1-1", "--"]])
def test_the_command_neither_shows_nor_stores_a_secret(tmp_path: Path, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reports", *command, f"ipp://bob:{SECRET}@127.0.0.1/ipp"],
        env={"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "password-from" in done.stderr
    assert SECRET not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_name_with_blanks_and_umlauts_is_asked_for_as_it_is_encoded(tmp_path: Path) -> None:
    (exchange,) = exchanges_of(tmp_path, "ipp://127.0.0.1:1/two wörds")
    assert exchange.problem == "refused"
    assert b"ipp://127.0.0.1:1/two%20w%C3%B6rds" in exchange.request


def test_a_zone_is_for_connecting_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Link-local addresses are nobody's on a loopback, so that the connection goes to another one."""
    asked, real = list[str](), asyncio.open_connection

    async def elsewhere(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        asked.append(host)
        return await real("127.0.0.1", port)

    monkeypatch.setattr(asyncio, "open_connection", elsewhere)
    with serving(hears_a_request) as port:
        (exchange,) = exchanges_of(tmp_path, f"ipp://[fe80::1%25lo]:{port}/ipp/print")
    assert (exchange.problem, asked) == ("closed", ["fe80::1%lo"])
    assert f"\r\nHost: [fe80::1]:{port}\r\n".encode() in exchange.request_head
    assert f"ipp://[fe80::1]:{port}/ipp/print".encode() in exchange.request
    assert b"lo]" not in exchange.request_head + exchange.request
