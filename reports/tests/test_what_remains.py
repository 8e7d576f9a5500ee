"""What is said of a record that somebody took away, or that the disk took no more of."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Run
from fakes.recipient.journal import Journal, JournalError
from reports.commands.what_remains import what_remains


def recorded(path: Path, took_away: tuple[str, ...] = ()) -> JournalError:
    """What a journal says at the first row after these were taken away, or the disk was full."""

    async def act() -> JournalError:
        with EvidenceFile.create(path) as file:
            journal = Journal(file)
            run = Run(journal.id(Run), journal.now(), "2026-01-01T00:00:00.000+00:00", "a test", "")
            await journal.commit(run)
            for suffix in took_away:
                path.with_name(path.name + suffix).unlink()
            if not took_away:
                file._db.execute(f"PRAGMA max_page_count={file._db.execute('PRAGMA page_count').fetchone()[0]}")
            with pytest.raises(JournalError) as raised:
                await journal.commit(Run(journal.id(Run), journal.now(), "x" * 1_000_000, "a test", ""))
            with pytest.raises(JournalError):
                await journal.close()
            return raised.value

    return asyncio.run(act())


def test_a_disk_that_took_no_more_has_what_it_took_before(tmp_path: Path) -> None:
    path = tmp_path / "run.evidence"
    assert what_remains(recorded(path), path) == f"what was recorded before is in {path}"
    with EvidenceFile.open(path) as file:
        assert len(list(file.rows(Run))) == 1


def test_a_file_that_was_taken_away_is_not_said_to_have_anything(tmp_path: Path) -> None:
    path = tmp_path / "run.evidence"
    said = what_remains(recorded(path, ("", "-wal")), path)
    assert said == f"nothing of the record can be judged any more: {path} is no file"


def test_a_file_whose_log_was_taken_away_before_any_of_it_was_moved_has_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.evidence"
    said = what_remains(recorded(path, ("-wal",)), path)
    assert said.startswith("nothing of the record ")
    assert f"what was recorded before is in {path}" not in said
