"""Options that have nothing to do with each other are refused together, and not silently of no effect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reports.tests.test_wrong_use import bench, hooks, said_in_one_line  # noqa: F401 - fixtures

PAIRS = {
    "run --resume run.evidence --evidence other": "leave --evidence out",
    "run --smtp-certificate expired": "--smtp-tls offer",
    "doctor --smtp-certificate expired": "--smtp-tls offer",
    "recipient --smtp-tls none --smtp-certificate expired": "--smtp-tls offer",
    "judge run.evidence --strict-waivers": "--waivers FILE",
    "run --strict-waivers": "--waivers FILE",
    "show run.evidence smtp 1 --test": "show EVIDENCE ipp 1",
    "show run.evidence smtp 1 --eml": "show EVIDENCE mail 1",
    "show run.evidence play --raw": "show EVIDENCE ipp 1",
}


@pytest.fixture
def said(
    hooks: None,  # noqa: F811
    bench: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[str], str]:
    """What is said to a line that is typed at the bench."""
    monkeypatch.chdir(bench)
    return lambda line: said_in_one_line(line.split(), capsys)


@pytest.mark.parametrize("line", PAIRS)
def test_what_does_not_go_together_is_refused(said: Callable[[str], str], bench: Path, line: str) -> None:  # noqa: F811
    before = sorted(bench.rglob("*"))
    assert PAIRS[line] in said(line)
    assert sorted(bench.rglob("*")) == before


@pytest.mark.parametrize("line", ["publish store.db nowhere", "waive verdict.json --owner a --reason= "])
def test_a_default_that_is_empty_is_no_empty_value(said: Callable[[str], str], line: str) -> None:
    assert "its value is empty" not in said(line)
