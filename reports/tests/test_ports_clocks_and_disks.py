"""A port, a right, a clock or a disk that a run cannot have or cannot trust: clear errors, and no false verdict."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shutil
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow, Play, Run, RunEnd
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient, RecipientError

from .started import FEW, LEASES, LONG, ROOT, SECONDS, after_plays, finish, ippmailto, start, verdict, without

PORTS = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_port_in_use_is_told_before_anything_is_played(tmp_path: Path, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host.strip("[]"), 0), family=family) as taken:
        where = f"{host}:{taken.getsockname()[1]}"
        code, errors = ippmailto("run", "--smtp-listen", where, "--report-dir", tmp_path, "-q")
    assert code == 2
    assert "another program listens there" in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.skipif(not PORTS.exists() or int(PORTS.read_text()) <= 25, reason="here anybody may bind port 25")
def test_a_port_without_the_right_to_it_is_told_with_what_to_do(tmp_path: Path) -> None:
    code, errors = ippmailto(
        "run", "--smtp-listen", "127.0.0.1:25", "--report-dir", tmp_path, "-q", wrapper=without("net_bind_service")
    )
    assert code == 2
    assert "ports below 1024 take privileges" in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("listen", ["[::1]:0", "[::]:0", "0.0.0.0:0"])
def test_a_run_listens_where_it_is_told(tmp_path: Path, listen: str) -> None:
    code, errors = ippmailto("run", "--smtp-listen", listen, "--report-dir", tmp_path, "--select", ",".join(FEW))
    assert code == 0, errors


def test_no_ipv6_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def without_ipv6(family: int = -1, *rest: Any, **named: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(family, *rest, **named)

    async def listen(port: int) -> None:
        with EvidenceFile.create(tmp_path / f"{port}.evidence") as file:
            async with Journal(file) as journal:
                monkeypatch.setattr(socket, "socket", without_ipv6)
                try:
                    with pytest.raises(RecipientError) as caught:
                        await Recipient(journal, "::1", port).start()
                finally:
                    monkeypatch.undo()
                assert "cannot listen on ::1" in str(caught.value)
                assert caught.value.hint

    for port in (0, 2525):
        asyncio.run(listen(port))


JUMPY = """
import sys
if "printer" not in sys.orig_argv:  # the printer keeps its own time
    import datetime, random, time
    dice, clock, zone = random.Random(7), time.time, datetime.datetime
    time.time = lambda: clock() + dice.choice([-86400, 0, 3600, 10**9])
    time.time_ns = lambda: int(time.time() * 10**9)
    class Jumpy(zone):
        @classmethod
        def now(cls, tz=None):
            return zone.now(tz) + datetime.timedelta(seconds=dice.choice([-86400, 3600, 400000]))
    datetime.datetime = Jumpy
