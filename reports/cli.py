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
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn

from .commands.declaring_arguments import DECLARING, add_declaring, add_statement
from .commands.finished_arguments import FINISHED, add_finished
from .commands.gating_arguments import COMMANDS as GATING
from .commands.gating_arguments import add_commands, add_gate
from .commands.looking_arguments import LOOKING, add_looking
from .commands.store_arguments import STORING, add_publish, add_store_commands
from .commands.web_arguments import add_stored_page, add_web
from .exits import Exit, lack
from .listening import host_and_port
from .stations.arguments import STATIONS, add_station_commands
from .writing import OutputError, say, standard_files

EDITIONS: Final = ("mailto-00", "mailto-04")
VOCABULARY_NAMES: Final = ("ntfy-01", "rfc3995")
SECURITY: Final = ("plain", "mixed", "tell", "refuse", "enforce")
AUTHENTICATION: Final = ("none", "name", "basic", "digest", "certificate")
VOCABULARY_HELP: Final = "which attribute names to speak (auto: those that the printer lists)"
REPORT_DIR: Final = "ippmailto-report"
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
TLS: Final = ("none", "offer", "require", "implicit")
AUTH: Final = ("none", "offer", "require")
ALIKE: Final = 0.65  # the part of two words that they share, from which one may be meant by the other
FEW: Final = 6  # words that are all named where another was given
MECHANISMS: Final = ("PLAIN", "LOGIN", "CRAM-MD5")


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script; returns the exit code."""
    if sys.platform == "win32":
        print("ippmailto: it runs on Linux; on Windows install it in WSL 2", file=sys.stderr)
        return Exit.USAGE
    standard_files()
    sys.excepthook = _own_fault
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
        if options.command is None:
            print("ippmailto: name a command; ippmailto run judges the built-in reference printer", file=sys.stderr)
            return Exit.USAGE
        if options.command not in AT_WORK:
            # whoever ends us gets what there is, as by Ctrl-C, and no private copies are left behind
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        if options.command in JUDGING and options.stop_at_eof:
            _end_with_input()
        if options.command == "completion":
            from reports.commands.completing import completion

            return completion(options, parser)
        return _function_of(options.command)(options)
    except KeyboardInterrupt:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # it ends: one more would only change the exit code
        of_evidence = " before there was a verdict; judge makes one of the evidence"
        print(f"ippmailto: interrupted{of_evidence if options.command in JUDGING else ''}", file=sys.stderr)
        return Exit.INCONCLUSIVE
    except OutputError as error:
        print(f"ippmailto: {error}", file=sys.stderr)
        return Exit.OWN_FAULT if error.ours else Exit.USAGE
    except OSError as error:
        if not (told := lack(error)):
            raise
        print(f"ippmailto: {told}", file=sys.stderr)
        return Exit.OWN_FAULT


def _own_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody expected is told in full.  Python's own code for it is 1, which says here that a printer failed."""
    sys.__excepthook__(kind, error, trace)
    print("ippmailto: our own fault: the lines above say where; please report them", file=sys.stderr, flush=True)
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


