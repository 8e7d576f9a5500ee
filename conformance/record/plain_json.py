"""Frozen dataclasses as JSON objects and back, checked on reading: the one place where evidence meets JSON.

A key is the field's name, or what the field's metadata calls it (``key``).  Octets are written in hexadecimal digits,
tuples as arrays.  On reading, a key that is not there leaves the field its default, and one that nobody knows is passed
over: files of other versions are read for what they have.
"""

from __future__ import annotations

import json
import types
from collections.abc import Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from .rows import EvidenceError

T = TypeVar("T")
_HINT: Final = "take the file from where it was recorded"


def to_json(value: object) -> str:
    """The object for an instance of a dataclass, its keys in order."""
    return json.dumps(_written(value), sort_keys=True)


def from_json(kind: type[T], text: str, what: str) -> T:
    """What an object stands for; raises ``EvidenceError``, which calls it ``what``, where it stands for none."""
    try:
        return _of(kind, json.loads(text))
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{what} is damaged: {error}", _HINT) from error


def key_of(field: Field[Any]) -> str:
    """The name of a field in JSON."""
    name: str = field.metadata.get("key", field.name)
    return name


def _written(value: object) -> object:
    if is_dataclass(value):
        return {key_of(f): _written(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    return value.hex() if isinstance(value, bytes) else value


@cache
def _parts_of(kind: type[Any]) -> Sequence[tuple[str, str, Any, bool]]:
    """Name, key and type of each field, and whether it has to be there."""
    known = get_type_hints(kind)
    return [(f.name, key_of(f), known[f.name], f.default is MISSING) for f in fields(kind)]


def _of(kind: type[T], loaded: object) -> T:
    if not isinstance(loaded, dict):
        raise ValueError(f"{loaded!r:.60} where an object belongs")
    assert is_dataclass(kind)
    values = {}
    for name, key, type_, needed in _parts_of(kind):
        if key in loaded:
            values[name] = _read(type_, loaded[key], key)
        elif needed:
            raise ValueError(f"{key} is missing")
    return kind(**values)


def _read(kind: Any, loaded: object, key: str) -> object:
    """A value of that type; raises ``ValueError``."""
    if type(loaded) is kind:  # as nearly all are
        return loaded
    if get_origin(kind) in (Union, types.UnionType):
        (own,) = (one for one in get_args(kind) if one is not types.NoneType)
        return None if loaded is None else _read(own, loaded, key)
    if get_origin(kind) is tuple and isinstance(loaded, list):
        return tuple(_read(get_args(kind)[0], one, key) for one in loaded)
    if is_dataclass(kind):
        return _of(kind, loaded)  # type: ignore[arg-type]  # the annotation is a class, not an instance
    if kind is bytes and isinstance(loaded, str):
        return bytes.fromhex(loaded)
    if isinstance(kind, type) and issubclass(kind, StrEnum) and isinstance(loaded, str):
        return kind(loaded)
    if kind is float and type(loaded) is int:
        return float(loaded)
    raise ValueError(f"{key} is {loaded!r:.60}")
