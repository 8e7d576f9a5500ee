"""Where a store is: a file of SQLite or a database of PostgreSQL, and how to say so without its password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from conformance.verdict import printable
from fakes.named_secret import ENVIRONMENT, FILE, SecretError, named_secret
from fakes.shown_uri import without_secrets_in_uris
from reports.exits import UsageError

from .extra import FOR_STATIONS, see_that_it_is_installed

SECRET: Final = "password"
_NEARLY: Final = re.compile(r"(?i)(?:postgres|sqlite)[a-z0-9+]*:")  # a URL that lacks a slash, and no name of a file
STARS: Final = "***"


class StoreError(UsageError):
    """The store cannot be used; says what to do, and no password."""


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A store's URL.  Where it may be seen is ``str`` of it, which has neither password nor query."""

    url: URL = field(repr=False)

    @classmethod
    def of(cls, text: str) -> StoreAddress:
        """From a path, a URL, or where a URL stands (``env:VARIABLE``, ``file:PATH``); raises ``UsageError``."""
        if text.startswith((ENVIRONMENT, FILE)):
            try:
                text = named_secret(text).strip()
            except SecretError as error:
                raise StoreError(f"no store: {error}") from error
        if "://" not in text and _NEARLY.match(text) is None:
            return cls(URL.create("sqlite", database=text or None))._usable()
        try:
            return cls(make_url(text))._usable()
        except (ArgumentError, ValueError) as error:
            raise StoreError(
                "that is no URL of a store; it looks like postgresql://HOST/DATABASE, or is a path"
            ) from error

    def _usable(self) -> StoreAddress:
        """The same with the driver that is installed."""
        kind = self.url.get_backend_name()
        if kind not in ("sqlite", "postgresql", "postgres"):
            raise StoreError(f"a store is of sqlite or postgresql, not of {printable(kind):.40}")
        if not self.url.database or self.url.database == ":memory:":
            raise StoreError("a store needs a name: the path of a file, or postgresql://HOST/DATABASE")
        if kind == "sqlite":
            return StoreAddress(self.url.set(drivername="sqlite"))
        see_that_it_is_installed(FOR_STATIONS[:3])
        return StoreAddress(self.url.set(drivername="postgresql+psycopg"))

    @property
    def path(self) -> Path | None:
        """The file, where it is one."""
        return Path(self.url.database or "") if self.url.drivername == "sqlite" else None

    def __str__(self) -> str:
        if self.path is not None:
            return printable(without_secrets_in_uris(str(self.path)))
        return printable(self.url.set(drivername="postgresql", query={}).render_as_string(hide_password=True))

    def without_secrets(self, text: str) -> str:
        """What a driver says, in one line that may be shown."""
        secrets = [str(self.url.password or "")]
        for name, value in self.url.query.items():
            secrets += [value] if SECRET in name and isinstance(value, str) else []
        for secret in filter(None, secrets):
            text = text.replace(secret, STARS)
        return printable(" ".join(text.split()))
