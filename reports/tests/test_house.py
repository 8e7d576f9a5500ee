"""The house is in order: layers, types, style, and what goes into the wheel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "reports" / "formats" / "html" / "templates"
PACKAGES = ("conformance", "fakes", "reports")
PAGES = sorted((*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "fixtures").glob("*.md")))
TOOLS = Path(sys.executable).parent


def links(page: Path) -> list[str]:
    """The relative links of a page in Markdown, which has none in its code."""
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)|^\[[^\]]+\]:\s*(\S+)", text, re.MULTILINE)
    return [name for name in map("".join, targets) if "://" not in name and not name.startswith("#")]


def run(*command: str) -> None:
    """Run a tool in the checkout; its output is the failure."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}{done.stderr[-3000:]}"


@pytest.mark.parametrize("command", [("ruff", "check", "."), ("ruff", "format", "--check", ".")], ids=["rules", "form"])
def test_the_source_has_one_style(command: tuple[str, ...]) -> None:
    run(str(TOOLS / command[0]), *command[1:])


@pytest.mark.takes(30)
def test_types_are_strict() -> None:
    run(str(TOOLS / "mypy"))


def test_imports_point_one_way() -> None:
    run(str(TOOLS / "lint-imports"), "--no-cache")


def test_the_wheel_holds_the_packages_and_nothing_else(tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(ROOT))
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {*PACKAGES, "ippmailto.py"}
    assert not [name for name in names if "/tests/" in name]
    assert "conformance/requirements/mailto-00.toml" in names
    templates = {f"reports/formats/html/templates/{path.name}" for path in TEMPLATES.iterdir() if path.is_file()}
    assert len(templates) > 3
    assert templates <= set(names)
    assert "reports/formats/verdict.schema.json" in names
    assert {"reports/web/templates/live.js", "reports/web/templates/base.html.jinja"} <= set(names)


def test_the_command_is_also_a_module() -> None:
    run(sys.executable, "-m", "ippmailto", "--version")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_names_is_there(page: Path) -> None:
    """Files, folders and modules; what has a ``*`` in its name has to fit something."""
    text = page.read_text(encoding="utf-8")
    paths = re.findall(r"(?:^|[` ])((?:conformance|fakes|reports|fixtures|docs)/[\w./*-]*[\w/*])", text, re.MULTILINE)
    modules = re.findall(r"python -m ((?:conformance|fakes|reports)(?:\.\w+)*)", text)
    named = [*paths, *(name.replace(".", "/") for name in modules)]
    assert [name for name in named if not any(ROOT.glob(name)) and not any(ROOT.glob(f"{name}.py"))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_link_of_a_page_is_dead(page: Path) -> None:
    dead = [target for target in links(page) if not (page.parent / target.partition("#")[0]).exists()]
    assert not dead, f"{page.name} links to {', '.join(dead)}"


def test_the_readme_links_to_nothing_that_a_package_index_lacks() -> None:
    """It is the description of the wheel, which has no other file of the checkout beside it."""
    assert links(ROOT / "README.md") == []


def test_every_page_is_in_the_source_distribution() -> None:
    target = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["sdist"]
    packed = [page.relative_to(ROOT).parts[0] for page in PAGES]
    assert [name for name in packed if name not in target["include"]] == []


def test_every_dependency_is_pinned_without_a_host() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    pins = (ROOT / "constraints.txt").read_text()
    assert "://" not in pins
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in pins.splitlines() if "==" in line}
    for requirement in wanted:
        name = re.split(r"[<>=!~]", requirement)[0].strip().lower()
        assert name in pinned, f"{name} has no pin in constraints.txt"


def test_fixtures_hold_data_only() -> None:
    assert not list((ROOT / "fixtures").rglob("*.py"))


def test_hooks_before_a_commit_are_local_and_of_these_tools() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"repo: (.*)", hooks)) == {"local"}
    assert set(re.findall(r"language: (.*)", hooks)) == {"system"}
    entries = re.findall(r"entry: (\S+)", hooks)
    assert {Path(entry).name for entry in entries} == {"ruff", "mypy", "lint-imports"}
    assert all((TOOLS / Path(entry).name).exists() for entry in entries)


def test_the_readme_names_the_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    done = subprocess.run(
        [sys.executable, "-m", "reports", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "100"},
    )
    for command in re.findall(r"^\s*(?:\.venv/bin/)?ippmailto ([a-z]+)", readme, re.MULTILINE):
        assert re.search(rf"^ +{command}\b", done.stdout, re.MULTILINE), f"README names {command}, --help does not"
