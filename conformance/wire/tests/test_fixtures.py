"""Octets of real printers and of the RFC are read, and written back as they were."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status, ValueTag

from . import libcups

FIXTURES: Final = Path(__file__).parents[3] / "fixtures"
MESSAGES: Final = sorted(path.name for path in (FIXTURES / "ipp").glob("*.bin"))


def octets_of(name: str) -> bytes:
    return (FIXTURES / "ipp" / name).read_bytes()


def shown(message: ipp.Message) -> list[tuple[int, list[str]]]:
    return [(g.tag, [a.show(message.charset) for a in g]) for g in message.groups]


def test_the_readme_names_every_fixture_and_no_other() -> None:
    readme = (FIXTURES / "README.md").read_text()
    named: set[str] = set()
    for folder, table in re.findall(r"^## (\w+)/$(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL):
        named |= {f"{folder}/{name}" for name in re.findall(r"^\| (\S+\.\S+) \|", table, re.MULTILINE)}
    there = {str(p.relative_to(FIXTURES)) for p in FIXTURES.glob("*/**/*") if p.is_file()}
    assert named == there


@pytest.mark.parametrize("name", MESSAGES)
def test_a_real_message_is_read_to_its_end_and_written_back(name: str) -> None:
    octets = octets_of(name)
    message = ipp.decode(octets)
    assert message.problem is None
    assert ipp.encode(message) == octets
    assert [v.problem for g in message.groups for a in g for v in a.values if v.problem] == []


@pytest.mark.skipif(not libcups.available, reason=libcups.MISSING)
@pytest.mark.parametrize("name", [n for n in MESSAGES if "second-group-refused" not in n])
def test_libcups_reads_a_real_message_as_we_do(name: str) -> None:
    theirs, ours = libcups.read(octets_of(name)), ipp.decode(octets_of(name))
    assert theirs.groups == tuple(g for g in ours.groups if g.attributes)  # libcups drops empty groups
    assert (theirs.version, theirs.code, theirs.request_id) == (ours.version, ours.code, ours.request_id)


@pytest.mark.skipif(not libcups.available, reason=libcups.MISSING)
def test_we_read_the_answer_of_cups_that_libcups_cannot() -> None:
    octets = octets_of("cups-2.4.2-create-printer-subscriptions-second-group-refused.bin")
    with pytest.raises(libcups.LibcupsRefused):
        libcups.read(octets)
    message = ipp.decode(octets)
    assert [g.tag for g in message.groups] == [1, 6, 1, 6]
    status = message.groups[3].get("notify-status-code")
    assert status is not None
    assert status.integers() == [Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED]


def test_the_print_job_of_rfc_2910_is_the_message_it_describes() -> None:
    assert ipp.decode(octets_of("rfc2910-13.1-print-job-request.bin")) == ipp.Message(
        Operation.PRINT_JOB,
        1,
        (
            ipp.Group(
                GroupTag.OPERATION,
                (
                    ipp.charset("attributes-charset", "us-ascii"),
                    ipp.natural_language("attributes-natural-language", "en-us"),
                    ipp.uri("printer-uri", "ipp://forest/pinetree"),
                    ipp.name_("job-name", "foobar"),
                    ipp.boolean("ipp-attribute-fidelity", True),
                ),
            ),
            ipp.Group(GroupTag.JOB, (ipp.integer("copies", 20), ipp.keyword("sides", "two-sided-long-edge"))),
        ),
        b"%!PS...",
    )


def test_the_refused_print_job_of_rfc_2910_says_what_is_not_supported() -> None:
    message = ipp.decode(octets_of("rfc2910-13.3-print-job-response-failure.bin"))
    assert message.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert message.first(GroupTag.UNSUPPORTED) == ipp.Group(
        GroupTag.UNSUPPORTED, (ipp.integer("copies", 20), ipp.out_of_band("sides", ValueTag.UNSUPPORTED))
    )


def test_the_jobs_of_rfc_2910_are_three_groups_one_of_them_empty() -> None:
    message = ipp.decode(octets_of("rfc2910-13.8-get-jobs-response.bin"))
    assert (message.charset, message.request_id) == ("ISO-8859-1", 0x123)
    assert message.all(GroupTag.JOB) == [
        ipp.Group(GroupTag.JOB, (ipp.integer("job-id", 147), ipp.name_with_language("job-name", ("fr-ca", "fou")))),
        ipp.Group(GroupTag.JOB),
        ipp.Group(
            GroupTag.JOB, (ipp.integer("job-id", 148), ipp.name_with_language("job-name", ("de-CH", "isch guet")))
        ),
    ]


def test_the_subscriptions_of_cups_are_a_group_each() -> None:
    message = ipp.decode(octets_of("cups-2.4.2-get-subscriptions.bin"))
    ids = [g.get("notify-subscription-id") for g in message.all(GroupTag.SUBSCRIPTION)]
    data = [g.get("notify-user-data") for g in message.all(GroupTag.SUBSCRIPTION)]
    assert [i.integers() for i in ids if i] == [[1], [2], [3]]
    assert [d.value.octets for d in data if d] == [
        b"mailto:smith@example.com",
        b"\0\xff\xfe",
        b"mailto:smith@example.com",
    ]


def test_the_notifications_of_cups_are_a_group_each_and_numbered() -> None:
    message = ipp.decode(octets_of("cups-2.4.2-get-notifications.bin"))
    numbers = [g.get("notify-sequence-number") for g in message.all(GroupTag.EVENT_NOTIFICATION)]
    assert [n.integers() for n in numbers if n] == [[1], [2], [3], [4], [5]]
    assert sum("notify-job-id" in g for g in message.all(GroupTag.EVENT_NOTIFICATION)) == 1


def test_the_recorded_session_carries_the_recorded_mail() -> None:
    session = (FIXTURES / "smtp" / "cups-2.4.2-job-completed.client.bin").read_bytes()
    mail = (FIXTURES / "mail" / "cups-2.4.2-job-completed.eml").read_bytes()
    before, _, after = session.partition(b"DATA\r\n")
    assert before == b"HELO printer.example\r\nMAIL FROM:printer@printer.example\r\nRCPT TO:jones@example.com\r\n"
    assert after == mail + b".\r\nQUIT\r\n"
    assert mail.endswith(b"\r\n")
