"""Section 7.2 of the base document: values in application/ipp are true, and those that the printer tells over IPP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from conformance.counted import counted
from conformance.record.exchanges import Answer
from conformance.record.run_record import PlayRecord
from conformance.verdict import NotApplicable
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, JobState, Operation, PrinterState, Status, ValueTag, keyword_of
from conformance.wire.words import codec

from .case import case, expect
from .ipp_lookup import printer_words, same_uri, target_of
from .job_lookup import LET_GO, IppContent, contents_of, jobs_of, require_nobody_else
from .mail_lookup import known_user_name, words
from .mailto_04 import event_bounds, has_clock, require_steady_clock
from .up_time_lookup import between

ENDED: Final = (JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED)
_STANDS_IN: Final = (ValueTag.UNKNOWN, ValueTag.NO_VALUE)  # for a value; that it may N-20 has elsewhere
IPP_VERSIONS: Final = (1, 2)  # the numbers before the point
ERRORS: Final = range(0x0400, 0x0600)  # statuses of a request that failed; the drafts' own are 600 and 0x0600
_NO_REASON: Final = "none"
_OF_PRINTER: Final = ("printer-state", "printer-state-reasons")
_CANCELLED: Final = "job-canceled-by-user"
# RFC 2911 section 4.3.8: the states that a job can be in for a reason, where it does not go with each; beside these the
# ends of jobs, which are looked at by themselves.
_PROCESSED: Final = (JobState.PROCESSING, JobState.PROCESSING_STOPPED)
_IN_STATES: Final = {
    "job-interpreting": _PROCESSED, "job-transforming": _PROCESSED, "job-printing": _PROCESSED,
    "job-queued-for-marker": _PROCESSED, "processing-to-stop-point": _PROCESSED,
    "job-hold-until-specified": (JobState.PENDING, JobState.PENDING_HELD),
}  # fmt: skip
_GOING_ON: Final = (PrinterState.IDLE, PrinterState.PROCESSING)


def _known(content: IppContent, *names: str) -> ipp.Attribute | None:
    """The attribute, if it is there with a value."""
    attribute = content.get(*names)
    return None if attribute is None or attribute.value.tag in _STANDS_IN else attribute


# ---------------------------------------------------------------- the whole


@case("N-20", on="machine")
def test_the_content_is_a_whole_response_and_no_error(play: PlayRecord) -> None:
    for content in contents_of(play):
        message = content.message
        names = [[a.name for a in group] for group in message.groups]
        twice = sorted({name for group in names for name in group if group.count(name) > 1})
        wrong = {
            f"version {message.version[0]}.{message.version[1]}": message.version[0] not in IPP_VERSIONS,
            keyword_of(Status, message.code): message.code in ERRORS,
            f"{', '.join(twice)} twice in one group": bool(twice),
            f"{counted(len(message.data), 'octet')} behind its end": bool(message.data.strip(b"\r\n\t \0")),
        }
        expect(
            not any(wrong.values()),
            expected="a response of IPP about an event, with each attribute once and nothing behind them",
            actual=", ".join(what for what, is_so in wrong.items() if is_so),
            where=content.where,
        )


# ---------------------------------------------------------------- printer and subscriber


@case("N-20", on="machine")
def test_the_content_names_the_printer_by_a_uri_of_its_own(play: PlayRecord) -> None:
    for content in contents_of(play):
        attribute = _known(content, "printer-uri", "notify-printer-uri")
        if attribute is None:
            continue
        own = [target_of(content.subscription.creation), *printer_words(play, "printer-uri-supported")]
        expect(
            any(same_uri(attribute.value.text() or "", uri) for uri in own),
            expected=f"printer-uri {own[0]}, or another of printer-uri-supported",
            actual=attribute.show(),
            where=content.where,
        )


@case("N-20", on="machine")
def test_the_content_names_printer_and_subscriber_in_full(play: PlayRecord) -> None:
    for content in contents_of(play):
        wanted = {
            "printer-name": play.run_record.printer_text("printer-name"),
            "subscriber-user-name": known_user_name(play, content.subscription),
        }
        for name, text in wanted.items():
            attribute = _known(content, name)
            if attribute is None or text is None or not _fits(text, content.message.charset):
                continue
            told = attribute.value.text(content.message.charset)
            expect(
                words(told or "") == words(text),
                expected=f"{name} {text!r}",
                actual=attribute.show(content.message.charset),
                where=content.where,
            )


def _fits(text: str, charset: str) -> bool:
    """Whether a charset has all characters of a text."""
    name = codec(charset)
    if name is None:
        return False
    try:
        text.encode(name)
    except UnicodeError:
        return False
    return True


# ---------------------------------------------------------------- times


@case("N-20", on="machine")
def test_the_content_tells_when_the_event_was(play: PlayRecord) -> None:
    for content in contents_of(play):
        begin = content.subscription.creation.row.t_start
        low, high = between(play.run_record, begin, content.mail.t)
        for name in ("trigger-time", "printer-up-time", "notify-printer-up-time"):
            attribute = _known(content, name)
            if attribute is not None and (told := attribute.value.integer) is not None:
                expect(
                    low <= told <= high,
                    expected=f"{name} from {low} to {high}: after the subscription was asked for, before its mail came",
                    actual=str(told),
                    where=content.where,
                )


@case("N-20", on="machine")
def test_the_content_tells_the_date_of_the_event(play: PlayRecord) -> None:
    for content in contents_of(play):
        attribute = _known(content, "trigger-date-time")
        if attribute is None or not has_clock(play):
            continue
        reading, low, high = event_bounds(play, content.subscription, content.mail.t)
        told = attribute.value.date_time
        right = told is not None and low <= told.astimezone(UTC) <= high
        if not right:
            begin = min(reading.row.t_start, content.subscription.creation.row.t_start)
            require_steady_clock(play, begin, content.mail.t)
        expect(
            right,
            expected=f"trigger-date-time from {low:%d %b %Y %H:%M:%S} to {high:%H:%M:%S} UTC, by printer-current-time",
            actual=attribute.show(),
            where=(content.where, reading.where()),
        )


# ---------------------------------------------------------------- the job


@dataclass(frozen=True, slots=True)
class JobTold:
    """What Get-Job-Attributes told of a job."""

    answer: Answer
    state: int
    reasons: frozenset[str]
    group: ipp.Group


def _told_of_job(play: PlayRecord, job: int) -> Iterator[JobTold]:
    for step in play.steps:
        for answer in step.answers:
            about = answer.request.find("job-id", GroupTag.OPERATION)
            group = answer.message.first(GroupTag.JOB)
            if answer.row.operation != Operation.GET_JOB_ATTRIBUTES or about is None or group is None:
                continue
            state, reasons = group.get("job-state"), group.get("job-state-reasons")
            if about.value.integer == job and state is not None and (told := state.value.integer) is not None:
                yield JobTold(answer, told, _words(reasons), group)


def _words(attribute: ipp.Attribute | None) -> frozenset[str]:
    return frozenset(attribute.texts("ascii")) if attribute is not None else frozenset()


def _of_jobs(play: PlayRecord) -> Iterator[tuple[IppContent, int]]:
    """The contents about a job, with its number."""
    for content in contents_of(play):
        number = content.get("job-id")
        if content.is_of_job and number is not None and number.value.integer is not None:
            yield content, number.value.integer


@case("N-20", on="machine")
def test_the_content_tells_the_state_of_the_job(play: PlayRecord) -> None:
    own = {job.id for job in jobs_of(play)}  # a subscription may hear of somebody else's as well
    for content, job in _of_jobs(play):
        attribute, event = _known(content, "job-state"), content.text("trigger-event", "notify-subscribed-event")
        state = attribute.value.integer if attribute is not None else None
        if attribute is None or state is None:
            continue
        ended = next((told for told in _told_of_job(play, job) if told.state in ENDED), None)
        if event == "job-completed":
            possible: Iterable[int] = (ended.state,) if ended is not None else ENDED
        elif content.mail.t < _document_sent(play) and job in own:
            possible = set(JobState) - set(ENDED)  # it waits for its document
        else:
            possible = set(JobState)
        expect(
            state in possible,
            expected=f"job-state {' or '.join(JobState(each).keyword for each in sorted(possible))} with {event}",
            actual=attribute.show(),
            where=(content.where, *((ended.answer.where(),) if ended is not None else ())),
        )


def _document_sent(play: PlayRecord) -> int:
    """When the stage sent the document of an open job; 0 where no job of the play was left open."""
    return next((step.row.t for step in play.steps if step.row.kind in LET_GO), 0)


@case("N-20", on="machine")
def test_the_content_tells_why_the_job_is_in_its_state(play: PlayRecord) -> None:
    for content, job in _of_jobs(play):
        attribute, event = _known(content, "job-state-reasons"), content.text("trigger-event")
        ended = next((told for told in _told_of_job(play, job) if told.state in ENDED), None)
        if attribute is None or ended is None or event != "job-completed":
            continue  # before its end the reasons of a job come and go
        told = _words(attribute)
        expect(
            not ended.reasons or told == {_NO_REASON} or bool(told & ended.reasons),
            expected=f"job-state-reasons with one of {', '.join(sorted(ended.reasons))}, as Get-Job-Attributes has it",
            actual=attribute.show(),
            where=(content.where, ended.answer.where()),
        )


@case("N-20", on="machine")
def test_the_content_gives_no_reason_that_the_state_of_the_job_rules_out(play: PlayRecord) -> None:
    for content, job in _of_jobs(play):
        state, reasons = _known(content, "job-state"), _known(content, "job-state-reasons")
        if state is None or state.value.integer not in set(JobState) - set(ENDED):
            continue
        told = _words(reasons)
        wrong = {word for word in told if state.value.integer not in _IN_STATES.get(word, tuple(JobState))}
        if _CANCELLED in told and not any(t < content.mail.t for t in _cancelled(play, job)):
            wrong.add(_CANCELLED)
        expect(
            not wrong,
            expected=f"job-state-reasons that job-state {state.value.integer} can have",
            actual=reasons.show() if reasons is not None else "",
            where=content.where,
        )


def _cancelled(play: PlayRecord, job: int) -> Iterator[int]:
    """When the job's owner, who we are, asked for its cancellation; plays may share a job."""
    steps = (step for other in play.run_record.plays.values() for step in other.steps)
    for answer in (answer for step in steps for answer in step.answers):
        about = answer.request.find("job-id", GroupTag.OPERATION)
        if answer.row.operation == Operation.CANCEL_JOB and about is not None and about.value.integer == job:
            yield answer.row.t_start


