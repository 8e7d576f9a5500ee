"""Sections 4.2, 4.8 and 4.10 to 4.13: what a subscription tells of itself, and what the base document fills in."""

from __future__ import annotations

from collections import Counter

from conformance.counted import counted
from conformance.languages import same_language
from conformance.record.clock_steps import step
from conformance.record.exchanges import Answer
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.requirements import Otherwise
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.vocabulary import RFC3995
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, ValueTag

from .case import case, expect
from .ipp_lookup import (
    attribute_of,
    expect_printed_all_the_same,
    expect_refused_or_ignored,
    listed_numbers,
    number_of,
    numbered,
    printer_words,
    refused,
    returned,
    same_printer,
    same_uri,
    shown,
    target_of,
)
from .mail_lookup import makes_any, require_kind_made

WITHIN = 2  # seconds; two whole-second clocks read one after the other may differ by that
ANONYMOUS = "anonymous"  # RFC 2911 section 4.4.2: who comes to a URI without authentication


# ---------------------------------------------------------------- events


@case("4.2-1", on="attributes")
def test_the_events_asked_for_are_kept(play: PlayRecord) -> None:
    answer, group = shown(play, "made")
    v = play.run_record.vocabulary
    asked = play.subscription.asked.events or ()
    supported = printer_words(play, v.events_supported) or asked
    wanted = {event for event in asked if event in supported}  # it may support more than it lists
    if not wanted:
        raise NotApplicable(f"the printer lists none of {', '.join(asked)} in {v.events_supported}")
    kept = attribute_of(answer, group, v.events)
    expect(
        wanted <= set(kept.texts()) <= set(asked),
        expected=f"{v.events}={','.join(sorted(wanted))}, in any order",
        actual=kept.show(),
        where=answer.where(kept),
    )


@case("N-04", on="events-omitted")
def test_omitted_events_are_the_default_ones(play: PlayRecord) -> None:
    v = play.run_record.vocabulary
    default = set(printer_words(play, v.events_default))
    if not default:
        raise Inconclusive(f"the printer does not list {v.events_default}")
    if default == {"none"}:
        raise NotApplicable(f"{v.events_default} is none, so that a client has to name events")
    answer, group = shown(play, "made")
    kept = group.get(v.events)
    if kept is None:
        raise Inconclusive(f"the printer does not tell {v.events}", (answer.where(),))
    expect(
        set(kept.texts()) == default,
        expected=f"{v.events_default}: {', '.join(sorted(default))}",
        actual=kept.show(),
        where=answer.where(kept),
    )


# ---------------------------------------------------------------- its number


@case("4.8-1", on="attributes")
def test_a_subscription_has_one_positive_number(play: PlayRecord) -> None:
    s, v = play.subscription, play.run_record.vocabulary
    given = numbered(s)
    if given is None:
        s.created()
    elif given.value.integer is None or given.value.integer < 1:
        raise Violation(f"{v.subscription_id} from 1 to 2147483647", given.show(), (s.creation.where(given),))
    answer, group = shown(play, "made")
    number = number_of(answer, group, v.subscription_id)
    expect(
        number == s.id,
        expected=f"{v.subscription_id} {s.id}, as the answer to its creation has it",
        actual=str(number),
        where=answer.where(group.get(v.subscription_id)),
    )


@case("4.8-1", on="many")
def test_no_two_live_subscriptions_share_a_number(play: PlayRecord) -> None:
    made = [s for s in play.subscriptions.values() if s.id is not None]
    if len(made) < 2:
        raise Inconclusive(f"{counted(len(made), 'subscription was', 'subscriptions were')} made")
    number = Counter(s.id for s in made)
    shared = [s for s in made if number[s.id] > 1]
    expect(
        not shared,
        expected="a number for each subscription that no other has",
        actual=", ".join(f"{s.label} of {s.asked.carrier}: subscription {s.id}" for s in shared),
        where=tuple(s.creation.where(numbered(s)) for s in shared),
    )
    answer, listed = listed_numbers(play, "list")
    expect(
        len(set(listed)) == len(listed),
        expected="each number once in Get-Subscriptions",
        actual=f"subscriptions {', '.join(map(str, listed))}",
        where=answer.where(),
    )


# ---------------------------------------------------------------- its printer and its user


