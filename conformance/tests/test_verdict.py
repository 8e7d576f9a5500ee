"""How verdicts add up."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.verdict import (
    WEIGHT,
    CaseResult,
    Outcome,
    Overall,
    Verdict,
    Violation,
    Waiver,
    judge,
    printable,
    verdict_of,
)

HARD, SOFT = ("A", True, ""), ("B", False, "")


def result(outcome: Outcome, *requirements: str, actual: str = "") -> CaseResult:
    return CaseResult("x.y[z]", requirements, outcome, actual=actual)


def test_a_violated_must_fails_and_a_violated_should_warns() -> None:
    told = judge([HARD, SOFT], [result(Outcome.VIOLATED, "A", "B")])
    assert [r.verdict for r in told.requirements] == [Verdict.FAIL, Verdict.WARNING]
    assert told.overall is Overall.DOES_NOT_CONFORM


def test_strict_makes_a_should_fail() -> None:
    told = judge([SOFT], [result(Outcome.VIOLATED, "B")], strict=True)
    assert told.overall is Overall.DOES_NOT_CONFORM


def test_a_warning_alone_conforms() -> None:
    assert judge([SOFT], [result(Outcome.VIOLATED, "B")]).overall is Overall.CONFORMS


def test_nothing_judged_does_not_conform() -> None:
    assert judge([HARD], []).overall is Overall.INCONCLUSIVE
    assert judge([HARD], [result(Outcome.NOT_APPLICABLE, "A")]).overall is Overall.INCONCLUSIVE


@pytest.mark.parametrize(
    ("outcome", "overall", "unjudged"),
    [
        (Outcome.MET, Overall.CONFORMS, ()),
        (Outcome.NOT_APPLICABLE, Overall.INCONCLUSIVE, ("A",)),
        (Outcome.INCONCLUSIVE, Overall.INCONCLUSIVE, ("A",)),
        (Outcome.VIOLATED, Overall.DOES_NOT_CONFORM, ()),
        (None, Overall.INCONCLUSIVE, ("A",)),  # no case spoke for it
    ],
)
def test_a_run_does_not_conform_unless_the_core_was_judged(
    outcome: Outcome | None, overall: Overall, unjudged: tuple[str, ...]
) -> None:
    cases = [result(Outcome.MET, "B"), *([result(outcome, "A")] if outcome is not None else [])]
    told = judge([HARD, SOFT], cases, core={"A"})
    assert (told.overall, told.unjudged) == (overall, unjudged)


def test_a_failure_waived_in_the_core_is_judged() -> None:
    told = judge([HARD], [result(Outcome.VIOLATED, "A")], waivers=[Waiver("A", "known", "me")], core={"A"})
    assert (told.overall, told.unjudged) == (Overall.CONFORMS, ())


def test_one_inconclusive_case_makes_the_run_inconclusive() -> None:
    told = judge([HARD, SOFT], [result(Outcome.MET, "A"), result(Outcome.INCONCLUSIVE, "B")])
    assert told.overall is Overall.INCONCLUSIVE


def test_a_fail_outweighs_an_inconclusive_case() -> None:
    told = judge([HARD, SOFT], [result(Outcome.VIOLATED, "A"), result(Outcome.INCONCLUSIVE, "B")])
    assert told.overall is Overall.DOES_NOT_CONFORM


@pytest.mark.parametrize(("worse", "better"), list(itertools.pairwise(list(Verdict)[:-1])))
def test_the_order_of_weight_is_that_of_the_interface(worse: Verdict, better: Verdict) -> None:
    assert WEIGHT[worse] > WEIGHT[better]


@given(st.lists(st.sampled_from(Outcome), min_size=1))
def test_the_heaviest_case_decides(outcomes: list[Outcome]) -> None:
    (told,) = judge([HARD], [result(o, "A") for o in outcomes]).requirements
    each = [verdict_of(o, hard=True, strict=False) for o in outcomes]
    assert told.verdict in each
    assert all(WEIGHT[told.verdict] >= WEIGHT[v] for v in each)


@pytest.mark.parametrize(
    ("waiver", "covered"),
    [
        (Waiver("A", "known", "the mail team"), True),
        (Waiver("A", "known", "the mail team", match="No Brackets"), True),
        (Waiver("A", "known", "the mail team", match="two addresses"), False),
        (Waiver("A", "no brackets", "the mail team", match="two"), False),  # the reason is for people
        (Waiver("A", "known", "the mail team", case="x.*"), True),
        (Waiver("A", "known", "the mail team", case="X.Y[z]"), True),
        (Waiver("A", "known", "the mail team", case="x.y[other]"), False),
        (Waiver("B", "known", "the mail team"), False),
    ],
)
def test_a_waiver_covers_its_own_failure_only(waiver: Waiver, covered: bool) -> None:
    told = judge([HARD], [result(Outcome.VIOLATED, "A", actual="no brackets at all")], waivers=[waiver])
    (requirement,) = told.requirements
    assert requirement.verdict is (Verdict.WAIVED if covered else Verdict.FAIL)
    assert requirement.cases[0].waiver == (waiver if covered else None)
    assert told.overall is (Overall.CONFORMS if covered else Overall.DOES_NOT_CONFORM)


def test_a_waiver_is_for_failures_and_not_for_what_could_not_be_seen() -> None:
    waiver = Waiver("A", "known", "the mail team")
    for outcome in (Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE, Outcome.MET):
        (requirement,) = judge([HARD], [result(outcome, "A")], waivers=[waiver]).requirements
        assert requirement.verdict is not Verdict.WAIVED
        assert requirement.cases[0].waiver is None
    (warned,) = judge([SOFT], [result(Outcome.VIOLATED, "B")], waivers=[Waiver("B", "known", "x")]).requirements
    assert warned.verdict is Verdict.WARNING


def test_an_entry_without_cases_tells_why_it_is_not_tested() -> None:
    (told,) = judge([("C", True, "binds the client")], []).requirements
    assert (told.verdict, told.reason) == (Verdict.NOT_TESTED, "binds the client")


@given(st.text() | st.binary().map(lambda b: b.decode("utf-8", "surrogateescape")))
def test_what_is_printed_is_printable_ascii(text: str) -> None:
    shown = printable(text)
    assert shown.isascii()
    assert all(c.isprintable() or c == "\n" for c in shown)
    assert str(Violation(text, text)).isascii()
