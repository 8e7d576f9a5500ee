"""Rows go into an evidence file in one transaction: all of them or none, in their order, however many."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Fact, Mark, Run, Session


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.evidence"


def sessions(path: Path) -> list[Session]:
    with EvidenceFile.follow(path) as reader:
        return list(reader.rows(Session))


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 32, 33, 75])
def test_rows_of_several_kinds_are_kept_in_their_order(path: Path, count: int) -> None:
    made = [Session(n, n, "listener", f"peer {n}") for n in range(1, count + 1)]
    facts = [Fact(1, n, "name", f"value {n}") for n in range(count)]
    with EvidenceFile.create(path) as file:
        file.insert([row for pair in zip(made, facts, strict=True) for row in pair])
        file.insert([Run(1, 9, "2026-01-01T00:00:00Z", "a test", "ipp://printer.example/")])
    with EvidenceFile.open(path) as file:
        assert list(file.rows(Session)) == made
        assert list(file.rows(Fact)) == facts
        assert [mark.rows for mark in file.rows(Mark)] == [2 * count + 1, 2 * count + 3]
        assert file.lacks == ""


def test_what_is_prepared_is_there_for_others_when_it_is_inserted(path: Path) -> None:
    rows = [Session(1, 0, "listener", "peer")]
    with EvidenceFile.create(path) as file:
        log = path.with_name(f"{path.name}-wal")
        file.insert([])
        before = log.read_bytes()
        file.prepare(rows)
        assert log.read_bytes() == before
        assert sessions(path) == []
        file.insert(rows)
        assert sessions(path) == rows


def test_much_more_than_the_cache_holds_is_prepared_in_memory(path: Path) -> None:
    rows = [Session(n, 0, "listener", "x" * 30_000) for n in range(1, 301)]
    with EvidenceFile.create(path) as file:
        log = path.with_name(f"{path.name}-wal")
        file.insert([])
        before = log.read_bytes()
        file.prepare(rows)
        assert log.read_bytes() == before
        file.insert(rows)
        assert sessions(path) == rows


def test_of_rows_that_the_file_cannot_hold_nothing_is_kept_and_others_can_be_inserted(path: Path) -> None:
    with EvidenceFile.create(path) as file:
        with pytest.raises(OverflowError):
            file.prepare([Session(1, 0, "listener", "peer"), Session(2, 2**70, "listener", "peer")])
        file.insert([Session(3, 0, "listener", "peer")])
    with EvidenceFile.open(path) as file:
        assert [row.id for row in file.rows(Session)] == [3]
