"""What a printer has: what it says so itself, and what a run has seen of it.  Words, for a statement to be held to.

Each feature has the name of an entry in such a statement.  ``None`` is for what nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from conformance.verdict import Inconclusive
from conformance.vocabulary import Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import Operation, Status, keyword_of

from .exchanges import lease_told
from .run_record import RunRecord

Words = tuple[str, ...]

NAMES: Final[Mapping[str, Callable[[Vocabulary], str]]] = MappingProxyType({
    "make_and_model": lambda _: "printer-make-and-model",
    "firmware": lambda _: "printer-firmware-string-version",
    "operations": lambda _: "operations-supported",
    "schemes": lambda v: v.schemes_supported,
    "events": lambda v: v.events_supported,
    "max_events": lambda v: v.max_events,
    "formats": lambda v: v.format_supported,
    "charsets": lambda _: "charset-supported",
    "languages": lambda _: "generated-natural-language-supported",
    "max_printer_subscriptions": lambda v: v.max_printer_subscriptions,
    "max_job_subscriptions": lambda v: v.max_job_subscriptions,
    "leases": lambda v: v.lease_supported,
    "lease_default": lambda v: v.lease_default,
    "relay": lambda v: v.relay,
    "security": lambda _: "uri-security-supported",
    "authentication": lambda _: "uri-authentication-supported",
})  # fmt: skip
"""The attribute that tells of each feature."""


def discovered(printer: ipp.Group, vocabulary: Vocabulary) -> dict[str, Words]:
    """What the printer says of itself; nothing of what could not be read."""
    found: dict[str, Words] = {"vocabulary": (vocabulary.name,)}
    for feature, name_in in NAMES.items():
        name = name_in(vocabulary)
        try:
            own = vocabulary.find(printer, name)
            attribute = printer.get(own) if own is not None else None
        except Inconclusive:
            continue
        found[feature] = _words(feature, attribute) if attribute is not None else ()
    return found


def _words(feature: str, attribute: ipp.Attribute) -> Words:
    """Its values, each once, in the order that it lists them."""
    words = [_word(feature, value) for value in attribute.values if not value.out_of_band]
    return tuple(dict.fromkeys(word for word in words if word))


def _word(feature: str, value: ipp.Value) -> str:
    if value.range is not None:
        return "-".join(map(str, value.range))
    if value.integer is not None:
        return keyword_of(Operation, value.integer) if feature == "operations" else str(value.integer)
    return value.text() or ""


def observed(run_record: RunRecord) -> dict[str, Words]:
    """What the run has seen at work, of what can be seen.

    Operations that were answered with success; events of subscriptions to one event alone whose mails came; media types
    of what was mailed; leases that were granted, from the shortest to the longest; TLS or none of requests that were
    answered.
    """
    operations, security = dict[str, None](), dict[str, None]()
    for answer in run_record.answers():
        if answer.ok:
            operations[answer.operation] = None
            security["tls" if answer.row.tls else "none"] = None
    return {
        "vocabulary": (run_record.vocabulary.name,),
        "operations": tuple(operations),
        "schemes": ("mailto",) if run_record.mails else (),
        "security": tuple(security),
        **_of_subscriptions(run_record),
    }


def _of_subscriptions(run_record: RunRecord) -> dict[str, Words]:
    events, formats, leases = dict[str, None](), dict[str, None](), list[int]()
    for play in run_record.every_play:
        for subscription in play.subscriptions.values():
            group = subscription.group if subscription.id is not None else None
            lease = lease_told(group, run_record.vocabulary) if group is not None else None
            leases += [lease] if lease is not None else []
            asked = subscription.asked.events or ()
            if subscription.mails and len(asked) == 1:  # else a mail may be about any of them
                events[asked[0]] = None
            formats |= {part.type: None for mail in subscription.mails for part in mail.parsed.leaves}
    span = "-".join(str(lease) for lease in sorted({min(leases), max(leases)})) if leases else ""
    return {"events": tuple(events), "formats": tuple(formats), "leases": (span,) if span else ()}


def refused(run_record: RunRecord) -> dict[str, int]:
    """Operations that the printer never carried out and said it has not, with the exchange that shows it."""
    found, succeeded = dict[str, int](), set[str]()
    for answer in run_record.answers():
        if answer.status == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED:
            found.setdefault(answer.operation, answer.row.id)
        elif answer.ok:
            succeeded.add(answer.operation)
    return {name: number for name, number in found.items() if name not in succeeded}
