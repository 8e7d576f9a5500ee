"""The generated pages of the documentation are those that the code would make now."""

from __future__ import annotations

from pathlib import Path

from conformance.requirements import catalogue
from conformance.vocabulary import Edition
from reports.judging.coverage import as_markdown, coverage
from reports.judging.inventory import cases

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_requirements_is_up_to_date() -> None:
    """To mend it: the lines below are what ``ippmailto requirements --format markdown`` prints for each edition."""
    page = (DOCS / "requirements.md").read_text()
    for edition in Edition:
        table = "\n".join(as_markdown(catalogue(edition), coverage(cases(edition))))
        assert table in page, f"make docs/requirements.md again for {edition.value}"


def test_every_entry_has_a_case_or_a_written_reason() -> None:
    for edition in Edition:
        covered = coverage(cases(edition))
        for entry in catalogue(edition).values():
            assert covered.get(entry.id) or entry.untested, f"{entry.id} has neither a case nor a reason"
