"""The stimuli, as rows: what an operator does to a printer, and nothing about what ought to happen.

A scenario is a tuple of steps.  Addresses and names are templates: ``{address}`` is the recipient address that the
stage makes for the subscription, ``{user}`` the subscriber's own, ``{job}`` a name that no other job has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

NONE_FORMAT: Final = "out-of-band none"  # notify-format with the out-of-band value, not a media type


@dataclass(frozen=True, slots=True)
class Ask:
    """A subscription to ask for.  ``None`` leaves the attribute out of the request."""

    label: str = "s"
    events: tuple[str, ...] | None = ("job-completed",)
    recipient: str | None = "mailto:{address}"
    user_data: str | None = "{user}"
    format: str | None = None
    charset: str | None = None
    language: str | None = None
    lease: int | str | None = None  # seconds, or: min, max, below, above
    text_only: bool | None = None
    same_address_as: str = ""  # label of a subscription whose recipient address this one shares


@dataclass(frozen=True, slots=True)
class Describe:
    """Get-Printer-Attributes, everything."""

    label: str = "printer"


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Create-Printer-Subscriptions with one subscription, or Create-Job-Subscriptions when ``job`` is named."""

    ask: Ask = field(default_factory=Ask)
    job: str = ""
    user: str | None = "Bob Jones"


@dataclass(frozen=True, slots=True)
class Print:
    """A Job Creation operation (or Validate-Job); ``asks`` travel with it as per-job subscriptions."""

    label: str = "j"
    asks: tuple[Ask, ...] = ()
    name: str = "{job}"
    via: str = "Print-Job"
    user: str | None = "Bob Jones"


@dataclass(frozen=True, slots=True)
class SendDocument:
    """The last document of a job made by Create-Job."""

    job: str = "j"


@dataclass(frozen=True, slots=True)
class OnJob:
    """Cancel-Job, Hold-Job or Release-Job."""

    operation: str
    job: str = "j"


@dataclass(frozen=True, slots=True)
class OnPrinter:
    """Pause-Printer or Resume-Printer."""

    operation: str


@dataclass(frozen=True, slots=True)
class Query:
    """Get-Subscription-Attributes, and Get-Printer-Attributes for the clock beside it."""

    subscription: str = "s"
    label: str = "query"


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


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Cancel-Subscription."""

    subscription: str = "s"
    label: str = "cancelled"
    user: str | None = "Bob Jones"


@dataclass(frozen=True, slots=True)
class AwaitMail:
    """Let mails arrive: until the subscription has ``count``, or until a sentinel shows that none will come."""

    subscription: str = "s"
    count: int = 1


@dataclass(frozen=True, slots=True)
class Silence:
    """Let a sentinel event's mail arrive, and the printer's own latency pass, so that absence can be judged."""

    subscription: str = "s"
    label: str = "silence"


@dataclass(frozen=True, slots=True)
class OutliveLease:
    """Wait, in real time, until the lease of a subscription has ended and one second more."""

    subscription: str = "s"


@dataclass(frozen=True, slots=True)
class Pass:
    """Wait that fraction of the subscription's lease."""

    subscription: str = "s"
    fraction: float = 0.5


