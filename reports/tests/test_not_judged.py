"""Where there is nothing to judge, one line says why; where a printer stops answering, the head of each report does."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.offered import why_not_offered
from conformance.record.printer_attributes import PartlyRead
from conformance.record.rows import Exchange, Run, RunEnd
from conformance.record.run_record import RunRecord
from conformance.requirements import CORE
from conformance.verdict import CaseResult, Inconclusive, Outcome, judge
from conformance.vocabulary import Edition
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.printer import OBEDIENT
from fakes.stage import tidying
from fakes.stage.bench import Listener
from fakes.stage.ixit import Ixit
from fakes.stage.tests.meddling import Fate, Meddler, SeenRequest, behind
from fakes.stage.tests.test_hostile_printer import running, says, sized
from fakes.tests.ports import free_port
from reports.commands.playing import RunPlan, play
from reports.commands.run import needed_scenarios
from reports.judging.judging import too_little
from reports.judging.selection import Selection

ROOT = Path(__file__).parents[2]
SECONDS = 60.0
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
LOST = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n"


def ippmailto(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports", *map(str, arguments), "--allure"],
        capture_output=True, text=True, check=False, timeout=SECONDS, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def verdict(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((directory / "verdict.json").read_text())
    return document


def heads(directory: Path) -> dict[str, str]:
    """What each report but verdict.json has to say before its results."""
    page = (directory / "report.html").read_text()
    (suite,) = ET.parse(directory / "junit.xml").getroot()
    return {
        "report.html": unescape(page.partition('<div class="counts">')[0]),
        "junit.xml": "\n".join(p.get("name", "") + "=" + p.get("value", "") for p in suite.iter("property")),
        "allure": (directory / "allure-results" / "environment.properties").read_text(),
    }


def not_judged(done: subprocess.CompletedProcess[str], directory: Path, says: str) -> None:
    """One line, its own exit code, and the same reason at the head of all reports; nothing fails, nothing passes."""
    assert done.returncode == 5, done.stderr
    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    assert line.startswith("not-judged: ")
    document = verdict(directory)
    assert document["verdict"] == "not-judged"
    assert document["reason"] in line
    assert says in document["reason"]
    assert {r["verdict"] for r in document["requirements"]} == {"not-tested"}
    assert document["counts"]["not-tested"] == len(document["requirements"])
    for name, head in heads(directory).items():
        assert "not-judged" in head, name
        assert says in head, name
    (suite,) = ET.parse(directory / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("errors"), suite.get("failures")) == ("1", "1", "0")
    (result,) = (directory / "allure-results").glob("*-result.json")
    assert json.loads(result.read_text())["status"] == "broken"


def test_a_port_where_nobody_listens(tmp_path: Path) -> None:
    with free_port() as port:
        done = ippmailto("run", f"ipp://127.0.0.1:{port}/", "--report-dir", tmp_path)
    not_judged(done, tmp_path, "refuses the connection")


@pytest.mark.parametrize(
    ("scheme", "answer", "reason"),
    [
        ("http", sized(b"<html>hello</html>", PAGE), "text/html"),
        ("ipp", sized(b"not here", LOST), "404"),
        ("ipps", b"HTTP/1.1 400 Bad SeenRequest\r\n\r\n", "TLS"),
        ("ipp", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP"),
        ("ipp", sized(b"\x01\x01\x05\x07\0\0\0\x01\x03"), "server-error-busy"),
    ],
    ids=["a-web-server", "another-path", "no-tls-there", "no-http", "busy"],
)
def test_what_is_no_printer_that_tells_of_itself(tmp_path: Path, scheme: str, answer: bytes, reason: str) -> None:
    with running(says(answer)) as port:
        done = ippmailto("run", f"{scheme}://127.0.0.1:{port}/", "--report-dir", tmp_path, "--select", "T1-*")
    not_judged(done, tmp_path, reason)
    (evidence,) = tmp_path.glob("*.evidence")
    again = tmp_path / "again"
    not_judged(ippmailto("judge", evidence, "--report-dir", again), again, reason)


# ---------------------------------------------------------------- what a printer offers


def described(change: Callable[[dict[str, ipp.Attribute]], None], directory: Path) -> subprocess.CompletedProcess[str]:
    """A run at the reference printer, whose description of itself is changed on the way."""

    def rewrite(request: SeenRequest, answer: ipp.Message) -> ipp.Message:
        if request.operation is not Operation.GET_PRINTER_ATTRIBUTES:
            return answer
        (before,) = (group for group in answer.groups if group.tag == GroupTag.PRINTER)
        attributes = {attribute.name: attribute for attribute in before}
        change(attributes)
        after = ipp.Group(GroupTag.PRINTER, tuple(attributes.values()))
        return replace(answer, groups=tuple(after if group is before else group for group in answer.groups))

    def meet(meddler: Meddler, _: str) -> None:
        meddler.rewrite = rewrite

    async def run() -> subprocess.CompletedProcess[str]:
        async with behind(OBEDIENT, meet, lambda _: Fate.PASS)(("127.0.0.1", 25)) as uri:
            return await asyncio.to_thread(ippmailto, "run", uri, "--report-dir", directory)

    return asyncio.run(run())


def lists_others(attributes: dict[str, ipp.Attribute]) -> None:
    attributes["notify-schemes-supported"] = ipp.uri_scheme("notify-schemes-supported", "dbus", "rss")


def pulls_only(attributes: dict[str, ipp.Attribute]) -> None:
    del attributes["notify-schemes-supported"]
    attributes["notify-pull-method-supported"] = ipp.keyword("notify-pull-method-supported", "ippget")


def notifies_nobody(attributes: dict[str, ipp.Attribute]) -> None:
    for name in [name for name in attributes if "notify" in name or "subscriptions" in name or "events" in name]:
        del attributes[name]
    operations = [
        n for n in attributes["operations-supported"].integers() if n != Operation.CREATE_PRINTER_SUBSCRIPTIONS
    ]
    attributes["operations-supported"] = ipp.enum("operations-supported", *operations)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lists_others, "notify-schemes-supported lists dbus, rss"),
        (pulls_only, "notify-pull-method-supported (ippget)"),
        (notifies_nobody, "the printer offers no notification"),
    ],
)
def test_a_printer_that_offers_no_mail(
    tmp_path: Path, change: Callable[[dict[str, ipp.Attribute]], None], reason: str
) -> None:
    not_judged(described(change, tmp_path), tmp_path, reason)
    assert verdict(tmp_path)["printer"]["name"] == OBEDIENT.printer_name  # what it told of itself is told


def group(*attributes: ipp.Attribute) -> ipp.Group:
    return ipp.Group(GroupTag.PRINTER, attributes)


@pytest.mark.parametrize("word", ["mailto", "MailTo", "mailto:"])
def test_mail_that_is_listed_in_any_spelling_is_offered(word: str) -> None:
    assert why_not_offered(group(ipp.uri_scheme("notify-schemes-supported", "rss", word))) == ""


def test_a_printer_that_forgets_to_list_its_schemes_may_mail() -> None:
    assert why_not_offered(group(ipp.integer("notify-lease-duration-default", 60))) == ""
    assert why_not_offered(group(ipp.enum("operations-supported", int(Operation.CREATE_PRINTER_SUBSCRIPTIONS)))) == ""
    assert why_not_offered(group())


def test_nothing_is_said_to_be_absent_from_an_answer_that_cannot_be_read_to_its_end() -> None:
    with pytest.raises(Inconclusive, match="cannot be read"):
        why_not_offered(PartlyRead(GroupTag.PRINTER, (), why="it cannot be read"))


def test_what_a_printer_lists_instead_steers_nothing() -> None:
    told = why_not_offered(group(ipp.uri_scheme("notify-schemes-supported", "\x1b[2J", "x" * 500)))
    assert told.isprintable()
    assert len(told) < 200


# ---------------------------------------------------------------- a printer that stops


def test_a_printer_that_stops_answering_is_told_once_with_the_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its twentieth request on the printer is gone for good."""
    monkeypatch.setattr(tidying, "TIDY_SECONDS", 0.5)
    evidence, selection = tmp_path / "run.evidence", Selection(("T1-*",))

    async def run() -> None:
        def choose(request: SeenRequest) -> Fate:
            return Fate.PASS if request.place < 20 else Fate.REFUSE

        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        async with behind(OBEDIENT, lambda *_: None, choose)(("127.0.0.1", port)) as uri:
            plan = RunPlan(
                printer_uri=uri, listener=Listener(port=port), edition=Edition.MAILTO_00, vocabulary="auto",
                evidence=evidence, scenarios=needed_scenarios(Edition.MAILTO_00, selection), max_subscriptions=4,
                ixit=Ixit.for_loopback(), quiet=True, selection=selection,
            )  # fmt: skip
            await play(plan, io.StringIO())

    asyncio.run(run())
    with EvidenceFile.open(evidence) as file:
        (end,) = file.rows(RunEnd)
        unanswered = next(file.rows(Exchange, "problem != ''"))
    done = ippmailto("judge", evidence, "--report-dir", tmp_path)
    assert done.returncode == 3, done.stderr
    document = verdict(tmp_path)
    assert document["reason"] == end.reason
    assert end.reason.startswith("the printer stopped answering after ")
    assert f"(ipp #{unanswered.id}) got no answer, " in end.reason
    assert document["cut-short"] is True
    assert document["counts"]["fail"] == 0
    assert done.stdout.count("the run was cut short") == 1
    for name, head in heads(tmp_path).items():
        assert end.reason in head, name
    reasons = [case["reason"] for requirement in document["requirements"] for case in requirement["cases"]]
    assert sum(one.startswith("the printer stopped answering after ") for one in reasons) > 5  # its numbers in braces


