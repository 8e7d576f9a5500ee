"""A store in a file: what goes in comes out, once, octet for octet, and nobody learns a password."""

from __future__ import annotations

import json
import lzma
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import inspect, text

from reports.store import database
from reports.store.address import StoreAddress, StoreError
from reports.store.database import Store, open_store
from reports.store.publishing import Publication, Published, has_outcome, publish, publish_verdict, run_id
from reports.store.reading import restore_evidence, run_called, run_ids, stored_runs, stored_verdicts
from reports.store.tables import METADATA

ROOT: Final = Path(__file__).parents[3]
PACKED: Final = ROOT / "fixtures" / "evidence" / "ippmailto-0.1.0-five-defects.evidence.xz"
SECRET: Final = "of-the-store-1"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(StoreAddress.of(str(tmp_path / "store")))


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evidence") / "run.evidence"
    path.write_bytes(lzma.decompress(PACKED.read_bytes()))
    return path


def document(evidence: Path, **more: Any) -> dict[str, Any]:
    """As much of a verdict.json as the store looks at."""
    log = evidence.with_name(evidence.name + "-wal")
    digests = {"sha256": sha256(evidence.read_bytes()).hexdigest()}
    if log.exists():
        digests["log-sha256"] = sha256(log.read_bytes()).hexdigest()
    return {
        "schema": 1, "subject": "printer", "edition": "mailto-00", "client": "", "started": "2026-01-01T12:00:00.000Z",
        "printer": {"uri": "ipp://printer.example/", "name": "Office", "make-and-model": "Maker M", "firmware": "1.2"},
        "verdict": "does-not-conform", "requirements": [], "evidence": {"file": str(evidence)} | digests,
    } | more  # fmt: skip


def named(store: Store) -> str:
    """As it is given to a command."""
    return store.address.url.render_as_string(hide_password=False)


# ---------------------------------------------------------------- files


def test_a_journal_that_somebody_laid_beside_a_store_is_not_acted_on(store: Store) -> None:
    journal = Path(f"{store.address.path}-journal")
    journal.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")
    with pytest.raises(StoreError, match="none of ours"):
        list(stored_verdicts(named(store)))
    assert journal.exists()


# ---------------------------------------------------------------- once


def test_the_same_run_is_stored_once_wherever_it_lay(store: Store, evidence: Path) -> None:
    first = publish(store, Publication(document(evidence), evidence))
    elsewhere = document(evidence)
    elsewhere["evidence"]["file"] = "/elsewhere/run.evidence"
    assert first == Published(first.run, new_run=True, new_verdict=True)
    assert publish(store, Publication(elsewhere, evidence)) == Published(first.run)
    assert list(run_ids(store)) == [first.run]
    assert list(stored_verdicts(named(store), every=True)) == [document(evidence)]


def test_another_judgement_of_the_same_run_is_stored_beside_the_first(store: Store, evidence: Path) -> None:
    publish(store, Publication(document(evidence), evidence, "one"))
    again = document(evidence, verdict="conforms")
    assert publish(store, Publication(again, evidence, "two")).new_verdict
    publish(store, Publication(document(evidence, edition="mailto-04"), evidence, "two"))
    told = [(run.edition, run.verdict, run.station) for run in stored_runs(store)]
    assert told == [("mailto-00", "conforms", "two"), ("mailto-04", "does-not-conform", "two")]
    assert len(list(stored_runs(store, every=True))) == 3
    assert all(datetime.now(UTC) - run.stored < timedelta(hours=1) for run in stored_runs(store))
    assert [d["verdict"] for d in stored_verdicts(named(store))] == ["conforms", "does-not-conform"]


def test_a_job_has_one_outcome_and_a_late_one_leaves_nothing(store: Store, evidence: Path, tmp_path: Path) -> None:
    done = publish(store, Publication(document(evidence), evidence, "one", ticket="t1"))
    assert has_outcome(store, "t1")
    other = tmp_path / "other.evidence"
    other.write_bytes(evidence.read_bytes() + b"\0")
    late = publish(store, Publication(document(other), other, "two", ticket="t1"))
    assert late.late
    assert list(run_ids(store)) == [done.run]
    assert publish_verdict(store, done.run, Publication(document(evidence, strict=True), evidence, ticket="t1")).late
    assert len(list(stored_runs(store, every=True))) == 1
    same = publish_verdict(store, done.run, Publication(document(evidence), evidence, ticket="t2"))
    assert same == Published(done.run)
    assert has_outcome(store, "t2"), "a job that finds nothing new is done, too"


