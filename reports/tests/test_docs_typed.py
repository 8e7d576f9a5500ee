"""Every command of the README and of docs/ is typed by a test: here, or by the test that is named for it.

The printer of the pages is the reference printer on the loopback; where a page is about what somebody else's printer
does, it is a private CUPS.
"""

from __future__ import annotations

import re
import shutil
import signal
import smtplib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import filterfalse
from pathlib import Path
from typing import Final

import pytest

from conformance.wire.registry import Operation
from fakes.tests.cups import PrivateCups, needs_cups
from fakes.tests.ipptool_request import ipptool_request
from fakes.tests.ports import free_port
from reports.cli import main
from reports.exits import Exit
from reports.tests.rehearsal import PRINTER, PageTyped, lines_of
from reports.tests.test_command import ROOT, ippmailto
from reports.tests.test_site import PAGES

TYPED: Final = (
    "CONTRIBUTING.md", "README.md", "api.md", "ci.md", "clients.md", "faults.md", "formats.md", "ics.md",
    "live-page.md", "options.md", "stations.md", "waivers.md", "writing-a-case.md", "writing-a-liar.md",
)  # fmt: skip
AT_CUPS: Final = ("cups-worked-example.md", "real-printer.md")
BY_ANOTHER_TEST: Final = {
    "bundles.md": "test_bundle_pages.py",
    "cases-under-pytest.md": "test_cases_under_pytest.py",
    "event.md": "test_event.py",
    "index.md": "test_pages_run.py",
    "ledger.md": "test_pages_run.py",
    "matrix.md": "test_matrix_pages.py",
    "reading-a-report.md": "test_pages_run.py",
}
"""Pages that a test of their own types."""

NOT_TYPED: Final = {
    r"python3 -m venv .*|pip install -q .*": ".ci/run and test_image_steps.py install so, which takes a package index",
    r"pip install '?(ippmailto\[.*|atheris)": "a package index; what the extras bring is among what the tests need",
    r"\. .*/activate|export STORE=.*": "what the shell remembers; the commands that it is for are typed with it",
    r"apt-get install .*": "what the machine has is not a test's to change; .ci/run installs it",
    r"pre-commit install": "it would change the hooks of this clone; test_house.py runs what they run",
    r"fakes/tests/start-cups.sh .*": "the fixture of the page's CUPS starts it so, and ends it",
    r"docker .*": "a container engine; test_image_steps.py takes the steps of the image without one",
    r"npx allure .*": "npm's index; test_formats.py has Allure render the same where it is installed",
    r"python -m (conformance|fakes)\S*fuzz_.*|mkdir -p corpus.*|cp fixtures.*": "atheris, which is no dependency",
    r"(python -m )?pytest -q .*": "tests that these tests would start among themselves",
    r"python -m reports\.pages .*": "it writes into this clone; test_docs.py and test_kill_matrix.py read the pages",
    r"ippmailto (station|submit) env:STORE .*": "a PostgreSQL; test_event.py and test_stations.py type these",
    r"mkdir -p ~/.*|ippmailto completion bash": "it writes into a home; test_completion.py has bash use the script",
}
"""What cannot be typed here, and why."""

SERVES: Final = re.compile(r"ippmailto (recipient|web|printer(?! --list)|client --security mixed)\b|curl -sN")
FIRST_LINE: Final = {"curl": "retry: "}  # of a stream; else it is the line "ready"
MADE: Final = {
    "CONTRIBUTING.md": ("run.evidence",),
    "clients.md": ("ippmailto-report",),
    "options.md": ("bench.toml",),
    "real-printer.md": ("ippmailto-report",),
    "waivers.md": ("waivers.toml",),
}
"""What a page makes itself, so that it cannot be there before."""

SHORTENED: Final = {
    "ippmailto run --variant desk": " --select T1-From-1",  # four minutes else; test_conforming_variants.py has it
    "ippmailto run ipp://127.0.0.1:6310/printers/testq": " --select '*[job/omitted]'",  # test_real_printer.py has all
}
"""What is typed behind commands that take minutes, which another test spends on them."""

