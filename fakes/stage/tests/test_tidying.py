"""Whatever ends a play, the printer is as it was before; what could not be undone is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.exchanges import answer_of
from conformance.record.rows import Fact, PlayEnd
from conformance.record.run_facts import RunFacts
from conformance.scenarios.steps import Ask, OnJob, OnPrinter, Print, Scenario, SendDocument, Subscribe
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, PrinterState, Status
from fakes.printer import OBEDIENT
from fakes.recipient.journal import Journal
from fakes.stage import tidying
from fakes.stage.bench import Sitting, bench
from fakes.stage.ixit import Ixit
from fakes.stage.pacing import ExclusiveSlots
from fakes.stage.requests import operation_group
from fakes.stage.stage import Stage
from fakes.stage.subscriber import Subscriber
from fakes.stage.unanswered import LOSSES

from .meddling import Choice, Fate, Meddler, SeenRequest, behind

NTFY: Final = OBEDIENT.vocabulary
BENCH: Final = replace(Ixit.for_loopback(), mail_timeout=1.0, request_timeout=0.4)
STEPS: Final = (
    Subscribe(Ask("s", lease="inside")),
    Print("j", asks=(Ask("t"),), via="Create-Job"),
    Subscribe(Ask("u"), job="j"),
    OnJob("Hold-Job", job="j"),
    OnPrinter("Pause-Printer"),
    Print("k"),
    OnPrinter("Resume-Printer"),
    SendDocument("j"),
    OnJob("Release-Job", job="j"),
)
EVERYTHING: Final = Scenario("a-test/everything", STEPS)
DESCRIPTION: Final = 1  # requests before the play: the printer is asked about itself


@dataclass
class Left:
    """What is at the printer when all is over, and what was told of it."""

    state: int | None = None
    subscriptions: int = 0
    jobs: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    noted: tuple[str, ...] = ()
    outcomes: list[str] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def nothing(self) -> bool:
        return self.state == PrinterState.IDLE and not self.subscriptions and not self.jobs


async def look(journal: Journal, uri: str, left: Left) -> None:
    """Asks the printer itself, past whoever meddles."""
    request = Subscriber(journal, uri, timeout=5.0)
    groups = {}
    for operation in (Operation.GET_PRINTER_ATTRIBUTES, Operation.GET_SUBSCRIPTIONS, Operation.GET_JOBS):
        wanted = ipp.keyword("requested-attributes", "all")
        answer = answer_of(await request.post(operation, [operation_group(uri, "operator", wanted)]))
        assert answer is not None
        groups[operation] = answer.message
    state = groups[Operation.GET_PRINTER_ATTRIBUTES].find("printer-state")
    left.state = state.value.integer if state is not None else None
    left.subscriptions = len(groups[Operation.GET_SUBSCRIPTIONS].all(GroupTag.SUBSCRIPTION))
    named = [group.get("job-name") for group in groups[Operation.GET_JOBS].all(GroupTag.JOB)]
    left.jobs = [attribute.value.text() or "" for attribute in named if attribute is not None]


Deed = Callable[[Stage, Meddler], "asyncio.Future[None] | None"]


def played(
    directory: Path, choose: Choice, *scenarios: Scenario, places: int = 1, ixit: Ixit = BENCH, deed: Deed | None = None
) -> Left:
    """What is left when these scenarios were played behind a meddler; ``deed`` is done meanwhile."""
    left = Left()

    async def run(file: EvidenceFile) -> None:
        met: list[tuple[Meddler, str]] = []
        printer = behind(OBEDIENT, lambda meddler, uri: met.append((meddler, uri)), choose)
        async with bench(file, printer, Sitting(ixit, "a test", vocabulary=NTFY)) as stage:
            await stage.prepare()
            stage.slots = ExclusiveSlots(places)
            ((meddler, uri),) = met
            playing = asyncio.ensure_future(stage.perform(scenarios or (EVERYTHING,), lambda *_: None))
            doing = deed(stage, meddler) if deed is not None else None
            if doing is not None:
                await doing
                playing.cancel()
            await asyncio.wait({playing})
            left.error = None if playing.cancelled() else playing.exception()
            await look(stage.journal, uri, left)
            left.told = stage.left_behind

    evidence = directory / "left.evidence"
    with EvidenceFile.create(evidence) as file:
        asyncio.run(asyncio.wait_for(run(file), 60))
    with EvidenceFile.open(evidence) as file:
        left.noted = RunFacts.of(file.rows(Fact)).left_behind
        left.outcomes = [end.outcome for end in file.rows(PlayEnd)]
    assert list(left.noted) == left.told
    return left


def only(place: int, way: Fate) -> Choice:
    return lambda request: way if request.place == place else Fate.PASS


@pytest.mark.parametrize("way", [Fate.SWALLOW, Fate.STALL, Fate.LOSE, Fate.REFUSE], ids=lambda way: way.name.lower())
@pytest.mark.parametrize("step", range(len(STEPS)), ids=lambda n: f"{n}-{type(STEPS[n]).__name__}")
def test_nothing_is_left_whichever_request_gets_no_answer(step: int, way: Fate, tmp_path: Path) -> None:
    left = played(tmp_path, only(DESCRIPTION + step, way))
    assert left.error is None
    assert left.nothing, left
    assert left.told == []
    once_more = ["played"] if way in (Fate.LOSE, Fate.REFUSE) else []  # where no time was lost by it
    assert left.outcomes == ["cut-short", *once_more]


def test_a_play_without_trouble_needs_no_looking_for_what_is_left(tmp_path: Path) -> None:
    seen: list[Operation] = []

    def watch(request: SeenRequest) -> Fate:
        seen.append(request.operation)
        return Fate.PASS

    left = played(tmp_path, watch)
    assert left.nothing, left
    assert left.outcomes == ["played"]
    assert Operation.GET_JOBS not in seen
    assert Operation.GET_SUBSCRIPTIONS not in seen


def test_tidying_goes_on_while_the_printer_does_not_answer(tmp_path: Path) -> None:
    def away(request: SeenRequest) -> Fate:  # from Print-Job on, and the first three attempts to resume
        return Fate.REFUSE if 6 <= request.place <= 10 or (request.operation, request.nth) == RESUME_3 else Fate.PASS

    left = played(tmp_path, away)
    assert left.nothing, left
    assert left.told == []


RESUME_3: Final = (Operation.RESUME_PRINTER, 3)


def test_what_cannot_be_undone_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "TIDY_SECONDS", 0.5)
    left = played(tmp_path, lambda request: Fate.REFUSE if request.place >= 6 else Fate.PASS)
    paused, job, unsure, *subscriptions = left.told
    assert "the printer may still be paused (Resume-Printer: " in paused
    assert "resume ipp://127.0.0.1:" in paused
    assert "send it Resume-Printer" in paused
    assert job.startswith("job 1, 'job 1j' (Cancel-Job: ")
    assert unsure.startswith("perhaps the job 'job 1k', which was asked for and got no answer that can be read")
    assert [one.partition(" (")[0].partition(", with")[0] for one in subscriptions] == [
        "subscription 1 of Bob Jones",
        "subscription 3 of Bob Jones",
    ]
    assert "its lease of 62 s ends it, else send Cancel-Subscription" in subscriptions[0]


def test_a_printer_that_refuses_is_not_asked_again_and_again(tmp_path: Path) -> None:
    def refuse(request: SeenRequest) -> Fate | ipp.Message:
        if request.operation is not Operation.CANCEL_SUBSCRIPTION:
            return Fate.PASS
        return ipp.Message(int(Status.CLIENT_ERROR_NOT_AUTHORIZED), request.message.request_id, ())

    left = played(tmp_path, refuse, Scenario("a-test/refused", (Subscribe(Ask("s", lease="inside")),)))
    assert left.subscriptions == 1
    (told,) = left.told
    assert "(Cancel-Subscription: the printer answered client-error-not-authorized)" in told


def test_a_busy_printer_is_asked_again(tmp_path: Path) -> None:
    def busy(request: SeenRequest) -> Fate | ipp.Message:
        if request.operation is not Operation.RESUME_PRINTER or request.nth > 2:
            return Fate.PASS
        return ipp.Message(int(Status.SERVER_ERROR_BUSY), request.message.request_id, ())

    pausing = Scenario("a-test/paused", (OnPrinter("Pause-Printer"),))
    left = played(tmp_path, busy, pausing)
    assert left.nothing, left
    assert left.told == []


def test_no_play_goes_on_at_a_printer_that_may_be_paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "TIDY_SECONDS", 0.5)
    pausing = Scenario("a-test/paused", (OnPrinter("Pause-Printer"), OnPrinter("Resume-Printer")), alone=True)
    after = Scenario("a-test/after", (Print(),), alone=True, rough=True)
    left = played(
        tmp_path, lambda r: Fate.REFUSE if r.operation is Operation.RESUME_PRINTER else Fate.PASS, pausing, after
    )
    assert left.state == PrinterState.STOPPED
    assert set(left.outcomes) == {"cut-short"}
    assert left.jobs == []


def test_two_plays_at_once_give_back_what_is_their_own(tmp_path: Path) -> None:
    """One loses its connection, the other stalls: neither keeps the other from tidying."""

    def meddle(request: SeenRequest) -> Fate:
        if request.operation is Operation.PAUSE_PRINTER:
            return Fate.STALL
        return Fate.LOSE if request.operation is Operation.CREATE_JOB else Fate.PASS

    one = Scenario("a-test/one", (Subscribe(Ask("s")), OnPrinter("Pause-Printer")))
    other = Scenario("a-test/other", (Subscribe(Ask("s")), Print(via="Create-Job")))
    third = Scenario("a-test/third", (Subscribe(Ask("s")),))
    left = played(tmp_path, meddle, one, other, third, places=8)
    assert left.nothing, left
    assert left.told == []
    assert sorted(left.outcomes) == [*["cut-short"] * (2 + LOSSES), "played"]  # the one that lost it is played again


def test_an_interrupted_play_gives_everything_back(tmp_path: Path) -> None:
    def stall(request: SeenRequest) -> Fate:
        return Fate.STALL if request.operation is Operation.PRINT_JOB else Fate.PASS

    def interrupt(stage: Stage, meddler: Meddler) -> asyncio.Future[None]:
        return asyncio.ensure_future(meddler.until(Operation.PRINT_JOB))

    left = played(tmp_path, stall, deed=interrupt, ixit=replace(BENCH, request_timeout=20.0))
    assert left.nothing, left
    assert left.told == []
    assert left.outcomes == ["cut-short"]


def test_in_a_hurry_what_is_left_is_only_told(tmp_path: Path) -> None:
    def stall(request: SeenRequest) -> Fate:
        return Fate.SWALLOW if request.operation in (Operation.PRINT_JOB, Operation.RESUME_PRINTER) else Fate.PASS

    async def twice(stage: Stage, meddler: Meddler) -> None:
        await meddler.until(Operation.PRINT_JOB)
        asyncio.get_running_loop().call_soon(asyncio.ensure_future, hurried(stage, meddler))

    async def hurried(stage: Stage, meddler: Meddler) -> None:
        await meddler.until(Operation.RESUME_PRINTER)
        stage.hurry.set()

    left = played(
        tmp_path,
        stall,
        deed=lambda stage, meddler: asyncio.ensure_future(twice(stage, meddler)),
        ixit=replace(BENCH, request_timeout=20.0),
    )
    assert left.state == PrinterState.STOPPED
    assert len(left.told) == 5
    assert "the printer may still be paused (Resume-Printer: it was not tried)" in left.told[0]


def test_a_fault_of_ours_leaves_nothing_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("fakes.stage.scenario_run.one_too_many", broken)
    breaking = Scenario("a-test/broken", (*STEPS[:5], Print("o", asks=(Ask(),), overfill=True)))
    left = played(tmp_path, lambda _: Fate.PASS, breaking)
    assert isinstance(left.error, ExceptionGroup)
    assert [str(error) for error in left.error.exceptions] == ["a fault of ours"]
    assert left.nothing, left
