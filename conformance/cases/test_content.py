"""Sections 4.5, 4.6 and 9, and the content of the base specification: charset, language, Tables 4 to 6."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from conformance.counted import counted
from conformance.languages import same_language, written_language
from conformance.record.outcomes import Carrier
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.requirements import Otherwise
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.vocabulary import RFC3995, sub_values
from conformance.wire import imf, ipp
from conformance.wire.registry import GroupTag, Operation, ValueTag
from conformance.wire.words import codec, decode

from .case import case, expect
from .findings import beginning
from .job_lookup import (
    SOMEBODY_ELSES,
    IppContent,
    contents_in,
    contents_of,
    job_of,
    jobs_of,
    may_be_somebody_elses,
    tells_of_another_job,
)
from .job_numbers import tells_number
from .mail_lookup import body_text, language_of, mails_of, media, require_granted, words
from .mailto_04 import is_printer_event
from .wording import tells_event_or_state, without

# What stands for a value: out-of-band unknown by rule, and no-value for what is known to be nothing.
_STANDS_IN: Final = (ValueTag.UNKNOWN, ValueTag.NO_VALUE)
_NAME: Final = (ValueTag.NAME, ValueTag.NAME_WITH_LANGUAGE)
# The names that RFC 3995 gave to the same attributes count as well.
_OTHER_NAME: Final = {
    "printer-uri": "notify-printer-uri",
    "subscription-id": "notify-subscription-id",
    "subscriber-user-data": "notify-user-data",
    "trigger-event": "notify-subscribed-event",
    "trigger-time": "printer-up-time",
}
_COMMON: Final[Mapping[str, tuple[int, ...]]] = {
    "printer-uri": (ValueTag.URI,),
    "printer-name": _NAME,
    "trigger-event": (ValueTag.KEYWORD,),
    "trigger-time": (ValueTag.INTEGER,),
    "subscription-id": (ValueTag.INTEGER,),
    "subscriber-user-data": (ValueTag.OCTET_STRING,),
}
_WHICH_JOB: Final[Mapping[str, tuple[int, ...]]] = {"job-id": (ValueTag.INTEGER,), "job-name": _NAME}
_OF_JOB: Final[Mapping[str, tuple[int, ...]]] = {
    "job-state": (ValueTag.ENUM,),
    "job-state-reasons": (ValueTag.KEYWORD,),
}
_OF_PRINTER: Final[Mapping[str, tuple[int, ...]]] = {
    "printer-state": (ValueTag.ENUM,),
    "printer-state-reasons": (ValueTag.KEYWORD,),
    "printer-is-accepting-jobs": (ValueTag.BOOLEAN,),
}
_CHARSETS: Final = ("us-ascii", "utf-8", "iso-8859-1")  # those of which a wrong octet, or a pair too many, can be told
_COUNTS: Final = ("job-impressions-completed", "job-media-sheets-completed")


def _names(name: str) -> tuple[str, ...]:
    return (name, _OTHER_NAME[name]) if name in _OTHER_NAME else (name,)


# ---------------------------------------------------------------- tables 4 to 6


@case("N-20", on="machine")
def test_the_content_begins_with_charset_language_and_printer(play: PlayRecord) -> None:
    for content in contents_of(play):
        order = [a.name for group in content.message.groups for a in group]
        wanted = ["attributes-charset", "attributes-natural-language"]
        uri = next((order.index(name) for name in _names("printer-uri") if name in order), None)
        expect(
            order[:2] == wanted and content.message.groups[0].tag == GroupTag.OPERATION and (uri or 2) >= 2,
            expected=f"an operation group that begins with {' and '.join(wanted)}, and printer-uri after them",
            actual=", ".join(order[:5]) or "no attributes",
            where=content.where,
        )


@case("N-20", on="machine")
def test_the_content_has_what_every_event_has(play: PlayRecord) -> None:
    for content in contents_of(play):
        _has(content, _COMMON)
        if content.is_of_job or content.subscription.asked.carrier is Carrier.JOB:
            _has(content, _WHICH_JOB)


@case("N-20", on="machine")
def test_the_content_has_what_its_kind_of_event_has(play: PlayRecord) -> None:
    for content in contents_of(play):
        _has(content, _OF_JOB if content.is_of_job else _OF_PRINTER)


def _has(content: IppContent, attributes: Mapping[str, tuple[int, ...]]) -> None:
    for name, tags in attributes.items():
        attribute = content.get(*_names(name))
        kind = ipp.tag_name(tags[0])
        if attribute is None:
            raise Violation(f"{name} ({kind}), or out-of-band unknown", "no such attribute", (content.where,))
        expect(
            all(value.tag in (*tags, *_STANDS_IN) for value in attribute.values),
            expected=f"{name} ({kind}), or out-of-band unknown",
            actual=attribute.show(),
            where=content.where,
        )


@case("N-20", on="counted")
def test_the_content_counts_what_the_job_counts(play: PlayRecord) -> None:
    play.labelled("job")
    counts_are_there(play)


def counts_are_there(play: PlayRecord) -> None:
    """What the printer tells of its jobs when it is asked is in the contents about their ends."""
    supported = play.run_record.once(_counts_told)
    if not supported:
        raise NotApplicable("the printer's jobs have no count of what was completed")
    for content in contents_of(play):
        if content.text("trigger-event") == "job-completed":
            _has(content, dict.fromkeys(supported, (ValueTag.INTEGER,)))


def _counts_told(run_record: RunRecord) -> list[str]:
    """The counts that some job of the run has."""
    told = [group for play in run_record.plays.values() for group in _jobs_told(play)]
    return [n for n in _COUNTS if any((a := g.get(n)) is not None and a.value.integer is not None for g in told)]


def _jobs_told(play: PlayRecord) -> Iterator[ipp.Group]:
    """What Get-Job-Attributes told in a play."""
    for step in play.steps:
        for answer in step.answers:
            group = answer.message.first(GroupTag.JOB)
            if answer.row.operation == Operation.GET_JOB_ATTRIBUTES and answer.ok and group is not None:
                yield group


@case("N-20", on="machine")
def test_the_content_is_about_its_own_subscription_and_job(play: PlayRecord) -> None:
    jobs = jobs_of(play)
    for content in contents_of(play):
        s = content.subscription
        _agrees(content, "subscription-id", s.id)
        _agrees(content, "subscriber-user-data", s.user_data)
        number, name = content.get("job-id"), content.text("job-name")
        named = next((j for j in jobs if name is not None and j.named_in(words(name))), None)
        if number is not None and number.value.integer is not None and named is not None and named.label != "sentinel":
            _agrees(content, "job-id", named.id)
        by_number = job_of(content.mail, jobs)
        if by_number is not None and name is not None:
            expect(
                by_number.named_in(words(name)),
                expected=f"job-name {by_number.name}... for job-id {by_number.id}",
                actual=repr(name),
                where=content.where,
            )


def _agrees(content: IppContent, name: str, wanted: int | bytes | None) -> None:
    """The attribute, where it is there with a value, has this one."""
    attribute = content.get(*_names(name))
    if attribute is None or attribute.value.tag in _STANDS_IN or wanted is None:
        return
    value = attribute.value
    told: int | bytes | None = value.integer if isinstance(wanted, int) else value.octets
    expect(told == wanted, expected=f"{name}={wanted!r}", actual=attribute.show(), where=content.where)


@case("N-20", on="machine")
def test_the_request_ids_of_the_content_count_the_mails(play: PlayRecord) -> None:
    contents = contents_of(play)
    numbers = sorted(c.message.request_id for c in contents)
    expect(
        numbers == list(range(1, len(contents) + 1)),
        expected=f"request-id 1 to {len(contents)}, the sequence numbers of {counted(len(contents), 'mail')}",
        actual=", ".join(map(str, numbers)),
        where=tuple(c.where for c in contents[:3]),
    )


@case("N-22", on="machine")
def test_the_content_tells_of_one_event(play: PlayRecord) -> None:
    for content in contents_of(play):
        told = {name: content.texts(name) for name in _names("trigger-event")}
        jobs = content.message.all(GroupTag.JOB)
        shown = [f"{name} {', '.join(events)}" for name, events in told.items() if events]
        expect(
            _one_event(*told.values()) and len(jobs) <= 1,
            expected="one event in the content",
            actual="; ".join([*shown, f"{counted(len(jobs), 'group')} of job attributes"]),
            where=content.where,
        )


def _one_event(triggers: tuple[str, ...], subscribed: tuple[str, ...]) -> bool:
    """One event under either name, or under both: the subscribed one may be what the event is a kind of."""
    if len(triggers) > 1 or len(subscribed) > 1:
        return False
    return not triggers or not subscribed or triggers[0] in (subscribed[0], *sub_values(RFC3995, subscribed[0]))


@case("N-22", on="machine")
def test_a_mail_has_one_content(play: PlayRecord) -> None:
    for subscription, mail in mails_of(play):
        require_granted(play, subscription)
        parts = contents_in(mail, subscription)
        expect(
            len(parts) <= 1,
            expected="one part of application/ipp, about the one event of the mail",
            actual=f"{len(parts)} of them",
            where=tuple(part.where for part in parts[1:3]) or mail.where(),
        )


# ---------------------------------------------------------------- charset and language of content for programs


def _own(play: PlayRecord, s: SubscriptionRecord, name: str, asked: str | None) -> str:
    """A subscription's charset or language: as the printer tells it, else as it was asked for and not refused."""
    _, group = play.query("granted")
    attribute = group.get(name) if group is not None else None
    told = attribute.value.text("ascii") if attribute is not None else None
    if told is not None:
        return told
    for unsupported in (*s.creation.message.all(GroupTag.UNSUPPORTED), s.group or ipp.Group(GroupTag.SUBSCRIPTION)):
        if name in unsupported:
            raise NotApplicable(f"the printer does without {name}, or without this value")
    if asked is None:
        raise NotApplicable(f"the printer does not tell the subscription's {name}")
    return asked