LIES: Final = {"waivers.md": "from-without-name"}  # what is wrong with the printer of a page that needs a failure
FAILING_RUN: Final = f"ippmailto run {PRINTER} --select T1-From-1 --overwrite"
CODES: Final[dict[str, int]] = {
    "curl -sN http://127.0.0.1:8631/api/events": -signal.SIGTERM,  # it has no end of its own
    "ippmailto run ipp://127.0.0.1:6310/printers/testq --smtp-listen 127.0.0.1:2525 --edition mailto-04 "
    "--report-dir cups-04": Exit.INCONCLUSIVE,  # of what is left of it
    FAILING_RUN: Exit.DOES_NOT_CONFORM,
    "ippmailto check mail.eml --printer-name Office": Exit.DOES_NOT_CONFORM,  # it is called otherwise here
    "ippmailto client -- ipptool -t {uri} some.test": Exit.INCONCLUSIVE,  # it subscribes to nothing
    "ippmailto client --security mixed --port 6310": Exit.INCONCLUSIVE,
    "ippmailto client --security plain -- lp -h {host}:{port} -d print -m document.txt": Exit.DOES_NOT_CONFORM,
    "ippmailto run ipp://127.0.0.1:6310/ipp/print --smtp-listen 127.0.0.1:2525 --select 'T1-*' --report-dir liar": (
        Exit.DOES_NOT_CONFORM
    ),
}
"""Of commands that are to end otherwise than with 0."""
PDF: Final = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF"
WAIVER: Final = """[[waiver]]
requirement = "T1-From-1"
reason = "From shows the name from firmware 3.0 on."
owner = "mail team"
"""
TEST: Final = ipptool_request("what the printer says of itself", Operation.GET_PRINTER_ATTRIBUTES)

CUPS_CODES: Final = {
    "ippmailto run ": Exit.DOES_NOT_CONFORM,
    "ippmailto judge ": Exit.DOES_NOT_CONFORM,
    "ippmailto diff ": Exit.INCONCLUSIVE,  # what was not selected is not judged now
}
"""How commands end that begin so, where the printer is CUPS."""


def left_out(line: str) -> bool:
    """Whether there is a reason not to type it."""
    return any(re.fullmatch(pattern, line) for pattern in NOT_TYPED)


def test_every_command_of_a_page_is_typed_or_has_a_reason() -> None:
    known = {*TYPED, *AT_CUPS, *BY_ANOTHER_TEST, "CHANGELOG.md"}
    lines = {page.name: lines_of(page.name) for page in PAGES}
    assert {name: found for name, found in lines.items() if name not in known and not all(map(left_out, found))} == {}
    assert {name for name in known if not lines[name]} <= {"CHANGELOG.md"}
    for test in BY_ANOTHER_TEST.values():
        assert (ROOT / "reports" / "tests" / test).exists()
    everything = [line for found in lines.values() for line in found]
    assert [pattern for pattern in NOT_TYPED if not any(re.fullmatch(pattern, line) for line in everything)] == []


