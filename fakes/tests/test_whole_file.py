"""What is named to be read is read whole, within a bound of octets and of time, whatever it is."""

from __future__ import annotations

import os
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
    with pytest.raises(OSError, match="more than 1,000,000 octets"):
        whole_file(Path("/dev/zero"), 1_000_000)


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(b"x" * 300_000,))
    writer.start()
    assert whole_file(tmp_path / "pipe") == b"x" * 300_000
    writer.join()


def test_a_pipe_into_which_nobody_writes_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TimeoutError, match=r"nothing comes out of it within 0\.05 seconds"):
        whole_file(tmp_path / "pipe")


@pytest.mark.parametrize(("name", "why"), [("", "Is a directory"), ("none", "No such file"), ("a\0b", "a NUL")])
def test_what_is_no_file_is_told_as_the_system_does(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(OSError, match=why):
        whole_file(tmp_path / name)
