"""The pytest side of judging, by the name it is loaded with: ``-p reports.pytest_plugin``."""

from __future__ import annotations

from .judging.plugin import (
    client,
    play,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
    pytest_runtest_makereport,
    run,
)

__all__ = [
    "client",
    "play",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_runtest_makereport",
    "run",
]
