"""The templates, rendered so that nothing in the evidence can become markup or steer the reader's screen."""

from __future__ import annotations

import base64
import hashlib
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final

from jinja2 import BaseLoader, Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from reports.writing import typed

HERE: Final = f"{__package__}.templates"


def readable(value: object) -> object:
    """Text with escapes in place of what is not printable; markup of our own templates as it is."""
    if isinstance(value, Markup):
        return value
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def text_of(name: str, places: tuple[str, ...] = (HERE,)) -> str:
    """A template, a style or a script: of the first of these packages that has it."""
    found = (files(place).joinpath(name) for place in places)
    return next(file for file in found if file.is_file()).read_text(encoding="utf-8")


@cache
def environment(*places: str) -> Environment:
    """The templates of these packages, before those of the page."""
    loader: BaseLoader = FunctionLoader(partial(text_of, places=(*places, HERE)))
    made = Environment(
        loader=loader,
        autoescape=True,
        finalize=readable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["typed"] = typed
    return made


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def render(**names: Any) -> str:
    """The page; its only style and its only script are ours, and the policy in its head says which these are."""
    style, script = text_of("page.css"), text_of("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    page = environment().get_template("page.html.jinja")
    return page.render(style=Markup(style), script=Markup(script), policy=Markup(policy), **names)
