"""``ippmailto doctor``: whether the bench is able to run, by one mail through the whole path; no verdict."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError, EvidenceLostError
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.vocabulary import Edition
from fakes.mail_security import Auth, Tls
from fakes.recipient.journal import JournalError
from fakes.recipient.recipient import RecipientError
from fakes.stage.bench import Listener
from fakes.stage.first_plays import SUBSCRIBING, UNPRINTED
from fakes.stage.first_visit import listens, relay_address
from fakes.stage.ixit import Ixit, IxitError
from fakes.stage.printer_uri import Target, UriError, storable
from fakes.stage.shared import StageError
from reports.exits import Exit, UsageError
from reports.listening import written
from reports.writing import own_fault, remark, say

from .bench_findings import BenchFinding, able, bench_findings
from .mail_path import GOOD, mail_path
from .playing import RunPlan, play
from .where_to_listen import where_to_listen

PLAYS: Final = (*SUBSCRIBING, UNPRINTED, "printer/omitted")
"""How a subscription is made, a job that is cancelled before it has a document, and one on paper if that is needed."""

SHEETS: Final = 2  # more are not printed to look at a bench


def doctor(options: argparse.Namespace) -> int:
    """Look, and say what there is to do; the printer is left as it was."""
    try:
        with TemporaryDirectory(prefix="ippmailto-") as room:
            return _look(_plan(options, Path(room)))
    except RecipientError as error:
        say(BenchFinding("port", str(error), problem=True).line)
        return Exit.USAGE
    except (UsageError, IxitError, UriError, StageError) as error:
        remark(error)
        return Exit.USAGE
    except (JournalError, EvidenceError, EvidenceLostError) as error:
        own_fault(error)
        return Exit.OWN_FAULT


def _plan(options: argparse.Namespace, room: Path) -> RunPlan:
    printer: str | None = None
    if options.printer is not None:
        Target.of(options.printer)
        printer = storable(options.printer)
    ixit = Ixit.load(options.ixit) if options.ixit else Ixit() if printer else Ixit.for_loopback()
    host, port = options.smtp_listen or where_to_listen(printer)
    way = mail_path(
        options.smtp_tls or Tls.NONE, options.smtp_auth or Auth.NONE, options.smtp_login,
        options.smtp_certificate or GOOD, options.smtp_name, host, mechanisms=options.smtp_mechanism,
    )  # fmt: skip
    return RunPlan(
        printer_uri=printer,
        listener=Listener(host, port, way.security, way.hostname),
        edition=Edition.MAILTO_00,
        vocabulary=options.vocabulary,
        evidence=room / "doctor.evidence",
        scenarios=[BY_ID[name] for name in PLAYS],
        ixit=ixit,
        max_subscriptions=None,
        quiet=True,
        mail_path=way,
        bench_check=True,
        paper=SHEETS,
    )


def _port(listener: Listener, printer: str) -> str:
    """Where the recipient listened, and what that means for a printer that was reached."""
    if not listener.port:
        return f"the recipient can listen at {listener.host}, on any free port"
    where = written(listener.host, listener.port)
    if not printer or not _is_number(listener.host):
        return f"the recipient can listen at {where}"
    return f"the recipient can listen {listens(where)}; for the printer that is {relay_address(where, printer)}"


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _look(plan: RunPlan) -> Exit:
    asyncio.run(play(plan, sys.stderr))
    with EvidenceFile.open(plan.evidence) as file:
        run_record = RunRecord(file)
        say(BenchFinding("port", _port(plan.listener, run_record.facts.printer_address or "")).line)
        found = list(bench_findings(run_record, plan.ixit))
        judged = able(run_record)
    for finding in found:
        say(finding.line)
    if not judged:
        return Exit.NOT_JUDGED
    return Exit.INCONCLUSIVE if any(finding.problem for finding in found) else Exit.CONFORMS
