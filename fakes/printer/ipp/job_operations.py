"""The operations on jobs, and those that make them (RFC 2911 sections 3.2.1 to 3.2.6 and 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group, Message
from conformance.wire.registry import GroupTag, Operation, Status, ValueTag
from fakes.printer.state.jobs import MAX_WAITING, Job, Move
from fakes.printer.state.printer import Printer
from fakes.printer.state.rights import REFUSED_AS, may_manage

from .descriptions import job_attributes, job_state
from .operation_attributes import set_aside
from .printer_description import DOCUMENT_HANDLING, HOLDS, MAX_COPIES
from .requests import Refusal, Request, bad
from .responses import chosen, requested_of, success
from .subscription_creation import JOB_NOTIFY, creation_status, make, plan, subscription_request

DOCUMENT = ("document-name", "document-format", "document-natural-language", "compression")
TEMPLATE = frozenset({"copies", "job-hold-until", "multiple-document-handling"})
CREATION = ("job-name", "ipp-attribute-fidelity", "job-k-octets", "job-impressions", "job-media-sheets", *DOCUMENT)


@dataclass(slots=True)
class _Ticket:
    """What a Job Creation request asks for, and what of it is not supported."""

    name: str
    held: bool = False
    copies: int = 1
    unsupported: list[Attribute] = field(default_factory=list)


def print_job(printer: Printer, request: Request) -> Message:
    """Print-Job: RFC 2911 section 3.2.1."""
    return _create(printer, request)


def create_job(printer: Printer, request: Request) -> Message:
    """Create-Job: RFC 2911 section 3.2.4."""
    return _create(printer, request)


def validate_job(printer: Printer, request: Request) -> Message:
    """Validate-Job: RFC 2911 section 3.2.3; the subscriptions are only looked at (RFC 3995 section 11.2.2)."""
    return _create(printer, request)


def _create(printer: Printer, request: Request) -> Message:
    policy = printer.policy
    if not policy.accepting_jobs:
        raise Refusal(Status.SERVER_ERROR_NOT_ACCEPTING_JOBS, "no jobs are accepted")
    if len(printer.jobs.waiting()) >= MAX_WAITING:
        raise Refusal(Status.SERVER_ERROR_BUSY, f"{MAX_WAITING} jobs are waiting")
    _check_document(printer, request)
    ticket = _ticket(request)
    asked_for = subscription_request(printer, request, per_job=True, job_creation=True)
    carriers = (JOB_NOTIFY,) if asked_for.drafts else ()
    aside = [*set_aside(request, *CREATION, *carriers), *ticket.unsupported]
    if aside and request.boolean("ipp-attribute-fidelity"):
        raise Refusal(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "and all or nothing is asked for", aside)
    room = None if policy.full_job == "takes-more" else policy.max_job_subscriptions or None
    planned = plan(asked_for, request, room)
    job = None
    if request.operation is not Operation.VALIDATE_JOB:
        open_ = request.operation is Operation.CREATE_JOB
        owner = request.user or policy.anonymous
        job = printer.jobs.add(ticket.name, owner, held=ticket.held, open_=open_, copies=ticket.copies)
        if not open_:
            job.documents, job.octets = 1, len(request.message.data)
    made = make(printer, request, planned, job, only_check=job is None and not policy.validation_makes)
    status = creation_status(policy, made, job_creation=True)
    groups = made.groups
    if job is not None:
        groups = (_job_group(printer, job), *groups)
        printer.jobs.begin(job)
    return success(policy, request, groups, (*aside, *made.unsupported), status)


def _check_document(printer: Printer, request: Request) -> None:
    """The document attributes, which refuse the request where they are not supported (RFC 2911 section 3.2.1.1)."""
    policy = printer.policy
    format_ = request.keyword("document-format")
    if format_ is not None and format_.partition(";")[0].strip().lower() not in policy.document_formats:
        raise Refusal(Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, f"no document format {format_!a}")
    if request.keyword("compression") not in (None, "none"):
        raise Refusal(Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED, "no compression")


def _ticket(request: Request) -> _Ticket:
    ticket = _Ticket(request.name("job-name") or request.name("document-name") or "untitled")
    group = request.message.first(GroupTag.JOB)
    for attribute in group or ():
        if attribute.name not in TEMPLATE:
            ticket.unsupported.append(ipp.out_of_band(attribute.name, ValueTag.UNSUPPORTED))
        elif not _take(ticket, attribute):
            ticket.unsupported.append(attribute)
    return ticket


def _take(ticket: _Ticket, attribute: Attribute) -> bool:
    """Whether the value of a Job Template attribute is supported; the ticket then has it."""
    if attribute.name == "copies":
        copies = attribute.value.integer
        if copies is None or not 1 <= copies <= MAX_COPIES:
            return False
        ticket.copies = copies
        return True
    if attribute.name == "job-hold-until":
        until = attribute.value.text("ascii")
        ticket.held = until == HOLDS[1]
        return until in HOLDS
    return attribute.texts("ascii") == [DOCUMENT_HANDLING]


def _job_group(printer: Printer, job: Job) -> Group:
    """The job as the answer to its creation shows it (RFC 2911 section 3.2.1.2)."""
    named = (ipp.uri("job-uri", printer.job_uri(job)), ipp.integer("job-id", job.id))
    return Group(GroupTag.JOB, (*named, *job_state(printer, job)))


def send_document(printer: Printer, request: Request) -> Message:
    """Send-Document: RFC 2911 section 3.3.1."""
    job = _own_job(printer, request)
    if "last-document" not in request.attributes:
        raise bad("last-document is missing")
    last = request.boolean("last-document")
    _check_document(printer, request)
    if not job.open or job.ended:
        raise Refusal(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} takes no more documents")
    size = len(request.message.data)
    printer.jobs.document(job, size, last=last, empty=last and not size)
    return success(printer.policy, request, [_job_group(printer, job)], set_aside(request, "last-document", *DOCUMENT))


def cancel_job(printer: Printer, request: Request) -> Message:
    """Cancel-Job: RFC 2911 section 3.3.3."""
    return _move(printer, request, Move.CANCEL)


def hold_job(printer: Printer, request: Request) -> Message:
    """Hold-Job: RFC 2911 section 3.3.5."""
    until = request.get("job-hold-until")
    word = until.value.text("ascii") if until is not None else HOLDS[1]
    aside = [until] if until is not None and word not in HOLDS else []
    return _move(printer, request, Move.RELEASE if word == HOLDS[0] else Move.HOLD, aside)


def release_job(printer: Printer, request: Request) -> Message:
    """Release-Job: RFC 2911 section 3.3.6."""
    return _move(printer, request, Move.RELEASE)


def _move(printer: Printer, request: Request, move: Move, unsupported: list[Attribute] | None = None) -> Message:
    job = _own_job(printer, request)
    aside = [*set_aside(request, "message", "job-hold-until"), *(unsupported or ())]
    if not printer.jobs.move(job, move):
        raise Refusal(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is {job.state.keyword}")
    return success(printer.policy, request, unsupported=aside)


def get_job_attributes(printer: Printer, request: Request) -> Message:
    """Get-Job-Attributes: RFC 2911 section 3.3.4."""
    group = _described(printer, _job(printer, request), requested_of(request, "all"))
    return success(printer.policy, request, [group], set_aside(request, "requested-attributes"))


def get_jobs(printer: Printer, request: Request) -> Message:
    """Get-Jobs: RFC 2911 section 3.2.6."""
    which, limit, mine = request.get("which-jobs"), request.integer("limit"), request.boolean("my-jobs")
    word = which.value.text("ascii") if which is not None else "not-completed"
    if word not in ("completed", "not-completed"):
        unsupported = [which or ipp.out_of_band("which-jobs", ValueTag.UNSUPPORTED)]
        raise Refusal(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "which-jobs", unsupported)
    jobs = printer.jobs.ended() if word == "completed" else printer.jobs.waiting()
    found = [job for job in jobs if not mine or job.user_name == request.user]
    requested = requested_of(request, "job-uri", "job-id")
    groups = [_described(printer, job, requested) for job in found[:limit]]
    aside = set_aside(request, "limit", "requested-attributes", "which-jobs", "my-jobs")
    return success(printer.policy, request, groups, aside)


def _job(printer: Printer, request: Request) -> Job:
    job = printer.jobs.all.get(request.job_id) if request.job_id is not None else None
    if job is None:
        raise Refusal(Status.CLIENT_ERROR_NOT_FOUND, f"no job {request.job_id}")
    return job


def _own_job(printer: Printer, request: Request) -> Job:
    job = _job(printer, request)
    if not may_manage(printer.policy, job.user_name, request.user):
        raise Refusal(REFUSED_AS, f"job {job.id} is not yours")
    return job


def _described(printer: Printer, job: Job, requested: set[str]) -> Group:
    return Group(GroupTag.JOB, chosen(job_attributes(printer, job, requested), requested))


OPERATIONS = {
    Operation.PRINT_JOB: print_job,
    Operation.VALIDATE_JOB: validate_job,
    Operation.CREATE_JOB: create_job,
    Operation.SEND_DOCUMENT: send_document,
    Operation.CANCEL_JOB: cancel_job,
    Operation.HOLD_JOB: hold_job,
    Operation.RELEASE_JOB: release_job,
    Operation.GET_JOB_ATTRIBUTES: get_job_attributes,
    Operation.GET_JOBS: get_jobs,
}
