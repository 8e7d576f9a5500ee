"""``python -m reports.benchmark [--quick] [--markdown FILE] [PART ...]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from .beside_maildev import maildev
from .capture import capture
from .capture_floor import capture_floor
from .children import BenchmarkError
from .desk import desk
from .figures import Result, as_text, machine, write
from .footprint import footprint
from .matrix import matrix
from .rejudging import stations
from .soak import soak
from .stored import stored
from .stored_matrix import stored_matrix
from .whole import run, start

Measurement = Callable[[Path, bool, Callable[[str], None]], Result]
PARTS: Final[dict[str, Measurement]] = {
    "start": start,
    "judge": stored,
    "capture": capture,
    "capture-floor": capture_floor,
    "run": run,
    "memory": footprint,
    "soak": soak,
    "stations": stations,
    "matrix": matrix,
    "stored-matrix": stored_matrix,
}
ASKED_FOR: Final[dict[str, Measurement]] = {
    "desk": desk,  # which takes three minutes
    "maildev": maildev,  # which few have
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the document if it is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m reports.benchmark", description="Measure, and print ratios.")
    parser.add_argument("--quick", action="store_true", help="few repetitions and small numbers")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the figures as a document")
    parser.add_argument("--work-dir", type=Path, metavar="DIR", help="where evidence is written, on a real disk")
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"of {', '.join(PARTS)}; all by default; only if asked for {' and '.join(ASKED_FOR)}",
    )
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.parts if name not in PARTS | ASKED_FOR]:
        parser.error(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS | ASKED_FOR)}")
    about = machine()
    try:
        with tempfile.TemporaryDirectory(dir=options.work_dir) as directory:
            for name in options.parts or PARTS:
                result = (PARTS | ASKED_FOR)[name](
                    Path(directory), options.quick, lambda text: print(text, file=sys.stderr)
                )
                print("\n".join(as_text(result)), flush=True)
                if options.markdown is not None:
                    manner = "--quick " if options.quick else ""
                    write(options.markdown, result, about, f"python -m reports.benchmark {manner}{name}")
    except BenchmarkError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