class _Parser(argparse.ArgumentParser):
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

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Of a command or a keyword, what was meant."""
        if action.choices is not None and value not in action.choices:
            names = [str(name) for name in action.choices]
            near = get_close_matches(str(value).lower(), names, 1, ALIKE)
            meant = f"did you mean {near[0]}?" if near and len(names) > FEW else f"there are {', '.join(names)}"
            raise argparse.ArgumentError(action, f"there is no {value!a:.60}; {meant}")

    def _print_message(self, message: str, file: Any = None) -> None:
        """The help; what is not heard is told as of any output."""
        say(message.rstrip("\n"))

    def error(self, message: str) -> NoReturn:
        more = f"{'' if message.endswith('?') else ';'} {self.prog} --help tells more"
        print(f"ippmailto: {ascii(message)[1:-1]}{more}", file=sys.stderr)
        raise SystemExit(Exit.USAGE)


def _unknown(left: list[str]) -> str:
    """What a command makes nothing of."""
    options = [word for word in left if word.startswith("-")]
    return f"there is no option {options[0]}" if options else f"{left[0]!a:.60} is one argument too many"


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="ippmailto",
        description="Judge how a printer notifies by e-mail (IPP 'mailto:' notification delivery method).",
        epilog=(
            "Exit codes: 0 conforms, 1 does not conform, 2 wrong usage, 3 inconclusive, 4 our own fault, 5 not judged "
            "(no printer there, none that offers notification by mail, or nobody brings any mail)."
        ),
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_run(commands.add_parser("run", help="play, record, judge and report"))
    _add_doctor(commands.add_parser("doctor", help="whether the bench is able to run: one mail through all of it"))
    _add_judge(commands.add_parser("judge", help="judge stored evidence again, without printer or network"))
    _add_printer(commands.add_parser("printer", help="the reference printer alone"))
    _add_client(commands.add_parser("client", help="play the printer, and judge the client that connects"))
    _add_recipient(commands.add_parser("recipient", help="the simulated mail recipient alone"))
    _add_requirements(commands.add_parser("requirements", help="the catalogue, and what covers each entry"))
    add_commands(commands, _ids)
    add_looking(commands)
    add_stored_page(commands.add_parser("web", help="stored evidence in a browser, as by run --web"), _add_reading)
    shells = commands.add_parser("completion", help="print a script by which a shell completes the command")
    shells.add_argument("shell", choices=("bash", "zsh"))
    add_declaring(commands)
    add_store_commands(commands)
    add_finished(commands)
    add_station_commands(commands, address=_address, ids=_ids, up_to=_up_to, add_mail_path=_add_mail_path)
    return parser


class _Version(argparse.Action):
    """The version, looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from .version import tool_version

        say(f"ippmailto {tool_version()}")
        parser.exit()


def _address(text: str) -> tuple[str, int]:
    try:
        return host_and_port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; 0 picks a free one")
    return int(text)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _up_to(most: int) -> Callable[[str], int]:
    """A whole number from 0 to that."""

    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) > most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to {most}")
        return int(text)

    return number


def _ids(text: str) -> list[str]:
    """The ids in one value of --select."""
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise argparse.ArgumentTypeError(f"{text!r} lacks an id; it looks like T1-From-1 or T1-*,4.7-1")
    return parts


def _add_judging(parser: argparse.ArgumentParser) -> None:
    judged = parser.add_argument_group("what is judged")
    written = parser.add_argument_group("what is written and said")
    judged.add_argument("--edition", choices=EDITIONS, help="whose mail rules judge (mailto-00)")
    written.add_argument("--overwrite", action="store_true", help="replace a report on something else")
    written.add_argument(
        "--report-dir", type=Path, default=Path(REPORT_DIR), metavar="DIR", help=f"where reports go ({REPORT_DIR})"
    )
    add_gate(judged, written)
    judged.add_argument("--strict", action="store_true", help="a SHOULD that is not met fails")
    judged.add_argument(
        "--select",
        type=_ids,
        action="extend",
        default=[],
        metavar="ID_OR_GLOB",
        help="a requirement's or a case's id; once for each, or with commas",
    )
    _add_reading(judged)
    written.add_argument("-q", "--quiet", action="store_true", help="the line of the verdict, and no progress")
    written.add_argument("-v", "--verbose", action="store_true", help="each requirement, and each play")
    written.add_argument("--no-color", action="store_true", help="as with NO_COLOR in the environment")
    written.add_argument("--json-lines", action="store_true", help="each requirement's verdict as JSON on stdout")


def _add_mail_path(parser: argparse._ActionsContainer) -> None:
    """What the recipient offers the printer, and asks of it."""
    parser.add_argument("--smtp-tls", choices=TLS, help="STARTTLS offered or required, or TLS from the first octet")
    parser.add_argument("--smtp-auth", choices=AUTH, help="whether printers may, or have to, log in")
    parser.add_argument(
        "--smtp-mechanism", action="append", default=[], choices=MECHANISMS, type=str.upper,
        help="by which they may; repeatable (by default PLAIN and LOGIN)",
    )  # fmt: skip
    parser.add_argument(
        "--smtp-login",
        metavar="WHERE",
        help="the only login that is taken: env:VARIABLE or file:PATH, of USER:PASSWORD",
    )
    parser.add_argument(
        "--smtp-certificate",
        metavar="WHICH",
        help="good, expired, not-yet-valid, wrong-host, self-signed, weak-key, weak-signature, or a PEM file",
    )
    parser.add_argument(
        "--smtp-name", action="append", default=[], metavar="HOST", help="what the recipient is called; repeatable"
    )


