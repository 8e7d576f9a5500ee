"""What a sitting was asked for, as its evidence keeps it: enough to go on with it, and to judge just that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError
from conformance.vocabulary import Edition
from reports.judging.selection import EVERYTHING, Selection
from reports.listening import host_and_port, written

AWKWARD = 5  # examples of awkward data, unless told

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """One sitting's options.  ``built_in``: at the reference printer; ``vocabulary``: as it was asked for.

    ``ixit`` is what the IXIT file said, ``None`` where there was none; names and passwords of users are left out of it,
    ``accounts`` tells that there were some.  ``document`` is the SHA-256 of the document that it names: nobody else's
    file is printed because evidence says so.  ``listen`` is host and port.  Evidence of early versions has less.
    """

    edition: Edition | None = None
    vocabulary: str = "auto"
    built_in: bool = False
    awkward: int = 0
    seed: int = 0
    selection: Selection = EVERYTHING
    ixit: Mapping[str, Any] | None = None
    accounts: bool = False
    document: str = ""
    listen: tuple[str, int] | None = None
    max_subscriptions: int = 0
    tls: str = ""  # of the recipient, in the words of the command line; its login is not kept
    auth: str = ""
    certificate: str = ""
    names: tuple[str, ...] = ()
    has_login: bool = False
    variant: str = ""  # of the built-in printer
    paper: int = -1  # how many documents may be printed; below 0 as many as it takes
    walks: tuple[str, ...] = ()  # their names, which say all of them
    mechanisms: tuple[str, ...] = ()  # by which a printer may log in; the usual ones where none is named
    bench_check: bool = True  # whether it ends where nobody brings a mail

    def as_json(self) -> str:
        """For the evidence."""
        return json.dumps(
            {
                "edition": self.edition.value if self.edition else "",
                "vocabulary": self.vocabulary,
                "built-in": self.built_in,
                "awkward": self.awkward,
                "seed": self.seed,
                "select": list(self.selection.patterns),
                "ixit": self.ixit,
                "accounts": self.accounts,
                "document": self.document,
                "smtp-listen": written(*self.listen) if self.listen else "",
                "max-subscriptions": self.max_subscriptions,
                "smtp-tls": self.tls,
                "smtp-auth": self.auth,
                "smtp-certificate": self.certificate,
                "smtp-name": list(self.names),
                "smtp-login": self.has_login,
                "variant": self.variant,
                "paper": self.paper,
                "walks": list(self.walks),
                "smtp-mechanism": list(self.mechanisms),
                "bench-check": self.bench_check,
            }
        )

    @classmethod
    def of(cls, text: str) -> RunOptions:
        """The reverse; raises ``ValueError`` for what no version has written."""
        data = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError("the options are no mapping")
        ixit, listen, edition = data.get("ixit"), _entry(data, "smtp-listen", ""), _entry(data, "edition", "")
        if not isinstance(ixit, dict | None):
            raise ValueError(f"ixit is {ixit!r}")
        return cls(
            Edition(edition) if edition else None,
            _entry(data, "vocabulary", "auto"),
            _entry(data, "built-in", False),
            _entry(data, "awkward", 0),
            _entry(data, "seed", 0),
            Selection(_words(data, "select")),
            ixit,
            _entry(data, "accounts", False),
            _entry(data, "document", ""),
            host_and_port(listen) if listen else None,
            _entry(data, "max-subscriptions", 0),
            _entry(data, "smtp-tls", ""),
            _entry(data, "smtp-auth", ""),
            _entry(data, "smtp-certificate", ""),
            _words(data, "smtp-name"),
            _entry(data, "smtp-login", False),
            _entry(data, "variant", ""),
            _entry(data, "paper", -1),
            _words(data, "walks"),
            _words(data, "smtp-mechanism"),
            _entry(data, "bench-check", True),
        )


def _words(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found: list[Any] = _entry(data, name, [])
    if not all(isinstance(word, str) for word in found):
        raise ValueError(f"{name} is {found!r}")
    return tuple(found)


def _entry(data: Mapping[str, Any], name: str, default: T) -> T:
    """An entry of the default's own type; raises ``ValueError``."""
    value = data.get(name, default)
    if type(value) is not type(default):
        raise ValueError(f"{name} is {value!r}")
    return value


def sittings(file: EvidenceFile) -> list[RunOptions]:
    """What each sitting of a run was asked for; raises ``EvidenceError`` where that is damaged."""
    try:
        return [RunOptions.of(options) for options in [run.options for run in file.rows(rows.Run)]]
    except (ValueError, RecursionError) as error:
        raise EvidenceError(
            f"{file.path}: the options of its run are damaged", "take the file from where it was recorded"
        ) from error


def asked_for(options: Iterable[RunOptions]) -> Selection:
    """All that the sittings were asked for: everything as soon as one of them was."""
    patterns: dict[str, None] = {}
    for sitting in options:
        if not sitting.selection:
            return EVERYTHING
        patterns |= dict.fromkeys(sitting.selection.patterns)
    return Selection(tuple(patterns))


def edition_of(options: Iterable[RunOptions]) -> Edition:
    """Whose mail rules the run was made for: the last word of its sittings."""
    return next((o.edition for o in reversed(list(options)) if o.edition), Edition.MAILTO_00)


def what_counts(
    asked: Sequence[RunOptions], edition: Edition | None = None, selection: Selection = EVERYTHING
) -> tuple[Edition, Selection]:
    """What a file is judged by: what is named, else what its run was asked for."""
    edition = edition or edition_of(asked)
    if not selection and edition is edition_of(asked):  # another edition has other ids
        selection = asked_for(asked)
    return edition, selection
