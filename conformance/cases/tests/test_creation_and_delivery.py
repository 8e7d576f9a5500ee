"""Cases that ask for one thing about a subscription or its mails, and blame nobody for another."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from conformance.cases.test_content import test_the_charset_of_the_media_type_overrules_notify_charset as charset
from conformance.cases.test_delivery import test_a_percent_encoded_local_part_is_decoded as decoded
from conformance.cases.test_delivery import test_the_recipient_is_the_address_in_the_uri as delivered
from conformance.cases.test_events import test_any_plain_address_is_accepted_and_mailed as plain
from conformance.cases.test_languages import test_one_event_in_two_languages_is_told_in_other_words as worded
from conformance.cases.test_subscription import test_a_subscription_by_nobody_is_refused_or_gets_a_name as nobody
from conformance.record import rows
from conformance.record.run_record import PlayRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status

from .written_run import PLAIN_HEAD, QUIT, WrittenRun

NO_OPERATION = Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED


def asked(play: int, *, local: str = "s", **more: object) -> dict[str, object]:
    """A subscription of that play, for Bob."""
    address, other = f"r1.{play}.{local}@here.example", f"r1.{play}.sx@here.example"
    return {
        "label": "s", "address": address, "other": other, "recipient": f"mailto:{address}",
        "user_data": b"bob@x.example".hex(), "events": ["job-completed"],
    } | more  # fmt: skip


def printed(bench: WrittenRun, scenario: str, **more: str) -> None:
    """A job with such a subscription, both taken."""
    play = bench.plays + 1
    asks = [asked(play, **more)]
    bench.print(scenario, {"asks": asks, "user": "Bob", "name": f"job {play}j", "job": play})


def answered(bench: WrittenRun, scenario: str, status: Status) -> None:
    """A play whose Create-Printer-Subscriptions was answered so, and made none."""
    play, operation = bench.play(scenario), int(Operation.CREATE_PRINTER_SUBSCRIPTIONS)
    group = ipp.Group(GroupTag.SUBSCRIPTION, (ipp.uri(NTFY_01.recipient, f"mailto:r1.{play}.s@here.example"),))
    request, response = (
        ipp.encode(ipp.Message(code=code, request_id=1, groups=groups))
        for code, groups in ((operation, (group,)), (int(status), ()))
    )
    bench.ids += 2
    step = bench.ids - 1
    detail = json.dumps({"asks": [asked(play, carrier="printer")], "user": "Bob"})
    bench.rows += [
        rows.Step(step, play, 0, "Subscribe", "s", detail),
        rows.Exchange(step + 1, play, step, operation, "", 0, 1, "", b"", request, 200, b"", response),
    ]


def mailed(bench: WrittenRun, *recipients: str, content: str = "\\r\\njob 1j is done") -> None:
    """A mail of Bob's to them."""
    envelope = [line for r in recipients for line in (f"C: RCPT TO:<{r}>", "S: 250 ok")]
    header = "From: Bob <bob@x.example>\\r\\nMIME-Version: 1.0\\r\\n"
    data = ["C: DATA", "S: 354 go", f"C: {header}{content}\\r\\n.", "S: 250 taken"]
    bench.session([*PLAIN_HEAD, "C: MAIL FROM:<bob@x.example>", "S: 250 ok", *envelope, *data, *QUIT])


# ---------------------------------------------------------------- what an address is refused for


@pytest.mark.parametrize(("case", "scenario"), [(plain, "printer/address-plus"), (nobody, "printer/nameless")])
def test_an_operation_that_there_is_not_says_nothing_about_a_value(
    bench: WrittenRun, case: Callable[[PlayRecord], None], scenario: str
) -> None:
    printed(bench, "job/omitted")
    answered(bench, scenario, NO_OPERATION)
    with pytest.raises(Inconclusive, match="even when nothing uncommon is asked for"):
        case(bench.run_record().play(scenario))


def test_an_address_that_is_refused_while_others_are_taken_is_found(bench: WrittenRun) -> None:
    printed(bench, "job/omitted")
    answered(bench, "printer/address-plus", Status.CLIENT_ERROR_BAD_REQUEST)
    with pytest.raises(Violation, match="while other addresses are taken"):
        plain(bench.run_record().play("printer/address-plus"))


def test_an_internal_error_is_no_refusal_of_nobody(bench: WrittenRun) -> None:
    answered(bench, "printer/nameless", Status.SERVER_ERROR_INTERNAL_ERROR)
    with pytest.raises(Violation, match="or the subscription ignored"):
        nobody(bench.run_record().play("printer/nameless"))


# ---------------------------------------------------------------- where a mail goes

ENCODED = "awkward/recipient-plus"


