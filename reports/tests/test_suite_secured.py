"""The mails of a printer are judged the same however it is asked for them: in the clear, in TLS, with a password."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from conformance.requirements import Severity, catalogue
from conformance.scenarios import SCENARIOS
from conformance.verdict import Verdict, judge
from fakes.printer import OBEDIENT
from fakes.printer.security_policy import Authentication, Mode, SecurityPolicy
from reports.selftest.trial import try_printer

pytestmark = pytest.mark.takes(70)  # four whole runs

# With one user whose password goes with every request, nobody else lists his subscriptions by his name alone.
OF_OTHER_NAMES: Final = {"N-23"}
CLEAR: Final = SecurityPolicy()
IN_TLS: Final = SecurityPolicy(Mode.ENFORCE)
BASIC_IN_TLS: Final = SecurityPolicy(Mode.ENFORCE, Authentication.BASIC)
DIGEST: Final = SecurityPolicy(authentication=Authentication.DIGEST)


def verdicts(security: SecurityPolicy, directory: Path) -> dict[str, Verdict]:
    """What the whole suite says of the reference printer, but for the entries on security itself."""
    policy = replace(OBEDIENT, security=security)
    trial = try_printer(policy, [s for s in SCENARIOS if policy.edition in s.editions], directory)
    known = catalogue(policy.edition, policy.vocabulary.name)
    entries = ((r.id, r.severity is Severity.HARD, r.untested or "no case") for r in known.values())
    found = {one.id: one.verdict for one in judge(entries, trial.results).requirements}
    return {name: verdict for name, verdict in found.items() if not name.startswith(("E", "MV"))}


@pytest.fixture(scope="module")
def in_the_clear(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """The verdicts that the others have to equal."""
    found = verdicts(CLEAR, tmp_path_factory.mktemp("clear"))
    assert not {Verdict.FAIL, Verdict.INCONCLUSIVE} & set(found.values())
    return found


def test_in_tls_each_requirement_has_the_verdict_that_it_has_in_the_clear(
    tmp_path: Path, in_the_clear: dict[str, Verdict]
) -> None:
    assert verdicts(IN_TLS, tmp_path) == in_the_clear


@pytest.mark.parametrize("security", [BASIC_IN_TLS, DIGEST], ids=["basic-in-tls", "digest"])
def test_with_a_password_each_requirement_has_the_verdict_that_it_has_without(
    tmp_path: Path, in_the_clear: dict[str, Verdict], security: SecurityPolicy
) -> None:
    assert {in_the_clear[name] for name in OF_OTHER_NAMES} == {Verdict.PASS}
    not_asked = dict.fromkeys(OF_OTHER_NAMES, Verdict.NOT_APPLICABLE)
    assert verdicts(security, tmp_path) == in_the_clear | not_asked
