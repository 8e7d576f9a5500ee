"""Section 4.9, and the lease rules of the base specification that section 7 item 1 pulls in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.counted import counted
from conformance.record.clock_steps import step
from conformance.record.exchanges import Answer, lease_told, told_group
from conformance.record.outcomes import Renewed
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import HINDERED, PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.requirements import Otherwise
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire import ipp
from conformance.wire.registry import GroupTag

from .case import case, expect
from .ipp_lookup import CLOCKS as GRACE
from .ipp_lookup import GONE, refused, shown, told
from .job_lookup import job_of, jobs_of, of_none
from .mail_lookup import is_anothers, makes_any


@dataclass(frozen=True, slots=True)
class _Lease:
    """A lease as the printer told it: its seconds from the grant on, ``None`` without end; ``grace`` is how far off.

    Each clock was read somewhere within an exchange, which may take its time, and may go by larger steps (B02).
    """

    answer: Answer
    seconds: float | None
    told: str
    grace: float

    def is_about(self, low: float, high: float | None = None) -> bool:
        """Whether it has an end, and lies within these bounds, or is that one."""
        most = low if high is None else high
        return self.seconds is not None and low - self.grace <= self.seconds <= most + self.grace


def _grace(play: PlayRecord) -> int:
    """How far off the clock of this printer may be: more than others' where it goes by larger steps (B02)."""
    return GRACE if play.chose(Otherwise.B02_SECONDS) else GRACE + step(play.run_record) - 1


def _granted(play: PlayRecord) -> _Lease:
    """The lease, as told right after it was granted."""
    v = play.run_record.vocabulary
    answer, group = told(play, "granted")
    attribute = group.get(v.lease_expiration) if group is not None else None
    if attribute is not None:
        end = attribute.value.integer
        if end is None:
            raise Violation(f"{v.lease_expiration} (integer)", attribute.show(), (answer.where(attribute),))
        now = _up_time(play)
        since, slack = _since_the_grant(play)
        how = f"{v.lease_expiration} {end} at printer-up-time {now}"
        return _Lease(answer, end - now + since if end else None, how, _grace(play) + slack)
    duration = group.get(v.lease_requested) if group is not None else None
    if duration is None or duration.value.integer is None:
        raise Inconclusive(f"the printer tells neither {v.lease_expiration} nor {v.lease_requested}", (answer.where(),))
    return _Lease(answer, duration.value.integer or None, duration.show(), _grace(play))


def _since_the_grant(play: PlayRecord) -> tuple[float, float]:
    """Seconds between the grant and the reading of the clock beside it, each in the middle of its exchange, and slack.

    The slack is half of what both exchanges took.
    """
    asked = play.labelled("granted")
    granted = [
        s for s in play.steps if s.row.kind in ("Subscribe", "Print", "Renew") and s.row.t < asked.row.t and s.answers
    ]
    if not granted:
        return 0.0, 0.0
    one, other = granted[-1].answers[0].row, asked.answers[-1].row
    took = (one.t_end - one.t_start + other.t_end - other.t_start) / 2e9
    return (other.t_start + other.t_end - one.t_start - one.t_end) / 2e9, took


def _up_time(play: PlayRecord, label: str = "granted") -> int:
    """printer-up-time, asked right after the subscription was."""
    for other in play.labelled(label).answers:
        printer = other.message.first(GroupTag.PRINTER)
        up = printer.get("printer-up-time") if printer is not None else None
        if up is not None and (now := up.value.integer) is not None:
            return now
    raise Inconclusive("the printer does not tell its printer-up-time")


def _range(play: PlayRecord) -> tuple[int, int]:
    v = play.run_record.vocabulary
    attribute = (play.run_record.printer or ipp.Group(GroupTag.PRINTER)).get(v.lease_supported)
    numbers = [*attribute.integers()] if attribute else []
    for value in attribute.values if attribute else ():
        numbers += value.range or ()
    if not numbers:
        raise Inconclusive(f"the printer does not list {v.lease_supported}")
    return min(numbers), max(numbers)


@case("4.9-1", on="lease")
def test_the_subscription_tells_when_its_lease_ends(play: PlayRecord) -> None:
    v = play.run_record.vocabulary
    answer, group = told(play, "granted")
    expect(
        group is not None and v.lease_expiration in group,
        expected=f"{v.lease_expiration} on a per-printer subscription",
        actual="no such attribute" if group is not None else f"no subscription group ({answer.keyword})",
        where=answer.where(),
    )


