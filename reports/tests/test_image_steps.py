"""The steps of the Dockerfile, taken without an engine: its files, its commands and its entry point in a directory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from reports.tests.test_ci_files import ROOT, instructions

IGNORED = [line.removeprefix("**/") for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split()]
NO_INDEX = ("NameResolutionError", "NewConnectionError", "ConnectTimeout", "No matching distribution")


def only(word: str) -> str:
    """What follows the instruction that is there once."""
    (rest,) = [rest for name, rest in instructions() if name == word]
    return rest


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working directory, when all was copied and installed; skips without a package index."""
    directory = tmp_path_factory.mktemp("image")
    for word, rest in instructions():
        if word == "COPY":
            *names, target = rest.split()
            for name in names:
                if (ROOT / name).is_dir():
                    shutil.copytree(ROOT / name, directory / target, ignore=shutil.ignore_patterns(*IGNORED))
                else:
                    shutil.copy(ROOT / name, directory / target)
        elif word == "RUN" and "pip" in rest:
            done = subprocess.run(
                ["sh", "-ec", rest], cwd=directory, capture_output=True, text=True, check=False, timeout=300
            )
            if done.returncode and any(why in done.stderr for why in NO_INDEX):
                pytest.skip("no package index can be reached, from which the image is made")
            assert done.returncode == 0, done.stderr
    return directory


def command(image: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What the entry point does; the directory is not /opt here, which is all that differs."""
    (entry,) = json.loads(only("ENTRYPOINT"))
    made_in = next(rest for word, rest in instructions() if word == "WORKDIR")
    inside = entry.removeprefix(made_in).lstrip("/")
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [image / inside, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=120, env=clean
    )


def test_the_entry_point_answers(image: Path, tmp_path: Path) -> None:
    done = command(image, "--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ippmailto ")


def test_what_it_does_unless_told_otherwise_is_a_run(image: Path, tmp_path: Path) -> None:
    """As its last line has it, of which a part is enough here."""
    done = command(image, *json.loads(only("CMD")), "--select", "T1-From-1", "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("conforms: ")
    assert (tmp_path / "ippmailto-report" / "report.html").exists()


def test_its_commands_are_a_shells() -> None:
    runs = [rest for word, rest in instructions() if word == "RUN"]
    assert len(runs) > 1
    for rest in runs:
        subprocess.run(["sh", "-nc", rest], check=True)
        for part in rest.split("&&"):
            name = part.split()[0]
            assert name.startswith(".venv/") or shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin"), name
