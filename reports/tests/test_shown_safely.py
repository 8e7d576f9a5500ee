"""What a printer, or whoever made the evidence, put into names and texts steers no terminal, page or XML; and no report
shows credentials."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conformance.scenarios import BY_ID
from fakes.printer import OBEDIENT
from reports.selftest.trial import try_printer

from .laid_sessions import envelopes_of, lay_mail, lay_mails

ROOT = Path(__file__).parents[2]
EVIL = (
    "\x1b[31mred\x1b]0;title\x07 \u202eright\u2066 <script>alert(1)</script> ]]> &amp; \"'\x85\x9b \u2028 \ufeff name"
)
LONG = "x" * 20_000
MAIL = (
    b"From: =?utf-8?q?=1B[2J=E2=80=AE<script>alert(2)</script>?= <x@\x1b[5m.example>\r\n"
    + b"Subject: \x1b[31m raw \xff\xfe \xed\xa0\x80 </td></table><script>alert(3)</script> \xe2\x80\xae\r\n"
    + b'Date: \x1b[1mnever\r\nMIME-Version: \x1b[m\r\nContent-Type: te\x1bxt/<b>; charset="\x9b"\r\n\r\n\x1b[7mbody\r\n'
)
SELECT = ("table1.*", "message.*", "smtp.*", "octets.*", "S-*", "T1-*")  # what points at mails and sessions


def reports_on(evidence: Path, directory: Path, select: Sequence[str] = SELECT) -> dict[str, bytes]:
    """All that a person or a program gets to see of a judging: files, and both outputs of the command."""
    selected = ",".join(select)
    options = ("--report-dir", directory, "-v", "--json-lines", "--allure", "--github", "--select", selected)
    done = subprocess.run(
        [sys.executable, "-m", "reports", "judge", evidence, *options],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode in (1, 3), done.stderr
    assert b"Traceback" not in done.stderr
    found = {"stdout": done.stdout, "stderr": done.stderr}
    for path in directory.rglob("*"):
        if path.is_file() and path.suffix != ".evidence":
            found[str(path.relative_to(directory))] = path.read_bytes()
    assert {"report.html", "verdict.json", "junit.xml"} < set(found)
    assert any("allure-results" in name for name in found)
    return found


SAVED = re.compile("data:(?:message/rfc822|application/ipp),[A-Za-z0-9%!$'()*+,./:;=?@_~-]*")


class Page(HTMLParser):
    """The elements of a page, and its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.scripts, self._within = set[str](), list[str](), ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._within = tag
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "srcdoc", "action", "style")]
        for name, value in attrs:
            if name == "href":
                assert tag == "a"
                assert (value or "").startswith("#") or SAVED.fullmatch(value or ""), value

    def handle_data(self, data: str) -> None:
        if self._within == "script" and data.strip():
            self.scripts.append(data)


TAGS = {
    "html", "head", "meta", "title", "style", "body", "script", "header", "main", "nav", "section", "footer", "h1",
    "h2", "h3", "h4", "p", "dl", "dt", "dd", "div", "span", "details", "summary", "table", "caption", "thead", "tbody",
    "tr", "th", "td", "pre", "b", "a", "ul", "ol", "li", "br", "em", "code", "mark", "form", "fieldset", "legend",
    "label", "input", "button", "svg", "g", "line", "text", "path", "rect",
}  # fmt: skip


def steering(text: str) -> list[str]:
    """Characters that move more than the reader's eye."""
    return [c for c in text if not c.isprintable() and c not in "\n\t\r"]


def shown_safely(found: dict[str, bytes]) -> None:
    for name in ("stdout", "stderr"):
        assert all(0x20 <= octet < 0x7F or octet in b"\n\t" for octet in found[name]), name
    page = found["report.html"].decode()
    assert steering(page) == []
    read = Page(page)
    assert read.tags <= TAGS
    (script,) = read.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in page  # a browser runs this one and no other
    document = ET.fromstring(found["junit.xml"])
    assert steering("".join(document.itertext()) + "".join(v for e in document.iter() for v in e.attrib.values())) == []
    for name, octets in found.items():
        if name.endswith(".json"):
            assert octets.isascii() or steering(octets.decode()) == [], name
            json.loads(octets)


