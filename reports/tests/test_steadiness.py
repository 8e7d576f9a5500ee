"""The comparison of runs: it sees what differs, and nothing where nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.selftest import steadiness


def test_what_differs_is_told_be_it_changed_or_missing() -> None:
    first = {"a[x]": "pass", "b[x]": "pass", "c[x]": "fail"}
    assert steadiness.differences(first, dict(first)) == []
    again = {"a[x]": "pass", "b[x]": "inconclusive", "d[x]": "pass"}
    assert steadiness.differences(first, again) == [
        "b[x]: pass -> inconclusive",
        "c[x]: fail -> None",
        "d[x]: None -> pass",
    ]


def test_two_short_runs_agree(capsys: pytest.CaptureFixture[str]) -> None:
    status = steadiness.main(["--runs", "2", "--busy", "1", "--", "--select", "6.1-1"])
    *runs, last = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line.partition(",")[0] for line in runs] == ["run 1: exit 0", "run 2: exit 0"]
    assert last.startswith("2 runs, 0 unlike the first")


def test_a_run_that_differs_is_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = iter(["pass", "pass", "inconclusive"])

    def told(_directory: Path, _more: object) -> tuple[int, dict[str, str], float]:
        return 0, {"a[x]": next(verdicts)}, 1.0

    monkeypatch.setattr(steadiness, "one_run", told)
    assert steadiness.main(["--runs", "3", "--busy", "0"]) == 1
    assert "a[x]: pass -> inconclusive" in capsys.readouterr().out


def test_a_run_without_a_verdict_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"no verdict: .*no-such-scheme"):
        steadiness.one_run(tmp_path, ["no-such-scheme://127.0.0.1/"])
