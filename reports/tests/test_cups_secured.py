"""CUPS, a real printer, is judged the same in TLS as in the clear: the whole suite, both times, side by side."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from fakes.tests.cups import PrivateCups, needs_cups
from fakes.tests.ports import free_port

from .test_real_printer import CUPS_2_4_2_FAILS, NUMBERS
from .test_real_security import ENVIRONMENT, run_command

pytestmark = [needs_cups, pytest.mark.takes(120)]  # two runs, at the same time

LONGEST: Final = 900.0  # seconds

MAY_DIFFER: Final = {
    "E2-3": "asked only of a printer whose TLS is known: in the clear CUPS tells of none",
    "E5-1": "likewise; it compares the two ways",
}
"""What has another verdict in TLS, and why; nothing else may."""


@contextmanager
def whole_run(scheme: str, directory: Path) -> Iterator[subprocess.Popen[str]]:
    """The whole suite at a CUPS of its own, under way."""
    with free_port() as smtp, PrivateCups(smtp) as cups:
        uri = cups.printer.replace("ipp:", f"{scheme}:")
        with subprocess.Popen(
            run_command(uri, smtp, directory), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        ) as process:  # fmt: skip
            try:
                yield process
            finally:
                process.kill()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """verdict.json of each."""
    directories = {scheme: tmp_path_factory.mktemp(scheme) for scheme in ("ipp", "ipps")}
    with ExitStack() as runs:
        for process in [runs.enter_context(whole_run(scheme, path)) for scheme, path in directories.items()]:
            told, _ = process.communicate(timeout=LONGEST)
            assert process.returncode == 1, told
            assert "Traceback" not in told
    return {scheme: json.loads((path / "verdict.json").read_text()) for scheme, path in directories.items()}


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    """Of those that could be seen: a busy machine may keep numbers that CUPS does not tell from being compared."""
    return {r["id"]: r["verdict"] for r in document["requirements"] if r["id"] not in NUMBERS}


def test_each_requirement_has_the_verdict_in_tls_that_it_has_in_the_clear(found: dict[str, dict[str, Any]]) -> None:
    clear, tls = verdicts(found["ipp"]), verdicts(found["ipps"])
    assert clear.keys() == tls.keys()
    assert {name for name in clear if clear[name] != tls[name]} == MAY_DIFFER.keys()
    assert {tls[name] for name in MAY_DIFFER} == {"pass"}


def test_it_fails_what_it_is_known_to_fail(found: dict[str, dict[str, Any]]) -> None:
    for document in found.values():
        assert {name for name, verdict in verdicts(document).items() if verdict == "fail"} == CUPS_2_4_2_FAILS


def asked(document: dict[str, Any], *, in_tls: bool) -> int:
    """How many requests came about so."""
    met = (one for one in document["negotiated"] if one["protocol"] == "ipp" and ("tls" in one) is in_tls)
    return sum(one["times"] for one in met)


def test_it_was_asked_in_tls(found: dict[str, dict[str, Any]]) -> None:
    assert asked(found["ipps"], in_tls=True) > 10 * asked(found["ipps"], in_tls=False)  # which is about security alone
    assert asked(found["ipp"], in_tls=False) > 10 * asked(found["ipp"], in_tls=True)  # likewise
