"""Many printers side by side: what each page says is what the verdicts say, and without names nothing tells whose."""

from __future__ import annotations

import json
import random
import re
import tracemalloc
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from conformance.requirements import catalogue
from conformance.vocabulary import Edition
from reports.cli import main
from reports.exits import Exit
from reports.matrix import Tally, VerdictDocument, verdict_documents, write_site
from reports.matrix.names import anonymous_names, own_names, vendor_of
from reports.matrix.tally import taken
from reports.matrix.views import LETTERS, coverage, disagreements
from reports.tests.test_formats import VERDICT_SCHEMA
from reports.tests.verdicts import a_verdict, leave

OLD, NEW = "2026-01-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"
PRINTERS: Final = (
    a_verdict("Alpha Laser 6", "1.9", started=OLD, T1_From_1="fail", S_7bit="pass"),
    a_verdict("Alpha Laser 6", "1.10", started=NEW, T1_From_1="pass", S_7bit="fail"),
    a_verdict("Alpha Laser 51", "3", T1_From_1="pass", N_23="warning"),
    a_verdict("Beta <b>Jet</b>", "7.7.7", T1_From_1="fail", S_7bit="inconclusive", N_23="not-applicable"),
    a_verdict("Beta Two", edition=Edition.MAILTO_04, M4_From_1="fail"),
)
PAGES: Final = (
    "coverage.html",
    "disagreements.html",
    "index.html",
    "mailto-00.html",
    "mailto-04.html",
    *(f"printer-{number}.html" for number in range(1, 5)),
)


def site(directory: Path, *documents: dict[str, Any], more: tuple[str, ...] = ()) -> Path:
    """That of these."""
    source = directory / "verdicts"
    source.mkdir()
    leave(source, *documents)
    assert main(["matrix", str(source), "-o", str(directory / "site"), *more]) == Exit.CONFORMS
    return directory / "site"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site(tmp_path_factory.mktemp("matrix"), *PRINTERS)


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def words(page: Path) -> str:
    """What a reader sees of it."""
    body = re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]+>", " ", text(page), flags=re.DOTALL)
    return " ".join(unescape(body).split())


def letters(page: Path, requirement: str) -> str:
    """The cells of a row."""
    found = re.search(
        rf'<tr class="row"[^>]*><th scope="row"><span class="id">{re.escape(requirement)}</span>.*?</tr>', text(page)
    )
    assert found, requirement
    return "".join(re.findall(r'<td class="cell [a-z-]+">(.)</td>', found[0]))


def columns(page: Path) -> list[str]:
    """The heads of the columns."""
    return [
        unescape(re.sub("<[^>]+>", "", head))
        for head in re.findall(r'<th scope="col" class="upright">(.*?)</th>', text(page))
    ]


# ---------------------------------------------------------------- what stands there


def test_verdicts_of_the_tests_are_verdicts() -> None:
    for document in PRINTERS:
        jsonschema.validate(document, VERDICT_SCHEMA)


def test_the_pages_are_there_and_every_link_leads_to_one(whole: Path) -> None:
    assert sorted(path.name for path in whole.iterdir()) == sorted(PAGES)
    for page in whole.iterdir():
        links = re.findall(r'href="([^"]*)"', text(page))
        assert len(links) > 4
        assert [link for link in links if not (link.startswith("#") or (whole / link).exists())] == []
        assert re.findall(r"https?://", re.sub(r"</?style>.*", "", text(page))) == []


def test_a_policy_lets_nothing_but_our_own_in(whole: Path) -> None:
    for page in whole.iterdir():
        (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text(page))
        assert policy.startswith("default-src ")
        assert "unsafe" not in policy
        assert text(page).count("<script") == text(page).count("<style") == 1
        assert not re.search(r"<[^>]+ (?:style|on[a-z]+)=", text(page))
        assert "<b>Jet" not in text(page)


