"""What two sentences about the same failure have in common, and two kinds of failure have not."""

from __future__ import annotations

import pytest

from conformance.verdict import CaseResult, Outcome, Waiver
from reports.gating.kinds import SHORTEST, fingerprint, fixed_part, steady


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("job 17 is told", "job 4711 is told"),
        ("Get-Jobs at ipp://127.0.0.1:4321/jobs/7 fails", "Get-Jobs at ipp://printer.example/jobs/12 fails"),
        ("no display name in 'a@b.example'", "no display name in 'printer@cups.test'"),
        ('it says "one"', 'it says "two words"'),
        ("rc510e4.3.s@recipient.example in To", "r0bc8ae.9.s@recipient.example in To"),
        ("octet 195 at 507 (and 62 more of the kind)", "octet 228 at 9"),
        ("it took 1.25 s", "it took 3 s"),
    ],
)
def test_what_is_of_one_run_is_no_kind(one: str, other: str) -> None:
    assert steady(one) == steady(other)
    assert fingerprint("4.7-4", "x[y]", one, "") == fingerprint("4.7-4", "x[y]", other, "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no display name in 'a'", "another display name than 'a'"),
        ("the printer's answer", "the client's answer"),
        ("no such attribute", "no such job"),
    ],
)
def test_another_kind_of_failure_is_one(one: str, other: str) -> None:
    assert steady(one) != steady(other)
    assert fingerprint("4.7-4", "x[y]", "e", one) != fingerprint("4.7-4", "x[y]", "e", other)


def test_a_finding_belongs_to_its_requirement_and_case() -> None:
    prints = {fingerprint(r, c, "e", "a") for r in ("4.7-4", "4.7-5") for c in ("x[y]", "x[z]")}
    assert len(prints) == 4


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("no display name in 'printer@cups.test'", "no display name in"),
        ("2: 'Bob <bob@x>'; 'Bob <bob@x>', in job/isolation (and 62 more of the kind)", ", in job/isolation"),
        ("'x'", ""),
        ("7", ""),
        ("", ""),
    ],
)
def test_a_waiver_can_look_for_the_part_that_stays(text: str, part: str) -> None:
    assert fixed_part(text) == part
    case = CaseResult("x[y]", ("4.7-4",), Outcome.VIOLATED, "e", text)
    assert Waiver("4.7-4", "known", "somebody", match=part).covers("4.7-4", case)
    assert len(part) >= SHORTEST or not part
