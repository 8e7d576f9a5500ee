"""``show`` and ``explain``: what stands in the evidence, to be read and to be taken away."""

from __future__ import annotations

import lzma
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import Exchange
from conformance.record.run_record import RunRecord
from conformance.requirements import requirements
from conformance.wire import ipp
from conformance.wire.registry import GroupTag
from reports.viewing.entries import text_address
from reports.viewing.ipptool import ipptool_test

from .laid_sessions import envelopes_of, lay_mail, lay_mails
from .test_shown_safely import MAIL, SAID, secrets

ROOT: Final = Path(__file__).parents[2]
RECORDED: Final = ROOT / "fixtures" / "evidence" / "ippmailto-0.1.0-five-defects.evidence.xz"


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("show") / "run.evidence"
    path.write_bytes(lzma.decompress(RECORDED.read_bytes()))
    return path


def ippmailto(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "reports", *map(str, arguments)],
        capture_output=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def shown(*arguments: str | Path) -> str:
    done = ippmailto(*arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    assert all(0x20 <= octet < 0x7F or octet in b"\n\t" for octet in done.stdout)
    return done.stdout.decode()


def refused(*arguments: str | Path) -> str:
    done = ippmailto(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    return done.stderr.decode()


def test_a_mail_is_shown_with_its_tree_and_what_is_judged(evidence: Path) -> None:
    text = shown("show", evidence, "mail", "2", "--octets", "39-78")
    assert "RCPT TO:<r8e70da.3.s@recipient.example>" in text
    assert ">>><printer-admin@printer.example><<<" in text
    assert ">>>From: <printer-admin@printer.example>\\r\\n\n" in text
    assert "  multipart/alternative" in text
    assert "    text/plain, charset utf-8, quoted-printable" in text


def test_an_envelope_is_shown_as_it_came(evidence: Path, tmp_path: Path) -> None:
    """Without the brackets that it lacks, since that is what it is judged for."""
    own = tmp_path / "own.evidence"
    own.write_bytes(evidence.read_bytes())
    known = next(envelope for envelope in envelopes_of(own) if envelope.startswith(b"MAIL FROM:<printer"))
    lay_mail(own, known.replace(b"<", b"").replace(b">", b""), b"Subject: x\r\n\r\nx\r\n")
    with EvidenceFile.open(own) as file:
        last = len(RunRecord(file).mails)
    text = shown("show", own, "mail", str(last))
    assert "\nMAIL FROM:printer" in text
    assert "<" not in text.partition("Header")[0]


def test_a_dialogue_has_times_and_tells_our_faults(evidence: Path) -> None:
    with EvidenceFile.open(evidence) as file:
        faulty = next(session for session in RunRecord(file).sessions if session.faults)
    text = shown("show", evidence, "smtp", str(faulty.id))
    assert f"our fault on purpose: {faulty.faults[0].line}" in text
    assert f" !! {faulty.faults[0].line}\n" in text
    assert " P> EHLO printer.example\n" in text


def test_an_exchange_is_shown_with_tags(evidence: Path) -> None:
    text = shown("show", evidence, "ipp", "12")
    assert "Asked: Send-Document, IPP 1.1" in text
    assert "requesting-user-name (nameWithoutLanguage) = 'Bob Jones'" in text
    assert "Answered: successful-ok" in text


def test_a_play_leads_to_its_exchanges_and_mails(evidence: Path) -> None:
    text = shown("show", evidence, "play", "JOB/sequence-omitted")
    assert "ipp #18 Create-Job: successful-ok" in text
    assert "mail #4 for s, in smtp #4" in text


def test_the_ledger_is_shown(evidence: Path) -> None:
    assert "came                171" in shown("show", evidence, "ledger")


@pytest.mark.parametrize("what", ["mail", "smtp", "ipp", "play"])
def test_without_a_number_all_are_listed(evidence: Path, what: str) -> None:
    assert shown("show", evidence, what).count("\n") > 100


def test_what_is_written_is_what_was_sent(evidence: Path, tmp_path: Path) -> None:
    with EvidenceFile.open(evidence) as file:
        run = RunRecord(file)
        mail, exchange = run.mails[1], next(file.rows(Exchange, "id=?", 12))
        delivered, wire, stream = mail.parsed.octets, mail.wire, run.sessions[0].stream
    assert ippmailto("show", evidence, "mail", "2", "--eml").stdout == delivered
    assert ippmailto("show", evidence, "mail", "2", "--raw").stdout == wire
    assert ippmailto("show", evidence, "smtp", "1", "--raw").stdout == stream
    shown("show", evidence, "ipp", "12", "--raw", "-o", tmp_path / "answer")
    assert (tmp_path / "answer").read_bytes() == exchange.response


def test_what_is_not_there_is_wrong_usage(evidence: Path) -> None:
    assert "no mail #9999" in refused("show", evidence, "mail", "9999")
    assert "'x' is no number" in refused("show", evidence, "smtp", "x")
    assert "there is no mail #" in refused("show", evidence, "mail", "9" * 5000)
    assert "did you mean job/sequence-omitted" in refused("show", evidence, "play", "sequence-omitted")
    assert "--eml is for a mail" in refused("show", evidence, "ipp", "1", "--eml")
    assert "they look like 120-164" in refused("show", evidence, "mail", "1", "--octets", "9-3")
    for what in ("mail", "smtp", "ipp"):
        assert "--octets 9-99999 is beyond" in refused("show", evidence, what, "1", "--octets", "9-99999")


def test_nothing_that_is_shown_steers_a_terminal_or_has_credentials(evidence: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.evidence"
    shutil.copy(evidence, path)
    with EvidenceFile.open(path) as file:
        first = len(RunRecord(file).sessions) + 1
    lay_mails(path, [MAIL])
    for said in SAID.values():
        lay_mails(path, [b"Subject: x\r\n\r\nhello\r\n"], said)
    text = shown("show", path, "mail") + shown("show", path, "smtp")
    for number in range(first, first + len(SAID) + 1):
        text += shown("show", path, "smtp", str(number)) + shown("show", path, "mail", str(number - first + 172))
    assert "\\x1b[31m raw" in text
    assert [secret for secret in secrets() if secret.decode() in text] == []


# ---------------------------------------------------------------- ipptool


class _Keeper(BaseHTTPRequestHandler):
    """Answers each request with success, and keeps it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, _Kept)
        self.server.bodies.append(body)
        operation = (
            ipp.charset("attributes-charset", "utf-8"),
            ipp.natural_language("attributes-natural-language", "en"),
        )
        answer = ipp.encode(ipp.Message(0, ipp.decode(body).request_id, (ipp.Group(GroupTag.OPERATION, operation),)))
        self.send_response(200)
        self.send_header("Content-Type", "application/ipp")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class has it
        pass


class _Kept(HTTPServer):
    bodies: list[bytes]


@contextmanager
def keeper() -> Iterator[_Kept]:
    server = _Kept(("127.0.0.1", 0), _Keeper)
    server.bodies = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked_by_ipptool(tests: list[str], directory: Path) -> list[ipp.Message]:
    if shutil.which("ipptool") is None:
        pytest.skip("no ipptool here; apt-get install cups-ipp-utils")
    path, document = directory / "all.test", directory / "document"
    path.write_text("\n".join(tests))
    document.write_bytes(b"hello\n")
    with keeper() as server:
        uri = f"ipp://127.0.0.1:{server.server_port}/ipp/print"
        done = subprocess.run(
            ["ipptool", "-tv", "-f", document, uri, path], capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
        return [ipp.decode(body) for body in server.bodies]


def test_ipptool_asks_the_same(evidence: Path, tmp_path: Path) -> None:
    with EvidenceFile.open(evidence) as file:
        first: dict[int, Exchange] = {}
        for row in file.rows(Exchange):
            if ipp.decode(row.request).problem is None:
                first.setdefault(row.operation, row)
    assert len(first) > 8
    asked = asked_by_ipptool([ipptool_test(row, "x") for row in first.values()], tmp_path)
    for row, message in zip(first.values(), asked, strict=True):
        wanted = ipp.decode(row.request)
        assert (message.code, message.version, message.groups) == (wanted.code, wanted.version, wanted.groups)


def test_ipptool_asks_with_the_same_awkward_values(tmp_path: Path) -> None:
    awkward = ('a "quoted" $name', "back\\slash, and comma", "B\u00fcro \u65e5\u672c", "'single' #hash {brace}", "$$")
    attributes = (
        ipp.charset("attributes-charset", "utf-8"),
        ipp.natural_language("attributes-natural-language", "en"),
        *(ipp.name_(f"job-name-{i}", text) for i, text in enumerate(awkward)),
        ipp.keyword("requested-attributes", "all", "job-template"),
        ipp.integer("numbers", 1, -2),
        ipp.octet_string("notify-user-data", b"bob@x.example"),
        ipp.octet_string("notify-user-data-2", "B\u00fcro <bob@x.example>, 1".encode()),
    )
    left_out = ipp.octet_string("notify-user-data-3", b"\0\xff\x80")
    request = ipp.encode(ipp.Message(0x0016, 7, (ipp.Group(GroupTag.OPERATION, (*attributes, left_out)),)))
    row = Exchange(1, 0, 0, 0x0016, "ipp://x", 0, 0, "", b"", request, 200, b"", b"")
    test = ipptool_test(row, "x")
    assert "# left out, since ipptool cannot write it: notify-user-data-3=<octetString 0x00ff80>" in test
    (asked,) = asked_by_ipptool([test], tmp_path)
    assert asked.groups == (ipp.Group(GroupTag.OPERATION, attributes),)


# ---------------------------------------------------------------- explain


def test_an_entry_is_explained(evidence: Path) -> None:
    text = " ".join(shown("explain", "t1-from-1", "C04").split())  # it is wrapped
    assert "T1-From-1: draft-ietf-ipp-notify-mailto-00, section 5" in text
    assert "Text https://datatracker.ietf.org/doc/html/draft-ietf-ipp-notify-mailto-00#section-5 Asks" in text
    assert "the text says MUST; a printer that does otherwise fails" in text
    assert "ippmailto printer --defect from-shows-the-user-name)" in text
    assert "C04: sections Abstract, 1, 5" in text
    assert "--reading C04=binds" in text
    assert "did you mean T1-From-1" in refused("explain", "T1-Form-1")


def test_every_text_that_is_published_has_an_address() -> None:
    addresses = {entry.document: text_address(entry) for text in requirements().values() for entry in text}
    assert [name for name, address in addresses.items() if not address] == ["Security note"]
    assert addresses["RFC 5321"].startswith("https://www.rfc-editor.org/rfc/rfc5321#section-")
    assert all(re.fullmatch(r"https://[a-z0-9./-]+(#section-[0-9.]*[0-9])?", it) for it in addresses.values() if it)


def test_a_case_is_explained_by_what_it_counts_at() -> None:
    text = " ".join(shown("explain", "table1.from_shows_the_printer_name[printer/omitted]").split())
    assert "which counts at 1-6, T1-From-1" in text or "which counts at T1-From-1, 1-6" in text
    assert "T1-From-1: draft-ietf-ipp-notify-mailto-00, section 5" in text
    assert "nothing is called" in refused("explain", "table1.from_shows_nothing")
