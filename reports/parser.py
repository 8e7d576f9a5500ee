"""A parser that says what is wrong in one line, and the version."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from typing import Any, Final, NoReturn

from fakes.shown_uri import typed_shown

from .exits import Exit
from .writing import remark, say

ALIKE: Final = 0.65  # the part of two words that they share, from which one may be meant by the other
SHOWN: Final = 60  # characters of a word that is not understood
FEW: Final = 6  # words that are all named where another was given
MAY_BE_EMPTY: Final = frozenset((
    "words", "owner", "reason", "link", "printer_name", "user_data", "user_name", "job_name",
))  # fmt: skip
"""Arguments of a command that is not ours, and texts of which an empty one says something too."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what was meant where that is near; the options are what --help is for."""

    def parse_known_args(self, *given: Any) -> tuple[argparse.Namespace, list[str]]:  # type: ignore[override]
        """As ever, but what is left is told by the command that does not know it, and not by the one around."""
        options, left = super().parse_known_args(*given)
        if left:
            self.error(f"{_unknown(left)}{self._meant(left)}")
        return options, left

    def _meant(self, left: list[str]) -> str:
        """The options of this command that are nearly what is left, or only have another number of dashes."""
        known = [name[2:] for action in self._actions for name in action.option_strings if name.startswith("--")]
        for word in left:
            name = word.partition("=")[0].lstrip("-").lower()
            near = get_close_matches(name, known, 1, ALIKE) if word.startswith("-") else []
            if near:
                return f"; did you mean --{near[0]}?"
        return ""

    def _get_value(self, action: argparse.Action, text: str) -> Any:
        """Whoever writes "$PRINTER" and has no such variable is told so, and not that some default conforms."""
        may_be = action.dest in MAY_BE_EMPTY or action.default == text or isinstance(action, argparse._SubParsersAction)
        if not text and not may_be:
            raise argparse.ArgumentError(action, "its value is empty; is it a variable that is not set?")
        return super()._get_value(action, text)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Of a command or a keyword, what was meant."""
        if action.choices is not None and value not in action.choices:
            names = [str(name) for name in action.choices]
            near = get_close_matches(str(value).lower(), names, 1, ALIKE)
            meant = f"did you mean {near[0]}?" if near and len(names) > FEW else f"there are {', '.join(names)}"
            raise argparse.ArgumentError(action, f"there is no {typed_shown(str(value), SHOWN)}; {meant}")

    def _print_message(self, message: str, file: Any = None) -> None:
        """The help; what is not heard is told as of any output."""
        say(message.rstrip("\n"))

    def error(self, message: str) -> NoReturn:
        more = f"{'' if message.endswith('?') else ';'} {self.prog} --help tells more"
        remark(f"{ascii(message)[1:-1]}{more}")
        raise SystemExit(Exit.USAGE)


def _unknown(left: list[str]) -> str:
    """What a command makes nothing of."""
    options = [word for word in left if word.startswith("-")]
    if options:
        return f"there is no option {typed_shown(options[0], SHOWN)[1:-1]}"
    return f"{typed_shown(left[0], SHOWN)} is one argument too many"


class VersionAction(argparse.Action):
    """The version, looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from .version import tool_version

        say(f"ippmailto {tool_version()}")
        parser.exit()
