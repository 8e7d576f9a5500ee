"""How long a number and the mails get to come together, and what is taken for the latency of a mail."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import SentinelSent, Settled
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.scenarios.steps import Ask, AwaitMail, Print, Query, Scenario, Silence, Subscribe, Unsubscribe
from fakes.printer import OBEDIENT
from fakes.stage import Ixit
from fakes.stage.bench import Sitting, bench, reference_printer

SECOND = 1_000_000_000
LATE = replace(OBEDIENT, delivery_delay=0.5)
PLAY = Scenario(
    "printer/burst",
    (
        Subscribe(Ask(events=("job-created",))),
        Print(),
        AwaitMail(),
        Silence(),
        AwaitMail(count=2),  # of which the sentinel's job brought the second
        Query(label="long after", settled=True),
        Print("k"),
        Query(label="at once", settled=True),
        Unsubscribe(),
    ),
    alone=True,
)


def test_a_number_is_asked_for_when_the_last_event_s_mail_has_had_its_time(tmp_path: Path) -> None:
    async def play(file: EvidenceFile) -> float:
        async with bench(file, reference_printer(LATE), Sitting(Ixit.for_loopback(), "a test")) as stage:
            await stage.prepare()
            await stage.perform([BY_ID["job/ended-unprinted"], PLAY], lambda *_: None)
            return stage.mail_timeout.usual

    with EvidenceFile.create(tmp_path / "late.evidence") as file:
        usual = asyncio.run(asyncio.wait_for(play(file), 60)) * SECOND
        record = RunRecord(file).play(PLAY.id)
        ((sentinel, _),) = record.steps_of(SentinelSent)
        second, third = record.subscription.mails[1:]
        assert usual < second.t - record.step("Print").answer.row.t_start
        assert second.t - sentinel.answer.row.t_start <= usual
        (long_after, one), (at_once, other) = record.steps_of(Settled)
        assert (one.mails, other.mails) == (2, 3)
        assert long_after.answers[-1].row.t_start - long_after.row.t < usual
        assert at_once.answers[-1].row.t_start > third.t
