"""The evidence as a judge reads it: plays, their subscriptions, what was asked and answered, and the mails that came.

Everything is decoded here, from the octets, each time; nothing is taken from what the stage thought at the time except
which request belonged to which step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property, partial
from typing import Any, Final, TypeVar

from conformance.editions import TRAITS
from conformance.requirements import Binds, Otherwise
from conformance.scenarios import BY_ID
from conformance.scenarios.steps import NONE_FORMAT, NONE_WORD
from conformance.trouble import BUSY
from conformance.verdict import Inconclusive, NotApplicable, printable
from conformance.vocabulary import NTFY_01, VOCABULARIES, Edition, Vocabulary
from conformance.wire import imf, ipp
from conformance.wire.registry import Operation

from . import rows
from .evidence import EvidenceFile
from .exchanges import Answer, answer_of, is_full, told_group
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
from .printer_attributes import Description, told
from .received_mail import MailCache, ReceivedMail
from .redaction import redacted_lines
from .run_facts import RunFacts
from .session_owner import Declared, Parties, SessionOwner, host_of, one_spelling, uri_host
from .smtp_sessions import COMMANDS, SessionRecord, read_sessions
from .subscription_record import Kind, StepRecord, SubscriptionRecord
from .up_times import Restart, UpTimeReading, readings_in, restarts_in

_R = TypeVar("_R")
SHOWN: Final = 120  # characters of a value in a reason
NO_END: Final = "its evidence has no end"
PLAYED, NOT_APPLICABLE, CUT_SHORT = "played", "not-applicable", "cut-short"
HINDERED = "an attempt to mail was refused meanwhile, and nobody knows whose"


def address_key(address: str) -> str:
    """What two spellings of one recipient address have in common: the domain has no case (RFC 2821 section 2.4)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


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


class PlayRecord:
    """One performance of a scenario."""

    def __init__(self, run_record: RunRecord, row: rows.Play) -> None:
        self.run_record, self.row = run_record, row
        self.scenario = row.scenario

    def chose(self, choice: Otherwise) -> bool:
        """Whether a reading of the texts is switched to that choice."""
        return self.run_record.chose(choice)

    @cached_property
    def end(self) -> rows.PlayEnd | None:
        """How it ended; ``None`` when the run was cut short in it."""
        return next(self.run_record.file.rows(rows.PlayEnd, "play=?", self.row.id), None)

    @cached_property
    def restart(self) -> Restart | None:
        """When the printer came up anew in the course of it, if it did."""
        return self.run_record.restart_between(self.row.t, self.end.t if self.end is not None else self.row.t)

    @cached_property
    def steps(self) -> list[StepRecord]:
        """The steps in the order they were carried out."""
        answers: dict[int, list[Answer]] = defaultdict(list)
        exchanges: dict[int, list[rows.Exchange]] = defaultdict(list)
        for exchange in self.run_record.file.rows(rows.Exchange, "play=?", self.row.id):
            exchanges[exchange.step].append(exchange)
            if (answer := self.run_record.kept_answer(exchange)) is not None:
                answers[exchange.step].append(answer)
        found = []
        for s in self.run_record.file.rows(rows.Step, "play=?", self.row.id):
            outcome, number = outcome_of(s), s.id
            if isinstance(outcome, Printed | PrinterOperated) and outcome.shared:
                number = outcome.shared
                exchanges[number] = list(self.run_record.file.rows(rows.Exchange, "step=?", number))
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


