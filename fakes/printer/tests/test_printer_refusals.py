"""What is refused, cut down or replaced of what a subscription asks for, and how that is told, in both vocabularies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.vocabulary import NTFY_01, RFC3995, Edition, Vocabulary
from conformance.wire import ipp
from conformance.wire.ipp import Group
from conformance.wire.registry import GroupTag, JobState, Operation, Status, ValueTag
from fakes.printer.ipp.content_negotiation import media_type, permits_charset, supports_format

from .printer_bench import STEADY, VOCABULARIES, PrinterBench, at, group_status, made, shown, speaking

BOTH = pytest.mark.parametrize("names", VOCABULARIES, ids=lambda v: str(v.name))
IGNORED_ALL = Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS
SUBSTITUTED = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
UNSUPPORTED = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
EVERY = (Operation.CREATE_PRINTER_SUBSCRIPTIONS, Operation.CREATE_JOB_SUBSCRIPTIONS, Operation.PRINT_JOB)


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("change", "drafts", "rfc3995"),
    [
        ({"recipient": "indp://somewhere.example"}, 0x0414, Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED),
        ({"recipient": "mailto:"}, UNSUPPORTED, UNSUPPORTED),
        ({"recipient": "mailto:a@b.example,c@d.example"}, UNSUPPORTED, UNSUPPORTED),
        ({"recipient": "mailto:a@b.example%0D%0ABcc:c@d.example"}, UNSUPPORTED, UNSUPPORTED),
        ({"events": ["none"]}, UNSUPPORTED, UNSUPPORTED),
        ({"user_data": None}, Status.CLIENT_ERROR_BAD_REQUEST, Status.CLIENT_ERROR_BAD_REQUEST),
        ({"user_data": b"x" * 64}, Status.CLIENT_ERROR_BAD_REQUEST, Status.CLIENT_ERROR_BAD_REQUEST),
    ],
    ids=["scheme", "no-address", "two-addresses", "line-break", "no-event", "no-user-data", "long-user-data"],
)
@BOTH
def test_a_subscription_that_cannot_be_made(
    names: Vocabulary, change: dict[str, Any], drafts: int, rfc3995: int
) -> None:
    """Alone it fails the operation; beside a good one it is ignored; in Job Creation the job is made all the same."""

    async def play(bench: PrinterBench) -> None:
        bad, good = bench.wish(**change), bench.wish()
        own = drafts if names is NTFY_01 else rfc3995
        alone = await bench.subscribe(bad)
        assert alone.code == (drafts if names is NTFY_01 else IGNORED_ALL)
        if names is RFC3995:
            assert group_status(alone) == own
        assert await made(bench) == 0
        both = await bench.subscribe(bad, good)
        assert both.code == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
        assert group_status(both) == own
        assert names.subscription_id not in both.all(GroupTag.SUBSCRIPTION)[0]
        assert bench.id_of(both, 1) == 1
        job = await bench.ask(Operation.PRINT_JOB, groups=(bad,))
        assert job.code == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
        assert group_status(job) == own
        await bench.until(bench.job_id_of(job), JobState.COMPLETED)
        assert {n.subscription.id for n in bench.notices} == {1}

    at(speaking(names), play)


@BOTH
@pytest.mark.parametrize("operation", EVERY, ids=lambda o: str(o.name))
def test_without_a_recipient_nothing_is_made_but_the_job_of_the_drafts(names: Vocabulary, operation: Operation) -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job(hold=True)
        id_ = (ipp.integer(names.job_id, job),) if operation is Operation.CREATE_JOB_SUBSCRIPTIONS else ()
        message = await bench.ask(operation, *id_, groups=(bench.wish(recipient=None), bench.wish()))
        if names is NTFY_01 and operation is Operation.PRINT_JOB:
            assert message.code == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
            assert bench.id_of(message, 1) == 1
        else:
            assert message.code == Status.CLIENT_ERROR_BAD_REQUEST
            assert message.all(GroupTag.SUBSCRIPTION) == []
            assert message.find("job-id") is None

    at(speaking(names), play)


def test_a_pull_method_is_not_supported() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.subscribe(Group(GroupTag.SUBSCRIPTION, (ipp.keyword("notify-pull-method", "ippget"),)))
        assert message.code == IGNORED_ALL
        assert group_status(message) == UNSUPPORTED

    at(speaking(RFC3995, pull_methods=()), play)


@BOTH
@pytest.mark.parametrize("operation", EVERY, ids=lambda o: str(o.name))
@pytest.mark.parametrize("what", ["user-data", "user-name"])
def test_a_printer_may_reject_a_subscriber_without_an_address_or_a_name(
    names: Vocabulary, operation: Operation, what: str
) -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job(hold=True, user="operator")
        id_ = (ipp.integer(names.job_id, job),) if operation is Operation.CREATE_JOB_SUBSCRIPTIONS else ()
        wish = bench.wish(user_data=None) if what == "user-data" else bench.wish()
        user = "operator" if what == "user-data" else None
        message = await bench.ask(operation, *id_, groups=(wish,), user=user)
        forbidden = what == "user-name" and operation is Operation.CREATE_JOB_SUBSCRIPTIONS
        assert message.code == (Status.CLIENT_ERROR_FORBIDDEN if forbidden else Status.CLIENT_ERROR_BAD_REQUEST)
        assert message.find("job-id", GroupTag.JOB) is None

    at(speaking(names, missing_user_data="reject", missing_user_name="reject"), play)


def test_a_user_without_a_name_is_anonymous_or_ignored() -> None:
    for choice in ("fill", "ignore"):

        async def play(bench: PrinterBench, choice: str = choice) -> None:
            message = await bench.ask(Operation.PRINT_JOB, groups=(bench.wish(),), user=None)
            if choice == "fill":
                assert "subscriber-user-name='anonymous'" in shown(await bench.attributes(bench.id_of(message)))
            else:
                assert message.code == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS

        at(replace(STEADY, missing_user_name=choice), play)


def test_an_ignored_collection_comes_back_in_job_notify() -> None:
    async def play(bench: PrinterBench) -> None:
        without, foreign = bench.wish(user_data=None), bench.wish(recipient="ftp://x.example")
        message = await bench.ask(Operation.PRINT_JOB, ipp.collection("job-notify", tuple(without), tuple(foreign)))
        assert message.code == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
        returned = ipp.collection("job-notify", tuple(without), (ipp.uri("notify-recipient", "ftp://x.example"),))
        assert message.find("job-notify", GroupTag.UNSUPPORTED) == returned
        assert message.all(GroupTag.SUBSCRIPTION) == []
        assert message.find("job-id") is not None

    at(speaking(NTFY_01), play)


@BOTH
def test_a_later_edition_needs_no_user_data_and_no_format(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        wish = bench.wish(ipp.boolean("notify-mailto-text-only", True), user_data=None, format="text/html")
        message = await bench.subscribe(wish)
        assert message.find("notify-format") == ipp.out_of_band("notify-format", ValueTag.UNSUPPORTED)
        described = await bench.attributes(bench.id_of(message))
        assert described.get("notify-mailto-text-only") == ipp.boolean("notify-mailto-text-only", True)
        assert names.user_data not in described
        assert names.format not in described

    at(speaking(names, edition=Edition.MAILTO_04), play)


# ---------------------------------------------------------------- limits


@BOTH
def test_more_subscriptions_than_there_is_room_for(names: Vocabulary) -> None:
    too_many = Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS

    async def play(bench: PrinterBench) -> None:
        wish = bench.wish()
        message = await bench.subscribe(wish, wish, wish)
        assert message.code == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
        assert [group_status(message, place) for place in range(3)] == [None, None, too_many]
        full = await bench.subscribe(wish)
        assert full.code == (too_many if names is NTFY_01 else IGNORED_ALL)
        await bench.ask(Operation.CANCEL_SUBSCRIPTION, ipp.integer(names.subscription_id, 1))
        assert bench.id_of(await bench.subscribe(wish)) == 3
        job = await bench.ask(Operation.PRINT_JOB, groups=(wish, wish))
        assert job.code == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
        assert [group_status(job, place) for place in range(2)] == [None, too_many]

    at(speaking(names, max_printer_subscriptions=2, max_job_subscriptions=1), play)


def test_collections_beyond_the_limit_come_back_whole() -> None:
    async def play(bench: PrinterBench) -> None:
        one, two = tuple(bench.wish()), tuple(bench.wish(recipient="mailto:b@recipient.example"))
        message = await bench.ask(Operation.PRINT_JOB, ipp.collection("job-notify", one, two))
        assert message.code == Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
        assert message.find("job-notify", GroupTag.UNSUPPORTED) == ipp.collection("job-notify", two)

    at(replace(STEADY, max_job_subscriptions=1), play)


@BOTH
def test_more_events_than_there_is_room_for(names: Vocabulary) -> None:
    asked = ("job-created", "job-completed", "job-state-changed")

    async def play(bench: PrinterBench) -> None:
        wish = bench.wish(events=asked)
        message = await bench.subscribe(wish)
        excess = ipp.keyword("notify-events", "job-state-changed")
        assert message.find("notify-events") == excess
        job = await bench.ask(Operation.PRINT_JOB, groups=(wish,))
        assert job.find("notify-events") == excess
        kept = ipp.keyword("notify-events", *asked[:2])
        assert (await bench.attributes(bench.id_of(job))).get("notify-events") == kept
        if names is NTFY_01:
            assert message.code == Status.CLIENT_ERROR_TOO_MANY_EVENTS
            assert await made(bench) == 0
            assert job.code == SUBSTITUTED
        else:
            assert message.code == job.code == Status.SUCCESSFUL_OK
            assert group_status(message) == group_status(job) == Status.SUCCESSFUL_OK_TOO_MANY_EVENTS

    at(speaking(names, max_events=2), play)


# ---------------------------------------------------------------- substitutions


@pytest.mark.parametrize(
    ("change", "name", "granted"),
    [
        ({"charset": "shift_jis"}, "notify-charset", "'utf-8'"),
        ({"language": "tlh"}, "notify-natural-language", "'de'"),
        ({"format": "image/tiff"}, "notify-format", "'text/plain'"),
        ({"events": ["job-progress", "job-created"]}, "notify-events", "'job-created'"),
        ({"events": ["job-progress"]}, "notify-events", "'job-completed'"),
        ({"events": ["none", "job-created"]}, "notify-events", "'job-created'"),
    ],
    ids=["charset", "language", "format", "one-event", "all-events", "none-beside-another"],
)
@BOTH
def test_an_unsupported_value_is_returned_and_replaced(
    names: Vocabulary, change: dict[str, Any], name: str, granted: str
) -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job(hold=True)
        for operation in EVERY:
            id_ = (ipp.integer(names.job_id, job),) if operation is Operation.CREATE_JOB_SUBSCRIPTIONS else ()
            message = await bench.ask(operation, *id_, groups=(bench.wish(**change),), language="de")
            assert f"{name}={granted}" in shown(await bench.attributes(bench.id_of(message)))
            (value,) = change.values()
            refused = value if isinstance(value, str) else value[0]
            where = GroupTag.UNSUPPORTED if names is NTFY_01 else GroupTag.SUBSCRIPTION
            returned = message.find(name, where)
            assert returned is not None
            assert returned.texts() == [refused]
            if names is NTFY_01:
                assert message.code == SUBSTITUTED
            else:
                assert message.code == Status.SUCCESSFUL_OK
                assert group_status(message) == SUBSTITUTED

    at(speaking(names), play)


@BOTH
def test_an_omitted_charset_or_language_is_configured_or_that_of_the_request(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.subscribe(charset="iso-8859-1", language="de")
        described = shown(await bench.attributes(bench.id_of(message)))
        charset, language = ("utf-8", "en") if names is NTFY_01 else ("iso-8859-1", "de")
        assert f"notify-charset='{charset}'" in described
        assert f"notify-natural-language='{language}'" in described

    at(speaking(names), play)


@BOTH
@pytest.mark.parametrize(
    ("none", "kept", "granted"),
    [
        (
            ipp.out_of_band("notify-format", ValueTag.NO_VALUE),
            ipp.out_of_band("notify-format", ValueTag.NO_VALUE),
            None,
        ),
        (ipp.keyword("notify-format", "none"), ipp.mime_media_type("notify-format", "none"), "none"),
        (ipp.mime_media_type("notify-format", "none"), ipp.mime_media_type("notify-format", "none"), "none"),
    ],
    ids=["no-value", "keyword", "media-type"],
)
def test_no_attachment_can_be_asked_for(
    names: Vocabulary, none: ipp.Attribute, kept: ipp.Attribute, granted: str | None
) -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.subscribe(bench.wish(none))
        assert message.code == Status.SUCCESSFUL_OK
        described = await bench.attributes(bench.id_of(message))
        assert described.get("notify-format") == kept
        await bench.job()
        assert [n.subscription.format for n in await bench.notices.arrive(1)] == [granted]

    at(speaking(names), play)


@BOTH
def test_a_charset_beside_a_format_that_brings_its_own_is_not_used(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        wish = bench.wish(format="text/html; charset=utf-8", charset="iso-8859-1")
        message = await bench.subscribe(wish)
        assert message.find("notify-charset") == ipp.charset("notify-charset", "iso-8859-1")
        described = shown(await bench.attributes(bench.id_of(message)))
        assert "notify-charset='utf-8'" in described
        machine = await bench.subscribe(bench.wish(format="application/ipp", charset="iso-8859-1"))
        assert machine.find("notify-charset") is None
        assert "notify-charset='iso-8859-1'" in shown(await bench.attributes(bench.id_of(machine)))

    at(speaking(names), play)


def test_a_printer_may_refuse_what_it_would_have_to_replace() -> None:
    async def play(bench: PrinterBench) -> None:
        for change in ({"format": "image/tiff"}, {"events": ["job-progress"]}):
            message = await bench.subscribe(bench.wish(**change))
            assert message.code == UNSUPPORTED
            assert len(shown(message.first(GroupTag.UNSUPPORTED))) == 1
        long = await bench.subscribe(bench.wish(user_data=b"x" * 64))
        assert long.code == Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG
        assert await made(bench) == 0

    policy = replace(STEADY, unsupported_format="refuse", unsupported_events="refuse", long_user_data="reject")
    at(policy, play)


@BOTH
def test_a_value_of_the_wrong_syntax_is_an_unsupported_value(names: Vocabulary) -> None:
    async def play(bench: PrinterBench) -> None:
        wish = bench.wish(
            ipp.keyword("notify-charset", "utf-8"),
            ipp.text("notify-natural-language", "de"),
            ipp.keyword(names.lease_requested, "long"),
        )
        message = await bench.subscribe(wish)
        assert message.find("notify-charset") == ipp.keyword("notify-charset", "utf-8")
        assert message.find("notify-natural-language") == ipp.text("notify-natural-language", "de")
        assert bench.id_of(message) == 1
        recipient = Group(GroupTag.SUBSCRIPTION, (ipp.text(names.recipient, "mailto:a@b.example"),))
        assert (await bench.subscribe(recipient)).code >= 0x0400

    at(speaking(names), play)


def test_all_that_is_unsupported_is_told_even_if_the_scheme_is() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.subscribe(bench.wish(recipient="ftp://x.example", language="tlh", format="image/tiff"))
        (group,) = message.all(GroupTag.SUBSCRIPTION)
        assert {a.name for a in group} == {
            "notify-recipient-uri",
            "notify-natural-language",
            "notify-format",
            "notify-status-code",
        }

    at(speaking(RFC3995), play)


@pytest.mark.parametrize(
    ("asked", "supported"),
    [
        ("text/plain", True),
        ("TEXT/Plain; CHARSET=us-ascii", True),
        ('text/plain;charset="utf-8"', True),
        ("text/plain; charset=utf-7", False),
        ("text/html;charset=utf-8", True),
        ("application/ipp", True),
        ("multipart/mixed", False),
        ("", False),
    ],
)
def test_media_types_are_compared_by_meaning(asked: str, supported: bool) -> None:
    assert supports_format(STEADY, asked) is supported


def test_text_has_a_charset_of_its_own_and_ipp_has_not() -> None:
    assert permits_charset("text/html")
    assert permits_charset("application/xml; charset=utf-8")
    assert not permits_charset("application/ipp")
    assert media_type("a/b; x = Y") == ("a/b", frozenset({("x", "y")}))
