"""What is recorded of a handshake is read again, also from records of earlier versions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.handshake import Handshake
from conformance.wire.smtp import dialogue
from conformance.wire.smtp_events import Event, EventKind


@pytest.mark.parametrize(
    ("octets", "read"),
    [
        (b"TLSv1.3 TLS_AES_256_GCM_SHA384", Handshake("TLSv1.3", "TLS_AES_256_GCM_SHA384")),
        (b"TLSv1.2 X sni=mail.example", Handshake("TLSv1.2", "X", "mail.example")),
        (b"failed: [SSL: WRONG_VERSION_NUMBER]", Handshake(problem="[SSL: WRONG_VERSION_NUMBER]")),
        (b"failed sni=a.example: bad: very", Handshake(server_name="a.example", problem="bad: very")),
        (b"failed", Handshake(problem="it is not said why")),
        (b"", Handshake()),
    ],
)
def test_a_record_is_read(octets: bytes, read: Handshake) -> None:
    assert Handshake.read(octets) == read


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20)


@given(NAMES, st.sampled_from(["", "no shared cipher", "a: b"]))
def test_what_is_written_is_read_again(name: str, problem: str) -> None:
    handshake = Handshake("" if problem else "TLSv1.3", "" if problem else "AES", name, problem)
    assert Handshake.read(handshake.octets) == handshake


@given(st.binary(max_size=60))
def test_any_octets_are_read(octets: bytes) -> None:
    Handshake.read(octets)


def test_a_handshake_that_failed_secures_nothing() -> None:
    events = [
        Event(i, kind, octets)
        for i, (kind, octets) in enumerate(
            [
                (EventKind.SERVER, b"220 x\r\n"),
                (EventKind.CLIENT, b"STARTTLS\r\n"),
                (EventKind.SERVER, b"220 go\r\n"),
                (EventKind.TLS, b"failed: no shared cipher"),
            ]
        )
    ]
    assert not dialogue(events).tls
    assert dialogue([*events[:-1], Event(3, EventKind.TLS, b"TLSv1.3 AES")]).tls