class RunRecord:
    """A whole run."""

    def __init__(
        self, file: EvidenceFile, choices: Collection[Otherwise] = (), edition: Edition = Edition.MAILTO_00
    ) -> None:
        self.file = file
        self._choices = frozenset(choices)
        self._answers: dict[int, Answer] = {}  # those of the plays that were looked at
        self._looks: dict[object, Any] = {}
        self.traits = TRAITS[edition]  # of the mail rules it is judged by, whatever it was made for

    def chose(self, choice: Otherwise) -> bool:
        """Whether a reading of the texts is switched to that choice."""
        return choice in self._choices

    def once(self, look: Callable[[RunRecord], _R]) -> _R:
        """What looking at the whole run came to; it is done once, however many cases ask."""
        if look not in self._looks:
            self._looks[look] = look(self)
        found: _R = self._looks[look]
        return found

    @cached_property
    def run(self) -> rows.Run:
        """The first sitting."""
        first = next(self.file.rows(rows.Run), None)
        if first is None:
            raise rows.EvidenceError(f"{self.file.path} has no run in it", "nothing was recorded; run again")
        return first

    @cached_property
    def ended_early(self) -> str:
        """Why the last sitting ended before everything was played; empty where it came to its end."""
        last = max((run.id for run in self.file.rows(rows.Run)), default=0)
        end = next(self.file.rows(rows.RunEnd, "run=?", last), None)
        if end is None:
            return NO_END
        return "" if end.reason == rows.FINISHED else printable(end.reason)

    @property
    def cut_short(self) -> bool:
        """Whether not everything was played, or not everything is there."""
        return bool(self.ended_early or self.file.lacks)

    @property
    def interrupted(self) -> bool:
        """Whether somebody, or something beside the printer, ended the last sitting early."""
        return self.ended_early == NO_END or self.ended_early.startswith(rows.INTERRUPTED)

    @cached_property
    def facts(self) -> RunFacts:
        """What was noted about the run."""
        return RunFacts.of(self.file.rows(rows.Fact))

    @property
    def whom(self) -> Binds:
        """Who is judged by it."""
        return Binds.CLIENT if self.facts.subject == Binds.CLIENT else Binds.PRINTER

    @property
    def vocabulary(self) -> Vocabulary:
        """How the printer was talked to."""
        return VOCABULARIES.get(self.facts.vocabulary or "", NTFY_01)

    @cached_property
    def plays(self) -> dict[str, PlayRecord]:
        """The last play of each scenario."""
        return {p.scenario: PlayRecord(self, p) for p in self.file.rows(rows.Play)}

    @cached_property
    def every_play(self) -> list[PlayRecord]:
        """All plays in the order they began, those that a later sitting repeated too."""
        last = {play.row.id: play for play in self.plays.values()}
        return [last.get(row.id) or PlayRecord(self, row) for row in self.file.rows(rows.Play)]

    def answers(self) -> Iterator[Answer]:
        """What the printer answered, in the order it was asked."""
        for row in self.file.rows(rows.Exchange):
            if (answer := self._answers.get(row.id) or answer_of(row)) is not None:
                yield answer

    def kept_answer(self, row: rows.Exchange) -> Answer | None:
        """The exchange decoded, once: for plays, which keep what came of their steps."""
        found = self._answers.get(row.id) or answer_of(row)
        if found is not None:
            self._answers[row.id] = found
        return found

    @cached_property
    def mails(self) -> list[ReceivedMail]:
        """All mails in the order they were taken."""
        mail_cache = MailCache(self.file)
        envelope = cache(partial(redacted_lines, commands=COMMANDS))  # one for all alike
        return [
            ReceivedMail(mail_cache, replace(m, envelope=envelope(m.envelope))) for m in self.file.rows(rows.MailRow)
        ]

    def rcpt_answers(self, name: bytes) -> list[int]:
        """When RCPT commands that have this in them were answered, in nanoseconds, the first one first."""
        if name not in self._rcpt_answers:
            named = (
                t for session in self.sessions if session.names([name]) for t, _ in session.recipients if name in t.line
            )
            self._rcpt_answers[name] = sorted(turn.reply.t for turn in named if turn.reply is not None)
        return self._rcpt_answers[name]

    @cached_property
    def _rcpt_answers(self) -> dict[bytes, list[int]]:
        return {}

    @cached_property
    def others(self) -> frozenset[str]:
        """The addresses that nothing ought to be sent to."""
        return frozenset(s.asked.other for play in self.plays.values() for s in play.subscriptions.values())

    @cached_property
    def sessions(self) -> list[SessionRecord]:
        """All SMTP sessions in the order they were accepted."""
        return read_sessions(self.file)

    @cached_property
    def _sessions(self) -> dict[int, SessionRecord]:
        return {session.id: session for session in self.sessions}

    def session(self, number: int) -> SessionRecord | None:
        """The SMTP session with that number."""
        return self._sessions.get(number)

    def peer_of(self, mail: ReceivedMail) -> str:
        """The host that brought a mail; empty where that is not on record."""
        session = self.session(mail.row.session)
        return host_of(session.row.peer) if session is not None else ""

    def surely_acknowledged(self, mail: ReceivedMail) -> bool:
        """Whether the printer knows of our 250 for a mail: it did something after it, and no fault came between."""
        session = self.session(mail.row.session)
        if session is None or session.broken_by_us:
            return False
        content = session.content_at(mail.row.start)
        if content is None or not content.taken or content.turn.data_reply is None:
            return False
        return session.last_heard > content.turn.data_reply.t

    @cached_property
    def session_owner(self) -> SessionOwner:
        """Which sessions are a relay's, and not the printer's own."""
        return SessionOwner(self.mails, self.sessions, self._parties)

    @property
    def _parties(self) -> Parties:
        """Who is who: by the facts of the run, and by what the printer calls itself."""
        listed = next((a for a in self.printer or () if a.name == "printer-uri-supported"), None)
        uris = [self.run.printer_uri, *(listed.texts() if listed is not None else ())]
        return Parties(
            one_spelling(self.facts.printer_address or ""),
            frozenset(one_spelling(host) for uri in uris if (host := uri_host(uri))),
            Declared.of(self.facts.relay or ""),
        )

    def relayed(self, mail: ReceivedMail) -> str | None:
        """Why it was a relay that brought this mail; ``None`` if that is not shown."""
        return self.session_owner.relay(mail.row.session)

    def perhaps_relayed(self, mail: ReceivedMail) -> str | None:
        """Why it was a relay that brought this mail, or may have been; ``None`` if nothing speaks for that."""
        return self.relayed(mail) or self.session_owner.dispute(mail.row.session)

    @cached_property
    def _by_address(self) -> dict[str, list[ReceivedMail]]:
        found: dict[str, list[ReceivedMail]] = defaultdict(list)
        for mail in self.mails:
            for key in dict.fromkeys(map(address_key, mail.recipients)):
                found[key].append(mail)
        return found

    def mails_to(self, address: str) -> list[ReceivedMail]:
        """The mails whose envelope names that address."""
        return self._by_address.get(address_key(address), [])

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

    @cached_property
    def printer(self) -> ipp.Group | None:
        """The printer's own attributes, as it first told them.

        ``get`` raises ``Inconclusive`` where that answer could not be read to its end and may have what it lacks.
        """
        return told(Description(a.request, a.row.response, a.row.id) for a in self.descriptions)

    @cached_property
    def descriptions(self) -> tuple[Answer, ...]:
        """The answers in which the printer told about itself."""
        return tuple(self._descriptions())

    def _descriptions(self) -> Iterator[Answer]:
        for row in self.file.rows(rows.Exchange, "operation=?", int(Operation.GET_PRINTER_ATTRIBUTES)):
            if (answer := self._answers.get(row.id) or answer_of(row)) is not None and answer.ok:
                broken = answer.message.problem is not None
                yield replace(answer, message=ipp.decode_on(row.response)[0]) if broken else answer

    def listed(self, name: str) -> ipp.Attribute | None:
        """What the printer says of itself under that name; nothing, too, where its answers could not be read so far.

        For what is reckoned of the whole run: a case asks ``printer`` itself, and is inconclusive where nobody knows.
        """
        try:
            return self.printer.get(name) if self.printer is not None else None
        except Inconclusive:
            return None

    def nobodys_refusal(self, begin: int, end: int) -> SessionRecord | None:
        """A session of that time in which a fault of ours met a mail before its recipient was named.

        What was refused because the printer said it wrongly excuses nothing.
        """
        return next((s for s in self._refused_unnamed if s.row.t <= end and begin <= s.ended), None)

    @cached_property
    def _refused_unnamed(self) -> list[SessionRecord]:
        return [one for one in self.sessions if (one.faults or one.unread_faults) and not one.recipients]

    @cached_property
    def up_times(self) -> list[UpTimeReading]:
        """Every time that the printer told its clock."""
        return readings_in(self.descriptions)

    @cached_property
    def restarts(self) -> list[Restart]:
        """Each time that it came up anew."""
        return restarts_in(self.up_times)

    def restart_between(self, begin: int, end: int) -> Restart | None:
        """One that may have been between these times of ours."""
        return next((restart for restart in self.restarts if restart.touches(begin, end)), None)

    def printer_text(self, name: str) -> str:
        """The first value of a printer attribute as text; ``Inconclusive`` when the printer does not tell it."""
        attribute = self.printer.get(name) if self.printer is not None else None
        if attribute is None:
            raise Inconclusive(f"the printer does not tell its {name}")
        text = attribute.value.text()
        if text is None:
            raise Inconclusive(f"the printer tells a {name} that cannot be read: {attribute.value.show()[:SHOWN]}")
        return text


def attachments(mail: ReceivedMail) -> Sequence[imf.Part]:
    """The leaves of a mail beside its own text body."""
    own = mail.parsed.text
    return [part for part in mail.parsed.leaves if part is not own]


def wants_nothing_attached(subscription: SubscriptionRecord) -> bool:
    """Whether the format asked for is one that leaves the mail a single part."""
    return subscription.format in (NONE_FORMAT, NONE_WORD, "text/plain", "text/plain; charset=us-ascii")
