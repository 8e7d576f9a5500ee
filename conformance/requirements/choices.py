"""The choices of readings that differ from the suite's own, for the cases to ask about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from .entries import CatalogueError, Reading


class Otherwise(StrEnum):
    """Each as ``--reading`` names it: the reading, and the name of its choice in ``readings.toml``."""

    C02_FAILS = "C02=fails"
    C04_BINDS = "C04=binds"
    C12_IGNORED = "C12=ignored"
    C13_BINDS = "C13=binds"
    C15_ALL = "C15=all"
    C20_FAILS = "C20=fails"
    C30_NO_NAME = "C30=no-name"
    B01_NUMBERS = "B01=numbers"
    B02_SECONDS = "B02=seconds"
    D06_MUST = "D06=must"
    D11_FAILS = "D11=fails"
    X01_ANY = "X01=any"


def switched(wishes: Iterable[str], known: Mapping[str, Reading]) -> frozenset[Otherwise]:
    """What wishes of the form ID=CHOICE come to; the suite's own choice may be named as well.

    Raises `CatalogueError` for what is no such wish, and for two choices of one reading.
    """
    made: dict[str, str] = {}
    for wish in wishes:
        name, _, choice = wish.partition("=")
        reading = known.get(name)
        if reading is None or not reading.switchable:
            able = ", ".join(r.id for r in known.values() if r.switchable)
            why = "no such reading" if reading is None else "this reading is fixed"
            raise CatalogueError(f"--reading {wish}", f"{why}; those with a choice are {able}")
        names = [each.name for each in reading.choices]
        if choice not in names:
            raise CatalogueError(f"--reading {wish}", f"{name} has the choices {', '.join(names)}")
        if made.setdefault(name, choice) != choice:
            raise CatalogueError(f"--reading {wish}", f"{name}={made[name]} was asked for as well")
    return frozenset(
        Otherwise(f"{name}={choice}") for name, choice in made.items() if choice != known[name].choices[0].name
    )


def choices_made(made: Iterable[Otherwise], known: Mapping[str, Reading]) -> dict[str, str]:
    """The choice that counts for each reading with one, by the reading's id."""
    others = dict(each.value.split("=", 1) for each in made)
    return {r.id: others.get(r.id, r.choices[0].name) for r in known.values() if r.switchable}
