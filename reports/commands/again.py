"""The commands that go on from a verdict: the same again, a look at what it points at, what the entry asks."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final

from conformance.record.evidence import EvidenceFile
from conformance.requirements import Binds
from conformance.verdict import Verdict
from conformance.vocabulary import Edition
from fakes.mail_security import Auth, Tls
from reports.formats.findings import by_section
from reports.judging.judging import JudgedRun
from reports.judging.quick import quick_selection
from reports.listening import written
from reports.writing import typed

from .mail_path import GOOD
from .run_options import AWKWARD, RunOptions, sittings

MANY: Final = 8  # ids in one --select; more would be wider than any terminal


def next_commands(judged: JudgedRun, options: argparse.Namespace, width: int) -> Iterator[str]:
    """Lines for the end of the summary; none where nothing failed and all could be judged."""
    found = [r for r in judged.verdict.requirements if r.verdict is Verdict.FAIL]
    found = by_section(
        judged, found or [r for r in judged.verdict.requirements if r.verdict is Verdict.INCONCLUSIVE and r.cases]
    )
    if not found:
        return
    places = (where for r in found for judged_case in r.cases for where in judged_case.case.where)
    if where := next((where for where in places if where.kind in ("mail", "smtp", "ipp")), None):
        octets = [f"--octets {where.octets[0]}-{where.octets[1]}"] if where.octets else []
        yield from _command("Look", ["show", typed(str(judged.evidence)), where.kind, str(where.id), *octets], width)
    yield from _command("Explain", ["explain", found[0].id], width)
    if judged.whom is Binds.PRINTER:
        with EvidenceFile.open(judged.evidence) as file:
            asked = sittings(file)[-1]
        yield from _command("Again", _again(judged, [r.id for r in found], asked, options), width)
        if lacking := _not_kept(asked, options):
            yield f"          (and with the {' and the '.join(lacking)} that it had, which the evidence does not keep)"


def _again(judged: JudgedRun, ids: list[str], asked: RunOptions, options: argparse.Namespace) -> list[str]:
    """A run of those entries alone, set up as the last one was; each word as it is typed."""
    words = ["run"] if asked.built_in else ["run", typed(judged.printer["uri"])]
    if judged.selection == quick_selection(judged.edition):
        words += ["--quick"]  # those entries alone would be looked at in all their plays, and print a sheet in each
    else:
        words += [f"--select {','.join(ids[first : first + MANY])}" for first in range(0, len(ids), MANY)]
    named = {
        "--smtp-listen": written(*asked.listen) if asked.listen and not asked.built_in else "",
        "--edition": judged.edition.value if judged.edition is not Edition.MAILTO_00 else "",
        "--vocabulary": asked.vocabulary if asked.vocabulary != "auto" else "",
        "--variant": asked.variant,
        "--max-subscriptions": str(asked.max_subscriptions or ""),
        "--paper": str(asked.paper) if asked.paper >= 0 else "",
        "--smtp-tls": asked.tls if asked.tls != Tls.NONE else "",
        "--smtp-auth": asked.auth if asked.auth != Auth.NONE else "",
        "--smtp-certificate": asked.certificate if asked.certificate != GOOD else "",
        "--awkward": str(asked.awkward) if asked.awkward != AWKWARD and asked.seed else "",
        "--seed": str(asked.seed or ""),
        "--ixit": str(getattr(options, "ixit", None) or ""),
        "--ics": str(getattr(options, "ics", None) or ""),
        "--smtp-login": str(getattr(options, "smtp_login", None) or ""),
    }
    words += [f"{option} {typed(value)}" for option, value in named.items() if value]
    words += [f"--smtp-name {typed(name)}" for name in asked.names]
    words += [f"--smtp-mechanism {name}" for name in asked.mechanisms]
    words += [f"--reading {typed(str(choice))}" for choice in judged.switched]
    switches = {"--strict": judged.strict, "--no-bench-check": not asked.bench_check and not asked.built_in}
    return [*words, *(option for option, it_is in switches.items() if it_is)]


def _not_kept(asked: RunOptions, options: argparse.Namespace) -> list[str]:
    """Options that the run had, and whose values only who ran it knows."""
    had = {"ixit": asked.ixit is not None, "smtp-login": asked.has_login}
    return [f"--{name}" for name, it in had.items() if it and not getattr(options, name.replace("-", "_"), None)]


def _command(label: str, words: list[str], width: int) -> Iterator[str]:
    """The command on one line, or on several that a shell takes for one."""
    line = f"{label:<10}ippmailto"
    for word in words:
        if len(line) + len(word) + 3 > width:
            yield f"{line} \\"
            line = " " * 11 + word
        else:
            line += f" {word}"
    yield line
