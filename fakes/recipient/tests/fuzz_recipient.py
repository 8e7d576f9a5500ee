"""Fuzz the recipient: ``python -m fakes.recipient.tests.fuzz_recipient CORPUS``; see docs/testing.md."""

from __future__ import annotations

import importlib
import sys


def main() -> None:
    """The arguments of the command line are libFuzzer's.  Our modules are imported here, to be watched."""
    import atheris

    with atheris.instrument_imports(include=["conformance", "fakes", "aiosmtpd"]):
        module = importlib.import_module("fakes.recipient.tests.any_client")
    with module.AnyClient() as any_client:
        atheris.Setup(sys.argv, any_client)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
