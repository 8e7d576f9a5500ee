"""Where nothing happened that could be mailed, the reason is what the printer refused, and not that no mail came."""

from __future__ import annotations

from pathlib import Path

from conformance.scenarios import BY_ID
from conformance.verdict import Outcome
from conformance.wire.registry import Operation
from fakes.printer import Policy
from reports.selftest.trial import try_printer


def test_a_printer_that_could_not_be_paused_is_the_reason_for_no_mail(tmp_path: Path) -> None:
    play = BY_ID["printer/event-printer-stopped-ipp"]
    printer = Policy(said_to_fail=(Operation.PAUSE_PRINTER,), no_mail_for="printer-events")
    trial = try_printer(printer, [play], tmp_path, about=("N-20", "5.2-2"))
    mails = [r for r in trial.results if r.id.endswith(f"[{play.id}]")]
    assert len(mails) > 10
    assert {r.outcome for r in mails} == {Outcome.INCONCLUSIVE}
    assert {r.reason.partition(";")[0] for r in mails} == {
        "the printer answered Pause-Printer with server-error-internal-error"
    }
