"""Too much, too little, or nothing the printer knows: what is refused, what is left out, and how the answer says so."""

from __future__ import annotations

from typing import Final

from conformance.counted import counted
from conformance.record.exchanges import STATUS_CODE, granted_group
from conformance.record.outcomes import Carrier
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire.registry import FIRST_ERROR, GroupTag, Status

from .case import case, expect
from .ipp_lookup import (
    accepted_job,
    all_asked,
    asked_in_vain,
    attribute_of,
    expect_no_number,
    is_error,
    listed_for,
    listed_numbers,
    numbered,
    printer_numbers,
    refused,
    reported,
    require_lease,
    returned,
    shown,
    status_words,
)
from .mail_lookup import makes_any

IGNORED: Final = Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
SHOWN: Final = 3  # subscriptions named in a failure; the others fail alike


# ---------------------------------------------------------------- no recipient, and one of an unknown scheme


@case("3-5", on="no-recipient")
def test_without_a_recipient_there_is_no_number(play: PlayRecord) -> None:
    expect_no_number(play.subscription, "no recipient was named")


@case("3-5", on="no-recipient")
def test_without_a_recipient_nothing_is_listed(play: PlayRecord) -> None:
    _not_listed(play, "no recipient was named")


@case("N-09", on="unheard-of-scheme")
def test_an_unsupported_scheme_gets_no_number(play: PlayRecord) -> None:
    expect_no_number(play.subscription, f"{play.subscription.asked.recipient} is of an unsupported scheme")


@case("N-09", on="unheard-of-scheme")
def test_an_unsupported_scheme_is_not_listed(play: PlayRecord) -> None:
    _not_listed(play, "its scheme is unsupported")


def _not_listed(play: PlayRecord, why: str) -> None:
    if play.subscription.id is None:
        play.subscription.judgeable()
    if not play.labelled("after").answers:
        return  # no job was made that could have one
    answer, group = listed_for(play, "after", play.subscription)
    expect(
        group is None,
        expected=f"no subscription, since {why}",
        actual=", ".join(a.show() for a in group or ()),
        where=answer.where(),
    )


@case("N-09", on="printer/unheard-of-scheme")
def test_creating_with_an_unsupported_scheme_fails(play: PlayRecord) -> None:
    answer = play.subscription.judgeable().creation
    expect(not answer.ok, expected="an error status", actual=answer.keyword, where=answer.where())


@case("N-09", on="job/unheard-of-scheme")
def test_a_job_with_an_unsupported_scheme_is_printed(play: PlayRecord) -> None:
    s = play.subscription
    accepted_job(play, s.creation)
    expect(
        reported(s),
        expected="the subscription reported: a group without number, or the recipient as unsupported",
        actual=f"{s.creation.keyword}, and nothing about it",
        where=s.creation.where(),
    )


@case("R-Missing-1", on="no-recipient")
def test_a_request_without_a_recipient_fails_as_a_whole(play: PlayRecord) -> None:
    answer = play.subscription.judgeable().creation
    groups = answer.message.all(GroupTag.SUBSCRIPTION)
    job = answer.message.find("job-id", GroupTag.JOB)
    came = counted(len(groups), "subscription group")
    expect(
        answer.status == Status.CLIENT_ERROR_BAD_REQUEST and not groups and job is None,
        expected="client-error-bad-request, no subscription group and no job",
        actual=f"{answer.keyword}, {came}, {'no job' if job is None else job.show()}",
        where=answer.where(job),
    )


# ---------------------------------------------------------------- several subscriptions in one request


@case("R-Groups-1", on="mixed")
def test_each_subscription_asked_for_has_its_group(play: PlayRecord) -> None:
    asked = asked_in_vain(play)
    answer = asked[0].creation
    groups = answer.message.all(GroupTag.SUBSCRIPTION)
    expect(
        len(groups) == len(asked),
        expected=f"{counted(len(asked), 'subscription group')}, as in the request",
        actual=f"{answer.keyword} with {len(groups)}",
        where=answer.where(),
    )


