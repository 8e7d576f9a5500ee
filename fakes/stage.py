"""The stage: plays scenarios at a printer, many at once, into the evidence.  Client and recipient meet only here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from conformance import names, rows
from conformance.run_facts import RunFacts, UserDataForm
from conformance.scenarios import BY_ID
from conformance.steps import Elapse, OutliveLease, Pass, Scenario
from conformance.story import CUT_SHORT, NOT_APPLICABLE, PLAYED, answer_of
from conformance.vocabulary import RFC3995, Vocabulary, recognise
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation

from .ixit import Ixit
from .journal import Journal
from .live import CutShort, NotPlayable
from .moods import Moods
from .performance import Performance
from .recipient import Recipient
from .requests import Lease, lease_range, operation_group
from .subscriber import Subscriber

FIRST_PLAYS = ("printer/user-data", "printer/user-data-as-uri", "job/isolation")  # they show how to play the others
STALL = 2.0  # seconds that a busy machine may hold a mail up; a sentinel that is asked too early costs more than that
VAIN_SENTINELS = 3  # then no mail gets here at all, and waiting long for each of a hundred would not bring it
GIVE_UP_AFTER = 3  # unanswered plays in a row, after which the rest is not tried: each costs a full timeout


class StageError(Exception):
    """The printer cannot be played at; message and ``hint`` say why and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} ({hint})")
        self.message, self.hint = message, hint


@dataclass(slots=True)
class Patience:
    """How long a mail may take, in seconds, learned from the mails that came."""

    longest: float
    slowest: float | None = None
    vain: int = 0  # sentinels in a row whose mail did not come

    def learn(self, triggered_ns: int, arrived_ns: int) -> None:
        """A mail came so long after its event."""
        self.vain = 0
        self.slowest = max(self.slowest or 0.0, (arrived_ns - triggered_ns) / 1e9)

    @property
    def limit(self) -> float:
        """How long to wait for a mail before a sentinel is asked whether the path still works."""
        return self.sentinel if self.slowest is None else min(self.longest, STALL + 4 * self.slowest)

    @property
    def sentinel(self) -> float:
        """How long to wait for a sentinel's mail; not long any more once several in a row did not come."""
        return self.longest if self.vain < VAIN_SENTINELS else min(self.longest, 0.5 + 2 * (self.slowest or 0.0))

    @property
    def settle(self) -> float:
        """How long after the sentinel's mail a late one may still come: mails of two subscriptions have no order."""
        return 0.2 + 2 * (self.slowest or 0.0)


class Floor:
    """Who may touch the printer: several plays that mind their own business, or one that must be alone."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._taken = 0
        self._door = asyncio.Lock()  # first come, first served, so that nobody waits for ever
        self._changed = asyncio.Condition()

    async def enter(self, alone: bool) -> None:
        """Wait for a place, or for all of them."""
        async with self._door:
            await self.come_back(alone)

    async def come_back(self, alone: bool) -> None:
        """The same for who had a place before: ahead of all that wait at the door."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._taken + (self.places if alone else 1) <= self.places)
            self._taken += self.places if alone else 1

    async def leave(self, alone: bool) -> None:
        """Give the place back."""
        async with self._changed:
            self._taken -= self.places if alone else 1
            self._changed.notify_all()


Progress = Callable[[str, str, int, int], None]  # scenario, outcome, plays done, plays in all


