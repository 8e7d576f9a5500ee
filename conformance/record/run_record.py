"""The evidence as a judge reads it: plays, their subscriptions, what was asked and answered, and the mails that came.

A play may ask about the others, and about whatever else was recorded (``recorded_run``).

Everything is decoded here, from the octets, each time; nothing is taken from what the stage thought at the time except
which request belonged to which step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar

from conformance.requirements import Otherwise
from conformance.scenarios import BY_ID
from conformance.scenarios.steps import NONE_FORMAT, NONE_WORD
from conformance.trouble import BUSY
from conformance.verdict import Inconclusive, NotApplicable
from conformance.vocabulary import Edition
from conformance.wire import ipp

from . import rows
from .evidence import EvidenceFile
from .exchanges import Answer, is_full, told_group
from .outcomes import (
    Approached,
    Asked,
    Carrier,
    MailsAwaited,
    Printed,
    PrinterOperated,
    Refused,
    SilenceKept,
    Subscribed,
    outcome_of,
)
from .received_mail import ReceivedMail
from .recorded_run import RecordedRun, address_key
from .smtp_sessions import SessionRecord
from .subscription_record import Kind, StepRecord, SubscriptionRecord
from .up_times import Restart

_R = TypeVar("_R")
_Of = TypeVar("_Of")
PLAYED, NOT_APPLICABLE, CUT_SHORT = "played", "not-applicable", "cut-short"
HINDERED = "an attempt to mail was refused meanwhile, and nobody knows whose"


class _Asked(dict[str, SubscriptionRecord]):
    """The subscriptions of a play; one that was never asked for is a judgement, not an error."""

    def __missing__(self, label: str) -> SubscriptionRecord:
        raise Inconclusive(f"no subscription {label} was asked for in this play")


def _last_words(answers: Sequence[Answer]) -> list[Answer]:
    """Without those in which the printer was busy or full, where the same was asked again in that step."""
    return [
        answer
        for i, answer in enumerate(answers)
        if not (answer.status in BUSY or is_full(answer))
        or all(later.operation != answer.operation for later in answers[i + 1 :])
    ]


def _once(known: dict[object, Any], record: _Of, look: Callable[[_Of], _R]) -> _R:
    if look not in known:
        known[look] = look(record)
    found: _R = known[look]
    return found


class PlayRecord:
    """One performance of a scenario."""

    def __init__(self, run_record: RunRecord, row: rows.Play) -> None:
        self.run_record, self.row = run_record, row
        self.scenario = row.scenario
        self._looks: dict[object, Any] = {}

    def once(self, look: Callable[[PlayRecord], _R]) -> _R:
        """What looking at this play came to; it is done once, however many cases ask."""
        return _once(self._looks, self, look)

    def chose(self, choice: Otherwise) -> bool:
        """Whether a reading of the texts is switched to that choice."""
        return self.run_record.chose(choice)

    @cached_property
    def end(self) -> rows.PlayEnd | None:
        """How it ended; ``None`` when the run was cut short in it."""
        return self.run_record.rows_of_plays.ends.get(self.row.id)

    @cached_property
    def restart(self) -> Restart | None:
        """When the printer came up anew in the course of it, if it did."""
        return self.run_record.restart_between(self.row.t, self.end.t if self.end is not None else self.row.t)

    @cached_property
    def steps(self) -> list[StepRecord]:
        """The steps in the order they were carried out."""
        answers: dict[int, list[Answer]] = defaultdict(list)
        exchanges: dict[int, list[rows.Exchange]] = defaultdict(list)
        recorded = self.run_record.rows_of_plays
        for exchange in recorded.exchanges.get(self.row.id, ()):
            exchanges[exchange.step].append(exchange)
            if (answer := self.run_record.kept_answer(exchange)) is not None:
                answers[exchange.step].append(answer)
        found = []
        for s in recorded.steps.get(self.row.id, ()):
            outcome, number = outcome_of(s), s.id
            if isinstance(outcome, Printed | PrinterOperated) and outcome.shared:
                number = outcome.shared
                exchanges[number] = recorded.of_step.get(number, [])
                answers[number] = [a for row in exchanges[number] if (a := self.run_record.kept_answer(row))]
            found.append(StepRecord(s, outcome, _last_words(answers[number]), exchanges[number]))
        return found

    @cached_property
    def plays_of_its_jobs(self) -> frozenset[int]:
        """The plays that made the jobs it is about: itself, and those that it shared one with."""
        shared = (step for step, printed in self.steps_of(Printed) if printed.shared)
        return frozenset((self.row.id, *(exchange.play for step in shared for exchange in step.exchanges)))

    @cached_property
    def subscriptions(self) -> dict[str, SubscriptionRecord]:
        """What was asked for, by label."""
        found = _Asked()
        for step in self.steps:
            asks = step.outcome.asks if isinstance(step.outcome, Subscribed | Printed) else ()
            if isinstance(step.outcome, Approached) and not step.answers:
                continue  # refused before it came to IPP
            for place, asked in enumerate(asks):
                found[asked.label] = SubscriptionRecord(
                    asked,
                    step,
                    place,
                    self.run_record.vocabulary,
                    self._refusable(asked.format),
                    self._no_place(asked, [one.asked for one in found.values()]),
                    self.run_record.mails_to(asked.address),
                )
        return found

    def _refusable(self, format_: str | None) -> str:
        """Why a subscription that asks for this format may be refused (mailto-00 section 4.3); empty if it may not."""
        name = self.run_record.vocabulary.format_supported
        listed = self.run_record.listed(name)
        if format_ is None or format_ == NONE_FORMAT or listed is None:
            return ""
        known = {"".join(text.lower().split()) for text in listed.texts()}
        return "" if "".join(format_.lower().split()) in known else f"the printer does not list {format_} in {name}"

    def _no_place(self, asked: Asked, before: Sequence[Asked]) -> str:
        """Why the printer cannot hold this one beside those that the play asked for before; empty if it can."""
        v = self.run_record.vocabulary
        name = v.max_job_subscriptions if asked.carrier is Carrier.JOB else v.max_printer_subscriptions
        listed = self.run_record.listed(name)
        most = (listed.value.integer if listed is not None else None) or 0  # 0 stands for no limit
        held = sum(one.carrier is asked.carrier for one in before)
        return f"the printer holds {most}, as {name} says" if 0 < most <= held else ""

    @property
    def subscription(self) -> SubscriptionRecord:
        """The one called ``s``."""
        return self.subscriptions["s"]

    def step(self, kind: str, label: str = "") -> StepRecord:
        """The first step of that kind (and label)."""
        for s in self.steps:
            if s.row.kind == kind and label in ("", s.row.label):
                return s
        raise Inconclusive(f"step {kind} {label} was not carried out")

    def steps_of(self, kind: type[Kind]) -> Iterator[tuple[StepRecord, Kind]]:
        """The steps of that kind, with what came of them."""
        for s in self.steps:
            if isinstance(s.outcome, kind):
                yield s, s.outcome

    def labelled(self, label: str) -> StepRecord:
        """The first step with that label; ``NotApplicable`` when a version that had no such step recorded the play."""
        for s in self.steps:
            if s.row.label == label:
                return s
        if self._is_older_than(label):
            raise NotApplicable(f"the version that recorded this play did not try {label}")
        raise Inconclusive(f"step {label} was not carried out")

    def _is_older_than(self, label: str) -> bool:
        """Whether its scenario has a step of that label by now, and the play came to its end without one."""
        scenario = BY_ID.get(self.scenario)
        there = scenario is not None and any(getattr(step, "label", "") == label for step in scenario.steps)
        return there and self.end is not None and self.end.outcome == PLAYED

    def query(self, label: str) -> tuple[Answer, ipp.Group | None]:
        """The answer to Get-Subscription-Attributes at that step, and what it tells of the subscription."""
        answer = self.labelled(label).answer.judgeable()
        return answer, told_group(answer.message, self.run_record.vocabulary)

    def proven_silence(self, label: str = "silence") -> StepRecord:
        """The step, if its sentinel's mail arrived; else ``Inconclusive``: absence was not observed."""
        step = self.labelled(label)
        if not step.came_of(SilenceKept).sentinel:
            raise Inconclusive("the sentinel's mail did not arrive, so that nothing can be said about absence")
        return step

    def missing_is_proven(self, subscription: str) -> bool:
        """Whether, after waiting for mails of that subscription, a later event's mail did arrive, and by no relay."""
        later = any(o.sentinel for step, o in self.steps_of(MailsAwaited) if step.row.label == subscription)
        return later and self.run_record.session_owner.between() is None and self.hindered() is None

    def hindered(self, since: int = 0) -> SessionRecord | None:
        """A session of this play's time in which a fault of ours met a mail before anybody was told whose it was.

        ``since`` is a time of ours, in nanoseconds.  A printer tries again when it likes, which may be after the play.
        """
        if any(True for _ in self.steps_of(Refused)):
            return None  # its own faults are what it is about
        end = self.end.t if self.end is not None else self.row.t
        return self.run_record.nobodys_refusal(max(since, self.row.t), end)

    @property
    def why_unproven(self) -> str:
        """Why a mail that did not come may still be on its way."""
        if self.hindered() is not None:
            return HINDERED
        relay = self.run_record.session_owner.between()
        return "none for a later event either" if relay is None else f"a relay may hold it longer than others: {relay}"


