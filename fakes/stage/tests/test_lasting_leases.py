"""A bench that is too slow for the end of a short lease tries a longer one, and blames nobody meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import Asked, Subscribed
from conformance.record.run_record import CUT_SHORT, PLAYED, PlayRecord, RunRecord
from conformance.scenarios.steps import Ask, Pass, Query, Scenario, Subscribe, Unsubscribe
from conformance.wire.registry import Operation
from fakes.printer import OBEDIENT
from fakes.stage import Ixit, waits
from fakes.stage.bench import Sitting, bench, reference_printer
from fakes.stage.live_subscription import SECOND, LiveSubscription
from fakes.stage.requests import LASTING, LASTING_LONG

PLAY = Scenario(
    "printer/lease-lasts",
    (
        Subscribe(Ask(lease="lasting")),
        Query(label="granted"),
        Pass(fraction=0.01, near=True),
        Query(label="read-near-the-end"),
        Unsubscribe(),
    ),
)


def lease_of(play: PlayRecord) -> int | None:
    return next(play.steps_of(Subscribed))[1].asks[0].lease


def plays_of(evidence: Path) -> list[tuple[str, int | None]]:
    """How each play ended, and for which lease it had asked; what counts of them is the last."""

    async def play(file: EvidenceFile) -> None:
        async with bench(file, reference_printer(OBEDIENT), Sitting(Ixit.for_loopback(), "a test")) as stage:
            await stage.prepare()
            await stage.perform([PLAY], lambda *_: None)

    with EvidenceFile.create(evidence) as file:
        asyncio.run(play(file))
        run_record = RunRecord(file)
        found = [(one.end.outcome, lease_of(one)) for one in run_record.every_play if one.end is not None]
        assert run_record.play(PLAY.id).row.id == run_record.every_play[-1].row.id
    return found


def test_a_lease_that_was_seen_in_time_is_lived_once(tmp_path: Path) -> None:
    assert plays_of(tmp_path / "once.evidence") == [(PLAYED, LASTING)]


def test_what_came_too_late_is_tried_again_with_a_longer_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "UNSURE", float(LASTING))
    assert plays_of(tmp_path / "again.evidence") == [(CUT_SHORT, LASTING), (PLAYED, LASTING_LONG)]


def test_where_no_longer_lease_helps_it_is_judged_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "UNSURE", 10.0 * LASTING_LONG)
    assert plays_of(tmp_path / "vain.evidence") == [(CUT_SHORT, LASTING), (PLAYED, LASTING_LONG)]


def test_the_end_of_a_lease_is_reckoned_from_the_request_for_it() -> None:
    live = LiveSubscription(Asked("s", "a@b.example"))
    made = rows.Exchange(
        1, 1, 1, int(Operation.CREATE_PRINTER_SUBSCRIPTIONS), "", 2 * SECOND, 3 * SECOND, "", b"", b"", 200, b"", b""
    )
    live.granted(9, made)
    assert (live.lease, live.created_ns, live.ends_ns) == (9, 3 * SECOND, 11 * SECOND)
    live.granted(0, made)
    assert live.ends_ns == 0
