"""report.html: one file that opens anywhere, without a server, without a network, without scripts of others."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from conformance.record.ledger import Ledger, Reason
from conformance.verdict import JudgedCase, Overall, RequirementVerdict, Verdict
from reports.judging.judging import JudgedRun
from reports.version import tool_version

from .terminal import alike
from .verdict_json import COUNTED

STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 1rem 0; }
dt { opacity: .65; } dd { margin: 0; overflow-wrap: anywhere; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; }
.counts span { padding: .2rem .7rem; border-radius: 1rem; background: var(--soft); }
details { border-top: 1px solid var(--line); padding: .35rem 0; }
summary { cursor: pointer; display: grid; grid-template-columns: 8.5rem 8rem 1fr; gap: .6rem; align-items: baseline; }
.word { font-weight: 600; } .id { font-family: ui-monospace, monospace; }
.fail { color: #c4232b; } .warning { color: #a86a00; } .inconclusive { color: #8a3ffc; } .pass { color: #198038; }
.waived { color: #00789a; } .not-applicable, .not-tested { opacity: .6; }
.case { margin: .6rem 0 .6rem 1.2rem; padding-left: .8rem; border-left: 3px solid var(--line); }
.case b { font-weight: 500; font-family: ui-monospace, monospace; font-size: .9em; }
table { border-collapse: collapse; margin: .2rem 0; } td { padding: .05rem .8rem .05rem 0; vertical-align: top; }
td:first-child { opacity: .65; white-space: nowrap; } td { overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .5rem .7rem; overflow-x: auto; font-size: .85em; margin: .3rem 0; }
.also { margin: 0 0 .6rem 2.1rem; opacity: .65; }
.verdict { font-size: 1.3rem; font-weight: 700; }
"""
ORDER: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARNING, Verdict.WAIVED, Verdict.PASS,
                Verdict.NOT_APPLICABLE, Verdict.NOT_TESTED)  # fmt: skip
TITLES: Final = {
    Verdict.FAIL: "Failed",
    Verdict.INCONCLUSIVE: "Inconclusive: could not be observed",
    Verdict.WARNING: "Warnings: a SHOULD that was not met",
    Verdict.WAIVED: "Waived",
    Verdict.PASS: "Passed",
    Verdict.NOT_APPLICABLE: "Not applicable",
    Verdict.NOT_TESTED: "Not tested, and why",
}
MAX_NAMED: Final = 8  # scenarios named for cases of one function; verdict.json has all
MAX_LEFT_OVER: Final = 100  # mails that nothing accounts for; where there are more, they are alike
EXPLAINED: Final = {
    Reason.RETRY: "sent again after something that our recipient did",
    Reason.OTHER_JOB: "about a job that is not ours",
    Reason.HOSTILE: "brought about by awkward data, which other cases judge",
    Reason.NOTICE: "notices about mail that could not be delivered",
    Reason.UNDER_WAY: "about what may have happened before the subscription ended",
    Reason.UNKNOWN_ORIGIN: "from hosts that brought no mail of the printer's",
    Reason.UNANSWERED: "for subscriptions of which no answer says whether they were made",
    Reason.UNSAID: "not saying what they are about, so that they may be due",
}
OVERALL_CLASS: Final = {
    "conforms": "pass",
    "does-not-conform": "fail",
    "inconclusive": "inconclusive",
    "not-judged": "inconclusive",
}


def report_html(judged: JudgedRun) -> str:
    """The page."""
    return "\n".join(_page(judged))


def _page(judged: JudgedRun) -> Iterator[str]:
    printer, overall = judged.printer, judged.verdict.overall.value
    name = printer["name"] or printer["uri"]
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(name)}: {overall}</title><style>{STYLE}</style></head><body>"
    yield f"<h1>{_text(name)}</h1>"
    yield f'<p class="verdict {OVERALL_CLASS[overall]}">{overall}</p>'
    if judged.reason:
        early = "The run was cut short, and what was recorded is judged: " if judged.cut_short else ""
        yield f'<p class="inconclusive">{early}{_text(judged.reason)}</p>'
    yield "<dl>"
    facts = {
        "Printer": f"{printer['make-and-model']} at {printer['uri']}",
        "Edition": f"{judged.edition.value}, vocabulary {judged.vocabulary}",
        "Readings": ", ".join(judged.switched) or "the suite's own",
        "Begun": f"{judged.run.began}, {judged.seconds:.1f} s",
        "Evidence": f"{judged.evidence.name}, sha256 {judged.sha256}",
        "Judged by": f"ippmailto {tool_version()}",
    }
    for key, value in facts.items():
        yield f"<dt>{key}</dt><dd>{_text(value)}</dd>"
    for observed in judged.observed:
        yield f"<dt>Observed</dt><dd>{_text(observed)}</dd>"
    for use in judged.waivers:
        if use.why:
            waiver = use.entry.waiver
            yield f"<dt>Waiver</dt><dd>{_text(f'{waiver.subject}, {waiver}: it {use.why}')}</dd>"
    yield "</dl>"
    if judged.verdict.overall is not Overall.NOT_JUDGED:
        yield from _results(judged)
    yield "</body></html>"


