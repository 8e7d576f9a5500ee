"""What a directory has on the printer, beside what the printer says of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from conformance.record import PlayRecord
from conformance.record.exchanges import Answer
from conformance.record.outcomes import DirectoryRead
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire import ipp
from conformance.wire.directory import Entry, Instance, Xri, entries, instances, xri
from conformance.wire.registry import GroupTag

from .ipp_lookup import IPP_PORT
from .security_lookup import AUTHENTICATION, SECURITY, URIS, Lists, all_lists, visit

LDIF, ZONE = "ldif", "zone"
Place = tuple[str, str, int, str]  # scheme, host, port, path
Triple = tuple[Place, str, str]  # and the authentication and security there


@dataclass(frozen=True)
class DescribedPrinter:
    """The printer of the run, as it describes itself over the way of the run."""

    answer: Answer
    group: ipp.Group
    lists: Lists

    def text(self, name: str) -> str | None:
        """The first value of an attribute as text."""
        attribute = self.group.get(name)
        return attribute.value.text(self.answer.message.charset) if attribute is not None else None

    @property
    def triples(self) -> set[Triple]:
        """Each URI with its authentication and security."""
        return _triples(self.lists)

    @property
    def places(self) -> set[Place]:
        """Where its URIs are."""
        return {place(uri) for uri in self.lists.uris or ()}

    @property
    def hosts(self) -> set[str]:
        """What its URIs call the host."""
        return {host for _, host, _, _ in self.places}

    @property
    def uuid(self) -> str:
        """printer-uuid without what stands before the number; empty where there is none."""
        return (self.text("printer-uuid") or "").lower().removeprefix("urn:uuid:")


def _triples(lists: Lists) -> set[Triple]:
    uris, security, authentication = lists.uris, lists.security, lists.authentication
    if uris is None or security is None or authentication is None:
        raise Inconclusive(f"the printer does not tell {URIS}, {AUTHENTICATION} and {SECURITY}")
    if not len(uris) == len(security) == len(authentication):
        raise Inconclusive("the printer's three lists are not of one length")
    return {(place(u), a, s) for u, a, s in zip(uris, authentication, security, strict=True)}


def told_by_any_way(play: PlayRecord) -> set[Triple]:
    """The same from whatever answer there is: a printer may tell in the clear of the clear, and in TLS of TLS."""
    return {triple for lists in all_lists(play) for triple in _triples(lists)}


def described(play: PlayRecord) -> DescribedPrinter:
    """What the printer said in this play."""
    one = visit(play, "printer")
    answer = one.answer
    group = answer.message.first(GroupTag.PRINTER) if answer is not None and answer.ok else None
    lists = Lists.of(answer) if answer is not None else None
    if answer is None or group is None or lists is None:
        raise Inconclusive(f"the printer does not describe itself: {one.said()}", (one.where,))
    return DescribedPrinter(answer, group, lists)


def place(uri: str) -> Place:
    """A URI as it is compared: case of scheme and host, and the port that need not be written, do not count."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return "", uri, 0, ""
    scheme = parts.scheme.lower()
    default = {"http": 80, "https": 443}.get(scheme, IPP_PORT)
    return scheme, (parts.hostname or "").rstrip("."), port or default, parts.path or "/"


def _texts(play: PlayRecord, kind: str) -> list[str]:
    """What the directories of that kind said; ``Inconclusive`` where one was asked and did not answer."""
    sources = [s for s in play.step("ReadDirectory").came_of(DirectoryRead).sources if s.kind in ("", kind)]
    for source in sources:
        if source.not_read:
            raise Inconclusive(source.not_read)
    return [source.text for source in sources]


def ldap_entry(play: PlayRecord, printer: DescribedPrinter) -> tuple[Entry, list[Xri]]:
    """The printer's entry: the one that has its UUID or a URI of it, or the name of it and nobody else's host.

    A name is nobody's own: a directory may have several printers of one name.
    """
    texts = _texts(play, LDIF)
    if not texts:
        raise NotApplicable("no LDAP directory was named (--directory)")
    found = [(entry, _xris(entry)) for text in texts for entry in entries(text)]
    name = printer.text("printer-name")
    named = [(entry, values) for entry, values in found if name in entry.get("printer-name")]
    for candidates in (
        [(e, v) for e, v in found if _has_uuid(e, printer.uuid)],
        [(e, v) for e, v in found if {place(one.uri) for one in v} & printer.places],
        [(e, v) for e, v in named if {place(one.uri)[1] for one in v} & printer.hosts],
        named if len(found) == 1 else [],  # whoever chose one entry has said which
    ):
        if candidates:
            return candidates[0]
    raise Inconclusive(f"the directory has no entry that is surely this printer's among {len(found)}")


def _xris(entry: Entry) -> list[Xri]:
    return [one for value in entry.get("printer-xri-supported") if (one := xri(value)) is not None]


def _has_uuid(entry: Entry, uuid: str) -> bool:
    """RFC 7612 gives an entry one."""
    return bool(uuid) and uuid in (told.lower().removeprefix("urn:uuid:") for told in entry.get("printer-uuid"))


def dnssd_instances(play: PlayRecord, printer: DescribedPrinter) -> list[Instance]:
    """The printer's registrations: those of the name under which one has its UUID, its own name, or its place.

    A port is nobody's own: most printers have the same.
    """
    texts = _texts(play, ZONE)
    if not texts:
        raise NotApplicable("no DNS-SD record was named (--directory)")
    found = [one for text in texts for one in instances(text)]
    own_names = {n.lower() for n in (printer.text("printer-dns-sd-name"), printer.text("printer-name")) if n}
    signs: tuple[Callable[[Instance], bool], ...] = (
        lambda one: bool(printer.uuid) and (one.key("UUID") or "").lower() == printer.uuid,
        lambda one: one.name.lower() in own_names,
        lambda one: place(one.uri) in printer.places,
    )
    every = {one.name.lower() for one in found}
    for names in (*({one.name.lower() for one in found if sign(one)} for sign in signs), every):
        if len(names) == 1 or (names and names is not every):
            return [one for one in found if one.name.lower() in names]
    raise Inconclusive(f"DNS-SD has no instance that is surely this printer's among {len(found)}")


def told_places(values: Sequence[Instance]) -> set[tuple[str, int, str]]:
    """Scheme, port and path of registrations; a host may be told by another of its names."""
    return {(scheme, port, path) for scheme, _, port, path in (place(one.uri) for one in values)}
