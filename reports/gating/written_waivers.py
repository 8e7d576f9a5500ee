"""A waivers file written from a verdict: one entry for each kind of failure, so that a new kind is not covered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from conformance.patterns import matches
from conformance.verdict import Verdict, printable
from reports.exits import UsageError

from .kinds import fixed_part
from .stored_verdict import StoredCase, StoredVerdict


@dataclass(frozen=True, slots=True)
class WaiverTerms:
    """Who answers for the failures, why they may stay, where they are followed up, and until when."""

    owner: str
    reason: str
    expires: date
    link: str = ""


def waivers_text(verdict: StoredVerdict, patterns: Iterable[str], terms: WaiverTerms) -> str:
    """The file; raises ``UsageError`` if nothing failed, or nothing of what the patterns name."""
    wanted = tuple(patterns)
    failing = [case for case in verdict.cases.values() if case.verdict is Verdict.FAIL and _is_wanted(case, wanted)]
    if not failing:
        of = f" of {', '.join(wanted)}" if wanted else ""
        raise UsageError(f"nothing{of} failed in {verdict.name}: there is nothing to waive")
    groups: dict[tuple[str, str, str], list[StoredCase]] = {}
    for case in failing:
        key = case.requirement, case.id.partition("[")[0], fixed_part(case.actual) or fixed_part(case.expected)
        groups.setdefault(key, []).append(case)
    source = f"{printable(verdict.name)}, a run of {printable(verdict.began)}"
    head = f"# Written from {source}; docs/waivers.md has the form.\n"
    return head + "".join(_entry(verdict, key, cases, terms) for key, cases in groups.items())


def _is_wanted(case: StoredCase, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(matches(name, p) for p in patterns for name in (case.requirement, case.id))


def _entry(verdict: StoredVerdict, key: tuple[str, str, str], cases: list[StoredCase], terms: WaiverTerms) -> str:
    requirement, function, match = key
    texts = {
        "requirement": requirement,
        "case": cases[0].id if len(cases) == 1 else f"{function}[*",
        "match": match,
        "printer": _pattern(verdict.printer.get("make-and-model") or verdict.printer.get("name", "")),
        "firmware": _pattern(verdict.printer.get("firmware", "")),
        "owner": terms.owner,
        "link": terms.link,
        "reason": terms.reason,
    }
    lines = [
        f"\n# {len(cases)} case{'s' if len(cases) > 1 else ''}; expected {_comment(cases[0].expected)}",
        f"# actual {_comment(cases[0].actual)}",
        "[[waiver]]",
        *(f"{name} = {_quoted(text)}" for name, text in texts.items() if text),
        f"expires = {terms.expires}",
    ]
    return "\n".join(lines) + "\n"


def _pattern(text: str) -> str:
    """Of just that text; a question mark stands for what a file should not hold."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _comment(text: str) -> str:
    return " ".join(printable(text).split())[:200]


def _quoted(text: str) -> str:
    """As a basic string of TOML, on one line."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False).replace("\x7f", "\\u007F")
