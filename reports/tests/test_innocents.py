"""No conforming printer is blamed: on none of the innocent does a requirement fail, and all that can be judged is.

``IPPMAILTO_INNOCENTS=full`` plays every scenario at each of them, in some ten minutes.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from conformance.requirements import Judged, catalogue
from conformance.scenarios import SCENARIOS, selected
from conformance.steps import Scenario
from fakes.innocents import INNOCENTS, Innocent
from fakes.ixit import Ixit
from reports.trial import Trial, try_printer

FULL: Final = os.environ.get("IPPMAILTO_INNOCENTS") == "full"
JOBS: Final = 4
EVERYBODY: Final = (
    "printer/description", "printer/user-data", "printer/user-data-as-uri", "printer/no-user-data", "job/isolation",
    "printer/omitted", "job/omitted", "job/text-plain", "job/us-ascii", "job/none", "job/utf-8", "job/html",
    "printer/html-utf-8", "printer/ipp", "job/ipp", "job/postscript", "job/tiff", "printer/sequence-omitted",
    "job/sequence-ipp", "job/before-any-event", "printer/state-changed", "printer/lease-min", "printer/lease-inside",
    "awkward/names-quotes", "awkward/names-mixed-scripts",
)  # fmt: skip
SLOW: Final = ("printer/omitted", "job/omitted", "job/isolation", "printer/no-user-data", "job/sequence-omitted")
PATIENT: Final = Ixit(mail_timeout=10.0)  # some of the innocent take their time; nothing waits so long in vain


def scenarios_of(innocent: Innocent) -> list[Scenario]:
    """What is played, in the order of the suite."""
    own = SLOW if innocent.change.get("delivery_delay") and not FULL else (*EVERYBODY, *innocent.on)
    names = {s.id for on in own for s in selected(on)}
    chosen = SCENARIOS if FULL else [s for s in SCENARIOS if s.id in names]
    return [s for s in chosen if innocent.edition in s.editions]


def tried(innocent: Innocent) -> Trial:
    """The trial of one of them; runs in a process of the pool."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="ippmailto-innocent-") as directory:
        return try_printer(innocent.policy, scenarios_of(innocent), Path(directory), ixit=PATIENT)


@pytest.fixture(scope="module")
def trials() -> Iterator[Mapping[str, Future[Trial]]]:
    """All of them under way, some at once."""
    with ProcessPoolExecutor(JOBS, multiprocessing.get_context("spawn")) as pool:
        yield {innocent.id: pool.submit(tried, innocent) for innocent in INNOCENTS}


@pytest.mark.parametrize("innocent", INNOCENTS, ids=[i.id for i in INNOCENTS])
def test_an_innocent_printer_is_not_blamed(innocent: Innocent, trials: Mapping[str, Future[Trial]]) -> None:
    trial = trials[innocent.id].result()
    known = catalogue(innocent.edition, innocent.vocabulary)
    blamed = {name: results for name, results in trial.missed().items() if name not in innocent.warns}
    assert not blamed, "\n".join(
        f"{name}: {r.id}: {r.expected} / {r.actual}" for name, rs in blamed.items() for r in rs
    )
    assert all(known[name].judged is Judged.SOFT for name in innocent.warns)
    assert set(innocent.warns) <= set(trial.missed()), "it is said to warn, and does not"


@pytest.mark.parametrize("innocent", INNOCENTS, ids=[i.id for i in INNOCENTS])
def test_all_that_can_be_judged_of_it_is(innocent: Innocent, trials: Mapping[str, Future[Trial]]) -> None:
    left = {
        name: rs for name, rs in trials[innocent.id].result().inconclusive().items() if name not in innocent.unjudged
    }
    assert not left, "\n".join(f"{name}: {r.id}: {r.reason}" for name, rs in left.items() for r in rs)


def test_there_are_as_many_as_were_promised() -> None:
    assert len({innocent.id for innocent in INNOCENTS}) == len(INNOCENTS) >= 20
