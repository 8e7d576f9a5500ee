"""What docs/matrix.md has people type is typed, with report directories and bundles."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Final

import pytest

from reports.cli import main
from reports.exits import Exit
from reports.tests.test_bundle_pages import judged, reported
from reports.tests.test_command import ROOT, ippmailto
from reports.tests.test_matrix import columns
from reports.tests.test_site import shell_lines
from reports.tests.verdicts import a_verdict

LINES: Final = [line for line in shell_lines((ROOT / "docs" / "matrix.md").read_text(encoding="utf-8")) if line]


@pytest.mark.long
def test_every_command_of_the_page_is_typed(tmp_path: Path) -> None:
    judged(reported(tmp_path))
    report = tmp_path / "ippmailto-report"
    assert main(["bundle", str(report), "-o", str(tmp_path / "office.bundle")]) == Exit.CONFORMS
    for name in ("lobby", "results/first"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "verdict.json").write_text(json.dumps(a_verdict("Lobby Printer")))
    (tmp_path / "results" / "office.bundle").write_bytes((tmp_path / "office.bundle").read_bytes())
    assert main(["publish", str(tmp_path / "results.db"), str(report)]) == Exit.CONFORMS
    assert len(LINES) == 4
    for line in LINES:
        done = ippmailto(*shlex.split(line)[1:], cwd=tmp_path)
        assert done.returncode == Exit.CONFORMS, f"{line}: {done.stderr}"
    name = json.loads((report / "verdict.json").read_bytes())["printer"]["make-and-model"]
    assert columns(tmp_path / "site" / "mailto-04.html") == columns(tmp_path / "two" / "mailto-04.html") == [name]
    assert columns(tmp_path / "event" / "mailto-04.html") == [name]
    assert columns(tmp_path / "site" / "mailto-00.html") == ["Lobby Printer"]
    assert columns(tmp_path / "public" / "mailto-00.html")[0] in ("A 1", "B 1")


def test_a_bundle_whose_verdict_was_changed_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judged(reported(tmp_path))
    bundle = tmp_path / "office.bundle"
    assert main(["bundle", str(tmp_path / "ippmailto-report"), "-o", str(bundle)]) == Exit.CONFORMS
    octets = bundle.read_bytes()
    bundle.write_bytes(octets.replace(b'"verdict": "fail"', b'"verdict": "pass"', 1))
    capsys.readouterr()
    assert main(["matrix", str(bundle), "-o", str(tmp_path / "site")]) == Exit.USAGE
    assert "verdict.json is not the one in its manifest" in capsys.readouterr().err
    bundle.write_bytes(octets[:4000])
    assert main(["matrix", str(bundle), "-o", str(tmp_path / "site")]) == Exit.USAGE
    assert "it is truncated within verdict.json" in capsys.readouterr().err
