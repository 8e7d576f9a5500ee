"""What a person is told to act on: the hardest first, why each binds, and commands that may be typed as they stand."""

from __future__ import annotations

import argparse
import lzma
import re
import shlex
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest

from conformance.requirements import Level, Severity
from conformance.verdict import Verdict
from conformance.vocabulary import Edition
from reports.cli import _parser
from reports.commands.again import _again, _not_kept, next_commands
from reports.commands.run_options import RunOptions
from reports.formats.findings import HARDEST, ORDER, by_section, folded, why
from reports.formats.terminal import summary
from reports.judging.judging import JudgedRun, judge_file
from reports.judging.quick import quick_selection

PACKED: Final = Path(__file__).parents[2] / "fixtures" / "evidence" / "ippmailto-0.1.0-five-defects.evidence.xz"
NO_OPTIONS: Final = argparse.Namespace()


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> JudgedRun:
    evidence = tmp_path_factory.mktemp("findings") / "five defects.evidence"
    evidence.write_bytes(lzma.decompress(PACKED.read_bytes()))
    return judge_file(evidence, edition=Edition.MAILTO_04)


def told(judged: JudgedRun, *, colour: bool = False, width: int = 110) -> list[str]:
    then = next_commands(judged, NO_OPTIONS, width)
    return list(summary(judged, colour=colour, verbose=False, width=width, directory=Path("r"), next_commands=then))


def test_findings_come_by_section_the_hardest_first(judged: JudgedRun) -> None:
    shown = [line.split() for line in told(judged) if line.startswith(tuple(v.value.upper() for v in ORDER))]
    found = [(Verdict(word.lower()), judged.catalogue[name]) for word, name, *_ in shown]
    assert len(found) > 10
    assert [v for v, _ in groupby(found, lambda one: one[0])] == [v for v in ORDER if judged.verdict.counts[v]]
    for _, group in groupby(found, lambda one: one[0]):
        sections = [list(s) for _, s in groupby((e for _, e in group), lambda e: (e.document, e.section))]
        names = [(s[0].document, s[0].section) for s in sections]
        assert len(names) == len(set(names)), "a section is told of in two places"
        first = [HARDEST.index(s[0].level) for s in sections]
        assert first == sorted(first)
        assert all(HARDEST.index(s[0].level) == min(HARDEST.index(e.level) for e in s) for s in sections)


def test_each_finding_says_of_which_text_and_why_it_binds(judged: JudgedRun) -> None:
    lines = told(judged)
    failed = [r.id for r in judged.verdict.requirements if r.verdict is Verdict.FAIL]
    assert failed
    for name in failed:
        entry = judged.catalogue[name]
        place = lines.index(f"FAIL {name} ({entry.where})")
        until = lines[place : lines.index("", place)]
        for label in ("Binds: the text", "Expected: ", "Actual: "):
            assert any(line.lstrip().startswith(label) for line in until), (name, label)


def test_all_levels_have_a_place_in_the_order() -> None:
    assert sorted(HARDEST) == sorted(Level)


def test_what_a_verdict_owes_to_something_else_than_the_text_is_said(judged: JudgedRun) -> None:
    entry = replace(judged.catalogue["S-7bit"], level=Level.SHOULD, severity=Severity.SOFT)
    assert why(entry, Verdict.WARNING, strict=False) == "the text says SHOULD"
    assert why(entry, Verdict.FAIL, strict=True) == "the text says SHOULD; --strict has it fail"
    assert why(entry, Verdict.FAIL, strict=False).endswith("the reading that counts makes it binding")
    hard = replace(entry, level=Level.OPEN, severity=Severity.HARD, reading=("C20",))
    assert "C20, which explain tells of" in why(hard, Verdict.FAIL, strict=False)
    assert why(hard, Verdict.WARNING, strict=False).endswith("this much of it only warns")


# ---------------------------------------------------------------- what to type next


def typed(lines: list[str]) -> list[list[str]]:
    """The commands of ours, as a shell parts them."""
    whole = re.sub(r" \\\n +", " ", "\n".join(lines))
    return [shlex.split(line) for line in re.findall(r"^(?:Look|Explain|Again) +ippmailto (.*)", whole, re.MULTILINE)]


