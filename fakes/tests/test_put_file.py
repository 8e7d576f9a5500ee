"""What is put somewhere replaces what stands there, link or not, and is whole or not there at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakes.certificates import Authority
from fakes.put_file import put


@pytest.mark.parametrize("to", ["victim", "nowhere"])
def test_a_link_is_replaced_and_not_followed(tmp_path: Path, to: str) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "file").symlink_to(tmp_path / to)
    put(tmp_path / "file", b"new")
    assert not (tmp_path / "file").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"new"
    assert (tmp_path / "victim").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "victim"]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(OSError, match="No space left"):
        put(tmp_path / "file", b"new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file": "old"}


def test_a_key_is_nobody_elses_even_where_a_link_waits_for_it(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("")
    theirs.chmod(0o644)
    (tmp_path / "server.key").symlink_to(theirs)
    pem, key = Authority().issue("printer.example").write(tmp_path)
    assert theirs.read_text() == ""
    assert key.stat().st_mode & 0o777 == 0o600
    assert pem.stat().st_mode & 0o777 == 0o644
