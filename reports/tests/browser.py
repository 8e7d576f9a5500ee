"""Chromium without a window, for tests of the page: what became of a page when its scripts had run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

SECONDS = 120.0
ATTRIBUTE = "data-seen-by-test"
OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; });\n"


def chromium() -> str:
    """The command; skips the test that asks where there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium here; apt-get install chromium")
    return found


def loaded(page: Path, *, dark: bool = False) -> str:
    """The document as it stands when nothing is left to be done."""
    command = [
        chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000", "--dump-dom",
        "--virtual-time-budget=60000",
    ]  # fmt: skip
    if dark:
        command += ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        done = subprocess.run(
            [*command, f"--user-data-dir={profile}", page.as_uri()],
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def seen(page: Path, script: str, *, width: int = 1280, dark: bool = False) -> Any:
    """What a script of ours makes out on a copy of the page that lets it in: the value it hands to ``tell``.

    The copy stands in a frame of that width: a window has no less than 500 pixels.
    """
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
    tell = "const tell = (x) => parent.postMessage(JSON.stringify(x), '*');\n"
    copy, frame = (page.with_name(f"{page.stem}-{name}.html") for name in ("looked-at", "framed"))
    copy.write_text(text.replace("</body>", f"<script>{tell}{script}</script></body>"))
    keep = f"(event) => document.documentElement.setAttribute('{ATTRIBUTE}', event.data)"
    frame.write_text(
        f"<!doctype html><meta name=color-scheme content='light dark'><script>addEventListener('message', {keep});"
        f"</script><iframe src='{copy.name}' width={width} height=900></iframe>"
    )
    found = re.search(f'{ATTRIBUTE}="([^"]*)"', loaded(frame, dark=dark))
    assert found, "the script did not come to its end"
    return json.loads(unescape(found[1]))


def axe() -> str:
    """axe-core; IPPMAILTO_AXE names a newer axe.min.js."""
    newer = os.environ.get("IPPMAILTO_AXE")
    return Path(newer).read_text() if newer else files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")


def expect_readable(page: Path, *, dark: bool) -> None:
    """Nothing keeps anybody from reading it, by axe-core, contrast of 4.5 included."""
    script = f"""{axe()}
{OPEN_ALL}
axe.run(document, {{ resultTypes: ["violations"] }}).then((found) => tell({{
  dark: matchMedia("(prefers-color-scheme: dark)").matches,
  checked: found.passes.map((rule) => rule.id),
  wrong: found.violations.map((rule) => [rule.id, rule.impact, rule.nodes.slice(0, 3).map((node) => node.html)]),
}}));"""
    found = seen(page, script, dark=dark)
    assert found["dark"] is dark
    assert "color-contrast" in found["checked"]
    assert found["wrong"] == []


def expect_no_wider_than(page: Path, width: int) -> None:
    """With everything open nothing makes it scroll sideways."""
    script = OPEN_ALL + "const all = document.documentElement; tell([innerWidth, all.clientWidth, all.scrollWidth]);"
    window, inside, needed = seen(page, script, width=width)
    assert window == width
    assert needed <= inside
