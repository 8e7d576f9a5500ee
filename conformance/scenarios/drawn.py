"""Awkward data that Hypothesis draws: as many rows as asked for, and the same rows for the same seed.

The rows are made anew for each run; what was sent stands in the evidence, so that judging needs neither seed nor
Hypothesis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from .awkward import HOSTILE, OTHER, PRINTABLE, USER_DATA
from .steps import Ask, AwaitMail, Print, Scenario

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Example = tuple[str, str, str]  # templates of a job's name, a user's name, user data
PREFIX: Final = "awkward/random-"
TAGS: Final = frozenset(("awkward", "drawn", "controls", "beyond-ascii", "long", "dots"))
ROOM: Final = 180  # octets of a name's template; what its words stand for stays below 255 together with these
PIECES: Final = 6  # of a name, each of up to six characters
MOST: Final = 10_000  # rows of one run; each is a job to be printed
_NAME: Final = re.compile(re.escape(PREFIX) + "[1-9][0-9]{0,4}")  # what else is called so, nobody drew
SITTINGS: Final = 20  # at most, to get as many as asked for: what repeats another is left out

_SPECIALS: Final = "()<>[]:;@\\,.\"'%=?_ \t-!&"
_FRAGMENTS: Final = (
    "\r\n", "\n", "\r", "\r\n ", "\r\n.\r\n", ".", "..", "\0", "X-Injected: {local}", "Bcc: {other}", "<{other}>", "=?",
    "?=", "=?utf-8?Q?", "=?utf-8?B?", "\\\"", "\u202e", "\u2028", "\u0085", "\x1b[2J", "{{", "}}", "RCPT TO:<{other}>",
)  # fmt: skip
# Where blocks of Unicode begin; of each the first 96 characters are drawn, assigned or not: 1 to 4 octets in UTF-8.
_BLOCKS: Final = (
    0x20, 0xA0, 0x100, 0x300, 0x370, 0x400, 0x590, 0x600, 0x780, 0x900, 0xE00, 0x1E00, 0x2000, 0x2060, 0x2190, 0x2500,
    0x3040, 0x4E00, 0xAC00, 0xE000, 0xFB00, 0xFE00, 0xFF00, 0xFFA0, 0x10330, 0x1D400, 0x1F300, 0x1F600, 0xE0000,
    0x10FF00,
)  # fmt: skip
_OF_A_BLOCK: Final = 96  # below 100: Hypothesis mixes larger numbers of the programs around it in among its own


def draw(count: int, seed: int) -> tuple[Scenario, ...]:
    """That many scenarios, ``awkward/random-1`` and so on; fewer only if nothing more comes out of Hypothesis."""
    found: dict[Example, None] = {}
    for sitting in range(SITTINGS):
        if len(found) >= count:
            break
        for example in _examples(count - len(found), seed * SITTINGS + sitting):
            found[example] = None
    return tuple(_row(i, *example) for i, example in enumerate(list(found)[:count], 1))


def _examples(count: int, seed: int) -> list[Example]:
    """What one sitting with Hypothesis draws: up to that many, some perhaps twice."""
    from hypothesis import HealthCheck, Phase, given, settings  # slow to import, and needed for a run only
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    drawn: list[Example] = []
    names, data = _names(), st.one_of(st.just("{user}"), st.sampled_from(sorted(USER_DATA.values())))

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(names, names, data))
    def collect(example: Example) -> None:
        drawn.append(example)

    collect()
    return drawn


def _row(number: int, job: str, user: str, user_data: str) -> Scenario:
    steps = (Print(asks=(Ask(user_data=user_data),), name=f"{{job}} {job}", user=user), AwaitMail())
    return Scenario(f"{PREFIX}{number}", steps, TAGS)


def _names() -> SearchStrategy[Any]:
    """Templates of names: awkward ones known by heart, fragments, and characters from everywhere."""
    from hypothesis import strategies as st

    anywhere = st.tuples(st.sampled_from(_BLOCKS), st.integers(0, _OF_A_BLOCK - 1)).map(lambda at: chr(sum(at)))
    character = st.one_of(st.sampled_from(_SPECIALS), anywhere).map(lambda c: c * 2 if c in "{}" else c)
    run = st.lists(character, max_size=6).map("".join)
    known = [*PRINTABLE.values(), *HOSTILE.values(), *(text for text in OTHER.values() if "<" not in text)]
    piece = st.one_of(run, st.sampled_from(_FRAGMENTS))
    made = st.lists(piece, min_size=1, max_size=PIECES).map("".join)
    return st.one_of(made, made, st.sampled_from(known)).filter(lambda name: _fits(str(name)))


def _fits(template: str) -> bool:
    """Whether the name, once filled in, has at most 255 octets (RFC 2911 section 4.1.2), and says something."""
    words = {"{local}": 20, "{other}": 40, "{job}": 12}  # octets that they stand for, at most
    return 0 < len(template.encode()) + sum(template.count(w) * size for w, size in words.items()) <= ROOM


def recorded(scenarios: Iterable[str]) -> list[Scenario]:
    """Those of a run's scenarios that were drawn, as the cases choose them: without their steps."""
    return [Scenario(name, (), TAGS) for name in scenarios if _NAME.fullmatch(name)]
