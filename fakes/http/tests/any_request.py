"""One request of the simulated client, as it stands in the evidence afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Exchange
from conformance.wire.registry import Operation
from fakes.recipient.journal import Journal
from fakes.stage.requests import operation_group
from fakes.stage.subscriber import Subscriber

PATIENCE = 5.0  # seconds; a loaded machine may need most of them for a handshake


def exchanges_of(
    directory: Path, uri: str, times: int = 1, timeout: float = PATIENCE, **settings: Any
) -> list[Exchange]:
    """Get-Printer-Attributes, so many times, with a client of these settings; what the evidence keeps of it."""
    path = directory / "request.evidence"

    async def post() -> None:
        with EvidenceFile.create(path) as file:
            async with Journal(file) as journal:
                subscriber = Subscriber(journal, uri, timeout=timeout, **settings)
                for _ in range(times):
                    await subscriber.post(Operation.GET_PRINTER_ATTRIBUTES, [operation_group(subscriber.uri, None)])

    asyncio.run(post())
    with EvidenceFile.open(path) as file:
        return list(file.rows(Exchange))
