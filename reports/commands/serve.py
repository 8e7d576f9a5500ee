"""``printer`` and ``recipient``: one of the fakes alone, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from conformance.faults import FaultError
from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError, EvidenceLostError
from conformance.verdict import name_shown, printable
from conformance.vocabulary import VOCABULARIES, Edition
from fakes.hurry import done_before
from fakes.known_secrets import KnownSecrets
from fakes.mail_security import Auth, Tls
from fakes.recipient.faults import FaultScript
from fakes.recipient.journal import Journal, JournalError
from fakes.recipient.recipient import Recipient, RecipientError
from reports.exits import Exit, UsageError, in_words
from reports.version import tool_version
from reports.writing import remark, say

from .event_loop import run_quickly
from .live import WebAsked, live_page
from .mail_path import GOOD, mail_path, relay_access
from .printer_security import addresses, leave_certificates, secured
from .report_directory import named_evidence
from .stopping import stopping
from .where_to_listen import cannot_listen


def serve(options: argparse.Namespace) -> int:
    """Until SIGTERM or Ctrl-C."""
    try:
        if options.command == "printer":
            asyncio.run(_printer(options))
        else:
            _listen(options)
    except (JournalError, EvidenceLostError) as error:
        remark(error)
        return Exit.OWN_FAULT
    except OSError as error:
        remark(f"{in_words(error)}")
        return Exit.USAGE
    except (EvidenceError, RecipientError, FaultError, UsageError) as error:
        remark(error)
        return Exit.USAGE
    except KeyboardInterrupt:
        pass
    return Exit.CONFORMS


async def _printer(options: argparse.Namespace) -> None:
    from fakes.conforming_variants import CONFORMING_VARIANTS
    from fakes.defects import DEFECTS
    from fakes.printer import OBEDIENT, ReferencePrinter

    from .variants import variant_called

    defects = {d.id: d for d in DEFECTS}
    if unknown := [name for name in options.defect if name not in defects]:
        raise UsageError(f"no defect is called {', '.join(unknown)}; --list-defects prints them")
    if options.list_defects:
        for defect in DEFECTS:
            say(f"{defect.id:<40} {', '.join(defect.breaks):<30} {defect.says}")
        return
    if options.list_variants:
        for variant in CONFORMING_VARIANTS:
            say(f"{variant.id:<40} {variant.says}")
        return

    policy = variant_called(options.variant).policy if options.variant else OBEDIENT
    policy = replace(
        policy,
        vocabulary=VOCABULARIES[options.vocabulary] if options.vocabulary else policy.vocabulary,
        edition=Edition(options.edition) if options.edition else policy.edition,
        relay_access=relay_access(options.smtp_tls, options.smtp_authority, options.smtp_login),
    )
    for name in options.defect:
        policy = defects[name].applied_to(policy)
    if options.quiet:
        logging.getLogger("fakes.printer").setLevel(logging.ERROR)
    policy = secured(policy, options)
    printer = ReferencePrinter(policy, port=options.port, tls_port=options.tls_port, smtp=options.smtp)
    leave_certificates(printer, options)
    try:
        await printer.start()
    except OSError as error:
        raise cannot_listen(printer, error) from error
    hurry = asyncio.Event()
    stop = await stopping(hurry, at_eof=options.stop_at_eof)
    try:
        say(f"ready {printer.uri} smtp {options.smtp[0]}:{options.smtp[1]}{addresses(printer)}")
        await stop.wait()
    finally:
        await done_before(hurry, printer.stop())


async def _stopped(stop: asyncio.Event, journal: Journal) -> None:
    """Return when it is time to stop: when that is said, or when no mail can be kept any more."""
    waiting = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(journal.failure())]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _tell_of_mail(number: int, mailboxes: Sequence[str]) -> None:
    """It is on the disk; the line is one of standard error, as all progress is."""
    remark(f"mail {number} for {printable(', '.join(mailboxes))}")


def _listen(options: argparse.Namespace) -> None:
    name = f"recipient-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.evidence"
    path = named_evidence(options.evidence or Path(name))
    try:
        run_quickly(_recipient(options, path), Tls(options.smtp_tls or Tls.NONE))
    except RecipientError:
        path.unlink(missing_ok=True)  # it cannot listen: nothing is in there, and nothing will be
        raise


async def _recipient(options: argparse.Namespace, path: Path) -> None:
    now = datetime.now(UTC)
    script = FaultScript.parse(options.fault)
    web = WebAsked.of(options)
    way = mail_path(
        options.smtp_tls or Tls.NONE,
        options.smtp_auth or Auth.NONE,
        options.smtp_login,
        options.smtp_certificate or GOOD,
        options.smtp_name,
        options.smtp_listen[0],
        mechanisms=options.smtp_mechanism,
    )
    with EvidenceFile.create(path) as file:
        journal = Journal(file, secrets=KnownSecrets(way.security.secrets()))
        try:
            run = journal.id(rows.Run)
            await journal.commit(
                rows.Run(run, journal.now(), now.isoformat(timespec="milliseconds"), f"ippmailto {tool_version()}", "")
            )
            hurry = asyncio.Event()
            recipient = Recipient(
                journal, *options.smtp_listen, hostname=way.hostname, security=way.security, faults=script, hurry=hurry
            )
            if options.verbose:
                recipient.arrivals.watcher = _tell_of_mail
            await recipient.start()
            try:
                authority = way.write_authority(path)
                trusted = f" authority {name_shown(authority)}" if authority else ""
                async with live_page(
                    web, path, journal, smtp=recipient.address, recipient=recipient, edition=options.edition
                ) as page:
                    stop = await stopping(hurry)
                    shown = f" web {page.address}" if page is not None else ""
                    say(f"ready smtp {recipient.address} evidence {name_shown(path)}{trusted}{shown}")
                    await _stopped(stop, journal)
            finally:
                await recipient.close()
            await journal.commit(rows.RunEnd(run, journal.now()))
        finally:
            await journal.close()