@case("N-20", on="machine")
def test_the_content_tells_why_a_job_waits(play: PlayRecord) -> None:
    """As long as an open job lacks its document nothing happens to it but what we do, so that its reasons stay."""
    sent = _document_sent(play)
    for content, job in _of_jobs(play):
        state, reasons = _known(content, "job-state"), _known(content, "job-state-reasons")
        if state is None or reasons is None or content.mail.t >= sent:
            continue
        alike = [t for t in _told_of_job(play, job) if t.answer.row.t_end < sent and t.state == state.value.integer]
        own, told = frozenset[str]().union(*(t.reasons for t in alike)), _words(reasons)
        expect(
            not own or _NO_REASON in own or told == {_NO_REASON} or bool(told & own),
            expected=f"job-state-reasons with one of {', '.join(sorted(own))}, as Get-Job-Attributes has it",
            actual=reasons.show(),
            where=(content.where, *(t.answer.where() for t in alike[:1])),
        )


@case("N-20", on="machine")
def test_the_content_calls_no_job_completed_that_goes_on(play: PlayRecord) -> None:
    for content, _ in _of_jobs(play):
        state, reasons = _known(content, "job-state"), _known(content, "job-state-reasons")
        if state is None or state.value.integer in ENDED:
            continue
        expect(
            not any(word.startswith("job-completed-") for word in _words(reasons)),
            expected=f"job-state-reasons that job-state {state.value.integer} can have",
            actual=reasons.show() if reasons is not None else "",
            where=content.where,
        )