"""


@LEASES
def test_a_wall_clock_that_jumps_changes_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(JUMPY)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    evidence = tmp_path / "run.evidence"
    select = ("lease.*", "sequence.*", "T1-From-1")
    code, errors = ippmailto(
        "run", "--evidence", evidence, "--report-dir", tmp_path, "--select", ",".join(select), PYTHONPATH=path
    )
    assert code == 0, errors
    assert 0 < verdict(tmp_path)["seconds"] < SECONDS
    with EvidenceFile.open(evidence) as file:
        times = [run.t for run in file.rows(Run)] + [play.t for play in file.rows(Play)]
        times += [mail.t for mail in file.rows(MailRow)] + [end.t for end in file.rows(RunEnd)]
    assert min(times) >= 0
    assert max(times) < SECONDS * 10**9


def test_only_the_beginning_of_a_run_reads_the_wall_clock() -> None:
    readers = Counter[str]()
    for folder in ("conformance", "fakes", "reports"):
        for module in (ROOT / folder).rglob("*.py"):
            if "tests" not in module.parts and "printer" not in module.parts and "benchmark" not in module.parts:
                found = len(re.findall(r"\btime\.time(_ns)?\(|\.(now|utcnow|today)\((UTC|tz.*)?\)", module.read_text()))
                own = len(re.findall(r"(journal|_journal|stage|self|log)\.now\(\)", module.read_text()))
                if found > own:
                    readers[module.relative_to(ROOT).as_posix()] = found - own
    allowed = {
        "fakes/stage/bench.py", "reports/commands/serve.py", "reports/commands/run.py", "reports/commands/client.py",
        "reports/commands/gating.py", "reports/store/publishing.py",
    }  # began, a file's name, until when a waiver that is drafted counts, when a run was stored  # fmt: skip
    certificates = {"fakes/certificates.py", "fakes/stage/certificate_look.py"}  # valid from when until when
    assert set(readers) <= allowed | certificates, readers


def test_a_disk_that_is_full_ends_the_run_in_one_line_and_what_was_recorded_is_judged(tmp_path: Path) -> None:
    if shutil.which("prlimit") is None:
        pytest.skip("prlimit (util-linux) is not installed")
    evidence = tmp_path / "run.evidence"
    code, errors = ippmailto(
        "run", "--evidence", evidence, "--report-dir", tmp_path, "-q", "--select", ",".join(LONG),
        wrapper=["prlimit", "--fsize=300000"],
    )  # fmt: skip
    assert code == 4, errors
    (line,) = errors.splitlines()
    assert "cannot write to" in line
    assert f"what was recorded before is in {evidence}" in line
    code, errors = ippmailto("judge", evidence, "--report-dir", tmp_path, "--select", ",".join(LONG))
    assert code == 3, errors
    assert verdict(tmp_path)["cut-short"] is True
    assert verdict(tmp_path)["counts"]["fail"] == 0


def test_a_run_whose_evidence_is_cut_ends_in_one_line(tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    process = start(
        "run", "-v", "--evidence", evidence, "--report-dir", tmp_path / "report", "--select", ",".join(LONG)
    )
    after_plays(process, 3)
    os.truncate(f"{evidence}-wal", 1000)
    code, errors = finish(process)
    assert code == 4
    (line,) = [line for line in errors.splitlines() if not line.startswith("[")]
    assert "run.evidence-wal was cut short while it was written to" in line
    assert not (tmp_path / "report" / "verdict.json").exists()


def test_a_report_directory_that_cannot_be_written_is_told_before_anything_is_played(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    evidence = tmp_path / "run.evidence"
    rights = without("dac_override", "dac_read_search")
    code, errors = ippmailto("run", "--evidence", evidence, "--report-dir", closed, "-q", wrapper=rights)
    assert code == 2
    assert f"cannot write in the directory {closed}" in errors
    assert len(errors.splitlines()) == 1
    assert not evidence.exists()


def test_a_directory_for_evidence_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    code, errors = ippmailto(
        "run", "--evidence", closed / "run.evidence", "--report-dir", tmp_path, "-q",
        wrapper=without("dac_override", "dac_read_search"),
    )  # fmt: skip
    assert code == 2
    assert str(closed) in errors
    assert len(errors.splitlines()) == 1


def test_evidence_in_a_directory_that_cannot_be_written_is_judged(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    select = ("--select", ",".join(FEW))
    assert ippmailto("run", "--evidence", kept / "run.evidence", "--report-dir", tmp_path, "-q", *select)[0] == 0
    kept.chmod(0o555)
    (kept / "run.evidence").chmod(0o400)
    rights = without("dac_override", "dac_read_search")
    code, errors = ippmailto("judge", kept / "run.evidence", "--report-dir", tmp_path, "-q", *select, wrapper=rights)
    assert code == 0, errors


def test_a_report_that_is_in_the_way_is_told_and_the_evidence_kept(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    evidence = tmp_path / "run.evidence"
    code, errors = ippmailto("run", "--evidence", evidence, "--report-dir", tmp_path, "-q", "--select", ",".join(FEW))
    assert code == 2
    assert "the evidence is kept" in errors
    assert evidence.exists()
