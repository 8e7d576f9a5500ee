"""The whole way: a subscription over IPP, a job, and the mail at the relay."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from urllib.parse import urlsplit

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from conformance.vocabulary import Vocabulary
from conformance.wire.registry import Operation, Status
from fakes.http.client import connect
from fakes.printer import ReferencePrinter

from .printer_bench import PATIENCE, VOCABULARIES, Notices, PrinterBench, speaking


class CollectingRelay:
    """Keeps envelopes; says when there are enough."""

    def __init__(self) -> None:
        self.envelopes: asyncio.Queue[Envelope] = asyncio.Queue()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        self.envelopes.put_nowait(envelope)
        return "250 OK"

    async def mail(self) -> Envelope:
        async with asyncio.timeout(PATIENCE):
            return await self.envelopes.get()


@pytest.mark.parametrize("names", VOCABULARIES, ids=lambda v: str(v.name))
def test_an_event_becomes_a_mail_to_the_recipient(names: Vocabulary) -> None:
    async def play() -> None:
        relay, loop = CollectingRelay(), asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(relay, hostname="relay.example", loop=loop), "127.0.0.1", 0)
        printer = ReferencePrinter(speaking(names), smtp=("127.0.0.1", server.sockets[0].getsockname()[1]))
        await printer.start()
        address = urlsplit(printer.uri)
        bench = PrinterBench(printer, Notices(), await connect(address.hostname or "", address.port or 0), names)
        wish = bench.wish(events=("job-created", "job-completed"), recipient="mailto:someone@recipient.example")
        message = await bench.ask(Operation.PRINT_JOB, groups=(wish,), user="Bob Jones", data=b"%PDF")
        assert message.code == Status.SUCCESSFUL_OK
        for event in ("job-created", "job-completed"):
            envelope = await relay.mail()
            assert envelope.rcpt_tos == ["someone@recipient.example"]
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content)
            assert mail["From"] == "George Washington <jones@acme.com>"
            assert mail["To"] == "someone@recipient.example"
            assert event in envelope.content.decode() or event.removeprefix("job-") in envelope.content.decode()
        await bench.connection.close()
        await printer.stop()
        server.close()
        await server.wait_closed()

    asyncio.run(play())