@case("N-20", on="machine")
def test_the_content_names_the_job_as_the_printer_does(play: PlayRecord) -> None:
    for content, job in _of_jobs(play):
        name, told = _known(content, "job-name"), next(_told_of_job(play, job), None)
        own = told.group.get("job-name") if told is not None else None
        text = own.value.text(told.answer.message.charset) if own is not None and told is not None else None
        if name is None or told is None or text is None or not _fits(text, content.message.charset):
            continue
        if name.value.octets == text.encode():
            continue  # it is right, and in another charset than the content names, if at all (4.5-2)
        expect(
            words(name.value.text(content.message.charset) or "") == words(text),
            expected=f"job-name {text!r}, as Get-Job-Attributes has it",
            actual=name.show(content.message.charset),
            where=(content.where, told.answer.where(own)),
        )


@case("N-20", on="counted")
def test_the_content_counts_as_the_job_does(play: PlayRecord) -> None:
    for content, job in _of_jobs(play):
        ended = next((told for told in _told_of_job(play, job) if told.state in ENDED), None)
        if ended is None or content.text("trigger-event") != "job-completed":
            continue
        for name in ("job-impressions-completed", "job-media-sheets-completed"):
            attribute, own = _known(content, name), ended.group.get(name)
            if attribute is None or own is None or own.value.integer is None:
                continue
            expect(
                attribute.value.integer == own.value.integer,
                expected=f"{name} {own.value.integer}, as Get-Job-Attributes has it",
                actual=attribute.show(),
                where=(content.where, ended.answer.where(own)),
            )


# ---------------------------------------------------------------- the printer's state