@pytest.fixture(scope="module")
def evil_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The evidence of a few plays at a printer with that name."""
    directory = tmp_path_factory.mktemp("evil")
    scenarios = [
        BY_ID[name] for name in ("printer/description", "printer/user-data", "job/isolation", "printer/omitted")
    ]
    policy = replace(OBEDIENT, printer_name=EVIL, make_and_model=EVIL + LONG, location=EVIL)
    try_printer(policy, scenarios, directory)
    return directory / "trial.evidence"


def test_a_printer_with_a_name_that_steers_is_named_in_escapes(evil_run: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    shutil.copy(evil_run, evidence)
    lay_mails(evidence, [MAIL] * 6)
    found = reports_on(evidence, tmp_path, ["*"])
    shown_safely(found)
    assert b"\\x1b[31mred" in found["stderr"]  # it is told all the same
    assert LONG.encode() not in found["stderr"]  # but not more of it than anybody reads
    assert json.loads(found["verdict.json"])["printer"]["name"] == EVIL
    assert b"\\x1b[31m raw" in found["report.html"]
    assert b"alert(" in found["report.html"]  # as text


def doctored(evidence: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    with closing(sqlite3.connect(evidence)) as db, db:
        for statement, values in statements:
            db.execute(statement, values)


def test_texts_that_somebody_wrote_into_the_evidence_are_shown_in_escapes(evil_run: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    shutil.copy(evil_run, evidence)
    doctored(
        evidence,
        ("UPDATE run SET began=?, printer_uri=?, tool=?", (EVIL, EVIL, EVIL)),
        ("UPDATE play_end SET outcome='cut-short', reason=? WHERE rowid % 2 = 0", (EVIL,)),
        ("UPDATE session SET peer=?, listener=?", (EVIL, EVIL)),
        ("UPDATE fact SET value=? WHERE name='vocabulary'", (EVIL,)),
    )
    shown_safely(reports_on(evidence, tmp_path))


def test_texts_that_are_no_characters_are_shown_in_escapes(evil_run: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    shutil.copy(evil_run, evidence)
    doctored(evidence, ("UPDATE run SET began=CAST(x'ff00eda080' AS TEXT), printer_uri=CAST(x'1bff' AS TEXT)", ()))
    shown_safely(reports_on(evidence, tmp_path))


# ---------------------------------------------------------------- credentials

NAME, PASSWORD = b"bob.the.printer", b"Tr0ub4dor&3-horse"
PLAIN = base64.b64encode(b"\0" + NAME + b"\0" + PASSWORD)
LOGIN = (base64.b64encode(NAME), base64.b64encode(PASSWORD))
YES, NO, GO_ON = b"235 welcome\r\n", b"502 not here\r\n", b"334 VXNlcm5hbWU6\r\n"
HELLO = (b"EHLO x\r\n", b"250-x\r\n250 AUTH PLAIN LOGIN\r\n")
SAID = {
    "plain": [HELLO, (b"AUTH PLAIN %s\r\n" % PLAIN, YES)],
    "plain-in-small-letters": [HELLO, (b"auth plain %s\r\n" % PLAIN, YES)],
    "plain-with-blanks": [HELLO, (b"AUTH  PLAIN  %s \r\n" % PLAIN, YES)],
    "plain-with-bare-lf": [HELLO, (b"AUTH PLAIN %s\n" % PLAIN, YES)],
    "plain-with-bare-cr-and-nul": [HELLO, (b"AUTH PLAIN %s\r\0\xff\r\n" % PLAIN, YES)],
    "login": [HELLO, (b"AUTH LOGIN\r\n", GO_ON), (LOGIN[0] + b"\r\n", GO_ON), (LOGIN[1] + b"\r\n", YES)],
    "login-with-bare-lf": [HELLO, (b"AUTH LOGIN\n", GO_ON), (LOGIN[0] + b"\n", GO_ON), (LOGIN[1] + b"\n", YES)],
    "login-refused": [HELLO, (b"AUTH LOGIN\r\n", NO), (LOGIN[0] + b"\r\n", NO), (LOGIN[1] + b"\r\n", NO)],
    "login-in-one-piece": [HELLO, (b"AUTH LOGIN\r\n%s\r\n%s\r\n" % LOGIN, GO_ON + GO_ON + YES)],
    "without-hello": [(b"AUTH PLAIN %s\r\n" % PLAIN, NO)],
    "unencoded": [HELLO, (b"AUTH LOGIN\r\n", GO_ON), (NAME + b"\n", GO_ON), (PASSWORD + b" \r\n", NO)],
    "much-too-long": [HELLO, (b"AUTH PLAIN %s\r\n" % (PLAIN * 400), NO)],
    "plain-behind-a-blank": [HELLO, (b" AUTH PLAIN %s\r\n" % PLAIN, NO)],
    "plain-behind-a-nul": [HELLO, (b"\0AUTH PLAIN %s\r\n" % PLAIN, NO)],
    "plain-behind-a-lone-cr": [HELLO, (b"NOOP\rAUTH PLAIN %s\r\n" % PLAIN, NO)],
    "login-with-rset-between": [HELLO, (b"AUTH LOGIN\r\n", NO), (b"RSET\r\n", YES), (LOGIN[0] + b"\r\n", NO),
                                (b"RSET\r\n", YES), (LOGIN[1] + b"\r\n", NO)],
    "identity-of-mail": [HELLO, (b"MAIL FROM:<a@b> AUTH=%s\r\n" % NAME, NO)],
    "pass": [HELLO, (b"PASS %s\r\n" % PASSWORD, NO)],
    "response-alone": [HELLO, (PLAIN + b"\r\n", NO)],
    "twice": [HELLO, (b"AUTH X%s\r\n" % PLAIN, NO), (b"AUTH PLAIN %s\r\n" % PLAIN, YES)],
}  # fmt: skip


def secrets() -> Iterator[bytes]:
    for secret in (NAME, PASSWORD, PLAIN, *LOGIN):
        for at in range(0, len(secret) - 8, 4):
            yield secret[at : at + 9]  # a piece of it is too much


def test_no_report_shows_credentials(evil_run: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "run.evidence"
    shutil.copy(evil_run, evidence)
    for said in SAID.values():
        lay_mails(evidence, [b"Subject: x\r\n\r\nhello\r\n"], said)
    first = b"MAIL FROM:bob@x.example AUTH=%s\r\n" % NAME  # no brackets: a finding that shows the line
    lay_mail(evidence, first + envelopes_of(evidence)[0].partition(b"\r\n")[2], b"Subject: x\r\n\r\nhello\r\n")
    found = reports_on(evidence, tmp_path)
    leaks = [(name, secret) for name, octets in found.items() for secret in secrets() if secret in octets]
    assert leaks == []
    assert re.search(rb"AUTH PLAIN \*+", found["report.html"])  # the places are shown, and what stood there is not
