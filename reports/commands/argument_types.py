"""What a value on the command line has to look like; who gives another is told what was wrong with it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from fakes.shown_uri import typed_shown
from reports.listening import host_and_port


def address(text: str) -> tuple[str, int]:
    try:
        return host_and_port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{typed_shown(text)} is no port; 0 picks a free one")
    return int(text)


def positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{typed_shown(text)} is no number above 0")
    return int(text)


def up_to(most: int) -> Callable[[str], int]:
    """A whole number from 0 to that."""

    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) > most:
            raise argparse.ArgumentTypeError(f"{typed_shown(text)} is no number from 0 to {most}")
        return int(text)

    return number


def ids(text: str) -> list[str]:
    """The ids in one value of --select."""
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise argparse.ArgumentTypeError(f"{typed_shown(text)} lacks an id; it looks like T1-From-1 or T1-*,4.7-1")
    return parts
