"""One client on trial, all in this process: it visits the printers of its row, and the cases that judge clients are
called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from conformance.record import rows
from conformance.record.client_record import ClientRecord
from conformance.record.evidence import EvidenceFile
from conformance.record.run_facts import RunFacts
from conformance.record.run_record import RunRecord
from conformance.requirements import Binds, catalogue
from conformance.verdict import CaseResult, Judgement, Violation
from conformance.vocabulary import Edition
from fakes.clients import ClientRow, PrinterPlace, visit
from fakes.http.auth import Login
from fakes.printer import OBEDIENT
from fakes.printer.security.identity import Identity
from fakes.recipient.journal import Journal
from fakes.watched import PlayedWay, Visitor
from reports.judging.inventory import case_functions, case_id
from reports.judging.plugin import result_of

TRIAL_SECONDS = 60.0  # bounds a trial in which something of ours hangs


def try_client(row: ClientRow, directory: Path) -> Sequence[CaseResult]:
    """What the cases say of it; the evidence stays in the directory."""
    evidence = directory / "client.evidence"
    asyncio.run(_visit_all(row, evidence))
    return judge_client(evidence, row.edition)


async def _visit_all(row: ClientRow, evidence: Path) -> None:
    policy = replace(OBEDIENT, vocabulary=row.policy.vocabulary, edition=row.edition)
    identity = Identity.of(policy.security, "127.0.0.1")
    context, login = identity.authority.client_context(), Login(*policy.accounts[0])
    with EvidenceFile.create(evidence) as file:
        async with asyncio.timeout(TRIAL_SECONDS), Journal(file) as journal:
            run = journal.id(rows.Run)
            await journal.commit(rows.Run(run, 0, "2026-01-01T00:00:00.000+00:00", "a trial", ""))
            journal.add(*RunFacts(policy.vocabulary.name, subject=Binds.CLIENT.value).rows(run, journal.now()))
            for setting in row.ways:
                way = PlayedWay(setting, policy, journal, run, Visitor(row.policy.insists), identity)
                await way.start()
                await visit(PrinterPlace(way.plain_uri, way.secure_uri, context, login), row.policy)
                await way.end()
            await journal.commit(rows.RunEnd(run, journal.now()))


def judge_client(evidence: Path, edition: Edition) -> Sequence[CaseResult]:
    """The result of every case that judges clients; calls them one after the other, without pytest."""
    with EvidenceFile.open(evidence) as file:
        run_record = RunRecord(file)
        known = catalogue(edition, run_record.vocabulary.name, Binds.CLIENT)
        client, results = ClientRecord(run_record), list[CaseResult]()
        for case in case_functions(edition, whom=Binds.CLIENT):
            counted = tuple(name for name in case.requirements if name in known)
            if not counted:
                continue
            error: Violation | Judgement | None = None
            try:
                case.function(client)
            except (Violation, Judgement) as found:
                error = found
            result = result_of(case_id(case.module, case.name, case.scenarios[0]), counted, error)
            assert result is not None  # both kinds of error have one
            results.append(result)
        return results
