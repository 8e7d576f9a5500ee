"""An implementation conformance statement (ICS): what a printer is said to have, in a TOML file.

What is left out of it is not said: it has no default, and nothing is held to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge

from fakes.typed_toml import EntryError, TomlFile, checked, entry, spelled, written

PRINTER, NOTIFIES, MAILS, ACCESS = "The printer", "Subscriptions and events", "The mails", "Access"
Names = tuple[str, ...]
Number = Annotated[int, Ge(0)]
NOT_NEGATIVE = "0 or more"


class StatementError(Exception):
    """A statement that cannot be used; says which entries and what is allowed there."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a printer is said to have; ``None`` where nothing is said."""

    make_and_model: str | None = entry(None, PRINTER, "What it is: printer-make-and-model.")
    firmware: str | None = entry(None, PRINTER, "The firmware that this is about: printer-firmware-string-version.")
    edition: Literal["mailto-00", "mailto-04"] | None = entry(
        None,
        PRINTER,
        "Whose mail rules it follows, `mailto-00` or `mailto-04`. No printer tells; the draft has those of the run.",
        allowed="mailto-00 or mailto-04",
    )
    vocabulary: Literal["ntfy-01", "rfc3995"] | None = entry(
        None, PRINTER, "Which attribute names it has, `ntfy-01` or `rfc3995`.", allowed="ntfy-01 or rfc3995"
    )
    operations: Names | None = entry(None, NOTIFIES, "Operations, by their names: operations-supported.")
    schemes: Names | None = entry(None, NOTIFIES, "Ways to notify: notify-schemes-supported.")
    events: Names | None = entry(None, NOTIFIES, "Events that can be subscribed to: notify-events-supported.")
    max_events: Number | None = entry(None, NOTIFIES, "How many events a subscription may have.", allowed=NOT_NEGATIVE)
    max_printer_subscriptions: Number | None = entry(
        None, NOTIFIES, "How many subscriptions it holds; 0 has no limit.", allowed=NOT_NEGATIVE
    )
    max_job_subscriptions: Number | None = entry(
        None, NOTIFIES, "How many subscriptions a job may have; 0 has no limit.", allowed=NOT_NEGATIVE
    )
    leases: Names | None = entry(None, NOTIFIES, 'Leases in seconds, each "60", or "60-3600" for a range.')
    lease_default: Number | None = entry(
        None, NOTIFIES, "The lease of who asks for none, in seconds; 0 has no end.", allowed=NOT_NEGATIVE
    )
    formats: Names | None = entry(None, MAILS, "Media types that can be asked for: notify-format-supported.")
    charsets: Names | None = entry(None, MAILS, "Charsets: charset-supported.")
    languages: Names | None = entry(None, MAILS, "Languages: generated-natural-language-supported.")
    relay: Names | None = entry(
        None, MAILS, "Mail servers that it hands its mails to: printer-smtp-mail-service-address."
    )
    security: Names | None = entry(None, ACCESS, "How its addresses are secured: uri-security-supported.")
    authentication: Names | None = entry(None, ACCESS, "How they want to know who asks: uri-authentication-supported.")

    @classmethod
    def load(cls, path: Path) -> Statement:
        """Read a file; raises ``StatementError``."""
        try:
            return checked(cls, TomlFile.read(path))
        except EntryError as error:
            raise StatementError(str(error)) from error

    @classmethod
    def of_json(cls, text: str, source: str) -> Statement:
        """As evidence keeps it; raises ``StatementError``."""
        try:
            data = json.loads(text)
            if not isinstance(data, dict):
                raise StatementError(f"{source}: the statement is no mapping")
            return checked(cls, TomlFile(source, "", data))
        except (ValueError, RecursionError, EntryError) as error:
            raise StatementError(f"{source}: the statement is damaged: {error}") from error

    @classmethod
    def draft(cls, features: Mapping[str, tuple[str, ...]], edition: str, head: str) -> str:
        """The text of a file that says what a printer was found to have."""
        values = {one.name: _as_declared(one.name, features[one.name]) for one in fields(cls) if features.get(one.name)}
        return written(cls, head, {**values, "edition": edition})

    def said(self) -> dict[str, Any]:
        """Each entry that is there, by the name of its field."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) is not None}

    def words(self) -> dict[str, tuple[str, ...]]:
        """The same in words, for comparing."""
        return {name: value if isinstance(value, tuple) else (str(value),) for name, value in self.said().items()}

    def as_json(self) -> str:
        """For the evidence."""
        return json.dumps({spelled(name): value for name, value in self.said().items()})


NUMBERS = ("max_events", "max_printer_subscriptions", "max_job_subscriptions", "lease_default")
TEXTS = ("make_and_model", "firmware", "edition", "vocabulary")


def _as_declared(name: str, words: tuple[str, ...]) -> object:
    """As a file has it; of what has one value the first counts."""
    if name in NUMBERS:
        return int(words[0])
    return words[0] if name in TEXTS else words
