"""Reports are written whole or not at all, private, and through no link; lines arrive, or it is said that they do not.

A report directory may hold anything: somebody's links, other programs' results.  What is there under the name of a
report is replaced, never written into; of Allure's results only those of our own last judging are.
"""

from __future__ import annotations

import errno
import io
import os
import re
import shlex
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp, mkstemp
from typing import Final, TextIO

from conformance.verdict import name_shown, printable
from fakes.shown_uri import without_secrets_in_uris

ALLURE: Final = "allure-results"
OURS: Final = "ippmailto-results.txt"  # in it the names of the files that the last judging put there
_RESULT: Final = re.compile(r"[0-9a-f-]{36}-(?:result|container|attachment)\.[a-z]{1,10}")
_NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE, None))


class OutputError(Exception):
    """Something cannot be written; ``ours`` if neither another name nor another directory would help."""

    def __init__(self, what: str, error: OSError) -> None:
        super().__init__(f"cannot write {what}: {error.strerror or error}")
        self.ours = error.errno in _NO_ROOM


def check_places(directory: Path) -> None:
    """Whether reports can go there; raises ``OutputError`` before anything was played or judged for nothing."""
    results = directory / ALLURE
    if os.path.lexists(results) and not stat.S_ISDIR(results.lstat().st_mode):
        raise OutputError(str(results), NotADirectoryError(errno.ENOTDIR, "it is no directory; move it away"))


def write_reports(directory: Path, documents: Mapping[str, bytes]) -> None:
    """All of them or none, each readable by its owner alone; raises ``OutputError``."""
    made: list[tuple[Path, Path]] = []
    target = directory
    try:
        for name, octets in documents.items():
            target = directory / name
            if target.is_dir() and not target.is_symlink():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            number, temporary = mkstemp(prefix=f".{name}-", dir=directory)
            made.append((Path(temporary), target))
            with os.fdopen(number, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(number)
        for source, target in made:
            source.replace(target)
    except OSError as error:
        raise OutputError(str(target), error) from error
    finally:
        for source, _ in made:
            source.unlink(missing_ok=True)


# ---------------------------------------------------------------- Allure


@contextmanager
def allure_results(directory: Path) -> Iterator[Path]:
    """A private directory for new results; when all went well they replace those that we left the last time."""
    try:
        private = Path(mkdtemp(prefix=f".{ALLURE}-", dir=directory))
    except OSError as error:
        raise OutputError(str(directory), error) from error
    try:
        yield private
        check_places(directory)
        try:
            _take_over(private, directory / ALLURE)
        except OSError as error:
            raise OutputError(str(directory / ALLURE), error) from error
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _take_over(private: Path, results: Path) -> None:
    results.mkdir(exist_ok=True)
    for name in _ours(results / OURS):
        (results / name).unlink(missing_ok=True)
    names = sorted(path.name for path in private.iterdir())
    write_reports(results, {OURS: "".join(f"{name}\n" for name in names).encode()})
    for name in names:
        (private / name).chmod(0o600)
        (private / name).replace(results / name)


def _ours(listed: Path) -> list[str]:
    """The names in our list that can be those of results: whatever else is in it is left alone."""
    if not os.path.lexists(listed) or not stat.S_ISREG(listed.lstat().st_mode):
        return []
    return [name for name in listed.read_text("utf-8", "replace").splitlines() if _RESULT.fullmatch(name)]


# ---------------------------------------------------------------- standard output


def remark(told: object, stream: TextIO | None = None) -> None:
    """A line of ours, by default on standard error, whatever is in the name of a file or in what somebody wrote."""
    print(f"ippmailto: {name_shown(without_secrets_in_uris(str(told)))}", file=stream or sys.stderr, flush=True)


def own_fault(told: object) -> None:
    """What broke here, in as many lines as it takes."""
    print(f"ippmailto: our own fault: {printable(without_secrets_in_uris(str(told)))}", file=sys.stderr, flush=True)


def typed(word: object) -> str:
    """A word as it is typed into a shell, on one line and in ASCII: in bash, zsh and ksh $'...' is for all else."""
    text = str(word)
    if text.isascii() and text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(character: str) -> str:
    code = ord(character)
    if character in "\\'":
        return "\\" + character
    if 0x20 <= code < 0x7F:
        return character
    if 0xDC80 <= code <= 0xDCFF:  # an octet that is in no script
        return f"\\x{code - 0xDC00:02x}"
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def say(text: str) -> None:
    """Text on standard output, at once; raises ``OutputError``."""
    if sys.stdout is None:
        raise OutputError("to standard output", OSError(None, "it is closed"))
    try:
        print(text, flush=True)
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)  # else Python tries again at its end, and says so
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        raise OutputError("to standard output", error) from error


def standard_files() -> None:
    """Let whoever closed them have nothing from us: no file of ours may get the number of a standard one."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it takes the lowest number that is free
    if sys.stderr is None or sys.stderr is sys.__stderr__:  # where there is none, print would take standard output
        sys.stderr = _Heedless(io.FileIO(2, "wb", closefd=False), errors="backslashreplace", write_through=True)


class _Heedless(io.TextIOWrapper):
    """Standard error; that nobody can hear it is no reason to end, nor for the code of a printer that failed."""

    def write(self, text: str) -> int:
        """The text, if it can be written."""
        with suppress(OSError):
            return super().write(text)
        return len(text)
