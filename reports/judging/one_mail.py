"""One mail judged without a printer: the cases that need no more than a mail and what it ought to be made of.

The mail is laid into evidence of its own, with a subscription and a job as they are told, and the cases read it there
as they read any other.  A case that would have to guess at something that was not told is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from conformance.record import own_names, rows
from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import (
    Asked,
    Carrier,
    Described,
    MailsAwaited,
    Printed,
    StepOutcome,
    Subscribed,
    recorded,
)
from conformance.record.run_facts import RunFacts
from conformance.record.run_record import PLAYED, PlayRecord, RunRecord
from conformance.requirements import Catalogue, catalogue
from conformance.scenarios.steps import NONE_FORMAT, NONE_WORD
from conformance.verdict import CaseResult, Judgement, Violation
from conformance.vocabulary import VOCABULARIES, Edition, Vocabulary
from conformance.wire import ipp, smtp
from conformance.wire.registry import GroupTag, Operation
from conformance.wire.smtp_events import Event, EventKind

from .inventory import case_functions
from .plugin import result_of

SOMEBODY: Final = "somebody@recipient.invalid"  # where the recipient is not told
JOB: Final = 2_147_483_600  # where the number is not told: no text has it
SUBSCRIPTION: Final = 1
SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What the mail ought to be made of; ``None`` is what nobody told.  ``edition`` and ``vocabulary`` judge."""

    edition: Edition = Edition.MAILTO_00
    vocabulary: str = "ntfy-01"
    printer_name: str | None = None
    user_data: str | None = None
    user_name: str | None = None
    recipient: str | None = None
    job_name: str | None = None
    job_id: int | None = None
    event: str | None = None
    language: str | None = None
    format: str | None = None

    @property
    def of_printer(self) -> bool:
        """Whether the event is one of the printer's."""
        return self.event is not None and self.event.startswith("printer-")


_JOB_EVENT: Final = ("printer_name", "job_name", "event", "language")
_NAME, _DATA = ("printer_name",), ("user_data",)
_IPP: Final = ("format=application/ipp",)

NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "fields.no_field_is_there_twice_that_may_be_there_once": (),
    "fields.a_date_is_one_by_grammar_and_calendar": (),
    "fields.a_message_id_is_one_by_the_grammar": (),
    "fields.encoded_words_can_be_read": (),
    "message.each_header_line_is_a_field": (),
    "message.addresses_follow_the_grammar": (),
    "message.mime_is_announced": (),
    "message.mime_is_well_formed": (),
    "octets.no_nul_is_sent": (),
    "octets.no_line_is_longer_than_998_octets": (),
    "octets.lines_end_with_cr_lf_everywhere": ("crlf",),
    "table1.each_field_of_the_table_is_there_once": (),
    "table1.each_mail_has_a_date": (),
    "table1.from_shows_the_printer_name": _NAME,
    "table1.from_has_the_user_data_in_angle_brackets": _DATA,
    "table1.replies_go_to_the_address_in_from": _DATA,
    "table1.sender_shows_the_user_name": ("user_name",),
    "table1.sender_has_the_address_in_the_user_data": _DATA,
    "table1.the_address_in_sender_stands_in_angle_brackets": (),
    "table1.to_is_the_rest_of_the_recipient_uri": ("recipient",),
    "table1.the_subject_is_not_empty": (),
    "table1.the_subject_begins_with_the_prefix": ("language",),
    "table1.the_subject_names_event_and_job": _JOB_EVENT,
    "table1.subject_or_body_tells_the_job_name": ("job_name", "event"),
    "table1.the_body_repeats_the_printer_name": _NAME,
    "table1.the_body_of_a_job_event_identifies_the_job": ("job_name", "job_id", "event"),
    "format.the_body_is_us_ascii": ("format",),
    "format.nothing_is_attached_when_none_was_asked_for": ("format=none",),
    "format.text_plain_keeps_attachments_away": ("format=text/plain",),
    "format.a_machine_form_is_attached": _IPP,
    "format.the_machine_form_decodes_as_ipp": _IPP,
    "content.the_content_begins_with_charset_language_and_printer": _IPP,
    "content.the_content_has_what_every_event_has": _IPP,
    "mailto_04_header.from_shows_the_printer_name": _NAME,
    "mailto_04_header.from_is_a_name_and_an_address_in_angle_brackets": (),
    "mailto_04_header.from_has_not_the_address_of_the_subscriber": _DATA,
    "mailto_04_header.every_mail_has_a_subject_with_words_in_it": (),
    "mailto_04_header.an_english_subject_names_job_and_event": ("printer_name", "job_name", "language", "event=job"),
    "mailto_04_header.an_english_subject_names_printer_and_event": (
        "printer_name",
        "event",
        "language",
        "event=printer",
    ),
    "mailto_04_header.sender_is_the_mailbox_in_the_user_data": _DATA,
    "mailto_04_header.reply_to_is_the_mailbox_in_the_user_data": _DATA,
    "mailto_04_header.to_is_the_mailbox_after_mailto": ("recipient",),
    "mailto_04_header.every_mail_has_a_content_type": (),
    "mailto_04_body.there_is_plain_text_to_read": (),
    "mailto_04_body.the_text_names_the_printer": _NAME,
    "mailto_04_body.the_text_of_a_job_event_tells_which_job": ("job_name", "job_id", "event=job"),
    "mailto_04_body.the_text_of_a_job_event_tells_event_or_state": ("printer_name", "job_name", "event=job"),
}
"""The cases that can judge a mail alone, by their words, and what has to be known for them."""