def _add_run(parser: argparse.ArgumentParser) -> None:
    bench = parser.add_argument_group("printer and bench")
    mail = parser.add_argument_group("the mail that comes")
    played = parser.add_argument_group("what is played")
    live = parser.add_argument_group("what others see of it")
    parser.add_argument("printer", nargs="?", metavar="PRINTER_URI", help="ipp://...; without it the built-in printer")
    bench.add_argument(
        "--variant", metavar="ID", help="which built-in printer: one that conforms in another way, such as desk"
    )
    mail.add_argument(
        "--smtp-listen",
        type=_address,
        metavar="HOST:PORT",
        help="where the recipient listens (for a printer elsewhere by default at port 2525)",
    )
    _add_mail_path(mail)
    bench.add_argument("--vocabulary", choices=("auto", *VOCABULARY_NAMES), default="auto", help=VOCABULARY_HELP)
    played.add_argument("--evidence", type=Path, metavar="FILE", help="where the evidence goes")
    played.add_argument("--resume", type=Path, metavar="EVIDENCE", help="play what is missing in an interrupted run")
    played.add_argument("--quick", action="store_true", help="what is broken most often, with one or two sheets")
    played.add_argument("--paper", type=_up_to(100_000), metavar="N", help="print no more than so many documents")
    bench.add_argument(
        "--no-bench-check", action="store_true", help="go on where the printer does not so much as connect to mail"
    )
    bench.add_argument("--ixit", type=Path, metavar="FILE", help="facts about printer and bench (TOML)")
    add_statement(bench)
    bench.add_argument(
        "--max-subscriptions", type=_positive, metavar="N", help="how many at once (by default what the printer says)"
    )
    played.add_argument(
        "--awkward", type=_up_to(10_000), default=5, metavar="N", help="so many examples of awkward data are drawn"
    )
    played.add_argument(
        "--seed",
        type=_up_to(2**32 - 1),
        default=0,
        metavar="S",
        help="what they are drawn from; the same seed, the same",
    )
    played.add_argument(
        "--walks", type=_up_to(1_000), metavar="N", help="so many walks are drawn from the seed (6 unless told)"
    )
    played.add_argument(
        "--walk",
        action="append",
        default=[],
        metavar="WALK",
        help="take this walk, and no others; what is judged is what it shows; repeatable",
    )
    bench.add_argument(
        "--directory",
        action="append",
        default=[],
        metavar="WHERE",
        help="where the printer is listed: ldap://HOST/BASE, dnssd:NAME, or a file with LDIF or a zone; repeatable",
    )
    played.add_argument("--stop-at-eof", action="store_true", help="end when standard input ends, for callers")
    add_publish(live)
    add_web(live)
    live.add_argument("--web-stay", action="store_true", help="keep the live page when the run is over, until Ctrl-C")
    _add_judging(parser)


def _add_reading(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--reading",
        action="append",
        default=[],
        metavar="ID=CHOICE",
        help="read a point that the texts leave open otherwise; ippmailto requirements lists the choices",
    )


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("printer", nargs="?", metavar="PRINTER_URI", help="ipp://...; without it the built-in printer")
    parser.add_argument(
        "--smtp-listen",
        type=_address,
        metavar="HOST:PORT",
        help="where the recipient listens (for a printer elsewhere by default at port 2525)",
    )
    _add_mail_path(parser)
    parser.add_argument("--vocabulary", choices=("auto", *VOCABULARY_NAMES), default="auto", help=VOCABULARY_HELP)
    parser.add_argument("--ixit", type=Path, metavar="FILE", help="facts about printer and bench (TOML)")


def _add_judge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("evidence", nargs="+", type=Path, metavar="EVIDENCE")
    parser.set_defaults(publish=None, stop_at_eof=False)  # publish does the first
    add_statement(parser)
    _add_judging(parser)