@case("N-20", on="printer-told")
def test_the_content_tells_the_state_of_the_printer(play: PlayRecord) -> None:
    answer = play.labelled("paused").answer
    group = answer.message.first(GroupTag.PRINTER) or ipp.Group(GroupTag.PRINTER)
    paused, own = group.get("printer-state"), _words(group.get("printer-state-reasons"))
    resumed = [step.asked for step in play.steps if step.row.kind == "OnPrinter"][-1]
    for content in contents_of(play):
        state, reasons = _known(content, "printer-state"), _known(content, "printer-state-reasons")
        if content.is_of_job or content.mail.t >= resumed or paused is None:
            continue  # a mail may be about the pause or about its end
        told = _words(reasons)
        moving = any("moving-to-paused" in reason for reason in told)
        right = (
            state is None
            or state.value.integer == paused.value.integer
            or (moving and state.value.integer == PrinterState.PROCESSING)
        )
        if not right:
            require_nobody_else(play)
        expect(
            right,
            expected=f"printer-state {paused.value.integer}, as the printer told when it was paused",
            actual=state.show() if state is not None else "",
            where=(content.where, answer.where(paused)),
        )
        right = reasons is None or not own or told == {_NO_REASON} or moving or bool(told & own)
        if not right:
            require_nobody_else(play)
        expect(
            right,
            expected=f"printer-state-reasons with one of {', '.join(sorted(own))}, as the printer told",
            actual=reasons.show() if reasons is not None else "",
            where=(content.where, answer.where()),
        )


def _state_of(content: IppContent) -> int | None:
    state = content.message.find("printer-state")
    return state.value.integer if state is not None else None


@case("N-20", on="printer-going-on")
def test_the_content_tells_that_the_printer_goes_on(play: PlayRecord) -> None:
    """Of the mails that came when it had been resumed one has to be about that; others may be late ones."""
    answer = play.labelled("resumed").answer
    group = answer.message.first(GroupTag.PRINTER) or ipp.Group(GroupTag.PRINTER)
    state, own = group.get("printer-state"), _words(group.get("printer-state-reasons"))
    if state is None or state.value.integer == PrinterState.STOPPED:
        raise NotApplicable("the printer does not tell that it goes on", (answer.where(),))
    resumed = [step.asked for step in play.steps if step.row.kind == "OnPrinter"][-1]
    contents = [content for content in contents_of(play) if not content.is_of_job]
    late = [content for content in contents if content.mail.t >= resumed]
    if not any(_state_of(each) == PrinterState.STOPPED for each in contents if each not in late):
        raise NotApplicable("no mail told of the pause before it was over, so that later ones may")
    if not late or any(_known(each, name) is None for each in late for name in _OF_PRINTER):
        raise NotApplicable("no mail came after the pause that tells state and reasons")
    where = (*(each.where for each in late[:2]), answer.where(state))
    expect(
        any(_state_of(each) in _GOING_ON for each in late),
        expected=f"printer-state {state.value.integer}, as the printer told when it had been resumed",
        actual=f"printer-state {', '.join(str(_state_of(each)) for each in late)}",
        where=where,
    )
    began = min(each.message.request_id for each in late if _state_of(each) in _GOING_ON)
    for each in late:
        stays = _words(each.message.find("printer-state-reasons")) <= own | {_NO_REASON}
        expect(
            each.message.request_id < began or _state_of(each) in _GOING_ON or not stays,
            expected="no printer-state 5 (stopped) for no reason of its own, once a mail has told the end of the pause",
            actual=f"printer-state {_state_of(each)} in notification {each.message.request_id}",
            where=(each.where, answer.where(state)),
        )
    reasons = [_words(each.message.find("printer-state-reasons")) for each in late]
    expect(
        not own or any(said == {_NO_REASON} or said & own for said in reasons),
        expected=f"printer-state-reasons with one of {', '.join(sorted(own))}, as the printer told",
        actual="; ".join(", ".join(sorted(said)) for said in reasons),
        where=where,
    )


@case("N-20", on="printer-told")
def test_the_content_tells_whether_jobs_are_accepted(play: PlayRecord) -> None:
    name = "printer-is-accepting-jobs"
    told = {
        attribute.value.boolean
        for answer in play.run_record.descriptions
        if (attribute := answer.message.find(name, GroupTag.PRINTER)) is not None
    }
    for content in contents_of(play):
        attribute = _known(content, name)
        if attribute is None or len(told) != 1:
            continue  # it changed in the course of the run
        expect(
            attribute.value.boolean in told,
            expected=f"{name} {str(next(iter(told))).lower()}, as the printer told whenever it was asked",
            actual=attribute.show(),
            where=content.where,
        )
