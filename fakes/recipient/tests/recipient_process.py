"""A recipient in a process of its own, to be killed: ``recipient_process.py EVIDENCE WORD`` prints its port.

It runs for ever.  The word is what it offers, ``tls`` or ``login`` or ``nothing``.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Play, PlayEnd, Run
from fakes.certificates import Authority
from fakes.mail_security import Auth, MailSecurity, Tls
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient


async def main(path: Path, security: MailSecurity) -> None:
    with open_or_create(path) as file:
        async with Journal(file) as journal, Recipient(journal, security=security) as recipient:
            run, play = journal.id(Run), journal.id(Play)
            await journal.commit(
                Run(run, journal.now(), "2026-01-01T00:00:00Z", "a recipient to be killed", "ipp://printer.example/"),
                Play(play, run, journal.now(), "printer/description"),  # what the cases that read every mail stand on
                PlayEnd(play, journal.now(), "played"),
            )
            print(recipient.port, flush=True)
            await journal.failure()


def open_or_create(path: Path) -> EvidenceFile:
    return EvidenceFile.open(path, append=True) if path.exists() else EvidenceFile.create(path)


def offering(what: str) -> MailSecurity:
    if what == "tls":
        return MailSecurity(Tls.OFFER, Authority().issue("recipient.example").server_context())
    return MailSecurity(auth=Auth.OFFER if what == "login" else Auth.NONE)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), offering(sys.argv[2])))
