"""Looks at a mail or an answer that several cases share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from conformance.languages import same_language
from conformance.record.exchanges import Answer, told_group
from conformance.record.outcomes import Carrier
from conformance.record.received_mail import ReceivedMail
from conformance.record.recorded_run import address_key
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.session_owner import NO, YES, one_spelling
from conformance.record.subscription_record import SubscriptionRecord
from conformance.scenarios.steps import NONE_FORMAT, NONE_WORD
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire import imf, ipp
from conformance.wire.problem import Kind
from conformance.wire.registry import GroupTag, Operation, Status, ValueTag

from .session_lookup import mark_of

_TRIGGERS: Final = ("Print", "SendDocument", "EndJob", "OnJob", "OnPrinter")
_OF_THE_MESSAGE: Final = frozenset((
    "date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject",
    "comments", "keywords", "mime-version",
))  # fmt: skip
_MISNAMED: Final = (Kind.NO_COLON, Kind.BAD_FIELD_NAME, Kind.SPACE_BEFORE_COLON, Kind.STRAY_FOLD)


def mails_of(play: PlayRecord) -> list[tuple[SubscriptionRecord, ReceivedMail]]:
    """Every mail of a play with its subscription; ``Inconclusive`` when none came."""
    found = [(s, mail) for s in play.subscriptions.values() for mail in s.mails]
    if not found:
        play.subscription.created()
        require_triggers(play)
        play.subscription.some_mails()
    return found


def require_triggers(play: PlayRecord) -> None:
    """``Inconclusive`` when the printer refused an operation that was to bring about the event."""
    for step in play.steps:
        if step.row.kind in _TRIGGERS and not step.answer.ok:
            answer = step.answer
            hint = "; cause-printer-stopped in the IXIT would do" if step.row.kind == "OnPrinter" else ""
            raise Inconclusive(
                f"the printer answered {answer.operation} with {answer.keyword}{hint}", (answer.where(),)
            )


def makes_any(play: PlayRecord) -> SubscriptionRecord:
    """The play's subscription; ``Inconclusive`` when the printer makes none of this kind at all (3-1, 3-3)."""
    s = play.subscription.judgeable()
    require_kind_made(play, s)
    return s


def require_kind_made(play: PlayRecord, s: SubscriptionRecord) -> None:
    """The same judgement, where a subscription was not made."""
    if s.id is not None:
        return
    plain = play.run_record.plays.get("job/omitted" if s.asked.carrier is Carrier.JOB else "printer/omitted")
    never = plain is not None and "s" in plain.subscriptions and plain.subscription.id is None
    if never or s.creation.status == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED:
        reason = f"{s.creation.operation} makes no subscription even when nothing uncommon is asked for"
        raise Inconclusive(reason, (s.creation.where(),))


def own_fields(run_record: RunRecord, mail: ReceivedMail) -> tuple[imf.Field, ...]:
    """The fields that the printer wrote.

    Where a relay brought the mail, they stand behind the trace put before them, and tell of the message: filters on the
    way add notes of their own, to the end of the header as well.
    """
    fields = mail.parsed.fields
    if run_record.relayed(mail) is None:
        return fields
    last = max((i for i, field in enumerate(fields) if field.name.lower() == "received"), default=-1)
    return tuple(filter(_tells_of_the_message, fields[last + 1 :]))


def _tells_of_the_message(field: imf.Field) -> bool:
    """Whether its author writes such a field; a line without a right name is nobody else's, either."""
    name = field.name.lower()
    misnamed = any(problem.kind in _MISNAMED for problem in field.problems)
    return misnamed or name in _OF_THE_MESSAGE or name.startswith("content-")


def only_field(mail: ReceivedMail, name: str) -> imf.Field:
    """The header field of that name, which has to be there exactly once."""
    fields = mail.parsed.all(name)
    if len(fields) != 1:
        raise Violation(
            f"exactly one {name} field",
            f"{len(fields)}: " + "; ".join(repr(f.value.decode("latin-1")) for f in fields) if fields else "none",
            tuple(mail.where(f.span) for f in fields) or (mail.where(),),
        )
    return fields[0]


