"""A conforming variant of the reference printer by its name."""

from __future__ import annotations

from difflib import get_close_matches

from fakes.conforming_variants import BY_ID
from fakes.variant import ConformingVariant
from reports.exits import UsageError


def variant_called(name: str) -> ConformingVariant:
    """The variant of that id; raises ``UsageError``."""
    if name not in BY_ID:
        near = get_close_matches(name, BY_ID, 1)
        meant = f"did you mean {near[0]}?" if near else "ippmailto printer --list-variants prints them"
        raise UsageError(f"no variant is called {name!a}; {meant}")
    return BY_ID[name]
