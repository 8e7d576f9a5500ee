"""Fuzz the reader of SMTP sessions: ``python -m conformance.wire.tests.fuzz_smtp CORPUS``; see docs/testing.md."""

from __future__ import annotations

from .fuzzing import fuzz

if __name__ == "__main__":
    fuzz("any_session")
