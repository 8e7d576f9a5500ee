"""What a subscription is asked for in, and what is told of it once it is there, in both vocabularies."""

from __future__ import annotations

import pytest

from conformance.vocabulary import NTFY_01, RFC3995, Vocabulary
from conformance.wire import ipp
from conformance.wire.ipp import Group
from conformance.wire.registry import GroupTag, JobState, Operation, Status, ValueTag

from .printer_bench import STEADY, VOCABULARIES, PrinterBench, at, made, shown, speaking

BOTH = pytest.mark.parametrize("names", VOCABULARIES, ids=lambda v: str(v.name))
SUBSTITUTED = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES


def up_time(group: Group) -> int:
    attribute = group.get("notify-printer-up-time")
    assert attribute is not None
    assert attribute.value.integer is not None
    return attribute.value.integer


# ---------------------------------------------------------------- what a subscription says of itself


def test_a_subscription_in_the_words_of_the_drafts() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.subscribe()
        group = message.first(GroupTag.SUBSCRIPTION)
        assert group is not None
        assert [a.name for a in group] == [
            "subscription-id",
            "notify-lease-expiration-time",
            "notify-printer-up-time",
            "notify-persistence-granted",
        ]
        described = await bench.attributes(bench.id_of(message))
        now = up_time(described)
        assert shown(described) == [
            "notify-recipient='mailto:a@recipient.example'",
            "notify-events='job-completed'",
            ipp.octet_string("subscriber-user-data", b"jones@acme.com").show(),
            "notify-charset='utf-8'",
            "notify-natural-language='en'",
            "notify-format='text/plain'",
            "subscription-id=1",
            "request-id=0",
            f"notify-lease-expiration-time={now + 3600}",
            f"notify-printer-up-time={now}",
            f"printer-uri={bench.uri!r}",
            "subscriber-user-name='jones'",
            "notify-persistence-granted=False",
        ]

    at(speaking(NTFY_01), play)


def test_a_subscription_in_the_words_of_rfc_3995() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.subscribe()
        assert shown(message.first(GroupTag.SUBSCRIPTION)) == ["notify-subscription-id=1", "notify-lease-duration=3600"]
        described = await bench.attributes(1)
        now = up_time(described)
        assert shown(described) == [
            "notify-recipient-uri='mailto:a@recipient.example'",
            "notify-events='job-completed'",
            ipp.octet_string("notify-user-data", b"jones@acme.com").show(),
            "notify-charset='utf-8'",
            "notify-natural-language='en'",
            "notify-format='text/plain'",
            "notify-lease-duration=3600",
            "notify-subscription-id=1",
            "notify-sequence-number=0",
            f"notify-lease-expiration-time={now + 3600}",
            f"notify-printer-up-time={now}",
            f"notify-printer-uri={bench.uri!r}",
            "notify-subscriber-user-name='jones'",
        ]

    at(speaking(RFC3995), play)


def test_a_per_job_subscription_of_rfc_3995_names_its_job() -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job(hold=True)
        message = await bench.ask(
            Operation.CREATE_JOB_SUBSCRIPTIONS, ipp.integer("notify-job-id", job), groups=(bench.wish(),)
        )
        assert shown(message.first(GroupTag.SUBSCRIPTION)) == ["notify-subscription-id=1"]
        assert f"notify-job-id={job}" in shown(await bench.attributes(1))

    at(speaking(RFC3995), play)


