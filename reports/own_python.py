"""Processes of our own modules: where we found them, and not in the directory that somebody works in.

``python -m`` looks there first, and whoever runs the command among files called ``json.py`` or ``reports.py`` would get
another printer, page or verdict than ours.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping


def own_module(name: str) -> tuple[str, ...]:
    """The beginning of a command that runs a module; it needs :func:`own_environment`."""
    return sys.executable, "-P", "-m", name


def own_environment(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """These variables, and our places of modules in their order."""
    return {**variables, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
