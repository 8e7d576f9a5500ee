"""Mails, and plays with them, written down for cases to judge."""

from __future__ import annotations

from conformance.record.run_record import PlayRecord

from .written_run import MAIL, PLAIN_HEAD, QUIT, WrittenRun

FROM, TO = "From: P <p@x.example>\\r\\n", "To: <r1.1.s@here.example>\\r\\n"
MIME = "MIME-Version: 1.0\\r\\n"
TWO = MIME + "Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\n--b\\r\\n\\r\\none\\r\\n--b\\r\\n"


def mail(content: str, rcpt: str = "<r1.1.s@here.example>") -> list[str]:
    """A session with that mail."""
    data = ["C: DATA", "S: 354 go", f"C: {content}\\r\\n.", "S: 250 taken"]
    return [*PLAIN_HEAD, *MAIL, f"C: RCPT TO:{rcpt}", "S: 250 ok", *data, *QUIT]


def asked(recipient: str = "mailto:r1.1.s@here.example", **more: object) -> dict[str, object]:
    """What the stage notes of a job with a subscription."""
    ask = {
        "label": "s", "address": "r1.1.s@here.example", "other": "r1.1.sx@here.example", "recipient": recipient,
        "user_data": b"bob@x.example".hex(), "events": ["job-completed"],
    }  # fmt: skip
    return {"asks": [ask], "user": "Bob", "name": "job 1j", "job": 7} | more


def play_of(bench: WrittenRun, scenario: str, *sessions: list[str], **more: object) -> PlayRecord:
    """A play of a scenario whose job and subscription the printer took, and these sessions."""
    for session in sessions:
        bench.session(session)
    bench.print(scenario, asked(**more))  # type: ignore[arg-type]  # the words of ``asked`` are of several types
    return bench.run_record().play(scenario)