def _head_is_the_subscriptions(play: PlayRecord, *kinds: str) -> None:
    """attributes-charset or attributes-natural-language of each content is that of the subscription."""
    v = play.run_record.vocabulary
    for content in contents_of(play):
        for kind in kinds:
            asked = content.subscription.asked
            name, wish = (v.charset, asked.charset) if kind == "attributes-charset" else (v.language, asked.language)
            own = _own(play, content.subscription, name, wish)
            attribute = content.get(kind)
            if attribute is None and len(kinds) == 1:
                raise Inconclusive(f"the content has no {kind}; 9-3 judges that", (content.where,))
            told = attribute.value.text("ascii") if attribute is not None else None
            one = told is not None and (
                told.lower() == own.lower() or (name == v.language and same_language(told, own))
            )
            expect(
                one,
                expected=f"{kind} {own}, the subscription's {name}",
                actual=attribute.show() if attribute is not None else "no such attribute",
                where=content.where,
            )


@case("4.5-2", on="charset")
def test_the_content_names_the_charset_of_the_subscription(play: PlayRecord) -> None:
    _head_is_the_subscriptions(play, "attributes-charset")


@case("4.5-2", on="charset")
def test_the_content_is_written_in_the_charset_it_names(play: PlayRecord) -> None:
    for content in contents_of(play):
        attribute, charset = content.get("job-name"), content.message.charset.lower()
        if content.get("attributes-charset") is None:
            raise Inconclusive("the content names no charset", (content.where,))
        if attribute is None or attribute.value.tag not in _NAME or charset not in _CHARSETS:
            continue
        sent = _sent_name(play)
        octets, text = attribute.value.octets, attribute.value.text(charset)
        expect(
            text is not None and (charset == "utf-8" or sent.isascii() or sent.encode() not in octets),
            expected=f"job-name in {charset}",
            actual=repr(octets) + (", which is utf-8" if text is not None else ""),
            where=content.where,
        )


