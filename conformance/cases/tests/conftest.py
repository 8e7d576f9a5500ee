"""What tests of cases share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .written_run import WrittenRun


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(tmp_path / "run.evidence")
    yield made
    made.close()
