"""Mails made to harm their reader go through the whole judging: a verdict comes, soon, and nothing of ours breaks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .laid_sessions import envelopes_of, lay_mails

pytestmark = pytest.mark.takes(20)

ROOT = Path(__file__).parents[2]
SECONDS = 120.0  # of processor time for all mails and all cases; a tenth of it is what it takes
MEGABYTES = 500
MANY = 100_000
DEEP = 10_000


def nested(boundary: bytes) -> bytes:
    """Multiparts in multiparts, each with a boundary of its own if ``boundary`` has a place for a number."""
    levels = b"".join(
        b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % ((boundary.replace(b"#", b"%d" % i),) * 2)
        for i in range(DEEP)
    )
    return b"From: x\r\nMIME-Version: 1.0\r\n" + levels + b"Content-Type: application/ipp\r\n\r\n\x01\x01\x00\x00"


def part(content: bytes) -> bytes:
    """A mail with an application/ipp part."""
    return (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
        b"Content-Type: application/ipp\r\nContent-Transfer-Encoding: binary\r\n\r\n" + content + b"\r\n--b--\r\n"
    )


COLLECTIONS = (
    b"\x01\x01\x00\x00\x00\x00\x00\x01\x07\x34\x00\x01c\x00\x00" + b"\x4a\x00\x00\x00\x01m\x34\x00\x00\x00\x00" * DEEP
)
BOMBS = {
    "fields": b"X: y\r\n" * MANY + b"\r\nbody\r\n",
    "from-fields": b"From: a@b.example\r\n" * MANY + b"\r\nbody\r\n",
    "subject-fields": b"Subject: =?utf-8?q?x?=\r\n" * MANY + b"\r\nbody\r\n",
    "folds": b"From: \r\n" + b" x\r\n" * MANY + b"\r\nbody\r\n",
    "mailboxes": b"From: " + b"a@b.example, " * MANY + b"\r\nTo: " + b"(" * MANY + b"\r\n\r\nbody\r\n",
    "encoded-words": b"From: " + b"=?utf-8?b?w6Q=?= " * MANY + b"<a@b.example>\r\n\r\nbody\r\n",
    "broken-words": b"Subject: " + b"=?utf-8?q?=C3?=" * MANY + b"\r\nFrom: =?klingon?b?!?= <a@b>\r\n\r\nbody\r\n",
    "parameters": b"Content-Type: text/plain" + b"; a*0*=b" * MANY + b"\r\n\r\nbody\r\n",
    "levels": nested(b"b#"),
    "levels-of-one-boundary": nested(b"b"),
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * MANY,
    "charset": b"Content-Type: text/plain; charset=utf-7\r\n\r\n+ADw-script+AD4-\r\n",
    "unknown-charset": b"Content-Type: text/plain; charset=\x1b[31m\r\nContent-Transfer-Encoding: uu\r\n\r\nx\r\n",
    "nul": b"Fr\0om: \0\r\n\r\n" + b"\0\r\n" * 1000,
    "long-line": b"Subject: " + b"x" * 2**21 + b"\r\n\r\n" + b"y" * 2**21 + b"\r\n",
    "no-header": b"\r\n" * MANY,
    "collections": part(COLLECTIONS),
    "lengths-that-lie": part(b"\x01\x01\x00\x00\x00\x00\x00\x01\x07\x44\xff\xffnotify-" + b"\x44\x00\x01n\xff\xff"),
    "negative-lengths": part(b"\x01\x01\x00\x00\x00\x00\x00\x01\x07\x21\x80\x00\x80\x00"),
    "groups": part(b"\x01\x01\x00\x00\x00\x00\x00\x01" + b"\x07" * MANY + b"\x03"),
    "values": part(b"\x01\x01\x00\x00\0\0\0\x01\x07\x44\x00\x01n\x00\x01v" + b"\x44\x00\x00\x00\x01v" * MANY + b"\x03"),
}  # fmt: skip


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The evidence of a small run on the built-in printer, which the bombs are laid into."""
    directory = tmp_path_factory.mktemp("small")
    select = ("T1-From-1", "4.3-1", "4.2-1", "message.*", "content.*")
    done = ippmailto(
        "run", "--report-dir", directory, "--evidence", directory / "run.evidence", "--select", ",".join(select)
    )
    assert done[0] in (0, 3), done
    return directory / "run.evidence"


def ippmailto(*arguments: str | Path) -> tuple[int, str, float, float]:
    """Exit code, output, and what it took: seconds of processor time, megabytes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "reports", *map(str, arguments), "-q"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    return process.returncode, errors, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def test_mails_made_to_harm_are_judged(small_run: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "bombs.evidence"
    shutil.copy(small_run, evidence)
    lay_mails(evidence, BOMBS.values())
    code, errors, seconds, megabytes = ippmailto("judge", evidence, "--report-dir", tmp_path)
    print(f"{len(BOMBS)} bombs: exit {code}, {seconds:.1f} s of processor time, {megabytes:.0f} MB")
    assert code in (1, 3), errors
    assert errors == ""
    assert (tmp_path / "report.html").stat().st_size < 5_000_000
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def test_a_mail_without_a_body_is_judged(small_run: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "empty.evidence"
    shutil.copy(small_run, evidence)
    lay_mails(evidence, [b"", b"Subject: x\r\n\r\n"] * len(envelopes_of(evidence)))
    code, errors, _, _ = ippmailto("judge", evidence, "--report-dir", tmp_path, "--select", "format.*")
    assert code in (1, 3), errors