def test_a_cell_is_what_the_latest_firmware_of_a_printer_came_to(whole: Path) -> None:
    page = whole / "mailto-00.html"
    assert columns(page) == ["Alpha Laser 6", "Alpha Laser 51", "Beta <b>Jet</b>"]
    assert letters(page, "T1-From-1") == "PPF"
    assert letters(page, "S-7bit") == "FP?"
    assert letters(page, "N-23") == "PWn"
    assert letters(page, "0-1") == "---"
    assert columns(whole / "mailto-04.html") == ["Beta Two"]
    assert letters(whole / "mailto-04.html", "M4-From-1") == "F"
    for entry in catalogue(Edition.MAILTO_00):
        assert len(letters(page, entry)) == 3


def test_every_verdict_has_a_letter_of_its_own() -> None:
    assert len(set(LETTERS.values())) == len(LETTERS) == 7


def test_a_trend_tells_what_broke_and_what_was_mended(whole: Path) -> None:
    said = words(whole / "printer-1.html")
    assert "1.9 to 1.10" in said  # by numbers, not by letters
    assert "does not pass any more : S-7bit" in said
    assert "passes now : T1-From-1" in said
    changed = text(whole / "printer-1.html").partition("What came out otherwise")[2].partition("<details>")[0]
    assert re.findall(r'<span class="id">([^<]+)</span>', changed) == ["T1-From-1", "S-7bit"]
    assert "does not pass any more" not in words(whole / "printer-2.html")


def test_printers_disagree_where_some_meet_what_others_do_not() -> None:
    several = [a_verdict(f"Gamma {n}", S_7bit="fail" if n == 1 else "pass") for n in range(4)]
    several += [a_verdict(f"Gamma {n}", T1_From_1="fail", S_7bit="pass") for n in (4, 5, 6)]
    several[0] |= {"readings": several[0]["readings"] | {"C04": "binds"}}
    tally = taken(several)
    names = own_names(tally)
    latest = [found[-1] for found in tally.by_printer(Edition.MAILTO_00).values()]
    found = disagreements(Edition.MAILTO_00, latest, names)
    assert [one.entry.id for one in found] == ["T1-From-1", "S-7bit"]  # the one that is split more evenly first
    assert found[1].fail == ("Gamma 1",)
    assert found[0].fail == ("Gamma 4", "Gamma 5", "Gamma 6")


def test_a_disagreement_is_shown_with_how_the_text_was_read(tmp_path: Path) -> None:
    (entry, *_) = [e for e in catalogue(Edition.MAILTO_00).values() if "C04" in e.reading and not e.untested]
    one, other = (a_verdict(name) for name in ("Gamma One", "Gamma Two"))
    next(e for e in one["requirements"] if e["id"] == entry.id)["verdict"] = "fail"
    one["readings"]["C04"] = "binds"
    said = words(site(tmp_path, one, other) / "disagreements.html")
    reading = catalogue(Edition.MAILTO_00).readings["C04"]
    assert reading.contradiction in said
    assert f"Read so: {reading.chosen} By binds were judged: Gamma One." in said
    assert "Meet it Gamma Two Do not Gamma One" in said


def test_where_nobody_disagrees_the_page_says_so(tmp_path: Path) -> None:
    page = site(tmp_path, a_verdict("Gamma One"), a_verdict("Gamma Two")) / "disagreements.html"
    assert "2 printers in 2 runs." in words(page.with_name("index.html"))
    assert "There is none: each requirement that was judged is met by all, or by none." in words(page)


def test_coverage_counts_the_catalogue_and_not_the_printers() -> None:
    tally = taken(
        [a_verdict("Gamma One", otherwise="not-tested", S_7bit="pass"), a_verdict("Gamma Two", S_7bit="fail")]
    )
    latest = [found[-1] for found in tally.by_printer(Edition.MAILTO_00).values()]
    rows = {row.entry.id: row for document in coverage(Edition.MAILTO_00, latest) for row in document.rows}
    assert set(rows) == set(catalogue(Edition.MAILTO_00))
    assert (rows["S-7bit"].judged, rows["S-7bit"].kinds) == (2, "judged")
    assert (rows["T1-From-1"].judged, rows["T1-From-1"].counts) == (1, (("pass", 1), ("not-tested", 1)))
    alone = coverage(Edition.MAILTO_00, latest[:1])
    assert sum(document.count("judged") for document in alone) == 1
    untested = sum(bool(entry.untested) for entry in catalogue(Edition.MAILTO_00).values())
    assert sum(document.count("untested") for document in alone) == untested
    assert sum(len(d.rows) for d in alone) == 1 + untested + sum(d.count("open") for d in alone)


