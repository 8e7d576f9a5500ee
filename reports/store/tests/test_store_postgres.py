"""The same store in PostgreSQL: many at once, and more verdicts than fit into memory."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from sqlalchemy import insert

from reports.benchmark.children import memory
from reports.benchmark.postgres import MISSING, PASSWORD, Cluster, private_cluster, programs
from reports.store.address import StoreAddress, StoreError
from reports.store.database import Store, open_store
from reports.store.publishing import Publication, publish
from reports.store.reading import run_ids, stored_runs, stored_verdicts
from reports.store.tables import RUNS, VERDICTS
from reports.store.tests import test_store as in_a_file
from reports.store.tests.test_store import document

pytestmark = pytest.mark.skipif(programs() is None, reason=MISSING)

MANY: Final = 10_000
BOUND: Final = 8 << 20  # octets that reading may take; the documents have ten times that

evidence = in_a_file.evidence  # what holds in a file holds here
test_once = in_a_file.test_the_same_run_is_stored_once_wherever_it_lay
test_another_judgement = in_a_file.test_another_judgement_of_the_same_run_is_stored_beside_the_first
test_one_outcome = in_a_file.test_a_job_has_one_outcome_and_a_late_one_leaves_nothing
test_octets = in_a_file.test_evidence_comes_out_as_it_went_in
test_parts = in_a_file.test_evidence_larger_than_a_row_is_stored_in_parts
test_changed_evidence = in_a_file.test_evidence_that_was_changed_since_it_was_judged_is_refused
test_damaged_evidence = in_a_file.test_evidence_that_is_damaged_in_the_store_is_not_judged
test_hostile_names = in_a_file.test_what_a_printer_says_of_itself_steers_no_terminal
test_beginnings = in_a_file.test_a_run_is_named_by_the_beginning_of_its_id
test_later_version = in_a_file.test_a_store_of_a_later_version_is_left_alone
test_migrations = in_a_file.test_the_migrations_make_the_tables_that_the_code_means
test_whole_document = in_a_file.test_a_document_is_kept_whole


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with private_cluster() as started:
        yield started


@pytest.fixture
def url(cluster: Cluster, request: pytest.FixtureRequest) -> str:
    """An empty database."""
    return cluster.create(f"of_{sha256(request.node.name.encode()).hexdigest():.16}")


@pytest.fixture
def store(url: str) -> Store:
    return open_store(StoreAddress.of(url))


def test_stations_that_begin_together_make_the_tables_once(url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: open_store(StoreAddress.of(url)), range(6)))
    assert list(run_ids(stores[0])) == []


def test_who_publishes_the_same_at_once_publishes_it_once(url: str, evidence: Path) -> None:
    what = Publication(document(evidence), evidence)
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: publish(open_store(StoreAddress.of(url)), what), range(6)))
    assert sum(one.new_run for one in done) == sum(one.new_verdict for one in done) == 1
    assert len(list(stored_runs(open_store(StoreAddress.of(url)), every=True))) == 1


def test_a_wrong_password_is_told_without_it(cluster: Cluster) -> None:
    with pytest.raises(StoreError, match="password authentication failed") as told:
        open_store(StoreAddress.of(cluster.url(password="not-of-the-store")))
    assert "not-of-the-store" not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("way", ["variable", "file"])
def test_a_password_may_stand_where_postgresql_looks_for_it(
    cluster: Cluster, url: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = url.replace(f":{quote(PASSWORD, safe='')}@", "@")
    assert bare != url
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    with pytest.raises(StoreError, match="no password supplied"):
        open_store(StoreAddress.of(bare))
    if way == "variable":
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
    else:
        (tmp_path / "pgpass").write_text(f"*:*:*:*:{PASSWORD}\n")
        (tmp_path / "pgpass").chmod(0o600)
    assert list(stored_verdicts(open_store(StoreAddress.of(bare)).address.url.render_as_string(False))) == []


def test_ten_thousand_verdicts_are_read_in_bounded_memory(store: Store) -> None:
    now, page = datetime.now(UTC), {"says": "x" * 8_000}
    runs = [
        {"id": f"{n:064x}", "began": "", "subject": "printer", "printer_uri": "", "printer": "", "firmware": "",
         "file": "run.evidence", "station": "", "stored": now}
        for n in range(MANY)
    ]  # fmt: skip
    with store.writing() as connection:
        for begin in range(0, MANY, 500):
            some = runs[begin : begin + 500]
            connection.execute(insert(RUNS), some)
            connection.execute(
                insert(VERDICTS),
                [
                    {"run": run["id"], "digest": run["id"], "edition": "mailto-00", "verdict": "conforms",
                     "document": json.dumps({"number": begin + n, **page}), "station": "", "stored": now}
                    for n, run in enumerate(some)
                ],
            )  # fmt: skip
    next(stored_verdicts(in_a_file.named(store)))  # what is loaded once is loaded
    resident = memory()
    tracemalloc.start()
    try:
        seen = sum(document["number"] == n for n, document in enumerate(stored_verdicts(in_a_file.named(store))))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen == MANY
    assert most < BOUND
    assert memory(what="VmHWM") - resident < 40, "nor does the driver keep them: they have eighty megabytes"
