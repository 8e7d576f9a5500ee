"""Files that strangers made, and what they laid beside them: SQLite is not let near what it would act on."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final

import pytest

from conformance.record import opening
from conformance.record.evidence import PAGE_SIZE, EvidenceFile
from conformance.record.locking import hold
from conformance.record.rows import (
    EvidenceError,
    Fact,
    Run,
)

from .strange_evidence import RUN, closed_in, killed_in, refused

JOURNAL_MAGIC: Final = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
SECTOR: Final = 512


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return closed_in(tmp_path)


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    return killed_in(tmp_path)


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


# ---------------------------------------------------------------- beside the file


def hot_journal(evidence: Path, victim: Path) -> None:
    """A journal that SQLite plays back when it opens the file; it then deletes the super-journal that it names."""
    name = os.fsencode(victim)
    head = JOURNAL_MAGIC + struct.pack(">5I", 0, 0, evidence.stat().st_size // PAGE_SIZE, SECTOR, PAGE_SIZE)
    named = struct.pack(">I", 2**30 // PAGE_SIZE + 1) + name + struct.pack(">2I", len(name), sum(name)) + JOURNAL_MAGIC
    Path(f"{evidence}-journal").write_bytes(head.ljust(SECTOR, b"\0") + named)


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("log", [False, True])
def test_a_journal_beside_it_deletes_nothing(evidence: Path, tmp_path: Path, append: bool, log: bool) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    hot_journal(evidence, victim)
    if log:
        Path(f"{evidence}-wal").touch()
    before = contents(tmp_path)
    assert "-journal is there" in refused(evidence, append=append)
    assert contents(tmp_path) == before


def test_that_journal_would_have_deleted_it(evidence: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    hot_journal(evidence, victim)
    with closing(sqlite3.connect(evidence)) as db:
        db.execute("SELECT * FROM run")
    assert not victim.exists()


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
@pytest.mark.parametrize("append", [False, True])
def test_a_link_beside_it_is_not_followed(evidence: Path, tmp_path: Path, suffix: str, append: bool) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    Path(f"{evidence}{suffix}").symlink_to(victim)
    assert "symbolic link" in refused(evidence, append=append)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_a_file_with_another_name_is_read_and_not_written_to(killed: Path, tmp_path: Path, suffix: str) -> None:
    other = tmp_path / "other"
    if suffix == "-shm":
        other.write_text("precious")
        Path(f"{killed}-shm").hardlink_to(other)
    else:
        other.hardlink_to(f"{killed}{suffix}")
    before = other.read_bytes()
    assert f"{killed.name}{suffix} has another name, too" in refused(killed, append=True)
    EvidenceFile.open(killed).close()
    assert other.read_bytes() == before


@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
def test_a_new_file_is_not_made_where_something_waits_for_it(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "run.evidence"
    Path(f"{path}{suffix}").symlink_to(tmp_path / "victim")
    with pytest.raises(EvidenceError, match="is there"):
        EvidenceFile.create(path)
    assert not path.exists()
    assert not (tmp_path / "victim").exists()


def test_what_a_killed_run_left_is_judged_and_stays_as_it_was(killed: Path) -> None:
    before = contents(killed.parent)
    with EvidenceFile.open(killed) as file:
        assert list(file.rows(Run)) == [RUN]
        assert contents(killed.parent) == before
    assert contents(killed.parent) == before


def test_the_private_copy_is_gone_when_the_file_is_closed(
    killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    with EvidenceFile.open(killed):
        (copy,) = copies.iterdir()
        assert copy.stat().st_mode & 0o077 == 0
    assert not list(copies.iterdir())
    killed.write_bytes(killed.read_bytes()[:5000])
    os.truncate(f"{killed}-wal", 0)
    assert "lacks" in refused(killed)
    assert not list(copies.iterdir())


def test_a_copy_for_which_there_is_no_room_is_told(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10))
    assert "no room" in refused(killed)


def test_a_file_that_changes_while_it_is_copied_is_copied_again(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copying, changes = shutil.copyfileobj, iter([1, 2, 3])

    def meanwhile(source: BinaryIO, target: BinaryIO) -> None:
        copying(source, target)
        if (change := next(changes, None)) is not None:
            os.utime(killed, (0, change))

    monkeypatch.setattr(shutil, "copyfileobj", meanwhile)
    with EvidenceFile.open(killed) as file:
        assert list(file.rows(Run)) == [RUN]
    assert next(changes, None) is None


def test_a_file_that_never_stands_still_is_told(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(10**6))
    monkeypatch.setattr(shutil, "copyfileobj", lambda *_: os.utime(killed, (0, next(ticks))))
    assert "without a pause" in refused(killed)


def test_a_file_closed_in_order_is_read_where_it_lies(evidence: Path) -> None:
    before = contents(evidence.parent)
    with EvidenceFile.open(evidence) as file:
        assert list(file.rows(Run)) == [RUN]
        assert contents(evidence.parent) == before


# ---------------------------------------------------------------- one writer


def test_a_second_writer_is_refused_and_a_reader_is_not(evidence: Path, tmp_path: Path) -> None:
    with EvidenceFile.open(evidence, append=True) as file:
        file.insert([Fact(1, 1, "a", "b")])
        assert "another run or recipient is writing to" in refused(evidence, append=True)
        with EvidenceFile.open(evidence) as reader:
            assert [fact.name for fact in reader.rows(Fact)] == ["a"]
        file.insert([Fact(1, 2, "a", "b")])
    with EvidenceFile.create(tmp_path / "new"):
        assert "another run or recipient is writing to" in refused(tmp_path / "new", append=True)
    EvidenceFile.open(evidence, append=True).close()
    assert {path.name for path in tmp_path.iterdir()} == {evidence.name, "new"}


def test_a_file_that_is_made_is_locked_before_it_is_there(tmp_path: Path) -> None:
    lock = hold(tmp_path / "new")
    with pytest.raises(EvidenceError, match="another run or recipient"):
        EvidenceFile.create(tmp_path / "new")
    lock.release()
    EvidenceFile.create(tmp_path / "new").close()


def test_a_file_that_cannot_be_made_is_not_left_half_made(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot write"):
        opening.to_fill(tmp_path / "new", "CREATE TABLE a (b); CREATE TABLE a (b);")
    assert not list(tmp_path.iterdir())


def test_the_lock_of_a_killed_run_hinders_nobody(evidence: Path) -> None:
    Path(f"{evidence}-lock").touch()
    EvidenceFile.open(evidence, append=True).close()
    assert [path.name for path in evidence.parent.iterdir()] == [evidence.name]


def test_a_lock_that_was_taken_away_meanwhile_is_taken_anew(evidence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, flock, others = hold(evidence), fcntl.flock, iter([True])

    def late(number: int, how: int) -> None:
        if next(others, False):
            first.release()  # between our opening of the lock file and our lock on it
        flock(number, how)

    monkeypatch.setattr(fcntl, "flock", late)
    second = hold(evidence)
    with pytest.raises(EvidenceError):
        hold(evidence)
    second.release()


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("victim"), os.mkfifo, Path.mkdir])
def test_what_stands_where_the_lock_belongs_is_told(evidence: Path, make: Callable[[Path], None]) -> None:
    make(Path(f"{evidence}-lock"))
    assert "-lock" in refused(evidence, append=True)
    assert not (evidence.parent / "victim").exists()
    EvidenceFile.open(evidence).close()


# ---------------------------------------------------------------- no regular file


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _link(path: Path) -> None:
    EvidenceFile.create(path.with_name("true")).close()
    path.symlink_to("true")


@pytest.mark.parametrize(
    ("make", "says"),
    [(Path.mkdir, "a directory"), (_fifo, "a pipe"), (_socket, "a socket"), (_link, "a symbolic link")],
)
@pytest.mark.parametrize("append", [False, True])
def test_what_is_no_regular_file_is_told(tmp_path: Path, make: Callable[[Path], None], says: str, append: bool) -> None:
    make(tmp_path / "x")
    assert says in refused(tmp_path / "x", append=append)


def test_a_device_is_not_read() -> None:
    assert "a device" in refused(Path("/dev/zero"))


def test_a_file_that_may_not_be_read_is_told(evidence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    assert "cannot open" in refused(evidence)


# ---------------------------------------------------------------- limits


def test_nothing_can_be_attached(evidence: Path, tmp_path: Path) -> None:
    with EvidenceFile.open(evidence) as file, pytest.raises(sqlite3.OperationalError, match="too many attached"):
        file._db.execute(f"ATTACH '{tmp_path / 'other'}' AS other")


def test_no_value_is_larger_than_the_file(evidence: Path) -> None:
    with EvidenceFile.open(evidence) as file, pytest.raises(sqlite3.DataError, match="too big"):
        file._db.execute("SELECT zeroblob(1000000)").fetchone()


def test_a_file_that_is_continued_takes_what_is_larger_than_it_was(evidence: Path) -> None:
    with EvidenceFile.open(evidence, append=True) as file:
        file.insert([Fact(1, 0, "long", "x" * 1_000_000)])
    with EvidenceFile.open(evidence) as file:
        assert [len(fact.value) for fact in file.rows(Fact)] == [1_000_000]
