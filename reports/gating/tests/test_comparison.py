"""Two verdicts side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from conformance.verdict import Verdict
from reports.exits import UsageError
from reports.gating.comparison import Comparison, compare, comparison_json, comparison_lines
from reports.gating.stored_verdict import StoredVerdict

Cases = Mapping[str, tuple[str, str]]  # a case's verdict and what it saw, by requirement and case with a blank between


def stored(cases: Cases, edition: str = "mailto-00", **more: Any) -> StoredVerdict:
    requirements: dict[str, dict[str, Any]] = {}
    for name, (verdict, actual) in cases.items():
        requirement, case = name.split()
        entry = requirements.setdefault(requirement, {"id": requirement, "verdict": verdict, "cases": []})
        entry["cases"].append({"id": case, "verdict": verdict, "expected": "e", "actual": actual, "reason": ""})
        worst = min((Verdict(c["verdict"]) for c in entry["cases"]), key=list(Verdict).index)
        entry["verdict"] = worst.value
    document = {
        "schema": 1, "edition": edition, "started": "2026-01-01T00:00:00Z", "printer": {"name": "x"},
        "requirements": list(requirements.values()),
    } | more  # fmt: skip
    return StoredVerdict.of(document, "old/verdict.json")


def between(before: Cases, now: Cases) -> Comparison:
    return compare(stored(before), stored(now))


def told(found: Comparison) -> dict[str, list[str]]:
    """What is listed, by kind, without what is empty."""
    document = comparison_json(found)
    kinds = {
        kind: [f"{c['requirement']} {c['case']}" for c in changes]
        for kind, changes in document.items()
        if kind not in ("against", "unclear", "short")
    }
    return {kind: names for kind, names in ({"unclear": document["unclear"]} | kinds).items() if names}


@pytest.mark.parametrize(
    ("before", "now", "kinds"),
    [
        ("pass", "fail", {"new"}),
        ("warning", "fail", {"new"}),
        ("inconclusive", "fail", {"new"}),
        ("waived", "fail", {"new"}),
        ("not-applicable", "fail", {"new"}),
        ("fail", "fail", {"still"}),
        ("fail", "pass", {"fixed"}),
        ("fail", "warning", {"fixed"}),
        ("fail", "waived", {"waived"}),
        ("fail", "inconclusive", {"unjudged", "unclear"}),
        ("fail", "not-applicable", {"unjudged"}),
        ("pass", "inconclusive", {"unclear"}),
        ("inconclusive", "inconclusive", set()),
        ("inconclusive", "pass", set()),
        ("pass", "pass", set()),
    ],
)
def test_what_became_of_a_case(before: str, now: str, kinds: set[str]) -> None:
    found = between({"4.7-4 x[y]": (before, "a")}, {"4.7-4 x[y]": (now, "a")})
    assert set(told(found)) == kinds


def test_what_was_not_judged_before_is_new_and_what_is_not_judged_now_is_not_fixed() -> None:
    found = between({"4.7-4 x[y]": ("fail", "a")}, {"4.7-5 x[y]": ("fail", "a")})
    assert told(found) == {"new": ["4.7-5 x[y]"], "unjudged": ["4.7-4 x[y]"]}


def test_the_same_case_for_another_requirement_is_another_finding() -> None:
    found = between({"4.7-4 x[y]": ("fail", "a"), "4.7-5 x[y]": ("pass", "")}, {"4.7-5 x[y]": ("fail", "a")})
    assert told(found)["new"] == ["4.7-5 x[y]"]


def test_a_failure_in_other_words_is_told_and_not_new() -> None:
    found = between({"4.7-4 x[y]": ("fail", "no job 17")}, {"4.7-4 x[y]": ("fail", "two answers")})
    assert told(found) == {"still": ["4.7-4 x[y]"], "otherwise": ["4.7-4 x[y]"]}
    again = between({"4.7-4 x[y]": ("fail", "no job 17")}, {"4.7-4 x[y]": ("fail", "no job 18")})
    assert told(again) == {"still": ["4.7-4 x[y]"]}


def test_requirements_are_counted_and_their_cases_listed_once() -> None:
    before = {"1-1 x[a]": ("pass", ""), "1-1 x[b]": ("pass", ""), "1-2 x[a]": ("fail", "a"), "1-3 x[a]": ("fail", "a"),
              "1-3 x[b]": ("fail", "a")}  # fmt: skip
    now = {"1-1 x[a]": ("fail", "a"), "1-1 x[b]": ("fail", "a"), "1-2 x[a]": ("pass", ""), "1-3 x[a]": ("pass", ""),
           "1-3 x[b]": ("fail", "a")}  # fmt: skip
    assert list(comparison_lines(between(before, now))) == [
        "Against   old/verdict.json: 1 new, 1 fixed, 1 still failing",
        "New       1-1: x[a] and 1 more; pass before",
        "Fixed     1-2: x[a]; pass now",
        "Still     1-3",
    ]


def test_verdicts_of_two_editions_do_not_compare() -> None:
    with pytest.raises(UsageError, match="mailto-04"):
        compare(stored({}, "mailto-04"), stored({}))


def test_a_printer_and_a_client_do_not_compare() -> None:
    with pytest.raises(UsageError, match="is about a client"):
        compare(stored({}, subject="client"), stored({}))


def test_a_case_that_could_not_be_observed_is_told_beside_what_fails_still() -> None:
    before = {"1-1 x[a]": ("fail", "a"), "1-1 x[b]": ("pass", ""), "1-1 x[c]": ("inconclusive", "")}
    now = {"1-1 x[a]": ("fail", "a"), "1-1 x[b]": ("inconclusive", ""), "1-1 x[c]": ("inconclusive", "")}
    assert between(before, now).unclear == ("1-1",)
    assert between(now, now).unclear == ()


LEFT: Final = {"left-over": [{"requirements": ["3-6", "S-once"]}]}


@pytest.mark.parametrize(
    ("now", "more", "short"),
    [
        ({"1-2 x[a]": ("pass", "")}, {}, ""),
        ({"1-2 x[a]": ("pass", "")}, {"cut-short": True}, "the run was cut short"),
        ({"1-2 x[a]": ("not-applicable", "")}, {}, "1-2 was not judged"),
        ({"1-2 x[a]": ("not-applicable", "")}, {"selection": ["1-2"]}, ""),
        ({"3-6 x[a]": ("pass", "")}, {"ledger": LEFT}, "nothing accounts for 1 of the mails"),
        ({"3-6 x[a]": ("fail", "a")}, {"ledger": LEFT}, ""),
    ],
)
def test_a_run_that_cannot_vouch_says_why(now: Cases, more: dict[str, Any], short: str) -> None:
    found = compare(stored(now), stored(now, **more))
    assert found.short == comparison_json(found)["short"] == short
    assert (f"Short     {short}" in comparison_lines(found)) is bool(short)


def test_a_warning_that_came_or_went_is_told_and_counts_for_nothing() -> None:
    met, soft = {"1-2 x[a]": ("pass", "")}, {"1-2 x[a]": ("warning", "")}
    assert "Warned    1-2; pass before" in comparison_lines(between(met, soft))
    assert "Unwarned  1-2; pass now" in comparison_lines(between(soft, met))
    assert between(met, soft).short == ""
    assert list(comparison_lines(between(soft, soft))) == list(comparison_lines(between(met, met)))


COPY: Final = {"what": "a copy", "requirements": ["S-once"]}
STRANGER: Final = {"what": "to a stranger", "requirements": ["3-6"]}


@pytest.mark.parametrize(
    ("before", "now", "short"),
    [
        ({"left-over": [COPY]}, {"left-over": [COPY, COPY]}, ""),
        ({"left-over": [COPY]}, {"left-over": [COPY, STRANGER]}, "nothing accounts for 2 of the mails"),
        ({"left-over": []}, {"left-over": [COPY]}, "nothing accounts for 1 of the mails"),
        (
            {"left-over": [COPY], "left-over-in-all": 2},
            {"left-over": [COPY], "left-over-in-all": 2},
            "nothing accounts for 2 of the mails",
        ),
    ],
    ids=["of that kind before", "another kind", "none before", "kinds that are not listed"],
)
def test_a_mail_left_over_counts_where_none_of_its_kind_was(
    before: dict[str, Any], now: dict[str, Any], short: str
) -> None:
    met: Cases = {"1-2 x[a]": ("pass", "")}
    found = compare(stored(met, ledger=before), stored(met, ledger=now))
    assert (found.short, found.stray_as_before) == (short, not short)


def test_a_mail_that_a_failing_requirement_told_of_and_none_does_now_counts() -> None:
    told: Cases = {"S-once x[a]": ("fail", "a")}
    found = compare(stored(told, ledger={"left-over": [COPY]}), stored({}, ledger={"left-over": [COPY]}))
    assert found.short


@pytest.mark.parametrize("listed", [["1-1", "1-1"], ["\ud800"]], ids=["twice", "half a character"])
def test_a_document_that_nobody_wrote_so_is_damaged(listed: list[str]) -> None:
    requirements = [{"id": name, "verdict": "pass", "cases": []} for name in listed]
    with pytest.raises(UsageError, match="damaged"):
        stored({}, requirements=requirements)
