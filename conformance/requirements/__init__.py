"""The catalogue: what the texts ask of a printer, as data, one TOML file for each text.

===================  ==================================================================================
``mailto-00.toml``   the first mail draft, section by section, its seven ISSUES included
``mailto-04.toml``   the later edition (ids ``M4-``)
``inherited.toml``   what the first draft draws in from its base document (``N-``)
``rfc3995.toml``     where RFC 3995 goes beyond that, or against it (``R-``)
``safety.toml``      what makes an SMTP transfer and a message valid at all (``S-``)
``security.toml``    how client and printer come to terms over security (``E``, ``MV-``)
``readings.toml``    contradictions in these texts, and how the suite reads them (``C``, ``D``, ``X`` ...)
===================  ==================================================================================

A file of requirements begins with a table ``[defaults]``: ``document``, ``editions`` and, if need be, ``vocabularies``
for every entry that does not say otherwise.  Each ``[[requirement]]`` has

``id``            its name for ever; reports, waivers and cases refer to it
``document``      the text it comes from (default)
``section``       where it stands there
``also``          other places that say or back it
``level``         the word of the text, see `Level`; a MUST NOT is a MUST, an either-or is one MUST
``binds``         whom it speaks to, see `Binds`
``judged``        what a violation means here, see `Severity`
``editions``      under which mail rules it counts (default); an entry that a later edition keeps names both
``vocabularies``  the IPP vocabularies it makes sense in (default; absent: all)
``says``          what has to be done, in our words; printed with each failure
``observe``       how the suite sees it, and where it draws the line
``reading``       the readings it depends on
``untested``      why no verdict is given: obligatory for ``info`` and ``none``, forbidden otherwise
``client``        a table with ``judged`` and ``observe``, for an entry by which a client is judged that connects to a
                  printer of ours; ``says``, where that of the entry is about the printer

A ``[[reading]]`` has ``id``, ``sections``, ``contradiction``, and ``chosen``; or, where another reading could be
defended too and may be switched to, ``choices`` by name, the suite's own first (`Otherwise` has those that cases ask
about).  A reading that no entry depends on says why in ``unused``.

The entries use one word for what the vocabularies name differently: *recipient* (notify-recipient,
notify-recipient-uri), *user data* (subscriber-user-data, notify-user-data), *sequence number* (request-id,
notify-sequence-number), *subscription number* (subscription-id, notify-subscription-id), *subscriber's name*
(subscriber-user-name, notify-subscriber-user-name).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from conformance.vocabulary import VOCABULARIES, Edition

from .choices import Otherwise, choices_made, switched
from .entries import Binds, CatalogueError, Choice, ClientSide, Level, Reading, Requirement, Severity
from .parse import check, parse_readings, parse_requirements

__all__ = [
    "CORE",
    "Binds",
    "Catalogue",
    "CatalogueError",
    "Choice",
    "ClientSide",
    "Level",
    "Otherwise",
    "Reading",
    "Requirement",
    "Severity",
    "catalogue",
    "choices_made",
    "readings",
    "requirements",
    "switched",
]


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue(Mapping[str, Requirement]):
    """The entries that count for one edition and vocabulary, by id, in the order of the texts."""

    edition: Edition
    vocabulary: str | None
    entries: Mapping[str, Requirement]
    readings: Mapping[str, Reading]  # those the entries depend on

    def __getitem__(self, key: str) -> Requirement:
        return self.entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


CORE: Final = ("1-2",)
"""Subscribed events become mails: where that was not judged, nothing is known of a mailing printer."""

_FILES: Final = ("mailto-00", "mailto-04", "inherited", "rfc3995", "safety", "security")

# An edition's own text first, then what it keeps of the other; the rest follows in the order of the layers beneath.
_ORDER: Final = {
    Edition.MAILTO_00: _FILES,
    Edition.MAILTO_04: ("mailto-04", "mailto-00", "inherited", "rfc3995", "safety", "security"),
}


def _text(name: str) -> str:
    return files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")


@cache
def _everything() -> tuple[Mapping[str, tuple[Requirement, ...]], Mapping[str, Reading]]:
    found = {name: parse_requirements(f"{name}.toml", _text(name)) for name in _FILES}
    read = parse_readings("readings.toml", _text("readings"))
    check((entry for entries in found.values() for entry in entries), read)
    return MappingProxyType(found), MappingProxyType({reading.id: reading for reading in read})


def requirements() -> Mapping[str, tuple[Requirement, ...]]:
    """Every entry of every edition, by the name of its file (``"mailto-00"``, ``"inherited"`` ...)."""
    return _everything()[0]


def readings() -> Mapping[str, Reading]:
    """Every reading by id, in the order of the file."""
    return _everything()[1]


@cache
def catalogue(edition: Edition, vocabulary: str | None = None, whom: Binds = Binds.PRINTER) -> Catalogue:
    """What counts when ``edition`` judges a printer that speaks ``vocabulary`` (``None``: whatever counts in any).

    For a client there is only what binds it and can be seen; for a printer also what binds others, with its reason.

    Raises `CatalogueError` for a vocabulary that does not exist, or if the data files are damaged.
    """
    if vocabulary is not None and vocabulary not in VOCABULARIES:
        raise CatalogueError(vocabulary, f"no such vocabulary; there are {', '.join(VOCABULARIES)}")
    counting = (
        entry for name in _ORDER[edition] for entry in requirements()[name] if entry.counts_for(edition, vocabulary)
    )
    if whom is Binds.CLIENT:
        counting = (side for entry in counting if (side := entry.of_client) is not None)
    entries = {entry.id: entry for entry in counting}
    used = {name for entry in entries.values() for name in entry.reading}
    return Catalogue(
        edition=edition,
        vocabulary=vocabulary,
        entries=MappingProxyType(entries),
        readings=MappingProxyType({name: reading for name, reading in readings().items() if name in used}),
    )
