"""Fault scripts at work: which faults meet an answer, and how often each has done so.

The same script and the same clients give the same faults; :mod:`conformance.faults` has the language.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from conformance.faults import Action, Fault, FaultKind, Place, script

from .arrivals import mailbox

NOBODY: Final = 0  # whose faults stay as long as the script does; plays are counted from 1
_MUTE: Final = (Action.DROP, Action.CLOSE, Action.STALL)  # no answer is given here that could have manners


@dataclass(frozen=True, slots=True)
class Applied:
    """The faults of one answer, already counted: at most one outcome, and the manners that go with it."""

    outcome: Fault | None
    manners: tuple[Fault, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All of them, manners first."""
        return self.manners + ((self.outcome,) if self.outcome else ())


@dataclass(slots=True)
class _Entry:
    """A fault of the script: whom it is for, as :func:`mailbox` has it, and how often it may still be applied."""

    owner: int
    fault: Fault
    recipient: str | None
    left: int | None


class FaultScript:
    """Faults in the order of their lines, and how often each has been applied."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._entries = [_entry(fault) for fault in faults]
        self._sessions = 0

    @classmethod
    def parse(cls, lines: Iterable[str]) -> FaultScript:
        """A script from its lines; raises :class:`FaultError`."""
        return cls(script("\n".join(lines)))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All of them, used up or not."""
        return tuple(entry.fault for entry in self._entries)

    @property
    def empty(self) -> bool:
        """Whether there are none."""
        return not self._entries

    def change(self, owner: int, faults: Iterable[Fault]) -> None:
        """Give that owner these faults in place of its last ones, behind all others, which stay counted as they are."""
        self._entries = [entry for entry in self._entries if entry.owner != owner]
        self._entries += [_entry(fault, owner) for fault in faults]

    def admit(self) -> int:
        """Count a new connection; its number is what ``session N`` means."""
        self._sessions += 1
        return self._sessions

    def apply(self, place: Place | None, session: int, recipients: Collection[str] = ()) -> Applied | None:
        """The faults for the answer at ``place`` (``None``: an unknown command), counted as applied; often ``None``.

        ``recipients`` are the addresses the answer is about, as :func:`mailbox` has them.
        """
        matching = [entry for entry in self._entries if _matches(entry, place, session, recipients)]
        chosen = next((entry for entry in matching if entry.fault.action.kind is FaultKind.OUTCOME), None)
        outcome = None if chosen is None else chosen.fault
        applied = [entry for entry in matching if entry is chosen or _goes_with(entry.fault, outcome)]
        for entry in applied:
            if entry.left is not None:
                entry.left -= 1
        manners = tuple(entry.fault for entry in applied if entry is not chosen)
        return Applied(outcome, manners) if applied else None

    def size(self, session: int) -> Fault | None:
        """The size limit in force, if the script sets one."""
        if not self._entries:
            return None
        found = (entry.fault for entry in self._entries if entry.fault.place is Place.SIZE)
        return next((fault for fault in found if fault.session in (None, session)), None)


def _entry(fault: Fault, owner: int = NOBODY) -> _Entry:
    return _Entry(owner, fault, None if fault.recipient is None else mailbox(fault.recipient), fault.times)


def _matches(entry: _Entry, place: Place | None, session: int, recipients: Collection[str]) -> bool:
    fault = entry.fault
    return (
        (fault.place is place or fault.place is Place.ANY)
        and fault.session in (None, session)
        and (entry.recipient is None or entry.recipient in recipients)
        and (entry.left is None or entry.left > 0)
    )


def _goes_with(fault: Fault, outcome: Fault | None) -> bool:
    """Whether a manner can show when the answer has that outcome; outcomes that were not chosen never do."""
    if fault.action.kind is not FaultKind.MANNER:
        return False
    if outcome is not None and outcome.action in _MUTE:
        return fault.action is Action.DELAY
    return outcome is None or fault.action not in (Action.HIDE, Action.ANNOUNCE)


def in_manner(reply: bytes, manners: Iterable[Fault]) -> tuple[bytes, float | None]:
    """How a reply is given: its octets, and how many seconds apart, if they come one by one."""
    apart = None
    for manner in manners:
        if manner.action is Action.MULTILINE:
            *before, last = reply.splitlines(keepends=True)
            reply = b"".join(before) + (last[:3] + b"-" + last[4:]) * (manner.number - 1) + last
        elif manner.action is Action.TRICKLE:
            apart = manner.seconds
    return reply, apart
