"""The stage: plays scenarios at a printer, many at once, into the evidence.  Client and recipient meet only here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Protocol

from conformance.record import rows
from conformance.record.offered import why_not_offered
from conformance.record.run_facts import RunFacts, UserDataForm
from conformance.record.run_record import CUT_SHORT, NOT_APPLICABLE, PLAYED
from conformance.record.session_owner import NO, YES, host_name
from conformance.record.up_times import UpTimeReading
from conformance.record.weight import MOST_RECORDED
from conformance.scenarios.steps import Scenario
from conformance.verdict import Inconclusive
from conformance.vocabulary import Vocabulary, recognise
from conformance.wire import ipp
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient

from .directory import Directory
from .ensemble import Ensemble, gathered
from .first_plays import ISOLATION, SUBSCRIBING, UNPRINTED
from .forecast import Circumstances, Forecast, forecast, longest_first
from .glance import Glance, glance_at
from .introduction import UNREADABLE, introduced
from .ixit import Ixit
from .last_look import clock_told, look_at_the_clock
from .live_subscription import CutShort, NotPlayable, ToBeAlone, TooLate, Unserved, Unvisited
from .name_lookup import addresses_of
from .needs import lacks_a_cause, missing_need
from .pacing import Places
from .requests import LASTING_SLOWLY, lease_range
from .scenario_run import ScenarioRun
from .second_witness import second_witness
from .shared import Shared, StageError
from .subscriber import Subscriber
from .tidying import jobs_ended
from .turns import Order, TurnAtPrinter, unminded
from .unanswered import Unanswered

AT_ONCE = 0.15  # seconds: where mails take longer, printer or bench are too slow for the shortest lasting lease
PLENTY = 100  # places, where the printer names no number of subscriptions
MEETING = 2  # plays under way for each place: who waits for a mail gives its place up
IN_TURNS = 8  # plays that have to be alone, one at the printer and the others before their turn or about to end


class Begin(Protocol):
    """Has plays begin, as members of an ensemble if there is one."""

    def __call__(self, which: Iterable[Scenario], ensemble: Ensemble | None = None) -> list[asyncio.Task[None]]: ...


Progress = Callable[[str, str, int, int], None]  # scenario, outcome, plays done, plays in all


class Stage(Shared):
    """Plays scenarios at one printer."""

    def __init__(
        self,
        journal: Journal,
        recipient: Recipient,
        subscriber: Subscriber,
        ixit: Ixit,
        *,
        run: int,
        token: str,
        vocabulary: Vocabulary | None = None,
        max_subscriptions: int | None = None,
        offers: frozenset[str] = frozenset(),
        directories: Sequence[Directory] = (),
        paper: int | None = None,
        bench_check: bool = False,
        hurry: asyncio.Event | None = None,
    ) -> None:
        super().__init__(
            journal,
            recipient,
            subscriber,
            ixit,
            run=run,
            token=token,
            vocabulary=vocabulary,
            offers=offers,
            directories=directories,
            paper=paper,
            bench_check=bench_check,
            hurry=hurry,
        )
        self.ended = rows.FINISHED  # why the sitting did, for the evidence
        self._max_subscriptions = max_subscriptions
        self._unanswered = Unanswered(self.subscriber)
        self._certificates = set[str]()  # of which all was said
        self._bare_refused = False
        self._clock: UpTimeReading | None = None  # as it was at first
        self._undecided = False  # whether plays may meet is still to be seen
        self._gone = ""  # how the printer stopped answering, or mailing, once it is given up
        self._under_way = dict[int, ScenarioRun]()
        self._again = set[str]()  # plays to be played again, with a longer lease, alone, or for want of an answer
        self._begun = set[asyncio.Task[None]]()  # plays under way

    # ------------------------------------------------------------ before the first play

    async def prepare(self) -> None:
        """Ask the printer about itself; raises ``StageError`` when it cannot be played at."""
        self.note(self.ixit.for_the_record())
        try:
            await self._introduce()
        except Inconclusive as reason:
            raise StageError(str(reason), UNREADABLE) from reason
        finally:
            self._note_certificates()

    def _note_certificates(self) -> None:
        """What there is to say of those that were not seen before."""
        seen = self.subscriber.certificates
        self.note(RunFacts(observed=tuple(said for own, said in seen.items() if own not in self._certificates)))
        self._certificates |= set(seen)

    async def _introduce(self) -> None:
        asked = self.journal.now()
        self.printer = group = await introduced(self)
        self._clock = clock_told(group, asked, self.journal.now())
        if self._vocabulary is None:
            self._vocabulary = recognise(group)
        if self._vocabulary is not None:  # a printer that is not judged is told of, too
            self.note(RunFacts(vocabulary=self._vocabulary.name, printer_address=self.subscriber.peer))
        if why := why_not_offered(group):
            raise StageError(why, "turn the notification by mail on, if it has one")
        if self._vocabulary is None:
            raise StageError(
                "the printer takes subscriptions and lists no attribute about them", "name --vocabulary to go on"
            )
        self.leases = lease_range(group, self.vocabulary).answered_in(self.subscriber.slowest)
        await self._note_relays(group)

    async def _note_relays(self, printer: ipp.Group) -> None:
        """What the IXIT says of a relay, and which addresses the relays have that the printer names."""
        declared = self.ixit.relay
        relay = None
        if declared:
            found = [] if declared in (YES, NO) else await addresses_of(declared)
            if declared not in (YES, NO) and not found:
                raise StageError(f"the IXIT's relay {declared!a} has no address", "mend its name, or give the address")
            relay = " ".join((declared, *found))
        listed = printer.get(self.vocabulary.relay)
        named = {host for text in (listed.texts() if listed is not None else ()) if (host := host_name(text))}
        self.note(
            RunFacts(
                relay=relay,
                relay_rewrites=self.ixit.relay_rewrites or None,
                relay_addresses={host: tuple(await addresses_of(host)) for host in sorted(named)},
            )
        )

    def _places(self) -> int:
        """How many subscriptions the printer holds; 0 where nobody set a limit."""
        try:
            listed = self.printer.get(self.vocabulary.max_printer_subscriptions)
        except Inconclusive:  # nothing forbids so many
            listed = None
        says = (listed.value.integer if listed else None) or 0  # 0 stands for no limit
        wanted = self._max_subscriptions or 0
        limits = [n for n in (says, wanted) if n > 0]
        return min(limits, default=0)

    # ------------------------------------------------------------ the plays

    def glance(self) -> Glance:
        """What the run is at."""
        return glance_at(self.recipient.arrivals.mails, self._under_way.values())

    def forecast(self, scenarios: Sequence[Scenario], *, learned: bool = False) -> Forecast:
        """What they will take; ``learned``: by what the printer has shown so far."""
        playable = [s for s in scenarios if missing_need(self, s) is None]
        known = Circumstances(self.leases, places=self._places() or PLENTY)
        if learned:
            known = replace(known, mail=self.mail_timeout.usual, spares_paper=self.spares_paper)
        left = None if self.sheets.budget is None else self.sheets.budget - self.sheets.used
        return replace(forecast(playable, known, learned=learned), paper=left)

    async def perform(
        self, scenarios: Sequence[Scenario], progress: Progress, learned: Callable[[Forecast], None] | None = None
    ) -> None:
        """Play them all, while the printer is asked what happens where it can be.

        ``learned`` hears what is to come as soon as the first have shown it.
        """
        limit = self._places()
        async with second_witness(self, limit) as taken:
            await self._perform(scenarios, progress, Places((limit or PLENTY) - taken), learned)
        self.note(RunFacts(slowest_mail=self.mail_timeout.slowest))
        if gone := self._gone or self._unanswered.silence:
            self.ended = gone
        else:
            await look_at_the_clock(self, self._clock)
        self._note_certificates()

    async def _perform(
        self,
        scenarios: Sequence[Scenario],
        progress: Progress,
        places: Places,
        learned: Callable[[Forecast], None] | None,
    ) -> None:
        """Those that show how to play, those that wait, those that may meet, those that are alone."""
        jobs = asyncio.Semaphore(min(self._max_subscriptions or PLENTY, MEETING * self.ixit.parallel))
        done = 0

        async def one(scenario: Scenario, ensemble: Ensemble | None = None) -> None:
            nonlocal done
            wanted = places.all if scenario.fills else scenario.subscriptions
            among = ensemble is not None  # others, which have their places, and go on when all of them are there
            async with nullcontext() if among else places.taken(wanted), nullcontext() if among or wanted else jobs:
                outcome = await self._play(scenario, ensemble)
                if scenario.id in self._again and among:
                    return
                while scenario.id in self._again:  # no lease grows for ever, and no loss is borne too often
                    self._again.remove(scenario.id)
                    outcome = await self._play(scenario, None)
            done += 1
            progress(scenario.id, outcome, done, len(scenarios))

        order = Order.of(scenarios)
        early, at_rest = order.apart, order.at_rest
        async with asyncio.TaskGroup() as group:

            def begin(which: Iterable[Scenario], ensemble: Ensemble | None = None) -> list[asyncio.Task[None]]:
                tasks = [group.create_task(one(scenario, ensemble), name=scenario.id) for scenario in which]
                self._begun.update(tasks)
                return tasks

            for scenario in order.first:
                if scenario.id not in SUBSCRIBING:  # how that is done is all that these need to know
                    begin(early)
                    early = ()
                if scenario.id == ISOLATION:  # they wait in any case, whether plays may meet or not
                    self._allow_for_slowness()
                    begin(at_rest)
                    at_rest, self._undecided = (), True
                await one(scenario)
            self._undecided = False
            self.note(RunFacts(user_data_form=self.user_data_form, places=self.slots.places))
            self._allow_for_slowness()
            begin([*early, *at_rest, *order.waiting])
            if learned is not None and order.first and not self._gone:
                learned(self.forecast([s for s in scenarios if s not in order.first], learned=True))
            if meeting := begin(longest_first(order.meeting)):
                await asyncio.wait(meeting)
            begin(order.unhearing)
            if meeting and order.alone and not self._gone:
                await jobs_ended(self, self._under_way)
            await self._alone(order.alone, places, begin)
        for scenario in order.rough:
            await one(scenario)
        if self.slots.places < self.ixit.parallel:  # a printer that mails about others' jobs: the last may be to come
            await asyncio.sleep(self.mail_timeout.settle)

    def _allow_for_slowness(self) -> None:
        """Ask for longer leases from now on, if mails or answers so far were too slow for the end of a short one."""
        self.leases = self.leases.answered_in(self.subscriber.slowest)
        if self.mail_timeout.usual > AT_ONCE:
            self.leases = self.leases.lengthened(LASTING_SLOWLY) or self.leases

    async def _alone(self, scenarios: Sequence[Scenario], places: Places, begin: Begin) -> None:
        """Those that share events together, the others in turns, and the next one already while one only waits."""
        under_way: set[asyncio.Task[None]] = set()
        for together in gathered(scenarios) if self.slots.places > 1 else ([s] for s in scenarios):
            if len(together) > 1:
                await self._together(together, places, begin)
                continue
            while under_way and (len(under_way) >= IN_TURNS or together[0].fills):
                _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            under_way.update(begin(together))
        if under_way:
            await asyncio.wait(under_way)

    async def _together(self, scenarios: Sequence[Scenario], places: Places, begin: Begin) -> None:
        """Play those that can share their events, as many at once as the printer has places for."""
        waiting = list(scenarios)
        while waiting:
            slots, some, claimed = self.slots, list[Scenario](), 0
            await places.room(waiting[0].subscriptions)
            await slots.enter(True)
            try:
                await jobs_ended(self, self._under_way)  # a job that ends late would be taken for that of all
                while waiting and places.has(waiting[0].subscriptions):  # who has a place may wait for this turn
                    some.append(waiting.pop(0))
                    claimed += places.claim(some[-1].subscriptions)
                if some:
                    await asyncio.wait(begin(some, Ensemble.of(some)))
            finally:
                await places.give_back(claimed)
                await slots.leave(True)
            for scenario in [s for s in some if s.id in self._again]:
                self._again.remove(scenario.id)
                await asyncio.wait(begin([scenario]))

    async def _play(self, scenario: Scenario, ensemble: Ensemble | None) -> str:
        play, turn = self.journal.id(rows.Play), self._turn(scenario, ensemble)
        await turn.begin()
        try:
            self.journal.add(rows.Play(play, self.run, self.journal.now(), scenario.id))
            outcome, reason = await self._outcome(scenario, play, turn, ensemble)
        except asyncio.CancelledError:
            self.journal.add(rows.PlayEnd(play, self.journal.now(), CUT_SHORT, "the run was interrupted in this play"))
            raise
        finally:
            await turn.end()
            if ensemble is not None:
                await ensemble.leave()
        self.journal.add(rows.PlayEnd(play, self.journal.now(), outcome, reason))
        return outcome

    def _turn(self, scenario: Scenario, ensemble: Ensemble | None) -> TurnAtPrinter:
        """When that play is to take it; an ensemble has it already."""
        if scenario.apart or ensemble is not None:
            return TurnAtPrinter(self.slots, scenario, None)
        meet = self.slots.places > 1 or self._undecided
        return TurnAtPrinter(self.slots, scenario, unminded(scenario) if meet else 0)

    async def _outcome(
        self, scenario: Scenario, play: int, turn: TurnAtPrinter, ensemble: Ensemble | None
    ) -> tuple[str, str]:
        try:
            missing = missing_need(self, scenario)
        except Inconclusive as reason:
            return CUT_SHORT, str(reason)
        if missing is not None:
            return (CUT_SHORT if lacks_a_cause(self, scenario) else NOT_APPLICABLE), missing
        if self._is_over():
            return CUT_SHORT, self._gone
        if self.left_paused:
            return CUT_SHORT, "the printer may still be paused: a play before this one could not resume it"
        play_run = self._under_way[play] = ScenarioRun(self, scenario, play, turn, ensemble=ensemble)
        try:
            await play_run.perform()
        except NotPlayable as reason:
            return NOT_APPLICABLE, str(reason)
        except Unvisited as reason:
            self._gone = str(reason)
            for other in self._begun - {asyncio.current_task()}:
                other.cancel()  # what waits for the end of a lease would wait for nothing
            return CUT_SHORT, self._gone
        except Unserved as reason:
            self._unanswered.note(reason)
            self._gone = self._gone or self._unanswered.gone
            if not self._gone and self._unanswered.is_worth_a_try(scenario.id, reason):
                self._again.add(scenario.id)
            return CUT_SHORT, str(reason)
        except TooLate as reason:
            if (longer := self.leases.lengthened()) is not None:
                self.leases = longer
                self._again.add(scenario.id)
            return CUT_SHORT, str(reason)
        except ToBeAlone as reason:
            self._again.add(scenario.id)
            return CUT_SHORT, str(reason)
        except (CutShort, Inconclusive) as reason:
            return CUT_SHORT, str(reason)
        finally:
            del self._under_way[play]
        self._unanswered.note_answered()
        self._adapt(scenario, play_run)
        return PLAYED, ""

    def _is_over(self) -> bool:
        """Whether nothing more is played, because of the printer."""
        if self.subscriber.weight > MOST_RECORDED:
            self._gone = self._gone or "the printer's answers are so large that no more of them could be judged"
        return bool(self._gone)

    def _adapt(self, scenario: Scenario, play_run: ScenarioRun) -> None:
        """What a play can show and the plays after it depend on."""
        if scenario.id == "printer/user-data":
            self._bare_refused = not play_run.subscriptions["s"].made
        if scenario.id == "printer/user-data-as-uri" and self._bare_refused and play_run.subscriptions["s"].made:
            self.user_data_form = UserDataForm(printer="mailto")  # at least one printer in the field wants it so
        if scenario.id == UNPRINTED:
            came = [self.recipient.arrivals.times(live.address) for live in play_run.subscriptions.values()]
            told = all(any(t > play_run.last_trigger_ns for t in times) for times in came)
            self.spares_paper = told and not play_run.sentinels  # else the mail may be about that one
        if scenario.id == "job/isolation":
            mine = play_run.subscriptions["s"]
            others = self.recipient.arrivals.count(mine.address) != 1
            self.slots.places = 1 if others else self.ixit.parallel