@case("4.10-1", on="attributes")
def test_the_printer_uri_is_that_of_the_request(play: PlayRecord) -> None:
    answer, group = shown(play, "made")
    name, target = play.run_record.vocabulary.printer_uri, target_of(play.subscription.creation)
    attribute = attribute_of(answer, group, name)
    uri = attribute.value.text() or ""
    others = printer_words(play, "printer-uri-supported")  # the same printer by another of its names only warns
    expect(
        same_printer(uri, target),
        expected=f"{name} {target}, which the create request was addressed to",
        actual=attribute.show(),
        where=answer.where(attribute),
        binding=False if any(same_uri(uri, known) for known in others) else None,
    )


@case("4.11-1", on="attributes")
def test_the_subscriber_is_named(play: PlayRecord) -> None:
    answer, group = shown(play, "made")
    name, sent = play.run_record.vocabulary.user_name, play.subscription.user_name
    if sent is None:
        raise NotApplicable("no user name was sent")
    attribute = attribute_of(answer, group, name)
    told = attribute.value.text(answer.message.charset)
    expect(
        name_is_right(play, play.subscription, told),
        expected=f"{name} {sent!r}, the requesting-user-name of the create request",
        actual=attribute.show(answer.message.charset),
        where=answer.where(attribute),
    )


def name_is_right(play: PlayRecord, subscription: SubscriptionRecord, told: str | None) -> bool:
    """Whether a subscription may tell that name; ``Inconclusive`` where its user may have proved to have another."""
    sent, mechanism = subscription.user_name, _authentication(play, target_of(subscription.creation))
    by_name_alone = mechanism in ("none", "requesting-user-name", None)
    proved_as_claimed = told == sent and subscription.login in (None, sent)
    if told and not by_name_alone and not proved_as_claimed:
        raise Inconclusive(f"the printer authenticates by {mechanism} and may know the user by another name: {told}")
    return told == sent or (told == ANONYMOUS and mechanism == "none")


def _authentication(play: PlayRecord, target: str) -> str | None:
    """What uri-authentication-supported says of the URI that was used (RFC 2911 section 4.4.2)."""
    uris = printer_words(play, "printer-uri-supported")
    methods = printer_words(play, "uri-authentication-supported")
    return next((method for uri, method in zip(uris, methods, strict=False) if same_uri(uri, target)), None)


@case("4.11-4", on="login")
def test_a_proved_name_goes_before_a_claimed_one(play: PlayRecord) -> None:
    answer, group = shown(play, "made")
    s, name = play.subscription, play.run_record.vocabulary.user_name
    proved = s.login
    if proved is None or proved == s.user_name:
        raise NotApplicable("nobody claimed another name than the one he proved")
    attribute = attribute_of(answer, group, name)
    told = attribute.value.text(answer.message.charset) or ""
    if told != s.user_name and told != proved:
        # a directory may know the account by a printable name of its own, which we cannot
        raise Inconclusive(f"{attribute.show(answer.message.charset)} is neither the name proved nor the one claimed")
    expect(
        told == proved,
        expected=f"{name} {proved!r}, who was authenticated, and not the requesting-user-name",
        actual=attribute.show(answer.message.charset),
        where=answer.where(attribute),
    )


@case("4.11-5", on="nameless")
def test_a_subscription_by_nobody_is_refused_or_gets_a_name(play: PlayRecord) -> None:
    s, name = play.subscription, play.run_record.vocabulary.user_name
    if s.no_room:
        s.judgeable()
    if s.id is None:
        require_kind_made(play, s)
        expect_refused_or_ignored(s, "without a name for Sender")
        return
    answer, group = shown(play, "made")
    attribute = group.get(name)
    told = attribute.value.text(answer.message.charset) if attribute is not None else None
    made_up = play.chose(Otherwise.C30_NO_NAME)
    expect(
        bool(told) and not made_up,
        expected="no subscription" + ("" if made_up else f", or one with a {name} that the printer filled in"),
        actual=attribute.show() if attribute is not None else f"a subscription without {name}",
        where=answer.where(attribute),
    )


@case("4.11-5", on="job/nameless")
def test_a_job_is_printed_without_a_subscription_by_nobody(play: PlayRecord) -> None:
    expect_printed_all_the_same(makes_any(play))


# ---------------------------------------------------------------- its clock