# ---------------------------------------------------------------- octets


@pytest.mark.parametrize("log", [None, b"", b"what a killed run left" * 1000], ids=["no log", "empty log", "log"])
def test_evidence_comes_out_as_it_went_in(store: Store, evidence: Path, tmp_path: Path, log: bytes | None) -> None:
    path = tmp_path / "killed.evidence"
    path.write_bytes(evidence.read_bytes())
    if log is not None:
        path.with_name("killed.evidence-wal").write_bytes(log)
    run = publish(store, Publication(document(path), path)).run
    assert run == run_id(document(path))
    (out := tmp_path / "out").mkdir()
    restored = restore_evidence(store, run, out)
    assert restored == out / "killed.evidence"
    assert restored.read_bytes() == path.read_bytes()
    beside = out / "killed.evidence-wal"
    assert (beside.read_bytes() if beside.exists() else None) == log


def test_evidence_larger_than_a_row_is_stored_in_parts(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.store.publishing.PART", 1000)
    path = tmp_path / "long.evidence"
    path.write_bytes(b"".join(sha256(b"%d" % i).digest() for i in range(3000)) + bytes(3_000_000))
    run = publish(store, Publication(document(path), path)).run
    with store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM evidence")).scalar_one() > 90
    (out := tmp_path / "out").mkdir()
    assert restore_evidence(store, run, out).read_bytes() == path.read_bytes()


def test_evidence_that_was_changed_since_it_was_judged_is_refused(store: Store, evidence: Path, tmp_path: Path) -> None:
    path = tmp_path / "changed.evidence"
    path.write_bytes(evidence.read_bytes())
    judged = document(path)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(StoreError, match="is not what was judged; ippmailto judge"):
        publish(store, Publication(judged, path))
    assert list(run_ids(store)) == [], "half a run is none"


@pytest.mark.parametrize("octets", [b"no such compression", b""])
def test_evidence_that_is_damaged_in_the_store_is_not_judged(
    store: Store, evidence: Path, tmp_path: Path, octets: bytes
) -> None:
    run = publish(store, Publication(document(evidence), evidence)).run
    with store.writing() as connection:
        connection.execute(text("UPDATE evidence SET octets = :octets"), {"octets": octets})
    with pytest.raises(StoreError, match="damaged in the store"):
        restore_evidence(store, run, tmp_path)


def test_what_a_printer_says_of_itself_steers_no_terminal(store: Store, evidence: Path) -> None:
    said = {"uri": "ipp://a/", "name": "", "make-and-model": "A\x1b[2J\0\ud800" + "x" * 5000, "firmware": ""}
    publish(store, Publication(document(evidence, printer=said), evidence))
    (line,) = stored_runs(store)
    assert line.printer.startswith("A\\x1b[2J\\x00\\ud800xx")
    assert len(line.printer) == 500


# ---------------------------------------------------------------- which run, which store


def test_a_run_is_named_by_the_beginning_of_its_id(store: Store, evidence: Path) -> None:
    run = publish(store, Publication(document(evidence), evidence)).run
    assert run_called(store, run[:8].upper()) == run
    for wrong, why in (("abc", "is no id"), ("%%%%", "is no id"), ("ffffffff", "no run begins with ffffffff")):
        with pytest.raises(StoreError, match=why):
            run_called(store, wrong)


def test_a_store_is_readable_by_its_owner_alone(store: Store) -> None:
    assert store.address.path is not None
    assert stat.S_IMODE(store.address.path.stat().st_mode) == 0o600


def test_reading_makes_no_store(tmp_path: Path) -> None:
    path = tmp_path / "none"
    with pytest.raises(StoreError, match="there is no store"):
        next(stored_verdicts(str(path)))
    assert not path.exists()
    sqlite3.connect(path).close()
    with pytest.raises(StoreError, match="there is no store in"):
        next(stored_verdicts(str(path)))


def test_a_file_that_is_no_store_is_told_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "letter"
    path.write_bytes(b"Dear Sir or Madam, " * 100)
    with pytest.raises(StoreError, match="file is not a database") as told:
        open_store(StoreAddress.of(str(path)))
    assert "\n" not in str(told.value)
    with pytest.raises(StoreError, match="cannot write the store"):
        open_store(StoreAddress.of(str(path / "below")))


def test_a_store_of_a_later_version_is_left_alone(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="is of a later version of ippmailto"):
        open_store(store.address)


def test_the_migrations_make_the_tables_that_the_code_means(store: Store) -> None:
    found = inspect(store.engine)
    for table in METADATA.sorted_tables:
        made = {
            column["name"]: (column["type"].compile(store.engine.dialect), column["nullable"])
            for column in found.get_columns(table.name)
        }
        wanted = {column.name: (column.type.compile(store.engine.dialect), column.nullable) for column in table.columns}
        assert made == wanted, table.name
        assert found.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
    assert set(found.get_table_names()) == {*METADATA.tables, "alembic_version"}


def test_tables_that_cannot_all_be_made_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that breaks in its middle leaves the store as it was."""
    address = StoreAddress.of(str(tmp_path / "store"))
    room = tmp_path / "migrations"
    (room / "versions").mkdir(parents=True)
    for name in ("env.py", "versions/v0001_runs_and_verdicts.py"):
        source = (database.MIGRATIONS / name).read_text(encoding="utf-8")
        room.joinpath(name).write_text(source.replace('"ix_verdicts_run", "verdicts"', '"ix_verdicts_run", "nothing"'))
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", room)
        with pytest.raises(StoreError, match="nothing"):
            open_store(address)
    with sqlite3.connect(tmp_path / "store") as file:
        assert file.execute("SELECT name FROM sqlite_master WHERE name = 'runs'").fetchall() == []
    file.close()


# ---------------------------------------------------------------- passwords


@pytest.fixture
def urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The ways to say a URL with a password."""
    whole = f"postgresql://tester:{SECRET}@127.0.0.1:1/results?sslpassword={SECRET}2&application_name=x"
    monkeypatch.setenv("STORE", whole)
    (tmp_path / "url").write_text(whole + "\n")
    return iter((whole, "env:STORE", f"file:{tmp_path / 'url'}"))


def test_a_store_is_shown_without_its_passwords(urls: Iterator[str]) -> None:
    for url in urls:
        address = StoreAddress.of(url)
        assert str(address) == "postgresql://tester:***@127.0.0.1:1/results"
        assert SECRET not in repr(address)
        assert SECRET not in address.without_secrets(f"no login\nwith {SECRET} or {SECRET}2")


def test_a_server_that_is_not_there_is_told_in_a_line_without_a_password(urls: Iterator[str]) -> None:
    with pytest.raises(StoreError) as told:
        open_store(StoreAddress.of(next(urls)))
    assert "the store postgresql://tester:***@127.0.0.1:1/results cannot be used" in str(told.value)
    assert "refused" in str(told.value)
    assert SECRET not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"mysql://me:{SECRET}@host/db", "of sqlite or postgresql, not of mysql"),
        (f"postgresql://me:{SECRET}@host", "needs a name"),
        (f"postgresql://me:{SECRET}@host:port/db", "is no URL of a store"),
        ("sqlite://", "needs a name"),
        ("", "needs a name"),
        ("env:NOWHERE", "the environment variable 'NOWHERE' is not set"),
    ],
)
def test_a_url_that_cannot_be_used_is_told_without_its_password(url: str, why: str) -> None:
    with pytest.raises(StoreError, match=why) as told:
        StoreAddress.of(url)
    assert SECRET not in str(told.value)


def test_a_document_is_kept_whole(store: Store, evidence: Path) -> None:
    whole = document(evidence, reason="\u0000\ud800\u20ac", requirements=[{"id": "1-2", "says": "x" * 100_000}])
    publish(store, Publication(whole, evidence))
    assert list(stored_verdicts(named(store))) == [json.loads(json.dumps(whole))]