def only_mailbox(mail: ReceivedMail, name: str) -> tuple[imf.Field, imf.Mailbox]:
    """The one mailbox of a field that has to be there exactly once."""
    field = only_field(mail, name)
    boxes = imf.mailboxes(field.value)
    if boxes is None or len(boxes) != 1:
        raise Violation(f"one mailbox in {name}", repr(field.value.decode("latin-1")), (mail.where(field.span),))
    return field, boxes[0]


def require_unrewritten(play: PlayRecord, mail: ReceivedMail, address: str, wanted: str = "") -> None:
    """What is to be asked of a mailbox that is not as it should be: is it the printer's at all?

    ``NotApplicable`` where a relay is said to put others into the header (B04), unless this has the ``wanted`` address;
    ``Inconclusive`` where it has one of the relay's, and nobody has said so.
    """
    run = play.run_record
    if address_key(address) == address_key(wanted) or run.perhaps_relayed(mail) is None:
        return
    if run.facts.relay_rewrites == YES:
        raise NotApplicable("the IXIT says that the relay rewrites the addresses of the header", (mail.where(),))
    domain = one_spelling(address.rpartition("@")[2])
    if wanted and run.facts.relay_rewrites != NO and (why := run.session_owner.may_have_put(mail, domain)) is not None:
        hint = "say relay-rewrites = true in the IXIT if it does so, else false"
        raise Inconclusive(f"{address!a} stands where {wanted!a} should: {why}; {hint}", (mail.where(),))


def user_address(subscription: SubscriptionRecord) -> str:
    """The mail address that the subscriber gave as user data; without the mailto: that some printers want before it."""
    if subscription.user_data is None:
        raise NotApplicable("this subscription was made without user data")
    return subscription.user_data.decode("latin-1").removeprefix("mailto:")


def given_address(subscription: SubscriptionRecord) -> str:
    """The same; empty where no user data was given."""
    return user_address(subscription) if subscription.user_data is not None else ""


_MARK: Final = re.compile(r"(?<!\w)\w++\.\d+\.\w+")  # as the stage makes local parts


def is_anothers(subscription: SubscriptionRecord, group: ipp.Group) -> bool:
    """Whether what a printer tells under this subscription's number is another's by now: numbers may be used again."""
    recipient = group.get(subscription.vocabulary.recipient)
    marks = _MARK.findall((recipient.value.text() if recipient is not None else None) or "")
    return bool(marks) and mark_of(subscription) not in marks


def kept(play: PlayRecord, subscription: SubscriptionRecord) -> tuple[Answer, ipp.Group] | None:
    """What the printer first told about a subscription in answer to Get-Subscription-Attributes.

    ``None``: nothing, or what is another's; see :func:`anothers`.
    """
    told = _told_under_its_number(play, subscription)
    return next((one for one in told if not is_anothers(subscription, one[1])), None)


def anothers(play: PlayRecord, subscription: SubscriptionRecord) -> tuple[Answer, ipp.Attribute] | None:
    """The recipient of another subscription, where the printer told of that one under this one's number."""
    for answer, group in _told_under_its_number(play, subscription):
        recipient = group.get(subscription.vocabulary.recipient)
        if recipient is not None and is_anothers(subscription, group):
            return answer, recipient
    return None


def tells_of_another(subscription: SubscriptionRecord, recipient: ipp.Attribute) -> str:
    """What a case says that wanted to know of this one."""
    return f"under number {subscription.id} the printer told of another subscription, {recipient.show()}"


def _told_under_its_number(play: PlayRecord, subscription: SubscriptionRecord) -> Iterator[tuple[Answer, ipp.Group]]:
    told = play.once(_told_subscriptions)
    return ((answer, group) for number, answer, group in told if number == subscription.id)


