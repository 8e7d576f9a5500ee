"""mailto-04 sections 5.1.1, 6.2 and 6.3: plain text or more, and what the text tells."""

from __future__ import annotations

import re
from typing import Final

from conformance.record.footers import Footers
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.requirements import Otherwise
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire import imf
from conformance.wire.registry import GroupTag, ValueTag
from conformance.wire.words import codec

from .case import case, expect
from .findings import beginning
from .job_lookup import SOMEBODY_ELSES, may_be_somebody_elses, own_or_unnamed
from .job_numbers import tells_number
from .mail_lookup import words
from .mailto_04 import (
    TEXT_ONLY,
    charset_of,
    expected_mails,
    has_clock,
    in_charset,
    in_two_languages,
    is_english,
    is_printer_event,
    jobs_of,
    numbers,
    plain_part,
    plain_text,
    read_back,
    readings,
    text_only,
    wanted,
)
from .wording import tells_event_or_state, without

# A smaller up time could be any count, number or part of a date.
TELLING: Final = 10_000


# ---------------------------------------------------------------- section 5.1.1: the attribute


@case("M4-TextOnly-1", on="later-text-only")
def test_both_values_of_text_only_are_kept(play: PlayRecord) -> None:
    subscription = play.subscription
    asked = subscription.asked.text_only
    if asked is None:
        raise NotApplicable(f"the subscription was made without {TEXT_ONLY}")
    expect(
        not _unsupported(subscription),
        expected=f"{TEXT_ONLY} {str(asked).lower()} is supported",
        actual=f"{subscription.creation.operation} lists it as unsupported",
        where=subscription.creation.where(),
    )
    answer, group = read_back(play, wanted(subscription))
    attribute = group.get(TEXT_ONLY)
    expect(
        attribute is not None and attribute.value.boolean is asked,
        expected=f"{TEXT_ONLY} (boolean): {str(asked).lower()} on the subscription, as asked for",
        actual=attribute.show() if attribute is not None else "no such attribute",
        where=answer.where(attribute),
    )


def _unsupported(subscription: SubscriptionRecord) -> bool:
    """Whether the answer sets the attribute aside: in the unsupported group, or in the subscription's own."""
    own = subscription.group.get(TEXT_ONLY) if subscription.group is not None else None
    groups = subscription.creation.message.all(GroupTag.UNSUPPORTED)
    return (own is not None and own.value.tag == ValueTag.UNSUPPORTED) or any(TEXT_ONLY in group for group in groups)


@case("M4-TextOnly-2", on="later-omitted")
def test_text_only_is_false_when_left_out(play: PlayRecord) -> None:
    answer, group = read_back(play, play.subscription)
    attribute = group.get(TEXT_ONLY)
    expect(
        attribute is not None and attribute.value.boolean is False,
        expected=f"{TEXT_ONLY} (boolean): false on a subscription made without it",
        actual=attribute.show() if attribute is not None else "no such attribute",
        where=answer.where(attribute),
    )


# ---------------------------------------------------------------- section 5.1.1: the mails


@case("M4-TextOnly-3", on="later-text-only")
def test_text_only_is_one_plain_text_in_the_charset_of_the_subscription(play: PlayRecord) -> None:
    subscription = wanted(play.subscription)
    if not text_only(play, subscription):
        raise NotApplicable(f"{TEXT_ONLY} is not true on this subscription")
    charset = charset_of(play, subscription)
    for _, mail in expected_mails(play):
        root = mail.parsed.root
        expect(
            root.type == "text/plain" and in_charset(root, charset),
            expected=f"a mail of text/plain in {charset}",
            actual=_told(root),
            where=mail.where(_type_span(root)),
        )


@case("M4-TextOnly-4", on="later-text-only")
def test_without_text_only_a_mail_is_plain_text_or_a_multipart(play: PlayRecord) -> None:
    if text_only(play, wanted(play.subscription)):
        raise NotApplicable(f"{TEXT_ONLY} is true on this subscription")
    for _, mail in expected_mails(play):
        root = mail.parsed.root
        expect(
            root.type == "text/plain" or root.type.startswith("multipart/"),
            expected="a mail of text/plain, or a multipart",
            actual=_told(root),
            where=mail.where(_type_span(root)),
        )


@case("M4-TextOnly-5", on="later-text-only")
def test_a_multipart_has_plain_text_in_the_charset_of_the_subscription(play: PlayRecord) -> None:
    subscription = wanted(play.subscription)
    for _, mail in expected_mails(play):
        root = mail.parsed.root
        if not root.type.startswith("multipart/"):
            raise NotApplicable(f"the mail is {root.type}, no multipart")
        charset = charset_of(play, subscription)
        plain = [part for part in mail.parsed.leaves if part.type == "text/plain"]
        expect(
            any(in_charset(part, charset) for part in plain),
            expected=f"a part of text/plain in {charset}",
            actual=", ".join(map(_told, mail.parsed.leaves)) or "no parts",
            where=tuple(mail.where(part.span) for part in plain[:2]) or (mail.where(_type_span(root)),),
        )