@case("4.9-1", on="lease-inside")
def test_the_end_is_now_plus_the_lease(play: PlayRecord) -> None:
    lease, asked = _granted(play), play.subscription.asked.lease
    if asked is None:
        raise NotApplicable("no lease was asked for")
    expect(
        lease.is_about(asked),
        expected=f"an end {asked} s from now, give or take {lease.grace:.0f}",
        actual=lease.told,
        where=lease.answer.where(),
    )


@case("N-12", on="lease-zero")
def test_a_lease_without_end_is_granted_only_if_it_is_supported(play: PlayRecord) -> None:
    _in_range(play)


@case("N-12", on="renewed")
def test_a_renewed_lease_is_brought_into_the_range(play: PlayRecord) -> None:
    _renewed(play)
    _in_range(play)


@case("N-12", on="lease-below")
def test_a_lease_below_the_range_is_brought_into_it(play: PlayRecord) -> None:
    _in_range(play)


@case("N-12", on="lease-above")
def test_a_lease_above_the_range_is_brought_into_it(play: PlayRecord) -> None:
    _in_range(play)


def _in_range(play: PlayRecord) -> None:
    low, high = _range(play)
    s = makes_any(play)
    if s.id is None:
        refused(s, f"a subscription with a lease from {low} to {high} s")
    lease = _granted(play)
    expect(
        low == 0 if lease.seconds is None else lease.is_about(low, high),
        expected=f"a lease from {low} to {high} s",
        actual=lease.told,
        where=lease.answer.where(),
    )


def _renewed(play: PlayRecord, label: str = "renewed") -> Answer:
    """The answer to Renew-Subscription; ``Inconclusive`` when it was refused, which is judged by N-01."""
    play.subscription.created()
    answer = play.labelled(label).answer.judgeable()
    if not answer.ok:
        raise Inconclusive(f"{answer.operation} answered {answer.keyword}", (answer.where(),))
    return answer


@case("R-Lease-1", on="lease-asked")
def test_a_lease_with_an_end_is_never_granted_without(play: PlayRecord) -> None:
    lease = _granted(play)
    expect(
        lease.seconds is not None,
        expected=f"a lease with an end, since {play.subscription.asked.lease} s were asked for",
        actual=lease.told,
        where=lease.answer.where(),
    )


@case("R-Lease-2", on="lease-below")
def test_a_lease_too_short_becomes_the_shortest(play: PlayRecord) -> None:
    _nearest(play)


@case("R-Lease-2", on="lease-above")
def test_a_lease_too_long_becomes_the_longest(play: PlayRecord) -> None:
    _nearest(play)


def _nearest(play: PlayRecord) -> None:
    asked = play.subscription.asked.lease
    low, high = _range(play)
    if asked is None:
        raise NotApplicable("no lease was asked for")
    nearest = low if asked < low else high
    lease = _granted(play)
    expect(
        lease.is_about(nearest),
        expected=f"{nearest} s, the nearest lease that is supported",
        actual=lease.told,
        where=lease.answer.where(),
    )


@case("N-13", on="renewed-omitted")
def test_renewing_without_a_lease_grants_the_default(play: PlayRecord) -> None:
    _renewed(play)
    _is_default(play)


@case("N-13", on="lease-omitted")
def test_an_omitted_lease_is_the_default(play: PlayRecord) -> None:
    _is_default(play)


def _is_default(play: PlayRecord) -> None:
    v = play.run_record.vocabulary
    default = (play.run_record.printer or ipp.Group(GroupTag.PRINTER)).get(v.lease_default)
    default_seconds = default.value.integer if default else None
    if default_seconds is None:
        raise Inconclusive(f"the printer does not list {v.lease_default}")
    lease = _granted(play)
    expect(
        lease.seconds is None if default_seconds == 0 else lease.is_about(default_seconds),
        expected=f"{v.lease_default}, {default_seconds} s",
        actual=lease.told,
        where=lease.answer.where(),
    )


@case("N-12", "4.9-1", on="lease-ends")
def test_the_subscription_is_gone_when_its_lease_has_ended(play: PlayRecord) -> None:
    play.subscription.created()
    _is_gone(play)