def test_more_printers_than_a_page_can_hold_are_on_several(tmp_path: Path) -> None:
    pages = site(tmp_path, *(a_verdict(f"Gamma {n}") for n in range(45)))
    assert len(columns(pages / "mailto-00.html")) == 40
    assert columns(pages / "mailto-00-2.html") == [f"Gamma {n}" for n in range(40, 45)]


# ---------------------------------------------------------------- which run counts


def test_what_counts_is_the_latest_run_that_judged_it_in_whatever_order_they_are_read(tmp_path: Path) -> None:
    runs = [
        a_verdict("Gamma", "1", started=OLD, S_7bit="fail", T1_From_1="fail"),
        a_verdict("Gamma", "1", started=NEW, otherwise="not-tested", T1_From_1="pass"),
        a_verdict("Gamma", "1", started="2026-03-01T00:00:00+02:00", S_7bit="warning", T1_From_1="warning"),
        a_verdict("Gamma", "1", started="no time", S_7bit="pass", T1_From_1="fail"),
    ]
    seen = set()
    for number in range(6):
        order = runs[:]
        random.Random(number).shuffle(order)
        (tmp_path / str(number)).mkdir()
        pages = site(tmp_path / str(number), *order)
        assert letters(pages / "mailto-00.html", "S-7bit") == "W"
        assert letters(pages / "mailto-00.html", "T1-From-1") == "P"
        seen.add(tuple(path.read_bytes() for path in sorted(pages.iterdir())))
    assert len(seen) == 1


def test_entries_of_other_versions_are_left_out_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = a_verdict("Gamma")
    document["requirements"].append({**document["requirements"][0], "id": "Z-99"})
    pages = site(tmp_path, document)
    assert "1 printer in 1 run." in words(pages / "index.html")
    assert "left out: 1 verdict on entries that this version's catalogue does not have\n" in capsys.readouterr().err
    assert all("Z-99" not in text(page) for page in pages.iterdir())


# ---------------------------------------------------------------- without names


def secrets_of(document: dict[str, Any], directory: Path) -> Iterator[str]:
    """Whatever tells who it is about, in whole and in parts."""
    printer = document["printer"]
    yield from (printer["uri"], printer["name"], printer["make-and-model"], document["started"][:10])
    yield from (word for word in re.split(r"[^A-Za-z]+", printer["make-and-model"]) if len(word) > 2)
    yield from (document["record"].values())
    yield from ("office.example", "192.0.2.7", "second floor", "erika", "run.evidence", str(directory), "run-0001")
    if len(printer["firmware"]) > 3:
        yield printer["firmware"]


def test_nothing_on_any_page_tells_whose_printer_it_is(tmp_path: Path) -> None:
    printers = [
        a_verdict("Quokka Inkmaster 9000", "fw-9.8.7-quokka", T1_From_1="fail"),
        a_verdict("QUOKKA Inkmaster 9001", "fw-1.2.3-quokka"),
        a_verdict("Wombat Plotterino", "77.88.99", S_7bit="fail", started="2025-12-24T00:00:00+00:00"),
        a_verdict("", "5.5.5.5", edition=Edition.MAILTO_04),
    ]
    printers[3]["printer"]["name"] = "Numbat of Zuzana"
    pages = site(tmp_path, *printers, more=("--anonymous",))
    looked_for = {secret.casefold() for one in printers for secret in secrets_of(one, tmp_path) if secret}
    assert {"quokka", "wombat", "sn-4711-0815", "plotterino"} <= looked_for
    for page in pages.iterdir():
        told = text(page).casefold()
        found = [secret for secret in sorted(looked_for) if secret in told or secret in page.name.casefold()]
        assert found == [], page.name
    own = text(site_again(tmp_path, pages, anonymous=False) / "index.html").casefold()
    assert "quokka inkmaster 9000" in own  # so that the search above can find something


