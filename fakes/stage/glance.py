"""What a run is at just now, for whoever watches it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.scenarios.steps import AnyStep, AwaitMail, Elapse, OutliveLease, Pass, Silence

from .play_under_way import PlayUnderWay


@dataclass(frozen=True, slots=True)
class Glance:
    """Mails that came so far, and what is waited for; empty where nothing is."""

    mails: int
    waits: str


def glance_at(mails: int, under_way: Iterable[PlayUnderWay]) -> Glance:
    """The play that is under way the longest speaks for the others."""
    plays = list(under_way)
    if not plays:
        return Glance(mails, "")
    more = f" and {len(plays) - 1} more" if len(plays) > 1 else ""
    return Glance(mails, f"{plays[0].scenario.id} for {_awaited(plays[0].doing)}{more}")


def _awaited(step: AnyStep | None) -> str:
    match step:
        case AwaitMail():
            return "a mail"
        case Silence():
            return "mails that ought not to come"
        case OutliveLease():
            return "the end of a lease"
        case Pass():
            return "a part of a lease"
        case Elapse():
            return f"{step.seconds:.0f} s to pass"
        case _:
            return "the printer's answer"
