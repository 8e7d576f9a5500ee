"""The ``ippmailto`` command.  Each command is thin: read the arguments, call, render.

Everything heavy is imported by the command that needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from types import TracebackType
from typing import Final

from .commands.declaring_arguments import DECLARING, add_declaring
from .commands.finished_arguments import FINISHED, add_finished
from .commands.gating_arguments import COMMANDS as GATING
from .commands.gating_arguments import add_commands
from .commands.judging_arguments import add_requirements
from .commands.looking_arguments import LOOKING, add_looking
from .commands.run_arguments import add_doctor, add_judge, add_run
from .commands.serving_arguments import add_client, add_printer, add_recipient
from .commands.store_arguments import STORING, add_store_commands
from .commands.web_arguments import add_stored_page
from .exits import Exit, lack
from .parser import Parser, VersionAction
from .stations.arguments import STATIONS, add_station_commands
from .writing import OutputError, remark, standard_files

JUDGING: Final = ("run", "client", "judge")
FUNCTIONS: Final[tuple[tuple[Collection[str], tuple[str, str]], ...]] = (
    (JUDGING, (".commands.judge", "run_or_judge")),
    (("doctor",), (".commands.doctor", "doctor")),
    (("requirements",), (".commands.requirements", "requirements")),
    (GATING, (".commands.gating", "gating")),
    (FINISHED, (".commands.finished_arguments", "finish")),
    (LOOKING, (".commands.looking_arguments", "look")),
    (("web",), (".commands.stored_page", "show_page")),
    (DECLARING, (".commands.declaring_arguments", "declare")),
    (STORING, (".commands.publishing", "store_command")),
    (STATIONS, (".stations.command", "station_command")),
)
"""Modules and functions of the commands; those that are not here serve until they are ended."""

AT_WORK: Final = ("printer", "recipient", "station")  # until they are ended; how they end is their own matter
SERVING: Final = (".commands.serve", "serve")


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script; returns the exit code."""
    if sys.platform == "win32":
        remark("it runs on Linux; on Windows install it in WSL 2")
        return Exit.USAGE
    standard_files()
    sys.excepthook = _own_fault
    command = ""
    try:
        parser = _parser()
        options = parser.parse_args(arguments)
        command = options.command or ""
        if options.command is None:
            remark("name a command; ippmailto run judges the built-in reference printer")
            return Exit.USAGE
        if options.command not in AT_WORK:
            # whoever ends us gets what there is, as by Ctrl-C, and no private copies are left behind
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # under nohup it is not
                signal.signal(signal.SIGHUP, signal.default_int_handler)
        if options.command in JUDGING and options.stop_at_eof:
            _end_with_input()
        if options.command == "completion":
            from reports.commands.completing import completion

            return completion(options, parser)
        return _function_of(options.command)(options)
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # it ends: one more would only change the exit code
        of_evidence = " before there was a verdict; judge makes one of the evidence, where there is some"
        remark(f"interrupted{of_evidence if command in JUDGING else ''}")
        return Exit.INCONCLUSIVE
    except OutputError as error:
        remark(error)
        return Exit.OWN_FAULT if error.ours else Exit.USAGE
    except OSError as error:
        if not (told := lack(error)):
            raise
        remark(told)
        return Exit.OWN_FAULT


def _own_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody expected is told in full.  Python's own code for it is 1, which says here that a printer failed."""
    try:
        sys.__excepthook__(kind, error, trace)
        remark("our own fault: the lines above say where; please report them")
    finally:
        os._exit(Exit.OWN_FAULT)


def _function_of(command: str) -> Callable[[argparse.Namespace], int]:
    """What does a command; only what it needs is imported, so that ``--help`` comes at once."""
    place, name = next((found for commands, found in FUNCTIONS if command in commands), SERVING)
    function: Callable[[argparse.Namespace], int] = getattr(import_module(place, __package__), name)
    return function


def _end_with_input() -> None:
    """Let the process end in order, as by SIGTERM, when its standard input does: whoever started it is gone."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="ippmailto",
        description="Judge how a printer notifies by e-mail (IPP 'mailto:' notification delivery method).",
        epilog=(
            "Exit codes: 0 conforms, 1 does not conform, 2 wrong usage, 3 inconclusive, 4 our own fault, 5 not judged "
            "(no printer there, none that offers notification by mail, or nobody brings any mail)."
        ),
    )
    parser.add_argument("--version", action=VersionAction, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add_run(commands.add_parser("run", help="play, record, judge and report"))
    add_doctor(commands.add_parser("doctor", help="whether the bench is able to run: one mail through all of it"))
    add_judge(commands.add_parser("judge", help="judge stored evidence again, without printer or network"))
    add_printer(commands.add_parser("printer", help="the reference printer alone"))
    add_client(commands.add_parser("client", help="play the printer, and judge the client that connects"))
    add_recipient(commands.add_parser("recipient", help="the simulated mail recipient alone"))
    add_requirements(commands.add_parser("requirements", help="the catalogue, and what covers each entry"))
    add_commands(commands)
    add_looking(commands)
    add_stored_page(commands.add_parser("web", help="stored evidence in a browser, as by run --web"))
    shells = commands.add_parser("completion", help="print a script by which a shell completes the command")
    shells.add_argument("shell", choices=("bash", "zsh"))
    add_declaring(commands)
    add_store_commands(commands)
    add_finished(commands)
    add_station_commands(commands)
    return parser