@case("R-Groups-1", on="good-bad-good")
def test_the_groups_are_in_the_order_of_the_request(play: PlayRecord) -> None:
    name = play.run_record.vocabulary.recipient
    for label in ("a", "c"):
        s = play.subscriptions[label]
        if s.no_room:
            continue
        answer, group = shown(play, f"about-{label}", label)
        recipient = group.get(name)
        if recipient is None:
            raise Inconclusive(f"the printer does not tell {name}", (answer.where(),))
        expect(
            recipient.value.text() == s.asked.recipient,
            expected=f"subscription {s.id}, the number in group {s.place + 1}, asked for as {s.asked.recipient}",
            actual=recipient.show(),
            where=(s.creation.where(numbered(s)), answer.where(recipient)),
        )


@case("R-Groups-2", on="mixed")
def test_a_group_has_a_number_if_and_only_if_there_is_a_subscription(play: PlayRecord) -> None:
    for s in asked_in_vain(play):
        attribute = numbered(s)
        answer, group = listed_for(play, "after", s)
        expect(
            (attribute is not None) == (group is not None),
            expected=f"a number in group {s.place + 1} if and only if {s.asked.recipient} is listed",
            actual=f"{attribute.show() if attribute else 'no number'}, {'listed' if group else 'not listed'}",
            where=(s.creation.where(attribute), answer.where()),
        )


@case("R-Groups-3", on="mixed")
def test_the_group_of_what_was_not_made_says_why(play: PlayRecord) -> None:
    for s in asked_in_vain(play):
        if numbered(s) is None:
            code = s.told_status
            expect(
                is_error(code),
                expected=f"{STATUS_CODE} with an error in group {s.place + 1}, whose subscription was not made",
                actual=status_words(code),
                where=s.creation.where(),
            )


@case("R-Groups-3", on="substitute")
def test_the_group_of_what_was_made_otherwise_says_so(play: PlayRecord) -> None:
    s, v = play.subscription.created(), play.run_record.vocabulary
    name = v.charset if s.asked.charset is not None else v.language
    code = s.told_status
    expect(
        s.group is not None and name in s.group and code is not None and code < FIRST_ERROR and code > 0,
        expected=f"{name} and {STATUS_CODE} successful-ok-ignored-or-substituted-attributes in the group",
        actual=f"{status_words(code)}, {'with' if s.group is not None and name in s.group else 'without'} {name}",
        where=s.creation.where(),
    )


@case("R-Scheme-1", on="unheard-of-scheme")
def test_the_group_names_the_unsupported_scheme_as_the_reason(play: PlayRecord) -> None:
    s = play.subscription
    if s.id is None:
        s.judgeable()
    code = s.told_status
    expect(
        code == Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED,
        expected=f"{STATUS_CODE} client-error-uri-scheme-not-supported (0x040c) in the group",
        actual=f"{s.creation.keyword}, {status_words(code)}",
        where=s.creation.where(),
    )


@case("R-Ignored-1", on="all-bad")
def test_creating_none_of_several_fails(play: PlayRecord) -> None:
    _ignored_all(play)


@case("R-Ignored-1", on="printer/unheard-of-scheme")
def test_creating_the_only_one_fails(play: PlayRecord) -> None:
    _ignored_all(play)


def _ignored_all(play: PlayRecord) -> None:
    answer = asked_in_vain(play)[0].creation
    expect(
        answer.status == Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS,
        expected="client-error-ignored-all-subscriptions (0x0414), since none could be made",
        actual=f"0x{answer.status:04x} {answer.keyword}",
        where=answer.where(),
    )


@case("R-Job-1", on="good-bad")
def test_a_job_with_one_bad_subscription_is_accepted(play: PlayRecord) -> None:
    _accepted_with_ignored(play)


@case("R-Job-1", on="job/unheard-of-scheme")
def test_a_job_with_none_but_bad_subscriptions_is_accepted(play: PlayRecord) -> None:
    _accepted_with_ignored(play)


