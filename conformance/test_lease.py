"""Section 4.9, and the lease rules of the base specification that section 7 item 1 pulls in."""

from __future__ import annotations

from .case import case, expect
from .story import Answer, PlayStory
from .verdict import Inconclusive, NotApplicable, Violation
from .wire import ipp
from .wire.registry import GroupTag, Status

GRACE = 2  # seconds: two whole-second clocks read one after the other may differ by that


def _granted(play: PlayStory) -> tuple[Answer, int | None, str]:
    """The answer that tells the lease, its seconds from then on (``None``: without end), and how it was told."""
    play.subscription.created()
    v = play.story.vocabulary
    answer, group = play.query("granted")
    attribute = group.get(v.lease_expiration) if group is not None else None
    if attribute is not None:
        end = attribute.value.integer
        if end is None:
            raise Violation(f"{v.lease_expiration} (integer)", attribute.show(), (answer.where(attribute),))
        now = _up_time(play)
        return answer, end - now if end else None, f"{v.lease_expiration} {end} at printer-up-time {now}"
    duration = group.get(v.lease_requested) if group is not None else None
    if duration is None or duration.value.integer is None:
        raise Inconclusive(f"the printer tells neither {v.lease_expiration} nor {v.lease_requested}", (answer.where(),))
    return answer, duration.value.integer or None, duration.show()


def _up_time(play: PlayStory) -> int:
    """printer-up-time, asked right after the subscription was."""
    for other in play.labelled("granted").answers:
        printer = other.message.first(GroupTag.PRINTER)
        up = printer.get("printer-up-time") if printer is not None else None
        if up is not None and (now := up.value.integer) is not None:
            return now
    raise Inconclusive("the printer does not tell its printer-up-time")


def _range(play: PlayStory) -> tuple[int, int]:
    v = play.story.vocabulary
    attribute = (play.story.printer or ipp.Group(GroupTag.PRINTER)).get(v.lease_supported)
    numbers = [*attribute.integers()] if attribute else []
    for value in attribute.values if attribute else ():
        numbers += value.range or ()
    if not numbers:
        raise Inconclusive(f"the printer does not list {v.lease_supported}")
    return min(numbers), max(numbers)


@case("4.9-1", on="lease")
def test_the_subscription_tells_when_its_lease_ends(play: PlayStory) -> None:
    play.subscription.created()
    v = play.story.vocabulary
    answer, group = play.query("granted")
    expect(
        group is not None and v.lease_expiration in group,
        expected=f"{v.lease_expiration} on a per-printer subscription",
        actual="no such attribute" if group is not None else f"no subscription group ({answer.keyword})",
        where=answer.where(),
    )


@case("4.9-1", on="lease-inside")
def test_the_end_is_now_plus_the_lease(play: PlayStory) -> None:
    answer, seconds, told = _granted(play)
    asked = play.subscription.asked.get("lease")
    if asked is None:
        raise NotApplicable("no lease was asked for")
    expect(
        seconds is not None and abs(seconds - asked) <= GRACE,
        expected=f"an end {asked} s from now, give or take {GRACE}",
        actual=told,
        where=answer.where(),
    )


@case("N-12", on="lease-below")
def test_a_lease_below_the_range_is_brought_into_it(play: PlayStory) -> None:
    _in_range(play)


@case("N-12", on="lease-above")
def test_a_lease_above_the_range_is_brought_into_it(play: PlayStory) -> None:
    _in_range(play)


def _in_range(play: PlayStory) -> None:
    low, high = _range(play)
    s = play.subscription
    expect(
        s.id is not None,
        expected=f"a subscription with a lease from {low} to {high} s",
        actual=f"{s.creation.operation} answered {s.creation.keyword}",
        where=s.creation.where(),
    )
    answer, seconds, told = _granted(play)
    expect(
        low == 0 if seconds is None else low - GRACE <= seconds <= high + GRACE,
        expected=f"a lease from {low} to {high} s",
        actual=told,
        where=answer.where(),
    )


@case("N-13", on="lease-omitted")
def test_an_omitted_lease_is_the_default(play: PlayStory) -> None:
    v = play.story.vocabulary
    default = (play.story.printer or ipp.Group(GroupTag.PRINTER)).get(v.lease_default)
    default_seconds = default.value.integer if default else None
    if default_seconds is None:
        raise Inconclusive(f"the printer does not list {v.lease_default}")
    answer, granted, told = _granted(play)
    expect(
        granted is None if default_seconds == 0 else granted is not None and abs(granted - default_seconds) <= GRACE,
        expected=f"{v.lease_default}, {default_seconds} s",
        actual=told,
        where=answer.where(),
    )


@case("N-12", "4.9-1", on="lease-ends")
def test_the_subscription_is_gone_when_its_lease_has_ended(play: PlayStory) -> None:
    play.subscription.created()
    answer, group = play.query("after-end")
    expect(
        answer.status in (Status.CLIENT_ERROR_NOT_FOUND, Status.CLIENT_ERROR_GONE) and group is None,
        expected="client-error-not-found one second after the end of the lease",
        actual=answer.keyword,
        where=answer.where(),
    )


@case("N-12", on="lease-ends")
def test_no_mail_comes_after_the_lease_has_ended(play: PlayStory) -> None:
    s = play.subscription.created()
    play.proven_silence()
    ended = play.labelled("after-end").row.t
    late = [letter for letter in s.letters if letter.t > ended]
    expect(
        not late,
        expected="no mail after the end of the lease",
        actual=f"{len(late)} mails",
        where=tuple(letter.where() for letter in late),
    )
