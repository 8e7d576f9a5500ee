"""Walks judged: what they catch and where, whom they do not blame, and how a failing one is told and taken again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.scenarios.walks import draw_walks, walk_of
from conformance.verdict import Outcome
from conformance.vocabulary import VOCABULARIES, Edition
from fakes.printer import OBEDIENT, Policy
from fakes.printer.conditions import ConditionalLie, When
from reports.cli import main
from reports.commands.walking import WALKS
from reports.exits import Exit
from reports.judging.judging import judge_file
from reports.selftest.trial import Trial, try_printer
from reports.selftest.walk_trials import CAUGHT, try_lie, try_variant_on_walks

SOME = [pair for pair in CAUGHT if pair[0] in ("no-date", "printer-stopped-is-never-mailed")]


def walked(policy: Policy, directory: Path, *names: str, lie: ConditionalLie | None = None) -> Trial:
    return try_printer(policy, [walk_of(name).scenario for name in names], directory, lie=lie)


def found_in(trial: Trial, outcome: Outcome) -> set[str]:
    return {result.id for result in trial.results if result.outcome is outcome}


@pytest.mark.parametrize("edition", Edition)
@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_the_obedient_printer_takes_any_walk(edition: Edition, vocabulary: str, tmp_path: Path) -> None:
    policy = replace(OBEDIENT, edition=edition, vocabulary=VOCABULARIES[vocabulary])
    trial = try_printer(policy, draw_walks(WALKS, 0, edition), tmp_path)
    assert not trial.missed()
    assert not trial.inconclusive()
    assert "walks.each_event_of_a_walk_is_mailed[run]" in found_in(trial, Outcome.MET)


@pytest.mark.parametrize(("lie", "when"), SOME)
def test_a_lie_that_only_walks_meet_is_caught(lie: str, when: When, tmp_path: Path) -> None:
    assert try_lie((lie, when), 9, 0, tmp_path).problem == ""


@pytest.mark.parametrize(
    "variant", ["slow-jobs", "gives-up-at-once", "cannot-be-paused", "fewest-events", "later-combines"]
)
def test_a_conforming_variant_is_not_blamed(variant: str, tmp_path: Path) -> None:
    assert try_variant_on_walks(variant, WALKS, 0, tmp_path).problem == ""


@pytest.mark.parametrize(
    ("change", "walk", "requirements", "where"),
    [
        ({"unheard_event": "printer-stopped"}, "st.q.w.g", {"1-2", "4.2-2"}, "walks.each_event_of_a_walk_is_mailed"),
        ({"unheard_event": "job-completed"}, "jc.c1.w", {"1-2", "4.2-2"}, "walks.each_event_of_a_walk_is_mailed"),
        ({"unheard_event": "job-completed"}, "sm.p.w", {"1-2", "4.2-2"}, "walks.each_event_of_a_walk_is_mailed"),
        ({"reach": "jobs-only"}, "jt.q.w.g.c1", {"1-2", "4.2-2"}, "walks.each_event_of_a_walk_is_mailed"),
        (
            {"cancels": "its-reading-first"}, "sb.j.w.u1.c1.sc.j.c2.w", {"N-16"},
            "walks.nothing_of_a_walk_is_mailed_after_the_cancellation",
        ),
        (
            {"cancels": "its-reading-first"}, "st.q.w.g.u1.q.sb.j.w", {"N-16"},
            "walks.nothing_of_a_walk_is_mailed_after_the_cancellation",
        ),
        (
            {"reach": "beyond-the-job"}, "jt.c1.st.q.w", {"N-17"},
            "walks.nothing_of_a_walk_is_mailed_after_the_end_of_the_job",
        ),
        ({"attaches_unasked": "for-plain"}, "scf.p.w", {"10-7"}, "elsewhere_formats.text_plain_keeps_attachments_away"),
    ],
)  # fmt: skip
def test_what_depends_on_the_state_of_the_printer_is_seen(
    change: dict[str, Any], walk: str, requirements: set[str], where: str, tmp_path: Path
) -> None:
    trial = walked(replace(OBEDIENT, **change), tmp_path, f"walk/{walk}")
    assert f"{where}[run]" in found_in(trial, Outcome.VIOLATED)
    assert set(trial.missed()) == requirements


@pytest.mark.parametrize(
    "walk", ["sb.t1n.j.c1.w.u1.j.c2.w", "sb.j.u1.c1.sc.j.c2.w", "st.q.u1.g.q.sb.j.w", "jt.q.c1.g.q.w"]
)
def test_mail_that_may_have_been_under_way_is_nobodys_failure(walk: str, tmp_path: Path) -> None:
    assert not walked(replace(OBEDIENT, delivery_delay=0.3), tmp_path, f"walk/{walk}").missed()


@pytest.mark.parametrize("walk", ["jt.c1.st.q.w.g", "sc.j.c1.z1.p.w.u1.sc.w"])
def test_a_job_that_goes_on_after_its_cancellation_has_not_ended(walk: str, tmp_path: Path) -> None:
    assert not walked(replace(OBEDIENT, cancel_seconds=3.0), tmp_path, f"walk/{walk}").missed()


def test_without_walks_nothing_is_said_of_them(tmp_path: Path) -> None:
    trial = walked(OBEDIENT, tmp_path)
    walks = {result.id for result in trial.results if result.id.startswith("walks.")}
    assert walks
    assert walks <= found_in(trial, Outcome.NOT_APPLICABLE)


def test_a_failing_walk_is_told_as_a_beginning_that_fails_again(tmp_path: Path) -> None:
    walk = "walk/sc.r1.j.w.sn.r1.j.w.c1.jc.w.c2.r2.c3.w"  # from the second renewal on, which is move 6
    (tmp_path / "whole").mkdir()
    (tmp_path / "beginning").mkdir()
    silent = replace(OBEDIENT, subject="empty")
    walked(OBEDIENT, tmp_path / "whole", walk, lie=ConditionalLie(silent, When.RENEWED_TWICE))
    judged = judge_file(tmp_path / "whole" / "trial.evidence", edition=Edition.MAILTO_00)
    (failing,) = judged.failing_walks
    assert (judged.walks, failing.name, failing.moves) == (1, walk, 15)
    assert "T1-Subject-3" in failing.requirements
    assert failing.beginning in failing.again
    assert len(walk_of(failing.beginning).moves) < len(walk_of(walk).moves)
    again = walked(OBEDIENT, tmp_path / "beginning", failing.beginning, lie=ConditionalLie(silent, When.RENEWED_TWICE))
    assert "T1-Subject-3" in again.failed()


def test_a_walk_is_taken_alone_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["run", "--walk", "walk/sc.j.c1.w", "--report-dir", str(tmp_path), "--awkward", "0"])
    assert code == Exit.CONFORMS
    assert "Walks     1 taken, none of them failing" in capsys.readouterr().out
    told = json.loads((tmp_path / "verdict.json").read_text())
    assert told["walks"] == {"taken": 1, "failing": []}
    assert told["selection"] == ["*[run]"]


@pytest.mark.parametrize(
    ("name", "edition", "why"),
    [
        ("walk/sc.c1.w", "mailto-00", "move 2, c1, is not possible: there is no job 1"),
        ("walk/sci.w", "mailto-04", "asks for what --edition mailto-04 does not have"),
    ],
)
def test_what_is_no_walk_is_told_before_anything_is_played(
    name: str, edition: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--walk", name, "--edition", edition, "--report-dir", str(tmp_path)]) == Exit.USAGE
    assert why in capsys.readouterr().err
