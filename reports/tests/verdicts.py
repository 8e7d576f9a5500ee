"""Verdicts of printers that never were, for tests of what is made of verdict.json."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from conformance.requirements import catalogue
from conformance.vocabulary import Edition
from reports.formats.verdict_json import COUNTED


def a_verdict(
    model: str,
    firmware: str = "",
    *,
    edition: Edition = Edition.MAILTO_00,
    started: str = "2026-01-01T00:00:00+00:00",
    otherwise: str = "pass",
    readings: dict[str, str] | None = None,
    **verdicts: str,
) -> dict[str, Any]:
    """A whole verdict.json; ``verdicts`` by id, with ``_`` for what a name in Python cannot have."""
    came_to = {name.replace("__", ".").replace("_", "-"): word for name, word in verdicts.items()}
    entries = []
    for entry in catalogue(edition).values():
        word = came_to.get(entry.id, "not-tested" if entry.untested else otherwise)
        case = {
            "id": f"cases.judge[{entry.id}]",
            "verdict": word,
            "expected": "what the text asks for",
            "actual": f"{model} at 192.0.2.7 said something else" if word == "fail" else "",
            "reason": "",
            "evidence": [],
        }
        entries.append(
            {
                "id": entry.id,
                "section": entry.section,
                "level": entry.level.value,
                "binds": entry.binds.value,
                "says": entry.says,
                "readings": list(entry.reading),
                "verdict": word,
                "reason": case["actual"],
                "cases": [] if word == "not-tested" else [case],
            }
        )
    counts = Counter(entry["verdict"] for entry in entries)
    own = {r.id: r.choices[0].name for r in catalogue(edition).readings.values() if r.switchable}
    return {
        "schema": 1,
        "tool": {"name": "ippmailto", "version": "0.1.0"},
        "subject": "printer",
        "edition": edition.value,
        "vocabulary": "rfc3995",
        "selection": [],
        "strict": False,
        "printer": {
            "uri": f"ipp://{'-'.join(model.lower().split())}.office.example/ipp/print",
            "name": f"{model} on the second floor",
            "make-and-model": model,
            "firmware": firmware,
        },
        "record": {"serial": "SN-4711-0815", "tester": "Erika Mustermann", "station": "Bench Number Nine"},
        "client": "",
        "started": started,
        "seconds": 1.0,
        "evidence": {"file": f"/home/erika/{model}/run.evidence", "sha256": "0" * 64},
        "cut-short": False,
        "observed": [f"{model} told its serial number"],
        "readings": own | (readings or {}),
        "ledger": {"due": 0, "came": 0, "matched": 0, "explained": {}, "left-over": [], "left-over-in-all": 0},
        "verdict": "does-not-conform" if counts["fail"] else "conforms",
        "reason": "",
        "waivers": [],
        "counts": {verdict.value: counts[verdict.value] for verdict in COUNTED},
        "requirements": entries,
    }


def leave(directory: Path, *documents: dict[str, Any]) -> list[str]:
    """Files of these, named by their numbers."""
    paths = []
    for number, document in enumerate(documents, 1):
        path = directory / f"run-{number:04}.json"
        path.write_text(json.dumps(document))
        paths.append(str(path))
    return paths
