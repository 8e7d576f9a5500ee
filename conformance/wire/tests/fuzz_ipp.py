"""Fuzz the IPP codec: ``python -m conformance.wire.tests.fuzz_ipp CORPUS``; see docs/testing.md."""

from __future__ import annotations

from .fuzzing import fuzz

if __name__ == "__main__":
    fuzz("any_ipp")
