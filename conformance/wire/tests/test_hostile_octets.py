"""Octets made to be slow cost no more than their number: nothing is read over and over again.

Processor time, not the clock: 50,000 octets take some hundredths of a second here; what is read anew at each of them
takes ten seconds and more.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from conformance.wire.imf import addr_spec_problem, mailboxes, read
from conformance.wire.smtp import dialogue, path, unstuff, wire_problems
from conformance.wire.smtp_events import Event, EventKind

SIZE = 50_000
SECONDS = 3.0  # of processor time; thirty times the slowest measured
PIECES = [
    b"X: y\r\n", b"\r\n ", b" \r\n", b"\n", b"\r", b"=?", b"=?a?q?", b"=?utf-8?q?=C3?= ", b"=?a", b'"', b'"\\', b"(",
    b")", b"<>", b"a@b,", b"[", b"\\", b"\xfc", b" ", b";", b"a=b;", b'a="', b'a="\\', b";a*0=b", b"a.", b"@", b"g:;",
    b"= ", b"=\r\n", b"--b", b"\r\n--b", b"--b\r\n\r\n", b"--b   ",
]  # fmt: skip


def used() -> float:
    times = os.times()
    return times.user + times.system


def everything(octets: bytes) -> list[object]:
    """All that can be asked of a mail."""
    mail = read(octets)
    asked: list[object] = [mail.problems, mail.text]
    asked += [(part.problems, part.string, part.filename, part.disposition) for part in mail.root.walk()]
    asked += [(field.text, mailboxes(field.value)) for field in mail.fields]
    return asked


def as_address(octets: bytes) -> None:
    everything(b"From: " + octets + b"\r\n\r\n")
    addr_spec_problem(octets.decode("latin-1"))


def as_parameters(octets: bytes) -> None:
    everything(b"Content-Type: multipart/mixed; boundary=b; " + octets + b"\r\n\r\n")


def as_parts(octets: bytes) -> None:
    everything(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + octets)


def as_quoted_printable(octets: bytes) -> None:
    everything(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + octets)


def as_base64(octets: bytes) -> None:
    everything(b"Content-Transfer-Encoding: base64\r\n\r\n" + octets)


def as_path(octets: bytes) -> None:
    path(b"FROM:" + octets, b"FROM")
    path(b"FROM:<" + octets + b"> " + octets, b"FROM")


def as_content(octets: bytes) -> None:
    wire_problems(octets)
    unstuff(octets)


@pytest.mark.parametrize(
    "reading", [as_address, as_parameters, as_parts, as_quoted_printable, as_base64, as_path, as_content]
)
def test_no_piece_that_is_repeated_is_slow_to_read(reading: Callable[[bytes], None]) -> None:
    for piece in PIECES:
        before = used()
        reading(piece * (SIZE // len(piece)))
        assert used() - before < SECONDS, piece


@pytest.mark.parametrize("reply", [b"250 x\r\n", b"354 x\r\n", b"250-x\r\n", b"421 x\r\n", b"x\r\n"])
@pytest.mark.parametrize("command", [b"NOOP\r\n", b"DATA\r\n", b"AUTH\r\n", b"QUIT\r\n"])
def test_no_session_is_slow_to_tell(command: bytes, reply: bytes) -> None:
    turn = [
        Event(0, EventKind.CLIENT, command),
        Event(1, EventKind.FAULT, b"any: stall"),
        Event(2, EventKind.SERVER, reply),
    ]
    crowd = [Event(0, EventKind.CLIENT, command * 3_000), Event(1, EventKind.SERVER, reply * 3_000)]
    for events in (turn * 3_000, turn[:2] * 3_000, crowd):
        before = used()
        assert dialogue(events).turns
        assert used() - before < SECONDS
