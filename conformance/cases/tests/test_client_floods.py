"""A client that asks for thousands of subscriptions in one request has it read once, whatever is judged of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.cases.client_lookup import mail_subscriptions
from conformance.record import rows
from conformance.record.client_record import PLAYS, ClientRecord, WayFacts
from conformance.record.evidence import EvidenceFile
from conformance.record.plain_json import to_json
from conformance.record.run_record import RunRecord
from conformance.wire import ipp
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
