"""How the IXIT says what brings something about: a command to run, or a text that asks somebody to."""

from __future__ import annotations

import shlex

RUN, ASK = "run:", "ask:"


def is_cause(text: str) -> bool:
    """Whether an entry of the IXIT says how to bring something about; one that says nothing is right as well."""
    if not text:
        return True
    kind = next((kind for kind in (RUN, ASK) if text.startswith(kind)), "")
    if not kind or not text.removeprefix(kind).strip():
        return False
    try:
        return kind == ASK or bool(shlex.split(text.removeprefix(RUN)))
    except ValueError:  # a quote that is not closed
        return False
