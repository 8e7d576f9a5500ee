"""A relay that brings one mail twice is told from a printer that sends it twice, by the name that the relay gave it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.cases.tests.written_run import DATA, MAIL, QUIT, RCPT, WrittenRun

ELSEWHERE, PRINTER = "192.0.2.7:4711", "127.0.0.1:4711"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(tmp_path / "run.evidence")
    yield made
    made.close()


def brought(by: str) -> list[str]:
    """A session of mail.example, which took its mail from the printer and says so in these words."""
    trace = f"C: Received: from a (a [127.0.0.1]) by mail.example {by}; now\\r\\nFrom:"
    script = ["S: 220 here", "C: EHLO mail.example", "S: 250 8BITMIME", *MAIL, *RCPT]
    return [*script, *(line.replace("C: From:", trace) for line in DATA), *QUIT]


def found(bench: WrittenRun, *words: str, peer: str = ELSEWHERE) -> int:
    """How many of mails with these traces count as brought twice."""
    for by in words:
        bench.session(brought(by), peer=peer)
    return len(bench.run().run_record.brought_twice)


def test_what_a_relay_took_once_it_brought_twice(bench: WrittenRun) -> None:
    assert found(bench, "with ESMTP id 4A7", "with ESMTP id 4A7", "with ESMTP id 4A7") == 2


def test_what_a_relay_took_twice_was_sent_twice(bench: WrittenRun) -> None:
    assert found(bench, "with ESMTP id 4A7", "with ESMTP id 4A8") == 0


def test_a_relay_that_names_no_mail_shows_nothing(bench: WrittenRun) -> None:
    assert found(bench, "with ESMTP", "with ESMTP (id 7)", "with ESMTP") == 0


def test_a_printer_that_writes_a_trace_is_no_relay(bench: WrittenRun) -> None:
    assert found(bench, "with ESMTP id 4A7", "with ESMTP id 4A7", peer=PRINTER) == 0


def test_a_name_that_different_mails_have_is_none(bench: WrittenRun) -> None:
    other = [line.replace("From:", "X-Other: yes\\r\\nFrom:") for line in brought("with ESMTP id 4A7")]
    assert other != brought("with ESMTP id 4A7")
    bench.session(other, peer=ELSEWHERE)
    assert found(bench, "with ESMTP id 4A7", "with ESMTP id 4A7") == 0
