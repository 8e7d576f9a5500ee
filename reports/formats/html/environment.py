"""The templates, rendered so that nothing in the evidence can become markup or steer the reader's screen."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import BaseLoader, Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

HERE: Final = f"{__package__}.templates"


def readable(value: object) -> object:
    """Text with escapes in place of what is not printable; markup of our own templates as it is."""
    if isinstance(value, Markup):
        return value
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def _text(name: str) -> str:
    return files(HERE).joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    loader: BaseLoader = FunctionLoader(_text)
    return Environment(
        loader=loader,
        autoescape=True,
        finalize=readable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def render(**names: Any) -> str:
    """The page; its only style and its only script are ours, and the policy in its head says which these are."""
    style, script = _text("page.css"), _text("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    page = _environment().get_template("page.html.jinja")
    return page.render(style=Markup(style), script=Markup(script), policy=Markup(policy), **names)