def _accepted_with_ignored(play: PlayRecord) -> None:
    answer = asked_in_vain(play)[0].creation
    accepted_job(play, answer)
    expect(
        answer.status == IGNORED,
        expected="successful-ok-ignored-subscriptions (0x0003)",
        actual=f"0x{answer.status:04x} {answer.keyword}",
        where=answer.where(),
    )


@case("N-06", on="events-required")
def test_a_subscription_can_list_as_many_events_as_every_printer_takes(play: PlayRecord) -> None:
    _kept_in_full(play)


@case("N-06", on="events-most")
def test_a_subscription_can_list_as_many_events_as_the_printer_says(play: PlayRecord) -> None:
    _kept_in_full(play)


def _kept_in_full(play: PlayRecord) -> None:
    s, v = makes_any(play), play.run_record.vocabulary
    asked = s.asked.events or ()
    if s.id is None:
        refused(s, f"a subscription for {counted(len(asked), 'event')}: {', '.join(asked)}")
    answer, group = shown(play, "made")
    kept = group.get(v.events)
    if kept is None:
        raise Inconclusive(f"the printer does not tell {v.events}", (answer.where(),))
    expect(
        set(kept.texts()) == set(asked),
        expected=f"all {counted(len(asked), 'event')}: {', '.join(asked)}",
        actual=kept.show(),
        where=answer.where(kept),
    )


@case("N-06", on="events-excess")
def test_events_beyond_the_maximum_are_not_dropped_in_silence(play: PlayRecord) -> None:
    s, v = play.subscription.judgeable(), play.run_record.vocabulary
    if s.id is None:
        if s.asked.carrier is Carrier.JOB:
            accepted_job(play, s.creation)
        return  # an error tells it, too
    most = max(printer_numbers(play, v.max_events))
    answer, group = shown(play, "made")
    kept = group.get(v.events)
    expect(
        kept is None or len(kept.values) <= most,
        expected=f"an error, or a subscription for {counted(most, 'event')}, as {v.max_events} has it",
        actual=kept.show() if kept is not None else "",
        where=answer.where(kept),
    )
    expect(
        returned(s, v.events) is not None,
        expected=f"an error, or {v.events} with the excess among the unsupported attributes",
        actual=f"{s.creation.keyword} without it",
        where=s.creation.where(),
    )


@case("R-TooManyEvents-1", on="events-excess")
def test_a_subscription_with_too_many_events_is_made_with_those_that_fit(play: PlayRecord) -> None:
    s, v = play.subscription.judgeable(), play.run_record.vocabulary
    asked = s.asked.events or ()
    code = s.told_status
    excess = s.group.get(v.events) if s.group is not None else None
    number = "no number" if s.id is None else f"subscription {s.id}"
    expect(
        s.id is not None and excess is not None and code == Status.SUCCESSFUL_OK_TOO_MANY_EVENTS,
        expected=f"a number, the excess in {v.events}, and {STATUS_CODE} successful-ok-too-many-events (0x0005)",
        actual=f"{s.creation.keyword}, {number}, {status_words(code)}, "
        f"{excess.show() if excess is not None else 'no ' + v.events}",
        where=s.creation.where(excess),
    )
    answer, group = shown(play, "made")
    kept = attribute_of(answer, group, v.events)
    expect(
        sorted([*kept.texts(), *(excess.texts() if excess is not None else ())]) == sorted(asked),
        expected="each event either kept or reported",
        actual=f"{kept.show()}, reported {excess.show() if excess is not None else ''}",
        where=(s.creation.where(excess), answer.where(kept)),
    )


# ---------------------------------------------------------------- no room


@case("N-07", on="overfull")
def test_a_job_with_too_many_subscriptions_is_printed(play: PlayRecord) -> None:
    accepted_job(play, all_asked(play)[0].creation)


