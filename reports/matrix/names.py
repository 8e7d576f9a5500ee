"""What printers and firmwares are called on the pages: by their names, or so that nobody can tell whose they are."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from .tally import Results, Tally

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
UNTOLD: Final = "firmware not told"
Shuffle = Callable[[list[str]], None]
_DRAWN: Final[Shuffle] = secrets.SystemRandom().shuffle


@dataclass(frozen=True, slots=True)
class Names:
    """For each printer, and each firmware of it, what it is called; the same on all pages."""

    printers: dict[str, str]
    firmwares: dict[tuple[str, str], str]
    numbers: dict[str, int] = field(default_factory=dict)  # of the printer's page
    anonymous: bool = False

    def printer(self, results: Results) -> str:
        """The printer's."""
        return self.printers[results.printer]

    def firmware(self, results: Results) -> str:
        """The firmware's."""
        return self.firmwares[results.printer, results.firmware]


def own_names(tally: Tally) -> Names:
    """As they call themselves."""
    found = {(one.printer, one.firmware): one.firmware or UNTOLD for one in tally.results.values()}
    printers = tally.printers()
    return Names({name: name for name in printers}, found, _numbered(printers))


def anonymous_names(tally: Tally, shuffle: Shuffle = _DRAWN) -> Names:
    """A letter for each vendor, a number for each of its models and for each firmware of that.

    Letters and numbers are drawn: an order by names, or by a digest of them, could be worked out by whoever knows which
    printers there are.
    """
    models: dict[str, list[str]] = {}
    for name in tally.printers():
        models.setdefault(vendor_of(name), []).append(name)
    vendors = list(models)
    shuffle(vendors)
    printers: dict[str, str] = {}
    for at, vendor in enumerate(vendors):
        shuffle(models[vendor])
        printers |= {name: f"{_letters(at)} {number}" for number, name in enumerate(models[vendor], 1)}
    firmwares: dict[tuple[str, str], str] = {}
    for name, versions in _firmwares(tally).items():
        for number, version in enumerate(versions, 1):
            firmwares[name, version] = f"firmware {number}" if version else UNTOLD
    return Names(printers, firmwares, _numbered(sorted(printers, key=lambda name: _order(printers[name]))), True)


def vendor_of(printer: str) -> str:
    """The first word of a make and model, whatever its case."""
    return printer.split()[0].casefold() if printer.split() else ""


def _firmwares(tally: Tally) -> dict[str, list[str]]:
    """Each printer's, the latest last, those that were not told first."""
    found: dict[str, list[str]] = {}
    for one in sorted(tally.results.values(), key=lambda one: (bool(one.firmware), one.order)):
        versions = found.setdefault(one.printer, [""])
        if one.firmware not in versions:
            versions.append(one.firmware)
    return {name: [version for version in versions if version] + [""] for name, versions in found.items()}


def _letters(at: int) -> str:
    """A, B ... Z, AA, AB ..."""
    found = LETTERS[at % len(LETTERS)]
    return found if at < len(LETTERS) else _letters(at // len(LETTERS) - 1) + found


def _order(name: str) -> tuple[int, str, int]:
    letters, number = name.split()
    return len(letters), letters, int(number)


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names, 1)}
