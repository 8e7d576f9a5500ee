"""What is shown to CI systems: files that their schemas take, and commands that this project has."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from reports.cli import _parser, main

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
ACTION: Final[dict[str, Any]] = YAML(typ="safe").load((ROOT / "action.yml").read_text(encoding="utf-8"))
SCHEMAS: Final = {
    "action": ("vendor.github-actions", (ROOT / "action.yml").read_text(encoding="utf-8")),
    "github": ("vendor.github-workflows", re.findall(r"```yaml\n(# \.github.*?)```", PAGE, re.DOTALL)[0]),
    "gitlab": ("vendor.gitlab-ci", re.findall(r"```yaml\n(# \.gitlab.*?)```", PAGE, re.DOTALL)[0]),
}


def joined(text: str) -> str:
    """With the lines that a backslash, or YAML's folding, parts."""
    return re.sub(r"\s*\\?\n\s+(?=--)", " ", text)


def blocks() -> list[str]:
    """The examples of the page, in whatever language."""
    return [joined(block) for block in re.findall(r"^```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_ci_systems_are_given_keeps_to_their_schemas(name: str, tmp_path: Path) -> None:
    schema, text = SCHEMAS[name]
    (tmp_path / f"{name}.yml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(tmp_path / f"{name}.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def commands() -> list[str]:
    """Every command of ours that a page or a file shows, with its arguments."""
    text = "\n".join([*blocks(), joined((ROOT / "Dockerfile").read_text(encoding="utf-8"))])
    return re.findall(r"(?:^|[\s/])ippmailto ((?:run|judge|diff|waive|schema)\b[^'\n]*)", text)


def test_every_command_that_is_shown_is_understood() -> None:
    assert len(commands()) > 4
    for command in commands():
        options = _parser().parse_args(shlex.split(command))
        assert options.command == command.split()[0]


def test_the_action_passes_on_what_the_workflow_on_the_page_gives_it() -> None:
    workflow = YAML(typ="safe").load(SCHEMAS["github"][1])
    (step,) = [s for s in workflow["jobs"]["mailto"]["steps"] if "/ippmailto@" in s["uses"]]
    assert set(step["with"]) <= set(ACTION["inputs"])
    judge = ACTION["runs"]["steps"][-1]
    used = {re.findall(r"inputs\.([a-z-]+)", value)[0] for value in judge["env"].values()}
    assert used == set(ACTION["inputs"]) - {"python-version"}


@pytest.mark.parametrize("code", [0, 3])
def test_the_step_of_the_action_judges_and_ends_as_the_command_does(tmp_path: Path, code: int) -> None:
    """The script that the action runs, with a command in the tool's place that notes how it was called."""
    tool = tmp_path / "ippmailto" / "bin" / "ippmailto"
    tool.parent.mkdir(parents=True)
    tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >"{tmp_path}/called"\nexit {code}\n')
    tool.chmod(0o700)
    script = ACTION["runs"]["steps"][-1]["run"]
    given = {"PRINTER": "ipp://printer.example/ipp", "ARGUMENTS": "--strict  --ixit bench.toml", "WAIVERS": "",
             "BASELINE": "an old one", "REPORT_DIR": "out"}  # fmt: skip
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={**os.environ, **given, "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "output")},
        check=False,
    )
    assert done.returncode == code
    assert (tmp_path / "output").read_text() == f"exit-code={code}\n"
    assert (tmp_path / "called").read_text().splitlines() == [
        "run", "--github", "--report-dir", "out", "--strict", "--ixit", "bench.toml", "--baseline", "an old one",
        "ipp://printer.example/ipp",
    ]  # fmt: skip
    _parser().parse_args((tmp_path / "called").read_text().splitlines())


# ---------------------------------------------------------------- the container


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def test_the_image_copies_what_is_there_and_installs_as_the_readme_says() -> None:
    copied = [name for word, rest in instructions() if word == "COPY" for name in rest.split()[:-1]]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    (install,) = [rest for word, rest in instructions() if word == "RUN" and "pip" in rest]
    readme = re.search(r"<!-- run command -->\n```sh\n(.*?) && \.venv/bin/ippmailto run", README)
    assert readme is not None
    assert install.replace(" --no-cache-dir", "") == readme[1].replace("-e .", ".")


def test_what_the_image_copies_is_enough_to_build_the_wheel(tmp_path: Path) -> None:
    for word, rest in instructions():
        if word == "COPY":
            *names, target = rest.split()
            for name in names:
                subprocess.run(["cp", "-r", str(ROOT / name), str(tmp_path / target)], check=True)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", "out", "."],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "out").glob("ippmailto-*.whl"))


def test_the_image_runs_as_nobody_of_importance() -> None:
    words = [word for word, _ in instructions()]
    assert words.index("USER") < words.index("ENTRYPOINT")
    (user,) = [rest for word, rest in instructions() if word == "USER"]
    assert user != "root"


def test_windows_is_told_in_a_line_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert main(["run"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "WSL 2" in line
    assert "Not supported" in PAGE
