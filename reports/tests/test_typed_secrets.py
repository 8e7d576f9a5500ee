"""A password that is typed where none belongs is not printed by whoever finds it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.cli import main
from reports.writing import own_fault, remark

SECRET = "s3cret-of-it"
URI = f"://admin:{SECRET}@h.example/x"


@pytest.mark.parametrize("arguments", [
    ["run", f"ipp{URI}"],
    ["run", f"ftp{URI}"],
    ["run", f"ftp://h.example/?password={SECRET}"],
    ["run", f"ipp://h.example:port/?password={SECRET}"],
    ["run", f"ipp:/admin:{SECRET}@h.example/x"],
    ["run", f"ipp://admin:{SECRET[:4]}/{SECRET[4:]}@h.example/"],
    ["run", "--directory", f"http{URI}"],
    ["run", f"--smtp-listen=smtp{URI}"],
    ["recipient", f"--smtp-listen=admin:{SECRET}@h.example:25"],
    ["run", f"--paper=http{URI}"],
    ["run", "ipp://h.example/", f"ipp{URI}"],
    ["run", f"--option{URI}"],
    [f"ipp{URI}"],
    ["judge", f"http{URI}"],
    ["matrix", f"postgresql:/admin:{SECRET}@h.example/db"],
    ["publish", f"mysql{URI}", "nowhere"],
    ["publish", f"postgresql:admin:{SECRET}@h.example/db", "nowhere"],
    ["station", f"postgresql:/admin:{SECRET}@h.example/db"],
])  # fmt: skip
def test_it_is_not_repeated(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    said = capsys.readouterr()
    assert code == 2, said
    for part in (SECRET, SECRET[4:], SECRET[:4]):
        assert part not in said.out + said.err


def test_no_line_of_ours_has_a_password_in_a_uri(capsys: pytest.CaptureFixture[str]) -> None:
    remark(f"cannot look at http{URI}?token={SECRET}")
    own_fault(f"at http{URI}")
    assert SECRET not in capsys.readouterr().err
