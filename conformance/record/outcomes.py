"""What came of each step: the stage writes one of these beside the step, and judges read it through the same class.

A step that was cut short has what was known until then.  Fields without a value in the evidence have their defaults;
files of earlier versions have fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from . import rows
from .plain_json import from_json, to_json
from .rows import EvidenceError


class Carrier(StrEnum):
    """What a subscription hangs on; one that a job got after its creation is the job's as well."""

    PRINTER = "printer"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription as it was asked for, all templates filled in.

    ``address`` is where its mails belong, ``other`` an address of ours that nothing ought to be sent to.  ``lease`` is
    in seconds.  ``None`` is what was left out of the request.
    """

    label: str
    address: str
    other: str = ""
    recipient: str | None = None
    user_data: bytes | None = None
    events: tuple[str, ...] | None = None
    format: str | None = None  # a media type, or ``NONE_FORMAT``
    charset: str | None = None
    language: str | None = None
    text_only: bool | None = None
    lease: int | None = None
    carrier: Carrier = Carrier.PRINTER

    @property
    def nobody(self) -> str:
        """``other``; where the evidence has none, a word that is nobody's address."""
        return self.other or "nobody"


# ---------------------------------------------------------------- requests


@dataclass(frozen=True, slots=True)
class Described:
    """The printer was asked about itself."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Subscriptions were asked for by ``user``, who proved to be ``login`` if that is given."""

    asks: tuple[Asked, ...] = ()
    user: str | None = None
    login: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """Subscriptions were asked for until one was refused; each has a step of its own."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A job was asked for by ``user``, who proved to be ``login`` if that is given.

    ``job`` is its job-id, whatever the status said.  ``shared`` is the step of another play that asked for it, where it
    served several.
    """

    asks: tuple[Asked, ...] = ()
    user: str | None = None
    name: str = ""
    job: int | None = None
    login: str | None = None
    shared: int = 0


@dataclass(frozen=True, slots=True)
class Approached(Printed):
    """A request was sent ``by`` a way of its own to ``uri``, whose host has these ``addresses``.

    ``not_sent`` says why none was, if none was.  It may have asked for a job, or for subscriptions.
    """

    by: str = ""
    uri: str = ""
    addresses: tuple[str, ...] = ()
    not_sent: str = ""


@dataclass(frozen=True, slots=True)
class UrisVisited:
    """Each URI that the printer lists was approached; each time is a step of its own."""


@dataclass(frozen=True, slots=True)
class DirectorySource:
    """What one directory has on the printer: LDIF (RFC 2849) or resource records (RFC 1035), as ``kind`` says.

    ``not_read`` says why there is nothing, if there is nothing.
    """

    kind: str = ""
    text: str = ""
    not_read: str = ""


@dataclass(frozen=True, slots=True)
class DirectoryRead:
    """The directories of the run were read."""

    sources: tuple[DirectorySource, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentSent:
    """The last document of a job was sent."""


@dataclass(frozen=True, slots=True)
class JobOperated:
    """A job was cancelled, held or released."""


@dataclass(frozen=True, slots=True)
class PrinterOperated:
    """The printer was paused or resumed; ``by_hand``: by other means than IPP, and asked until it said so.

    Where that served several plays, ``asked`` is when it was done, once all were ready, and ``shared`` the step of the
    play that did it, for the others.
    """

    by_hand: bool = False
    shared: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Queried:
    """A subscription was asked about; no exchange is there when it was never made."""


@dataclass(frozen=True, slots=True)
class JobQueried:
    """A job was asked about."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Subscriptions were listed."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """A renewal for so many seconds was asked for."""

    lease: int | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """The end of a subscription was asked for."""


# ---------------------------------------------------------------- waits


@dataclass(frozen=True, slots=True)
class MailsAwaited:
    """``got`` of ``wanted`` mails came; ``sentinel``: whether a later event's mail did, if one was asked for."""

    wanted: int = 0
    got: int | None = None
    sentinel: bool | None = None


@dataclass(frozen=True, slots=True)
class SilenceKept:
    """``got`` mails had come in all when a later event's mail did, or did not."""

    sentinel: bool = False
    got: int | None = None


@dataclass(frozen=True, slots=True)
class LeaseOutlived:
    """The end of a lease of so many seconds was awaited."""

    lease: int | None = None


@dataclass(frozen=True, slots=True)
class LeasePassed:
    """A part of a lease of so many seconds was awaited."""

    lease: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The recipient followed this fault script from then on."""

    script: str = ""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Some seconds went by."""


@dataclass(frozen=True, slots=True)
class SentinelSent:
    """A job of ours made a later event; ``arrived``: whether its mail came to ``address``."""

    address: str = ""
    arrived: bool = False
    name: str = ""
    job: int | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The sequence number was asked for until it was that of the mails, of which so many had come."""

    mails: int = 0


StepOutcome = (
    Described | Subscribed | Filled | Printed | DocumentSent | JobOperated | PrinterOperated | Queried | JobQueried
    | Listed | Renewed | Unsubscribed | MailsAwaited | SilenceKept | LeaseOutlived | LeasePassed | Refused | Elapsed
    | SentinelSent | Settled | Approached | UrisVisited | DirectoryRead
)  # fmt: skip

KINDS: Final[dict[str, type[StepOutcome]]] = {
    "Describe": Described,
    "Subscribe": Subscribed,
    "Fill": Filled,
    "Print": Printed,
    "SendDocument": DocumentSent,
    "EndJob": JobOperated,
    "OnJob": JobOperated,
    "OnPrinter": PrinterOperated,
    "Query": Queried,
    "QueryJob": JobQueried,
    "ListSubscriptions": Listed,
    "Renew": Renewed,
    "Unsubscribe": Unsubscribed,
    "AwaitMail": MailsAwaited,
    "Silence": SilenceKept,
    "OutliveLease": LeaseOutlived,
    "Pass": LeasePassed,
    "Refuse": Refused,
    "Elapse": Elapsed,
    "Sentinel": SentinelSent,
    "Settled": Settled,
    "Approach": Approached,
    "VisitUris": UrisVisited,
    "ReadDirectory": DirectoryRead,
}
"""The kind of a step in the evidence, which is the class of the step where a scenario has it, and what comes of it."""


def recorded(row_id: int, play: int, t: int, kind: str, outcome: StepOutcome, label: str = "") -> rows.Step:
    """The step with what came of it, for the evidence."""
    return rows.Step(row_id, play, t, kind, label, to_json(outcome))


def outcome_of(row: rows.Step) -> StepOutcome:
    """What came of a step; raises ``EvidenceError`` where the evidence does not say so in a way that can be read."""
    kind = KINDS.get(row.kind)
    if kind is None:
        raise EvidenceError(
            f"step {row.id} is of a kind not known here, {row.kind!r:.40}", "use the version that wrote it"
        )
    return from_json(kind, row.detail, f"step {row.id} ({row.kind})")