@dataclass(frozen=True, slots=True)
class MailVerdict:
    """What the cases came to, and for each requirement that was left alone what would have to be told."""

    catalogue: Catalogue
    results: tuple[CaseResult, ...]
    lacking: Mapping[str, tuple[str, ...]]


def judge_mail(octets: bytes, told: Ingredients, directory: Path) -> MailVerdict:
    """The verdicts on a mail as it was delivered; ``directory`` is for the evidence that is made of it.

    A file whose lines all end in LF has been saved by something that turned them; it is read as if they ended in CRLF.
    """
    known = catalogue(told.edition, told.vocabulary)
    saved = b"\r" not in octets and b"\n" in octets
    path = directory / "mail.evidence"
    _lay(path, octets.replace(b"\n", b"\r\n") if saved else octets, told)
    results, lacking = list[CaseResult](), dict[str, tuple[str, ...]]()
    with EvidenceFile.open(path) as file:
        play = next(iter(RunRecord(file, edition=told.edition).plays.values()))
        for case in case_functions(told.edition):
            name = f"{case.module.rpartition('.')[2].removeprefix('test_')}.{case.name.removeprefix('test_')}"
            counted = tuple(requirement for requirement in case.requirements if requirement in known)
            if name not in NEEDS or not counted:
                continue
            missing = tuple(_missing(NEEDS[name], told, saved))
            if missing:
                lacking |= dict.fromkeys(counted, missing)
            else:
                results.append(called(case.function, name, counted, play))
    judged = {requirement for result in results for requirement in result.requirements}
    return MailVerdict(known, tuple(results), {name: what for name, what in lacking.items() if name not in judged})


def called(function: object, name: str, requirements: tuple[str, ...], play: PlayRecord) -> CaseResult:
    """What a case that reads a play comes to."""
    assert callable(function)
    error: Violation | Judgement | None = None
    try:
        function(play)
    except (Violation, Judgement) as found:
        error = found
    result = result_of(name, requirements, error)
    assert result is not None  # both kinds of error have one
    return result


def _missing(needs: tuple[str, ...], told: Ingredients, saved: bool) -> Iterator[str]:
    """The options that would let it judge; nothing where all is there."""
    names = {one.name for one in fields(told)}
    for need in needs:
        name, _, value = need.partition("=")
        if need == "crlf":
            if saved:
                yield "a file with the line ends that were sent"
        elif not value:
            if name in names and getattr(told, name) is None:
                yield f"--{name.replace('_', '-')}"
        elif not _is(getattr(told, name), value):
            yield f"--{name} {value}-..." if name == "event" else f"--{name} {value}"


def _is(given: str | None, wanted: str) -> bool:
    """Whether an event is of that kind, or a format that type, with no charset that would make it another."""
    plain = "".join((given or "").lower().split())
    return plain.startswith(f"{wanted}-") or plain.removesuffix(";charset=us-ascii") == wanted


# ---------------------------------------------------------------- the evidence that is made of it


def _lay(path: Path, octets: bytes, told: Ingredients) -> None:
    """A run of one play: the printer told its name, took a subscription and a job, and sent this mail."""
    vocabulary = VOCABULARIES[told.vocabulary]
    recipient = told.recipient or SOMEBODY
    asked = Asked(
        "s",
        recipient,
        recipient=f"mailto:{recipient}",
        user_data=None if told.user_data is None else told.user_data.encode(),
        events=None if told.event is None else (told.event,),
        format=told.format if told.format != NONE_WORD else NONE_FORMAT,
        language=told.language,
        carrier=Carrier.PRINTER if told.of_printer else Carrier.JOB,
    )
    outcome: StepOutcome = (
        Subscribed((asked,), told.user_name)
        if told.of_printer
        else Printed((asked,), told.user_name, told.job_name or "", told.job_id or JOB)
    )
    kind = "Subscribe" if told.of_printer else "Print"
    operation = Operation.CREATE_PRINTER_SUBSCRIPTIONS if told.of_printer else Operation.PRINT_JOB
    play = _play_of(told.job_name)
    described = _exchange(play, 1, Operation.GET_PRINTER_ATTRIBUTES, (), _described(told))
    made = _exchange(play, 2, operation, _requested(told, asked, vocabulary), _granted(told, vocabulary))
    with EvidenceFile.create(path) as file:
        file.insert([
            rows.Run(1, 0, "2000-01-01T00:00:00Z", "ippmailto check", "ipp://printer.invalid/"),
            *RunFacts(vocabulary=told.vocabulary).rows(1, 0),
            rows.Play(play, 1, 0, "printer/one-mail" if told.of_printer else "job/one-mail"),
            recorded(1, play, 1, "Describe", Described()),
            recorded(2, play, 2, kind, outcome),
            recorded(3, play, 3, "AwaitMail", MailsAwaited(1, 1), "s"),
            described,
            made,
            *_sent(octets, told.user_data or "", recipient),
            rows.PlayEnd(play, 2 * SECOND, PLAYED),
            rows.RunEnd(1, 2 * SECOND),
        ])  # fmt: skip


