"""What a benchmark compares with its target is about what the target is about."""

from __future__ import annotations

from reports.benchmark.whole import JUDGING_TARGET, RunTimes, figures_of


def told(mails: int, command: float, *, quick: bool = False) -> tuple[tuple[float, float | None], float]:
    """Of judging: what is held to a target and that target, and what all of the run took."""
    times = RunTimes(60.0, 40.0, (("a", 50.0),), mails, 1.0, 1.0, 1.0, command)
    first, second = (figure for figure in figures_of(times, quick=quick) if "ippmailto judge" in figure.what)
    assert "1,000 mails" in first.what
    assert second.target is None
    return (round(first.value, 6), first.target), second.value


def test_judging_is_held_to_its_target_for_a_thousand_mails_however_many_a_run_has() -> None:
    assert told(1500, 2.7) == ((1.8, JUDGING_TARGET), 2.7)
    assert told(500, 1.5) == ((3.0, JUDGING_TARGET), 1.5)
    assert told(500, 1.5, quick=True) == ((3.0, None), 1.5)
