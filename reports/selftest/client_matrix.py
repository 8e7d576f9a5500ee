"""The lying clients' part of the kill matrix: who is caught under what, and what is not as its row claims."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from conformance.requirements import Binds, catalogue
from conformance.verdict import CaseResult, Outcome
from conformance.vocabulary import Edition
from fakes.clients import LYING_CLIENTS, OBEDIENT_CLIENTS, ClientRow

from .client_trial import try_client
from .trial import Broken, guarded

SECTION: Final = "## Clients"
HEAD: Final = f"""\
{SECTION}

What is asked of whoever connects to a printer is proved by lying clients in the same way (`ippmailto client`,
[Judging a client](clients.md)). Each visits the printers of its row.

| Client | What it does | Caught under | By the cases |
|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class ClientAttempt:
    """One client after its trial; like ``Attempt`` of a printer."""

    row: ClientRow
    caught: Mapping[str, tuple[str, ...]]
    problems: tuple[str, ...]
    seconds: float
    cases: int


def client_attempts(rows: Iterable[ClientRow] = (*OBEDIENT_CLIENTS, *LYING_CLIENTS)) -> Iterator[ClientAttempt]:
    """Try them, one after the other: none takes long."""
    for row in rows:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="ippmailto-client-") as room:
            found = guarded(partial(try_client, row, Path(room)))
        if isinstance(found, Broken):
            yield ClientAttempt(row, {}, (found.told,), time.monotonic() - began, 0)
        else:
            yield compared(row, found, time.monotonic() - began)


def compared(row: ClientRow, results: Sequence[CaseResult], seconds: float) -> ClientAttempt:
    """What a trial says of the row's claims."""
    caught: dict[str, dict[str, None]] = {}
    for result in results:
        if result.outcome is Outcome.VIOLATED:
            for name in result.requirements:
                caught.setdefault(name, {})[result.id.partition("[")[0]] = None
    problems = [f"{name} is not violated" for name in row.breaks if name not in caught]
    problems += [f"{name} is violated too: {', '.join(caught[name])}" for name in caught if name not in row.breaks]
    found = {name: tuple(caught[name]) for name in _order() if name in caught}
    return ClientAttempt(row, found, tuple(problems), seconds, len(results))


def client_table(found: Iterable[ClientAttempt]) -> list[str]:
    """The lines of the page about those that lie."""
    lines = [HEAD]
    for a in found:
        if a.row.breaks:
            cases = dict.fromkeys(f"`{case}`" for cases in a.caught.values() for case in cases)
            later = "" if a.row.edition is Edition.MAILTO_00 else f" ({a.row.edition.value})"
            says = a.row.says.replace("|", "\\|")
            lines.append(f"| `{a.row.id}`{later} | {says} | {', '.join(a.caught)} | {', '.join(cases)} |")
    return lines


def _order() -> list[str]:
    """The entries that clients are judged by, as the catalogue has them."""
    return list(dict.fromkeys(name for edition in Edition for name in catalogue(edition, None, Binds.CLIENT)))
