"""Conforming variants drawn together: a printer that makes several permitted choices at once conforms, too."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from fakes.variant import ConformingVariant

AT_MOST: Final = 3  # choices of one printer; what three do together two of them do as a rule
CLASHES: Final = (
    {"only-plain-text", "multipart-by-default"},  # a default that is not among the formats
    {"only-plain-text", "utf-8-as-the-whole-mail"},  # there is no such format
    {"only-plain-text", "eight-bit"},  # nothing goes beyond us-ascii
    {"scanned-on-the-way", "eight-bit"},  # the one that adds the footer asks for no 8BITMIME
    {"german-only", "german-by-default"},
)
"""Choices that no printer can make together, beside those that settle the same thing."""


def go_together(variants: Sequence[ConformingVariant]) -> bool:
    """Whether one printer can be all of them."""
    return all(_pair(one, other) for one, other in combinations(variants, 2))


def _pair(one: ConformingVariant, other: ConformingVariant) -> bool:
    same_texts = (one.edition, one.vocabulary) == (other.edition, other.vocabulary)
    return (
        same_texts
        and not one.change.keys() & other.change.keys()
        and not any({one.id, other.id} >= clash for clash in CLASHES)
    )


def together(variants: Sequence[ConformingVariant]) -> ConformingVariant:
    """One printer that is all of them."""
    return ConformingVariant(
        id="+".join(v.id for v in variants),
        says=" ".join(v.says for v in variants),
        change={name: value for v in variants for name, value in v.change.items()},
        on=tuple(dict.fromkeys(on for v in variants for on in v.on)),
        warns={name: why for v in variants for name, why in v.warns.items()},
        unjudged={name: why for v in variants for name, why in v.unjudged.items()},
        edition=variants[0].edition,
        vocabulary=variants[0].vocabulary,
        combined=True,
    )


def drawn_together(variants: Sequence[ConformingVariant], number: int, seed: int) -> list[ConformingVariant]:
    """So many different ones of two or three choices each, the same ones for the same seed; fewer if there are not as
    many.
    """
    draw = random.Random(seed)
    found: dict[str, ConformingVariant] = {}
    for chosen in _draws(variants, draw, tries=100 * number):
        if len(found) == number:
            break
        if go_together(chosen):
            combined = together(chosen)
            found.setdefault(combined.id, combined)
    return list(found.values())


def _draws(variants: Sequence[ConformingVariant], draw: random.Random, tries: int) -> Iterator[list[ConformingVariant]]:
    """Two or three each time, in the order of the table."""
    for _ in range(tries):
        size = draw.randint(2, AT_MOST)
        if size <= len(variants):
            yield [variants[i] for i in sorted(draw.sample(range(len(variants)), size))]