@pytest.mark.parametrize("width", [40, 80, 110])
def test_what_to_type_next_is_understood_and_runs_just_what_failed(judged: JudgedRun, width: int) -> None:
    look, explain, again = (_parser().parse_args(words) for words in typed(told(judged, width=width)))
    failed = [r.id for r in by_section(judged, judged.verdict.requirements) if r.verdict is Verdict.FAIL]
    assert (look.command, look.evidence) == ("show", judged.evidence)
    assert look.octets
    assert explain.id == [failed[0]]
    assert (again.command, again.printer, again.edition) == ("run", judged.printer["uri"], "mailto-04")
    assert sorted(again.select) == sorted(failed)


def test_the_run_again_is_set_up_as_it_was(judged: JudgedRun) -> None:
    asked = RunOptions(
        vocabulary="rfc3995", awkward=9, seed=4, listen=("::1", 2525), max_subscriptions=7, tls="require", auth="offer",
        certificate="expired", names=("mail.example",), paper=0, bench_check=False, ixit={}, has_login=True,
    )  # fmt: skip
    had = argparse.Namespace(ixit=Path("my bench.toml"), smtp_login="env:LOGIN")
    words = _again(replace(judged, strict=True), ["1-6", "T1-From-1"], asked, had)
    found = vars(_parser().parse_args(shlex.split(" ".join(words))))
    wanted = {
        "printer": judged.printer["uri"], "select": ["1-6", "T1-From-1"], "vocabulary": "rfc3995",
        "awkward": 9, "seed": 4,
        "smtp_listen": ("::1", 2525), "max_subscriptions": 7, "smtp_tls": "require", "smtp_auth": "offer",
        "smtp_certificate": "expired", "smtp_name": ["mail.example"], "paper": 0, "no_bench_check": True,
        "ixit": Path("my bench.toml"), "smtp_login": "env:LOGIN", "strict": True, "edition": "mailto-04",
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted
    assert _not_kept(asked, had) == []
    assert _not_kept(asked, NO_OPTIONS) == ["--ixit", "--smtp-login"]
    built_in = _again(judged, ["1-6"], replace(asked, built_in=True, variant="desk"), NO_OPTIONS)
    found = vars(_parser().parse_args(shlex.split(" ".join(built_in))))
    assert (found["printer"], found["smtp_listen"], found["variant"]) == (None, None, "desk")
    quick = replace(judged, selection=quick_selection(judged.edition))
    found = vars(_parser().parse_args(shlex.split(" ".join(_again(quick, ["1-6"], asked, had)))))
    assert (found["quick"], found["select"]) == (True, [])  # its few plays again, and not all of those entries


def test_where_nothing_failed_there_is_nothing_to_type(judged: JudgedRun) -> None:
    passing = [r for r in judged.verdict.requirements if r.verdict is Verdict.PASS]
    met = replace(judged, verdict=replace(judged.verdict, requirements=tuple(passing)))
    assert list(next_commands(met, NO_OPTIONS, 80)) == []


# ---------------------------------------------------------------- width and colour


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", [40, 80])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(judged: JudgedRun, width: int, colour: bool) -> None:
    lines = told(judged, width=width, colour=colour)
    assert any(len(line) > width for line in lines)
    narrow = list(folded(lines, width))
    for line in narrow:
        shown = re.sub(r"\x1b\[[\d;]*m", "", line)
        assert len(shown) <= width or len(shown.split()) <= 2, shown  # a label and one word that is wider itself
    assert " ".join(narrow).split() == " ".join(lines).split()
    assert any("\x1b" in line for line in narrow) is colour


def test_what_goes_on_stands_below_its_label() -> None:
    assert list(folded(["    Expected: one two three"], 22)) == ["    Expected: one two", "              three"]
    assert list(folded(["\x1b[31mFAIL\x1b[0m X-1 (a text, section 1)"], 20)) == [
        "\x1b[31mFAIL\x1b[0m X-1 (a text,", "  section 1)",
    ]  # fmt: skip
    assert list(folded(["one\ntwo"], 40)) == ["one", "two"]
