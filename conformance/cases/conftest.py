"""For whoever runs the cases with a pytest of his own: what they need is said once, and not by each of them.

``ippmailto run`` and ``judge`` read no conftest.py.
"""

from __future__ import annotations

import pytest

PLUGIN = "reports.pytest_plugin"
HOW = (
    f"the cases judge recorded evidence; add -p {PLUGIN} --evidence FILE, "
    "or let 'ippmailto judge FILE' call them (docs/cases-under-pytest.md)"
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without the plugin there is nothing that they could judge."""
    if not config.pluginmanager.has_plugin(PLUGIN) and any(item.get_closest_marker("case") for item in items):
        raise pytest.UsageError(HOW)
