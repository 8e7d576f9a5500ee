"""The command in a process of its own, to be met by signals, or without some of its rights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 120
FEW = ("T1-From-1", "T1-To-1")  # takes a second or two
LONG = ("lease.*", "sequence.*")  # takes many seconds: leases are waited for
LEASES = pytest.mark.takes(20)


def start(*arguments: str | Path, wrapper: Iterable[str] = (), **environment: str) -> subprocess.Popen[str]:
    """The command, in a process group of its own so that signals meet it and not the tests."""
    return subprocess.Popen(
        [*wrapper, sys.executable, "-m", "reports", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and what it said, on stderr and then on stdout."""
    output, errors = process.communicate(timeout=SECONDS)
    assert "Traceback" not in errors, errors
    return process.returncode, errors + output


def ippmailto(*arguments: str | Path, wrapper: Iterable[str] = (), **environment: str) -> tuple[int, str]:
    return finish(start(*arguments, wrapper=wrapper, **environment))


def verdict(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "verdict.json").read_text())
    return document


def after_plays(process: subprocess.Popen[str], number: int) -> str:
    """Wait until that many plays have ended; what was said up to then."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if line.startswith(f"[{number}/"):
            return said
    raise AssertionError(f"it ended before play {number}: {said}")


def without(*capabilities: str) -> list[str]:
    """What starts a command that lacks these rights of root; nothing where there are none to lose."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv (util-linux) is not installed, and this is root")
    return ["setpriv", "--inh-caps=-all", "--bounding-set=" + ",".join(f"-{name}" for name in capabilities)]
