"""Whatever a command is given to read, it refuses what is no file at once, and opens nothing of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "words",
    [
        "matrix PIPE", "check PIPE", "diff PIPE PIPE", "publish PIPE REPORT", "publish store REPORT", "runs PIPE",
        "show PIPE", "judge PIPE", "judge some --waivers PIPE", "judge some --baseline PIPE", "verify PIPE",
        "verify some --key PIPE", "bundle REPORT", "ixit PIPE", "run --resume PIPE",
        "run --smtp-tls offer --smtp-certificate PIPE",
    ],
)  # fmt: skip
def test_a_pipe_is_refused_by(words: str, tmp_path: Path) -> None:
    (tmp_path / "REPORT").mkdir()
    for pipe in ("PIPE", "REPORT/verdict.json"):
        os.mkfifo(tmp_path / pipe)
    command = [sys.executable, "-P", "-m", "ippmailto", *words.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "a pipe" in done.stderr.splitlines()[0]
