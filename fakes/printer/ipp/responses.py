"""Answers on their way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group, Message, Value
from conformance.wire.registry import FIRST_ERROR, GroupTag, Operation, Status, ValueTag
from fakes.printer.policy import Policy

from .requests import Refusal, Request, closest_version

MAX_STATUS_MESSAGE = 255  # octets, RFC 2911 section 3.1.6.2


def success(
    policy: Policy,
    request: Request,
    groups: Sequence[Group] = (),
    unsupported: Sequence[Attribute] = (),
    status: Status = Status.SUCCESSFUL_OK,
) -> Message:
    """The answer to a request that was carried out; what was not supported turns successful-ok into 0x0001."""
    if unsupported and status is Status.SUCCESSFUL_OK:
        status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    return answer(policy, request.message, request.charset, request.language, status, "", groups, unsupported)


def refusal(policy: Policy, message: Message, refused: Refusal) -> Message:
    """The answer to a request that was not carried out, in its charset and language where they can be had."""
    charset = message.charset.lower()
    language = message.find("attributes-natural-language", GroupTag.OPERATION)
    return answer(
        policy,
        message,
        charset if charset in policy.charsets else "utf-8",
        (language.value.text("ascii") if language is not None else None) or "",
        refused.status,
        refused.message,
        refused.groups,
        refused.unsupported,
    )


def answer(
    policy: Policy,
    request: Message,
    charset: str,
    language: str,
    status: Status,
    text: str,
    groups: Sequence[Group] = (),
    unsupported: Sequence[Attribute] = (),
) -> Message:
    """An answer with its groups in the order of RFC 2911 section 3.1.1: operation, unsupported, objects."""
    words = status.keyword if not text else f"{status.keyword}: {text}"
    operation = Group(
        GroupTag.OPERATION,
        (
            ipp.charset("attributes-charset", charset),
            ipp.natural_language("attributes-natural-language", spoken(policy, language)),
            ipp.text("status-message", ascii(words)[1:-1][:MAX_STATUS_MESSAGE]),
        ),
    )
    if policy.answers_in == "operation-group" and request.code != Operation.GET_SUBSCRIPTIONS:
        operation, groups = _with_the_only_subscription(operation, groups)
    middle = (Group(GroupTag.UNSUPPORTED, merged(unsupported)),) if unsupported else ()
    recoded = tuple(_recode_group(g, charset) for g in (operation, *groups))
    return Message(
        int(status),
        request.request_id,
        (recoded[0], *middle, *recoded[1:]),
        version=closest_version(policy, request.version),
    )


def _with_the_only_subscription(operation: Group, groups: Sequence[Group]) -> tuple[Group, Sequence[Group]]:
    """The operation group with the attributes of a subscription, as the oldest text has it, and the other groups."""
    alone = [group for group in groups if group.tag == GroupTag.SUBSCRIPTION]
    if len(alone) != 1:
        return operation, groups
    others = [group for group in groups if group.tag != GroupTag.SUBSCRIPTION]
    return Group(GroupTag.OPERATION, (*operation, *alone[0])), others


def spoken(policy: Policy, language: str) -> str:
    """The language to answer in: the client's, or the configured one."""
    return language if language in policy.languages else policy.languages[0]


def failed(status: int) -> bool:
    """Whether a status-code is an error."""
    return status >= FIRST_ERROR


def merged(attributes: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """Attributes of one name as one attribute, each value once, as a group may have each name only once."""
    values: dict[str, dict[Value, None]] = {}
    for attribute in attributes:
        values.setdefault(attribute.name, {}).update(dict.fromkeys(attribute.values))
    return tuple(Attribute(name, tuple(v)) for name, v in values.items())


def chosen(attributes: Iterable[tuple[str, Attribute]], requested: set[str]) -> tuple[Attribute, ...]:
    """Of attributes with their group names, those that are asked for by name, by group or by 'all'."""
    everything = "all" in requested
    return tuple(a for group, a in attributes if everything or a.name in requested or group in requested)


def requested_of(request: Request, *default: str) -> set[str]:
    """requested-attributes; names that we do not have are passed over in silence (RFC 2911 section 3.2.5.2)."""
    attribute = request.get("requested-attributes")
    return set(attribute.texts("ascii")) if attribute is not None else set(default)


_STRINGS = frozenset({int(ValueTag.TEXT), int(ValueTag.NAME)})


def _recode_group(group: Group, charset: str) -> Group:
    """Names and texts in the charset of the answer; characters that it lacks become question marks."""
    if charset in ("utf-8", "utf8"):
        return group
    return Group(group.tag, tuple(_recode(a, charset) for a in group))


def _recode(attribute: Attribute, charset: str) -> Attribute:
    if attribute.value.tag not in _STRINGS:
        return attribute
    octets = (v.octets.decode("utf-8", "replace").encode(charset, "replace") for v in attribute.values)
    return Attribute(attribute.name, tuple(Value(v.tag, o) for v, o in zip(attribute.values, octets, strict=True)))
