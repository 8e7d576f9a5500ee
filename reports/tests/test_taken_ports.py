"""Ports and places that our own printers cannot have are named, with the option that says which to take."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.cli import main


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("option", ["--port", "--tls-port"])
@pytest.mark.parametrize("command", [("printer",), ("client", "-q", "--report-dir", "report")])
def test_a_printer_that_cannot_listen_says_where(
    command: tuple[str, ...],
    option: str,
    taken: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*command, "--security", "mixed", option, str(taken)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"the printer cannot listen on 127.0.0.1:{taken}: Address already in use (name another {option};" in line


@pytest.mark.parametrize("command", [("printer",), ("client", "-q", "--report-dir", "report")])
def test_a_directory_for_certificates_that_cannot_be_made_is_named(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert main([*command, "--security", "mixed", "--certificates", "file/there"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("cannot write in file/there: Not a directory; name another directory (--certificates)")
    assert not list(tmp_path.rglob("*.evidence*"))
