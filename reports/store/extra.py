"""Whether what the store needs is installed; the only module of the store that can be imported without it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from reports.exits import UsageError

FOR_THE_STORE: Final = ("sqlalchemy", "alembic")
FOR_STATIONS: Final = (*FOR_THE_STORE, "psycopg", "procrastinate")


def see_that_it_is_installed(modules: tuple[str, ...] = FOR_THE_STORE) -> None:
    """Raise ``UsageError`` where one of the modules is missing."""
    if missing := [name for name in modules if find_spec(name) is None]:
        named = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
        raise UsageError(f"{named}; pip install 'ippmailto[stations]' brings {'it' if len(missing) == 1 else 'them'}")
