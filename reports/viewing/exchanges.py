"""An IPP exchange decoded: groups, attributes with their tags and values, and those that a verdict points at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from conformance.record.rows import Exchange
from conformance.wire import ipp
from conformance.wire.problem import Span
from conformance.wire.registry import GroupTag, Operation, Status, keyword_of

from .octets import plain_line, shortened

MAX_ATTRIBUTES: Final = 400  # of one message; a printer tells of itself in some 150
MAX_VALUE: Final = 600  # characters
MAX_LINES: Final = 100  # of HTTP


@dataclass(frozen=True, slots=True)
class AttributeView:
    """An attribute: ``tag`` is the syntax of its first value, ``problem`` what is wrong with its octets."""

    name: str
    tag: str
    value: str
    problem: str = ""
    judged: bool = False


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group of attributes under its delimiter tag."""

    tag: str
    attributes: tuple[AttributeView, ...]


@dataclass(frozen=True, slots=True)
class MessageView:
    """A request or an answer: ``head`` are the lines of HTTP before it, ``says`` its code in words."""

    head: tuple[str, ...]
    says: str
    version: str
    request_id: int
    groups: tuple[GroupView, ...]
    data: int  # octets behind the attributes
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """What was asked and what came; ``answer`` is ``None`` when no complete one did, and ``problem`` says why."""

    id: int
    play: int
    uri: str
    seconds: float
    took: float
    tls: str
    operation: str
    request: MessageView
    answer: MessageView | None
    problem: str
    row: Exchange = field(repr=False)


def exchange_view(row: Exchange, spans: Sequence[Span] = ()) -> ExchangeView:
    """The exchange, these spans of its answer judged."""
    asked = ipp.decode(row.request)
    answered = None
    if not row.problem:
        message = ipp.decode(row.response)
        head = _head(row.response_head)
        answered = _message(message, head, keyword_of(Status, message.code), spans)
    operation = keyword_of(Operation, row.operation)
    return ExchangeView(
        row.id,
        row.play,
        row.uri,
        row.t_start / 1e9,
        max(0, row.t_end - row.t_start) / 1e9,
        row.tls,
        operation,
        _message(asked, _head(row.request_head), operation, ()),
        answered,
        f"{row.problem}: {row.problem_text}".strip(": ") if row.problem else "",
        row,
    )


def _head(octets: bytes) -> tuple[str, ...]:
    return tuple(shortened(plain_line(line), MAX_VALUE) for line in octets.split(b"\r\n")[:MAX_LINES] if line)


def _message(message: ipp.Message, head: tuple[str, ...], says: str, spans: Sequence[Span]) -> MessageView:
    problem = message.problem
    told = f"cannot be read from octet {problem.offset} on: {problem.reason}" if problem is not None else ""
    version = "{}.{}".format(*message.version)
    groups = groups_of(message, spans)
    return MessageView(head, says, version, message.request_id, groups, len(message.data), told)


def groups_of(message: ipp.Message, spans: Sequence[Span] = ()) -> tuple[GroupView, ...]:
    """The groups of a message, as far as anybody reads."""
    left, found = MAX_ATTRIBUTES, []
    for group in message.groups:
        told = tuple(_attribute(one, message.charset, spans) for one in group.attributes[:left])
        if (more := len(group.attributes) - left) > 0:
            told += (AttributeView(f"... {more} more", "", ""),)
        left -= min(left, len(group.attributes))
        found.append(GroupView(keyword_of(GroupTag, group.tag), told))
        if not left:
            break
    return tuple(found)


def _attribute(one: ipp.Attribute, charset: str, spans: Sequence[Span]) -> AttributeView:
    value = ", ".join(each.show(charset) for each in one.values)
    problem = next((told for each in one.values if (told := each.problem)), "")
    judged = any(a < one.span[1] and one.span[0] < b for a, b in spans)
    many = f" x{len(one.values)}" if len(one.values) > 1 else ""
    name, tag = shortened(ascii(one.name)[1:-1], MAX_VALUE), ipp.tag_name(one.value.tag) + many
    return AttributeView(name, tag, shortened(value, MAX_VALUE), problem, judged)
