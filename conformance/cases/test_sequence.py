"""Section 4.7: the sequence number, seen on the subscription and in application/ipp content."""

from __future__ import annotations

from itertools import pairwise

from conformance.counted import counted
from conformance.record.exchanges import Answer
from conformance.record.outcomes import Carrier
from conformance.record.run_record import PlayRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation, Where

from .case import case, expect
from .ipp_lookup import told
from .job_lookup import burst_of, contents_in, let_go, mails_about, mails_about_other_jobs, require_nobody_else
from .mail_lookup import essence, require_granted
from .order_lookup import machine_numbers


def _sequence(play: PlayRecord, label: str) -> tuple[Answer, int]:
    """The number that the printer told at that step."""
    play.subscription.created()
    answer, group = play.query(label)
    v = play.run_record.vocabulary
    name = v.find(group, v.sequence) if group is not None else None
    if group is None or name is None:
        raise Inconclusive(f"the printer does not tell {v.sequence}", (answer.where(),))
    attribute = group.get(name)
    number = attribute.value.integer if attribute else None
    if attribute is None or number is None:
        raise Violation(f"{name} (integer)", attribute.show() if attribute else "", (answer.where(attribute),))
    return answer, number


@case("4.7-1", on="sequence")
def test_the_printer_tells_a_sequence_number(play: PlayRecord) -> None:
    answer, group = told(play, "before")
    v = play.run_record.vocabulary
    expect(
        group is not None and v.find(group, v.sequence) is not None,
        expected=f"{v.sequence} on the subscription",
        actual="no such attribute" if group is not None else f"no subscription group ({answer.keyword})",
        where=answer.where(),
    )


@case("4.7-2", on="sequence")
def test_before_the_first_event_the_number_is_0(play: PlayRecord) -> None:
    _zero(play)


@case("4.7-2", on="fresh")
def test_before_the_first_event_of_a_job_the_number_is_0(play: PlayRecord) -> None:
    _zero(play)


def _zero(play: PlayRecord) -> None:
    answer, number = _sequence(play, "before")
    if number:
        _undisturbed(play)
    expect(number == 0, expected="0 before anything was sent", actual=str(number), where=answer.where())


@case("4.7-1", on="sequence")
def test_the_number_is_that_of_the_mails(play: PlayRecord) -> None:
    for n in (1, 2, 3):
        _counts_mails(play, f"after-{n}", n)


@case("4.7-1", on="job-sequence")
def test_the_number_of_a_job_subscription_is_that_of_the_mails(play: PlayRecord) -> None:
    _counts_mails(play, "after-1", 1)


def _counts_mails(play: PlayRecord, label: str, due: int) -> None:
    """The number is that of the mails that had come when it was asked, or more, but not more than came in all.

    A mail may be counted already and still be under way; one that came twice is one (S-once).
    """
    answer, number = _sequence(play, label)
    mails = play.subscription.mails
    came = {essence(mail) for mail in mails if mail.t <= answer.row.t_start}
    if len(came) < due and not play.missing_is_proven("s"):
        raise Inconclusive(f"{len(came)} of {counted(due, 'mail')} came in time")
    expect(
        len(came) <= number <= len(mails),
        expected=f"{len(came)}, the number of mails that came",
        actual=str(number),
        where=answer.where(),
    )


@case("4.7-1", on="burst")
def test_after_a_burst_the_number_is_that_of_the_events(play: PlayRecord) -> None:
    burst = burst_of(play)
    answer, number = _sequence(play, "after")
    came, due = sum(m.t <= burst.asked for m in burst.mails), len(burst.jobs)  # a mail may be lost, or tell of two
    expect(
        number == due or came <= number <= len(burst.mails),
        expected=" or ".join(map(str, sorted({came, due}))) + ", the number of notifications",
        actual=str(number),
        where=answer.where(),
    )


@case("4.7-3", on="per-printer-twins")
def test_each_of_two_subscriptions_counts_from_1(play: PlayRecord) -> None:
    one, other = play.subscription, play.subscriptions["t"].created()
    if len(mails_about(play, one, "j1")) != 2 or other.id in (None, one.id):
        raise Inconclusive("there are not two subscriptions with a mail each")
    for label in ("one", "other"):
        answer, number = _sequence(play, label)
        expect(number == 1, expected="1 on each after one event", actual=str(number), where=answer.where())


@case("4.7-3", on="sequence")
def test_the_first_number_is_1(play: PlayRecord) -> None:
    _first_is_1(play)


@case("4.7-3", on="job-sequence")
def test_the_first_number_of_a_job_subscription_is_1(play: PlayRecord) -> None:
    _first_is_1(play)


