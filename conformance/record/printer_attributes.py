"""What a printer tells of itself; that it does not list something is said of answers that were read to their end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.verdict import Inconclusive
from conformance.vocabulary import VOCABULARIES
from conformance.wire import ipp
from conformance.wire.registry import GroupTag

EVERYTHING = frozenset({"all", "printer-description", "job-template", "subscription-template"})  # names of groups

# The attributes of a printer that somebody here looks at, to be asked for by name where asking for all did not do.
LOOKED_AT = (
    "charset-configured",
    "charset-supported",
    "document-format-default",
    "document-format-supported",
    "generated-natural-language-supported",
    "ipp-versions-supported",
    "natural-language-configured",
    "notify-pull-method-supported",
    "operations-supported",
    "printer-current-time",
    "printer-firmware-string-version",
    "printer-make-and-model",
    "printer-more-info",
    "printer-name",
    "printer-state",
    "printer-state-reasons",
    "printer-up-time",
    "printer-uri-supported",
    "printer-uuid",
    "uri-authentication-supported",
    "uri-security-supported",
)


def names_looked_at() -> tuple[str, ...]:
    """All of them, those of both vocabularies among them."""
    own = (
        "schemes_supported", "events_supported", "events_default", "format_supported", "max_events", "lease_supported",
        "lease_default", "max_printer_subscriptions", "max_job_subscriptions", "relay",
    )  # fmt: skip
    spoken = (getattr(v, name) for v in VOCABULARIES.values() for name in own)
    synonyms = (other for v in VOCABULARIES.values() for name, other in v.synonyms if name.endswith("-supported"))
    return tuple(dict.fromkeys((*LOOKED_AT, *spoken, *synonyms)))


@dataclass(frozen=True, slots=True)
class PartlyRead(ipp.Group):
    """The attributes of answers none of which could be read whole.

    ``unread`` are those that could not be, ``None`` stands for any; ``absent`` are known not to be there.  Whoever asks
    for one of which nothing is known gets ``Inconclusive``.
    """

    unread: frozenset[str] | None = None
    absent: frozenset[str] = frozenset()
    why: str = ""

    def get(self, name: str) -> ipp.Attribute | None:
        """The first attribute of that name; raises ``Inconclusive`` when it may stand where nobody could read."""
        found = ipp.Group.get(self, name)
        if found is None and name not in self.absent and (self.unread is None or name in self.unread):
            raise Inconclusive(f"{self.why}: whether it lists {name} is not known")
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None


@dataclass(frozen=True, slots=True)
class Description:
    """One answer to Get-Printer-Attributes: its request, its octets, and its number in the evidence.

    ``decoded`` spares reading it anew where it has been read up to its first fault.
    """

    request: ipp.Message
    response: bytes
    number: int
    decoded: ipp.Message | None = None

    def read_on(self) -> tuple[ipp.Message, tuple[ipp.Skipped, ...]]:
        """The answer, past what can be passed over."""
        if self.decoded is not None and not (self.decoded.problem is not None and self.decoded.problem.passable):
            return self.decoded, ()
        return ipp.decode_on(self.response)

    @property
    def asked(self) -> frozenset[str] | None:
        """The names that were asked for; ``None`` for everything."""
        attribute = self.request.find("requested-attributes", GroupTag.OPERATION)
        names = frozenset(attribute.texts()) if attribute is not None else EVERYTHING
        return None if names & EVERYTHING else names


def told(descriptions: Iterable[Description]) -> ipp.Group | None:
    """The printer's attributes: from the first answer that has all of them, else from all there is."""
    groups, absent, why = list[ipp.Group](), frozenset[str](), ""
    unread: frozenset[str] | None = frozenset()
    for description in descriptions:
        message, skipped = description.read_on()
        group = message.first(GroupTag.PRINTER)
        trouble = _trouble(message, skipped)
        if group is None:
            continue
        if not trouble and description.asked is None:
            return group
        if not trouble:
            absent |= description.asked or frozenset()
        elif description.asked is None and not why:
            why = f"the printer's answer cannot be read {trouble} (ipp #{description.number})"
            unread = None if message.problem is not None else frozenset(s.name for s in skipped)
        groups.append(group)
    if not groups or not why:
        return groups[0] if groups else None
    merged = {attribute.name: attribute for group in reversed(groups) for attribute in group}
    return PartlyRead(GroupTag.PRINTER, tuple(merged.values()), unread, absent, why)


def _trouble(message: ipp.Message, skipped: tuple[ipp.Skipped, ...]) -> str:
    """Where reading met something that it could not read; nothing where all was read."""
    if message.problem is not None:
        return f"beyond octet {message.problem.offset}: {message.problem.reason}"
    if skipped:
        return f"at octet {skipped[0].offset}, {ascii(skipped[0].name)[1:-1]}: {skipped[0].reason}"
    return ""
