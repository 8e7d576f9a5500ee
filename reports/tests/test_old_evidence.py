"""Evidence that earlier versions wrote is judged as it was then, whatever was moved or renamed since."""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.verdict import WEIGHT, Verdict

ROOT: Final = Path(__file__).parents[2]
FILES: Final = sorted((ROOT / "fixtures" / "evidence").glob("*.evidence.xz"))


def judged(evidence: Path, directory: Path, then: Mapping[str, Any]) -> dict[str, Any]:
    """verdict.json of that file, by the same edition and selection as then."""
    done = subprocess.run(
        [sys.executable, "-m", "reports", "judge", str(evidence), "-q", "--report-dir", str(directory),
         "--edition", then["edition"], *(["--select", ",".join(then["select"])] if then["select"] else [])],
        capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode in (0, 1, 3)  # a requirement added since may leave the whole inconclusive
    document: dict[str, Any] = json.loads((directory / "verdict.json").read_text())
    return document


def by_scenario(cases: Iterable[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """What a requirement's cases came to in each scenario; a case's own name may change."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for case in cases:
        found[case["id"].partition("[")[2].removesuffix("]")][case["verdict"]] += 1
    return found


def worst(verdicts: Iterable[str]) -> str:
    return max((Verdict(v) for v in verdicts), key=WEIGHT.__getitem__, default=Verdict.NOT_TESTED).value


def test_there_is_evidence_of_an_earlier_version() -> None:
    assert FILES


@pytest.mark.parametrize("packed", FILES, ids=[path.name.partition(".evidence")[0] for path in FILES])
def test_old_evidence_is_judged_as_it_was(packed: Path, tmp_path: Path) -> None:
    then = json.loads(packed.with_name(packed.name.replace(".evidence.xz", ".verdicts.json")).read_text())
    evidence = tmp_path / "old.evidence"
    evidence.write_bytes(lzma.decompress(packed.read_bytes()))
    requirements = {r["id"]: by_scenario(r["cases"]) for r in judged(evidence, tmp_path, then)["requirements"]}
    changed = {}
    for name, (verdict, scenarios) in then["requirements"].items():
        now = {scenario: requirements[name].get(scenario, Counter()) for scenario in scenarios}
        # A scenario or case that was added since says nothing about what was recorded before it.
        lost = {s: (dict(now[s]), was) for s, was in scenarios.items() if not Counter(was.split()) <= now[s]}
        if lost or worst(v for found in now.values() for v in found) != verdict:
            changed[name] = (verdict, lost)
    assert changed == {}