@pytest.mark.parametrize(
    "recipients",
    [
        ("r1.1.s+tag@here.example",),
        ("r1.1.s+tag@here.example", "admin@printer.example"),  # whose it is besides is another question
        ("r1.1.s+tag@archive.example",),
    ],
)
def test_a_local_part_that_is_decoded_is_right_whoever_else_is_named(
    bench: WrittenRun, recipients: tuple[str, ...]
) -> None:
    mailed(bench, *recipients)
    printed(bench, ENCODED, local="s+tag")
    decoded(bench.run_record().play(ENCODED))


def test_a_local_part_that_is_not_decoded_is_found(bench: WrittenRun) -> None:
    mailed(bench, "r1.1.s%2Btag@here.example", "admin@printer.example")
    printed(bench, ENCODED, local="s+tag")
    with pytest.raises(Violation, match="stands for") as caught:
        decoded(bench.run_record().play(ENCODED))
    assert caught.value.binding is False


@pytest.mark.parametrize("stray", ["r1.1.s@archive.example", "R1.1.S@archive.example", "somebody@here.example"])
def test_a_mail_that_went_elsewhere_is_found_by_whose_it_is(bench: WrittenRun, stray: str) -> None:
    mailed(bench, stray)
    printed(bench, "job/omitted")
    with pytest.raises(Violation, match=r"archive|somebody"):
        delivered(bench.run_record().play("job/omitted"))


def test_a_mail_of_another_play_that_went_elsewhere_is_not_this_one_s(bench: WrittenRun) -> None:
    mailed(bench, "r1.2.s@archive.example")
    printed(bench, "job/omitted")
    printed(bench, "job/twins")
    with pytest.raises(Inconclusive, match="0 of 1 mail "):
        delivered(bench.run_record().play("job/omitted"))


# ---------------------------------------------------------------- which text a media type is about

SCENARIO, UTF_8 = "printer/charset-text-utf-8", "text/plain; charset=utf-8"
BODY = (
    "Content-Type: text/plain; charset=us-ascii\\r\\nContent-Transfer-Encoding: 8bit\\r\\n\\r\\nGr\\xc3\\xbc\\xc3\\x9fe"
)
BESIDE = f"--b\\r\\nContent-Type: {UTF_8}\\r\\nContent-Transfer-Encoding: 8bit\\r\\n\\r\\nGr\\xc3\\xbc\\xc3\\x9fe"


def test_a_body_that_is_no_us_ascii_is_not_the_text_in_the_charset_asked_for(bench: WrittenRun) -> None:
    two = f"Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\n--b\\r\\n{BODY}\\r\\n{BESIDE}\\r\\n--b--"
    mailed(bench, "r1.1.s@here.example", content=two)
    printed(bench, SCENARIO, format=UTF_8)
    charset(bench.run_record().play(SCENARIO))


def test_the_same_as_the_only_text_is_found(bench: WrittenRun) -> None:
    mailed(bench, "r1.1.s@here.example", content=BODY)
    printed(bench, SCENARIO, format=UTF_8)
    with pytest.raises(Violation, match="labelled us-ascii"):
        charset(bench.run_record().play(SCENARIO))


# ---------------------------------------------------------------- in which words


def spoken(bench: WrittenRun, *said: tuple[str, str]) -> None:
    """The plays of a printer that writes English and German, each with a language and what its mail says."""
    supported = ipp.natural_language("generated-natural-language-supported", "en", "en-us", "de")
    bench.describe(ipp.natural_language("natural-language-configured", "en"), supported)
    for number, (language, text) in enumerate(said, 1):
        mailed(bench, f"r1.{number}.s@here.example", content=f"\\r\\n{text} (job {number}j)")
        printed(bench, f"printer/language-{number}", language=language)


def test_one_text_in_two_languages_is_found(bench: WrittenRun) -> None:
    spoken(bench, ("en", "The job is done"), ("de", "The job is done"))
    with pytest.raises(Violation, match="the same words in both") as caught:
        worded(bench.run_record())
    assert caught.value.expected == "texts in en and in de"


def test_the_second_mails_are_looked_at_too(bench: WrittenRun) -> None:
    spoken(bench, ("en", "The job is here"), ("de", "Der Auftrag ist da"))
    for number in (1, 2):
        mailed(bench, f"r1.{number}.s@here.example", content=f"\\r\\nThe job is done (job {number}j)")
    with pytest.raises(Violation, match="The job is done"):
        worded(bench.run_record())


def test_two_texts_in_two_languages_are_right(bench: WrittenRun) -> None:
    spoken(bench, ("en", "The job is done"), ("de", "Der Auftrag ist fertig"))
    worded(bench.run_record())


@pytest.mark.parametrize("languages", [("en",), ("en", "en-us"), ("en", "fr")])
def test_one_language_has_one_text(bench: WrittenRun, languages: tuple[str, ...]) -> None:
    """Where a language is not supported, the printer writes in its own."""
    spoken(bench, *((language, "The job is done") for language in languages))
    with pytest.raises(NotApplicable):
        worded(bench.run_record())