# ---------------------------------------------------------------- what the pages take for granted


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, the one before it, and the files of a bench, as somebody has them who reads on."""
    directory = tmp_path_factory.mktemp("before")
    report = directory / "ippmailto-report"
    assert main(["run", "-q", "--select", "T1-*,4.7-*", "--report-dir", str(report)]) == Exit.CONFORMS
    shutil.copytree(report, directory / "released")
    shutil.copytree(report, directory / "results" / "first")
    (evidence,) = report.glob("*.evidence")
    shutil.copy(evidence, directory / "run.evidence")
    assert main(["bundle", "--new-key", str(directory / "lab.key")]) == Exit.CONFORMS
    bundle = ["bundle", str(report), "--key", str(directory / "lab.key"), "-o", str(directory / "office.bundle")]
    assert main(bundle) == Exit.CONFORMS
    mail = ["show", str(evidence), "mail", "12", "--eml", "-o", str(directory / "mail.eml")]
    assert main(mail) == Exit.CONFORMS
    (directory / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "cups-worked-example.toml", directory / "docs")
    (directory / "waivers.toml").write_text(WAIVER)
    (directory / "bench.toml").write_text("mail-timeout = 20\n")
    (directory / "some.test").write_text(TEST)
    (directory / "document.txt").write_text("a line\n")
    (directory / "one-page.pdf").write_bytes(PDF)
    return directory


@contextmanager
def a_page(page: str, before: Path, directory: Path, *, cups: bool) -> Iterator[PageTyped]:
    """Where its commands are typed, with its printer at work."""
    shutil.copytree(before, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*MADE.get(page, ())))
    with ExitStack() as stack:
        smtp, ipp, live = (stack.enter_context(free_port()) for _ in range(3))
        ports = {"25": smtp, "2525": smtp, "6310": ipp, "8631": live}
        if cups:
            printer = stack.enter_context(PrivateCups(smtp, ipp)).printer
            typed = PageTyped(directory, printer, ports)
        else:
            there = stack.enter_context(free_port())
            typed = PageTyped(directory, f"ipp://127.0.0.1:{there}/ipp/print", ports)
            lie = f"--defect {LIES[page]}" if page in LIES else ""
            typed.serve(f"ippmailto printer -q --port {there} --smtp 127.0.0.1:2525 {lie}")
            if lie:
                typed.type(FAILING_RUN)
        stack.callback(typed.end)
        yield typed


def type_all(typed: PageTyped, page: str) -> None:
    smtp = typed.ports["25"]
    for line in filterfalse(left_out, lines_of(page)):
        if "/api/wait" in line:
            mail_to_anna(smtp)
        if page == "real-printer.md" and line.startswith("ippmailto recipient"):
            with typed.serving(line):  # "stop with Ctrl-C", says the page; what follows has the same port
                if "--smtp-tls require" not in line:
                    mail_to_anna(smtp)
        elif SERVES.match(line):
            typed.serve(line, FIRST_LINE.get(line.split()[0], "ready "))
        else:
            typed.type(line, next((more for start, more in SHORTENED.items() if line.startswith(start)), ""))
        if line.startswith("ippmailto client --security mixed"):
            typed.type("ipptool -t ipp://127.0.0.1:6310/ipp/print some.test")
        if line.endswith("--report-dir printer-4000"):
            (evidence,) = typed.directory.glob("printer-4000/*.evidence")
            evidence.rename(evidence.with_name("run.evidence"))  # "the name of your file"


def mail_to_anna(port: int) -> None:
    """The two that the page waits for."""
    with smtplib.SMTP("127.0.0.1", port) as printer:
        for number in (7, 8):
            text = f"From: <p@printer.example>\r\nSubject: Job {number} done\r\n\r\nPlease fetch it.\r\n"
            printer.sendmail("p@printer.example", ["anna@office.example"], text)


def expect_as_told(typed: PageTyped, *, cups: bool = False) -> None:
    """Each command ended as it ought to."""
    starts = CUPS_CODES if cups else {}
    codes = {line: code for line in typed.codes for start, code in starts.items() if line.startswith(start)} | CODES
    wrong = [
        f"{line}: {code} instead of {wanted}\n{typed.said[line]}"
        for line, code in typed.codes.items()
        if code != (wanted := codes.get(line, Exit.CONFORMS))
    ]
    assert wrong == [], "\n".join(wrong)


@needs_cups
@pytest.mark.takes(160)
@pytest.mark.parametrize("page", AT_CUPS)
def test_a_page_is_typed_at_a_cups(page: str, before: Path, tmp_path: Path) -> None:
    with a_page(page, before, tmp_path, cups=True) as typed:
        type_all(typed, page)
        typed.end()
        expect_as_told(typed, cups=True)


@pytest.mark.takes(60)
@pytest.mark.parametrize("page", TYPED)
def test_a_page_is_typed(page: str, before: Path, tmp_path: Path) -> None:
    with a_page(page, before, tmp_path, cups=False) as typed:
        type_all(typed, page)
        typed.end()
        expect_as_told(typed)


OF_ONE_RUN: Final = {r"; [\d.]+ s": "; S s", r":\d{4,5}\b": ":PORT", r"run-\w+-\d+": "run", r"mail #?\d+": "mail N"}


def of_any_run(text: str) -> str:
    """Without what is another in each run: seconds, ports, the names of files, the numbers of mails."""
    text = re.sub(r"\s*\\\n\s*", " ", text)
    for value, name in OF_ONE_RUN.items():
        text = re.sub(value, name, text)
    return text


@needs_cups
def test_the_readme_shows_what_is_said_today(tmp_path: Path) -> None:
    """What stands between its dots, in that order."""
    (sample,) = re.findall(r"\n```\n(does-not-conform.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    with free_port() as port, PrivateCups(port) as cups:
        listen = ("--smtp-listen", f"127.0.0.1:{port}")
        done = ippmailto("run", cups.printer, "--select", "T1-From-1", *listen, cwd=tmp_path)
    assert done.returncode == Exit.DOES_NOT_CONFORM, done.stderr
    said, place = of_any_run(done.stdout), 0
    for part in of_any_run(sample).split("...\n"):
        place = said.find(part, place) + len(part)
        assert place >= len(part), f"the README's sample is stale: nothing says\n{part}\nin\n{said}"
