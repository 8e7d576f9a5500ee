"""Requests as they come in, checked in the order of RFC 2911 section 3.1 before anything is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from conformance.wire.ipp import Attribute, Group, Message
from conformance.wire.registry import GroupTag, Operation, Status, ValueTag, keyword_of
from fakes.printer.policy import Policy
from fakes.printer.state.held_events import pulls
from fakes.printer.state.rights import user_name

PATH: Final = "/ipp/print"  # RFC 8010 section 4 calls it the usual one
PAGE: Final = "/"  # where a person looks (printer-more-info)
MOST_ASKED: Final = 2_000
"""Values and groups of a request that are read: a hundred subscriptions in one have half of it, and reading takes some
hundredths of a second, in which nobody else is served."""

JOB_NUMBER: Final = re.compile("[0-9]{1,10}", re.ASCII)


class Refusal(Exception):
    """A request that is not carried out: its status, why, and what was not supported."""

    def __init__(
        self, status: Status, message: str, unsupported: Sequence[Attribute] = (), groups: Sequence[Group] = ()
    ) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.unsupported, self.groups = tuple(unsupported), tuple(groups)


def bad(message: str) -> Refusal:
    """client-error-bad-request."""
    return Refusal(Status.CLIENT_ERROR_BAD_REQUEST, message)


def too_long(attribute: Attribute) -> Refusal:
    """client-error-request-value-too-long (RFC 2911 section 13.1.4.10)."""
    name = ascii(attribute.name)
    return Refusal(Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG, f"a value of {name} is too long")


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may be carried out.

    ``target`` is the printer-uri or job-uri as supplied, ``job_id`` the job it names, ``user`` the best name there is.
    """

    message: Message
    operation: Operation
    attributes: Group
    charset: str
    language: str
    target: str
    job_id: int | None
    user: str | None

    def get(self, name: str) -> Attribute | None:
        """An operation attribute."""
        return self.attributes.get(name)

    def name(self, name: str) -> str | None:
        """An operation attribute of syntax name or text; raises ``Refusal`` if it cannot be read."""
        attribute = self.attributes.get(name)
        if attribute is None or attribute.value.out_of_band:
            return None
        return readable(attribute, self.charset)

    def integer(self, name: str) -> int | None:
        """An operation attribute that is a number from 1 on; raises ``Refusal`` if it is anything else."""
        attribute = self.attributes.get(name)
        if attribute is None:
            return None
        number = attribute.value.integer
        if number is None or number < 1 or len(attribute.values) != 1:
            raise bad(f"{name} is no number from 1 to 2147483647")
        return number

    def boolean(self, name: str, default: bool = False) -> bool:
        """An operation attribute that is true or false; raises ``Refusal`` if it is neither."""
        attribute = self.attributes.get(name)
        if attribute is None:
            return default
        if attribute.value.boolean is None or len(attribute.values) != 1:
            raise bad(f"{name} is no boolean")
        return attribute.value.boolean

    def keyword(self, name: str) -> str | None:
        """An operation attribute that is a string; ``None`` if it is not supplied."""
        attribute = self.attributes.get(name)
        return None if attribute is None else attribute.value.text("ascii") or ""


def readable(attribute: Attribute, charset: str) -> str:
    """The characters of a name or text; raises ``Refusal`` if its octets are not in the charset of the request."""
    text = attribute.value.text(charset) if len(attribute.values) == 1 else None
    if text is None:
        raise bad(f"{attribute.name} cannot be read as {charset}")
    return text


def closest_version(policy: Policy, version: tuple[int, int]) -> tuple[int, int]:
    """The version to answer in (RFC 2911 section 3.1.8)."""
    return max((v for v in policy.versions if v <= version), default=min(policy.versions))


def operations(policy: Policy) -> tuple[Operation, ...]:
    """What can be asked for."""
    return tuple(o for o in policy.operations if o is not Operation.GET_NOTIFICATIONS or pulls(policy))


def check(policy: Policy, message: Message, path: str, authenticated: str | None = None) -> Request:
    """A request that may be carried out; raises ``Refusal``."""
    if message.version[0] not in {major for major, _ in policy.versions}:
        version = ".".join(map(str, message.version))
        raise Refusal(Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, f"no version {version}")
    if message.code not in operations(policy):
        what = keyword_of(Operation, message.code)
        raise Refusal(Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED, f"no operation {what}")
    attributes = _well_formed(message)
    charset, language = _language_and_charset(attributes)
    if charset not in policy.charsets:
        raise Refusal(Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED, f"no charset {charset}")
    operation = Operation(message.code)
    target, job_id = _target(attributes, path, operation)
    requesting = attributes.get("requesting-user-name")
    name = readable(requesting, charset) if requesting is not None else None
    user = user_name(policy, authenticated, name)
    return Request(message, operation, attributes, charset, language, target, job_id, user)