def _add_printer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=0, help="IPP port; 0 picks a free one")
    parser.add_argument("--smtp", type=_address, metavar="HOST:PORT", default=("127.0.0.1", 25), help="where mail goes")
    parser.add_argument("--smtp-tls", choices=TLS, default=TLS[0], help="whether mail goes by TLS, and how")
    parser.add_argument("--smtp-authority", type=Path, metavar="FILE", help="whom to trust for the relay (PEM)")
    parser.add_argument(
        "--smtp-login", metavar="WHERE", help="how to log in there: env:VARIABLE or file:PATH, of USER:PASSWORD"
    )
    parser.add_argument("--vocabulary", choices=VOCABULARY_NAMES, help="whose attribute names it has")
    parser.add_argument("--edition", choices=EDITIONS, help="which mails it writes")
    parser.add_argument("--variant", metavar="ID", help="make it another one that conforms, such as desk")
    parser.add_argument("--defect", action="append", default=[], metavar="ID", help="make it lie in this one way")
    parser.add_argument("--security", choices=SECURITY, help="how IPP in the clear and in TLS live together")
    parser.add_argument("--auth", choices=AUTHENTICATION, help="how it knows its users")
    parser.add_argument("--tls-port", type=_port, default=0, help="port for TLS from the first octet")
    parser.add_argument("--certificates", type=Path, metavar="DIR", help="leave there what its clients need for TLS")
    parser.add_argument(
        "--account", action="append", default=[], metavar="NAME=env:VARIABLE", help="a user; also NAME=file:PATH"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="do not log mails that could not be delivered")
    parser.add_argument("--stop-at-eof", action="store_true", help="stop when standard input ends, for callers")
    parser.add_argument("--list-defects", action="store_true", help="print the ids of the defects and exit")
    parser.add_argument("--list-variants", action="store_true", help="print those of the variants and exit")


def _add_client(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="COMMAND",
        help="behind --: a client to start for each way; {uri}, {ipp}, {ipps}, {host}, {port}, {way}, {ca}, "
        "{certificate} and {key} in it are filled in",
    )
    parser.add_argument(
        "--security", choices=SECURITY, action="append", default=[], help="the way to play; repeatable, default all"
    )
    parser.add_argument("--auth", choices=AUTHENTICATION, help="how the printer knows its users")
    parser.set_defaults(ics=None, publish=None, stop_at_eof=False)  # a statement is about a printer
    parser.add_argument("--insist-tls", action="store_true", help="the client was told to use TLS or nothing")
    parser.add_argument("--no-address-given", action="store_true", help="nobody told the client its user's address")
    parser.add_argument(
        "--serve-for",
        type=_positive,
        metavar="SECONDS",
        help="end then; a client that we start, each time (default 60)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=_port, default=0, help="IPP port, of one way; 0 picks a free one")
    parser.add_argument("--tls-port", type=_port, default=0, help="port for TLS from the first octet")
    parser.add_argument("--certificates", type=Path, metavar="DIR", help="leave there what the client needs for TLS")
    parser.add_argument(
        "--account", action="append", default=[], metavar="NAME=env:VARIABLE", help="a user; also NAME=file:PATH"
    )
    parser.add_argument(
        "--vocabulary", choices=VOCABULARY_NAMES, default="rfc3995", help="whose attribute names the printer has"
    )
    parser.add_argument("--evidence", type=Path, metavar="FILE", help="where the evidence goes")
    _add_judging(parser)


def _add_recipient(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--smtp-listen",
        type=_address,
        metavar="HOST:PORT",
        default=("127.0.0.1", 0),
        help="where it listens (by default a free port of the loopback)",
    )
    _add_mail_path(parser)
    parser.add_argument("--evidence", type=Path, metavar="FILE", help="keep what comes in there")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="SCRIPT", help="misbehave so, e.g. 'rcpt: 451 x2'; repeatable"
    )
    add_web(parser)
    parser.add_argument("--edition", choices=EDITIONS, default=EDITIONS[0], help="whose mail rules the live page knows")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each mail that is kept")


def _add_requirements(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--edition", choices=EDITIONS, default=EDITIONS[0], help="whose entries (mailto-00)")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="how to print it (text)")
