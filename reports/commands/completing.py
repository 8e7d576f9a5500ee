"""``completion``: a script by which a shell completes the command, with the ids that there are."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from conformance.requirements import Otherwise, readings
from conformance.requirements import requirements as all_entries
from fakes.conforming_variants import CONFORMING_VARIANTS
from fakes.defects import DEFECTS
from reports.exits import Exit
from reports.writing import remark, say

DIRECTORIES: Final = ("--report-dir", "--certificates")


def completion(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Print it; shtab, which writes it, is an extra."""
    try:
        import shtab
    except ImportError:
        remark("completion needs shtab; pip install 'ippmailto[completion]' has it")
        return Exit.USAGE
    known = _words()
    for action in _actions(parser):
        name = action.option_strings[-1] if action.option_strings else action.dest
        if name in known:
            action.complete = {"bash": _function(name), "zsh": f"({' '.join(known[name])})"}  # type: ignore[attr-defined]
        elif action.type is Path:
            action.complete = shtab.DIRECTORY if name in DIRECTORIES else shtab.FILE  # type: ignore[attr-defined]
    functions = "\n".join(
        f"{_function(name)}() {{ compgen -W '{' '.join(words)}' -- \"$1\"; }}" for name, words in known.items()
    )
    script = shtab.complete(parser, options.shell, preamble={"bash": functions})  # type: ignore[arg-type]  # or a text
    say(script.rstrip("\n"))
    return Exit.CONFORMS


def _words() -> dict[str, list[str]]:
    """What may follow an option, or be an argument, beyond what the parser itself knows."""
    entries = [entry.id for text in all_entries().values() for entry in text]
    return {
        "--select": entries,
        "id": [*entries, *readings()],
        "--defect": [defect.id for defect in DEFECTS],
        "--variant": [variant.id for variant in CONFORMING_VARIANTS],
        "--reading": [choice.value for choice in Otherwise],
    }


def _function(name: str) -> str:
    return f"_ippmailto_words_for_{name.strip('-')}"


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments of all commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
