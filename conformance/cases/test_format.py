"""Sections 4.3, 5.1, 5.2 and 7 item 2: the body, and what is attached to it."""

from __future__ import annotations

import re

from conformance.counted import counted
from conformance.record.outcomes import Queried
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord, wants_nothing_attached
from conformance.record.subscription_record import SubscriptionRecord
from conformance.requirements import Otherwise
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire import imf, ipp
from conformance.wire.registry import Operation
from conformance.wire.words import codec

from .case import case, expect
from .findings import ending
from .ipp_lookup import offers_mail
from .mail_lookup import anothers, format_attribute, mails_of, makes_any, media, require_granted, tells_of_another

ASCII = ("us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us")  # names of one charset; US-ASCII is the default (RFC 2046)


def _subscription(play: PlayRecord) -> SubscriptionRecord:
    return play.subscription.created()


@case("4.3-1", on="format")
def test_the_subscription_has_a_format(play: PlayRecord) -> None:
    _has_format(play)


@case("4.3-5", on="omitted")
def test_an_omitted_format_is_filled_in(play: PlayRecord) -> None:
    _has_format(play)


def _has_format(play: PlayRecord) -> None:
    s, v = _subscription(play), play.run_record.vocabulary
    queries = [
        answer
        for step, _ in play.steps_of(Queried)
        for answer in step.answers
        if answer.row.operation == Operation.GET_SUBSCRIPTION_ATTRIBUTES
    ]
    if not queries:
        raise NotApplicable("a per-job subscription is gone before it can be asked about")
    if not any(answer.ok for answer in queries):
        answer = queries[0].judgeable()
        raise Inconclusive(f"{answer.operation} answered {answer.keyword}", (answer.where(),))
    if v.name != "ntfy-01" and v.find(play.run_record.printer or ipp.Group(4), v.format_supported) is None:
        raise NotApplicable(f"vocabulary {v.name} has no notify-format, and the printer lists none")
    kept = format_attribute(play, s)
    if kept is None and (others := anothers(play, s)) is not None:
        answer, recipient = others  # whether it may be another's 4.1-1 judges
        raise Inconclusive(tells_of_another(s, recipient), (answer.where(recipient),))
    expect(
        kept is not None,
        expected=f"{v.format} on the subscription",
        actual="no such attribute",
        where=queries[0].where(),
    )


@case("7-2", on="text-plain")
def test_text_plain_is_taken(play: PlayRecord) -> None:
    s = makes_any(play)
    expect(
        s.id is not None,
        expected="a subscription with notify-format 'text/plain'",
        actual=f"{s.creation.operation} answered {s.creation.keyword}",
        where=s.creation.where(),
    )
    try:
        require_granted(play, s)
    except NotApplicable as reason:
        raise Violation("notify-format 'text/plain' kept", reason.reason, (s.creation.where(),)) from reason


@case("7-2", on="printer/description")
def test_text_plain_is_listed(play: PlayRecord) -> None:
    v, printer = play.run_record.vocabulary, play.run_record.printer
    name = v.find(printer, v.format_supported) if printer is not None else None
    listed = printer.get(name) if printer is not None and name is not None else None
    if listed is None:
        raise NotApplicable(
            f"the printer lists no {v.format_supported}; whether it takes text/plain is judged by itself"
        )
    if not offers_mail(play):
        raise NotApplicable(f"the printer does not list mailto in {v.schemes_supported}")
    expect(
        any(media(text) in ("text/plain", "text/plain;charset=us-ascii") for text in listed.texts()),
        expected=f"text/plain in {name}",
        actual=listed.show(),
        where=play.labelled("printer").answer.where(),
    )


def _own_body(mail: ReceivedMail) -> imf.Part:
    main, text = mail.parsed.main, mail.parsed.text
    if main.type != "text/plain":
        behind = f"no text/plain part in {mail.parsed.root.type}" if text is None else f"{called(text)} beside it"
        raise Violation("a text/plain body", f"{main.type} as the body, {behind}", (mail.where(main.span),))
    if main.disposition == "attachment":
        alone = len(mail.parsed.leaves) == 1  # which readers show all the same, as a rule
        raise Violation(
            "a text/plain body",
            "it calls itself an attachment, and is all there is",
            (mail.where(main.span),),
            binding=False if alone else None,
        )
    return main


def called(part: imf.Part) -> str:
    """A part that is not the body, with the name of its file."""
    return f"{part.type}" + (f" ({part.filename!a})" if part.filename is not None else "")


def _single_utf8(play: PlayRecord, s: SubscriptionRecord, mail: ReceivedMail) -> bool:
    """What ISSUE 06 leaves open: text/plain; charset=utf-8 was asked for, and the whole mail is that."""
    part = mail.parsed.root
    return (
        s.format is not None
        and media(s.format) == "text/plain;charset=utf-8"
        and part is mail.parsed.main
        and (part.charset or "").lower() == "utf-8"
    )


def _octet(part: imf.Part, place: int) -> tuple[int, int]:
    """One octet of its content in the mail; the part, where an encoding is between them."""
    encoded = part.one("content-transfer-encoding")
    if encoded is not None and encoded.value.strip().lower() not in (b"7bit", b"8bit", b"binary"):
        return part.span
    return part.body_start + place, part.body_start + place + 1


