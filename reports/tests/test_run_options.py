"""What a run was asked for is kept in its evidence, read back strictly, and holds for judging and going on."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError, Run
from conformance.requirements import CatalogueError
from conformance.vocabulary import Edition
from fakes.stage.ixit import Ixit
from reports.cli import _parser
from reports.commands.run import _plan
from reports.commands.run_options import RunOptions, asked_for, edition_of, sittings
from reports.exits import UsageError
from reports.judging.selection import EVERYTHING, Selection

FULL = RunOptions(
    edition=Edition.MAILTO_04,
    vocabulary="rfc3995",
    built_in=True,
    awkward=7,
    seed=2**32 - 1,
    selection=Selection(("M4-*", "x.y[job/omitted]")),
    ixit={"mail-domain": "a.example", "mail-timeout": 3.5},
    accounts=True,
    document="ab" * 32,
    listen=("::1", 2525),
    max_subscriptions=3,
    tls="require",
    auth="offer",
    certificate="wrong-host",
    names=("mail.bench.example",),
    has_login=True,
)


def evidence(path: Path, *options: str) -> Path:
    """An evidence file with sittings of these options."""
    with EvidenceFile.create(path) as file:
        file.insert(
            [Run(n, n, "2025-01-01T00:00:00Z", "a test", "ipp://printer.example/", o) for n, o in enumerate(options, 1)]
        )
    return path


@pytest.mark.parametrize("options", [FULL, RunOptions(), replace(FULL, listen=("printer.example", 25), ixit=None)])
def test_options_are_read_as_they_were_written(options: RunOptions) -> None:
    assert RunOptions.of(options.as_json()) == options


def test_evidence_of_early_versions_says_less() -> None:
    early = '{"edition": "mailto-04", "vocabulary": "auto", "built-in": true, "awkward": 5, "seed": 0}'
    assert RunOptions.of(early) == RunOptions(Edition.MAILTO_04, "auto", True, 5, 0)
    assert RunOptions.of("{}") == RunOptions()


@pytest.mark.parametrize(
    "damaged",
    [
        "", "[]", "null", '{"edition": 4}', '{"edition": "mailto-99"}', '{"select": "T1-*"}', '{"select": [1]}',
        '{"awkward": true}', '{"seed": "0"}', '{"ixit": []}', '{"smtp-listen": "nowhere"}', '{"accounts": 1}',
        '{"document": null}', '{"max-subscriptions": 1.5}', "[" * 100_000,
    ],
)  # fmt: skip
def test_damaged_options_are_told_in_one_line(tmp_path: Path, damaged: str) -> None:
    path = evidence(tmp_path / "run.evidence", damaged)
    with pytest.raises(EvidenceError, match="damaged") as caught, EvidenceFile.open(path) as file:
        sittings(file)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_with_damaged_options_is_closed_in_order(tmp_path: Path) -> None:
    path = evidence(tmp_path / "run.evidence", "{}", "[]", "{}")
    with pytest.raises(EvidenceError), EvidenceFile.open(path) as file:
        sittings(file)


def test_a_reading_that_there_is_not_is_told_before_anything_is_played(tmp_path: Path) -> None:
    arguments = ["run", "--reading", "C02=perhaps", "--report-dir", str(tmp_path / "new")]
    with pytest.raises(CatalogueError, match="C02"):
        _plan(_parser().parse_args(arguments))
    assert not (tmp_path / "new").exists()


def test_sittings_add_up_to_all_that_was_asked_for() -> None:
    some, more = RunOptions(selection=Selection(("a", "b"))), RunOptions(selection=Selection(("b", "c")))
    assert asked_for([some, more]) == Selection(("a", "b", "c"))
    assert asked_for([some, RunOptions(), more]) == asked_for([]) == EVERYTHING
    assert edition_of([RunOptions(Edition.MAILTO_04), RunOptions()]) is Edition.MAILTO_04
    assert edition_of([RunOptions()]) is Edition.MAILTO_00


def test_no_user_and_no_password_is_kept_of_an_ixit() -> None:
    ixit = Ixit(mail_domain="a.example", own_user="bob", own_password="secret-1", other_password="secret-2")
    assert ixit.entries() == {"mail-domain": "a.example"}
    assert ixit.has_accounts
    assert not Ixit().entries()
    assert Ixit.of(Ixit(parallel=3, document="x.pdf").entries(), "evidence") == Ixit(parallel=3, document="x.pdf")


# ---------------------------------------------------------------- going on


def test_a_run_that_is_gone_on_with_is_as_it_was(tmp_path: Path) -> None:
    before = replace(
        FULL,
        accounts=False,
        has_login=False,
        built_in=False,
        selection=Selection(("M4-From-1",)),
        vocabulary="ntfy-01",
    )
    path = evidence(tmp_path / "run.evidence", before.as_json())
    plan = _plan(_parser().parse_args(["run", "--resume", str(path), "--report-dir", str(tmp_path)]))
    assert (plan.listener.host, plan.listener.port) == before.listen
    assert plan.ixit == replace(Ixit(), mail_domain="a.example", mail_timeout=3.5)
    assert plan.printer_uri == "ipp://printer.example/"
    assert (plan.edition, plan.selection) == (before.edition, before.selection)
    assert (plan.awkward, plan.seed, plan.max_subscriptions) == (before.awkward, before.seed, 3)
    assert plan.ixit_entries == before.ixit  # for the next time
    assert (plan.listener.security.tls, plan.listener.security.auth) == (before.tls, before.auth)
    assert plan.listener.hostname == before.names[0]
    assert plan.asked.certificate == before.certificate


def test_what_is_told_anew_holds(tmp_path: Path) -> None:
    path = evidence(tmp_path / "run.evidence", FULL.as_json())
    (tmp_path / "bench.toml").write_text('mail-domain = "b.example"\n')
    told = ["--ixit", str(tmp_path / "bench.toml"), "--smtp-listen", "127.0.0.1:2626", "--select", "M4-From-1"]
    told += ["--max-subscriptions", "9", "--smtp-auth", "none", "--smtp-tls", "implicit"]
    plan = _plan(_parser().parse_args(["run", "--resume", str(path), "--report-dir", str(tmp_path), *told]))
    assert (plan.listener.host, plan.listener.port, plan.ixit.mail_domain) == ("127.0.0.1", 2626, "b.example")
    assert plan.ixit.mail_timeout == Ixit().mail_timeout
    assert (plan.selection, plan.max_subscriptions) == (Selection(("M4-From-1",)), 9)
    assert (plan.listener.security.tls, plan.listener.security.auth) == ("implicit", "none")


def test_users_and_documents_have_to_be_named_again(tmp_path: Path) -> None:
    document = tmp_path / "page.pdf"
    document.write_bytes(b"%PDF")
    kept = replace(FULL, accounts=False, has_login=False, selection=EVERYTHING, ixit={"document": str(document)})
    for number, (options, taken) in enumerate(
        [
            (replace(kept, accounts=True), False),
            (replace(kept, document="00" * 32), False),  # another document than was printed
            (replace(kept, ixit={"document": str(tmp_path / "gone.pdf")}), False),
            (replace(kept, document=hashlib.sha256(b"%PDF").hexdigest()), True),
        ]
    ):
        path = evidence(tmp_path / f"{number}.evidence", options.as_json())
        arguments = _parser().parse_args(["run", "--resume", str(path), "--report-dir", str(tmp_path)])
        if taken:
            assert _plan(arguments).ixit.document == str(document)
        else:
            with pytest.raises(UsageError, match="--ixit"):
                _plan(arguments)


def test_a_login_has_to_be_named_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = replace(FULL, accounts=False, selection=EVERYTHING, ixit=None)
    path = evidence(tmp_path / "run.evidence", kept.as_json())
    arguments = ["run", "--resume", str(path), "--report-dir", str(tmp_path)]
    with pytest.raises(UsageError, match="--smtp-login"):
        _plan(_parser().parse_args(arguments))
    monkeypatch.setenv("BENCH_LOGIN", "jones:secret")
    plan = _plan(_parser().parse_args([*arguments, "--smtp-login", "env:BENCH_LOGIN"]))
    assert plan.listener.security.credentials is not None
