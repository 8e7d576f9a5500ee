"""What a client asks for is made from what the printer says it has."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record.outcomes import Asked
from conformance.scenarios.steps import Ask
from conformance.vocabulary import NTFY_01, RFC3995
from conformance.wire import ipp
from conformance.wire.registry import GroupTag
from fakes.stage.ixit import OPERATION_GROUP, SUBSCRIPTION_GROUP, Ixit, IxitError
from fakes.stage.live_subscription import NotPlayable
from fakes.stage.requests import (
    LASTING,
    LASTING_LONG,
    LeaseRange,
    carried,
    events_of,
    lease_range,
    one_too_many,
    operation_group,
    subscription_group,
)

RANGES = st.lists(
    st.tuples(st.integers(0, 100_000), st.integers(0, 100_000)).map(lambda pair: (min(pair), max(pair))), min_size=1
)


def printer(*attributes: ipp.Attribute) -> ipp.Group:
    return ipp.Group(GroupTag.PRINTER, attributes)


@given(RANGES)
def test_a_lease_that_is_asked_for_as_supported_is_supported(ranges: list[tuple[int, int]]) -> None:
    lease = LeaseRange(tuple(ranges))
    for wish in ("inside", "short", "long"):
        try:
            seconds = lease.asked(wish)
        except LookupError:
            continue
        assert seconds is not None
        assert any(low <= seconds <= high for low, high in ranges)


@given(RANGES)
def test_a_long_lease_is_at_least_twice_a_short_one(ranges: list[tuple[int, int]]) -> None:
    lease = LeaseRange(tuple(ranges))
    longest = max(high for _, high in ranges)
    shortest = min((max(low, 3) for low, high in ranges if high >= 3), default=longest)
    try:
        short, long = lease.asked("short"), lease.asked("long")
    except LookupError:
        assert longest < 2 * shortest or longest < 3
        return
    assert short is not None
    assert long is not None
    assert shortest == short
    assert 2 * short <= long <= longest


@given(RANGES)
def test_a_lasting_lease_lasts_if_the_printer_grants_any_that_do(ranges: list[tuple[int, int]]) -> None:
    lasting, longest = LeaseRange(tuple(ranges)).asked("lasting"), max(high for _, high in ranges)
    assert lasting is not None
    assert any(low <= lasting <= high for low, high in ranges)
    assert lasting >= LASTING or lasting == longest


@given(RANGES)
def test_a_lasting_lease_is_lengthened_once_if_the_printer_grants_longer_ones(ranges: list[tuple[int, int]]) -> None:
    lease = LeaseRange(tuple(ranges))
    before, longer = lease.asked("lasting"), lease.lengthened()
    assert before is not None
    if longer is None:
        assert before >= LASTING_LONG or before == max(high for _, high in ranges)
        return
    after = longer.asked("lasting")
    assert after is not None
    assert after > before
    assert longer.lengthened() is None


@given(RANGES)
def test_a_lease_beyond_the_range_is_beyond_it(ranges: list[tuple[int, int]]) -> None:
    lease = LeaseRange(tuple(ranges))
    above = lease.asked("above")
    assert above is not None
    assert above > max(high for _, high in ranges)
    if min(low for low, _ in ranges) >= 2:
        below = lease.asked("below")
        assert below is not None
        assert 0 < below < min(low for low, _ in ranges)
    else:
        with pytest.raises(LookupError, match="without being 0"):
            lease.asked("below")


def test_numbers_and_ranges_of_leases_are_read_alike() -> None:
    name = RFC3995.lease_supported
    assert lease_range(printer(ipp.range_of_integer(name, (60, 600))), RFC3995) == LeaseRange(((60, 600),))
    assert lease_range(printer(ipp.integer(name, 60, 3600)), RFC3995) == LeaseRange(((60, 60), (3600, 3600)))
    assert lease_range(printer(), RFC3995).low is None


def test_a_lease_between_two_numbers_is_not_asked_for_as_supported() -> None:
    assert LeaseRange(((60, 60), (3600, 3600))).asked("inside") == 3600


def test_as_many_events_are_asked_for_as_every_printer_takes() -> None:
    listed = ipp.keyword("notify-events-supported", "none", *(f"job-{n}" for n in range(9)))
    assert len(events_of(printer(listed), NTFY_01, Ask(event_count="required")) or ()) == 5
    assert len(events_of(printer(listed), RFC3995, Ask(event_count="required")) or ()) == 2


def test_the_event_none_is_never_among_many() -> None:
    listed = ipp.keyword("notify-events-supported", "none", "job-created", "job-completed", "none")
    assert events_of(printer(listed), RFC3995, Ask(event_count="required")) == ("job-created", "job-completed")


def test_one_event_more_than_the_maximum_is_asked_for_where_there_is_one() -> None:
    listed = ipp.keyword("notify-events-supported", *(f"job-{n}" for n in range(6)))
    most = ipp.integer("max-events-supported", 5)
    assert len(events_of(printer(listed, most), NTFY_01, Ask(event_count="most")) or ()) == 5
    assert len(events_of(printer(listed, most), NTFY_01, Ask(event_count="excess")) or ()) == 6
    with pytest.raises(NotPlayable, match="6 events"):
        events_of(printer(listed, replace(most, values=ipp.integer("x", 6).values)), NTFY_01, Ask(event_count="excess"))


def test_a_printer_that_names_no_maximum_is_not_asked_for_more() -> None:
    listed = ipp.keyword("notify-events-supported", "job-created", "job-completed")
    with pytest.raises(NotPlayable, match="max-events-supported"):
        events_of(printer(listed), NTFY_01, Ask(event_count="excess"))


@pytest.mark.parametrize(
    ("listed", "why"),
    [((), "sets no limit"), ((0,), "sets no limit"), ((65,), "raise max-fill")],
    ids=["nothing", "zero", "many"],
)
def test_a_printer_is_filled_only_where_it_holds_few(listed: tuple[int, ...], why: str) -> None:
    attributes = [ipp.integer("max-printer-subscriptions-supported", *listed)] if listed else []
    with pytest.raises(NotPlayable, match=why):
        one_too_many(printer(*attributes), "max-printer-subscriptions-supported", 64)


def test_one_subscription_too_many_is_one_more_than_it_holds() -> None:
    attribute = ipp.integer("max-printer-subscriptions-supported", 64)
    assert one_too_many(printer(attribute), "max-printer-subscriptions-supported", 64) == 65


# ---------------------------------------------------------------- where subscriptions stand in a request

OPERATION = operation_group("ipp://printer.example/ipp/print", "Bob Jones")
ONE, OTHER = (
    subscription_group(Asked("s", f"{name}@x.example", recipient=f"mailto:{name}@x.example"), NTFY_01) for name in "ab"
)


def test_subscriptions_have_groups_of_their_own() -> None:
    assert carried(SUBSCRIPTION_GROUP, OPERATION, [ONE, OTHER], job_creation=True) == [OPERATION, ONE, OTHER]


def test_a_subscription_stands_in_the_operation_group_where_the_ixit_says_so() -> None:
    (group,) = carried(OPERATION_GROUP, OPERATION, [ONE], job_creation=False)
    assert group.tag == GroupTag.OPERATION
    assert tuple(group) == (*OPERATION, *ONE)


def test_the_operation_group_holds_one_subscription_alone() -> None:
    with pytest.raises(NotPlayable, match="room for one subscription alone"):
        carried(OPERATION_GROUP, OPERATION, [ONE, OTHER], job_creation=False)


def test_subscriptions_of_a_job_stand_in_collections_of_the_operation_group() -> None:
    (group,) = carried(OPERATION_GROUP, OPERATION, [ONE, OTHER], job_creation=True)
    notify = group.get("job-notify")
    assert notify is not None
    assert [value.members for value in notify.values] == [tuple(ONE), tuple(OTHER)]
    assert ipp.decode(ipp.encode(ipp.Message(2, 1, (group,)))).problem is None


def test_a_request_without_subscriptions_is_the_same_for_every_carrier() -> None:
    assert carried(OPERATION_GROUP, OPERATION, [], job_creation=True) == [OPERATION]


def test_the_ixit_names_a_carrier_that_there_is() -> None:
    assert Ixit.of({"carrier": "operation-group"}, "bench.toml").carrier == OPERATION_GROUP
    with pytest.raises(
        IxitError, match=r"bench\.toml: carrier must be subscription-group or operation-group, not 'pigeon'"
    ):
        Ixit.of({"carrier": "pigeon"}, "bench.toml")


@given(RANGES)
def test_where_answers_are_slow_no_lease_is_over_before_it_is_read(ranges: list[tuple[int, int]]) -> None:
    lease = LeaseRange(tuple(ranges)).answered_in(10.0)
    longest = max(high for _, high in ranges)
    shortest = lease.asked("min")
    assert shortest is not None
    assert any(low <= shortest <= high for low, high in ranges) or longest < 2
    assert shortest >= 30 or shortest == longest or longest < 2
    if longest >= 60 and any(low <= 30 and high >= 60 for low, high in ranges):
        short = lease.asked("short")
        assert short is not None
        assert 30 <= short <= longest
    if 2 <= min(low for low, _ in ranges) < 30:
        with pytest.raises(LookupError, match="over before this printer answers"):
            lease.asked("below")


def test_quick_answers_leave_leases_as_they_are() -> None:
    lease = LeaseRange(((2, 86_400),))
    assert lease.answered_in(0.1) == lease
    assert lease.asked("min") == 2