def _play_of(job_name: str | None) -> int:
    """The play that a job's name tells of, for a mail that comes from a run of ours."""
    named = own_names.plays_named((job_name or "").encode())
    return named.pop() if len(named) == 1 else 1


def _sent(octets: bytes, sender: str, recipient: str) -> Iterator[rows.Row]:
    wire = smtp.stuff(octets if octets.endswith(b"\r\n") else octets + b"\r\n")
    envelope = f"MAIL FROM:<{sender}>\r\nRCPT TO:<{recipient}>\r\n".encode()
    lines = [b"EHLO printer.invalid\r\n", *envelope.splitlines(keepends=True), b"DATA\r\n"]
    start = sum(map(len, lines))
    events = [Event(SECOND, EventKind.SERVER, b"220 recipient.invalid\r\n")]
    for line in lines:
        reply = b"354 go\r\n" if line == b"DATA\r\n" else b"250 ok\r\n"
        events += [Event(SECOND, EventKind.CLIENT, line), Event(SECOND, EventKind.SERVER, reply)]
    events += [
        Event(SECOND, EventKind.CLIENT, wire + b".\r\n"), Event(SECOND, EventKind.SERVER, b"250 ok\r\n"),
        Event(SECOND, EventKind.CLIENT, b"QUIT\r\n"), Event(SECOND, EventKind.SERVER, b"221 bye\r\n"),
        Event(SECOND, EventKind.LOST, b"quit"),
    ]  # fmt: skip
    yield rows.Session(1, SECOND, "192.0.2.1:25", "192.0.2.2:1")
    yield rows.Transcript(1, 1, 0, rows.pack_events(events))
    yield rows.MailRow(1, 1, SECOND, start, start + len(wire), envelope)


def _exchange(
    play: int, number: int, operation: Operation, asked: tuple[ipp.Group, ...], answered: tuple[ipp.Group, ...]
) -> rows.Exchange:
    common = ipp.Group(
        GroupTag.OPERATION,
        (ipp.charset("attributes-charset", "utf-8"), ipp.natural_language("attributes-natural-language", "en")),
    )
    own = tuple(group for group in asked if group.tag != GroupTag.OPERATION)
    more = tuple(attribute for group in asked if group.tag == GroupTag.OPERATION for attribute in group)
    first = ipp.Group(GroupTag.OPERATION, (*common.attributes, *more))
    request = ipp.encode(ipp.Message(operation, number, (first, *own)))
    response = ipp.encode(ipp.Message(0, number, (common, *answered)))
    uri = "ipp://printer.invalid/"
    return rows.Exchange(number, play, number, operation, uri, number, number, "", b"", request, 200, b"", response)


def _described(told: Ingredients) -> tuple[ipp.Group, ...]:
    names = () if told.printer_name is None else (ipp.name_("printer-name", told.printer_name),)
    spoken = told.language or "en"
    languages = (
        ipp.natural_language("natural-language-configured", spoken),
        ipp.natural_language("generated-natural-language-supported", spoken),
    )
    return (ipp.Group(GroupTag.PRINTER, (*names, *languages)),)


def _requested(told: Ingredients, asked: Asked, vocabulary: Vocabulary) -> tuple[ipp.Group, ...]:
    operation = [] if told.user_name is None else [ipp.name_("requesting-user-name", told.user_name)]
    operation += [] if told.job_name is None else [ipp.name_("job-name", told.job_name)]
    wanted = [ipp.uri(vocabulary.recipient, asked.recipient or "")]
    wanted += [ipp.octet_string(vocabulary.user_data, asked.user_data)] if asked.user_data is not None else []
    wanted += [ipp.keyword(vocabulary.events, *asked.events)] if asked.events is not None else []
    return ipp.Group(GroupTag.OPERATION, tuple(operation)), ipp.Group(GroupTag.SUBSCRIPTION, tuple(wanted))


def _granted(told: Ingredients, vocabulary: Vocabulary) -> tuple[ipp.Group, ...]:
    job = () if told.of_printer else (ipp.Group(GroupTag.JOB, (ipp.integer("job-id", told.job_id or JOB),)),)
    made = ipp.Group(GroupTag.SUBSCRIPTION, (ipp.integer(vocabulary.subscription_id, SUBSCRIPTION),))
    return (*job, made)
