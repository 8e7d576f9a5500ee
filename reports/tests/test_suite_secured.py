"""The mails of a printer are judged the same however it is asked for them: in the clear, in TLS, with a password."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from conformance.requirements import Severity, catalogue
from conformance.scenarios import SCENARIOS
from conformance.verdict import Verdict, judge
from fakes.certificates import Authority
from fakes.mail_security import Auth, Credentials, MailSecurity, RelayAccess, Tls
from fakes.printer import OBEDIENT
from fakes.printer.security_policy import Authentication, Mode, SecurityPolicy
from fakes.stage.bench import Listener
from reports.selftest.trial import try_printer

pytestmark = pytest.mark.takes(85)  # five whole runs

# With one user whose password goes with every request, nobody else lists his subscriptions by his name alone.
OF_OTHER_NAMES: Final = {"N-23"}
AT_THE_END: Final = {"N-01", "N-12", "4.9-1"}  # asked about when a lease is nearly over: a busy machine may be late
CLEAR: Final = SecurityPolicy()
IN_TLS: Final = SecurityPolicy(Mode.ENFORCE)
BASIC_IN_TLS: Final = SecurityPolicy(Mode.ENFORCE, Authentication.BASIC)
DIGEST: Final = SecurityPolicy(authentication=Authentication.DIGEST)


def verdicts(
    security: SecurityPolicy, directory: Path, relay: RelayAccess | None = None, listener: Listener | None = None
) -> dict[str, Verdict]:
    """What the whole suite says of the reference printer, but for the entries on security itself."""
    policy = replace(OBEDIENT, security=security, relay_access=relay or RelayAccess())
    scenarios = [s for s in SCENARIOS if policy.edition in s.editions]
    trial = try_printer(policy, scenarios, directory, listener=listener or Listener())
    known = catalogue(policy.edition, policy.vocabulary.name)
    entries = ((r.id, r.severity is Severity.HARD, r.untested or "no case") for r in known.values())
    found = {one.id: one.verdict for one in judge(entries, trial.results).requirements}
    return {name: verdict for name, verdict in found.items() if not name.startswith(("E", "MV"))}


@pytest.fixture(scope="module")
def in_the_clear(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """The verdicts that the others have to equal."""
    found = verdicts(CLEAR, tmp_path_factory.mktemp("clear"))
    assert Verdict.FAIL not in found.values()
    assert {name for name, verdict in found.items() if verdict is Verdict.INCONCLUSIVE} <= AT_THE_END
    return found


def assert_same(found: dict[str, Verdict], right: dict[str, Verdict]) -> None:
    """What a busy machine kept from being seen, here or there, is no other verdict; it can be these three alone."""
    unseen = {n for verdicts in (found, right) for n, v in verdicts.items() if v is Verdict.INCONCLUSIVE}
    assert unseen <= AT_THE_END
    assert {n: v for n, v in found.items() if n not in unseen} == {n: v for n, v in right.items() if n not in unseen}


def test_in_tls_each_requirement_has_the_verdict_that_it_has_in_the_clear(
    tmp_path: Path, in_the_clear: dict[str, Verdict]
) -> None:
    assert_same(verdicts(IN_TLS, tmp_path), in_the_clear)


@pytest.mark.parametrize("security", [BASIC_IN_TLS, DIGEST], ids=["basic-in-tls", "digest"])
def test_with_a_password_each_requirement_has_the_verdict_that_it_has_without(
    tmp_path: Path, in_the_clear: dict[str, Verdict], security: SecurityPolicy
) -> None:
    assert {in_the_clear[name] for name in OF_OTHER_NAMES} == {Verdict.PASS}
    not_asked = dict.fromkeys(OF_OTHER_NAMES, Verdict.NOT_APPLICABLE)
    assert_same(verdicts(security, tmp_path), in_the_clear | not_asked)


def test_mails_that_come_in_tls_behind_a_login_are_judged_as_those_in_the_clear(
    tmp_path: Path, in_the_clear: dict[str, Verdict]
) -> None:
    login, authority = Credentials(b"printer", b"open-sesame-4711"), Authority()
    context = authority.issue("127.0.0.1").server_context()
    asked = Listener(security=MailSecurity(Tls.REQUIRE, context, Auth.REQUIRE, login))
    relay = RelayAccess(Tls.REQUIRE, authority.pem.decode(), credentials=login)
    assert_same(verdicts(CLEAR, tmp_path, relay, asked), in_the_clear)
