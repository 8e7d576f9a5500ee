"""Whose mail is whose, for the rules that look at every mail: a sentinel's is a subscriber's like any other."""

from __future__ import annotations

import json

import pytest

from conformance.cases.every_mail import everything
from conformance.cases.test_fields import test_different_mails_have_different_message_ids as identities
from conformance.cases.test_fields import test_no_field_names_somebody_else_as_a_recipient as strangers
from conformance.record import rows
from conformance.verdict import Violation
from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status

from .written_run import PLAIN_HEAD, QUIT, WrittenRun

MARK = "r1.1.07"
ADDRESS = f"{MARK}@here.example"


def sentinel(bench: WrittenRun) -> None:
    """A play with one, for Bob."""
    play = bench.play("printer/omitted")
    asked = ipp.Group(
        GroupTag.SUBSCRIPTION,
        (ipp.uri(NTFY_01.recipient, f"mailto:{ADDRESS}"), ipp.octet_string(NTFY_01.user_data, b"bob@x.example")),
    )
    granted = ipp.Group(GroupTag.SUBSCRIPTION, (ipp.integer(NTFY_01.subscription_id, 1),))
    request, response = (
        ipp.encode(ipp.Message(code=code, request_id=1, groups=groups))
        for code, groups in ((int(Operation.PRINT_JOB), (asked,)), (int(Status.SUCCESSFUL_OK), (granted,)))
    )
    detail = json.dumps({"address": ADDRESS, "arrived": True, "name": "sentinel 1.7", "job": 1})
    bench.rows += [
        rows.Step(7, play, 0, "Sentinel", "", detail),
        rows.Exchange(8, play, 7, int(Operation.PRINT_JOB), "", 0, 1, "", b"", request, 200, b"", response),
    ]
    bench.ids = 10


def mail(cc: str) -> list[str]:
    """To the sentinel, with a copy for somebody."""
    message = f"From: P <bob@x.example>\\r\\nTo: <{ADDRESS}>\\r\\nCc: {cc}\\r\\n\\r\\nsentinel 1.7 is done"
    envelope = ["C: MAIL FROM:<bob@x.example>", "S: 250 ok", f"C: RCPT TO:<{ADDRESS}>", "S: 250 ok"]
    return [*PLAIN_HEAD, *envelope, "C: DATA", "S: 354 go", f"C: {message}\\r\\n.", "S: 250 taken", *QUIT]


def test_a_mail_of_a_sentinel_is_known_for_what_it_is(bench: WrittenRun) -> None:
    sentinel(bench)
    ((_, play, subscription),) = everything(bench.run_of(mail("bob@x.example")))
    assert subscription is not None
    assert (play.scenario, subscription.address, subscription.user_data) == (
        "printer/omitted",
        ADDRESS,
        b"bob@x.example",
    )


def test_its_subscriber_is_no_stranger_in_it(bench: WrittenRun) -> None:
    sentinel(bench)
    strangers(bench.run_of(mail("Bob <bob@x.example>")))


def test_a_stranger_in_the_mail_of_a_sentinel_is_told_of(bench: WrittenRun) -> None:
    sentinel(bench)
    with pytest.raises(Violation, match=r"names 'a@b\.example'"):
        strangers(bench.run_of(mail("The Archive <a@b.example>")))


# ---------------------------------------------------------------- one Message-ID


def identified(recipient: str, text: str) -> list[str]:
    """A mail with the Message-ID that all have."""
    message = f"Message-ID: <x@p.example>\\r\\nSubject: job 1j\\r\\n\\r\\n{text}"
    envelope = ["C: MAIL FROM:<bob@x.example>", "S: 250 ok", f"C: RCPT TO:<{recipient}>", "S: 250 ok"]
    return [*PLAIN_HEAD, *envelope, "C: DATA", "S: 354 go", f"C: {message}\\r\\n.", "S: 250 taken", *QUIT]


def test_two_texts_to_two_recipients_have_two_message_ids(bench: WrittenRun) -> None:
    told = [identified(f"r1.{n}.s@here.example", f"job 1j is done, subscription {n}") for n in (1, 2)]
    with pytest.raises(Violation, match="again"):
        identities(bench.run_of(*told))


@pytest.mark.parametrize(
    ("recipients", "texts"),
    [
        (("r1.1.s@here.example", "r1.2.s@here.example"), ("job 1j is done", "job 1j is done")),
        (("r1.1.s@here.example", "r1.1.s@here.example"), ("job 1j is done, number 1", "job 1j is done, number 2")),
    ],
)
def test_one_message_may_go_to_many_and_be_sent_again(
    bench: WrittenRun, recipients: tuple[str, str], texts: tuple[str, str]
) -> None:
    identities(bench.run_of(*map(identified, recipients, texts)))
