"""Printers that make several permitted choices at once: drawn alike each time, and no nonsense among them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.conforming_variants import BY_ID, CONFORMING_VARIANTS
from reports.selftest.combined_variants import CLASHES, drawn_together, go_together, together
from reports.selftest.conforming_variants import main, try_variant


def test_the_same_seed_draws_the_same_and_another_seed_others() -> None:
    drawn = [v.id for v in drawn_together(CONFORMING_VARIANTS, 12, 7)]
    assert drawn == [v.id for v in drawn_together(CONFORMING_VARIANTS, 12, 7)]
    assert len(set(drawn)) == 12
    assert set(drawn).isdisjoint(v.id for v in drawn_together(CONFORMING_VARIANTS, 12, 8))


def test_a_combination_is_all_of_its_parts() -> None:
    both = together([BY_ID["has-no-clock"], BY_ID["counts-by-tens"]])
    assert (both.policy.current_time, both.policy.up_time_step) == (False, 10)
    assert set(both.warns) == {"5-3"}
    assert set(both.unjudged) == {"4.12-1"}
    assert both.on == BY_ID["counts-by-tens"].on


@pytest.mark.parametrize(
    "names",
    [
        ("base64", "eight-bit"),  # the same choice, made twice
        ("base64", "later-plain-only"),  # of two editions
        ("only-plain-text", "multipart-by-default"),  # the one has not what the other gives by default
    ],
)
def test_what_no_printer_can_be_at_once_is_not_drawn(names: tuple[str, str]) -> None:
    assert not go_together([BY_ID[name] for name in names])


def test_what_clashes_is_among_the_variants() -> None:
    assert {name for clash in CLASHES for name in clash} <= BY_ID.keys()


def test_a_liar_among_them_is_blamed(tmp_path: Path) -> None:
    liar = replace(BY_ID["name-of-one-letter"], change={"subject": "empty"}, on=())
    found = try_variant(together([BY_ID["base64"], liar]), False, tmp_path)
    assert any(line.startswith("T1-Subject-3: ") for line in found.blamed)


def test_what_a_variant_warns_of_may_be_kept_from_happening_by_another(tmp_path: Path) -> None:
    warning = replace(BY_ID["name-of-one-letter"], warns={"ISSUE-06": "it does not"}, on=())
    assert not try_variant(together([BY_ID["sparse-numbers"], warning]), False, tmp_path).blamed


def test_so_many_are_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--variant", "name-*", "--variant", "sparse-numbers", "--pairs", "1", "--seed", "3"]) == 0
    told = capsys.readouterr().out
    assert "+" in told
    assert told.endswith("1 printers, 0 blamed or left open\n")


def test_where_nothing_can_be_combined_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--variant", "base64", "--pairs", "3"]) == 2
    assert "none of these go together" in capsys.readouterr().err
