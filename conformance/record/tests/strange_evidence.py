"""Evidence as strangers hand it over, and the one line that it is refused with."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError, Run

RUN: Final = Run(1, 0, "2026-01-01T00:00:00Z", "a test", "ipp://127.0.0.1/")


def closed_in(directory: Path) -> Path:
    """A small file, closed in order."""
    path = directory / "run.evidence"
    with EvidenceFile.create(path) as file:
        file.insert([RUN])
    return path


def killed_in(directory: Path) -> Path:
    """A small file with its log, as a run that was killed leaves them."""
    path = directory / "killed.evidence"
    with EvidenceFile.create(directory / "live") as file:
        file.insert([RUN])
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{directory / 'live'}{suffix}", f"{path}{suffix}")
    return path


def refused(path: Path, *, append: bool = False) -> str:
    """The one line it is refused with."""
    with pytest.raises(EvidenceError) as caught:
        EvidenceFile.open(path, append=append)
    line = str(caught.value)
    assert "\n" not in line
    assert caught.value.hint
    return line