def _well_formed(message: Message) -> Group:
    """The operation attributes of a message whose form is right (RFC 2910 section 3)."""
    if message.problem is not None:
        raise bad(f"octet {message.problem.offset}: {message.problem.reason}")
    if message.request_id < 1:
        raise bad(f"request-id {message.request_id} is not from 1 to 2147483647")
    if not message.groups or message.groups[0].tag != GroupTag.OPERATION:
        raise bad("the first group is not that of the operation attributes")
    if len(message.all(GroupTag.OPERATION)) > 1:
        raise bad("there are two groups of operation attributes")
    for group in message.groups:
        seen: set[str] = set()
        for attribute in group:
            if attribute.name in seen:
                raise bad(f"{attribute.name!a} comes twice in one group")
            seen.add(attribute.name)
            for value in attribute.values:
                if value.too_long:
                    raise too_long(attribute)
                if value.problem is not None:
                    raise bad(f"{attribute.name!a}: {value.problem}")
    return message.groups[0]


def _language_and_charset(group: Group) -> tuple[str, str]:
    """attributes-charset and attributes-natural-language, which come first and in this order (RFC 2911 3.1.4)."""
    found: list[str] = []
    expected = (
        ("attributes-charset", ValueTag.CHARSET),
        ("attributes-natural-language", ValueTag.NATURAL_LANGUAGE),
    )
    for place, (name, tag) in enumerate(expected):
        attribute = group.attributes[place] if place < len(group.attributes) else None
        if attribute is None or attribute.name != name or attribute.value.tag != tag or len(attribute.values) != 1:
            raise bad(f"operation attribute {place + 1} is not {name}")
        text = attribute.value.text("ascii")
        if not text:
            raise bad(f"{name} cannot be read")
        found.append(text.lower())
    return found[0], found[1]


JOB_OPERATIONS: Final = frozenset(
    {
        Operation.SEND_DOCUMENT,
        Operation.CANCEL_JOB,
        Operation.GET_JOB_ATTRIBUTES,
        Operation.HOLD_JOB,
        Operation.RELEASE_JOB,
    }
)


def _target(group: Group, path: str, operation: Operation) -> tuple[str, int | None]:
    """The target of an operation (RFC 2911 section 3.1.5): its URI, and its job."""
    printer, job = group.get("printer-uri"), group.get("job-uri")
    takes_job_uri = operation in JOB_OPERATIONS or operation is Operation.CREATE_JOB_SUBSCRIPTIONS
    if printer is None and job is not None and takes_job_uri:
        uri = _uri(job)
        parent, _, number = urlsplit(uri).path.rpartition("/")
        if parent != PATH or not JOB_NUMBER.fullmatch(number) or not _is_ours(path):
            raise Refusal(Status.CLIENT_ERROR_NOT_FOUND, f"no job {uri!a}")
        return uri, int(number)
    if printer is None:
        raise bad("printer-uri is missing")
    uri = _uri(printer)
    if urlsplit(uri).path.rstrip("/") != PATH or not _is_ours(path):
        raise Refusal(Status.CLIENT_ERROR_NOT_FOUND, f"no printer {uri!a} at {path!a}")
    if operation not in JOB_OPERATIONS:
        return uri, None
    number_ = group.get("job-id")
    if number_ is None or number_.value.integer is None or len(number_.values) != 1:
        raise bad("job-id is missing or no number")
    return uri, number_.value.integer


def _uri(attribute: Attribute) -> str:
    uri = attribute.value.text("ascii") if attribute.value.tag == ValueTag.URI else None
    if uri is None or len(attribute.values) != 1:
        raise bad(f"{attribute.name} is no URI")
    try:
        urlsplit(uri)
    except ValueError:
        raise bad(f"{attribute.name} is no URI") from None
    return uri


def _is_ours(path: str) -> bool:
    """Whether an HTTP request target is the printer, or a job of it."""
    own = path.partition("?")[0].rstrip("/")
    return own == PATH or own.startswith(PATH + "/")
