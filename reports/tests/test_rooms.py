"""Every room has a door, and no name leads into two of them."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("conformance", "fakes", "reports")
SOURCES: Final = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
ROOMS: Final = sorted({path.parent for path in SOURCES if "tests" not in path.parts})
OF_STATIONS: Final = ("alembic", "procrastinate", "psycopg", "sqlalchemy")
HEAVY: Final = ("asyncio", "hypothesis", "pydantic", "pytest", "sqlite3", "ssl", *OF_STATIONS)


def name_of(room: Path) -> str:
    return ".".join(room.relative_to(ROOT).parts)


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_a_room_has_a_door_that_says_what_lives_there(room: Path) -> None:
    package = importlib.import_module(name_of(room))
    assert package.__doc__
    brought_in = any(
        isinstance(node, ast.ImportFrom) and node.level
        for node in ast.parse((room / "__init__.py").read_text(encoding="utf-8")).body
    )
    assert hasattr(package, "__all__") or not brought_in, "what is for others is not named"
    assert [name for name in getattr(package, "__all__", ()) if not hasattr(package, name)] == []


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_nothing_that_a_door_hands_on_hides_a_module(room: Path) -> None:
    package = importlib.import_module(name_of(room))
    names = {path.stem for path in room.glob("*.py")}.intersection(getattr(package, "__all__", ()))
    assert [name for name in names if not isinstance(getattr(package, name), ModuleType)] == []


def test_no_two_classes_have_one_name() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in SOURCES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_help_waits_for_nothing_heavy() -> None:
    program = (
        "import sys\nfrom reports.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_a_run_needs_nothing_of_what_stations_need() -> None:
    program = (
        "import sys\nimport reports.cli, reports.commands.judge, reports.commands.run, reports.commands.serve\n"
        f"print(sorted(set(sys.modules) & set({OF_STATIONS!r})))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
