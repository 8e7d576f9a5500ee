"""What requests and answers take together is bounded, and counted without reading them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record import row_checks, rows
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError, Row
from conformance.record.weight import weight_of
from conformance.wire import ipp
from conformance.wire.registry import GroupTag

ANSWER = ipp.encode(ipp.Message(0, 1, (ipp.Group(GroupTag.PRINTER, (ipp.keyword("a", *["b"] * 1_000),)),)))
RUN = rows.Run(1, 0, "2026-01-01T00:00:00Z", "a test", "ipp://127.0.0.1/")


def exchange(number: int) -> Row:
    return rows.Exchange(number, 0, 0, 11, "", 2, 3, "", b"", b"", 200, b"", ANSWER)


def part(number: int) -> Row:
    octets = b"POST / HTTP/1.1\r\nContent-Type: application/ipp\r\n\r\n" + ANSWER
    return rows.ContactPart(number, 1, 3, "request", octets)


@given(st.binary(max_size=60) | st.just(ANSWER) | st.integers(0, 5_000).map(lambda at: ANSWER[:at]))
def test_what_is_counted_is_at_least_what_is_read(octets: bytes) -> None:
    message = ipp.decode(octets)
    read = sum(1 + sum(len(attribute.values) for attribute in group) for group in message.groups)
    assert read <= ipp.entries_in(octets) <= len(octets)


def test_values_weigh_more_than_their_octets() -> None:
    assert ipp.entries_in(ANSWER) == 1_002
    assert weight_of(exchange(1)) > 1_000 * 200
    assert weight_of(part(1)) > 1_000 * 200


@pytest.mark.parametrize("kind", ["exchange", "part"])
def test_more_of_them_than_memory_is_meant_for_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path, make = tmp_path / "run.evidence", exchange if kind == "exchange" else part
    with EvidenceFile.create(path) as file:
        file.insert([RUN, rows.Play(1, 1, 1, "client/plain"), rows.Contact(1, 1, 2, "", ""), *map(make, range(1, 5))])
    monkeypatch.setattr(row_checks, "MOST_JUDGED", 4 * weight_of(make(1)))
    EvidenceFile.open(path).close()
    monkeypatch.setattr(row_checks, "MOST_JUDGED", 4 * weight_of(make(1)) - 1)
    with pytest.raises(EvidenceError, match="too large together to be judged") as raised:
        EvidenceFile.open(path)
    assert "\n" not in str(raised.value)
