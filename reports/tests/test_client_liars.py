"""Every lying client is caught by the cases of what its row names and by no other; an obedient one by none.

One of them: ``python -m pytest reports/tests/test_client_liars.py -k falls-back``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.requirements import Binds, catalogue
from conformance.verdict import Outcome
from conformance.vocabulary import Edition
from fakes.clients import LYING_CLIENTS, OBEDIENT_CLIENTS, ClientRow
from reports.selftest.client_matrix import client_attempts, client_table, compared
from reports.selftest.client_trial import try_client


@pytest.mark.parametrize("row", [pytest.param(r, id=r.id) for r in (*OBEDIENT_CLIENTS, *LYING_CLIENTS)])
def test_a_client_is_caught_for_its_lie_and_nothing_else(tmp_path: Path, row: ClientRow) -> None:
    results = try_client(row, tmp_path)
    found = compared(row, results, 0.0)
    assert set(found.caught) == set(row.breaks)
    assert not found.problems, [f"{r.id}: {r.actual or r.reason}" for r in results]
    assert not [r.id for r in results if r.outcome is Outcome.INCONCLUSIVE]


@pytest.mark.parametrize(
    ("name", "entry", "fails"),
    [("strays-again", "E3-4", True), ("breaks-tls-off", "E3-4", True), ("password-before-tls", "E2-1", False)],
)
def test_what_was_left_in_the_clear_fails_and_the_rest_warns(
    tmp_path: Path, name: str, entry: str, *, fails: bool
) -> None:
    (row,) = (row for row in LYING_CLIENTS if row.id == name)
    violated = [r for r in try_client(row, tmp_path) if entry in r.requirements and r.outcome is Outcome.VIOLATED]
    assert [result.fails(hard=True) for result in violated] == [fails]


def test_the_page_tells_of_each_liar_and_what_caught_it() -> None:
    liars = [row for row in LYING_CLIENTS if row.id in ("no-user-name", "slashes")]
    obedient, *caught = client_attempts([OBEDIENT_CLIENTS[0], *liars])
    assert obedient.caught == {}
    (_, first, second) = client_table([obedient, *caught])
    assert first.startswith("| `no-user-name` | It does not say for whom it asks. | 4.11-3, 10-5 | `")
    assert "| `slashes` (mailto-04) |" in second


def test_a_claim_that_is_not_so_is_a_problem() -> None:
    (row,) = (row for row in LYING_CLIENTS if row.id == "no-user-name")
    (wrong,) = client_attempts([replace(row, breaks=("10-5", "E2-1"))])
    said = [problem.partition(":")[0] for problem in wrong.problems]
    assert said == ["E2-1 is not violated", "4.11-3 is violated too"]


def test_a_trial_that_breaks_is_a_problem_of_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(row: ClientRow, directory: Path) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("reports.selftest.client_matrix.try_client", breaks)
    (broken,) = client_attempts(LYING_CLIENTS[:1])
    assert broken.problems[0].startswith("the trial broke")


@pytest.mark.parametrize("edition", list(Edition))
def test_every_entry_that_a_client_is_judged_by_has_a_liar(edition: Edition) -> None:
    broken = {name for row in LYING_CLIENTS if row.edition is edition for name in row.breaks}
    own = {name for name, entry in catalogue(edition, None, Binds.CLIENT).items() if entry.editions == (edition,)}
    assert own <= broken
    shared = set(catalogue(edition, None, Binds.CLIENT)) - own
    assert shared <= {name for row in LYING_CLIENTS for name in row.breaks}


@pytest.mark.parametrize("name", ["E2-1", "E2-2", "E3-4", "E5-2", "3-5", "4.4-4", "4.11-3", "10-5", "4.3-9", "4.5-3"])
def test_some_obedient_client_passes(tmp_path: Path, name: str) -> None:
    for row in OBEDIENT_CLIENTS:
        directory = tmp_path / row.id
        directory.mkdir()
        met = {n for r in try_client(row, directory) if r.outcome is Outcome.MET for n in r.requirements}
        if name in met:
            return
    pytest.fail(f"no obedient client shows {name}")


def test_clients_have_names_of_their_own() -> None:
    rows = (*OBEDIENT_CLIENTS, *LYING_CLIENTS)
    assert len({row.id for row in rows}) == len(rows)
