"""The IPP requests that the simulated client sends, built from the steps of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from conformance.languages import written_language
from conformance.record.outcomes import Asked
from conformance.scenarios.steps import NONE_FORMAT, Ask
from conformance.vocabulary import NTFY_01, Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, ValueTag

from .ixit import OPERATION_GROUP
from .live_subscription import NotPlayable

USER_DATA: Final = 63  # octets at most (RFC 3995 section 5.3.5)
CHARSET: Final = "utf-8"  # RFC 2911 section 3.1.4.1: every printer supports it
LANGUAGE: Final = "en"
OBLIGATORY_EVENTS: Final = 5  # that many a subscription can list: not-spec-01 section 6.4
OBLIGATORY_EVENTS_RFC3995: Final = 2  # section 5.3.3


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


LASTING: Final = 9
"""Seconds of a lease in whose last fourth there is time to print, where printer and bench are quick.

By a clock of whole seconds it may end one earlier, and one more is never sure."""
SLOW_ANSWER: Final = 0.5  # seconds, in which nobody misses the end of the shortest lease
LASTING_SLOWLY: Final = 12  # where they are not
LASTING_LONG: Final = 20  # where even that was too short


@dataclass(frozen=True, slots=True)
class LeaseRange:
    """The leases a printer says it grants, in seconds: ranges, of which the numbers alone are short ones."""

    ranges: tuple[tuple[int, int], ...] = ()
    lasting: int = LASTING
    readable: int = 2  # seconds that one has to last to be read before it is over: a clock of ours and one of theirs

    @property
    def low(self) -> int | None:
        """The shortest; ``None`` where the printer does not say."""
        return min((low for low, _ in self.ranges), default=None)

    @property
    def high(self) -> int | None:
        """The longest; ``None`` where the printer does not say."""
        return max((high for _, high in self.ranges), default=None)

    def asked(self, wish: int | str | None) -> int | None:
        """The seconds to ask for; raises ``LookupError`` with the reason when the wish has no such value here."""
        if wish is None or isinstance(wish, int):
            return wish
        low = max(self.low or 0, 2)  # 0 would never end, and one second is over before it can be asked about
        if wish == "min":
            return low if self.readable <= low else self._from(self.readable) or self.high or low
        if self.low is None or self.high is None:
            raise LookupError("the printer does not say which leases it grants")
        if wish == "inside":
            return self._from(low + 60) or self.high
        if wish == "lasting":
            return self._from(max(low, self.lasting)) or self.high
        if wish in ("short", "long"):  # a lease of 2 may end after 1 by a clock of whole seconds; 3 leave time to renew
            short = self._from(max(low, 3, self.readable)) or self.high
            long = self._from(2 * short)
            if long is None:
                raise LookupError(f"no lease is twice as long as {short} s, the longest is {self.high} s")
            return short if wish == "short" else long
        if wish == "below":
            if self.low < 2:
                raise LookupError(f"no lease is below {self.low} s without being 0, which means for ever")
            if self.low < self.readable:
                raise LookupError(f"a lease of {self.low} s is over before this printer answers who asks about it")
            return self.low - 1
        if wish == "above":
            if self.high >= 2**31 - 1:
                raise LookupError("the longest lease is the largest integer")
            return self.high + 1
        raise LookupError(f"no such lease: {wish}")

    def answered_in(self, seconds: float) -> LeaseRange:
        """The same, where an answer takes so long: three of them come before a lease is read."""
        return self if seconds < SLOW_ANSWER else replace(self, readable=max(self.readable, 3 + ceil(3 * seconds)))

    def lengthened(self, lasting: int = LASTING_LONG) -> LeaseRange | None:
        """The same, with a lasting lease of so many seconds; ``None`` where the printer grants none that is longer."""
        longer = replace(self, lasting=max(lasting, self.lasting))
        return longer if longer.asked("lasting") != self.asked("lasting") else None

    def _from(self, seconds: int) -> int | None:
        """The shortest lease that is as long, or longer."""
        return min((max(low, seconds) for low, high in self.ranges if seconds <= high), default=None)


def carried(
    carrier: str, operation: ipp.Group, subscriptions: Sequence[ipp.Group], *, job_creation: bool
) -> list[ipp.Group]:
    """The groups of a request that asks for subscriptions; ``carrier`` is the IXIT's.

    In the older manner they stand in the operation group: the attributes themselves, of which there can be one set, or
    collections in job-notify (not-spec-02 section 8.1.1) where a job is made.  Raises ``NotPlayable``.
    """
    if carrier != OPERATION_GROUP or not subscriptions:
        return [operation, *subscriptions]
    if job_creation:
        notify = ipp.collection("job-notify", *(group.attributes for group in subscriptions))
        return [replace(operation, attributes=(*operation, notify))]
    if len(subscriptions) > 1:
        raise NotPlayable("the IXIT's carrier, the operation group, has room for one subscription alone")
    return [replace(operation, attributes=(*operation, *subscriptions[0]))]


def lease_range(printer: ipp.Group, vocabulary: Vocabulary) -> LeaseRange:
    """What the printer lists as supported leases, a range or a set of numbers."""
    attribute = printer.get(vocabulary.lease_supported)
    if attribute is None:
        return LeaseRange()
    ranges = [(number, number) for number in attribute.integers()]
    return LeaseRange((*ranges, *(value.range for value in attribute.values if value.range is not None)))


def fill_in(template: str, address: str, user: str, prefix: str, other: str, job: str) -> str:
    """A template of the steps made concrete; ``prefix`` is what this printer wants before user data."""
    local, _, domain = address.partition("@")
    user_domain = user.partition("@")[2]
    return template.format(
        address=address,
        local=local,
        domain=domain,
        other=other,
        prefix=prefix,
        user=prefix + user,
        user63=prefix + f"@{user_domain}".rjust(USER_DATA - len(prefix), "u"),
        user64=prefix + f"@{user_domain}".rjust(USER_DATA + 1 - len(prefix), "u"),
        own=prefix + address,
        bare=user,
        job=job,
    )


def language_of(printer: ipp.Group, wish: str | None) -> str | None:
    """The language to ask for; ``{language2}`` is the second one the printer says it can write, if it is another one.

    Raises ``NotPlayable`` when there are not so many.
    """
    if wish is None or not wish.startswith("{"):
        return wish
    listed = printer.get("generated-natural-language-supported")
    others = dict[str, str]()
    for tag in listed.texts() if listed is not None else ():
        others.setdefault(written_language(tag), tag)  # of en and en-us a text may well be the same
    languages = list(others.values())
    place = int(wish.strip("{}").removeprefix("language"))
    if place > len(languages):
        raise NotPlayable(f"the printer lists {len(languages)} languages that it can write")
    return languages[place - 1]


def events_of(printer: ipp.Group, vocabulary: Vocabulary, ask: Ask) -> tuple[str, ...] | None:
    """The events to ask for; raises ``NotPlayable`` where the printer lists too few for ``event_count``."""
    if not ask.event_count:
        return ask.events
    listed = printer.get(vocabulary.events_supported)
    usable = tuple(e for e in dict.fromkeys(listed.texts() if listed is not None else ()) if e != "none")
    wanted = OBLIGATORY_EVENTS if vocabulary is NTFY_01 else OBLIGATORY_EVENTS_RFC3995
    if ask.event_count != "required":
        most = printer.get(vocabulary.max_events)
        if most is None or most.value.integer is None:
            raise NotPlayable(f"the printer does not list {vocabulary.max_events}")
        wanted = most.value.integer + (ask.event_count == "excess")
    if not 0 < wanted <= len(usable):
        raise NotPlayable(f"the printer lists {len(usable)} events, so that nobody can ask for {wanted}")
    return usable[:wanted]


def one_too_many(printer: ipp.Group, attribute: str, bearable: int) -> int:
    """One subscription more than the printer says it holds; ``NotPlayable`` where it says no number, or a great one."""
    listed = printer.get(attribute)
    most = (listed.value.integer if listed is not None else None) or 0
    if most <= 0:  # 0 stands for no limit: not-spec-01 sections 6.6 and 6.7
        raise NotPlayable(f"the printer sets no limit by {attribute}")
    if most > bearable:
        raise NotPlayable(
            f"the printer holds {most} subscriptions, and no more than {bearable} are made to fill it; "
            "raise max-fill in the IXIT to try it"
        )
    return most + 1


def subscription_group(asked: Asked, vocabulary: Vocabulary) -> ipp.Group:
    """A Subscription Attributes group (RFC 3995 section 11.1.1)."""
    v = vocabulary
    attributes: list[ipp.Attribute] = []
    if asked.recipient is not None:
        attributes.append(ipp.uri(v.recipient, asked.recipient))
    if asked.events is not None:
        attributes.append(ipp.keyword(v.events, *asked.events))
    if asked.user_data is not None:
        attributes.append(ipp.octet_string(v.user_data, asked.user_data))
    if asked.format == NONE_FORMAT:
        attributes.append(ipp.out_of_band(v.format, ValueTag.NO_VALUE))
    elif asked.format is not None:
        attributes.append(ipp.mime_media_type(v.format, asked.format))
    if asked.charset is not None:
        attributes.append(ipp.charset(v.charset, asked.charset))
    if asked.language is not None:
        attributes.append(ipp.natural_language(v.language, asked.language))
    if asked.text_only is not None:
        attributes.append(ipp.boolean("notify-mailto-text-only", asked.text_only))
    if asked.lease is not None:
        attributes.append(ipp.integer(v.lease_requested, asked.lease))
    return ipp.Group(GroupTag.SUBSCRIPTION, tuple(attributes))
