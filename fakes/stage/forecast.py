"""How long a run will take and how much it will print, as far as a printer has said and shown it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.scenarios.steps import (
    AnyStep,
    AwaitMail,
    Elapse,
    OutliveLease,
    Pass,
    Print,
    Renew,
    Scenario,
    SendDocument,
    Silence,
    Subscribe,
)

from .ensemble import gathered
from .first_plays import FIRST_PLAYS
from .pacing import STALL
from .requests import LeaseRange

MAIL: Final = 0.02  # seconds that a mail takes, until one has shown how long
STEP: Final = 0.003  # seconds of a request and what is written down about it
FEW: Final = 2  # documents that a quick run prints where the printer mails of cancelled jobs
ROUNDS: Final = 8  # plays that wait at a time, on the whole


@dataclass(frozen=True, slots=True)
class Forecast:
    """So many plays, seconds and documents; ``learned``: the printer has shown how it mails and prints."""

    plays: int
    seconds: float
    sheets: int
    learned: bool
    paper: int | None = None  # that is left

    def __str__(self) -> str:
        took = f"{self.seconds / 60:.0f} min" if self.seconds >= 90 else f"{max(1.0, self.seconds):.0f} s"
        sheets = f"{self.sheets} document{'' if self.sheets == 1 else 's'}"
        if self.paper is not None and self.paper < self.sheets:
            sheets = f"{self.paper} of the {sheets} that it needs"
        if self.learned:
            bound = "; --paper N bounds that" if self.paper is None and self.sheets > FEW else ""
            return f"as this printer mails, about {took} to go, with {sheets} to print{bound}"
        short = "if the printer mails at once, and of cancelled jobs, too"
        return f"{self.plays} plays, about {took} with {sheets} to print, {short}"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of the printer: its leases, the seconds that a mail takes, and whether a job needs paper to end."""

    leases: LeaseRange
    mail: float = MAIL
    spares_paper: bool = True
    places: int = 100


def forecast(scenarios: Sequence[Scenario], known: Circumstances, *, learned: bool = False) -> Forecast:
    """What these plays will take."""
    first, later = [s for s in scenarios if s.id in FIRST_PLAYS], [s for s in scenarios if s.id not in FIRST_PLAYS]
    longest = max((_aside(s, known) for s in later), default=0.0)
    rest = [s for s in later if not _aside(s, known)]
    meeting = sum(_waits(s, known) for s in rest if not s.alone) / ROUNDS
    alone = 0.0
    for together in gathered(s for s in rest if s.alone):
        rounds = -(-sum(s.subscriptions for s in together) // known.places) if len(together) > 1 else 1
        alone += rounds * max(_waits(s, known) for s in together)
    busy = STEP * sum(len(s.steps) for s in scenarios)
    seconds = sum(_waits(s, known) for s in first) + max(longest, busy + meeting + alone)
    return Forecast(len(scenarios), seconds, sum(_sheets(s, known) for s in scenarios), learned)


def longest_first(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """In the order in which they are to begin that none of them is waited for alone in the end.

    Those that wait for nothing come before: they take no time, and what they leave to be cancelled has ended by then.
    Then what goes onto paper, one after the other as it may, and first of that who has the least to print.
    """
    a_second = Circumstances(LeaseRange(), mail=1.0)

    def turn(scenario: Scenario) -> tuple[bool, bool, int, float]:
        lasts, sheets = _waits(scenario, a_second), _sheets(scenario, a_second)
        return lasts > 0 or sheets > 0, not sheets, sheets, -lasts

    return sorted(scenarios, key=turn)


def _waits(scenario: Scenario, known: Circumstances) -> float:
    """Seconds that a play keeps the printer, waiting for mails and for their absence."""

    def waits(step: AnyStep) -> float:
        match step:
            case AwaitMail() | Silence(deaf=True):  # and others go on for the rest of the silence
                return known.mail
            case Silence():
                return 0.2 + 3 * known.mail  # the sentinel's mail, and twice as long for one that is late
            case _:
                return 0.0

    return sum(map(waits, scenario.steps))


def _aside(scenario: Scenario, known: Circumstances) -> float:
    """Seconds that a play takes which only waits while others play; 0 for the others."""
    if (
        not scenario.alone and "refused-5yz" in scenario.tags
    ):  # a mail that never comes, a later one, and some more time
        return STALL + 4 * known.mail + known.mail + 0.2 + 2 * known.mail
    return _lease_seconds(scenario, known)


def _lease_seconds(scenario: Scenario, known: Circumstances) -> float:
    """Seconds until the last moment of a lease that a play waits for; 0 for one that waits for none."""
    moments = [0.0]
    begun, leases = dict[str, float](), dict[str, float]()
    for step in scenario.steps:
        now = max(moments)
        match step:
            case Subscribe():
                begun[step.ask.label], leases[step.ask.label] = now, _asked(step.ask.lease, known)
            case Renew():
                begun[step.subscription], leases[step.subscription] = now, _asked(step.lease, known)
            case Pass():
                moments.append(begun.get(step.subscription, now) + step.fraction * leases.get(step.subscription, 0.0))
            case OutliveLease():
                moments.append(begun.get(step.subscription, now) + leases.get(step.subscription, 0.0) + 1)
            case Elapse():
                moments.append(now + step.seconds)
            case _:
                continue
    return max(moments) and max(moments) + _waits(scenario, known)


def _asked(wish: int | str | None, known: Circumstances) -> float:
    try:
        return float(known.leases.asked(wish) or 0)
    except LookupError:
        return 0.0


def _sheets(scenario: Scenario, known: Circumstances) -> int:
    return sum(_is_printed(step, spared=known.spares_paper) for step in scenario.steps)


def _is_printed(step: AnyStep, *, spared: bool) -> bool:
    match step:
        case Print(via="Print-Job") | SendDocument():
            return step.paper or not spared
        case Silence():
            return not spared
        case _:
            return False
