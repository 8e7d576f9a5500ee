"""Where a page is asked for: who has to show what there, and that nothing else needs what it needs."""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import Any

import pytest

from reports.commands.live import WebAsked
from reports.exits import UsageError

from .processes import ROOT

# ---------------------------------------------------------------- who has to show what


def asked(*where: str, **more: Any) -> WebAsked | None:
    options = {"web": (where[:1] and (where[0], 0)) or None, "web_token": None, "web_stay": False, **more}
    return WebAsked.of(argparse.Namespace(**options))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_on_the_loopback_nobody_is_asked_for_a_token(host: str) -> None:
    made = asked(host)
    assert made is not None
    assert (made.token, made.told) == ("", False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "printer.example"])
def test_anywhere_else_one_is_made_and_told(host: str) -> None:
    made, other = asked(host), asked(host)
    assert made is not None
    assert other is not None
    assert len(made.token) >= 32
    assert made.told
    assert made.token != other.token
    assert made.token not in repr(made)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("env:NOBODY_HAS_THIS", "there is no variable"),
        ("file:/nowhere/at/all", "cannot read"),
        ("secret", "name where it is"),
        ("env:SHORT", "16 printable characters"),
    ],
)
def test_a_token_that_cannot_be_had_is_one_line(monkeypatch: pytest.MonkeyPatch, where: str, says: str) -> None:
    monkeypatch.setenv("SHORT", "x" * 15)
    with pytest.raises(UsageError, match=says):
        asked("127.0.0.1", web_token=where)


def test_options_of_the_page_without_the_page_are_one_line() -> None:
    with pytest.raises(UsageError, match="--web-stay is for a live page; add --web"):
        asked(web_stay=True)


# ---------------------------------------------------------------- the extra


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError) as told:
        asked("127.0.0.1")
    assert str(told.value) == "--web needs what the extra brings along: pip install 'ippmailto[web]'"


def test_nothing_outside_the_page_needs_the_extra() -> None:
    program = """
import importlib, pkgutil, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("fastapi", "starlette", "uvicorn", "anyio"):
            raise ImportError(name)
sys.meta_path.insert(0, Missing())
own = ("reports.web.beside", "reports.web.client", "reports.web.messages", "reports.web.page_process", "reports.web")
for room in ("conformance", "fakes", "reports"):
    for module in pkgutil.walk_packages(importlib.import_module(room).__path__, room + "."):
        if ".tests" in module.name or ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        if not module.name.startswith("reports.web.") or module.name in own:
            importlib.import_module(module.name)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
