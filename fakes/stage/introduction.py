"""The first thing a printer is asked: what it is and what it can do."""

from __future__ import annotations

import re
from typing import Final

from conformance.record.exchanges import Answer, answer_of
from conformance.record.printer_attributes import Description, names_looked_at, told
from conformance.record.run_facts import RunFacts
from conformance.verdict import Inconclusive
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status
from fakes.http.tls import IN_CLEAR, NO_TLS

from .requests import operation_group
from .shared import Shared, StageError
from .trip import HTTP_UNAUTHORIZED, HTTP_UPGRADE_REQUIRED

VERSIONS: Final = ((2, 0), (1, 0), (2, 1), (2, 2))  # beside the usual one, in the order in which they are tried
UNREADABLE: Final = "nothing can be judged before the printer mends that answer"
_LOCATION: Final = re.compile(rb"(?im)^location:[ \t]*([!-?A-~]{1,200})[ \t]*\r?$")  # no @: there may be a password
_AUTHORIZATION: Final = re.compile(rb"(?im)^authorization:")


async def introduced(stage: Shared) -> ipp.Group:
    """The printer's attributes; raises ``StageError`` when it does not tell them.

    A printer whose answer cannot be read to its end is asked again for what matters, by name: what breaks the one may
    not be in the other.
    """
    first = await _asked(stage)
    if first.status == Status.SERVER_ERROR_VERSION_NOT_SUPPORTED:
        first = await _in_another_version(stage, first)
    if first.message.first(GroupTag.PRINTER) is None or not first.ok:
        why = first.message.problem.reason if first.message.problem else first.keyword
        raise StageError(
            f"the printer does not say what it is: Get-Printer-Attributes gave {why} (ipp #{first.row.id})",
            "is the path of its URI right?",
        )
    answers = [first]
    if first.message.problem is not None:
        by_name = await _asked(stage, ipp.keyword("requested-attributes", *names_looked_at()))
        answers += [by_name] if by_name.ok else []
    printer = told(Description(a.request, a.row.response, a.row.id, a.message) for a in answers)
    assert printer is not None  # the first answer has a group
    try:
        printer.get("operations-supported")
    except Inconclusive as reason:
        raise StageError(str(reason), UNREADABLE) from reason
    return printer


async def _in_another_version(stage: Shared, refused: Answer) -> Answer:
    """The answer to the same question in a version that the printer speaks; the refusal, if there is none of ours.

    A printer answers in the closest one that it has (RFC 2911 section 3.1.8); the others are tried as well.
    """
    usual = stage.subscriber.version
    wanted = [v for v in dict.fromkeys((refused.message.version, *VERSIONS)) if v in VERSIONS and v != usual]
    for version in wanted:
        stage.subscriber.version = version
        answer = await _asked(stage)
        if answer.status != Status.SERVER_ERROR_VERSION_NOT_SUPPORTED:
            stage.note(RunFacts(observed=(f"every request is of IPP {_shown(version)}: {_shown(usual)} is refused",)))
            return answer
    stage.subscriber.version = usual
    return refused


def _shown(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


async def _asked(stage: Shared, *more: ipp.Attribute) -> Answer:
    groups = [operation_group(stage.subscriber.uri, None, *more)]
    exchange = await stage.request(Operation.GET_PRINTER_ATTRIBUTES, groups)
    answer = answer_of(exchange)
    if answer is not None:
        return answer
    if exchange.http_status:
        sent_on = _LOCATION.search(exchange.response_head) if 300 <= exchange.http_status < 400 else None
        hint = f"it sends us on to {sent_on[1].decode()}: name that one" if sent_on else "is its URI right?"
        if exchange.http_status == HTTP_UNAUTHORIZED and _AUTHORIZATION.search(exchange.request_head):
            raise StageError("the printer does not take the login of the IXIT", "are user and password-from right?")
        if exchange.http_status in (HTTP_UNAUTHORIZED, HTTP_UPGRADE_REQUIRED):  # whose text says what to do
            what, _, hint = exchange.problem_text.rpartition("; ")
            raise StageError(f"the printer gives no IPP answer: {what}", hint)
        raise StageError(f"the printer gives no IPP answer: {exchange.problem_text}", hint)
    without_tls = any(words in exchange.problem_text for words in (NO_TLS, IN_CLEAR))
    hint = "has it TLS at that port? ipp:// does without" if without_tls else "is its URI right, is it on?"
    raise StageError(f"the printer does not answer: {exchange.problem_text}", hint)
