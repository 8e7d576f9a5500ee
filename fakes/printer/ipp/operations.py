"""From a request to its answer: octets in, octets out, no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from conformance.wire import ipp
from conformance.wire.ipp import Group, Message
from conformance.wire.registry import GroupTag, Operation, Status
from fakes.printer.state.printer import Printer
from fakes.printer.state.rights import REFUSED_AS, may_operate

from . import job_operations, pull_operations, subscription_operations
from .operation_attributes import set_aside
from .printer_description import later_told, printer_attributes
from .requests import MOST_ASKED, Refusal, Request, check
from .responses import chosen, refusal, requested_of, success

Carry = Callable[[Printer, Request], Message]


def get_printer_attributes(printer: Printer, request: Request) -> Message:
    """Get-Printer-Attributes: RFC 2911 section 3.2.5; RFC 3995 section 11.2.3."""
    format_ = request.keyword("document-format")
    if format_ is not None and format_.lower() not in printer.policy.document_formats:
        raise Refusal(Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, f"no document format {format_!a}")
    printer.described += 1
    attributes = later_told(printer, chosen(printer_attributes(printer), requested_of(request, "all")))
    aside = set_aside(request, "requested-attributes", "document-format")
    return success(printer.policy, request, [Group(GroupTag.PRINTER, attributes)], aside)


def pause_printer(printer: Printer, request: Request) -> Message:
    """Pause-Printer: RFC 2911 section 3.2.7."""
    return _operate(printer, request, printer.jobs.pause)


def resume_printer(printer: Printer, request: Request) -> Message:
    """Resume-Printer: RFC 2911 section 3.2.8."""
    return _operate(printer, request, printer.jobs.resume)


def _operate(printer: Printer, request: Request, act: Callable[[], None]) -> Message:
    if not may_operate(printer.policy, request.user):
        raise Refusal(REFUSED_AS, "only an operator may do that")
    act()
    return success(printer.policy, request, unsupported=set_aside(request))


OPERATIONS: Final[dict[Operation, Carry]] = {
    **job_operations.OPERATIONS,
    **subscription_operations.OPERATIONS,
    **pull_operations.OPERATIONS,
    Operation.GET_PRINTER_ATTRIBUTES: get_printer_attributes,
    Operation.PAUSE_PRINTER: pause_printer,
    Operation.RESUME_PRINTER: resume_printer,
}


def answer(printer: Printer, octets: bytes, path: str, authenticated: str | None = None) -> bytes | None:
    """The answer to a request that came to an HTTP path; ``None`` if there is not even an IPP header to answer to."""
    message = ipp.decode(octets, MOST_ASKED)
    if message.problem is not None and message.problem.offset < ipp.HEADER.size:
        return None
    try:
        request = check(printer.policy, message, path, authenticated)
        reply = OPERATIONS[request.operation](printer, request)
        if request.operation in printer.policy.said_to_fail:
            raise Refusal(Status.SERVER_ERROR_INTERNAL_ERROR, "something is broken")
    except Refusal as refused:
        reply = refusal(printer.policy, message, refused)
    return ipp.encode(reply)