def _is_gone(play: PlayRecord) -> None:
    answer, group = play.query("after-end")
    if group is not None and is_anothers(play.subscription, group):
        return  # the number is another's by now, so that this one is gone
    expect(
        answer.status in GONE and group is None,
        expected="client-error-not-found one second after the end of the lease",
        actual=answer.keyword,
        where=answer.where(),
    )


@case("N-12", on="lease-ends")
def test_no_mail_comes_after_the_lease_has_ended(play: PlayRecord) -> None:
    s = play.subscription.created()
    play.proven_silence()
    ended = play.labelled("after-end").row.t
    jobs = [job for other in play.run_record.plays.values() for job in jobs_of(other)]
    earlier = [job for job in jobs if job.made.row.t_start <= ended]
    # An event from before the end may be mailed after it: the mail path may be slow, or a first attempt refused.
    late = [m for m in s.mails if m.t > ended and not any(job.named_in(m.said) for job in earlier)]
    later = [m for m in late if any(job.named_in(m.said) for job in jobs)]
    expect(
        not later,
        expected="no mail after the end of the lease",
        actual=counted(len(later), "mail"),
        where=tuple(mail.where() for mail in later),
    )
    if unclear := of_none(late, earlier, s.mails):
        raise Inconclusive(
            "a mail came after the end of the lease that does not say which job it is about",
            tuple(mail.where() for mail in unclear),
        )


# ---------------------------------------------------------------- until the end, and not only for a while


@case("N-12", "4.9-1", on="lease-lasts")
def test_an_event_near_the_end_of_the_lease_is_mailed(play: PlayRecord) -> None:
    _is_mailed(play, play.subscription, "near-the-end", _left(play))


@case("N-12", "4.9-1", on="lease-lasts")
def test_the_subscription_can_be_read_near_the_end_of_its_lease(play: PlayRecord) -> None:
    _is_read(play, "read-near-the-end", _left(play))


@case("N-01", "N-12", on="lease-lasts")
def test_an_event_near_the_end_of_the_renewed_lease_is_mailed(play: PlayRecord) -> None:
    again = play.subscriptions["r"].created()
    renewed = _renewed(play)
    _is_mailed(play, again, "near-the-new-end", lambda then: _seconds_left(play, renewed, then))


@case("N-01", "N-12", on="lease-lasts")
def test_the_subscription_can_be_read_near_the_end_of_its_renewed_lease(play: PlayRecord) -> None:
    play.subscriptions["r"].created()
    renewed = _renewed(play)
    _is_read(play, "read-near-the-new-end", lambda then: _seconds_left(play, renewed, then))


Left = Callable[[Answer], float]


def _left(play: PlayRecord) -> Left:
    """Seconds that were left of the lease as it was granted, at the end of that exchange."""
    lease = _granted(play)
    seconds = lease.seconds
    if seconds is None:
        raise Inconclusive(f"the lease has no end: {lease.told}")
    return lambda then: seconds - (then.row.t_end - play.subscription.creation.row.t_start) / 1e9


def _require_time(play: PlayRecord, answer: Answer, left: Left) -> None:
    """``Inconclusive`` where the lease may have ended before: by the printer's clock that is up to a step earlier."""
    seconds, steps = left(answer), step(play.run_record)
    if seconds <= steps:
        why = f" by a clock that goes by {steps} s" if steps > 1 else ""
        when = f"{abs(seconds):.1f} s {'before' if seconds >= 0 else 'after'} the end"
        raise Inconclusive(f"{answer.operation} was answered {when}, which is too late to say{why}", (answer.where(),))


def _is_mailed(play: PlayRecord, s: SubscriptionRecord, label: str, left: Left) -> None:
    s.created()
    _require_time(play, play.labelled(label).answer, left)
    job = next((job for job in jobs_of(play) if job.label == label), None)
    if job is None:
        raise Inconclusive(f"the printer answered {play.labelled(label).answer.keyword} and made no job")
    about = [mail for mail in s.mails if job_of(mail, [job]) is not None]
    unnamed = [mail for mail in s.mails if mail.t > job.made.row.t_start and not _names_a_job(play, mail)]
    if not about and unnamed:
        raise Inconclusive("a mail came that does not say which job it is about", (unnamed[0].where(),))
    if not about:
        play.proven_silence()
        # mails may wait behind one that was refused: since the last one came
        began = job.made.row.t_start
        since = max((mail.t for mail in s.mails if mail.t < began), default=began)
        if (session := play.hindered(since)) is not None:
            raise Inconclusive(HINDERED, (session.where(),))
    expect(
        bool(about),
        expected=f"a mail about job {job.id}, created {left(job.made):.1f} s before the end of the lease",
        actual="none, while that of a later event came",
        where=(s.creation.where(), job.made.where()),
    )


