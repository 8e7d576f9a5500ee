"""Printers that are awkward about security, met without the means that they want: nobody is blamed for what we lack."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.scenarios import SCENARIOS, selected
from conformance.verdict import Outcome
from conformance.vocabulary import Edition
from fakes.printer import OBEDIENT, ReferencePrinter
from fakes.printer.security.identity import Identity
from fakes.printer.security_policy import Authentication, Mode, SecurityPolicy
from fakes.printer.tests.printer_bench import Notices
from fakes.stage.bench import Sitting, bench, printer_at
from fakes.stage.ixit import Ixit
from reports.selftest.trial import judge_quickly

WAYS = ("security/description", "security/uris", "security/offer", "security/both")


def judged(directory: Path, security: SecurityPolicy, version: ssl.TLSVersion) -> Mapping[str, set[Outcome]]:
    """What the entries on security come to where the run goes in the clear, and the IXIT has nothing to show."""
    identity = Identity.of(security, "127.0.0.1")
    context = identity.context(security)
    context.maximum_version = version
    evidence, names = directory / "x.evidence", {s.id for on in WAYS for s in selected(on)}

    async def play() -> None:
        policy = replace(OBEDIENT, security=security)
        printer = ReferencePrinter(policy, outlet=Notices(), identity=identity, tls=context)
        await printer.start()
        try:
            with EvidenceFile.create(evidence) as file:
                async with bench(file, printer_at(printer.plain_uri), Sitting(Ixit.for_loopback(), "a test")) as stage:
                    await stage.prepare()
                    await stage.perform([s for s in SCENARIOS if s.id in names], lambda *_: None)
        finally:
            await printer.stop()

    asyncio.run(play())
    found = defaultdict[str, set[Outcome]](set)
    for result in judge_quickly(evidence, Edition.MAILTO_00, names):
        for name in result.requirements:
            found[name].add(result.outcome)
    return found


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_who_wants_a_certificate_and_gets_none_may_close(tmp_path: Path, version: ssl.TLSVersion) -> None:
    found = judged(tmp_path, SecurityPolicy(mode=Mode.MIXED, authentication=Authentication.CERTIFICATE), version)
    assert (found["E2-3"], found["E5-3"]) == ({Outcome.INCONCLUSIVE}, {Outcome.INCONCLUSIVE})
    assert Outcome.INCONCLUSIVE in found["MV-3"]
    assert Outcome.VIOLATED not in set[Outcome]().union(*(v for n, v in found.items() if n.startswith(("E", "MV"))))


def test_what_is_known_of_another_uri_counts_all_the_same(tmp_path: Path) -> None:
    """TLS cannot be tried; that nobody takes HTTP at the URI that is listed with none can be seen."""
    lying = SecurityPolicy(mode=Mode.MIXED, authentication=Authentication.CERTIFICATE, lists="swapped")
    assert Outcome.VIOLATED in judged(tmp_path, lying, ssl.TLSVersion.TLSv1_3)["MV-3"]
