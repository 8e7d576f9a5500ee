"""A store in a file that two write to at once, or that one holds and does not let go."""

from __future__ import annotations

import random
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from reports.store import database
from reports.store.address import StoreAddress, StoreError
from reports.store.database import open_store
from reports.store.publishing import Publication, publish
from reports.store.reading import run_ids

WRITERS = 4


def publication(place: Path, number: int) -> Publication:
    evidence = place / f"{number}.evidence"
    evidence.write_bytes(b"run %d" % number)
    document = {
        "schema": 1, "subject": "printer", "edition": "mailto-00", "client": "", "started": "2026-01-01T12:00:00.000Z",
        "printer": {"uri": "ipp://printer.example/", "name": "Office"}, "verdict": "conforms", "requirements": [],
        "evidence": {"file": str(evidence), "sha256": sha256(evidence.read_bytes()).hexdigest()},
    }  # fmt: skip
    return Publication(document, evidence)


def test_several_who_make_a_store_and_publish_at_once_lose_nothing_and_store_each_run_once(tmp_path: Path) -> None:
    path, together = tmp_path / "store", threading.Barrier(WRITERS)
    runs = [publication(tmp_path, number) for number in range(3)]

    def work(_: int) -> int:
        together.wait(20)
        store = open_store(StoreAddress.of(str(path)))
        return sum(publish(store, run).new_run for run in runs)

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sum(pool.map(work, range(WRITERS))) == len(runs)
    assert len(list(run_ids(open_store(StoreAddress.of(str(path)))))) == len(runs)


@pytest.mark.parametrize("log", ["WAL", "DELETE"])
def test_a_store_that_another_program_holds_is_refused_in_a_line(
    tmp_path: Path, log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = StoreAddress.of(str(tmp_path / "store"))
    store = open_store(address)
    monkeypatch.setattr(database, "LOCKED_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / "store", isolation_level=None)) as other:
        other.execute(f"PRAGMA journal_mode={log}")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"another program has held it for 0\.1 s; end it"):
            publish(open_store(address), publication(tmp_path, 1))
    assert publish(store, publication(tmp_path, 1)).new_run


def test_a_full_disk_is_told_with_what_to_do_and_takes_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(StoreAddress.of(str(tmp_path / "store")))
    assert publish(store, publication(tmp_path, 1)).new_run
    own = database._own_transactions

    def full(connection: sqlite3.Connection, known: object) -> None:
        own(connection, known)
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")

    monkeypatch.setattr(database, "_own_transactions", full)
    larger = publication(tmp_path, 2)
    larger.evidence.write_bytes(random.Random(1).randbytes(200_000))
    larger.document["evidence"]["sha256"] = sha256(larger.evidence.read_bytes()).hexdigest()
    with pytest.raises(StoreError, match=r"disk is full \(make room on its disk") as raised:
        publish(open_store(store.address), larger)
    assert "\n" not in str(raised.value)
    assert len(list(run_ids(store))) == 1
