"""Each header field of a mail: where what stands in it should have come from, and which entries speak of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.editions import TRAITS, ContentChoice
from conformance.record.subscription_record import SubscriptionRecord
from conformance.requirements import Catalogue
from conformance.verdict import Verdict
from conformance.vocabulary import Edition, Vocabulary
from reports.viewing.mails import FieldView
from reports.viewing.octets import spelled

_OWN: Final = re.compile(r"(?:T1|M4)-([A-Za-z]+)-[0-9]+")  # the entries on one field have its name in theirs
_NAMES: Final = {"ReplyTo": "reply-to", "CT": "content-type"}
_MORE: Final[Mapping[str, tuple[str, ...]]] = {
    "from": ("1-6", "4.4-2"),
    "reply-to": ("T1-From-3",),
    "date": ("S-date",),
    "message-id": ("S-id",),
    "mime-version": ("S-mime",),
    "content-type": ("S-mime",),
    "content-transfer-encoding": ("S-mime",),
}


MAX_TOLD: Final = 120  # characters of an attribute's value beside a field


@dataclass(frozen=True, slots=True)
class FieldOrigin:
    """``source`` is in words; ``breaks`` what was found wrong in this very field, ``meets`` what passed in the run."""

    field: FieldView
    source: str
    breaks: tuple[str, ...]
    meets: tuple[str, ...]


def told_by(subscription: SubscriptionRecord) -> dict[str, str]:
    """The values of a subscription that fields are made from."""
    names = subscription.vocabulary
    asked = {
        names.recipient: subscription.asked.recipient,
        names.user_name: subscription.user_name,
        names.user_data: None if subscription.user_data is None else spelled(subscription.user_data),
        names.language: subscription.asked.language,
        names.charset: subscription.asked.charset,
        names.format: subscription.asked.format,
    }
    return {name: value[:MAX_TOLD] for name, value in asked.items() if value}


def source_of(name: str, edition: Edition, vocabulary: Vocabulary, told: Mapping[str, str]) -> str:
    """From which attributes a field is to be filled; ``told`` has the values that are known."""

    def attribute(key: str) -> str:
        return f"{key} ({told[key]})" if key in told else key

    user_data, recipient = attribute(vocabulary.user_data), attribute(vocabulary.recipient)
    words = f"in {attribute(vocabulary.language)}"
    own = TRAITS[edition].from_subscriber
    by_format = TRAITS[edition].content is ContentChoice.FORMAT
    return {
        "from": f"the name is {attribute('printer-name')}, the address "
        + (user_data if own else "the printer's or an administrator's"),
        "sender": f"the name is {attribute(vocabulary.user_name)}, the address {user_data}" if own else user_data,
        "reply-to": "" if own else user_data,
        "to": f"what follows mailto: in {recipient}",
        "subject": f"{'the prefix, ' if by_format else ''}the event and the job or printer, {words}",
        "date": "the time of the event, by printer-current-time",
        "content-type": f"what was granted as {attribute(vocabulary.format)}"
        if by_format
        else f"{attribute(vocabulary.charset)} and what is sent",
    }.get(name.lower(), "")


def speaking_of(name: str, known: Collection[str]) -> Iterator[str]:
    """The entries of the catalogue that are about a field."""
    key = name.lower()
    for entry in known:
        own = _OWN.fullmatch(entry)
        if own is not None and _NAMES.get(own[1], own[1].lower()) == key:
            yield entry
    yield from (entry for entry in _MORE.get(key, ()) if entry in known)


def origin_of(
    field: FieldView,
    source: str,
    catalogue: Catalogue,
    verdicts: Mapping[str, Verdict],
    broken: Collection[tuple[str, tuple[int, int]]],
) -> FieldOrigin:
    """``broken`` are the places of this mail that a verdict points at, each with the requirement."""
    first, last = field.span
    breaks = dict.fromkeys(name for name, (a, b) in broken if a < last and first < b)
    about = dict.fromkeys(speaking_of(field.name, catalogue))
    meets = tuple(name for name in about if verdicts.get(name) is Verdict.PASS and name not in breaks)
    return FieldOrigin(field, source, tuple(breaks), meets)
