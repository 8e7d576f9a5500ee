"""What was recorded of a whole run, whichever play it belongs to: what was noted, said and mailed.

Everything is decoded here, from the octets, each time.  ``run_record`` adds the plays, which read this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property, partial
from itertools import pairwise
from typing import Final

from conformance.editions import TRAITS
from conformance.requirements import Binds, Otherwise
from conformance.verdict import Inconclusive, printable
from conformance.vocabulary import NTFY_01, VOCABULARIES, Edition, Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import Operation

from . import rows
from .brought_twice import brought_twice
from .evidence import EvidenceFile
from .exchanges import Answer, answer_of
from .printer_attributes import Description, told
from .received_mail import MailCache, ReceivedMail
from .redaction import redacted_lines
from .run_facts import RunFacts
from .session_owner import Declared, Parties, SessionOwner, host_of, one_spelling, uri_host
from .smtp_sessions import COMMANDS, SessionRecord, read_sessions
from .up_times import ClockAccount, Restart, UpTimeReading, account_of, readings_in
from .word_search import WordSearch

SHOWN: Final = 120  # characters of a value in a reason
SILENT: Final = 5_000_000_000  # nanoseconds without an answer, in which a device may have been off and on
NO_END: Final = "its evidence has no end"


def address_key(address: str) -> str:
    """What two spellings of one recipient address have in common: the domain has no case (RFC 2821 section 2.4)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


class RecordedRun:
    """A run without its plays."""

    def __init__(
        self, file: EvidenceFile, choices: Collection[Otherwise] = (), edition: Edition = Edition.MAILTO_00
    ) -> None:
        self.file = file
        self._choices = frozenset(choices)
        self._answers: dict[int, Answer] = {}  # those of the plays that were looked at
        self.traits = TRAITS[edition]  # of the mail rules it is judged by, whatever it was made for

    def chose(self, choice: Otherwise) -> bool:
        """Whether a reading of the texts is switched to that choice."""
        return choice in self._choices

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
    def exchanges(self) -> list[rows.Exchange]:
        """What the printer was asked, in order; kept, for a play keeps those of its steps as well."""
        return list(self.file.rows(rows.Exchange))

    def answers(self) -> Iterator[Answer]:
        """What the printer answered, in the order it was asked."""
        for row in self.exchanges:
            if (answer := self._answers.get(row.id) or answer_of(row)) is not None:
                yield answer

    def kept_answer(self, row: rows.Exchange) -> Answer | None:
        """The exchange decoded, once: for plays, which keep what came of their steps, and for descriptions."""
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
            named = (t for session in self.naming([name]) for t, _ in session.recipients if name in t.line)
            self._rcpt_answers[name] = sorted(turn.reply.t for turn in named if turn.reply is not None)
        return self._rcpt_answers[name]

    @cached_property
    def _rcpt_answers(self) -> dict[bytes, list[int]]:
        return {}

    def naming(self, words: Sequence[bytes]) -> list[SessionRecord]:
        """The sessions in which a RCPT command has one of these in it, however it is written."""
        return self._rcpt_lines.having(words)

    @cached_property
    def _rcpt_lines(self) -> WordSearch[SessionRecord]:
        return WordSearch((session.rcpt_lines, session) for session in self.sessions)

    def enveloped(self, word: bytes) -> list[ReceivedMail]:
        """The mails that have this in a command of their envelope."""
        return self._envelopes.having([word])

    @cached_property
    def _envelopes(self) -> WordSearch[ReceivedMail]:
        return WordSearch((mail.row.envelope, mail) for mail in self.mails)

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
    def brought_twice(self) -> frozenset[int]:
        """The mails that a relay had brought before, and that the printer sent once."""
        return brought_twice(self.mails, self.relayed)

    @cached_property
    def _by_address(self) -> dict[str, list[ReceivedMail]]:
        found: dict[str, list[ReceivedMail]] = defaultdict(list)
        for mail in self.mails:
            for key in dict.fromkeys(map(address_key, mail.recipients)):
                found[key].append(mail)
        return found

    def mails_to(self, address: str) -> list[ReceivedMail]:
        """The mails whose envelope names that address, each once."""
        came, twice = self.deliveries_to(address), self.brought_twice
        return [mail for mail in came if mail.id not in twice] if twice else came

    def deliveries_to(self, address: str) -> list[ReceivedMail]:
        """The same, with what a relay brought twice."""
        return self._by_address.get(address_key(address), [])

    @cached_property
    def printer(self) -> ipp.Group | None:
        """The printer's own attributes, as it first told them.

        ``get`` raises ``Inconclusive`` where that answer could not be read to its end and may have what it lacks.
        """
        decoded = self._answers  # each description among them
        return told(
            Description(a.request, a.row.response, a.row.id, decoded[a.row.id].message) for a in self.descriptions
        )

    @cached_property
    def descriptions(self) -> tuple[Answer, ...]:
        """The answers in which the printer told about itself."""
        return tuple(self._descriptions())

    def _descriptions(self) -> Iterator[Answer]:
        for row in self.file.rows(rows.Exchange, "operation=?", int(Operation.GET_PRINTER_ATTRIBUTES)):
            if (answer := self.kept_answer(row)) is not None and answer.ok:
                problem = answer.message.problem
                passable = problem is not None and problem.passable
                yield replace(answer, message=ipp.decode_on(row.response)[0]) if passable else answer

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
        """Every time that the printer told its clock, but for slips."""
        return self.clock.told

    @cached_property
    def clock(self) -> ClockAccount:
        """All that the printer told of its clock."""
        return account_of(readings_in(self.descriptions), self._is_calm)

    @cached_property
    def restarts(self) -> list[Restart]:
        """Each time that it came up anew."""
        return [one for one in self.clock.breaks if one.is_believable]

    def _is_calm(self, begin: int, end: int) -> bool:
        """Whether it answered between these times whatever it was asked, and was never silent for long."""
        near = [row for row in self.exchanges if begin < row.t_end and row.t_start < end]
        moments = sorted((begin, end, *(min(row.t_end, end) for row in near)))
        return not any(row.problem for row in near) and all(b - a < SILENT for a, b in pairwise(moments))

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
