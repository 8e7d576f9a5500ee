"""Runs a check of :mod:`conformance.wire.tests.any_octets` under atheris, which is not among the dependencies."""

from __future__ import annotations

import importlib
import sys


def fuzz(check: str) -> None:
    """The arguments of the command line are libFuzzer's.  Our modules are imported here, to be watched."""
    import atheris

    with atheris.instrument_imports(include=["conformance"]):
        module = importlib.import_module("conformance.wire.tests.any_octets")
    atheris.Setup(sys.argv, getattr(module, check))
    atheris.Fuzz()
