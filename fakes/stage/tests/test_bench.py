"""The bench offers to the printer what it was told to, and plays what needs that, or says that it is not there."""

from __future__ import annotations

import asyncio
import json
import smtplib
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import trustme

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import PlayEnd, Run, RunEnd
from conformance.scenarios.steps import Describe, Scenario
from fakes.mail_security import Auth, MailSecurity, Tls
from fakes.printer import OBEDIENT
from fakes.stage.bench import Listener, Sitting, bench, printer_at, reference_printer
from fakes.stage.ixit import Ixit
from fakes.stage.shared import StageError

NEEDY: Final = [
    Scenario("a-test/tls", (Describe(),), needs=("listener:starttls",)),
    Scenario("a-test/auth", (Describe(),), needs=("listener:auth",)),
]


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


def offered(host: str, port: int) -> set[str]:
    """The keywords of the answer to EHLO: before TLS, and in it."""
    with smtplib.SMTP(host, port) as client:
        client.ehlo()
        words = set(client.esmtp_features)
        if "starttls" in words:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            client.starttls(context=context)
            client.ehlo()
        return words | set(client.esmtp_features)


async def _played(path: Path, listener: Listener) -> set[str]:
    with EvidenceFile.create(path) as file:
        async with bench(
            file, reference_printer(OBEDIENT), Sitting(Ixit.for_loopback(), "a test", listener=listener)
        ) as stage:
            await stage.prepare()
            await stage.perform(NEEDY, lambda *_: None)
            host, _, port = stage.recipient.address.rpartition(":")
            return await asyncio.to_thread(offered, host, int(port))


@pytest.mark.parametrize("auth", [False, True], ids=["without-auth", "with-auth"])
@pytest.mark.parametrize("tls", [False, True], ids=["without-tls", "with-tls"])
def test_a_scenario_is_played_where_the_recipient_offers_what_it_needs(tls: bool, auth: bool, tmp_path: Path) -> None:
    security = MailSecurity(Tls.OFFER if tls else Tls.NONE, _tls() if tls else None, Auth.OFFER if auth else Auth.NONE)
    words = asyncio.run(_played(tmp_path / "run.evidence", Listener(security=security)))
    assert ("starttls" in words, "auth" in words) == (tls, auth)
    with EvidenceFile.open(tmp_path / "run.evidence") as file:
        ends = [(end.outcome, end.reason) for end in file.rows(PlayEnd)]
    reasons = {"played": "", "not-applicable": "the recipient of this run offers no "}
    expected = ["played" if there else "not-applicable" for there in (tls, auth)]
    assert [outcome for outcome, _ in ends] == expected
    for (outcome, reason), word in zip(ends, ("STARTTLS", "AUTH"), strict=True):
        assert reason == (reasons[outcome] + word if reasons[outcome] else "")


async def _left_by(path: Path, sitting: Sitting, error: Exception | None) -> None:
    with EvidenceFile.create(path) as file:
        async with bench(file, printer_at("ipp://127.0.0.1:1/ipp/print"), sitting) as stage:
            stage.ended = "enough"
            if error is not None:
                raise error


def test_a_sitting_has_its_options_and_its_end_in_the_evidence(tmp_path: Path) -> None:
    def options(port: int, document: bytes) -> str:
        return json.dumps({"port": bool(port), "prints": document.decode().strip()})

    sitting = Sitting(Ixit.for_loopback(), "a test", options)
    asyncio.run(_left_by(tmp_path / "run.evidence", sitting, None))
    with EvidenceFile.open(tmp_path / "run.evidence") as file:
        (run,), (end,) = file.rows(Run), file.rows(RunEnd)
    assert (run.tool, run.printer_uri) == ("a test", "ipp://127.0.0.1:1/ipp/print")
    assert json.loads(run.options) == {"port": True, "prints": "ippmailto prints this line."}
    assert run.began.endswith("Z")
    assert (end.run, end.reason) == (run.id, "enough")


def test_a_sitting_that_breaks_has_no_end(tmp_path: Path) -> None:
    sitting = Sitting(Ixit.for_loopback(), "a test")
    with pytest.raises(RuntimeError, match="a fault of ours"):
        asyncio.run(_left_by(tmp_path / "run.evidence", sitting, RuntimeError("a fault of ours")))
    with EvidenceFile.open(tmp_path / "run.evidence") as file:
        assert len(list(file.rows(Run))) == 1
        assert not list(file.rows(RunEnd))


def test_a_document_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    sitting = Sitting(replace(Ixit.for_loopback(), document=str(tmp_path / "none.ps")), "a test")
    with pytest.raises(StageError, match="cannot read the document"):
        asyncio.run(_left_by(tmp_path / "run.evidence", sitting, None))
