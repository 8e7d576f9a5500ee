"""What docs/bundles.md has people type is typed, time-stamps included; and no secret gets into a bundle."""

from __future__ import annotations

import json
import lzma
import re
import shlex
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow
from reports.bundles.archive import EVIDENCE, LIMITS, MANIFEST, TIMESTAMP, VERDICT
from reports.cli import main
from reports.exits import Exit
from reports.tests.forged import put_together, statement_of, taken_apart
from reports.tests.laid_sessions import lay_mails
from reports.tests.stamping import StampingAuthority
from reports.tests.test_command import ROOT, ippmailto
from reports.tests.test_formats import PACKED
from reports.tests.test_site import shell_lines

PAGE: Final = (ROOT / "docs" / "bundles.md").read_text(encoding="utf-8")
LINES: Final = list(shell_lines(PAGE))
FEW: Final = ("--edition", "mailto-04", "--select", "M4-From-1,M4-Sender-1,S-7bit", "-q")
PASSWORD: Final = b"printers-passw0rd-17"
LOGIN: Final = b64encode(b"\0printer\0" + PASSWORD)


def reported(directory: Path) -> Path:
    """A directory in which ``ippmailto-report`` is that of a run."""
    reports = directory / "ippmailto-report"
    reports.mkdir()
    (reports / "run.evidence").write_bytes(lzma.decompress(PACKED.read_bytes()))
    return reports


def judged(reports: Path) -> None:
    assert main(["judge", str(reports / "run.evidence"), "--report-dir", str(reports), *FEW]) in (1, 3)


# ---------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all of it was typed, line after line, with an authority of ours in place of the one that is asked."""
    directory = tmp_path_factory.mktemp("typed")
    judged(reported(directory))
    (directory / "tsa").mkdir()
    tsa = StampingAuthority(directory / "tsa")
    (directory / "tsa.pem").write_bytes(tsa.root.read_bytes())
    for line in LINES:
        if line.startswith("curl "):
            assert "@manifest.tsq" in line
            tsa.answer(directory / "manifest.tsq", directory / "manifest.tsr")
        elif line.startswith("ippmailto "):
            done = ippmailto(*shlex.split(line)[1:], cwd=directory)
            assert done.returncode == Exit.CONFORMS, f"{line}: {done.stdout}{done.stderr}"
        elif line.startswith(("tar ", "openssl ")):
            subprocess.run(["sh", "-c", line], cwd=directory, check=True, capture_output=True)
    return directory


def test_every_command_of_the_page_was_typed(typed: Path) -> None:
    assert len([line for line in LINES if line.startswith(("ippmailto ", "tar ", "openssl ", "curl "))]) == 9
    assert TIMESTAMP in taken_apart(typed / "office.bundle")


def test_the_page_tells_of_each_member(typed: Path) -> None:
    told = re.findall(r"^\| `([a-z.]+)` \|", PAGE, re.MULTILINE)
    assert told == list(LIMITS)


# ---------------------------------------------------------------- time-stamps


def verified(capsys: pytest.CaptureFixture[str], bundle: Path, *more: str | Path) -> tuple[int, str]:
    capsys.readouterr()
    return main(["verify", str(bundle), *map(str, more)]), capsys.readouterr().out


def test_a_stamp_says_who_made_it_only_when_that_is_asked(typed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = ("--key", typed / "lab.key.pub")
    code, said = verified(capsys, typed / "office.bundle", *key, "--timestamp-authority", typed / "tsa.pem")
    assert code == Exit.CONFORMS
    assert "by the authority that was named" in said
    code, said = verified(capsys, typed / "office.bundle", *key)
    assert code == Exit.CONFORMS
    assert "who made the stamp was not looked at" in said


def test_a_stamp_of_a_stranger_or_on_something_else_is_refused(
    typed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger, members = StampingAuthority(tmp_path), taken_apart(typed / "office.bundle")
    trust = ("--key", typed / "lab.key.pub", "--timestamp-authority", typed / "tsa.pem")
    for octets, told in (
        (stranger.stamp(members[MANIFEST]), "it is not by the authority that was named"),
        (stranger.stamp(b"something else"), "it is on something else than this manifest"),
        (b"x" * 40, "it is no answer of a time-stamping authority"),
        (members[TIMESTAMP][:-8], "it is no answer of a time-stamping authority"),
    ):
        members[TIMESTAMP] = octets
        code, said = verified(capsys, put_together(members, tmp_path / "stamped"), *trust)
        assert code == Exit.DOES_NOT_CONFORM
        assert told in said


def test_a_missing_stamp_is_no_proof_of_a_time(typed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    members = taken_apart(typed / "office.bundle")
    del members[TIMESTAMP]
    trust = ("--key", typed / "lab.key.pub", "--timestamp-authority", typed / "tsa.pem")
    code, said = verified(capsys, put_together(members, tmp_path / "bare"), *trust)
    assert code == Exit.INCONCLUSIVE
    assert "there is no time-stamp in it" in said


def test_a_stamp_on_another_bundle_is_not_put_in(
    typed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["bundle", str(typed / "ippmailto-report"), "-o", str(tmp_path / "no")]
    assert main([*words, "--timestamp", str(typed / "manifest.tsr")]) == Exit.USAGE
    assert "it is on something else than this manifest" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()


# ---------------------------------------------------------------- secrets


def forms() -> list[bytes]:
    return [PASSWORD, LOGIN, b64encode(PASSWORD), b64encode(PASSWORD).rstrip(b"="), PASSWORD.hex().encode()]


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "with a log"])
def test_no_login_of_a_printer_gets_into_a_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], killed: bool
) -> None:
    reports = reported(tmp_path)
    evidence = reports / "run.evidence"
    with EvidenceFile.open(evidence) as file:
        (mail, *_) = file.rows(MailRow)
        body = file.client_octets(mail.session, mail.start, mail.end)
    said = [(b"EHLO x\r\n", b"250 x\r\n"), (b"AUTH PLAIN " + LOGIN + b"\r\n", b"235 2.7.0 ok\r\n")]
    said += [(b"AUTH LOGIN\r\n", b"334 \r\n"), (b64encode(PASSWORD) + b"\r\n", b"235 2.7.0 ok\r\n")]
    lay_mails(evidence, [body] * 3, said)
    if killed:
        file = EvidenceFile.open(evidence, append=True)
        file.leave()
        file.close()
        assert evidence.with_name("run.evidence-wal").stat().st_size
    assert any(form in evidence.read_bytes() for form in forms())
    judged(reports)
    assert main(["bundle", str(reports), "-o", str(tmp_path / "run.bundle")]) == Exit.CONFORMS
    assert "Masked    logins in 3 of its SMTP sessions" in capsys.readouterr().out
    octets = (tmp_path / "run.bundle").read_bytes()
    assert [form for form in forms() if form in octets] == []
    code, told = verified(capsys, tmp_path / "run.bundle", "--any-signer")
    assert code == Exit.CONFORMS
    assert "Masked    logins in 3 of its SMTP sessions" in told
    members = taken_apart(tmp_path / "run.bundle")
    was, now = json.loads((reports / VERDICT).read_bytes()), json.loads(members[VERDICT])
    assert was["requirements"] == now["requirements"]
    assert was["evidence"]["sha256"] != now["evidence"]["sha256"]
    told_of = statement_of(members)["predicate"]["evidence"]
    assert told_of["recorded"]["sha256"] == was["evidence"]["sha256"]
    assert ("log-sha256" in told_of["recorded"]) is killed
    assert EVIDENCE in members
