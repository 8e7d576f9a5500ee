"""Every case can be reached: it has requirements that exist and scenarios that exist, and its id is its own."""

from __future__ import annotations

from collections import Counter

import pytest

from conformance.cases.case import RUN
from conformance.requirements import requirements
from conformance.scenarios import BY_ID, SCENARIOS
from conformance.vocabulary import Edition
from reports.judging.inventory import case_functions, cases

ENTRIES = {entry.id: entry for entries in requirements().values() for entry in entries}


def test_every_scenario_has_an_id_of_its_own() -> None:
    assert len(BY_ID) == len(SCENARIOS)


@pytest.mark.parametrize("edition", Edition)
def test_every_case_has_an_id_of_its_own(edition: Edition) -> None:
    assert not [name for name, n in Counter(entry.id for entry in cases(edition)).items() if n > 1]


def test_every_case_names_requirements_that_give_a_verdict() -> None:
    named = {name for edition in Edition for case in case_functions(edition) for name in case.requirements}
    assert not sorted(named - set(ENTRIES))
    assert not sorted(name for name in named if not ENTRIES[name].severity.gives_verdict)


def test_every_case_reads_a_scenario_of_the_edition_it_judges() -> None:
    """A case none of whose requirements counts in the edition of its scenario would never run there."""
    for edition in Edition:
        for entry in cases(edition):
            assert entry.scenario == RUN or edition in BY_ID[entry.scenario].editions


def test_every_scenario_serves_a_case_or_the_stage() -> None:
    for edition in Edition:
        used = {entry.scenario for entry in cases(edition)}
        used |= {"printer/user-data-as-uri", "job/isolation", "job/ended-unprinted"}  # which show how to play the rest
        used |= {"printer/given-up"}  # for the ledger, which looks at all
        assert not sorted(s.id for s in SCENARIOS if edition in s.editions and s.id not in used)
