"""What is noted about a run beside its octets: what the stage found out about the printer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from typing import Any, Final

from .plain_json import from_json, key_of, to_json
from .rows import EvidenceError, Fact


@dataclass(frozen=True, slots=True)
class UserDataForm:
    """How this printer wants a mail address in user data: bare, or as a URI, by what the subscription hangs on."""

    printer: str = "bare"
    job: str = "bare"


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the stage found out, each thing as soon as it was known; ``None`` is what it did not note.

    ``places``: how many plays may be under way together.  ``slowest_mail``: seconds.  ``left_behind``: each thing of
    ours that could not be given back to the printer, and how to undo it.  ``relay``: what the IXIT declares, with the
    addresses it has; ``relay_addresses``: those of each relay that the printer names.  ``observed``: what was seen of
    the printer beside all verdicts.  ``subject``: who is judged, where that is not the printer.  ``firmware``,
    ``serial``, ``tester``, ``station``: what the IXIT says for the record.  ``statement``: what the printer is
    declared to have, in JSON.
    """

    vocabulary: str | None = None
    printer_address: str | None = None
    user_data_form: UserDataForm | None = None
    places: int | None = None
    slowest_mail: float | None = None
    left_behind: tuple[str, ...] = ()
    relay: str | None = None
    relay_rewrites: str | None = None
    relay_addresses: Mapping[str, Sequence[str]] | None = None
    observed: tuple[str, ...] = ()
    subject: str | None = None
    firmware: str | None = None
    serial: str | None = None
    tester: str | None = None
    station: str | None = None
    statement: str | None = None

    @property
    def for_the_record(self) -> dict[str, str]:
        """What the IXIT says of printer and bench, for whoever reads the report."""
        told = {"firmware": self.firmware, "serial": self.serial, "tester": self.tester, "station": self.station}
        return {name: value for name, value in told.items() if value}

    def rows(self, run: int, t: int) -> Iterator[Fact]:
        """A row for each thing that is noted here."""
        for one in fields(self):
            value = getattr(self, one.name)
            for each in value if isinstance(value, tuple) else [value]:
                if each is not None:
                    yield Fact(run, t, _name(one), _WRITTEN.get(one.name, str)(each))

    @classmethod
    def of(cls, noted: Iterable[Fact]) -> RunFacts:
        """From the evidence: the last word on each thing, and all that was left behind or observed.

        Raises ``EvidenceError`` for what cannot be read.
        """
        values: dict[str, list[str]] = {}
        for fact in noted:
            values.setdefault(fact.name, []).append(fact.value)
        known: dict[str, Any] = {
            one.name: tuple(values[key]) if one.name in _SEVERAL else _read(one.name, key, values[key][-1])
            for one in fields(cls)
            if (key := _name(one)) in values
        }
        return cls(**known)


def _name(one: Field[Any]) -> str:
    return key_of(one).replace("_", "-")


def _addresses(text: str) -> Mapping[str, Sequence[str]]:
    loaded = json.loads(text)
    if not isinstance(loaded, dict) or not all(isinstance(found, list) for found in loaded.values()):
        raise ValueError(text)
    return {name: tuple(map(str, found)) for name, found in loaded.items()}


_SEVERAL: Final = ("left_behind", "observed")  # have a row for each thing
_WRITTEN: Final[dict[str, Callable[[Any], str]]] = {
    "user_data_form": to_json,
    "slowest_mail": "{:.3f}".format,
    "relay_addresses": json.dumps,
}
_READ: Final[dict[str, Callable[[str], Any]]] = {
    "user_data_form": lambda text: from_json(UserDataForm, text, "the fact user-data-form"),
    "places": int,
    "slowest_mail": float,
    "relay_addresses": _addresses,
}


def _read(name: str, key: str, text: str) -> Any:
    try:
        return _READ.get(name, str)(text)
    except ValueError as error:
        raise EvidenceError(
            f"the fact {key} is damaged: {text!r:.60}", "take the file from where it was recorded"
        ) from error
