"""A TOML file whose entries are the fields of a dataclass: pydantic checks them, and errors are in the writer's words.

The dataclass is all there is to say about an entry: its type and what that is limited to, its default, and by ``entry``
what it is for.  A name may be written with hyphens or with underscores.  Pydantic is imported when a file is read.
"""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_type_hints

from .whole_file import whole_file

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

Entries = TypeVar("Entries")

SAYS, SECTION, ALLOWED, SECRET = "says", "section", "allowed", "secret"  # what ``entry`` keeps about a field
SHOWN: Final = 60  # characters of a wrong value
WIDTH: Final = 100  # columns of a written file
LARGEST: Final = 1 << 20  # octets of a file; nobody writes as much by hand
PARTS: Final = 64  # of a dotted key; what reading one takes grows with their square
_LONG_KEY: Final = re.compile(
    rf"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{PARTS}}}""", re.ASCII
)
KINDS: Final = {
    "string_type": "a text in quotes", "float_type": "a number", "int_type": "a whole number",
    "bool_type": "true or false", "tuple_type": "a list in brackets",
}  # fmt: skip
"""What an entry has to be, by what pydantic calls it when it is something else."""


class EntryError(Exception):
    """A file that cannot be used: in ``args`` each entry that is wrong, and what is allowed there."""

    def __str__(self) -> str:
        return "; ".join(map(str, self.args))


def entry(default: object, section: str, says: str, *, allowed: str = "", secret: bool = False) -> Any:
    """A field: the heading it belongs under, what it is for, and what its value must be beside its type."""
    about = {SECTION: section, SAYS: says, ALLOWED: allowed, SECRET: secret}
    return field(default=default, repr=not secret, metadata=about)


def spelled(name: str) -> str:
    """The name of a field as a file has it."""
    return name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What stands in a file, and where."""

    source: str
    text: str
    data: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> TomlFile:
        """Raises ``EntryError``."""
        try:
            text = whole_file(path, LARGEST).decode()
            return cls(str(path), text, loaded(text))
        except OSError as error:
            raise EntryError(f"cannot read {path}: {error.strerror}; name a TOML file") from error
        except UnicodeDecodeError as error:
            raise EntryError(f"{path} is not TOML: it is not in UTF-8") from error
        except ValueError as error:
            raise EntryError(f"{path} is not TOML: {error}") from error

    def place(self, key: str) -> str:
        """The file, and the line of that entry where it can be told."""
        begins = re.compile(rf"[ \t]*(?:\[[ \t]*)?[\"']?{re.escape(key)}[\"']?[ \t]*[=.\]]")
        lines = [number for number, line in enumerate(self.text.splitlines(), 1) if begins.match(line)]
        return f"{self.source}, line {lines[0]}" if len(lines) == 1 else self.source


def loaded(text: str) -> dict[str, Any]:
    """What a TOML file says; raises ``ValueError`` also for what is TOML and wants only to be expensive."""
    if long := _LONG_KEY.search(text):
        raise ValueError(f"a key has more than {PARTS} parts (at line {text.count(chr(10), 0, long.start()) + 1})")
    try:
        data = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:  # Python's limit on digits; its words are for programmers
        raise ValueError("a number in it has too many digits") from error
    left: list[Any] = [data]
    while left:
        one = left.pop()
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        if isinstance(one, int) and not -(2**63) <= one < 2**63:  # TOML's own bound
            raise ValueError("a number in it has too many digits")
    return data


def checked(kind: type[Entries], file: TomlFile) -> Entries:
    """The dataclass with what the file says; raises ``EntryError``."""
    from pydantic import ValidationError

    keys = dict[str, str]()  # names of fields, or what stands in their place, and how the file spells them
    for key in file.data:
        name = key.replace("-", "_")
        if name in keys:
            raise EntryError(f"{file.place(key)}: {key} stands there twice, as {keys[name]} too; leave one of them")
        keys[name] = key
    try:
        model = _model(kind).model_validate({name: _frozen(file.data[key]) for name, key in keys.items()})
    except ValidationError as error:
        about = {one.name: one for one in fields(kind)}  # type: ignore[arg-type]
        wrong = {str(one["loc"][0]): one for one in reversed(error.errors(include_url=False))}
        raise EntryError(*(_line(wrong[name], keys[name], about, file) for name in keys if name in wrong)) from error
    return kind(**{name: getattr(model, name) for name in keys})


def _model(kind: type[Any]) -> type[BaseModel]:
    """The same for pydantic: nothing is converted, and nothing is taken that it does not have."""
    from pydantic import ConfigDict, create_model

    hints = {name: _of_values(hint) for name, hint in get_type_hints(kind, include_extras=True).items()}
    known: dict[str, Any] = {one.name: (hints[one.name], one.default) for one in fields(kind)}
    return create_model(kind.__name__, __config__=ConfigDict(strict=True, extra="forbid"), **known)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _of_values(hint: Any) -> Any:
    """What a value may be: ``None`` is for an entry that is not there, and no file can say it."""
    parts = [part for part in get_args(hint) if part is not NoneType]
    return parts[0] if NoneType in get_args(hint) and len(parts) == 1 else hint


def _line(error: ErrorDetails, key: str, about: Mapping[str, Field[Any]], file: TomlFile) -> str:
    """One thing that is wrong, and what would be right."""
    if error["type"] == "extra_forbidden":
        return f"{file.place(key)}: unknown entry {key!a}; {meant(key, about)}"
    one, value = about[key.replace("-", "_")], error["input"]
    within = f"{key} must be" if len(error["loc"]) == 1 else f"what is listed in {key} must be"
    wanted = KINDS.get(error["type"]) or one.metadata[ALLOWED] or error["msg"]
    shown = type(value).__name__ if one.metadata[SECRET] else f"{value!a:.{SHOWN}}"
    return f"{file.place(key)}: {within} {wanted}, not {shown}"


def meant(key: str, known: Iterable[str]) -> str:
    """The name that a wrong one resembles, or all of them."""
    names = sorted(map(spelled, known))
    near = get_close_matches(key.lower().replace("_", "-"), names, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"


def written(kind: type[Any], head: str, values: Mapping[str, Any] | None = None) -> str:
    """A file with every entry and what it is for.

    Those in ``values`` have them; the others are there with their defaults, as comments.
    """
    lines, section = [*_comment(head)], ""
    for one in fields(kind):
        if one.metadata[SECTION] != section:
            section = one.metadata[SECTION]
            lines += ["", "", f"# ---- {section}"]
        told = values is not None and one.name in values
        value = values[one.name] if values is not None and told else one.default
        lines += ["", *_comment(one.metadata[SAYS])]
        if one.metadata[SECRET]:
            lines.append(f'# {spelled(one.name)}-from = "env:VARIABLE"')
        lines.append(f"{'' if told else '# '}{spelled(one.name)} = {_toml(value)}")
    return "\n".join((*lines, ""))


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False, break_on_hyphens=False
    )


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if value is None:
        return "..."
    return json.dumps(value).replace("\x7f", "\\u007f")  # TOML has what JSON has of these, but for DEL as it is