Step = (
    Describe | Subscribe | Print | SendDocument | OnJob | OnPrinter | Query | ListSubscriptions | Renew | Unsubscribe
    | AwaitMail | Silence | OutliveLease | Pass
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scenario:
    """A row: a stable id, the steps, tags by which cases choose it, and what the printer must support to be asked.

    ``needs`` are operations (as the texts spell them), ``event:KEYWORD``, ``format:TYPE``, ``attribute:NAME`` or
    ``vocabulary:NAME``.  ``alone``: no other play may touch the printer meanwhile, because the printer tells this
    play's subscription about everybody.
    """

    id: str
    steps: tuple[Step, ...]
    tags: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    editions: tuple[str, ...] = ("mailto-00", "mailto-04")
    alone: bool = False


FORMATS: Final = {
    "text-plain": "text/plain",
    "us-ascii": "text/plain; charset=us-ascii",
    "utf-8": "text/plain; charset=utf-8",
    "none": NONE_FORMAT,
    "omitted": None,
    "html": "text/html",
    "html-utf-8": "text/html; charset=utf-8",
    "ipp": "application/ipp",
    "postscript": "application/postscript",
    "tiff": "image/tiff",
    "audio": "audio/32kadpcm",
    "unregistered": "application/x-ippmailto-unregistered",
}
JOB_EVENTS: Final = ("job-created", "job-state-changed", "job-completed")


def _tags(*words: str) -> frozenset[str]:
    return frozenset(words)


def _needs_of(format_: str | None) -> tuple[str, ...]:
    return () if format_ is None else ("attribute:notify-format",)


def _format_scenarios() -> Iterator[Scenario]:
    """One event, one mail, for each format and both kinds of subscription."""
    for word, media in FORMATS.items():
        ask = Ask(format=media)
        tags = _tags("mail", "format", word) | _format_tags(media)
        yield Scenario(
            f"printer/{word}",
            (Subscribe(ask), Print(), AwaitMail(), Query(label="after"), Unsubscribe()),
            tags | {"per-printer"},
            _needs_of(media),
            alone=True,
        )
        yield Scenario(f"job/{word}", (Print(asks=(ask,)), AwaitMail()), tags | {"per-job"}, _needs_of(media))


def _format_tags(media: str | None) -> frozenset[str]:
    """Tags for what a format asks for: nothing beside the body, or a part of some type."""
    if media in (None, NONE_FORMAT):
        return frozenset()
    if media in ("text/plain", "text/plain; charset=us-ascii"):
        return _tags("plain")
    return _tags("attached", "machine" if media == "application/ipp" else "human")


def _sequence_scenarios() -> Iterator[Scenario]:
    """Several events in a row, asked about in between."""
    for word, media in (("text-plain", "text/plain"), ("omitted", None), ("ipp", "application/ipp")):
        ask = Ask(format=media)
        steps: list[Step] = [Subscribe(ask), Query(label="before")]
        for n in (1, 2, 3):
            steps += [Print(f"j{n}"), AwaitMail(count=n), Query(label=f"after-{n}")]
        yield Scenario(
            f"printer/sequence-{word}",
            (*steps, Unsubscribe()),
            _tags("sequence", "per-printer", "mail", word) | _format_tags(media),
            _needs_of(media),
            alone=True,
        )
        ask = Ask(format=media, events=JOB_EVENTS)
        yield Scenario(
            f"job/sequence-{word}",
            (
                Print(asks=(ask,), via="Create-Job"),
                AwaitMail(count=1),
                Query(label="after-1"),
                SendDocument(),
                AwaitMail(count=3),
            ),
            _tags("job-sequence", "per-job", "mail", word) | _format_tags(media),
            ("Create-Job", "Send-Document", *_needs_of(media)),
        )
    yield Scenario(
        "job/before-any-event",
        (
            Print(asks=(Ask(events=("job-completed",)),), via="Create-Job"),
            Query(label="before"),
            SendDocument(),
            AwaitMail(),
        ),
        _tags("fresh", "per-job", "mail"),
        ("Create-Job", "Send-Document"),
    )


def _lease_scenarios() -> Iterator[Scenario]:
    for word in ("min", "omitted", "below", "above", "inside"):
        lease = None if word == "omitted" else word
        yield Scenario(
            f"printer/lease-{word}",
            (Subscribe(Ask(lease=lease)), Query(label="granted"), Unsubscribe()),
            _tags("lease", f"lease-{word}", "per-printer"),
            alone=True,
        )
    yield Scenario(
        "printer/lease-ends",
        (Subscribe(Ask(lease="min")), Query(label="granted"), OutliveLease(), Query(label="after-end"), Silence()),
        _tags("lease-ends", "per-printer"),
        alone=True,
    )


SCENARIOS: Final[tuple[Scenario, ...]] = (
    Scenario("printer/description", (Describe(),), _tags("description")),
    Scenario(
        "printer/user-data",
        (Subscribe(Ask(user_data="{bare}")), Query(), Unsubscribe()),
        _tags("bare-user-data", "per-printer"),
        alone=True,
    ),
    Scenario(
        "printer/user-data-as-uri",
        (Subscribe(Ask(user_data="mailto:{bare}")), Unsubscribe()),
        _tags("per-printer"),
        alone=True,
    ),
    Scenario(
        "job/isolation",
        (
            Print(asks=(Ask(),), via="Create-Job"),
            Print("other"),
            Silence(),
            SendDocument(),
            AwaitMail(),
        ),
        _tags("isolation", "per-job"),
        ("Create-Job", "Send-Document"),
        alone=True,
    ),
    *_lease_scenarios(),
    *_format_scenarios(),
    *_sequence_scenarios(),
    Scenario(
        "printer/no-user-data",
        (Subscribe(Ask(user_data=None)), Print(), Silence()),
        _tags("no-user-data", "per-printer"),
        alone=True,
    ),
    Scenario(
        "job/no-user-data",
        (Print(asks=(Ask(user_data=None),)), Silence()),
        _tags("no-user-data", "per-job"),
        alone=True,
    ),
    Scenario(
        "printer/state-changed",
        (
            Subscribe(Ask(events=("printer-state-changed",))),
            OnPrinter("Pause-Printer"),
            AwaitMail(),
            OnPrinter("Resume-Printer"),
            Unsubscribe(),
        ),
        _tags("mail", "printer-event", "per-printer"),
        ("Pause-Printer", "Resume-Printer"),
        alone=True,
    ),
)
BY_ID: Final = {s.id: s for s in SCENARIOS}


def selected(on: str) -> list[Scenario]:
    """The scenario of that id, or all with that tag, in order."""
    return [BY_ID[on]] if on in BY_ID else [s for s in SCENARIOS if on in s.tags]