@BOTH
def test_requested_attributes_are_names_and_groups(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        mine = await bench.subscription()
        id_ = ipp.integer(names.subscription_id, mine)
        for wanted, count in ((["notify-events", "no-such-thing"], 1), (["all"], 13), (["subscription-template"], 0)):
            message = await bench.ask(
                Operation.GET_SUBSCRIPTION_ATTRIBUTES, id_, ipp.keyword("requested-attributes", *wanted)
            )
            assert message.code == Status.SUCCESSFUL_OK
            group = message.first(GroupTag.SUBSCRIPTION)
            assert group is not None
            assert len(group.attributes) == count or (
                count == 0 and names.events in group and names.sequence not in group
            )

    at(speaking(names), play)


def test_the_drafts_take_the_subscription_id_from_the_subscription_group_too() -> None:
    async def play(bench: PrinterBench) -> None:
        mine = ipp.integer("subscription-id", await bench.subscription())
        wanted = ipp.keyword("requested-attributes", "request-id")
        message = await bench.ask(
            Operation.GET_SUBSCRIPTION_ATTRIBUTES, groups=(Group(GroupTag.SUBSCRIPTION, (mine, wanted)),)
        )
        assert shown(message.first(GroupTag.SUBSCRIPTION)) == ["request-id=0"]
        message = await bench.ask(Operation.CANCEL_SUBSCRIPTION, groups=(Group(GroupTag.SUBSCRIPTION, (mine,)),))
        assert message.code == Status.SUCCESSFUL_OK
        assert await made(bench) == 0

    at(speaking(NTFY_01), play)


# ---------------------------------------------------------------- carriers


@BOTH
def test_two_groups_make_two_subscriptions_and_answers_in_their_order(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        wishes = [bench.wish(recipient=f"mailto:{n}@recipient.example") for n in ("one", "two")]
        message = await bench.subscribe(*wishes)
        ids = [bench.id_of(message, place) for place in range(2)]
        for n, id_ in zip(("one", "two"), ids, strict=True):
            assert f"{names.recipient}='mailto:{n}@recipient.example'" in shown(await bench.attributes(id_))

    at(speaking(names), play)


def test_the_drafts_take_a_subscription_from_the_operation_group() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.ask(Operation.CREATE_PRINTER_SUBSCRIPTIONS, *bench.wish(lease=100))
        assert message.code == Status.SUCCESSFUL_OK
        assert "notify-recipient='mailto:a@recipient.example'" in shown(await bench.attributes(bench.id_of(message)))

    at(speaking(NTFY_01), play)


def test_rfc_3995_takes_no_subscription_from_the_operation_group() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.ask(Operation.CREATE_PRINTER_SUBSCRIPTIONS, *bench.wish())
        assert message.code == Status.CLIENT_ERROR_BAD_REQUEST
        assert await made(bench) == 0

    at(speaking(RFC3995), play)


def test_job_notify_carries_subscriptions_in_the_drafts() -> None:
    async def play(bench: PrinterBench) -> None:
        collections = [tuple(bench.wish(recipient=f"mailto:{n}@recipient.example")) for n in ("one", "two")]
        message = await bench.ask(Operation.PRINT_JOB, ipp.collection("job-notify", *collections))
        assert message.code == Status.SUCCESSFUL_OK
        recipients = [n.subscription.recipient for n in await bench.notices.arrive(2)]
        assert sorted(recipients) == ["mailto:one@recipient.example", "mailto:two@recipient.example"]
        assert [bench.id_of(message, place) for place in range(2)] == [1, 2]

    at(speaking(NTFY_01), play)


def test_job_notify_is_an_unknown_attribute_to_rfc_3995() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.ask(Operation.PRINT_JOB, ipp.collection("job-notify", tuple(bench.wish())))
        assert message.code == SUBSTITUTED
        assert shown(message.first(GroupTag.UNSUPPORTED)) == ["job-notify=unsupported"]
        assert message.all(GroupTag.SUBSCRIPTION) == []

    at(speaking(RFC3995), play)


@BOTH
def test_names_of_the_other_vocabulary_are_unknown(names: Vocabulary) -> None:
    other = RFC3995 if names is NTFY_01 else NTFY_01

    async def play(bench: PrinterBench) -> None:
        message = await bench.subscribe(bench.wish(ipp.octet_string(other.user_data, b"x")))
        assert bench.id_of(message) == 1
        assert message.find(other.user_data) == ipp.out_of_band(other.user_data, ValueTag.UNSUPPORTED)
        bench.names = other
        assert (await bench.subscribe()).code == Status.CLIENT_ERROR_BAD_REQUEST

    at(speaking(names), play)


@BOTH
def test_the_older_name_of_the_format_is_taken(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        mine = bench.id_of(await bench.subscribe(bench.wish(ipp.mime_media_type("notify-text-format", "text/html"))))
        assert "notify-format='text/html'" in shown(await bench.attributes(mine))

    at(speaking(names), play)


def test_a_create_operation_without_a_subscription_is_a_bad_request() -> None:
    async def play(bench: PrinterBench) -> None:
        assert (await bench.ask(Operation.CREATE_PRINTER_SUBSCRIPTIONS)).code == Status.CLIENT_ERROR_BAD_REQUEST

    at(STEADY, play)


# ---------------------------------------------------------------- lists


@BOTH
def test_get_subscriptions_selects_limits_and_describes(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.ask(
            Operation.PRINT_JOB,
            groups=(Group(GroupTag.JOB, (ipp.keyword("job-hold-until", "indefinite"),)), bench.wish()),
        )
        own = bench.id_of(job)
        printers = [bench.id_of(await bench.subscribe(user=user)) for user in ("jones", "smith", "jones")]

        async def listed(*attributes: ipp.Attribute) -> list[list[str]]:
            message = await bench.ask(Operation.GET_SUBSCRIPTIONS, *attributes)
            assert message.code == Status.SUCCESSFUL_OK
            return [shown(g) for g in message.all(GroupTag.SUBSCRIPTION)]

        ids = {n: [f"{names.subscription_id}={n}"] for n in (own, *printers)}
        assert await listed() == [ids[n] for n in printers]
        assert await listed(ipp.integer("limit", 2)) == [ids[n] for n in printers[:2]]
        assert await listed(ipp.boolean("my-subscriptions", True)) == [ids[printers[0]], ids[printers[2]]]
        assert await listed(ipp.integer(names.job_id, bench.job_id_of(job))) == [ids[own]]
        users = await listed(ipp.keyword("requested-attributes", names.user_name))
        assert users == [[f"{names.user_name}={u!r}"] for u in ("jones", "smith", "jones")]
        lost = await bench.ask(Operation.GET_SUBSCRIPTIONS, ipp.integer(names.job_id, 77))
        assert lost.code == Status.CLIENT_ERROR_NOT_FOUND
        assert (await bench.ask(Operation.GET_SUBSCRIPTIONS, ipp.integer("limit", 0))).code == 0x0400

    at(speaking(names), play)


@BOTH
@pytest.mark.parametrize(
    "operation",
    [Operation.GET_SUBSCRIPTION_ATTRIBUTES, Operation.RENEW_SUBSCRIPTION, Operation.CANCEL_SUBSCRIPTION],
    ids=lambda o: str(o.name),
)
def test_a_subscription_that_is_not_there_or_not_named(names: Vocabulary, operation: Operation) -> None:
    async def play(bench: PrinterBench) -> None:
        lost = await bench.ask(operation, ipp.integer(names.subscription_id, 5))
        assert lost.code == Status.CLIENT_ERROR_NOT_FOUND
        assert (await bench.ask(operation)).code == Status.CLIENT_ERROR_BAD_REQUEST

    at(speaking(names), play)


@BOTH
def test_a_job_that_has_ended_takes_no_subscription(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job()
        await bench.until(job, JobState.COMPLETED)
        wishes = (bench.wish(),)
        for number, status in ((job, Status.CLIENT_ERROR_NOT_POSSIBLE), (99, Status.CLIENT_ERROR_NOT_FOUND)):
            id_ = ipp.integer(names.job_id, number)
            message = await bench.ask(Operation.CREATE_JOB_SUBSCRIPTIONS, id_, groups=wishes)
            assert message.code == status
            assert message.all(GroupTag.SUBSCRIPTION) == []
        unnamed = await bench.ask(Operation.CREATE_JOB_SUBSCRIPTIONS, groups=wishes)
        assert unnamed.code == Status.CLIENT_ERROR_BAD_REQUEST

    at(speaking(names), play)