def _told(part: imf.Part) -> str:
    """Type and charset of a part, and whether its octets are in that charset."""
    if not part.type.startswith("text/"):
        return part.type
    label = part.charset or "no charset, which means us-ascii"
    return f"{part.type} with {label}" + ("" if part.string is not None else ", in which its octets are not")


def _type_span(part: imf.Part) -> tuple[int, int] | None:
    field = part.one("Content-Type")
    return field.span if field is not None else None


@case("M4-TextOnly-6", on="later-both")
def test_the_plain_part_reads_like_the_mail_of_a_text_only_subscriber(play: PlayRecord) -> None:
    free, plain = (play.subscriptions[label].created() for label in ("s", "t"))
    if text_only(play, free) or not text_only(play, plain):
        raise NotApplicable(f"the subscriptions do not differ in {TEXT_ONLY}")
    expected_mails(play)
    mixed, alone = free.some_mails()[0], plain.some_mails()[0]
    if not mixed.parsed.root.type.startswith("multipart/"):
        raise NotApplicable(f"the mail is {mixed.parsed.root.type}, no multipart")
    one, other = (words(plain_part(mail).string or "") for mail in (mixed, alone))
    if not _alike(one, other, free, plain):
        _require_no_footer(play, mixed, alone)
    expect(
        _alike(one, other, free, plain),
        expected=f"the plain part says what the text-only mail says: {beginning(other)!r}",
        actual=repr(beginning(one)),
        where=(mixed.where(plain_part(mixed).span), alone.where()),
    )


def _require_no_footer(play: PlayRecord, mixed: ReceivedMail, alone: ReceivedMail) -> None:
    """``Inconclusive`` where two texts differ in no more than last lines that a relay may have added."""
    run, free, plain = play.run_record, play.subscriptions["s"], play.subscriptions["t"]
    ones, others = (
        [words(part.string or "") for part in run.once(Footers).cut(mail, plain_part(mail))] for mail in (mixed, alone)
    )
    if any(_alike(one, other, free, plain) for one in ones for other in others):
        why = run.perhaps_relayed(alone) or run.perhaps_relayed(mixed)
        what = "the texts differ in their last lines, in which all that passed a relay are the same"
        raise Inconclusive(f"{what}: it may have added them; {why}", (mixed.where(), alone.where()))


def _alike(one: str, other: str, free: SubscriptionRecord, plain: SubscriptionRecord) -> bool:
    """Whether two texts are the same but for the numbers and addresses of the two subscriptions."""
    pieces = []
    for text, subscription in ((one, free), (other, plain)):
        data = (subscription.user_data or b"").decode("latin-1")
        text = text.replace(subscription.address, "<recipient>")
        pieces.append(re.findall(r"[0-9]+|[^0-9]+", text.replace(data, "<subscriber>") if data else text))
    own = str(free.id), str(plain.id)
    return len(pieces[0]) == len(pieces[1]) and all(
        a == b or (a, b) == own for a, b in zip(pieces[0], pieces[1], strict=True)
    )


# ---------------------------------------------------------------- sections 6.2 and 6.3


@case("M4-Body-1", on="later")
def test_there_is_plain_text_to_read(play: PlayRecord) -> None:
    for _, mail in expected_mails(play):
        plain = [part for part in mail.parsed.leaves if part.type == "text/plain"]
        expect(
            any(part.content.strip() for part in plain),
            expected="a text/plain body or part with something in it",
            actual="it is empty" if plain else ", ".join(part.type for part in mail.parsed.leaves),
            where=tuple(mail.where(part.span) for part in plain) or (mail.where(),),
        )


@case("M4-Body-2", on="later-languages")
def test_texts_in_two_languages_differ(play: PlayRecord) -> None:
    for one, other in in_two_languages(play):
        texts = [plain_text(mail) for mail in (one, other)]
        # Numbers differ anyway: each subscription has its own.
        lettered = [re.sub(r"[0-9]+", "", text.lower()) for text in texts]
        expect(
            lettered[0] != lettered[1],
            expected="another text in another language",
            actual=repr(beginning(texts[0])),
            where=(one.where(), other.where()),
        )