@case("4.12-1", on="printer/attributes")
def test_the_subscription_tells_the_printers_up_time(play: PlayRecord) -> None:
    answer, told = _up_time(play, "made")
    clock = _printers_up_time(play, "made")
    if clock is None:
        raise Inconclusive("the printer does not tell its printer-up-time")
    other, printer = clock
    low, high = _between(answer, other)
    grace = _grace(play)
    expect(
        low - grace <= printer - told <= high + grace,
        expected=f"printer-up-time, {printer} as told from {low:.0f} to {high:.0f} s after it, give or take {grace} s",
        actual=str(told),
        where=(answer.where(), other.where()),
    )


def _grace(play: PlayRecord) -> int:
    """How far two looks at one clock may be apart, if they follow on each other: more by a clock of larger steps."""
    return WITHIN if play.chose(Otherwise.B02_SECONDS) else WITHIN + step(play.run_record) - 1


@case("4.12-1", on="up-time")
def test_the_up_time_rises(play: PlayRecord) -> None:
    (earlier, first), (later, second) = _up_time(play, "first"), _up_time(play, "second")
    low, high = _between(earlier, later)
    if low < 1:
        raise Inconclusive(f"only {low:.1f} s passed between two looks")
    clocks = [told for label in ("first", "second") if (told := _printers_up_time(play, label)) is not None]
    if len({seconds for _, seconds in clocks}) < len(clocks) and not play.chose(Otherwise.B02_SECONDS):
        raise Inconclusive(f"printer-up-time was {clocks[0][1]} at both looks, so that nobody knows its steps")
    expect(
        low - _grace(play) <= second - first <= high + _grace(play) and second > first,
        expected=f"{low:.1f} to {high:.1f} s more, which is what passed between two looks",
        actual=f"{first}, then {second}",
        where=(earlier.where(), later.where()),
    )


def _up_time(play: PlayRecord, label: str) -> tuple[Answer, int]:
    """The up time that the subscription told at that step."""
    answer, group = shown(play, label)
    v = play.run_record.vocabulary
    return answer, number_of(answer, group, v.find(group, v.up_time) or v.up_time)


def _printers_up_time(play: PlayRecord, label: str) -> tuple[Answer, int] | None:
    """printer-up-time, asked for right after it; ``None`` if the printer does not tell it."""
    for other in play.labelled(label).answers:
        printer = other.message.first(GroupTag.PRINTER)
        up = printer.get("printer-up-time") if printer is not None else None
        if up is not None and up.value.integer is not None:
            return other, up.value.integer
    return None


def _between(one: Answer, other: Answer) -> tuple[float, float]:
    """How many seconds may lie between what two answers tell, at least and at most: it was read somewhere in each."""
    return max(0, other.row.t_start - one.row.t_end) / 1e9, (other.row.t_end - one.row.t_start) / 1e9


# ---------------------------------------------------------------- persistence, charset, language, lease


@case("4.13-1", on="attributes")
def test_the_subscription_tells_whether_it_persists(play: PlayRecord) -> None:
    answer, group = shown(play, "made")
    _boolean(play, answer, group, "the subscription")


@case("4.13-1", "N-14", on="printer/operations")
def test_the_answer_to_create_tells_whether_it_persists(play: PlayRecord) -> None:
    s = play.subscription.created()
    if s.group is not None:
        _boolean(play, s.creation, s.group, "the answer to Create")


def _boolean(play: PlayRecord, answer: Answer, group: ipp.Group, owner: str) -> None:
    name = play.run_record.vocabulary.persistence_granted
    if name is None:
        raise NotApplicable("this vocabulary has no persistence")
    attribute = attribute_of(answer, group, name, owner)
    expect(
        attribute.value.boolean is not None,
        expected=f"{name} (boolean)",
        actual=attribute.show(),
        where=answer.where(attribute),
    )


@case("R-Charset-1", on="attributes")
def test_a_subscription_has_a_charset_of_the_printers(play: PlayRecord) -> None:
    _one_of(play, play.run_record.vocabulary.charset, "charset-supported")


@case("R-Charset-1", on="charset-unheard-of")
def test_a_subscription_never_has_an_unsupported_charset(play: PlayRecord) -> None:
    _one_of(play, play.run_record.vocabulary.charset, "charset-supported")


@case("R-Language-1", on="attributes")
def test_a_subscription_has_a_language_of_the_printers(play: PlayRecord) -> None:
    _one_of(play, play.run_record.vocabulary.language, "generated-natural-language-supported")


