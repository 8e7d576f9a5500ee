"""Does the same printer get the same verdict each time?  Runs in a row, on a machine that is kept busy on purpose.

::

    python -m reports.selftest.steadiness  # 30 runs on the reference printer
    python -m reports.selftest.steadiness --runs 5 --busy 0  # fewer, on a machine that is left alone
    python -m reports.selftest.steadiness -- --edition mailto-04  # what follows the dashes is for ``ippmailto run``

A run is a process of its own, as a user starts it.  The results of all cases are compared with those of the first run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

RUNS: Final = 30
RUN_SECONDS: Final = 600.0  # bounds a run in which something of ours hangs

Results = Mapping[str, str]  # case and scenario: result


def _burn(parent: int) -> None:
    while os.getppid() == parent:
        sum(i * i for i in range(100_000))


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many processes that do nothing but compute, for as long as the block lasts."""
    context = multiprocessing.get_context("spawn")
    burning = [context.Process(target=_burn, args=(os.getpid(),), daemon=True) for _ in range(processes)]
    for process in burning:
        process.start()
    try:
        yield
    finally:
        for process in burning:
            process.terminate()
        for process in burning:
            process.join()


def one_run(directory: Path, more: Sequence[str]) -> tuple[int, Results, float]:
    """The exit code of a run, the result of each of its cases, and the seconds it took."""
    began = time.monotonic()
    command = [sys.executable, "-m", "reports", "run", "-q", "--report-dir", str(directory), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    seconds = time.monotonic() - began
    verdict = directory / "verdict.json"
    if not verdict.exists():
        raise RuntimeError(f"the run ended with {done.returncode} and no verdict: {done.stderr.strip()}")
    told = json.loads(verdict.read_text())
    return done.returncode, {c["id"]: c["verdict"] for r in told["requirements"] for c in r["cases"]}, seconds


def differences(first: Results, again: Results) -> list[str]:
    """The cases that did not come out as the first time, a line for each."""
    names = sorted(first.keys() | again.keys())
    return [f"{n}: {first.get(n)} -> {again.get(n)}" for n in names if first.get(n) != again.get(n)]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all runs agree, 1 when one does not."""
    parser = argparse.ArgumentParser(
        "python -m reports.selftest.steadiness", description="Compare the verdicts of many runs."
    )
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help="default %(default)s")
    parser.add_argument(
        "--busy", type=int, default=2 * (os.cpu_count() or 1), metavar="N", help="processes that keep the machine busy"
    )
    parser.add_argument("more", nargs="*", help="for ippmailto run")
    options = parser.parse_args(arguments)
    first: Results | None = None
    unsteady, longest = 0, 0.0
    with busy(options.busy), tempfile.TemporaryDirectory(prefix="ippmailto-steadiness-") as directory:
        for number in range(1, options.runs + 1):
            code, results, seconds = one_run(Path(directory) / str(number), options.more)
            first, longest = first or results, max(longest, seconds)
            found = differences(first, results)
            unsteady += bool(found)
            load = f"load {os.getloadavg()[0]:.1f}"
            print(f"run {number}: exit {code}, {len(results)} results, {seconds:.1f} s, {load}", flush=True)
            for line in found:
                print(f"        {line}", flush=True)
    print(f"{options.runs} runs, {unsteady} unlike the first; the longest took {longest:.1f} s")
    return 1 if unsteady else 0


if __name__ == "__main__":
    raise SystemExit(main())