@case("M4-Body-3", on="later")
def test_the_text_names_the_printer(play: PlayRecord) -> None:
    name, looked = words(play.run_record.printer_text("printer-name")), 0
    for subscription, mail, text in readings(play):
        if not _holds(subscription.asked.charset, name):
            continue
        looked += 1
        uris = _printer_uris(play, subscription)
        expect(
            any(words(each).lower() in text.lower() for each in (name, *uris)),
            expected=f"printer-name {name!r} or the printer's URI in the text",
            actual=repr(beginning(text)),
            where=mail.where(),
            binding=_binding(play),
        )
    if not looked:
        raise NotApplicable("the subscription's charset cannot hold this printer-name")


def _holds(charset: str | None, text: str) -> bool:
    """Whether a charset that was asked for has all the characters; one that nobody knows may."""
    name = codec(charset or "utf-8")
    return name is None or text.encode(name, "replace").decode(name) == text


def _binding(play: PlayRecord) -> bool | None:
    """What the text has to tell is a SHOULD, or a MUST where the tables of 6.3.1 to 6.3.3 are read so."""
    return play.chose(Otherwise.D06_MUST) or None


def _printer_uris(play: PlayRecord, subscription: SubscriptionRecord) -> list[str]:
    """What the printer calls itself in URIs: its own list, and the URI that the subscription was asked of."""
    listed = play.run_record.printer.get("printer-uri-supported") if play.run_record.printer is not None else None
    target = subscription.creation.request.find("printer-uri", GroupTag.OPERATION)
    texts = listed.texts() if listed is not None else []
    return [*texts, *([target.value.text() or ""] if target is not None and target.value.text() else [])]


@case("M4-Body-4", on="later-printer-event")
def test_the_text_of_a_printer_event_tells_event_or_state(play: PlayRecord) -> None:
    _expect_news(play, "printer")


@case("M4-Body-5", on="later-job-event")
def test_the_text_of_a_job_event_tells_which_job(play: PlayRecord) -> None:
    jobs = jobs_of(play)
    own = own_or_unnamed(play, [mail for _, mail in expected_mails(play)])
    for subscription, mail, text in readings(play):
        if mail not in own:
            continue
        told = tells_number(play, mail, text, {number for _, number in jobs})
        named = told or any(name in text for name, _ in jobs)
        if not named and may_be_somebody_elses(play, subscription, mail):
            raise Inconclusive(SOMEBODY_ELSES, (mail.where(),))
        expect(
            named,
            expected="job-name or job-id in the text: " + " or ".join(f"{name!r}, job {n}" for name, n in jobs),
            actual=repr(beginning(text)),
            where=mail.where(),
            binding=_binding(play),
        )


@case("M4-Body-6", on="later-job-event")
def test_the_text_of_a_job_event_tells_event_or_state(play: PlayRecord) -> None:
    _expect_news(play, "job")


def _expect_news(play: PlayRecord, kind: str) -> None:
    """Words for what has happened, beside the names of printer and job."""
    named = [words(play.run_record.printer_text("printer-name"))]
    named += [name for name, _ in jobs_of(play)] if kind == "job" else []
    for subscription, mail, text in readings(play):
        if not is_english(play, subscription):
            raise NotApplicable("the words of other languages are not known to this case")
        expect(
            tells_event_or_state(without(text, named), kind, subscription.asked.events or ()),
            expected=f"a word for the event or for the {kind}'s state in the text",
            actual=repr(beginning(text)),
            where=mail.where(),
            binding=_binding(play),
        )


@case("M4-Body-8", on="later")
def test_the_up_time_is_not_told_as_the_time_of_the_event(play: PlayRecord) -> None:
    if has_clock(play):
        raise NotApplicable("the printer has a clock, and may tell its up time beside that")
    for subscription, mail, text in readings(play):
        low, high = _up_time(play, mail.t)
        named = {number for _, number in jobs_of(play)} if not is_printer_event(subscription) else set()
        found = [n for n in numbers(text) if low <= n <= high and n not in named | {subscription.id}]
        if found and low < TELLING:
            why = f"the printer has been up for {low} s, and {found[0]} in the text may stand for anything"
            raise Inconclusive(why, (mail.where(),))
        expect(
            not found,
            expected="no up time in the place of the time of the event",
            actual=f"an up time of {found[0] if found else ''} (up time from {low} to {high}) in {beginning(text)!r}",
            where=mail.where(),
        )


def _up_time(play: PlayRecord, before: int) -> tuple[int, int]:
    """Bounds of printer-up-time in the play so far, by the first answer that told it; a second of grace each."""
    for answer in play.run_record.descriptions:
        up = answer.message.find("printer-up-time", GroupTag.PRINTER)
        if up is not None and (told := up.value.integer) is not None:
            start, end = (play.row.t - answer.row.t_end) // 10**9, (before - answer.row.t_start) // 10**9
            return told + start - 1, told + end + 2
    raise Inconclusive("the printer never told its printer-up-time")
