"""Mails, dialogues and exchanges as lines for a terminal: printable ASCII, the same in a pipe.

What a verdict points at stands between ``>>>`` and ``<<<``.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from conformance.verdict import printable

from .exchanges import ExchangeView, GroupView, MessageView
from .mails import MailView
from .octets import Piece
from .sessions import SessionView, Speaker

_SIDE: Final = {Speaker.PRINTER: "P>", Speaker.RECIPIENT: "<R", Speaker.FAULT: "!!", Speaker.LINK: "--"}


def mail_lines(view: MailView) -> Iterator[str]:
    """Envelope, fields, MIME tree with contents, and the octets as delivered."""
    if view.id:
        yield f"mail #{view.id}, {view.seconds:.3f} s, in session smtp #{view.session}"
        yield from map(printable, view.envelope)
    yield from ("", "Header")
    width = max((len(each.name) for each in view.fields), default=0)
    for each in view.fields:
        yield f"  {printable(each.name):<{min(width, 26)}}  {_judged(printable(each.raw), each.judged)}"
        if each.says:
            yield f"  {'':<{min(width, 26)}}  that is {printable(each.says)}"
        yield from (f"  {'':<{min(width, 26)}}  ! {printable(problem)}" for problem in each.problems)
    yield from ("", "MIME tree")
    for part in view.parts:
        indent = "  " * (part.depth + 1)
        told = f", {printable(part.told)}" if part.told else ""
        yield f"{indent}{printable(part.type)}{told}, {part.size} octets"
        yield from (f"{indent}! {printable(problem)}" for problem in part.problems)
        content = list(group_lines(part.groups)) if part.groups else printable(part.content).splitlines()
        yield from (f"{indent}  | {line}" for line in content)
    yield from ("", "As delivered")
    yield from _pieces(view.pieces)


def _judged(text: str, judged: bool) -> str:
    return f">>>{text}<<<" if judged else text


def _pieces(pieces: Iterable[Piece]) -> Iterator[str]:
    text = "".join(_judged(piece.text, piece.judged) for piece in pieces)
    yield from (f"  {line}" for line in text.splitlines())


def session_lines(view: SessionView) -> Iterator[str]:
    """Who said what when."""
    yield f"smtp #{view.id}, from {printable(view.peer)} to {printable(view.listener)}, begun at {view.seconds:.3f} s"
    yield from (f"our fault on purpose: {printable(line)}" for line in view.faults)
    yield "P> the printer, <R our recipient, !! a fault of ours, -- the connection; seconds since the run began"
    yield ""
    for line in view.lines:
        yield f"{line.seconds:10.4f} {_SIDE[line.speaker]} {_judged(printable(line.text), line.judged)}"
    if view.more:
        yield f"... {view.more} lines more"


def exchange_lines(view: ExchangeView) -> Iterator[str]:
    """What was asked and answered, attribute by attribute."""
    tls = f", {printable(view.tls)}" if view.tls else ""
    yield f"ipp #{view.id}, {view.operation} to {printable(view.uri)}{tls}"
    yield f"asked at {view.seconds:.3f} s, done {view.took * 1000:.1f} ms later"
    yield ""
    yield from _message(view.request, "Asked")
    yield ""
    if view.answer is not None:
        yield from _message(view.answer, "Answered")
    else:
        yield f"No complete answer: {printable(view.problem)}"


def _message(view: MessageView, title: str) -> Iterator[str]:
    data = f", {view.data} octets of document" if view.data else ""
    yield f"{title}: {view.says}, IPP {view.version}, request-id {view.request_id}{data}"
    yield from (f"  {printable(line)}" for line in view.head)
    yield from (f"  {line}" for line in group_lines(view.groups))
    if view.problem:
        yield f"  ! {printable(view.problem)}"


def group_lines(groups: Iterable[GroupView]) -> Iterator[str]:
    """Groups with their attributes, tags and values."""
    for group in groups:
        yield group.tag
        for each in group.attributes:
            text = f"{each.name} ({each.tag}) = {printable(each.value)}" if each.tag else each.name
            yield f"  {_judged(text, each.judged)}"
            if each.problem:
                yield f"    ! {printable(each.problem)}"


def wrapped(label: str, text: str, width: int, indent: int = 10) -> Iterator[str]:
    """A label and its text, continued under the text."""
    yield from textwrap.wrap(
        printable(text),
        width,
        initial_indent=f"{label:<{indent}}",
        subsequent_indent=" " * indent,
        break_on_hyphens=False,  # ids and options have some
    ) or [label]
