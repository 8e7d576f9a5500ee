"""An answer of many megabytes costs one reading up to its bound, and is told of in a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import RunRecord
from conformance.verdict import Inconclusive
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation

SIZE = 4 * 2**20
SMALLEST = b"\x44\x00\x01a\x00\x01b"
ASKED = int(Operation.GET_PRINTER_ATTRIBUTES)
CHARSET = ipp.Group(GroupTag.OPERATION, (ipp.charset("attributes-charset", "utf-8"),))
REQUEST = ipp.encode(ipp.Message(ASKED, 1, (CHARSET,)))


@pytest.fixture
def record(tmp_path: Path) -> Iterator[RunRecord]:
    answer = ipp.Message(0, 1, (ipp.Group(GroupTag.PRINTER, (ipp.name_("printer-name", "P"),)),))
    octets = ipp.encode(answer)[:-1] + SMALLEST * (SIZE // len(SMALLEST)) + b"\x03"
    path = tmp_path / "run.evidence"
    with EvidenceFile.create(path) as file:
        file.insert([
            rows.Run(1, 0, "2026-01-01T00:00:00.000+00:00", "a test", "ipp://h/"),
            rows.Exchange(1, 0, 0, ASKED, "ipp://h/", 1, 2, "", b"", REQUEST, 200, b"", octets),
        ])  # fmt: skip
    with EvidenceFile.open(path) as file:
        yield RunRecord(file)


def test_what_is_known_of_a_printer_takes_one_reading_of_it(record: RunRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    read, groups = list[int](), ipp._groups

    def counting(reader: ipp._MessageReader, skipped: list[ipp.Skipped] | None = None) -> object:
        read.append(len(reader.octets))
        return groups(reader, skipped)

    monkeypatch.setattr(ipp, "_groups", counting)
    assert record.printer_text("printer-name") == "P"
    assert record.listed("printer-info") is None
    assert record.up_times == []
    assert len([size for size in read if size > SIZE // 2]) == 1


def test_what_stands_beyond_its_bound_is_not_known_and_why_is_a_line(record: RunRecord) -> None:
    with pytest.raises(Inconclusive, match=r"beyond octet \d+: more than 200,000 values and groups") as raised:
        record.printer_text("printer-info")
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 300