def _sent_name(play: PlayRecord) -> str:
    """What of the job's name is not ASCII: its last word."""
    name = play.step("Print").answer.request.find("job-name")
    words = ((name.value.text() if name is not None else None) or "").split()
    if not words:
        raise Inconclusive("the job was printed without a name")
    return words[-1]


@case("4.6-2", on="language")
def test_the_content_names_the_language_of_the_subscription(play: PlayRecord) -> None:
    _head_is_the_subscriptions(play, "attributes-natural-language")


@case("9-3", on="words")
def test_the_content_names_charset_and_language(play: PlayRecord) -> None:
    _head_is_the_subscriptions(play, "attributes-charset", "attributes-natural-language")


# ---------------------------------------------------------------- text for people


def _charset(name: str | None) -> str:
    name = name or "us-ascii"
    return codec(name) or name.lower()


ASCII: Final = _charset("us-ascii")


@case("4.5-4", on="overruled")
def test_the_charset_of_the_media_type_overrules_notify_charset(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        require_granted(play, s)
        kind, _, charset = media(s.format or "").partition(";charset=")
        for part in _parts_beside_the_body(mail, kind):
            label = _charset(part.charset)
            expect(
                label == _charset(charset) or (label == ASCII and part.content.isascii()),
                expected=f"{kind} in {charset}, as its media type says",
                actual=f"labelled {part.charset or 'without charset, which means us-ascii'}"
                + (", which is notify-charset" if label == _charset(s.asked.charset or "") else ""),
                where=mail.where(part.span),
            )
            expect(
                part.string is not None,
                expected=f"octets that are {part.charset}, as the label says",
                actual=repr(beginning(part.content.decode("latin-1"))),
                where=mail.where(part.span),
            )


def _parts_beside_the_body(mail: ReceivedMail, kind: str) -> list[imf.Part]:
    """The parts of that type without the us-ascii body, which is there in any case (whether it is one 4.3-3 asks)."""
    main = mail.parsed.main
    bodily = main.type == "text/plain" and _charset(main.charset) == ASCII
    parts = [part for part in mail.parsed.leaves if part.type == kind]
    beside = [part for part in parts if part is not main] if bodily else parts
    if not parts:
        raise Inconclusive(f"the mail has no part of type {kind}", (mail.where(),))
    return beside or parts


@case("4.5-4", on="without-parameter")
def test_notify_charset_has_no_say_in_a_type_that_could_name_one(play: PlayRecord) -> None:
    """Two subscriptions for text/html, alike but for notify-charset: both texts are in the same charset."""
    written = []
    for label in ("s", "t"):
        s = play.subscriptions[label].created()
        require_granted(play, s)
        mail = s.some_mails()[0]
        part = _parts_beside_the_body(mail, "text/html")[0]
        written.append(((s.asked.charset or ""), _written_in(part), mail.where(part.span)))
    (one, in_one, where), (other, in_other, elsewhere) = written
    if None in (in_one, in_other):
        raise Inconclusive("the text is in no charset that it names", (where, elsewhere))
    expect(
        (in_one, in_other) != (_charset(one), _charset(other)),
        expected="one charset for both, as the type has a parameter for it that notify-charset cannot replace",
        actual=f"{one} where notify-charset is {one}, {other} where it is {other}",
        where=(where, elsewhere),
    )


def _written_in(part: imf.Part) -> str | None:
    """The charset that a text names; where it names none, the one of two that its octets beyond ASCII fit."""
    if part.charset is not None or part.content.isascii():
        return _charset(part.charset)
    return next((c for c in map(_charset, ("utf-8", "iso-8859-1")) if decode(part.content, c) is not None), None)


@case("9-2", on="two-languages")
def test_the_text_changes_with_the_language(play: PlayRecord) -> None:
    one, other = play.subscription.created(), play.subscriptions["t"].created()
    name = play.run_record.vocabulary.language
    if any(name in group for group in one.creation.message.all(GroupTag.UNSUPPORTED)):
        raise NotApplicable(f"the printer does without {name}")
    if written_language(one.asked.language or "") == written_language(other.asked.language or ""):
        raise NotApplicable(f"{one.asked.language} and {other.asked.language} are one language")
    for mail, another in zip(one.some_mails(), other.some_mails(), strict=False):
        expect_other_words(mail, another, one.asked.language, other.asked.language)


def expect_other_words(one: ReceivedMail, other: ReceivedMail, language: str | None, another: str | None) -> None:
    """That the texts of two mails, alike but for these languages, are not word for word the same."""
    said, said_there = _said(one), _said(other)
    expect(
        said != said_there,
        expected=f"texts in {language} and in {another}",
        actual=f"the same words in both: {beginning(' '.join(said))!r}",
        where=(one.where(), other.where()),
    )


def _said(mail: ReceivedMail) -> list[str]:
    """The words of its parts without those that differ for other reasons than language: addresses and numbers."""
    texts = [part.string for part in mail.parsed.leaves if part.type.startswith("text/")]
    if None in texts:
        raise Inconclusive("a text of the mail is not in the charset it declares", (mail.where(),))
    text = " ".join(text or "" for text in texts)
    return [w for w in text.split() if "@" not in w and not any(c.isdigit() for c in w)]


@case("N-21", on="format")
def test_the_text_tells_printer_job_and_event(play: PlayRecord) -> None:
    printer, jobs = words(play.run_record.printer_text("printer-name")), jobs_of(play)
    for s, mail in mails_of(play):
        if tells_of_another_job(play, mail):
            continue
        text = " ".join(w for w in body_text(mail).split() if "@" not in w)
        numbered = tells_number(play, mail, text, {job.id for job in jobs})
        events, kind = s.asked.events or (), "printer" if is_printer_event(s) else "job"
        told = {
            f"printer-name {printer!r}": not printer.isascii() or printer in text,
            "job-name or job-id": not any(e.startswith("job-") for e in events)
            or not jobs
            or numbered
            or any(job.named_in(text) for job in jobs),
            "a word for the event or the state": not language_of(play, s).startswith("en")
            or tells_event_or_state(without(text, (printer, *(job.name for job in jobs))), kind, events),
        }
        missing = [what for what, there in told.items() if not there]
        if missing == ["job-name or job-id"] and may_be_somebody_elses(play, s, mail):
            raise Inconclusive(SOMEBODY_ELSES, (mail.where(),))
        expect(
            not missing,
            expected=" and ".join(missing) + " in the body",
            actual=repr(beginning(text)),
            where=mail.where(),
            binding=play.chose(Otherwise.C13_BINDS) or None,
        )


# ---------------------------------------------------------------- formats


@case("4.3-2", on="format")
def test_a_format_is_granted_or_reported(play: PlayRecord) -> None:
    s = play.subscription
    if s.format is None:
        raise NotApplicable("no format was asked for in this play")
    if s.id is None:
        _makes_others(play, s)
        return
    try:
        require_granted(play, s)
    except NotApplicable as reason:
        _reported(play, s, reason.reason)
        return
    kind = media(s.format).partition(";")[0]
    if "/" not in kind:
        return  # out-of-band none is no type; 4.3-8 judges it
    for mail in s.some_mails():
        expect(
            any(part.type == kind for part in mail.parsed.leaves),
            expected=f"a part of type {s.format}, as it was accepted without a word",
            actual=f"{mail.parsed.root.type} of " + ", ".join(p.type for p in mail.parsed.leaves),
            where=(s.creation.where(), mail.where()),
        )


def _makes_others(play: PlayRecord, s: SubscriptionRecord) -> None:
    """``Inconclusive`` where the printer refuses such a subscription without a format as well."""
    sibling = play.run_record.plays.get(f"{s.asked.carrier}/omitted")
    if sibling is None or "s" not in sibling.subscriptions or sibling.subscription.id is None:
        raise Inconclusive(f"the printer makes no such subscription with any format: {s.creation.keyword}")


def _reported(play: PlayRecord, s: SubscriptionRecord, kept: str) -> None:
    """A format that was not granted stands among the unsupported attributes of the answer."""
    name, v = play.run_record.vocabulary.format, play.run_record.vocabulary
    group = s.group or ipp.Group(GroupTag.SUBSCRIPTION)
    told = any(True for g in s.creation.message.all(GroupTag.UNSUPPORTED) for a in g if _speaks_of(a, name))
    status = group.get("notify-status-code")
    expect(
        told or v.find(group, v.format) is not None or (status is not None and bool(status.value.integer)),
        expected=f"notify-format {s.format!r} kept, or reported as unsupported",
        actual=kept + ", and nothing is reported",
        where=s.creation.where(),
    )


def _speaks_of(attribute: ipp.Attribute, name: str) -> bool:
    """Whether it is that attribute, or a collection with it inside."""
    return attribute.name == name or any(_speaks_of(m, name) for v in attribute.values for m in v.members)
