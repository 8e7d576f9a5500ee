"""Options that have nothing to do with each other are refused together, and not silently of no effect."""

from __future__ import annotations

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


@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize("line", PAIRS)
def test_what_does_not_go_together_is_refused(
    bench: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
) -> None:
    monkeypatch.chdir(bench)
    before = sorted(bench.rglob("*"))
    assert PAIRS[line] in said_in_one_line(line.split(), capsys)
    assert sorted(bench.rglob("*")) == before


@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize("line", ["publish store.db nowhere", "waive verdict.json --owner a --reason= "])
def test_a_default_that_is_empty_is_no_empty_value(
    bench: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
) -> None:
    monkeypatch.chdir(bench)
    assert "its value is empty" not in said_in_one_line(line.split(), capsys)