def site_again(directory: Path, pages: Path, *, anonymous: bool) -> Path:
    more = ["--anonymous"] if anonymous else []
    words = ["matrix", str(directory / "verdicts"), "-o", str(pages), "--overwrite", *more]
    assert main(words) == Exit.CONFORMS
    return pages


def test_a_printer_has_the_same_letter_on_all_pages(tmp_path: Path) -> None:
    fails = ("T1-From-1", "S-7bit", "N-23")
    printers = [a_verdict(f"Vendor{n % 3} Model {n}") for n in range(9)]
    for n, document in enumerate(printers):
        next(one for one in document["requirements"] if one["id"] == fails[n % 3])["verdict"] = "fail"
    tally = taken(printers)
    names = anonymous_names(tally)
    assert len(set(names.printers.values())) == 9
    by_vendor = {vendor_of(own): called.split()[0] for own, called in names.printers.items()}
    assert sorted(by_vendor.values()) == ["A", "B", "C"]
    assert all(called.split()[0] == by_vendor[vendor_of(own)] for own, called in names.printers.items())
    write_site(tally, names, tmp_path)
    heads = columns(tmp_path / "mailto-00.html")
    assert heads == sorted(names.printers.values())
    for own, called in names.printers.items():
        n = int(own.split()[-1])
        assert letters(tmp_path / "mailto-00.html", fails[n % 3])[heads.index(called)] == "F"
        assert re.search(rf"<h1>{called}</h1>", text(tmp_path / f"printer-{names.numbers[own]}.html"))
        listed = re.search(
            rf'id="mailto-00-{fails[n % 3]}">.*?</article>', text(tmp_path / "disagreements.html"), re.DOTALL
        )
        assert listed
        assert called in listed[0].partition("Do not")[2]


def test_letters_are_drawn_and_do_not_follow_the_names() -> None:
    tally = taken([a_verdict(f"Vendor{n:02}") for n in range(12)])
    drawn = {tuple(anonymous_names(tally).printers[f"Vendor{n:02}"] for n in range(12)) for _ in range(4)}
    assert len(drawn) > 1  # alike four times in a row by chance once in 10^26


def test_vendors_beyond_z_have_two_letters() -> None:
    tally = taken([a_verdict(f"Vendor{n:02}") for n in range(30)])
    names = anonymous_names(tally, lambda listed: None)
    assert list(names.printers.values())[24:28] == ["Y 1", "Z 1", "AA 1", "AB 1"]


def test_an_anonymous_site_leaves_no_page_of_one_with_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pages = site(tmp_path, *(a_verdict(f"Quokka {n}") for n in range(3)))
    (pages / "mine.html").write_text("not ours")
    (tmp_path / "verdicts" / "run-0003.json").unlink()
    words = ["matrix", str(tmp_path / "verdicts"), "-o", str(pages), "--anonymous"]
    assert main(words) == Exit.USAGE
    assert "holds a site already" in capsys.readouterr().err
    site_again(tmp_path, pages, anonymous=True)
    assert [page.name for page in pages.iterdir() if "quokka" in text(page).casefold()] == []
    assert not (pages / "printer-3.html").exists()
    assert text(pages / "mine.html") == "not ours"


# ---------------------------------------------------------------- what cannot be used


def _edited(**changes: Any) -> Callable[[], str]:
    return lambda: json.dumps(a_verdict("Gamma") | changes)


def _without(name: str) -> Callable[[], str]:
    return lambda: json.dumps({key: value for key, value in a_verdict("Gamma").items() if key != name})


