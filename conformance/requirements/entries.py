"""The nouns of the catalogue: a requirement, a reading, and the words they are described with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.vocabulary import Edition


class CatalogueError(Exception):
    """Our own data are wrong, or were asked for by a name that does not exist; ``where`` is file and entry."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where, self.problem = where, problem


class Level(StrEnum):
    """How strongly the text puts it."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    REQUIRED = "REQUIRED"
    OPTIONAL = "OPTIONAL"
    FACT = "fact"  # stated as so, with normative effect
    ADVICE = "advice"  # recommended in lower case
    DEFINITION = "definition"
    OPEN = "open"  # an ISSUE, or a silence


class Binds(StrEnum):
    """Whom it speaks to; where client or recipient and printer share it, the printer's side of it."""

    PRINTER = "printer"
    CLIENT = "client"
    RECIPIENT = "recipient"
    ADMINISTRATOR = "administrator"
    SPECIFICATION = "specification"


class Severity(StrEnum):
    """What a violation means here."""

    HARD = "hard"  # the printer does not conform
    SOFT = "soft"  # a warning
    INFO = "info"  # what happened is recorded, without verdict
    NONE = "none"  # not looked at

    @property
    def gives_verdict(self) -> bool:
        """Whether cases pass or fail on it."""
        return self in (Severity.HARD, Severity.SOFT)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to read it; a reading that is fixed has one, without a name."""

    name: str
    reads: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One contradiction or gap in the texts, and what the suite makes of it: the first of ``choices``."""

    id: str
    sections: str
    contradiction: str
    choices: tuple[Choice, ...]
    unused: str | None

    @property
    def chosen(self) -> str:
        """How the suite reads it."""
        return self.choices[0].reads

    @property
    def switchable(self) -> bool:
        """Whether another choice could be defended too, and may be made."""
        return len(self.choices) > 1


@dataclass(frozen=True, slots=True)
class ClientSide:
    """What an entry asks of a client, where ``ippmailto client`` judges one."""

    severity: Severity
    says: str
    observe: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a text asks for; the fields are those of the file format above."""

    id: str
    document: str
    section: str
    also: tuple[str, ...]
    level: Level
    binds: Binds
    severity: Severity
    editions: tuple[Edition, ...]
    vocabularies: tuple[str, ...]
    says: str
    observe: str
    reading: tuple[str, ...]
    untested: str | None
    client: ClientSide | None = None

    @property
    def of_client(self) -> Requirement | None:
        """The entry as it binds a client that is judged; ``None`` if it does not, or nobody can see."""
        side = self.client
        if side is None:
            return None
        return replace(
            self, binds=Binds.CLIENT, severity=side.severity, says=side.says, observe=side.observe, untested=None
        )

    @property
    def where(self) -> str:
        """The place in the texts, fit to print: document, section, and what backs it."""
        backing = f" (also {'; '.join(self.also)})" if self.also else ""
        return f"{self.document}, section {self.section}{backing}"

    def counts_for(self, edition: Edition, vocabulary: str | None) -> bool:
        """Whether the entry belongs to this edition and vocabulary (``None``: whichever)."""
        spoken = not self.vocabularies or vocabulary is None or vocabulary in self.vocabularies
        return edition in self.editions and spoken