def _results(judged: JudgedRun) -> Iterator[str]:
    counts = (f'<span class="{v.value}">{judged.verdict.counts[v]} {v.value}</span>' for v in COUNTED)
    yield f'<div class="counts">{"".join(counts)}</div>'
    yield from _ledger(judged.ledger)
    for verdict in ORDER:
        chosen = [r for r in judged.verdict.requirements if r.verdict is verdict]
        if chosen:
            yield f"<h2>{TITLES[verdict]} ({len(chosen)})</h2>"
            for requirement in chosen:
                yield from _requirement(judged, requirement)


def _ledger(ledger: Ledger) -> Iterator[str]:
    """Which mails were due, which came, and what became of them."""
    explained = sum(ledger.explained.values())
    left = [over for over in ledger.left_over if over.where.kind == "mail"]
    rows = [
        ("due", ledger.due, "mails that had to come, as far as the exchanges tell"),
        ("came", ledger.came, "mails that were taken"),
        ("matched", ledger.matched, "of them fit a subscription and what it lists"),
        ("explained", explained, "came for another reason:"),
        *(("", ledger.explained[reason], told) for reason, told in EXPLAINED.items() if ledger.explained[reason]),
        ("left over", len(left), "nothing accounts for"),
        ("missing", len(ledger.left_over) - len(left), "did not come, though later ones did"),
    ]
    yield "<h2>The ledger: every mail of the run</h2><table>"
    yield from (f"<tr><td>{word}</td><td>{count}</td><td>{told}</td></tr>" for word, count, told in rows)
    yield "</table>"
    for over in ledger.left_over[:MAX_LEFT_OVER]:
        names = ", ".join(over.requirements)
        yield f'<p class="also">{_text(f"{over.where}: {over.told} ({over.kind.value}; counts at {names})")}</p>'
    if (more := len(ledger.left_over) - MAX_LEFT_OVER) > 0:
        yield f'<p class="also">and {more} more, all in verdict.json</p>'


def _text(value: str) -> str:
    """Fit for the page: markup escaped, and nothing that a printer sent can steer the reader's screen."""
    return "".join(c if c.isprintable() or c == "\n" else escape(ascii(c)[1:-1]) for c in escape(value))


def _requirement(judged: JudgedRun, requirement: RequirementVerdict) -> Iterator[str]:
    entry, word = judged.catalogue[requirement.id], requirement.verdict.value
    opened = " open" if requirement.verdict is Verdict.FAIL else ""
    yield f'<details{opened}><summary><span class="word {word}">{word}</span>'
    yield f'<span class="id">{_text(entry.id)}</span><span>{_text(entry.says)}</span></summary>'
    yield f"<p>{_text(entry.where)}, {entry.level.value}. {_text(entry.observe)}</p>"
    if requirement.reason and not requirement.cases:
        yield f"<p>{_text(requirement.reason)}</p>"
    shown = [c for c in requirement.cases if c.verdict is requirement.verdict]
    for group in alike(shown):
        yield from _case(judged, group[0])
        if len(group) > 1:
            also = ", ".join(c.case.id.partition("[")[2].rstrip("]") for c in group[1 : MAX_NAMED + 1])
            more = f" and {len(group) - 1 - MAX_NAMED} more" if len(group) > MAX_NAMED + 1 else ""
            yield f'<p class="also">also {_text(also)}{more}</p>'
    yield "</details>"


def _case(judged: JudgedRun, judged_case: JudgedCase) -> Iterator[str]:
    case = judged_case.case
    yield f'<div class="case"><b>{_text(case.id)}</b>'
    lines = {"Expected": case.expected, "Actual": case.actual, "Reason": case.reason}
    lines["Where"] = ", ".join(map(str, case.where))
    lines["Waived by"] = str(judged_case.waiver or "")
    rows = "".join(f"<tr><td>{k}</td><td>{_text(v)}</td></tr>" for k, v in lines.items() if v)
    if rows:
        yield f"<table>{rows}</table>"
    for where in case.where[:2]:
        if shown := judged.excerpts.get(where):
            yield f"<pre>{_text(shown)}</pre>"
    yield "</div>"
