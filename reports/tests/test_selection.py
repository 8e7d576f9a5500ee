"""``--select``: one value each, whatever the case of its letters, and no value that matches nothing goes unnoticed."""

from __future__ import annotations

import pytest

from conformance.vocabulary import Edition
from reports.cli import _parser
from reports.judging.inventory import CaseEntry, cases
from reports.judging.selection import Selection, SelectionError

EDITION = Edition.MAILTO_00


@pytest.fixture(scope="module")
def entries() -> list[CaseEntry]:
    return cases(EDITION)


def chosen(*patterns: str) -> set[str]:
    return {entry.id for entry in Selection(patterns).cases(EDITION)}


def test_a_value_ends_where_the_shell_ends_it() -> None:
    options = _parser().parse_args(["run", "--select", "1-6", "ipp://printer.example/"])
    assert (options.select, options.printer) == (["1-6"], "ipp://printer.example/")
    options = _parser().parse_args(["judge", "--select", "S-path, 1-6", "--select", "T1-*", "run.evidence"])
    assert options.select == ["S-path", "1-6", "T1-*"]
    assert [str(path) for path in options.evidence] == ["run.evidence"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "its value is empty"),
        (",", "lacks an id"),
        ("T1-From-1,", "lacks an id"),
        ("T1-From-1,,1-6", "lacks an id"),
    ],
)
def test_a_value_without_an_id_is_wrong_usage(value: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        _parser().parse_args(["run", "--select", value])
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("pattern", ["s-path", "S-PATH", "s-pat?"])
def test_the_case_of_letters_does_not_matter(entries: list[CaseEntry], pattern: str) -> None:
    assert chosen(pattern) == {entry.id for entry in entries if "S-path" in entry.requirements} != set()


def test_a_case_is_chosen_by_the_id_that_the_reports_show(entries: list[CaseEntry]) -> None:
    name = "table1.from_shows_the_printer_name[job/omitted]"
    assert chosen(name) == chosen(name.upper()) == {name}
    assert chosen("*[job/omitted]") == {entry.id for entry in entries if entry.scenario == "job/omitted"}


def test_several_add_up(entries: list[CaseEntry]) -> None:
    assert chosen("1-6", "S-path") == chosen("1-6") | chosen("S-path")
    assert chosen() == {entry.id for entry in entries}


@pytest.mark.parametrize(
    ("patterns", "says"),
    [
        (("T1-Form-1",), "did you mean T1-From-1"),
        (("1-6", "t1-form-1"), "nothing matches 't1-form-1'"),
        (("table1.form_shows_the_printer_name",), "did you mean table1.from_shows_the_printer_name"),
        (("table1.to_is_the_recipient[job/omited]",), "[job/omitted]"),
        (("ipp://printer.example/",), "requirements --edition mailto-00 lists the ids"),
        (("m4-from-1",), "M4-From-1 is of --edition mailto-04"),
        (("10-1",), "no case judges 10-1: "),
        (("\x1b[2J",), "'\\x1b[2J'"),
    ],
)
def test_each_value_that_matches_nothing_is_told_with_what_is_near(patterns: tuple[str, ...], says: str) -> None:
    with pytest.raises(SelectionError) as caught:
        Selection(patterns).cases(EDITION)
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_id_of_the_other_vocabulary_is_told_as_that_where_nothing_else_is_asked_for() -> None:
    other = Selection(("r-renew-1",))
    with pytest.raises(SelectionError, match="is about printers that speak rfc3995"):
        other.cases(EDITION, vocabulary="ntfy-01")
    assert other.cases(EDITION, vocabulary="rfc3995") == other.cases(EDITION)
    both = Selection(("r-renew-1", "1-6"))
    assert both.cases(EDITION, vocabulary="ntfy-01") == Selection(("1-6",)).cases(EDITION, vocabulary="ntfy-01")
    assert both.idle(both.cases(EDITION, vocabulary="ntfy-01")) == ["r-renew-1"]