def _told_subscriptions(play: PlayRecord) -> list[tuple[int, Answer, ipp.Group]]:
    """What a play's answers to Get-Subscription-Attributes told, and under which number."""
    vocabulary, found = play.run_record.vocabulary, []
    for step in play.steps:
        for answer in step.answers:
            if answer.row.operation == Operation.GET_SUBSCRIPTION_ATTRIBUTES and answer.ok:
                about = answer.request.find(vocabulary.subscription_id, GroupTag.OPERATION)
                group = told_group(answer.message, vocabulary)
                number = about.value.integer if about is not None else None
                if number is not None and group is not None:
                    found.append((number, answer, group))
    return found


def user_name(play: PlayRecord, subscription: SubscriptionRecord) -> str:
    """The subscriber's name; ``Inconclusive`` when nobody can know what this printer makes of the one it was sent."""
    name = known_user_name(play, subscription)
    if name is None:
        sent = subscription.user_name
        why = "no user name was sent" if sent is None else f"the printer keeps other names than those sent, as {sent!r}"
        raise Inconclusive(f"{why}, and it does not tell the subscriber's name")
    return name


def known_user_name(play: PlayRecord, subscription: SubscriptionRecord) -> str | None:
    """The subscriber's name, as far as it is known.

    That is what the printer tells of this subscription or, where it was not asked, what it told of others that were
    sent the same name, or proved it; the name as sent, where it told none that is another than was sent.
    """
    told = _told_name(play, subscription)
    if told is not None:
        return told
    known = play.run_record.once(_names_told)
    same = known.get(_who(subscription))
    if same is not None:
        return same
    if subscription.login is not None:  # a directory may know the account by another name
        return None
    others = any(not proved and given not in (None, told) for (_, given, proved), told in known.items())
    return None if others else subscription.user_name


_Who = tuple[str, str | None, bool]  # a kind of subscription, a name, and whether it was proved


def _who(subscription: SubscriptionRecord) -> _Who:
    """What a printer has to make a name of."""
    proved = subscription.login is not None
    return subscription.asked.carrier.value, subscription.login if proved else subscription.user_name, proved


def _told_name(play: PlayRecord, subscription: SubscriptionRecord) -> str | None:
    found = kept(play, subscription)
    attribute = found[1].get(play.run_record.vocabulary.user_name) if found is not None else None
    return attribute.value.text(found[0].message.charset) if found is not None and attribute is not None else None


def _names_told(run_record: RunRecord) -> dict[_Who, str]:
    """The names that the printer told in this run, by what was sent or proved to it."""
    return {
        _who(s): told
        for play in run_record.plays.values()
        for s in play.subscriptions.values()
        if (told := _told_name(play, s)) is not None
    }


def subject_text(mail: ReceivedMail) -> str:
    """What stands in Subject, however many such fields there are."""
    return words(" ".join(field.text for field in mail.parsed.all("Subject")))


def language_of(play: PlayRecord, subscription: SubscriptionRecord) -> str:
    """The language of a subscription's mails: as the printer keeps it if it tells, else by the rules for granting it.

    Where none is asked for, or one that the printer does not list, the drafts take the printer's own (not-spec-02
    table 8) and RFC 3995 that of the request, which is English here (section 5.3.7).
    """
    told = play.once(_languages_told).get(subscription.id)
    if told is not None:
        return told
    printer = play.run_record.printer or ipp.Group(GroupTag.PRINTER)
    listed, own = printer.get("generated-natural-language-supported"), printer.get("natural-language-configured")
    supported = listed.texts() if listed is not None else []
    asked = (subscription.asked.language or ("en" if subscription.vocabulary.name != "ntfy-01" else "")).lower()
    if own is None or (asked and any(same_language(asked, word) for word in supported)):
        return asked or "en"
    return (own.value.text() or "en").lower()


def _languages_told(play: PlayRecord) -> dict[int | None, str]:
    """The language that the printer first told of each subscription, by its number."""
    v, found = play.run_record.vocabulary, dict[int | None, str]()
    for step in play.steps:
        for answer in step.answers if step.row.kind == "Query" and step.row.label != "sentinel" else ():
            group = told_group(answer.message, v)
            told = group.get(v.language) if group is not None else None
            identity = group.get(v.subscription_id) if group is not None else None
            if told is not None and identity is not None:
                found.setdefault(identity.value.integer, (told.value.text() or "").lower())
    return found