@case("4.3-3", on="mail")
def test_the_body_is_us_ascii(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        if _single_utf8(play, s, mail) and not play.chose(Otherwise.C02_FAILS):
            continue
        part = _own_body(mail)
        charset = (part.charset or "us-ascii").lower()
        expect(
            charset in ASCII or codec(charset) == "ascii",
            expected="text/plain; charset=us-ascii as the body",
            actual=f"charset={part.charset}",
            where=mail.where(part.span),
        )
        high = next((i for i, octet in enumerate(part.content) if octet > 0x7F), None)
        expect(
            high is None,
            expected="only octets below 0x80 in the body",
            actual="" if high is None else f"0x{part.content[high]:02x} in its content",
            where=mail.where(_octet(part, high or 0)),
        )


@case("ISSUE-06", on="utf-8")
def test_utf_8_text_stands_in_a_part_of_its_own(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        require_granted(play, s)
        part = mail.parsed.root
        expect(
            not _single_utf8(play, s, mail),
            expected="a us-ascii body and the utf-8 text in another part",
            actual="the utf-8 text is the whole mail, which issue 06 of the draft leaves open",
            where=mail.where(part.span),
        )


@case("4.3-8", on="none")
def test_nothing_is_attached_when_none_was_asked_for(play: PlayRecord) -> None:
    _nothing_attached(play)


@case("10-7", on="plain")
def test_text_plain_keeps_attachments_away(play: PlayRecord) -> None:
    _nothing_attached(play)


def _nothing_attached(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        require_granted(play, s)
        if not wants_nothing_attached(s):
            raise NotApplicable("another format was asked for")
        expect(
            len(mail.parsed.leaves) == 1,  # alone, or the only part of a multipart (RFC 2046 section 5.1.1)
            expected="one part, the text",
            actual=f"{mail.parsed.root.type} of " + ", ".join(p.type for p in mail.parsed.leaves),
            where=mail.where(),
        )
        expect(
            mail.parsed.main.disposition != "attachment",
            expected="a text that is the body, and no attachment",
            actual=f"{called(mail.parsed.main)} that calls itself an attachment",
            where=mail.where(mail.parsed.main.span),
        )


def _part_of_type(s: SubscriptionRecord, mail: ReceivedMail) -> imf.Part:
    """The part of the asked type: with its parameters, else one beside the body, else any of that type."""
    kind, *parameters = media(s.format or "").split(";")
    found = [part for part in mail.parsed.leaves if part.type == kind]
    if not found:
        raise Violation(
            f"a part of type {s.format}",
            f"{mail.parsed.root.type} of " + ", ".join(p.type for p in mail.parsed.leaves),
            (mail.where(),),
        )
    return min(found, key=lambda p: (not _has_parameters(p, parameters), p is mail.parsed.main))


def _has_parameters(part: imf.Part, wanted: list[str]) -> bool:
    return all(media(part.parameters.get(name, "")) == value for name, _, value in (p.partition("=") for p in wanted))


@case("5.1-1", on="human")
def test_a_human_form_is_a_mime_part(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        require_granted(play, s)
        part = _part_of_type(s, mail)
        versions = len(mail.parsed.all("MIME-Version"))
        expect(
            versions == 1 and part.declared,
            expected="MIME-Version, and a Content-Type on the part",
            actual=f"{counted(versions, 'MIME-Version field')}, Content-Type {'' if part.declared else 'not '}declared",
            where=mail.where(part.span),
        )
        expect(
            _has_words(part),
            expected=f"the notification in the part of type {part.type}",
            actual="nothing to read" if part.content.strip() else "an empty part",
            where=mail.where(part.span),
        )


def _has_words(part: imf.Part) -> bool:
    """Whether there is something in it: of text in HTML, beside the markup."""
    if part.type != "text/html" or part.string is None:
        return bool(part.content.strip())
    return any(c.isalnum() for c in re.sub(r"<[^<>]*>", " ", part.string))


@case("5.1-2", on="utf-8")
def test_utf_8_text_is_labelled(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        require_granted(play, s)
        part = _part_of_type(s, mail)
        expect(
            (part.charset or "").lower() == "utf-8" and part.string is not None,
            expected="a part labelled charset=utf-8 with octets that are utf-8",
            actual=f"charset={part.charset} on {ending(part.content.decode('latin-1'))!r}",
            where=mail.where(part.span),
        )


@case("7-4", on="attached")
def test_another_format_is_not_the_body(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        require_granted(play, s)
        if _single_utf8(play, s, mail):
            raise NotApplicable("a single part of utf-8 text is judged under ISSUE-06")
        part = _part_of_type(s, mail)
        expect(
            part is not mail.parsed.root and part is not mail.parsed.main,
            expected=f"{s.format} in a part beside the body",
            actual=f"{part.type} is the whole mail" if part is mail.parsed.root else "it is the body",
            where=mail.where(part.span),
        )


@case("5.2-1", on="machine")
def test_a_machine_form_is_attached(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        require_granted(play, s)
        part = _part_of_type(s, mail)
        expect(
            part is not mail.parsed.root and part is not mail.parsed.leaves[0],
            expected=f"{s.format} attached after the body",
            actual="it is the first part" if part is mail.parsed.leaves[0] else "it is the whole mail",
            where=mail.where(part.span),
        )


@case("5.2-2", on="machine")
def test_the_machine_form_decodes_as_ipp(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        require_granted(play, s)
        part = _part_of_type(s, mail)
        message = ipp.decode(part.content)
        expect(
            message.problem is None and bool(message.groups),
            expected="octets of an IPP message",
            actual=f"not readable from octet {message.problem.offset}: {message.problem.reason}"
            if message.problem
            else "no attributes",
            where=mail.where(part.span),
        )
