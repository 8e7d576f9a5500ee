"""What a directory has, without passwords: an entry tells URIs, as an answer of the printer does, and may tell more."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Final

from conformance.record.outcomes import DirectorySource
from conformance.record.redaction import without_passwords_in_uris
from conformance.wire.directory import ldif_line, ldif_value, unfolded
from fakes.known_secrets import KnownSecrets

from .directory import LDIF

_SECRET_NAME: Final = re.compile(r"(?i)[^:]*pass(?:word|wd)|[^:]*secret")


def without_secrets(source: DirectorySource, known: KnownSecrets) -> DirectorySource:
    """The same with as many stars in the place of each, so that its URIs are those that the printer's answers have."""
    lines = (unfolded(source.text) if source.kind == LDIF else source.text).split("\n")
    kept = [_kept(line, known) if source.kind == LDIF else _starred(line, known) for line in lines]
    if kept == lines:
        return source
    return replace(source, text="\n".join(kept))


def _kept(line: str, known: KnownSecrets) -> str:
    """A line of LDIF, whose value may be in base64."""
    name, colon, value = line.partition(":")
    plain = ldif_value(value)
    starred = "*" * len(plain) if _SECRET_NAME.fullmatch(name.partition(";")[0]) else _starred(plain, known)
    if not colon or starred == plain:
        return line
    if value.startswith(":"):
        return f"{name}:: {base64.b64encode(starred.encode()).decode()}"
    return ldif_line(name, starred)


def _starred(text: str, known: KnownSecrets) -> str:
    return known.masked_text(
        without_passwords_in_uris(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
    )