@case("N-07", on="overfull")
def test_a_job_keeps_no_more_subscriptions_than_the_printer_says(play: PlayRecord) -> None:
    asked = all_asked(play)
    answer = asked[0].creation
    if not answer.ok:
        raise Inconclusive(f"{answer.operation} answered {answer.keyword}", (answer.where(),))
    made, most = sum(s.id is not None for s in asked), len(asked) - 1
    expect(
        made <= most,
        expected=f"{counted(most, 'subscription')}, as {play.run_record.vocabulary.max_job_subscriptions} has it",
        actual=f"{made} made",
        where=answer.where(),
    )


@case("N-07", on="overfull")
def test_the_answer_tells_which_subscriptions_were_dropped(play: PlayRecord) -> None:
    asked = all_asked(play)
    answer = asked[0].creation
    dropped = [s for s in asked if s.id is None]
    if not answer.ok or not dropped:
        raise Inconclusive(f"{answer.keyword}, and {counted(len(dropped), 'subscription')} dropped", (answer.where(),))
    silent = [s.place + 1 for s in dropped if not reported(s)]
    expect(
        answer.status == IGNORED and not silent,
        expected="successful-ok-ignored-subscriptions (0x0003), and each dropped subscription reported",
        actual=answer.keyword
        + (f", nothing about subscription {', '.join(map(str, silent[:SHOWN]))}" if silent else ""),
        where=answer.where(),
    )


@case("N-08", on="full")
def test_a_full_printer_refuses_another_subscription(play: PlayRecord) -> None:
    last, most = all_asked(play)[-1], printer_numbers(play, play.run_record.vocabulary.max_printer_subscriptions)
    if last.id is not None:
        require_lease(play, all_asked(play)[0], last.creation)  # where answers are slow, the first give their places up
    expect(
        last.id is None,
        expected=f"no more than {counted(most[0], 'subscription')}, as the printer says",
        actual=f"{len(all_asked(play))} were made, the last is subscription {last.id}",
        where=last.creation.where(numbered(last)),
    )


@case("N-08", on="full")
def test_a_full_printer_keeps_those_it_has(play: PlayRecord) -> None:
    made = [s for s in all_asked(play) if s.id is not None]
    if len(made) == len(all_asked(play)):
        raise Inconclusive("the printer refused none")
    answer, listed = listed_numbers(play, "after")
    lost, unsure = list[SubscriptionRecord](), list[Inconclusive]()
    for s in (s for s in made if s.id not in listed):
        try:
            require_lease(play, s, answer)
        except Inconclusive as reason:
            unsure.append(reason)  # of those that were made first; a later one has no such reason
        else:
            lost.append(s)
    expect(
        not lost,
        expected=f"all {counted(len(made), 'subscription')} still there",
        actual=f"{len(lost)} gone, subscription {', '.join(str(s.id) for s in lost[:SHOWN])}",
        where=answer.where(),
    )
    if unsure:
        raise unsure[0]


@case("R-TooMany-1", on="full")
def test_a_full_printer_says_that_it_is_full(play: PlayRecord) -> None:
    last = all_asked(play)[-1]
    if last.id is not None:
        raise NotApplicable("no subscription was refused for want of room")
    _says_full(last)


@case("R-TooMany-1", on="overfull")
def test_a_full_job_says_that_it_is_full(play: PlayRecord) -> None:
    dropped = [s for s in all_asked(play) if s.id is None]
    if not dropped or not dropped[0].creation.ok:
        raise NotApplicable("no subscription was refused for want of room")
    _says_full(dropped[0])


def _says_full(left_out: SubscriptionRecord) -> None:
    group = granted_group(left_out.creation.message, left_out.place, left_out.vocabulary)
    expect(
        group is not None
        and group.tag == GroupTag.SUBSCRIPTION
        and left_out.told_status == Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS,
        expected=f"{STATUS_CODE} client-error-too-many-subscriptions (0x0415) in the group",
        actual=f"{left_out.creation.keyword}, {status_words(left_out.told_status)}",
        where=left_out.creation.where(),
    )
