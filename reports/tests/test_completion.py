"""A shell completes the command: its options and choices, and the ids that there are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reports.cli import main


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("completion")
    with pytest.MonkeyPatch.context() as patch, (directory / "ippmailto.bash").open("w") as out:
        patch.setattr(sys, "stdout", out)
        assert main(["completion", "bash"]) == 0
    return directory / "ippmailto.bash"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("ippmailto jud", {"judge"}),
        ("ippmailto run --smtp-l", {"--smtp-listen", "--smtp-login"}),
        ("ippmailto run --edition mailto-", {"mailto-00", "mailto-04"}),
        ("ippmailto judge --select T1-From-", {f"T1-From-{n}" for n in range(1, 5)}),
        ("ippmailto explain C0", {f"C0{n}" for n in range(1, 10)}),
        ("ippmailto printer --defect from-without-n", {"from-without-name"}),
        ("ippmailto run --variant des", {"desk"}),
        ("ippmailto run --reading C04", {"C04=binds"}),
    ],
)
def test_bash_completes(script: Path, words: str, offered: set[str]) -> None:
    typed = words.split()
    lines = [
        f"source {script}",
        f"COMP_WORDS=({words}) COMP_CWORD={len(typed) - 1}",
        f"_shtab_ippmailto ippmailto {typed[-1]} {typed[-2]}",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    done = subprocess.run(["bash", "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert set(done.stdout.split()) == offered


def test_a_script_for_zsh_has_the_same_ids(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "zsh"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("#compdef ippmailto")
    assert "T1-From-1" in said


def test_without_the_extra_a_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'ippmailto[completion]'" in line
