"""The catalogue is whole, its references lead somewhere, and its reader refuses what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import conformance
from conformance.requirements import (
    Binds,
    CatalogueError,
    Level,
    Otherwise,
    Severity,
    catalogue,
    choices_made,
    readings,
    requirements,
    switched,
)
from conformance.requirements.parse import check, parse_readings, parse_requirements
from conformance.vocabulary import VOCABULARIES, Edition

ALL = [entry for entries in requirements().values() for entry in entries]
BY_ID = {entry.id: entry for entry in ALL}
CHOICES = [(edition, vocabulary) for edition in Edition for vocabulary in (None, *VOCABULARIES)]

PRINTABLE = 160  # characters; two lines of a terminal

GOOD = """
[defaults]
document = "a draft"
editions = ["mailto-00"]
[[requirement]]
id = "1-1"
section = "1"
level = "MUST"
binds = "printer"
judged = "hard"
says = "Do it."
observe = "It is done."
reading = ["C01"]
"""
READING = """
[[reading]]
id = "C01"
sections = "1"
contradiction = "Yes and no."
chosen = "Yes."
"""


def test_the_first_draft_has_119_entries_and_seven_issues() -> None:
    ids = [entry.id for entry in requirements()["mailto-00"]]
    assert len(ids) == 119
    assert [i for i in ids if i.startswith("ISSUE")] == [f"ISSUE-0{n}" for n in range(1, 8)]


def test_24_entries_are_inherited() -> None:
    assert [entry.id for entry in requirements()["inherited"]] == [f"N-{n:02}" for n in range(1, 25)]


def test_31_contradictions_are_read() -> None:
    ids = [name for name in readings() if name.startswith("C")]
    assert len(ids) == 31
    assert sorted(ids) == sorted([*(f"C{n:02}" for n in range(1, 31)), "C24a"])


def test_26_entries_are_about_security_and_one_is_split() -> None:
    ids = [entry.id for entry in requirements()["security"]]
    assert len(ids) == 27
    assert [i for i in ids if not i.startswith("MV-")] == [
        *(f"E1-{n}" for n in range(1, 5)), *(f"E2-{n}" for n in range(1, 4)), *(f"E3-{n}" for n in range(1, 6)),
        *(f"E4-{n}" for n in range(1, 4)), *(f"E5-{n}" for n in range(1, 4)), "E-6", "E-7",
    ]  # fmt: skip
    assert [i for i in ids if i.startswith("MV-")] == [*(f"MV-{n}" for n in range(1, 7)), "MV-6a"]


@pytest.mark.parametrize(("name", "prefix"), [("mailto-04", "M4-"), ("rfc3995", "R-"), ("safety", "S-")])
def test_ids_tell_their_file(name: str, prefix: str) -> None:
    entries = requirements()[name]
    assert entries
    assert all(entry.id.startswith(prefix) for entry in entries)


def test_no_id_is_given_twice() -> None:
    assert len(BY_ID) == len(ALL)


def test_an_entry_is_judged_by_what_is_observed_or_says_why_not() -> None:
    assert not [entry.id for entry in ALL if not entry.observe]
    assert not [
        entry.id for entry in ALL if (entry.untested is None) != (entry.severity in (Severity.HARD, Severity.SOFT))
    ]


def test_only_printers_are_judged() -> None:
    assert {entry.binds for entry in ALL if entry.severity.gives_verdict} == {Binds.PRINTER}


def test_a_permission_never_costs_the_verdict() -> None:
    judged = {entry.id for entry in ALL if entry.level in (Level.MAY, Level.OPTIONAL) and entry.severity.gives_verdict}
    assert judged == {"3-2"}  # an optional operation has to work once it is listed


def test_what_is_only_advised_never_fails() -> None:
    assert not [
        entry.id for entry in ALL if entry.level in (Level.SHOULD, Level.ADVICE) and entry.severity is Severity.HARD
    ]


def test_every_reading_is_used_or_says_why_not() -> None:
    used = {name for entry in ALL for name in entry.reading}
    assert used <= set(readings())
    assert {name for name, reading in readings().items() if reading.unused} == set(readings()) - used


def test_ids_that_sentences_mention_exist() -> None:
    named = re.compile(
        r"(?<![\w.-])(?:[MNRS]\d?-[\w-]*\w|T1-\w+-\d|ISSUE-\d+|\d+(?:\.\d+)?-\d+a?|[BCD]\d\da?)(?![\w-])"
    )
    sentences = [text for entry in ALL for text in (entry.says, entry.observe, entry.untested or "")]
    sentences += [choice.reads for reading in readings().values() for choice in reading.choices]
    sentences += [reading.unused or "" for reading in readings().values()]
    mentioned = {name for text in sentences for name in named.findall(text)}
    assert {"4.3-3", "7-1", "T1-From-1", "S-inject", "ISSUE-03", "N-02", "C02"} <= mentioned
    assert mentioned <= set(BY_ID) | set(readings())


def test_sentences_are_short_enough_to_print() -> None:
    sentences = [(entry.id, text) for entry in ALL for text in (entry.says, entry.observe, entry.untested or ".")]
    assert not [name for name, text in sentences if not text.endswith(".") or len(text) > PRINTABLE]


@pytest.mark.parametrize(("edition", "vocabulary"), CHOICES)
def test_what_counts_follows_edition_and_vocabulary(edition: Edition, vocabulary: str | None) -> None:
    found = catalogue(edition, vocabulary)
    assert {entry.id for entry in ALL if entry.counts_for(edition, vocabulary)} == set(found)
    assert all(edition in entry.editions for entry in found.values())
    assert {name for entry in found.values() for name in entry.reading} == set(found.readings)


def test_the_first_edition_stands_in_the_order_of_its_text() -> None:
    ids = list(catalogue(Edition.MAILTO_00))
    landmarks = ["0-1", "1-2", "3-1", "ISSUE-03", "4.10-1", "T1-From-1", "5.2-1", "10-7", "N-01", "R-Renew-1", "S-path"]
    assert sorted(landmarks, key=ids.index) == landmarks


def test_the_later_edition_begins_with_its_own_text() -> None:
    ids = list(catalogue(Edition.MAILTO_04))
    assert ids[0] == "M4-Send-1"
    assert ids.index("M4-Body-1") < ids.index("4.7-3") < ids.index("N-12") < ids.index("S-dot")


def test_the_later_edition_keeps_sequence_and_lease_but_not_table_1() -> None:
    kept = {entry.id for entry in requirements()["mailto-00"] if Edition.MAILTO_04 in entry.editions}
    assert {"4.7-1", "4.7-2", "4.7-3", "4.7-4", "4.9-1", "1-2", "3-6"} <= kept
    assert not [name for name in kept if name.startswith(("T1-", "4.3-", "5", "6"))]


def test_transfer_rules_count_in_both_editions() -> None:
    assert all(entry.editions == tuple(Edition) for entry in requirements()["safety"])


@pytest.mark.parametrize(("first", "rfc3995"), [("N-15", "R-Renew-1"), ("N-05", "R-Events-1")])
@pytest.mark.parametrize("edition", list(Edition))
def test_a_rule_turned_round_counts_in_one_vocabulary_only(first: str, rfc3995: str, edition: Edition) -> None:
    assert {first, rfc3995} & set(catalogue(edition, "ntfy-01")) == {first}
    assert {first, rfc3995} & set(catalogue(edition, "rfc3995")) == {rfc3995}


def test_a_catalogue_is_read_once() -> None:
    assert catalogue(Edition.MAILTO_00, "ntfy-01") is catalogue(Edition.MAILTO_00, "ntfy-01")


def test_an_unknown_vocabulary_is_refused() -> None:
    with pytest.raises(CatalogueError, match="ntfy-01, rfc3995"):
        catalogue(Edition.MAILTO_00, "esperanto")


def test_where_names_document_and_section() -> None:
    assert BY_ID["T1-From-1"].where == "draft-ietf-ipp-notify-mailto-00, section 5"
    assert BY_ID["S-dot"].where == "RFC 5321, section 4.5.2 (also RFC 821 4.5.2)"


def test_a_reading_with_an_alternative_is_switchable() -> None:
    assert readings()["C12"].switchable
    assert not readings()["C01"].switchable


def test_the_choices_that_cases_ask_about_are_those_of_the_readings() -> None:
    others = {f"{r.id}={choice.name}" for r in readings().values() for choice in r.choices[1:]}
    assert others == {each.value for each in Otherwise}


def test_every_choice_is_asked_about_by_a_case() -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in Path(conformance.__file__).parent.rglob("*.py"))
    assert not [each.name for each in Otherwise if f"Otherwise.{each.name}" not in written]


def test_readings_are_switched_by_name() -> None:
    assert switched(["C12=ignored", "C20=warns"], readings()) == {Otherwise.C12_IGNORED}
    made = choices_made({Otherwise.C12_IGNORED}, readings())
    assert (made["C12"], made["C20"], "C01" in made) == ("ignored", "warns", False)


@pytest.mark.parametrize(
    ("wishes", "problem"),
    [
        (["C99=x"], "no such reading; those with a choice are C02, C04"),
        (["C01=user-name"], "this reading is fixed; those with a choice are C02"),
        (["C12"], "C12 has the choices warns, ignored"),
        (["C12=never"], "C12 has the choices warns, ignored"),
        (["C12=warns", "C12=ignored"], "C12=warns was asked for as well"),
    ],
)
def test_a_wish_that_cannot_be_met_says_what_can(wishes: list[str], problem: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(problem)):
        switched(wishes, readings())


def test_an_entry_overrides_the_defaults_of_its_file() -> None:
    text = GOOD.replace('id = "1-1"', 'id = "1-1"\ndocument = "another"\neditions = ["mailto-00", "mailto-04"]')
    (entry,) = parse_requirements("x.toml", text)
    assert (entry.document, entry.editions) == ("another", (Edition.MAILTO_00, Edition.MAILTO_04))
    assert parse_requirements("x.toml", GOOD)[0].document == "a draft"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('section = "1"', "", "section is missing"),
        ('section = "1"', "section = 1", "section has to be a text"),
        ('section = "1"', 'section = ""', "section has to be a text"),
        ('section = "1"', 'section = "1"\nremark = "x"', "unknown key remark"),
        ('"MUST"', '"MUST NOT"', "level is 'MUST NOT', not one of MUST, SHOULD"),
        ('"printer"', '"toaster"', "binds is 'toaster'"),
        ('"printer"', '"client"', "judged hard, though it binds the client"),
        ('"hard"', '"severe"', "judged is 'severe'"),
        ('"hard"', '"info"', "gives no verdict and needs untested"),
        ('"hard"', '"soft"\nuntested = "Why."', "is judged and cannot have untested"),
        ('["mailto-00"]', '["mailto-99"]', "editions is 'mailto-99'"),
        ('["mailto-00"]', "[]", "editions is missing"),
        ('["C01"]', '"C01"', "reading has to be a list"),
        ('["C01"]', '["C01", "C01"]', "reading repeats itself"),
        ('id = "1-1"', 'id = "1-1"\nvocabularies = ["esperanto"]', "unknown vocabulary esperanto"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(old: str, new: str, problem: str) -> None:
    assert old in GOOD
    with pytest.raises(CatalogueError, match=re.escape(problem)) as caught:
        parse_requirements("x.toml", GOOD.replace(old, new, 1))
    assert caught.value.where == "x.toml: 1-1"


SIDE = 'reading = ["C01"]\n[requirement.client]\njudged = "soft"\nsays = "Send it."\nobserve = "It is sent."'


def test_what_an_entry_asks_of_a_client_counts_where_a_client_is_judged() -> None:
    (entry,) = parse_requirements("x.toml", GOOD.replace('reading = ["C01"]', SIDE))
    side = entry.of_client
    assert side is not None
    assert (side.binds, side.severity, side.says, side.observe) == (
        Binds.CLIENT, Severity.SOFT, "Send it.", "It is sent.",
    )  # fmt: skip
    assert (entry.binds, entry.severity, entry.says) == (Binds.PRINTER, Severity.HARD, "Do it.")


def test_a_client_is_judged_by_what_binds_it() -> None:
    for edition in Edition:
        found = catalogue(edition, None, Binds.CLIENT)
        assert {"E2-1", "E2-2", "E3-4", "E5-2", "3-5"} <= set(found)
        assert {entry.binds for entry in found.values()} == {Binds.CLIENT}
        assert all(entry.severity.gives_verdict and entry.untested is None for entry in found.values())
        assert not [
            entry.id for entry in found.values() if len(entry.says) > PRINTABLE or len(entry.observe) > PRINTABLE
        ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('judged = "soft"', 'judged = "none"', "x.toml: 1-1: client: judged none gives no verdict"),
        ('says = "Send it."\n', "", "x.toml: 1-1: client: says is missing"),
        ('observe = "It is sent."', "", "observe is missing"),
        ('says = "Send it."', 'says = "Send it."\nlevel = "MUST"', "unknown key level"),
    ],
)
def test_a_wrong_side_of_a_client_is_refused(old: str, new: str, problem: str) -> None:
    text = GOOD.replace('reading = ["C01"]', SIDE)
    assert old in text.partition("[requirement.client]")[2]
    before, mark, side = text.partition("[requirement.client]")
    with pytest.raises(CatalogueError, match=re.escape(problem)):
        parse_requirements("x.toml", before + mark + side.replace(old, new))


def test_an_entry_without_id_is_blamed_by_its_position() -> None:
    with pytest.raises(CatalogueError, match="requirement number 1: id is missing"):
        parse_requirements("x.toml", GOOD.replace('id = "1-1"', ""))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[requirement]", "x.toml: not TOML"),
        (GOOD + '[[requirements]]\nid = "2"', "x.toml: unknown table requirements"),
        (GOOD.replace('document = "a draft"', 'level = "MUST"'), "cannot have level"),
        ("requirement = 3", "has to be a table"),
        ("requirement = [3]", "a table was expected"),
    ],
)
def test_a_wrong_file_is_refused(text: str, problem: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(problem)):
        parse_requirements("x.toml", text)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('chosen = "Yes."', "", "y.toml: C01: chosen is missing"),
        ('chosen = "Yes."', 'choices.yes = "Yes."', "choices are two at least"),
        ('chosen = "Yes."', 'choices.yes = "Yes."\nchoices.no = 3', "y.toml: C01: choices: no has to be a text"),
        ('chosen = "Yes."', 'chosen = "Yes."\nchoices.yes = "Yes."\nchoices.no = "No."', "unknown key chosen"),
    ],
)
def test_a_wrong_reading_is_refused_by_name(old: str, new: str, problem: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(problem)):
        parse_readings("y.toml", READING.replace(old, new))


def test_the_first_choice_of_a_reading_is_the_suites_own() -> None:
    (reading,) = parse_readings("y.toml", READING.replace("chosen", "choices.yes") + 'choices.no = "No."')
    assert (reading.chosen, [choice.name for choice in reading.choices]) == ("Yes.", ["yes", "no"])


def test_entries_and_readings_that_match_are_accepted() -> None:
    check(parse_requirements("x.toml", GOOD), parse_readings("y.toml", READING))


@pytest.mark.parametrize(
    ("entries", "found", "problem"),
    [
        (GOOD + GOOD.replace("[defaults]\n", "").split('["mailto-00"]\n')[1], READING, "1-1: the id is given 2 times"),
        (GOOD, READING.replace("C01", "1-1"), "1-1: the id is given 2 times"),
        (GOOD, "", "1-1: depends on a reading that does not exist: C01"),
        (GOOD, READING + READING.replace("C01", "C02"), "C02: is not used, and does not say why"),
        (GOOD, READING + 'unused = "Why."', "C01: is used, and says why it is not"),
    ],
)
def test_references_that_do_not_match_are_refused(entries: str, found: str, problem: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(problem)):
        check(parse_requirements("x.toml", entries), parse_readings("y.toml", found))
