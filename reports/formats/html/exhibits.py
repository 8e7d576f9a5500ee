"""The evidence that the page brings along: what findings point at, and a sample of each kind.

A run has more than a thousand mails, and a page with all of them nobody could open: ``ippmailto show`` has the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_from_bytes

from conformance.record.received_mail import ReceivedMail
from conformance.record.recorded_run import address_key
from conformance.record.rows import Exchange
from conformance.record.run_record import RunRecord
from conformance.record.smtp_sessions import read_session
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Verdict, Where
from conformance.wire.problem import Span
from reports.formats.findings import alike
from reports.judging.judging import JudgedRun
from reports.viewing import ExchangeView, MailView, SessionView, exchange_view, mail_view, session_view

from .field_origins import FieldOrigin, origin_of, source_of, told_by

MAX_EXHIBITS: Final = 90  # of a printer that fails everywhere; a page of them takes a browser half a second
MAX_TEXT: Final = 1_500_000  # characters of all of them; what comes after that is named only
MAX_DOWNLOAD: Final = 16 * 1024  # octets; a notification has one or two thousand
PLACES: Final = 2  # of one case; the others are the same again
_ORDER: Final = ("mail", "smtp", "ipp")
FINDINGS: Final = (Verdict.FAIL, Verdict.WAIVED, Verdict.WARNING)
_SAFE: Final = "!$'()*+,-./:;=?@_~"  # what may stand in a data URI as it is; no base64, so that a search finds its text


@dataclass(frozen=True, slots=True)
class Download:
    """Something to save: the name of the file, and the URI that holds it; empty where it would be too large."""

    name: str
    uri: str


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A piece of evidence; one of the three views is there.  ``about`` are the requirements that point at it."""

    kind: str
    id: int
    about: tuple[str, ...]
    downloads: tuple[Download, ...]
    mail: MailView | None = None
    fields: tuple[FieldOrigin, ...] = ()
    session: SessionView | None = None
    exchange: ExchangeView | None = None

    @property
    def anchor(self) -> str:
        """Its id on the page."""
        return anchor(self.kind, self.id)


def anchor(kind: str, number: int) -> str:
    """The id on the page of a piece of evidence."""
    return f"{kind}-{number}"


def exhibits_of(judged: JudgedRun, run_record: RunRecord) -> list[Exhibit]:
    """Mails, then sessions, then exchanges; each once, however many findings point at it."""
    places = _places(judged)
    samples = _samples(judged, run_record)
    numbers = list(dict.fromkeys([*places, *samples]))[:MAX_EXHIBITS]
    builder = _Builder(judged, run_record)
    found, characters = [], 0
    for kind, number in numbers:
        exhibit = builder.build(kind, number, places.get((kind, number), []))
        if exhibit is not None and (characters := characters + len(repr(exhibit))) <= MAX_TEXT:
            found.append(exhibit)
    return sorted(found, key=lambda exhibit: (_ORDER.index(exhibit.kind), exhibit.id))


def _places(judged: JudgedRun) -> dict[tuple[str, int], list[tuple[str, Span | None]]]:
    """What the findings shown point at, with the requirements, those that fail first."""
    found: dict[tuple[str, int], list[tuple[str, Span | None]]] = defaultdict(list)
    for wanted in FINDINGS:
        for requirement in judged.verdict.requirements:
            cases = [c for c in requirement.cases if c.verdict is wanted and requirement.verdict is wanted]
            for group in alike(cases):
                for where in group[0].case.where[:PLACES]:
                    found[where.kind, where.id].append((requirement.id, where.octets))
    for left in judged.ledger.left_over[:MAX_EXHIBITS]:
        found[left.where.kind, left.where.id].extend((name, left.where.octets) for name in left.requirements)
    return found


def _samples(judged: JudgedRun, run_record: RunRecord) -> Iterator[tuple[str, int]]:
    """A mail that was not blamed, its session, and the exchange that made its subscription."""
    mail = next(iter(run_record.mails), None)
    if mail is not None:
        yield "mail", mail.id
        yield "smtp", mail.row.session
    description = next(iter(run_record.descriptions), None)
    if description is not None:
        yield "ipp", description.row.id
    for play in run_record.plays.values():
        for subscription in play.subscriptions.values():
            if subscription.step.answers:
                yield "ipp", subscription.step.answers[0].row.id
                return


class _Builder:
    """Reads the evidence, and what all exhibits need of it once."""

    def __init__(self, judged: JudgedRun, run_record: RunRecord) -> None:
        self._judged, self._run = judged, run_record
        self._mails = {mail.id: mail for mail in run_record.mails}
        self._verdicts = {r.id: r.verdict for r in judged.verdict.requirements}
        self._subscriptions: dict[str, SubscriptionRecord] = {}
        for play in run_record.every_play:
            for subscription in play.subscriptions.values():
                self._subscriptions.setdefault(address_key(subscription.address), subscription)

    def build(self, kind: str, number: int, places: Sequence[tuple[str, Span | None]]) -> Exhibit | None:
        """The exhibit; ``None`` for what is not in the evidence."""
        about = tuple(dict.fromkeys(name for name, _ in places))
        spans = [span for _, span in places if span is not None]
        if kind == "mail" and (mail := self._mails.get(number)) is not None:
            view = mail_view(mail, spans)
            broken = [(name, span) for name, span in places if span is not None]
            downloads = _downloads((f"mail-{number}.eml", "message/rfc822", view.octets))
            return Exhibit(kind, number, about, downloads, mail=view, fields=self._fields(mail, view, broken))
        if kind == "smtp" and (session := read_session(self._run.file, number)) is not None:
            seen = session_view(session, spans)
            return Exhibit(kind, number, about, (), session=seen)
        row = next(self._run.file.rows(Exchange, "id=?", number), None) if kind == "ipp" else None
        if row is None:
            return None
        downloads = _downloads(
            (f"request-{number}.ipp", "application/ipp", row.request),
            (f"response-{number}.ipp", "application/ipp", row.response),
        )
        return Exhibit(kind, number, about, downloads, exchange=exchange_view(row, spans))

    def _fields(
        self, mail: ReceivedMail, view: MailView, broken: Sequence[tuple[str, Span]]
    ) -> tuple[FieldOrigin, ...]:
        told = self._told(mail)
        edition, vocabulary = self._judged.edition, self._run.vocabulary
        return tuple(
            origin_of(
                field, source_of(field.name, edition, vocabulary, told), self._judged.catalogue, self._verdicts, broken
            )
            for field in view.fields
        )

    def _told(self, mail: ReceivedMail) -> dict[str, str]:
        """The values from which its fields ought to be made, as far as they are known."""
        told = {}
        if self._judged.printer["name"]:
            told["printer-name"] = self._judged.printer["name"]
        keys = map(address_key, mail.recipients)
        subscription = next((self._subscriptions[key] for key in keys if key in self._subscriptions), None)
        if subscription is not None:
            told |= told_by(subscription)
        return told


def _downloads(*wanted: tuple[str, str, bytes]) -> tuple[Download, ...]:
    return tuple(
        Download(name, f"data:{kind},{quote_from_bytes(octets, safe=_SAFE)}" if len(octets) <= MAX_DOWNLOAD else "")
        for name, kind, octets in wanted
        if octets
    )


def shown_anchors(exhibits: Iterable[Exhibit]) -> frozenset[str]:
    """Where links to evidence lead somewhere."""
    return frozenset(exhibit.anchor for exhibit in exhibits)


def anchor_of(where: Where) -> str:
    """The id on the page of what a verdict points at."""
    return anchor(where.kind, where.id)
