"""What a client asks thousands of times is read once, and gone through once, whatever is judged of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cases.client_lookup import mail_subscriptions
from conformance.record import rows
from conformance.record.client_record import (
    CROSSING,
    PLAYS,
    ClientContact,
    ClientRecord,
    ClientRequest,
    Tellings,
    WayFacts,
)  # fmt: skip
from conformance.record.evidence import EvidenceFile
from conformance.record.plain_json import to_json
from conformance.record.run_record import RunRecord
from conformance.wire import ipp
from conformance.wire.http_message import RequestHead
from conformance.wire.registry import GroupTag, Operation

MANY = 2_000


def request() -> bytes:
    about = ipp.Group(GroupTag.OPERATION, (ipp.name_("requesting-user-name", "carol"),))
    one = ipp.Group(GroupTag.SUBSCRIPTION, (ipp.uri("notify-recipient", "mailto:carol@a.example"),))
    body = ipp.encode(ipp.Message(Operation.CREATE_PRINTER_SUBSCRIPTIONS, 1, (about, *[one] * MANY)))
    head = f"POST / HTTP/1.1\r\nContent-Type: application/ipp\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_each_request_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, groups = list[int](), ipp._groups

    def counting(reader: ipp._MessageReader, skipped: list[ipp.Skipped] | None = None) -> object:
        read.append(len(reader.octets))
        return groups(reader, skipped)

    path = tmp_path / "client.evidence"
    with EvidenceFile.create(path) as file:
        file.insert([
            rows.Run(1, 0, "2026-01-01T00:00:00.000+00:00", "a test", ""),
            rows.Play(1, 1, 1, f"{PLAYS}plain", to_json(WayFacts("plain", "name"))),
            rows.Contact(1, 1, 2, "ipp://h/", "peer"),
            rows.ContactPart(1, 1, 3, rows.Heard.REQUEST.value, request()),
            rows.PlayEnd(1, 4, "played", ""),
        ])  # fmt: skip
    monkeypatch.setattr(ipp, "_groups", counting)
    with EvidenceFile.open(path) as file:
        found = mail_subscriptions(ClientRecord(RunRecord(file)))
        assert len(found) == MANY
        assert {one.user_name for one in found} == {"carol"}
        assert {one.subscriber_name for one in found} == {""}
        assert len({one.request.said() for one in found}) == 1
        assert len({id(one.request.operation_groups) for one in found}) == 1
    assert len(read) == 1


TIMES = st.integers(0, 4).map(lambda halves: halves * CROSSING // 2)
REQUESTS = st.lists(st.tuples(TIMES, TIMES, st.integers(1, 3)), max_size=12)


@given(REQUESTS, st.lists(TIMES, min_size=3, max_size=3))
def test_the_last_answer_that_is_known_is_the_one_that_asking_of_each_would_find(
    told: list[tuple[int, int, int]], connected: list[int]
) -> None:
    contacts = [rows.Contact(n, 1, t, "", "") for n, t in enumerate(connected, 1)]
    nothing, asked = RequestHead("GET", "/"), list[ClientRequest]()
    tellings = Tellings()
    for t, answered, contact in sorted(told):
        part = rows.ContactPart(1, contact, t, rows.Heard.REQUEST.value, b"")
        one = ClientRequest(part, contacts[contact - 1], "", nothing, b"", (), b"", answered)
        assert tellings.last_known(one) is next((other for other in reversed(asked) if one.knows(other)), None)
        asked.append(one)
        tellings.add(one)


def test_the_requests_of_a_connection_are_gone_through_once() -> None:
    class Parts(list[rows.ContactPart]):
        def __getitem__(self, place: object) -> Any:
            raise AssertionError("each request would go through all behind it")

    octets = ((rows.Heard.REQUEST, b"GET / HTTP/1.1\r\n\r\n"), (rows.Heard.ANSWER, b"HTTP/1.1 200 OK\r\n\r\n"))
    both = [rows.ContactPart(n, 1, n, kind.value, said) for n, (kind, said) in enumerate(octets * 3, 1)]
    contact = ClientContact(rows.Contact(1, 1, 1, "", ""), Parts(both))
    assert [(request.t, request.answered, request.status) for request in contact.requests] == [
        (1, 2, 200), (3, 4, 200), (5, 6, 200),
    ]  # fmt: skip
