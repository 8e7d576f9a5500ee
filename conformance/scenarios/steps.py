"""What a stimulus is made of: a scenario is a row of steps that an operator takes.

Nothing here says what ought to happen.  Addresses and names are templates: ``{address}`` is the recipient address that
the stage makes for the subscription, ``{user}`` the subscriber's own, ``{job}`` a name that no other job has; ``{own}``
is the recipient address written as user data, for a subscriber who mails to himself.  ``{local}`` and ``{domain}``
are the two sides of the recipient address, ``{other}`` is another address of ours that nothing ought to be sent to,
``{user63}`` and ``{user64}`` are subscriber's addresses of that many octets, ``{prefix}`` is what this printer wants
before an address in user data.  A job's name and a user's may use them, too: those of the first subscription.

A step with an ``account`` is carried out by a user who proves who he is: ``own`` or ``other`` of the IXIT's two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conformance.editions import EVERY_EDITION
from conformance.faults import Fault, script

NOBODYS: Final = "nobodys"  # label of a subscription that nobody ever made
NOBODYS_NUMBER: Final = 2_147_483_629  # that a printer comes to after all others, if ever
IPP: Final = "application/ipp"
NONE_FORMAT: Final = "out-of-band none"  # notify-format with the out-of-band value, not a media type
NONE_WORD: Final = "none"  # the word in the place of a media type, as one draft has it


@dataclass(frozen=True, slots=True)
class Ask:
    """A subscription to ask for.  ``None`` leaves the attribute out of the request."""

    label: str = "s"
    events: tuple[str, ...] | None = ("job-completed",)
    recipient: str | None = "mailto:{address}"
    reaches: str = "{address}"  # the address that this recipient comes to, once read as a URI
    user_data: str | None = "{user}"
    format: str | None = None
    charset: str | None = None
    language: str | None = None
    lease: int | str | None = (
        None  # seconds, or: min, inside, below, above, lasting, short, long (twice as long as short)
    )
    text_only: bool | None = None
    # in place of ``events``, so many of those the printer lists: "required" of every printer, "most" it takes, "excess"
    event_count: str = ""
    same_address_as: str = ""  # label of a subscription whose recipient and subscriber addresses this one shares


@dataclass(frozen=True, slots=True)
class Describe:
    """Get-Printer-Attributes, everything."""

    label: str = "printer"


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Create-Printer-Subscriptions, or Create-Job-Subscriptions when ``job`` is named; ``more`` go with ``ask``."""

    ask: Ask = field(default_factory=Ask)
    job: str = ""
    user: str | None = "Bob Jones"
    more: tuple[Ask, ...] = ()
    account: str = ""


@dataclass(frozen=True, slots=True)
class Fill:
    """Create-Printer-Subscriptions again and again until one is refused: ``Subscribe`` for ``c1``, ``c2`` and so on."""


@dataclass(frozen=True, slots=True)
class Print:
    """A Job Creation operation (or Validate-Job); ``asks`` travel with it as per-job subscriptions.

    ``paper``: it has to be printed.  Of any other all that matters is that it is created and ends, which Create-Job and
    ``EndJob`` bring about as well, without a sheet.
    """

    label: str = "j"
    asks: tuple[Ask, ...] = ()
    name: str = "{job}"
    via: str = "Print-Job"
    user: str | None = "Bob Jones"
    overfill: bool = False  # ask for one more than the printer says a job can have, all like the only one of ``asks``
    paper: bool = False


@dataclass(frozen=True, slots=True)
class SendDocument:
    """The last document of a job made by Create-Job; unless it has to go onto ``paper``, ``EndJob`` will do."""

    job: str = "j"
    paper: bool = False


@dataclass(frozen=True, slots=True)
class EndJob:
    """Cancel-Job for a job that has no document yet: it ends, as its subscriptions and the printer's are to be told."""

    job: str = "j"

    @property
    def label(self) -> str:
        """The job's."""
        return self.job


@dataclass(frozen=True, slots=True)
class OnJob:
    """Cancel-Job, Hold-Job or Release-Job, in the name of the job's owner."""

    operation: str
    job: str = "j"
    label: str = ""


@dataclass(frozen=True, slots=True)
class OnPrinter:
    """Pause-Printer or Resume-Printer."""

    operation: str


@dataclass(frozen=True, slots=True)
class Query:
    """Get-Subscription-Attributes, and Get-Printer-Attributes for the clock beside it.

    ``settled``: first let the sequence number and the mails come together.  A mail may still be under way, and a
    printer may count a notification when the relay has taken it.
    """

    subscription: str = "s"
    label: str = "query"
    settled: bool = False
    user: str | None = "Bob Jones"


@dataclass(frozen=True, slots=True)
class QueryJob:
    """Get-Job-Attributes, everything."""

    job: str = "j"
    label: str = "job"


@dataclass(frozen=True, slots=True)
class ListSubscriptions:
    """Get-Subscriptions."""

    label: str = "list"
    job: str = ""
    limit: int | None = None
    mine: bool | None = None
    requested: tuple[str, ...] = ()
    user: str | None = "Bob Jones"


