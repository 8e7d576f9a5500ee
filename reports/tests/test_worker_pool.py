"""Trials that are interrupted leave nothing behind: no process, no evidence, no half of a matrix."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fakes.conforming_variants import CONFORMING_VARIANTS
from fakes.defects import DEFECTS
from reports.selftest import conforming_variants, kill_matrix
from reports.selftest.chosen import chosen

ROOT = Path(__file__).parents[2]
SECONDS = 60.0  # for what takes one or two on a quiet machine
KILLING = ["reports.selftest.kill_matrix", "--defect", "subject-*", "--jobs", "3"]
VARIANTS = ["reports.selftest.conforming_variants", "--variant", "rejects-*", "--jobs", "3"]
POLL = 0.05  # nothing tells when a stranger's process ends


def alive(session: int) -> list[int]:
    """The processes of a session that have not ended."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = status.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(words[3]) == session and words[0] not in "ZX":
            found.append(int(status.parent.name))
    return found


def under_way(command: list[str], room: Path) -> subprocess.Popen[str]:
    """Trials of which the first has ended, in a session of their own; their directories are in ``room``."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(room)},
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip()
    assert len(alive(process.pid)) > 2
    return process


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc to find processes in")
@pytest.mark.parametrize(
    ("command", "number"),
    [
        (KILLING, signal.SIGINT),
        (KILLING, signal.SIGTERM),
        (KILLING, signal.SIGKILL),
        (VARIANTS, signal.SIGTERM),
    ],
    ids=lambda value: value.name if isinstance(value, signal.Signals) else value[0],
)
def test_no_worker_outlives_an_interruption(tmp_path: Path, command: list[str], number: signal.Signals) -> None:
    process = under_way(command, tmp_path)
    if number is signal.SIGINT:  # as a terminal sends it
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    _, errors = process.communicate(timeout=SECONDS)
    end = time.monotonic() + SECONDS
    while (left := alive(process.pid)) and time.monotonic() < end:
        time.sleep(POLL)
    assert left == []
    if number is not signal.SIGKILL:
        assert process.returncode == 3, errors
        assert " interrupted; " in errors
        assert len(errors.splitlines()) == 1, errors
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", [["--defect", "subject-empty"], ["--sample", "1"]], ids=["one", "sample"])
def test_a_part_of_the_matrix_is_not_written_over_the_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], part: list[str]
) -> None:
    page = tmp_path / "matrix.md"
    page.write_text("the whole")
    assert kill_matrix.main([*part, "--markdown", str(page)]) == 2
    assert "leave --defect and --sample out" in capsys.readouterr().err
    assert page.read_text() == "the whole"


def test_a_sample_is_the_same_each_time_and_in_order() -> None:
    assert chosen(DEFECTS, [], 10) == chosen(DEFECTS, [], 10)
    assert [d for d in DEFECTS if d in chosen(DEFECTS, [], 10)] == chosen(DEFECTS, [], 10)
    assert len(chosen(DEFECTS, [], 10)) == 10
    assert chosen(DEFECTS, [], 10_000) == chosen(DEFECTS, [], None) == list(DEFECTS)
    assert chosen(DEFECTS, [DEFECTS[0].id, "no-such-*"], 5) == [DEFECTS[0]]


def test_a_pool_tries_them_in_their_order() -> None:
    some = DEFECTS[:2]
    assert [a.defect.id for a in kill_matrix.attempts(some, full=False, jobs=2)] == [d.id for d in some]
    (one,) = CONFORMING_VARIANTS[:1]
    assert [a.variant.id for a in conforming_variants.try_variants([one], full=False, jobs=1)] == [one.id]
