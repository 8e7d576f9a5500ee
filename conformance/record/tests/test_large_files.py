"""Evidence of more octets than a number of C has: nobody waits for what is not in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError, Run

RUN = Run(1, 0, "2026-01-01T00:00:00Z", "a test", "ipp://127.0.0.1/")
HUGE = 100 << 30  # octets, none of them on the disk
PAGES = 28  # where a database says how many pages it has


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    path = tmp_path / "run.evidence"
    with EvidenceFile.create(path) as file:
        file.insert([RUN])
    with path.open("r+b") as octets:
        octets.truncate(HUGE)
    return path


def test_what_stands_behind_a_file_costs_nothing(huge: Path) -> None:
    with EvidenceFile.open(huge) as file:
        assert list(file.rows(Run)) == [RUN]


def test_pages_of_nothing_are_told(huge: Path) -> None:
    with huge.open("r+b") as octets:
        octets.seek(PAGES)
        octets.write((HUGE // 8192).to_bytes(4, "big"))
    with pytest.raises(EvidenceError, match="is damaged"):
        EvidenceFile.open(huge)


def test_a_large_file_is_continued(huge: Path) -> None:
    with EvidenceFile.open(huge, append=True) as file:
        file.insert([Run(2, 1, RUN.began, RUN.tool, RUN.printer_uri)])
    with EvidenceFile.open(huge) as file:
        assert [run.id for run in file.rows(Run)] == [1, 2]