@dataclass(frozen=True, slots=True)
class Renew:
    """Renew-Subscription."""

    subscription: str = "s"
    lease: int | str | None = None
    label: str = "renewed"
    user: str | None = "Bob Jones"
    account: str = ""


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Cancel-Subscription."""

    subscription: str = "s"
    label: str = "cancelled"
    user: str | None = "Bob Jones"
    account: str = ""  # where empty, that of the subscriber


@dataclass(frozen=True, slots=True)
class AwaitMail:
    """Let mails arrive: until the subscription has ``count``, or until a sentinel shows that none will come."""

    subscription: str = "s"
    count: int = 1


@dataclass(frozen=True, slots=True)
class Silence:
    """Let a sentinel event's mail arrive, and the printer's own latency pass, so that absence can be judged.

    ``deaf``: no subscription of the play's is to be told of anything that is done meanwhile, or it does not matter what
    it is told of others, so that they, whatever they do, may go on while the latency passes.
    """

    subscription: str = "s"
    label: str = "silence"
    deaf: bool = False


@dataclass(frozen=True, slots=True)
class OutliveLease:
    """Wait, in real time, until the lease of a subscription has ended and one second more."""

    subscription: str = "s"


@dataclass(frozen=True, slots=True)
class Pass:
    """Wait that fraction of the subscription's lease, and let others play meanwhile; when ``near``, keep the turn."""

    subscription: str = "s"
    fraction: float = 0.5
    near: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """From now to the end of the play the recipient has these faults (:mod:`conformance.faults`), and no earlier ones.

    ``{address}`` in a line is the recipient address of ``subscription``, made already or not, so that other plays go
    untouched; a fault without it belongs in a scenario that is alone.
    """

    faults: tuple[Fault, ...] = script("rcpt to {address}: 550 no such mailbox")
    subscription: str = "s"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Elapse:
    """Let that many seconds go by."""

    seconds: float


class By(StrEnum):
    """A way to the printer; other steps go the way that the run was asked for."""

    OWN = "own"  # that one
    CLEAR = "clear"  # in the clear
    WAITING = "waiting"  # the same, but the body waits until the printer asks for it (Expect)
    OFFER = "offer"  # the same, with an offer of TLS (Upgrade)
    UPGRADE = "upgrade"  # there, but TLS is asked for before anything is said (OPTIONS)
    DIRECT = "direct"  # there, but in TLS from the first octet
    SECURE = "secure"  # in TLS as the printer lists it
    LISTED = "listed"  # to one of the listed URIs, as the lists say


@dataclass(frozen=True, slots=True)
class Approach:
    """One request by a way of its own, whatever comes of it.

    ``version`` is that of the run where none is named.  ``place`` is which URI of the list, from 0.  ``essential``:
    without such a way the scenario is not applicable.
    ``unless`` names an approach whose success makes this one needless.  ``anonymous``: nobody proves who he is.
    ``wrong``: somebody tries, with another password or a certificate that he made himself.
    """

    label: str
    by: By
    operation: str = "Get-Printer-Attributes"
    version: tuple[int, int] | None = None
    ask: Ask | None = None
    place: int = 0
    essential: bool = False
    unless: str = ""
    anonymous: bool = False
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class VisitUris:
    """Each URI that the printer lists, as the lists say of it: ``Approach`` for ``uri1``, ``uri2`` and so on, and again
    for ``uri1-nobody`` and so on, without a proof of who asks.  One that wants a proof is visited with a wrong one, too
    (``uri1-wrong``): the last of them alone, since a printer may count such visits.  Where a
    password is listed and printing wants none, the printer, if it is not stopped, is told to go on without a proof
    (``uri1-nobody-resumes``): it may want one of operators alone.
    """

    label: str = "uris"


@dataclass(frozen=True, slots=True)
class ReadDirectory:
    """What the directory of the run has on the printer."""

    label: str = "directory"


AnyStep = (
    Describe | Subscribe | Fill | Print | SendDocument | EndJob | OnJob | OnPrinter | Query | ListSubscriptions | Renew
    | QueryJob | Unsubscribe | AwaitMail | Silence | OutliveLease | Pass | Refuse | Elapse | Approach | VisitUris
    | ReadDirectory
)  # fmt: skip


def tagged(*words: str) -> frozenset[str]:
    """The tags of a scenario."""
    return frozenset(words)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A row: a stable id, the steps, tags by which cases choose it, and what the printer must support to be asked.

    ``needs`` are operations (as the texts spell them), ``event:KEYWORD``, ``format:TYPE``, ``attribute:NAME``,
    ``vocabulary:NAME``, or what the recipient has to offer the printer, ``listener:starttls`` or ``listener:auth``.
    ``alone``: no other play may touch the printer meanwhile, because the printer tells this play's subscription about
    everybody.  ``apart``: the play has to keep time, and neither prints nor minds who else is at the printer, so that
    it waits for nobody.  ``rough``: printers in the field have crashed at it, so that it comes after all others.
    """

    id: str
    steps: tuple[AnyStep, ...]
    tags: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    editions: tuple[str, ...] = EVERY_EDITION
    alone: bool = False
    apart: bool = False
    rough: bool = False

    @property
    def subscriptions(self) -> int:
        """How many subscriptions of the printer's it asks for, but for those that fill it."""
        return sum(1 + len(step.more) for step in self.steps if isinstance(step, Subscribe) and not step.job)

    @property
    def refuses_all(self) -> bool:
        """Whether faults of ours in it meet whatever mail comes, and not its own alone."""
        faults = (fault for step in self.steps if isinstance(step, Refuse) for fault in step.faults)
        return any("{address}" not in fault.line for fault in faults)

    @property
    def fills(self) -> bool:
        """Whether it takes every place that the printer has for subscriptions."""
        return any(isinstance(step, Fill) for step in self.steps)
