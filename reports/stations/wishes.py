"""What a job asks for, as the queue keeps it.

Whoever may write to the queue may ask for what stands here, and for nothing else: no file of the station's, no command.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from conformance.requirements import catalogue, switched
from conformance.vocabulary import Edition
from fakes.stage.printer_uri import Target, UriError
from reports.commands.variants import variant_called
from reports.exits import UsageError
from reports.judging.selection import Selection

FOR_JUDGING: Final[Mapping[str, type[Any]]] = {"edition": str, "select": list, "strict": bool, "reading": list}
FOR_RUNS: Final[Mapping[str, type[Any]]] = {
    **FOR_JUDGING, "quick": bool, "vocabulary": str, "paper": int, "awkward": int, "walks": int, "seed": int,
}  # fmt: skip
REFERENCE: Final = "reference"
JUDGING: Final = "judging"
HOUSEKEEPING: Final = "housekeeping"
DIGITS: Final = 24  # a name of a channel has at most 63 octets, of which procrastinate takes 22


class PlaceError(UsageError):
    """A job that cannot be done here now, since this station has no room for it; another one may do it."""


def wish_of(options: argparse.Namespace, names: Mapping[str, type]) -> dict[str, Any]:
    """What was said on a command line; what was not is left to whoever does the job."""
    told: dict[str, Any] = {name: getattr(options, name) for name in FOR_RUNS}
    if beyond := [f"--{name}" for name, value in told.items() if value is not None and name not in names]:
        raise UsageError(f"{', '.join(beyond)} is for runs, and stored runs are not played again; leave it out")
    return {name: value for name, value in told.items() if value is not None}


def checked(wish: Mapping[str, Any], names: Mapping[str, type]) -> Mapping[str, Any]:
    """The same, if it is what this version understands; raises ``UsageError``."""
    for name, value in wish.items():
        kind = names.get(name)
        if type(value) is not kind or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
            raise UsageError(f"the job asks for {name!a:.40}, which this version of ippmailto does not understand")
    return wish


def as_arguments(wish: Mapping[str, Any]) -> Iterator[str]:
    """For ``ippmailto run``; raises ``UsageError``."""
    for name, value in checked(wish, FOR_RUNS).items():
        if value is True:
            yield f"--{name}"
        elif value is not False:
            values: list[Any] = value if isinstance(value, list) else [value]
            yield from (f"--{name}={one}" for one in values)


def see_that_it_can_be_judged(wish: Mapping[str, Any]) -> None:
    """A wrong id or reading is told to who submits it, and not to each station; raises what those raise."""
    edition = Edition(wish.get("edition", Edition.MAILTO_00))
    switched(wish.get("reading", []), catalogue(edition).readings)
    if wish.get("quick") and wish.get("select"):
        raise UsageError("--quick is a selection of its own; leave --select out, or name what you want by it")
    Selection(tuple(wish.get("select", []))).cases(edition)


def printer_called(text: str) -> str:
    """The name of a printer as it is shown; raises ``UsageError``."""
    word, _, variant = text.partition(":")
    if word == REFERENCE:
        return f"{REFERENCE}:{variant_called(variant).id}" if variant else REFERENCE
    try:
        return Target.of(text).uri
    except UriError as error:
        raise UsageError(str(error)) from error


def queue_of(printer: str) -> str:
    """The queue of that printer's runs, however its name is written; raises ``UsageError``."""
    name = printer_called(printer)
    if not name.startswith(REFERENCE):
        at = Target.of(name)
        name = f"{at.scheme}://{at.host.lower()}:{at.port}{at.path}"
    return f"printer-{sha256(name.encode()).hexdigest():.{DIGITS}}"
