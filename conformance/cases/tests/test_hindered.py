"""What excuses a mail that did not come: a fault of ours that met one of which nobody knows whose it was."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from .written_run import WrittenRun

HELLO = ["S: 220 here", "C: HELO printer", "S: 250 here"]


@pytest.mark.parametrize(
    ("script", "excuses"),
    [
        (["F: greeting: 421 too busy", "S: 421 too busy"], True),
        (["F: mail: 451", *HELLO, "C: MAIL FROM:<p@printer.example>", "S: 451 later"], True),
        (["F: rcpt: evaporate", "S: 220 here"], True),  # recorded by a version that knows more faults
        # a printer that says it wrongly, and gives up, has only itself to thank
        ([*HELLO, "C: MAIL FROM p@printer.example", "S: 501 no"], False),
        ([*HELLO, "C: MAIL FROM:<p@printer.example>", "S: 250 ok", "C: DATA", "S: 503 to whom"], False),
        # whose it was is known, so that the others are not concerned
        (
            [
                "F: rcpt: 451",
                *HELLO,
                "C: MAIL FROM:<p@printer.example>",
                "S: 250 ok",
                "C: RCPT TO:<r@recipient.example>",
                "S: 451 later",
            ],
            False,
        ),
    ],
    ids=["greeting", "mail", "unknown-fault", "no-path", "no-recipient", "a-recipient"],
)
def test_only_a_fault_of_ours_excuses_what_did_not_come(tmp_path: Path, script: list[str], excuses: bool) -> None:
    with closing(WrittenRun(tmp_path / "run.evidence")) as bench:
        assert (bench.run_of(script).hindered() is not None) is excuses
