"""Looks at what a client did, for the cases that judge clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.record.client_record import ClientRecord, ClientRequest, WayRecord
from conformance.verdict import Inconclusive, NotApplicable, Where
from conformance.vocabulary import VOCABULARIES
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation

from .mail_lookup import media, names_charset

MAILTO = "mailto:"
USER_NAME = "requesting-user-name"
_RECIPIENTS = tuple(v.recipient for v in VOCABULARIES.values())
_USER_DATA = tuple(v.user_data for v in VOCABULARIES.values())
_USER_NAMES = tuple(v.user_name for v in VOCABULARIES.values())
_PULL = "notify-pull-method"
_CREATING = frozenset(
    (
        *(Operation.PRINT_JOB, Operation.PRINT_URI, Operation.VALIDATE_JOB, Operation.CREATE_JOB),
        *(Operation.CREATE_PRINTER_SUBSCRIPTIONS, Operation.CREATE_JOB_SUBSCRIPTIONS),
    )
)
XML = frozenset(("application/xml", "application/xml-dtd", "application/xml-external-parsed-entity"))
_FORMATS = ("notify-format", "notify-text-format")


@dataclass(frozen=True, slots=True)
class MailSubscription:
    """What a request asks for in one group of a subscription by mail, whichever vocabulary it has the names of."""

    way: WayRecord
    request: ClientRequest
    group: ipp.Group

    @property
    def recipient(self) -> str:
        """To whom the mails are to go."""
        return _text(self.group, *_RECIPIENTS) or ""

    @property
    def user_data(self) -> bytes | None:
        """The octets of the user data; ``None`` where there are none."""
        found = _first(self.group, *_USER_DATA)
        return found.value.octets if found is not None else None

    @property
    def format(self) -> str | None:
        """The media type asked for; ``None`` where none is."""
        return _text(self.group, *_FORMATS)

    @property
    def charset(self) -> str | None:
        """The value of notify-charset; ``None`` where there is none."""
        return _text(self.group, "notify-charset")

    @property
    def user_name(self) -> str:
        """requesting-user-name; empty where there is none, or only blanks."""
        operation = self.request.operation_groups
        return next((text for group in operation if (text := _name(group, USER_NAME))), "")

    @property
    def subscriber_name(self) -> str:
        """The attribute that only a printer sets; empty likewise."""
        groups = [self.group, *self.request.operation_groups]
        return next((text for group in groups if (text := _name(group, *_USER_NAMES))), "")

    @property
    def where(self) -> Where:
        """Its place in the evidence."""
        return self.request.where


def _first(group: ipp.Group, *names: str) -> ipp.Attribute | None:
    return next((found for name in names if (found := group.get(name)) is not None), None)


def _text(group: ipp.Group, *names: str) -> str | None:
    found = _first(group, *names)
    return found.value.text() if found is not None else None


def _name(group: ipp.Group, *names: str) -> str:
    return (_text(group, *names) or "").strip()


def takes_charset(format_: str | None) -> bool:
    """Whether a media type has a charset parameter, given or not: text of any kind, and XML (RFC 7303)."""
    kind = media(format_ or "").partition(";")[0]
    return names_charset(format_) or kind in XML or kind.endswith("+xml")


def mail_subscriptions(client: ClientRecord) -> list[MailSubscription]:
    """All that the client asked for; ``NotApplicable`` where it asked for none by mail."""
    found = [one for way in client.ways for one in _of(way) if _is_by_mail(one.recipient)]
    if not found:
        raise NotApplicable("the client did not subscribe by mail")
    return found


def for_nobody(client: ClientRecord) -> list[MailSubscription]:
    """What it asked for with neither a recipient nor a way to fetch the events."""
    return [
        one
        for way in client.ways
        for one in _of(way)
        if not one.recipient and one.group.get(_PULL) is None and one.request.operation in _CREATING
    ]


def _is_by_mail(recipient: str) -> bool:
    """Whether it is for mail, or must be meant so: an address without any scheme."""
    return recipient.lower().startswith(MAILTO) or ("@" in recipient and ":" not in recipient)


def _of(way: WayRecord) -> Iterator[MailSubscription]:
    for request in way.operations:
        message = request.message
        if message is None:
            continue
        groups = message.all(GroupTag.SUBSCRIPTION)
        if message.code in (Operation.CREATE_PRINTER_SUBSCRIPTIONS, Operation.CREATE_JOB_SUBSCRIPTIONS) and not groups:
            groups = message.all(GroupTag.OPERATION)  # as the oldest text has it
        for group in groups:
            yield MailSubscription(way, request, group)


def insisting(client: ClientRecord) -> list[WayRecord]:
    """The ways in which it was to use TLS or nothing; a judgement where there is none, or nothing came of them."""
    ways = [way for way in client.ways if way.facts.insists]
    if not ways:
        raise NotApplicable("the client was not said to insist on TLS (--insist-tls)")
    if not any(way.contacts for way in ways):
        raise Inconclusive("the client made no connection")
    return ways
