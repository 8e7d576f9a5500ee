"""A real relay between printer and recipient changes no verdict: Postfix as the printer's smarthost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import MailRow
from conformance.record.session_owner import YES
from conformance.requirements import Severity, catalogue
from conformance.scenarios import SCENARIOS, selected
from conformance.scenarios.steps import Scenario
from conformance.verdict import RequirementVerdict, Verdict, judge
from fakes.printer import OBEDIENT
from fakes.stage.ixit import Ixit
from reports.selftest.trial import Trial, try_printer

from .postfix import smarthost, why_not

pytestmark = [pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"), pytest.mark.takes(10)]

PLAYED = (
    "printer/description", "printer/user-data", "printer/user-data-as-uri", "no-user-data", "job/isolation", "omitted",
    "job/text-plain", "job/none", "utf-8", "job/html", "printer/html-utf-8", "ipp", "job/postscript",
    "printer/sequence-omitted", "job/sequence-ipp", "job/before-any-event", "printer/state-changed", "printer/burst",
    "awkward/names-quotes", "awkward/names-mixed-scripts", "awkward/dots-line", "awkward/dots-row-utf-8",
)  # fmt: skip
PATIENT = Ixit(mail_timeout=20.0, relay=YES)


def scenarios() -> list[Scenario]:
    """A selection with every format, awkward names and lines, and absence of mail."""
    names = {s.id for on in PLAYED for s in selected(on)}
    return [s for s in SCENARIOS if s.id in names and OBEDIENT.edition in s.editions]


def verdicts(trial: Trial) -> Mapping[str, RequirementVerdict]:
    """What follows for each requirement."""
    known = catalogue(trial.edition, trial.vocabulary)
    found = judge(((r.id, r.severity is Severity.HARD, "") for r in known.values()), trial.results)
    return {verdict.id: verdict for verdict in found.requirements}


def test_a_relay_in_the_path_changes_no_verdict(tmp_path: Path) -> None:
    direct, relayed = tmp_path / "direct", tmp_path / "relayed"
    direct.mkdir()
    relayed.mkdir()
    without = verdicts(try_printer(OBEDIENT, scenarios(), direct, ixit=PATIENT))
    through = verdicts(try_printer(OBEDIENT, scenarios(), relayed, ixit=PATIENT, mail_path=smarthost))
    changed = {
        name: f"{without[name].verdict} became {verdict.verdict}: {verdict.reason}"
        for name, verdict in through.items()
        if verdict.verdict is not without[name].verdict
        and not (verdict.verdict is Verdict.NOT_APPLICABLE and "relay" in verdict.reason)
    }
    assert not changed
    assert sum(v.verdict is Verdict.PASS for v in through.values()) > 50


def test_the_mails_did_come_by_the_relay(tmp_path: Path) -> None:
    try_printer(OBEDIENT, selected("job/omitted"), tmp_path, ixit=PATIENT, mail_path=smarthost)
    with EvidenceFile.open(tmp_path / "trial.evidence") as file:
        (mail,) = file.rows(MailRow)
        content = file.client_octets(mail.session, mail.start, mail.end)
    assert content.startswith(b"Received: from printer.example ")
    assert b"by relay.example (Postfix)" in content
