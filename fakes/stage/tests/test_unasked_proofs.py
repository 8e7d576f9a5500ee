"""The password that all requests may need is told to a printer that asks for it, and to no other."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Exchange
from conformance.scenarios import ipp_notifications
from fakes.printer import OBEDIENT
from fakes.stage.bench import Sitting, bench, reference_printer
from fakes.stage.ixit import Ixit

PLAYED = tuple(s for s in ipp_notifications.SCENARIOS if s.id in ("printer/attributes", "printer/renewed-inside"))


async def played(ixit: Ixit, evidence: Path) -> None:
    with EvidenceFile.create(evidence) as file:
        async with bench(file, reference_printer(OBEDIENT), Sitting(ixit, "a test")) as stage:
            await stage.prepare()
            await stage.perform(PLAYED, lambda *_: None)


def test_a_printer_that_asks_nobody_is_told_no_password(tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    bench_of_ours = replace(Ixit.for_loopback(), mail_timeout=2.0, user="bench", password="secret-1")
    asyncio.run(played(bench_of_ours, evidence))
    with EvidenceFile.open(evidence) as file:
        heads = [exchange.request_head.lower() for exchange in file.rows(Exchange)]
    assert len(heads) > len(PLAYED)
    assert [head for head in heads if b"authorization" in head] == []