UNUSABLE: Final[dict[str, tuple[Callable[[], str], str]]] = {
    "nothing": (lambda: "", "it is not JSON"),
    "cut off": (lambda: json.dumps(a_verdict("Gamma"))[:5000], "it is not JSON"),
    "nested for ever": (lambda: "[" * 99_999, "it is not JSON"),
    "a list": (lambda: "[]", "it is no verdict.json of ippmailto"),
    "of another tool": (lambda: '{"results": {}, "reportFormat": "CTRF"}', "it is no verdict.json of ippmailto"),
    "of a later schema": (_edited(schema=2), "it is of schema 2"),
    "about a client": (_edited(subject="client"), "it is about a client"),
    "an edition that is none": (_edited(edition="mailto-99"), "it is damaged"),
    "a verdict that is none": (_edited(verdict="fine"), "it is damaged"),
    "without a printer": (_without("printer"), "it is damaged"),
    "without a time": (_without("started"), "it is damaged"),
    "a requirement twice": (
        lambda: json.dumps(a_verdict("Gamma") | {"requirements": a_verdict("Gamma")["requirements"][:1] * 2}),
        "it is damaged",
    ),
    "half a character": (_edited(printer={"uri": "\ud800", "name": "", "make-and-model": ""}), "it is damaged"),
    "numbers for texts": (_edited(printer={"uri": 1, "name": 2, "make-and-model": 3}), "it is damaged"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_file_that_is_no_verdict_is_a_line_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    make, told = UNUSABLE[kind]
    (good,) = leave(tmp_path, a_verdict("Gamma"))
    (tmp_path / "broken").write_text(make())
    words = ["matrix", good, str(tmp_path / "broken"), "-o", str(tmp_path / "site")]
    assert main(words) == Exit.USAGE
    line, last = capsys.readouterr().err.splitlines()
    assert line.startswith(f"ippmailto: {tmp_path / 'broken'}: ")
    assert told in line
    assert "--skip-broken" in last
    assert not (tmp_path / "site").exists()
    assert main([*words, "--skip-broken"]) == Exit.CONFORMS
    assert told in capsys.readouterr().err
    assert columns(tmp_path / "site" / "mailto-00.html") == ["Gamma"]


@pytest.mark.parametrize("source", ["none.json", "postgresql://127.0.0.1:1/verdicts", "empty"])
def test_what_holds_no_verdict_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str) -> None:
    (tmp_path / "empty").mkdir()
    named = source if "://" in source else str(tmp_path / source)
    assert main(["matrix", named, "-o", str(tmp_path / "site"), "--skip-broken"]) == Exit.USAGE
    line, last = capsys.readouterr().err.splitlines()
    assert named in line
    assert last == "ippmailto: there is no verdict in what was named"
    assert not (tmp_path / "site").exists()


def test_of_a_directory_counts_what_is_in_it_and_below(tmp_path: Path) -> None:
    for name, model in (("a", "Alpha"), ("b/deep", "Beta")):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "verdict.json").write_text(json.dumps(a_verdict(model)))
        (tmp_path / name / "ctrf.json").write_text("{}")  # of a report directory, and no verdict
    found = list(verdict_documents([str(tmp_path)]))
    assert all(isinstance(one, VerdictDocument) for one in found)
    assert [Path(one.name).parent.name for one in found] == ["a", "deep"]


# ---------------------------------------------------------------- how much


def test_memory_does_not_grow_with_the_number_of_runs(tmp_path: Path) -> None:
    """A verdict has a megabyte when it is read; what is kept of twenty runs of a printer is what is kept of two."""

    def most(runs: int) -> int:
        tally = Tally()
        for number in range(runs):
            tally.take(a_verdict("Gamma", started=f"2026-01-{1 + number % 28:02}T00:00:00+00:00"))
        return tracemalloc.get_traced_memory()[0]

    most(2)
    tracemalloc.start()
    try:
        few, many = most(2), most(40)
    finally:
        tracemalloc.stop()
    assert many - few < 100_000


def test_ten_thousand_printers_would_fit() -> None:
    """Some four kilobytes each: 40 MB in all."""
    one = a_verdict("Gamma")
    tracemalloc.start()
    try:
        tally = Tally()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(300):
            tally.take(one | {"printer": one["printer"] | {"make-and-model": f"Gamma {number}"}})
        each = (tracemalloc.get_traced_memory()[0] - before) / 300
    finally:
        tracemalloc.stop()
    assert len(tally.results) == 300
    assert each < 8_000
