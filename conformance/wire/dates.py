"""The date-time of a Date field (RFC 822 section 5, RFC 5322 sections 3.3 and 4.3), comments and all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from .comments import without_comments
from .words import plain

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES: Final = {  # hours east of Greenwich
    "ut": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_DATE_TIME: Final = re.compile(
    r"(?:([A-Za-z]+)\s*,\s*)?(\d{1,2})\s+([A-Za-z]+)\s+(\d{2}|\d{4,})\s+(\d{2})\s*:\s*(\d{2})(?:\s*:\s*(\d{2}))?\s+"
    r"(?:([+-])(\d{2})(\d{2})|([A-Za-z]+))"
)
_LAST_OF_2_DIGITS: Final = 50  # RFC 5322 section 4.3: 00 to 49 are of this century


@dataclass(frozen=True, slots=True)
class DateTime:
    """What a Date field tells: the first instant that it can mean, and for how long it goes on meaning that.

    ``first`` is ``None`` where the zone is a letter or a name that says nothing; ``problem`` is what the grammar, or
    the calendar, has against it.
    """

    first: datetime | None
    unit: timedelta
    problem: str | None = None


def date_time(value: bytes) -> DateTime | None:
    """Read an unfolded field value; ``None`` where it is no date-time at all."""
    bare, closed = without_comments(value)
    found = _DATE_TIME.fullmatch(plain(bare).strip(" \t"))
    if found is None or not closed:
        return None
    name, day, month, year, hour, minute, second, sign, off_hours, off_minutes, zone = found.groups()
    if month.lower() not in _MONTHS:
        return None
    number = int(year) + (0 if len(year) > 2 else 2000 if int(year) < _LAST_OF_2_DIGITS else 1900)
    try:
        on = date(number, _MONTHS.index(month.lower()) + 1, int(day))
        at = datetime(on.year, on.month, on.day, int(hour), int(minute), min(int(second or 0), 59))  # noqa: DTZ001 - below
    except ValueError:
        return None
    if int(second or 0) > 60:  # a leap second is 60, of which Python has none
        return None
    problem = _wrong_day(name, on)
    unit = timedelta(seconds=1) if second else timedelta(minutes=1)
    if sign:
        offset = timedelta(hours=int(off_hours), minutes=int(off_minutes)) * (-1 if sign == "-" else 1)
        if int(off_minutes) > 59 or abs(offset) >= timedelta(days=1):
            return None
    elif zone.lower() in _ZONES:
        offset = timedelta(hours=_ZONES[zone.lower()])
    else:
        if len(zone) > 1 or zone.lower() == "j":  # of the military letters it is the one that is not used
            problem = problem or f"{zone} is no time zone of the grammar"
        return DateTime(None, unit, problem)
    return DateTime(at.replace(tzinfo=timezone(offset)).astimezone(UTC), unit, problem)


def _wrong_day(name: str | None, on: date) -> str | None:
    if name is None:
        return None
    right = _DAYS[on.weekday()].capitalize()
    if name.lower() not in _DAYS:
        return f"{name} is no day of the week"
    return None if name.lower() == right.lower() else f"that day was no {name}, but a {right}"