class _RowsOfPlays:
    """What was recorded of each play, by its number: looked up for each, but read at once."""

    def __init__(self, recorded: RecordedRun) -> None:
        self.exchanges: dict[int, list[rows.Exchange]] = defaultdict(list)
        self.of_step: dict[int, list[rows.Exchange]] = defaultdict(list)
        for exchange in recorded.exchanges:
            self.exchanges[exchange.play].append(exchange)
            self.of_step[exchange.step].append(exchange)
        self.steps: dict[int, list[rows.Step]] = defaultdict(list)
        for step in recorded.file.rows(rows.Step):
            self.steps[step.play].append(step)
        self.ends: dict[int, rows.PlayEnd] = {}
        for end in recorded.file.rows(rows.PlayEnd):
            self.ends.setdefault(end.play, end)


class RunRecord(RecordedRun):
    """A whole run, with its plays."""

    def __init__(
        self, file: EvidenceFile, choices: Collection[Otherwise] = (), edition: Edition = Edition.MAILTO_00
    ) -> None:
        super().__init__(file, choices, edition)
        self._looks: dict[object, Any] = {}

    def once(self, look: Callable[[RunRecord], _R]) -> _R:
        """What looking at the whole run came to; it is done once, however many cases ask."""
        return _once(self._looks, self, look)

    @cached_property
    def rows_of_plays(self) -> _RowsOfPlays:
        """The rows that plays are read from."""
        return _RowsOfPlays(self)

    @cached_property
    def plays(self) -> dict[str, PlayRecord]:
        """The last play of each scenario."""
        return {p.scenario: PlayRecord(self, p) for p in self.file.rows(rows.Play)}

    @cached_property
    def every_play(self) -> list[PlayRecord]:
        """All plays in the order they began, those that a later sitting repeated too."""
        last = {play.row.id: play for play in self.plays.values()}
        return [last.get(row.id) or PlayRecord(self, row) for row in self.file.rows(rows.Play)]

    @cached_property
    def others(self) -> frozenset[str]:
        """The addresses that nothing ought to be sent to."""
        return frozenset(s.asked.other for play in self.plays.values() for s in play.subscriptions.values())

    @cached_property
    def stray_mails(self) -> list[ReceivedMail]:
        """The mails to addresses that none of the subscriptions has."""
        known = {address_key(s.address) for play in self.plays.values() for s in play.subscriptions.values()}
        return [x for x in self.mails if not known.intersection(map(address_key, x.recipients))]

    def play(self, scenario: str) -> PlayRecord:
        """The play of a scenario, if it was played to its end; else the reason as a judgement."""
        found = self.plays.get(scenario)
        if found is None:
            early = self.ended_early
            raise Inconclusive(f"not played: {early}" if early else f"{scenario} was not played in this run")
        end = found.end
        if end is None:
            raise Inconclusive(f"the run was cut short during {scenario}")
        if end.outcome == NOT_APPLICABLE:
            raise NotApplicable(end.reason)
        if end.outcome == CUT_SHORT:
            raise Inconclusive(end.reason)
        return found


def wants_nothing_attached(subscription: SubscriptionRecord) -> bool:
    """Whether the format asked for is one that leaves the mail a single part."""
    return subscription.format in (NONE_FORMAT, NONE_WORD, "text/plain", "text/plain; charset=us-ascii")