def _names_a_job(play: PlayRecord, mail: ReceivedMail) -> bool:
    """Whether a mail is about one job of the run that is known by now."""
    jobs = [job for other in play.run_record.plays.values() for job in jobs_of(other)]
    return any(job.named_in(mail.said) or job.numbered_in(mail) for job in jobs)


def _is_read(play: PlayRecord, label: str, left: Left) -> None:
    answer, group = play.query(label)
    _require_time(play, answer, left)
    expect(
        group is not None,
        expected=f"the subscription, {left(answer):.1f} s before the end of its lease",
        actual=answer.keyword,
        where=answer.where(),
    )


# ---------------------------------------------------------------- renewing, in time and too late


@case("N-01", "N-12", on="renewed-in-time")
def test_a_renewed_subscription_outlives_its_old_lease(play: PlayRecord) -> None:
    renewed = _renewed(play)
    step = play.labelled("past-the-old-end")
    if not step.answers:
        raise Inconclusive("the subscription was not asked about after its old end")
    answer, group = play.query("past-the-old-end")
    left = _seconds_left(play, renewed, answer)
    if left <= _grace(play):
        raise Inconclusive(
            f"the subscription was asked about {left:.1f} s before its new end, which is too late to say by a clock "
            f"that may be {_grace(play)} s off"
        )
    expect(
        group is not None,
        expected=f"the subscription, renewed until {left:.1f} s from now",
        actual=answer.keyword,
        where=(renewed.where(), answer.where()),
    )


@case("4.9-1", on="renewed-in-time")
def test_the_end_moves_when_the_lease_is_renewed(play: PlayRecord) -> None:
    renewed = _renewed(play)
    answer, group = shown(play, "past-the-old-end")
    name = play.run_record.vocabulary.lease_expiration
    attribute = group.get(name)
    end = attribute.value.integer if attribute is not None else None
    if end is None:
        raise Inconclusive(f"the printer does not tell {name}", (answer.where(),))
    now, clock = _up_time(play, "past-the-old-end"), play.labelled("past-the-old-end").answers[-1]
    left = _seconds_left(play, renewed, clock)  # at least, by the longest that may have passed
    slack = (renewed.row.t_end - renewed.row.t_start + clock.row.t_end - clock.row.t_start) / 1e9
    expect(
        left - _grace(play) <= end - now <= left + slack + _grace(play),
        expected=f"an end {left:.1f} s from now, give or take {_grace(play) + slack:.0f}, as it was renewed",
        actual=f"{name} {end} at printer-up-time {now}",
        where=(renewed.where(), answer.where(attribute)),
    )


def _seconds_left(play: PlayRecord, renewed: Answer, then: Answer) -> float:
    """What is left of a renewed lease at a later answer, by our clock."""
    asked = play.labelled("renewed").came_of(Renewed).lease
    v = play.run_record.vocabulary
    group = told_group(renewed.message, v)
    granted = lease_told(group, v) if group is not None else None
    if granted is None:
        granted = asked
    if not granted:
        raise Inconclusive("the answer to Renew-Subscription tells no lease with an end", (renewed.where(),))
    return float(granted) - (then.row.t_end - renewed.row.t_start) / 1e9


@case("N-12", "4.9-1", on="renewed-in-time")
def test_a_renewed_subscription_is_gone_when_its_new_lease_has_ended(play: PlayRecord) -> None:
    _renewed(play)
    _is_gone(play)


@case("N-12", on="renewed-too-late")
def test_a_subscription_that_has_ended_cannot_be_renewed(play: PlayRecord) -> None:
    play.subscription.created()
    answer = play.labelled("too-late").answer.judgeable()
    _, group = play.query("after-end")
    if group is not None and is_anothers(play.subscription, group):
        raise Inconclusive("the number is another subscription's by now", (answer.where(),))
    expect(
        not answer.ok,
        expected="client-error-not-found, since the lease has ended",
        actual=answer.keyword,
        where=answer.where(),
    )
    _is_gone(play)
