"""The stage asks a printer what happened where it can, and goes on without where it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.exchanges import answer_of
from conformance.record.ledger import ledger_of
from conformance.record.pulling import COMPLETED, CREATED, FETCHED, hearings_of
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.vocabulary import RFC3995
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.printer import OBEDIENT, Policy
from fakes.stage import second_witness
from fakes.stage.bench import Sitting, bench
from fakes.stage.ixit import Ixit
from fakes.stage.requests import operation_group

from .meddling import Choice, Fate, Meddler, SeenRequest, behind

LATER: Final = replace(OBEDIENT, vocabulary=RFC3995)
PLAYS: Final = ("job/isolation", "printer/given-up")
REFUSED: Final = "client-error-ignored-all-subscriptions"


def played(
    path: Path,
    policy: Policy = LATER,
    choose: Choice = lambda _: Fate.PASS,
    meet: Callable[[Meddler, str], None] = lambda *_: None,
    listed: tuple[str, ...] = PLAYS,
) -> tuple[RunRecord, int]:
    """What was recorded, and how many subscriptions are left in the end."""

    async def play() -> int:
        sitting = Sitting(
            replace(Ixit.for_loopback(), mail_timeout=2.0, request_timeout=1.0), "a test", vocabulary=policy.vocabulary
        )
        with EvidenceFile.create(path) as file:
            async with bench(file, behind(policy, meet, choose), sitting) as stage:
                await stage.prepare()
                await stage.perform([BY_ID[name] for name in listed], lambda *_: None)
                group = operation_group(stage.subscriber.uri, "operator")
                left = answer_of(await stage.subscriber.post(Operation.GET_SUBSCRIPTIONS, [group], play=1))
                assert left is not None
                return len(left.message.all(GroupTag.SUBSCRIPTION))

    left = asyncio.run(play())
    return RunRecord(EvidenceFile.open(path)), left


def asked(run: RunRecord) -> list[str]:
    """The operations that no play stands behind, the introduction aside."""
    by_nobody = [answer_of(row) for row in run.file.rows(rows.Exchange, "play=?", 0)]
    return [a.operation for a in by_nobody if a is not None and a.row.operation != Operation.GET_PRINTER_ATTRIBUTES]


def refusing(operation: Operation, fate: Fate) -> Choice:
    """The first request of that operation has that fate."""
    return lambda request: fate if (request.operation, request.nth) == (operation, 1) else Fate.PASS


def test_it_hears_of_every_job_and_leaves_nothing(tmp_path: Path) -> None:
    run, left = played(tmp_path / "run.evidence")
    (hearing,) = hearings_of(run)
    assert hearing.events == set(FETCHED)
    assert hearing.gaps == []
    jobs = {event.job for event in hearing.told}
    assert {(e.event, e.job) for e in hearing.told} == {(e, job) for job in jobs for e in (CREATED, COMPLETED)}
    assert all(event.earliest <= event.latest for event in hearing.told)
    assert [event.number for event in hearing.told] == list(range(1, 2 * len(jobs) + 1))
    operations = asked(run)
    assert (operations[0], operations[-1]) == ("Create-Printer-Subscriptions", "Cancel-Subscription")
    assert set(operations[1:-1]) == {"Get-Notifications"}
    assert left == 0
    assert run.facts.observed == run.facts.left_behind == ()


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (OBEDIENT, ""),
        (replace(LATER, pull_methods=()), ""),
        (replace(LATER, max_printer_subscriptions=4), "it holds 4 subscriptions, and the plays need them"),
        (
            replace(LATER, pulls_granted=False),
            "Create-Printer-Subscriptions gave client-error-ignored-all-subscriptions",
        ),
    ],
    ids=["of-the-drafts", "lists-none", "has-few-places", "refuses"],
)
def test_a_printer_that_cannot_be_asked_is_played_at_without(policy: Policy, why: str, tmp_path: Path) -> None:
    run, left = played(tmp_path / "run.evidence", policy)
    assert hearings_of(run) == []
    assert {play.end.outcome for play in run.every_play if play.end is not None} == {"played"}
    assert [line.partition(": ")[2] for line in run.facts.observed] == ([why] if why else [])
    assert left == 0


def silent_about_places(request: SeenRequest, answer: ipp.Message) -> ipp.Message:
    """It says nowhere how many subscriptions it holds."""
    name = RFC3995.max_printer_subscriptions
    return replace(
        answer, groups=tuple(replace(g, attributes=tuple(a for a in g if a.name != name)) for g in answer.groups)
    )


@pytest.mark.parametrize("listed", [("job/isolation", "printer/given-up"), ("printer/given-up", "printer/omitted")])
def test_one_that_has_no_place_for_a_play_gets_its_own_back(tmp_path: Path, listed: tuple[str, ...]) -> None:
    def meet(meddler: Meddler, _: str) -> None:
        meddler.rewrite = silent_about_places

    policy = replace(LATER, max_printer_subscriptions=1)
    run, left = played(tmp_path / "run.evidence", policy, meet=meet, listed=listed)
    assert {play.end.outcome for play in run.every_play if play.end is not None} == {"played"}
    assert all(s.created().id for play in run.every_play for s in play.subscriptions.values())
    (told,) = run.facts.observed
    assert told.endswith("from here on, as the printer had no place for it and a play")
    assert run.facts.left_behind == ()
    assert left == 0
    assert ledger_of(run).left_over == []


def test_one_that_does_not_answer_is_not_asked_again(tmp_path: Path) -> None:
    choose = refusing(Operation.GET_NOTIFICATIONS, Fate.LOSE)
    run, left = played(tmp_path / "run.evidence", choose=choose)
    (hearing,) = hearings_of(run)
    assert {play.end.outcome for play in run.every_play if play.end is not None} == {"played"}
    assert left == 0
    assert not hearing.gaps  # it was asked once more in the end, and had kept everything


def test_a_subscription_that_was_perhaps_made_is_told(tmp_path: Path) -> None:
    def choose(request: SeenRequest) -> Fate:
        pulls = request.operation is Operation.CREATE_PRINTER_SUBSCRIPTIONS and request.nth == 1
        return Fate.LOSE if pulls else Fate.PASS

    run, left = played(tmp_path / "run.evidence", choose=choose)
    assert left == 1
    (told,) = run.facts.left_behind
    assert told == "perhaps a subscription of Bob Jones that is pulled; its lease of 600 s ends it"
    assert hearings_of(run) == []


def test_one_that_cannot_be_given_back_is_told(tmp_path: Path) -> None:
    def choose(request: SeenRequest) -> Fate:
        number = request.message.find("notify-subscription-id")
        its = request.operation is Operation.CANCEL_SUBSCRIPTION and number is not None and number.value.integer == 1
        return Fate.LOSE if its else Fate.PASS

    def swallow(meddler: Meddler, _: str) -> None:
        meddler.choose = lambda request: Fate.REFUSE if choose(request) is Fate.LOSE else Fate.PASS

    run, left = played(tmp_path / "run.evidence", meet=swallow)
    assert left == 1
    (told,) = run.facts.left_behind
    assert told.startswith("subscription 1 of Bob Jones, which is pulled; its lease of 600 s ends it")


def test_its_lease_is_renewed_at_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_witness, "LEASE", 2)

    def meet(meddler: Meddler, _: str) -> None:
        # the first job takes long enough for a lease to be more than over
        meddler.slow = lambda request: 2.5 if request.operation is Operation.CREATE_JOB else 0.0

    run, left = played(tmp_path / "run.evidence", replace(LATER, lease_min=2), meet=meet)
    assert "Renew-Subscription" in asked(run)
    (hearing,) = hearings_of(run)
    assert hearing.told[-1].latest > hearing.since + 2_000_000_000  # longer than its first lease
    assert left == 0


def test_numbers_that_are_missing_leave_a_gap(tmp_path: Path) -> None:
    def forgetful(request: SeenRequest, answer: ipp.Message) -> ipp.Message:
        if request.operation is not Operation.GET_NOTIFICATIONS:
            return answer
        kept = tuple(g for g in answer.groups if (n := g.get("notify-sequence-number")) is None or n.value.integer != 2)
        return replace(answer, groups=kept)

    def meet(meddler: Meddler, _: str) -> None:
        meddler.rewrite = forgetful

    run, _ = played(tmp_path / "run.evidence", meet=meet)
    (hearing,) = hearings_of(run)
    assert len(hearing.gaps) == 1
    begin, end = hearing.gaps[0]
    assert not hearing.covers(begin, end)
    assert not hearing.covers(0, hearing.until)
