"""The moves that a walk is made of, and the walker who takes them: which are possible when, and what steps they become.

A walk is written as its moves with dots between them, ``sci.q.j.c1.g.w``, and that is all there is to it: whoever has
the name of a walk can take it again, or the beginning of it, with no seed and nothing that draws.

A move is a letter, the number of the subscription or job that it is about where there is one, and, where something is
subscribed, a letter for the events and perhaps one for the form.  Subscriptions and jobs are numbered as they come.
The numbers and letters of old evidence have to keep their meaning: add letters, and change none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from conformance.faults import script

from .steps import (
    AnyStep,
    Ask,
    AwaitMail,
    Describe,
    OnJob,
    OnPrinter,
    Print,
    QueryJob,
    Refuse,
    Renew,
    SendDocument,
    Subscribe,
    Unsubscribe,
)

EVENTS: Final = {
    "c": ("job-completed",),
    "n": ("job-created",),
    "b": ("job-created", "job-completed"),
    "s": ("job-state-changed",),
    "t": ("printer-stopped",),
    "p": ("printer-state-changed",),
    "m": ("job-completed", "printer-stopped"),
}
"""Letters for what is subscribed; those before ``t`` concern jobs alone."""
OF_JOBS: Final = "cnbs"
TEXT_ONLY: Final = "x"
FORMATS: Final = {"": None, "i": "application/ipp", "h": "text/html", "f": "text/plain", TEXT_ONLY: None}
"""Letters for the form that is asked for: a format, or, where an edition has no formats, notify-mailto-text-only."""

NEEDS: Final = {
    "j": ("Create-Job", "Send-Document", "Cancel-Job"),
    "k": ("Create-Job", "Send-Document", "Cancel-Job"),
    "p": ("Cancel-Job",),
    "a": ("Create-Job-Subscriptions",),
    "h": ("Hold-Job", "Release-Job"),
    "l": ("Hold-Job", "Release-Job"),
    "c": ("Cancel-Job",),
    "r": ("Renew-Subscription",),
    "z": ("Renew-Subscription",),
    "u": ("Cancel-Subscription",),
    "q": ("Pause-Printer", "Resume-Printer"),
    "g": ("Pause-Printer", "Resume-Printer"),
}
SHEETS: Final = 2  # that a walk prints at most; a mail that is missed costs one more, to see that the path works
MOST_AT_ONCE: Final = 3  # jobs that have not ended, and per-printer subscriptions
MOST_IN_ALL: Final = 7  # jobs, and subscriptions: one digit has to do
PAUSES: Final = 2
MOST_MOVES: Final = 40  # that a name may have; of those that are drawn each has fifteen
BOB, ALICE = "Bob Jones", "Alice Smith"
REFUSAL: Final = "rcpt to {address}: 451 try again later x1"

_MOVE: Final = re.compile(r"([a-z])([1-9]?)([a-z]{0,2})")


class WalkError(Exception):
    """A walk that nobody can take; says which of its moves is not possible, and why."""


@dataclass(frozen=True, slots=True)
class WalkMove:
    """One move; ``about`` is 0 where it is about nothing that is there yet."""

    verb: str
    about: int = 0
    shape: str = ""

    def __str__(self) -> str:
        return f"{self.verb}{self.about or ''}{self.shape}"


def moves_of(text: str) -> list[WalkMove]:
    """The moves of a walk as it is written; raises ``WalkError``."""
    found = []
    for word in text.split("."):
        match = _MOVE.fullmatch(word)
        if match is None:
            raise WalkError(f"{word!a:.40} is no move")
        found.append(WalkMove(match[1], int(match[2] or 0), match[3]))
    if len(found) > MOST_MOVES:
        raise WalkError(f"it has {len(found)} moves, and {MOST_MOVES} are enough")
    return found


@dataclass(slots=True)
class _Watch:
    """A subscription as the walker knows it; ``due`` are the mails that it ought to have had by now, at least."""

    label: str
    events: tuple[str, ...]
    user: str
    shares: str  # label of the subscription whose recipient it has; its own where it has one of its own
    job: int = 0
    form: str = ""
    live: bool = True
    due: int = 0
    awaited: int = 0
    renewals: int = 0


@dataclass(slots=True)
class _WalkJob:
    """A job as the walker knows it."""

    user: str
    open: bool = False
    held: bool = False
    ended: bool = False
    sheet: bool = False  # one is kept for it
    printed: bool = False  # and nobody has asked since whether it has ended


@dataclass(slots=True)
class Walker:
    """Takes moves: ``steps`` are what they become, ``ends`` how many of those there were after each of them.

    ``met`` is under which circumstances mails became due.
    """

    steps: list[AnyStep] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    watches: list[_Watch] = field(default_factory=list)
    errands: list[_WalkJob] = field(default_factory=list)
    met: set[tuple[str, str]] = field(default_factory=set)
    sheets: int = SHEETS
    paused: bool = False
    pauses: int = 0
    refused: bool = False
    cancelled: bool = False  # the last job that ended was

    @property
    def owed(self) -> bool:
        """Whether mails are due that nobody has waited for."""
        return any(w.live and w.due > w.awaited for w in self.watches)

    def possible(self, *, alone: bool, pauses: bool) -> Iterator[str]:
        """The next moves, without shapes, those that are to be likelier more than once.

        ``alone``: nobody else is at the printer, which may be subscribed to as a whole then, and, with ``pauses``, be
        paused.
        """
        mine = [(n, w) for n, w in enumerate(self.watches, 1) if w.live and not w.job]
        room = len(self.watches) < MOST_IN_ALL
        if alone and room and len(mine) < MOST_AT_ONCE:
            yield from ("s", "s") if mine else ("s", "s", "s", "s")
            yield from (f"t{n}" for n, w in mine if w.user == BOB and w.shares == w.label)
        waiting = [(n, e) for n, e in enumerate(self.errands, 1) if not e.ended]
        if len(self.errands) < MOST_IN_ALL and len(waiting) < MOST_AT_ONCE and room:
            yield from ("j", "j", "k")
            yield from ("p",) if self.sheets else ()
        for n, errand in waiting:
            yield from (f"c{n}", f"c{n}")
            yield from (f"l{n}", f"l{n}") if errand.held else (f"h{n}",)
            yield from (f"d{n}",) if errand.open and self.sheets else ()
            yield from (f"a{n}",) if room and errand.user == BOB else ()
        for n, watch in mine:
            yield from (f"r{n}",) * (3 if watch.renewals == 1 else 2)
            yield from (f"z{n}", f"u{n}")
        if not self.refused and mine:
            yield f"x{mine[-1][0]}"
        if self.owed:
            yield from ("w", "w")
        if self.paused:
            yield from ("g", "g", "g")
        elif alone and pauses and mine and self.pauses < PAUSES:
            yield from ("q", "q")

    def take(self, move: WalkMove) -> None:
        """Take a move; raises ``WalkError`` where it is not possible."""
        self._look_at(move)
        {
            "s": self._subscribe, "t": self._subscribe, "a": self._add, "j": self._create, "k": self._create,
            "p": self._print, "h": self._hold, "l": self._release, "d": self._send, "c": self._cancel,
            "r": self._renew, "z": self._renew, "u": self._unsubscribe, "x": self._refuse, "w": self._wait,
            "q": self._pause, "g": self._resume,
        }[move.verb](move)  # fmt: skip
        self.ends.append(len(self.steps))

    # ------------------------------------------------------------ whether it can be

    def _look_at(self, move: WalkMove) -> None:
        if why := self._why_not(move):
            raise WalkError(f"move {len(self.ends) + 1}, {move}, is not possible: {why}")

    def _why_not(self, move: WalkMove) -> str:
        verb, n, shape = move.verb, move.about, move.shape
        if verb not in "stajkphldcrzuxwqg":
            return "there is no such letter"
        if shape and (verb not in "stajkp" or shape[0] not in EVENTS or shape[1:] not in FORMATS):
            return "there is no such shape"
        if verb in "sta" and not shape:
            return "it does not say what is subscribed"
        if (verb in "stajkp" and len(self.watches) >= MOST_IN_ALL) or (
            verb in "jkp" and len(self.errands) >= MOST_IN_ALL
        ):
            return f"there are {MOST_IN_ALL} before it"
        if bool(n) != (verb in "tahldcrzux"):
            return "it is about nothing" if not n else "it is about a thing to come"
        if verb in "trzux" and not (n <= len(self.watches) and self.watches[n - 1].live):
            return f"there is no subscription {n}"
        if verb in "trz" and self.watches[n - 1].job:
            return f"subscription {n} hangs on a job"
        if verb in "ahldc" and not (n <= len(self.errands) and not self.errands[n - 1].ended):
            return f"there is no job {n} that waits"
        if verb == "d" and not self.errands[n - 1].open:
            return f"job {n} has its document"
        if verb in "pd" and not self.sheets:
            return f"a walk has {SHEETS} sheets"
        if ((verb == "q") and self.paused) or (verb == "g" and not self.paused):
            return "the printer is paused" if self.paused else "the printer is not paused"
        return ""

    # ------------------------------------------------------------ what happens

    def _happened(self, event: str, job: int = 0) -> None:
        """An event, which is due to whoever listed it."""
        for watch in self.watches:
            if watch.job and (watch.job != job if job else self.errands[watch.job - 1].ended):
                continue
            if watch.live and event in watch.events:
                watch.due += 1
                self._meet(event, watch)

    def _meet(self, event: str, watch: _Watch) -> None:
        """Note what this is like; what comes to an address that two share is hard to judge, and counts for nothing."""
        if sum(other.shares == watch.shares for other in self.watches) > 1:
            return
        circumstances = {"stopped": self.paused, "cancelled": self.cancelled, "renewed": watch.renewals > 1}
        for circumstance in ("any", *(name for name, there in circumstances.items() if there)):
            self.met |= {(circumstance, event), (circumstance, f"job {bool(watch.job)}"), (circumstance, watch.form)}

    def _ended(self, number: int, *, cancelled: bool) -> None:
        errand = self.errands[number - 1]
        self.cancelled = cancelled
        self._happened("job-completed", number)
        errand.ended = True

    def _maybe_printed(self, number: int) -> None:
        errand = self.errands[number - 1]
        if not (errand.open or errand.held or errand.ended or self.paused):
            errand.sheet, errand.printed = False, True
            self._ended(number, cancelled=False)

    # ------------------------------------------------------------ subscriptions

    def _ask(self, shape: str, user: str, *, job: int = 0, shares: str = "") -> tuple[Ask, ...]:
        if not shape:
            return ()
        label = f"s{len(self.watches) + 1}"
        self.watches.append(_Watch(label, EVENTS[shape[0]], user, shares or label, job, shape[1:]))
        plain = Ask(label=label, events=EVENTS[shape[0]], same_address_as=shares)
        return (replace(plain, format=FORMATS[shape[1:]], text_only=True if shape[1:] == TEXT_ONLY else None),)

    def _subscribe(self, move: WalkMove) -> None:
        shares, user = (self.watches[move.about - 1].shares, ALICE) if move.verb == "t" else ("", BOB)
        (ask,) = self._ask(move.shape, user, shares=shares)
        self.steps.append(Subscribe(ask, user=user))

    def _add(self, move: WalkMove) -> None:
        user = self.errands[move.about - 1].user
        (ask,) = self._ask(move.shape, user, job=move.about)
        self.steps.append(Subscribe(ask, job=f"j{move.about}", user=user))

    def _renew(self, move: WalkMove) -> None:
        watch = self.watches[move.about - 1]
        watch.renewals += 1
        self.steps.append(Renew(watch.label, lease=0 if move.verb == "z" else None, user=watch.user))

    def _unsubscribe(self, move: WalkMove) -> None:
        watch = self.watches[move.about - 1]
        watch.live, watch.due = False, watch.awaited  # what was under way may come or not
        self.steps.append(Unsubscribe(watch.label, user=watch.user))

    def _refuse(self, move: WalkMove) -> None:
        self.refused = True
        self.steps.append(Refuse(script(REFUSAL), self.watches[move.about - 1].shares))

    def _wait(self, move: WalkMove) -> None:
        """Wait for what is due, once for each address: those who share one cannot be told apart by their mails.

        First the printer is asked whether jobs have ended: their ends are due when it says so.
        """
        for number, errand in enumerate(self.errands, 1):
            if errand.printed:
                self.steps.append(QueryJob(f"j{number}"))
                errand.printed = False
        for shared in dict.fromkeys(w.shares for w in self.watches):
            group = [w for w in self.watches if w.shares == shared]
            live = next((w for w in group if w.live), None)
            if live is not None and any(w.due > w.awaited for w in group):
                self.steps.append(AwaitMail(live.label, sum(w.due for w in group)))
                for watch in group:
                    watch.awaited = watch.due

    # ------------------------------------------------------------ jobs

    def _create(self, move: WalkMove) -> None:
        self._new_job(move, "Create-Job", _WalkJob(ALICE if move.verb == "k" else BOB, open=True))

    def _print(self, move: WalkMove) -> None:
        self.sheets -= 1
        self._new_job(move, "Print-Job", _WalkJob(BOB, sheet=True))

    def _new_job(self, move: WalkMove, via: str, errand: _WalkJob) -> None:
        self.errands.append(errand)
        number = len(self.errands)
        asks = self._ask(move.shape, errand.user, job=number)
        self.steps.append(Print(f"j{number}", asks, via=via, user=errand.user, paper=via == "Print-Job"))
        self._happened("job-created", number)
        self._maybe_printed(number)

    def _on(self, operation: str, number: int) -> Iterator[AnyStep]:
        yield OnJob(operation, f"j{number}")
        yield QueryJob(f"j{number}")  # one that is cancelled may go on to a point where it can stop

    def _hold(self, move: WalkMove) -> None:
        self.errands[move.about - 1].held = True
        self.steps += self._on("Hold-Job", move.about)

    def _release(self, move: WalkMove) -> None:
        errand = self.errands[move.about - 1]
        self.steps += self._on("Release-Job", move.about)
        if errand.held:
            self._happened("job-state-changed", move.about)
        errand.held = False
        self._maybe_printed(move.about)

    def _send(self, move: WalkMove) -> None:
        errand = self.errands[move.about - 1]
        errand.open, errand.sheet = False, True
        self.sheets -= 1
        self.steps.append(SendDocument(f"j{move.about}", paper=True))
        self._maybe_printed(move.about)

    def _cancel(self, move: WalkMove) -> None:
        errand = self.errands[move.about - 1]
        self.sheets += errand.sheet
        self.steps += self._on("Cancel-Job", move.about)
        self._ended(move.about, cancelled=True)

    # ------------------------------------------------------------ the printer

    def _pause(self, move: WalkMove) -> None:
        self.pauses += 1
        self.paused = True
        self.steps += [Describe("before"), OnPrinter("Pause-Printer"), Describe("paused")]
        self._happened("printer-stopped")

    def _resume(self, move: WalkMove) -> None:
        self._happened("printer-state-changed")  # the pause and its end are two changes, of which one may count as none
        self.paused = False
        self.steps += [OnPrinter("Resume-Printer"), Describe("resumed")]
        for number in range(1, len(self.errands) + 1):
            self._maybe_printed(number)
