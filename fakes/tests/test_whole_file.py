"""What is named to be read is read whole, within a bound of octets and of time, whatever it is."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from fakes import whole_file as module
from fakes.whole_file import whole_file


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(octets := os.urandom(3 << 20))
    assert whole_file(tmp_path / "file") == octets
    assert whole_file(tmp_path / "file", len(octets)) == octets


def test_what_is_larger_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    with pytest.raises(OSError, match="more than 4 octets"):
        whole_file(tmp_path / "file", 4)


def test_a_shells_pipe_is_read_to_its_end() -> None:
    end, other = os.pipe()

    def write() -> None:
        with os.fdopen(other, "wb") as file:
            file.write(b"x" * 300_000)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert whole_file(Path(f"/dev/fd/{end}")) == b"x" * 300_000
    finally:
        os.close(end)
        writer.join()


def test_a_pipe_into_which_nobody_writes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    end, other = os.pipe()
    try:
        with pytest.raises(TimeoutError, match=r"nothing comes out of it within 0\.05 seconds"):
            whole_file(Path(f"/dev/fd/{end}"))
    finally:
        os.close(end)
        os.close(other)


def test_what_is_no_file_is_not_even_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
    for path, what in [
        (tmp_path / "pipe", "a pipe"),
        (tmp_path / "link", "a pipe"),
        (tmp_path / "socket", "a socket"),
        (Path("/dev/zero"), "a device"),
    ]:
        with pytest.raises(OSError, match=f"it is {what}, no file"):
            whole_file(path)


@pytest.mark.parametrize(("name", "why"), [("", "Is a directory"), ("none", "No such file"), ("a\0b", "a NUL")])
def test_what_is_no_file_is_told_as_the_system_does(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(OSError, match=why):
        whole_file(tmp_path / name)
