"""Walks: what operators and users do to a printer, in an order that nobody thought of.

Hypothesis draws them, as many as asked for and the same ones for the same seed; what a walk is stands in its name, so
that neither is needed to take it again.  Cases that look at the whole run judge them: what is due after any walk is
read from the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from conformance.editions import TRAITS, ContentChoice, editions_with
from conformance.vocabulary import Edition

from .steps import Scenario
from .walk_moves import EVENTS, FORMATS, NEEDS, OF_JOBS, TEXT_ONLY, Walker, WalkError, WalkMove, moves_of

PREFIX: Final = "walk/"
TAG: Final = "walk"
WAIT: Final = "w"
MOVES: Final = 15
MOST: Final = 1_000  # walks of one run; each may print two sheets
POOL: Final = 40  # are drawn for each that is taken: those that meet what none before them has met
_ANY: Final = 100  # numbers below it are drawn: Hypothesis mixes larger ones of the programs around it in among its own


@dataclass(frozen=True, slots=True)
class Terrain:
    """What a walk may do: have the printer to itself, pause it, ask for forms of mail that not every printer has."""

    alone: bool
    pauses: bool
    forms: bool


TERRAINS: Final = (
    Terrain(alone=False, pauses=False, forms=False),
    Terrain(alone=True, pauses=True, forms=True),
    Terrain(alone=True, pauses=True, forms=False),
    Terrain(alone=False, pauses=False, forms=True),
    Terrain(alone=True, pauses=False, forms=True),
    Terrain(alone=True, pauses=False, forms=False),
)
"""Those of the first walk, the second and so on, and then again: a printer that lacks something can take the others."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk, and what it becomes."""

    moves: tuple[WalkMove, ...]
    walker: Walker

    @property
    def name(self) -> str:
        """As a scenario is called: it says everything."""
        return PREFIX + ".".join(map(str, self.moves))

    def beginning(self, moves: int) -> str:
        """The name of the walk that ends after so many of its moves, and waits for what is due by then."""
        words = [str(move) for move in self.moves[:moves]]
        return PREFIX + ".".join(words if words[-1:] == [WAIT] else [*words, WAIT])

    @property
    def scenario(self) -> Scenario:
        """The row."""
        shapes = [move.shape for move in self.moves if move.shape]
        needs = {need: None for move in self.moves for need in NEEDS.get(move.verb, ())}
        needs |= {f"event:{event}": None for shape in shapes for event in EVENTS[shape[0]]}
        choices = {
            ContentChoice.TEXT_ONLY if shape[1] == TEXT_ONLY else ContentChoice.FORMAT for shape in shapes if shape[1:]
        }
        if ContentChoice.FORMAT in choices:
            needs["attribute:notify-format"] = None
        editions = tuple(e for e in Edition if all(e in editions_with(choice) for choice in choices))
        apart = all(move.verb not in "stqg" and move.shape[:1] in ("", *OF_JOBS) for move in self.moves)
        return Scenario(self.name, tuple(self.walker.steps), frozenset((TAG,)), tuple(needs), editions, alone=not apart)


def walk_of(name: str) -> Walk:
    """The walk of that name; raises ``WalkError``."""
    moves, walker = moves_of(name.removeprefix(PREFIX)), Walker()
    for move in moves:
        walker.take(move)
    return Walk(tuple(moves), walker)


@cache
def is_walk(scenario: str) -> bool:
    """Whether a scenario of that name is a walk."""
    return scenario.startswith(PREFIX)


# ---------------------------------------------------------------- drawing


def draw_walks(count: int, seed: int, edition: Edition) -> tuple[Scenario, ...]:
    """That many walks; fewer only if nothing more comes out of Hypothesis."""
    taken: dict[str, Walk] = {}
    met: set[tuple[str, str]] = set()
    drawn = list(_numbers(POOL * count, seed))
    for place in range(min(count, len(drawn) // POOL)):
        terrain = TERRAINS[place % len(TERRAINS)]
        pool = [_walk(numbers, edition, terrain) for numbers in drawn[place * POOL : (place + 1) * POOL]]
        best = max(pool, key=lambda walk: (walk.name not in taken, len(walk.walker.met - met)))
        taken[best.name] = best
        met |= best.walker.met
    return tuple(walk.scenario for walk in taken.values())


def _numbers(count: int, seed: int) -> Iterator[Sequence[tuple[int, int]]]:
    """What Hypothesis draws: for each move one number that says which, and one that says of what shape."""
    from hypothesis import HealthCheck, Phase, given, settings  # slow to import, and needed for a run only
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    drawn: list[Sequence[tuple[int, int]]] = []
    number = st.integers(0, _ANY - 1)
    if not count:
        return iter(drawn)

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.tuples(number, number), min_size=MOVES, max_size=MOVES))
    def collect(example: Sequence[tuple[int, int]]) -> None:
        drawn.append(example)

    collect()
    return iter(drawn)


def _walk(numbers: Sequence[tuple[int, int]], edition: Edition, terrain: Terrain) -> Walk:
    """The walk that these numbers stand for: each picks one of the moves that are possible by then."""
    walker, moves = Walker(), list[WalkMove]()
    shapes = _shapes(edition, terrain)
    for which, what in numbers:
        words = list(walker.possible(alone=terrain.alone, pauses=terrain.pauses))
        if not words:
            break
        word = words[which % len(words)]
        verb, about = word[0], int(word[1:] or 0)
        kinds = shapes if verb in "sta" else ("", *shapes) if verb in "jkp" else ("",)
        move = WalkMove(verb, about, kinds[what % len(kinds)])
        walker.take(move)
        moves.append(move)
    if walker.owed:
        moves.append(WalkMove(WAIT))
        walker.take(moves[-1])
    return Walk(tuple(moves), walker)


def _shapes(edition: Edition, terrain: Terrain) -> tuple[str, ...]:
    letters = EVENTS if terrain.alone else OF_JOBS
    formats = TRAITS[edition].content is ContentChoice.FORMAT
    forms = [f for f in FORMATS if not f or (terrain.forms and (f != TEXT_ONLY) is formats)]
    return tuple(f"{event}{form}" for form in forms for event in letters)


# ---------------------------------------------------------------- judging


def readable(name: str) -> Walk | None:
    """The walk of that name; ``None`` where it is none that anybody can take."""
    try:
        return walk_of(name)
    except WalkError:
        return None