def test_what_was_not_played_any_more_says_why(tmp_path: Path) -> None:
    with EvidenceFile.create(tmp_path / "run.evidence") as file:
        file.insert([Run(1, 0, "2025-01-01T00:00:00Z", "a test", "ipp://printer.example/")])
        with pytest.raises(Inconclusive, match="not played: its evidence has no end"):
            RunRecord(file).play("job/omitted")
        file.insert([RunEnd(1, 1, "interrupted")])
        with pytest.raises(Inconclusive, match="not played: interrupted"):
            RunRecord(file).play("job/omitted")
        file.insert([Run(2, 2, "2025-01-01T00:00:00Z", "a test", "ipp://printer.example/"), RunEnd(2, 3)])
        with pytest.raises(Inconclusive, match="job/omitted was not played in this run"):
            RunRecord(file).play("job/omitted")


def test_a_run_that_is_held_up_by_its_core_alone_says_so() -> None:
    entries = [("1-2", True, "no mail was asked for"), ("2-1", True, "")]
    met = CaseResult("x.y[z]", ("2-1",), Outcome.MET)
    assert "1-2" in too_little(judge(entries, [met], core=CORE))
    unseen = CaseResult("x.z[z]", ("2-1",), Outcome.INCONCLUSIVE)
    assert too_little(judge(entries, [met, unseen], core=CORE)) == ""
    assert too_little(judge(entries, [met])) == ""
