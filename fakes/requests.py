"""The IPP requests that the simulated client sends, built from the steps of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.steps import NONE_FORMAT, Ask
from conformance.vocabulary import Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, ValueTag

from .live import NotPlayable

CHARSET: Final = "utf-8"  # RFC 2911 section 3.1.4.1: every printer supports it
LANGUAGE: Final = "en"


def operation_group(printer_uri: str, user: str | None, *more: ipp.Attribute) -> ipp.Group:
    """The group every request begins with (RFC 2911 section 3.1.4 and 3.1.5)."""
    attributes = [
        ipp.charset("attributes-charset", CHARSET),
        ipp.natural_language("attributes-natural-language", LANGUAGE),
        ipp.uri("printer-uri", printer_uri),
    ]
    if user is not None:
        attributes.append(ipp.name_("requesting-user-name", user))
    return ipp.Group(GroupTag.OPERATION, (*attributes, *more))


@dataclass(frozen=True, slots=True)
class Lease:
    """The leases a printer says it grants, in seconds; ``None`` where it does not say."""

    low: int | None = None
    high: int | None = None

    def asked(self, wish: int | str | None) -> int | None:
        """The seconds to ask for; raises ``LookupError`` with the reason when the wish has no such value here."""
        if wish is None or isinstance(wish, int):
            return wish
        low = max(self.low or 0, 2)  # 0 would never end, and one second is over before it can be asked about
        if wish == "min":
            return low
        if self.low is None or self.high is None:
            raise LookupError("the printer does not say which leases it grants")
        if wish == "inside":
            return min(low + 60, self.high)
        if wish == "below":
            if self.low < 2:
                raise LookupError(f"no lease is below {self.low} s without being 0, which means for ever")
            return self.low - 1
        if wish == "above":
            if self.high >= 2**31 - 1:
                raise LookupError("the longest lease is the largest integer")
            return self.high + 1
        raise LookupError(f"no such lease: {wish}")


def lease_range(printer: ipp.Group, vocabulary: Vocabulary) -> Lease:
    """What the printer lists as supported leases, a range or a set of numbers."""
    attribute = printer.get(vocabulary.lease_supported)
    if attribute is None:
        return Lease()
    numbers = list(attribute.integers())
    for value in attribute.values:
        numbers += value.range or ()
    return Lease(min(numbers), max(numbers)) if numbers else Lease()


def language_of(printer: ipp.Group, wish: str | None) -> str | None:
    """The language to ask for; ``{language2}`` is the second one the printer says it can write.

    Raises ``NotPlayable`` when there are not so many.
    """
    if wish is None or not wish.startswith("{"):
        return wish
    listed = printer.get("generated-natural-language-supported")
    languages = listed.texts() if listed is not None else []
    place = int(wish.strip("{}").removeprefix("language"))
    if place > len(languages):
        raise NotPlayable(f"the printer lists {len(languages)} languages that it can write")
    return languages[place - 1]


def subscription_group(
    ask: Ask, vocabulary: Vocabulary, recipient: str | None, user_data: bytes | None, lease: int | None
) -> ipp.Group:
    """A Subscription Attributes group (RFC 3995 section 11.1.1)."""
    v = vocabulary
    attributes: list[ipp.Attribute] = []
    if recipient is not None:
        attributes.append(ipp.uri(v.recipient, recipient))
    if ask.events is not None:
        attributes.append(ipp.keyword(v.events, *ask.events))
    if user_data is not None:
        attributes.append(ipp.octet_string(v.user_data, user_data))
    if ask.format == NONE_FORMAT:
        attributes.append(ipp.out_of_band(v.format, ValueTag.NO_VALUE))
    elif ask.format is not None:
        attributes.append(ipp.mime_media_type(v.format, ask.format))
    if ask.charset is not None:
        attributes.append(ipp.charset(v.charset, ask.charset))
    if ask.language is not None:
        attributes.append(ipp.natural_language(v.language, ask.language))
    if ask.text_only is not None:
        attributes.append(ipp.boolean("notify-mailto-text-only", ask.text_only))
    if lease is not None:
        attributes.append(ipp.integer(v.lease_requested, lease))
    return ipp.Group(GroupTag.SUBSCRIPTION, tuple(attributes))