def _undisturbed(play: PlayRecord) -> None:
    """``Inconclusive`` where other mails came than those of the play's own events: the printer counts those as well."""
    mails, kinds = play.subscription.mails, [s.row.kind for s in play.steps]
    if play.subscription.asked.carrier is Carrier.PRINTER:
        came, due = len(mails), kinds.count("Print")
        if "Sentinel" in kinds:
            raise Inconclusive("a mail was late, and the job that was to prove it missing is counted as well")
    else:
        if mails_about_other_jobs(play.run_record):
            raise Inconclusive("this printer mails a job's subscriber about every job, and counts them all")
        sent, events = let_go(play).row.t, play.subscription.asked.events or ()
        came, due = sum(m.t < sent for m in mails), int("job-created" in events)
        if "job-state-changed" not in events:  # of which nobody knows how many there are
            came, due = len(mails), len(events)
    if came != due:
        raise Inconclusive(f"{counted(came, 'mail')} came for {counted(due, 'event')}")


def _first_is_1(play: PlayRecord) -> None:
    numbers = machine_numbers(play, play.subscription)
    if numbers:
        _, number, where = min(numbers, key=lambda told: told[1])  # one mail may overtake another
    else:
        play.subscription.some_mails()
        _undisturbed(play)
        answer, number = _sequence(play, "after-1")
        where = answer.where()
    expect(number == 1, expected="1 with the first notification", actual=str(number), where=where)


@case("4.7-4", on="sequence")
def test_the_numbers_have_no_gap(play: PlayRecord) -> None:
    numbers = machine_numbers(play, play.subscription)
    if numbers:
        _no_gap(_in_order([(number, where) for _, number, where in numbers]))
        return
    _undisturbed(play)
    told = []
    for n in (1, 2, 3):
        answer, number = _sequence(play, f"after-{n}")
        told.append((number, answer.where()))
    _no_gap(told)


@case("4.7-4", on="sequence-refused")
def test_a_mail_that_is_tried_again_costs_no_number(play: PlayRecord) -> None:
    unheard = [job for job in ("j1", "j2", "j3") if not mails_about(play, play.subscription, job)]
    if unheard:  # a printer may give up what was refused, or take its time
        raise NotApplicable(f"no mail came about {' and '.join(unheard)}, of which one was refused for the time being")
    numbers = machine_numbers(play, play.subscription)
    if len(numbers) < len(play.subscription.mails):
        raise Inconclusive("not every mail has a number that can be read")
    try:
        _no_gap(_in_order([(number, where) for _, number, where in numbers]))
    except Violation:
        require_nobody_else(play)  # the mail that was refused, and given up, may have been about his job
        raise


@case("4.7-4", on="job-sequence")
def test_the_numbers_of_a_job_subscription_have_no_gap(play: PlayRecord) -> None:
    numbers = machine_numbers(play, play.subscription)
    if not numbers:
        _sequence(play, "after-1")
        return
    _no_gap(_in_order([(number, where) for _, number, where in numbers]))


@case("4.7-4", on="burst-ipp")
def test_a_burst_is_numbered_without_gap_or_repetition(play: PlayRecord) -> None:
    burst_of(play)
    _no_gap(_in_order([(number, where) for _, number, where in machine_numbers(play, play.subscription)]))


@case("4.7-3", on="twins-ipp")
def test_the_first_number_of_each_of_two_subscriptions_is_1(play: PlayRecord) -> None:
    for numbers in _series(play):
        number, where = numbers[0]
        expect(number == 1, expected="1 first, for each subscription", actual=str(number), where=where)


@case("4.7-4", on="twins-ipp")
def test_the_numbers_of_each_of_two_subscriptions_have_no_gap(play: PlayRecord) -> None:
    for numbers in _series(play):
        _no_gap(_in_order(numbers))


def _series(play: PlayRecord) -> list[list[tuple[int, Where]]]:
    """The request-ids in application/ipp content, for each subscription that it names."""
    for subscription in play.subscriptions.values():
        subscription.created()
    series: dict[int, list[tuple[int, Where]]] = {}
    for mail in play.subscription.some_mails(2):
        for content in contents_in(mail, play.subscription):
            told = content.get("subscription-id", "notify-subscription-id")
            if told is not None and told.value.integer is not None:
                series.setdefault(told.value.integer, []).append((content.message.request_id, content.where))
    if len(series) < 2:
        require_granted(play, play.subscription)
        raise Inconclusive(f"{counted(len(series), 'subscription is', 'subscriptions are')} told in application/ipp")
    return list(series.values())


def _in_order(numbers: list[tuple[int, Where]]) -> list[tuple[int, Where]]:
    """The numbers as they rise: that one mail overtakes another is judged by itself."""
    return sorted(numbers, key=lambda told: told[0])


def _no_gap(numbers: list[tuple[int, Where]]) -> None:
    for (before, _), (after, where) in pairwise(numbers):
        expect(
            after == before + 1,
            expected=f"{before + 1} after {before}",
            actual=", ".join(str(n) for n, _ in numbers),
            where=where,
        )