def words(text: str) -> str:
    """The text with every run of white space made one blank, so that folding and wrapping do not matter."""
    return " ".join(text.split())


def body_text(mail: ReceivedMail) -> str:
    """The characters of the mail's own text body; of one that does not fit its charset those that are ASCII."""
    text = mail.text
    if text is None:
        why = f"a mail of {mail.parsed.root.type} has no text/plain body to look into, which 4.3-3 is about"
        raise Inconclusive(why, (mail.where(),))
    return text


_VOLATILE = re.compile(rb"(?i)^(?:date|message-id|received|return-path):")


def essence(received: ReceivedMail) -> bytes:
    """What two copies of one mail have in common, even if it was put together anew."""
    mail = received.parsed
    fields = sorted(field.raw for field in mail.fields if not _VOLATILE.match(field.raw))
    octets = b"".join(fields) + mail.body
    boundary = mail.root.parameters.get("boundary", "")
    return octets.replace(boundary.encode("utf-8", "replace"), b"") if boundary else octets


def media(value: str) -> str:
    """A media type without the spellings that mean the same: case, blanks, quotes."""
    return re.sub(r"[\s\"]", "", value).lower()


def format_attribute(play: PlayRecord, subscription: SubscriptionRecord) -> ipp.Attribute | None:
    """notify-format as the printer first told it of this subscription."""
    v, found = play.run_record.vocabulary, kept(play, subscription)
    name = v.find(found[1], v.format) if found is not None else None
    return found[1].get(name) if found is not None and name is not None else None


def require_granted(play: PlayRecord, subscription: SubscriptionRecord) -> None:
    """``NotApplicable`` when the printer did not take the format that was asked for, which it need not."""
    answer, asked = subscription.creation, subscription.format
    if asked is None:
        return
    if subscription.judgeable().id is None:
        raise NotApplicable(f"the printer refuses notify-format {asked!r} with {answer.keyword}")
    if reports_format(subscription):
        raise NotApplicable(f"the printer lists notify-format {asked!r} as unsupported")
    told = format_attribute(play, subscription)
    if told is None:
        return
    if asked in (NONE_FORMAT, NONE_WORD):
        if not (told.value.out_of_band or (told.value.text() or "").lower() == "none"):
            raise NotApplicable(f"the printer keeps {told.show()} where {asked} was asked for")
    elif media(told.value.text() or "") != media(asked):
        raise NotApplicable(f"the printer keeps {told.show()} where {asked!r} was asked for")


def reports_format(subscription: SubscriptionRecord) -> bool:
    """Whether the answer to its creation says that the format was not granted."""
    name, answer = subscription.vocabulary.format, subscription.creation
    listed = any(_names_format(a, name) for group in answer.message.all(GroupTag.UNSUPPORTED) for a in group)
    return listed or _set_aside(subscription, name)


def names_charset(format_: str | None) -> bool:
    """Whether a media type has a charset parameter, given or not: text of any kind has."""
    kind = media(format_ or "")
    return kind.startswith("text/") or ";charset=" in kind


def _set_aside(subscription: SubscriptionRecord, name: str) -> bool:
    """Whether the subscription's own group in the answer lists the attribute as unsupported (RFC 3995 5.2 rule 8)."""
    group = subscription.group
    attribute, status = (group.get(name), group.get("notify-status-code")) if group is not None else (None, None)
    if attribute is None:
        return False
    substituted = status is not None and status.value.integer == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    return substituted or attribute.value.tag == ValueTag.UNSUPPORTED


def _names_format(attribute: ipp.Attribute, name: str) -> bool:
    """Whether an unsupported attribute is notify-format, or a job-notify collection with it inside."""
    if attribute.name == name:
        return True
    return any(_names_format(member, name) for value in attribute.values for member in value.members)