class Stage:
    """Plays at one printer."""

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
    ) -> None:
        self.journal, self.recipient, self.subscriber, self.ixit = journal, recipient, subscriber, ixit
        self.run, self.token = run, token
        self._vocabulary, self._max_subscriptions = vocabulary, max_subscriptions
        self.printer = ipp.Group(GroupTag.PRINTER)
        self.leases = Lease()
        self.patience = Patience(ixit.mail_timeout)
        self.moods = Moods(recipient)
        self.user_data_form = UserDataForm()
        self.document = _document(ixit)
        self.floor = Floor(1)
        self._unanswered = 0
        self._bare_refused = False
        self._barred = ""  # why this printer is not to be asked for notifications at all

    @property
    def vocabulary(self) -> Vocabulary:
        """How this printer is talked to; known after :meth:`prepare`."""
        if self._vocabulary is None:
            raise StageError("the vocabulary is not known yet", "prepare the stage first")
        return self._vocabulary

    def address(self, play: int, label: str) -> str:
        """A recipient address that belongs to one subscription of this run and to no other."""
        return names.recipient_address(self.token, play, label, self.ixit.mail_domain)

    def user_address(self, play: int, label: str) -> str:
        """The subscriber's own address, at most 63 octets."""
        return f"bob.{play}.{label}@{self.ixit.user_domain}"

    # ------------------------------------------------------------ before the first play

    async def prepare(self) -> None:
        """Ask the printer about itself; raises ``StageError`` when it cannot be played at."""
        exchange = await self.subscriber.post(
            Operation.GET_PRINTER_ATTRIBUTES, [operation_group(self.subscriber.uri, None)]
        )
        answer = answer_of(exchange)
        if answer is None:
            raise StageError(f"the printer does not answer: {exchange.problem_text}", "is its URI right, is it on?")
        group = answer.message.first(GroupTag.PRINTER)
        if group is None or not answer.ok:
            why = answer.message.defect.reason if answer.message.defect else answer.keyword
            raise StageError(
                f"the printer does not say what it is: Get-Printer-Attributes gave {why} (ipp #{exchange.id})",
                "is the path of its URI right?",
            )
        self.printer = group
        if self._vocabulary is None:
            self._vocabulary = recognise(group) or self._without_vocabulary()
        listed = group.get(self.vocabulary.schemes_supported)
        if listed is not None and not {"mailto", "mailto:"} & {text.lower() for text in listed.texts()}:
            self._barred = f"the printer does not list mailto in {self.vocabulary.schemes_supported}"
        self.leases = lease_range(group, self.vocabulary)
        self.note(RunFacts(vocabulary=self.vocabulary.name, printer_address=self.subscriber.peer))

    def _without_vocabulary(self) -> Vocabulary:
        """For a printer that lists no attribute of either vocabulary: does it notify at all?"""
        if self._lists_operation("Create-Printer-Subscriptions"):
            raise StageError(
                "the printer takes subscriptions and lists no attribute about them", "name --vocabulary to go on"
            )
        self._barred = "the printer does not do event notification: it lists no Create-Printer-Subscriptions"
        return RFC3995

    def note(self, facts: RunFacts) -> None:
        """Into the evidence."""
        self.journal.add(*facts.rows(self.run, self.journal.now()))

    def _capacity(self) -> int:
        listed = self.printer.get(self.vocabulary.max_printer_subscriptions)
        says = (listed.value.integer if listed else None) or 0  # 0 stands for no limit
        wanted = self._max_subscriptions or 0
        limits = [n for n in (says, wanted) if n > 0]
        return min(limits, default=100)

    # ------------------------------------------------------------ the plays

    async def perform(self, scenarios: Sequence[Scenario], progress: Progress) -> None:
        """Play them all: those that show how to play, those that wait, those that may meet, those that are alone."""
        capacity = asyncio.Semaphore(self._capacity())
        done = 0

        async def one(scenario: Scenario) -> None:
            nonlocal done
            async with capacity:
                outcome = await self._play(scenario)
            done += 1
            progress(scenario.id, outcome, done, len(scenarios))

        first = [BY_ID[name] for name in FIRST_PLAYS if BY_ID[name] in scenarios]
        for scenario in first:
            await one(scenario)
        self.note(RunFacts(user_data_form=self.user_data_form, places=self.floor.places))
        rest = sorted((s for s in scenarios if s not in first), key=_turn)
        async with asyncio.TaskGroup() as group:
            for scenario in rest:
                if not scenario.rough:
                    group.create_task(one(scenario), name=scenario.id)
        for scenario in rest:
            if scenario.rough:
                await one(scenario)
        if self.floor.places < self.ixit.parallel:  # a printer that mails about others' jobs: the last may be to come
            await asyncio.sleep(self.patience.settle)
        self.note(RunFacts(slowest_mail=self.patience.slowest))

    async def _play(self, scenario: Scenario) -> str:
        play, floor = self.journal.id(rows.Play), self.floor  # the floor may be another one after this play
        if not scenario.apart:
            await floor.enter(scenario.alone)
        try:
            self.journal.add(rows.Play(play, self.run, self.journal.now(), scenario.id))
            outcome, reason = await self._outcome(scenario, play)
        except asyncio.CancelledError:
            self.journal.add(rows.PlayEnd(play, self.journal.now(), CUT_SHORT, "the run was interrupted in this play"))
            raise
        finally:
            if not scenario.apart:
                await floor.leave(scenario.alone)
        self.journal.add(rows.PlayEnd(play, self.journal.now(), outcome, reason))
        return outcome

    async def _outcome(self, scenario: Scenario, play: int) -> tuple[str, str]:
        if self._barred and scenario.id != "printer/description":
            return NOT_APPLICABLE, self._barred
        if (missing := self.missing(scenario)) is not None:
            return NOT_APPLICABLE, missing
        if self._unanswered >= GIVE_UP_AFTER:
            return CUT_SHORT, f"the printer stopped answering: {GIVE_UP_AFTER} plays before this one got no answer"
        performance = Performance(self, scenario, play)
        try:
            await performance.perform()
        except NotPlayable as reason:
            return NOT_APPLICABLE, str(reason)
        except CutShort as reason:
            self._unanswered += self.subscriber.lost
            return CUT_SHORT, str(reason)
        self._unanswered = 0
        self._adapt(scenario, performance)
        return PLAYED, ""

    def _adapt(self, scenario: Scenario, performance: Performance) -> None:
        """What a play can show and the plays after it depend on."""
        if scenario.id == "printer/user-data":
            self._bare_refused = not performance.subscriptions["s"].made
        if scenario.id == "printer/user-data-as-uri" and self._bare_refused and performance.subscriptions["s"].made:
            self.user_data_form = UserDataForm(printer="mailto")  # at least one printer in the field wants it so
        if scenario.id == "job/isolation":
            mine = performance.subscriptions["s"]
            others = self.recipient.arrivals.count(mine.address) != 1
            self.floor = Floor(1 if others else self.ixit.parallel)

    @asynccontextmanager
    async def off_the_floor(self, performance: Performance) -> AsyncIterator[None]:
        """Let others play while this one only waits."""
        if performance.scenario.apart:
            yield
            return
        await self.floor.leave(performance.scenario.alone)
        try:
            yield
        finally:
            await self.floor.come_back(performance.scenario.alone)

    def aside(self, performance: Performance) -> AbstractAsyncContextManager[None]:
        """The same for a play that waits for mails of its own jobs alone, if this printer lets it: see ``_adapt``."""
        if performance.scenario.alone or self.floor.places == 1:
            return nullcontext()
        return self.off_the_floor(performance)

    # ------------------------------------------------------------ what the printer need not have

    def missing(self, scenario: Scenario) -> str | None:
        """Which need of a scenario the printer does not list; ``None`` if none."""
        for need in scenario.needs:
            kind, _, word = need.partition(":")
            if not word:
                if not self._lists_operation(kind):
                    return f"the printer does not list {kind} in operations-supported"
            elif kind == "event" and not self._lists(self.vocabulary.events_supported, word):
                return f"the printer does not list {word} in {self.vocabulary.events_supported}"
            elif kind == "attribute" and word == "notify-format" and not self._has_formats():
                return f"vocabulary {self.vocabulary.name} has no notify-format, and the printer lists none"
            elif kind == "vocabulary" and word != self.vocabulary.name:
                return f"vocabulary {self.vocabulary.name} has no such thing"
        return None

    def _has_formats(self) -> bool:
        v = self.vocabulary
        return v.name == "ntfy-01" or v.find(self.printer, v.format_supported) is not None

    def _lists_operation(self, name: str) -> bool:
        listed = self.printer.get("operations-supported")
        number = Operation[name.upper().replace("-", "_")]
        return listed is not None and int(number) in listed.integers()

    def _lists(self, attribute: str, word: str) -> bool:
        listed = self.printer.get(attribute)
        return listed is not None and word in listed.texts()


def _turn(scenario: Scenario) -> tuple[bool, bool]:
    """Its place in the order: what waits comes first; what must be alone comes last, all of it, since each of those
    that comes between others lets the floor run empty before it and after it."""
    waits = any(isinstance(step, OutliveLease | Pass | Elapse) for step in scenario.steps)
    return not waits, scenario.alone


def _document(ixit: Ixit) -> bytes:
    """What is printed: the IXIT's document, or one line of text."""
    if not ixit.document:
        return b"ippmailto prints this line.\r\n"
    try:
        return Path(ixit.document).read_bytes()
    except OSError as error:
        raise StageError(f"cannot read the document {ixit.document}: {error.strerror}", "mend the IXIT") from error
