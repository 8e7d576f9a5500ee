"""Passwords that are named and not written: they stand in the environment or in a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from .whole_file import whole_file

ENVIRONMENT, FILE = "env:", "file:"
FORMS: Final = f"{ENVIRONMENT}VARIABLE or {FILE}PATH"
MOST: Final = 64 << 10  # octets of a password


class SecretError(Exception):
    """A password that is not where it should be; says where, and nothing of it."""


def named_secret(named: object) -> str:
    """The password at ``env:VARIABLE`` or ``file:PATH``; raises ``SecretError``."""
    if isinstance(named, str) and named.startswith(ENVIRONMENT):
        variable = named.removeprefix(ENVIRONMENT)
        value = os.environ.get(variable)
        if value is None:
            raise SecretError(f"the environment variable {variable!a} is not set")
        return value
    if isinstance(named, str) and named.startswith(FILE):
        path = Path(named.removeprefix(FILE))
        try:
            return whole_file(path, MOST).decode().removesuffix("\n").removesuffix("\r")
        except OSError as error:
            raise SecretError(f"cannot read {str(path)!a}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise SecretError(f"{str(path)!a} is not in UTF-8") from error
    raise SecretError(f"a password is named by where it is: {FORMS}")
