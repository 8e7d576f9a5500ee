"""Chromium, driven through pages that are served and change while one looks.

``reports/tests/browser.py`` is enough for a file: it loads it and reads what became of it.  Here one has to see what a
page does when a mail comes, press keys, and hear of whatever a frame tries to fetch; that is what Playwright is for.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

MILLISECONDS: Final = 60_000.0  # that only a failing test uses up


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; skips the test that asks where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright here; pip install 'ippmailto[long]'")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium here; apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def looking(browser: Any, address: str, *, width: int = 1280, dark: bool = False) -> Iterator[Any]:
    """A page of that width."""
    scheme = "dark" if dark else "light"
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=False
    )
    context.set_default_timeout(MILLISECONDS)
    try:
        yield context.new_page()
    finally:
        context.close()