@case("R-Language-1", on="language-unheard-of")
def test_a_subscription_never_has_an_unsupported_language(play: PlayRecord) -> None:
    _one_of(play, play.run_record.vocabulary.language, "generated-natural-language-supported")


def _one_of(play: PlayRecord, name: str, listed_as: str) -> None:
    answer, group = shown(play, "made")
    attribute = attribute_of(answer, group, name)
    listed = [word.lower() for word in printer_words(play, listed_as)]
    if not listed:
        raise Inconclusive(f"the printer does not list {listed_as}")
    told = (attribute.value.text() or "").lower()
    expect(
        told in listed
        or (name == play.run_record.vocabulary.language and any(same_language(told, one) for one in listed)),
        expected=f"{name} with a value of {listed_as}: {', '.join(listed)}",
        actual=attribute.show(),
        where=answer.where(attribute),
    )


@case("N-10", on="substitute")
def test_an_unsupported_charset_or_language_is_replaced(play: PlayRecord) -> None:
    v = play.run_record.vocabulary
    in_request, configured, name, listed_as = (
        ("attributes-charset", "charset-configured", v.charset, "charset-supported")
        if play.subscription.asked.charset is not None
        else (
            "attributes-natural-language",
            "natural-language-configured",
            v.language,
            "generated-natural-language-supported",
        )
    )
    answer, group = shown(play, "made")
    attribute = group.get(name)
    if attribute is None:
        if v is RFC3995:
            raise Inconclusive(f"the printer does not tell {name}", (answer.where(),))
        raise NotApplicable(f"the printer does not support {name}, and need not")
    listed = [word.lower() for word in printer_words(play, listed_as)]
    sent = play.subscription.creation.request.find(in_request, GroupTag.OPERATION)
    wanted = (sent.value.text() or "").lower() if sent is not None else ""
    of_language = name == v.language
    if wanted not in listed and not (of_language and any(same_language(wanted, one) for one in listed)):
        wanted = next((word.lower() for word in printer_words(play, configured)), "")
    if not listed or not wanted:
        raise Inconclusive(f"the printer does not list {listed_as} and {configured}")
    told = (attribute.value.text() or "").lower()
    expect(
        told == wanted or (of_language and same_language(told, wanted)),
        expected=f"{name} {wanted}, as {in_request} of the request or {configured} has it",
        actual=attribute.show(),
        where=answer.where(attribute),
    )


@case("N-10", on="substitute")
def test_an_unsupported_charset_or_language_is_returned(play: PlayRecord) -> None:
    s, v = makes_any(play), play.run_record.vocabulary
    name = v.charset if s.asked.charset is not None else v.language
    if s.id is None:
        refused(s, f"a subscription, without the {name} that is not supported")
    expect(
        returned(s, name) is not None,
        expected=f"{name} among the unsupported attributes of the answer",
        actual=f"{s.creation.keyword} without it",
        where=s.creation.where(),
    )


@case("R-Lease-3", on="job/attributes")
def test_a_subscription_of_a_job_has_no_lease(play: PlayRecord) -> None:
    answer, group = shown(play, "made")
    v = play.run_record.vocabulary
    found = [a for a in group if a.name in (v.lease_requested, v.lease_expiration, v.up_time)]
    expect(
        not found,
        expected=f"neither {v.lease_requested} nor {v.lease_expiration} nor {v.up_time} on a job's subscription",
        actual=", ".join(a.show() for a in found),
        where=tuple(answer.where(a) for a in found),
    )


@case("R-Lease-4", on="job-lease")
def test_a_lease_for_a_job_is_returned_as_unsupported(play: PlayRecord) -> None:
    s, name = play.subscription.judgeable(), play.run_record.vocabulary.lease_requested
    if not _takes_job_subscriptions(play):
        s.created()
    attribute = s.group.get(name) if s.group is not None else None
    expect(
        attribute is not None and attribute.value.tag == ValueTag.UNSUPPORTED,
        expected=f"{name} with the out-of-band value unsupported in the subscription's group",
        actual=attribute.show() if attribute is not None else f"{s.creation.keyword} without it",
        where=s.creation.where(attribute),
    )


def _takes_job_subscriptions(play: PlayRecord) -> bool:
    """Whether, asked without a lease in another play, the printer made a subscription for a job."""
    other = play.run_record.plays.get("job/attributes")
    return other is not None and "s" in other.subscriptions and other.subscription.id is not None
