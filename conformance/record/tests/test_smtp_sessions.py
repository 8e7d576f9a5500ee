"""Sessions told again for a judge: what was sent before an answer, what was ours, what was no command."""

from __future__ import annotations

import pytest

from conformance.cases.tests.written_run import DATA, HEAD, MAIL, MESSAGE, PLAIN_HEAD, QUIT, RCPT, session_of

MAIL_SESSION = [*PLAIN_HEAD, *MAIL, *RCPT, *DATA, *QUIT]


def test_what_came_before_an_answer_is_counted() -> None:
    session = session_of(["S: 220 here", "C: EHLO a\\r\\nMAIL FROM:<a@b>", "S: 250 here", "S: 250 ok"])
    hello, mail = session.turns
    assert hello.reply is not None
    assert session.sent_before(hello.reply) == mail.span[1]


def test_a_patient_client_has_sent_nothing_more_before_an_answer() -> None:
    session = session_of(MAIL_SESSION)
    for turn in session.turns:
        assert turn.reply is not None
        assert session.sent_before(turn.reply) == turn.span[1]


def test_keywords_hold_from_ehlo_to_the_next_hello() -> None:
    session = session_of([*HEAD, *MAIL, "C: HELO printer", "S: 250 here", *MAIL])
    assert [sorted(session.offered(t)) for t in session.turns if t.verb == "MAIL"] == [["8BITMIME", "PIPELINING"], []]


def test_keywords_count_no_more_after_starttls() -> None:
    session = session_of([*PLAIN_HEAD, "C: STARTTLS", "S: 220 go on", "T: TLSv1.3", *MAIL])
    assert session.offered(session.turns[-1]) == frozenset()


def test_lines_of_a_message_are_no_commands_and_extensions_are() -> None:
    session = session_of(
        [*PLAIN_HEAD, "C: XFORWARD NAME=a", "S: 500 no", "C: Subject: x", "S: 500 no", "C: X-Mailer: y", "S: 500 no"]
    )
    assert [turn.verb for turn in session.no_commands()] == ["SUBJECT:", "X-MAILER:"]


def test_what_follows_a_dot_too_early_has_spilled() -> None:
    session = session_of(
        [
            *PLAIN_HEAD,
            *MAIL,
            *RCPT,
            "C: DATA",
            "S: 354 go",
            "C: a: b\\r\\n\\r\\nx\\r\\n.\\r\\ny z\\r\\n.",
            "S: 250 taken",
        ]
    )
    assert [turn.line for turn in session.spilled()] == [b"y z\r\n", b".\r\n"]


def test_a_message_sent_after_a_refused_data_has_not_spilled() -> None:
    session = session_of([*PLAIN_HEAD, *MAIL, *RCPT, "C: DATA", "S: 451 later", f"C: {MESSAGE}\\r\\n."])
    assert session.no_commands()
    assert not session.spilled()


def test_talk_between_the_lines_of_an_answer_is_found() -> None:
    session = session_of(["S: 220-here", "C: EHLO a", "S: 220 now", "S: 250 ok"])
    assert [(line, span) for line, span in session.interruptions()] == [(b"220-here", (0, 8))]


def test_an_answer_of_several_lines_in_one_piece_is_not_interrupted() -> None:
    assert not list(session_of(MAIL_SESSION).interruptions())


@pytest.mark.parametrize(
    ("line", "broken", "slowed", "spread"),
    [
        ("rcpt: 451 x2", False, False, False),
        ("data-end: close", True, False, False),
        ("data: drop-after 100", True, False, False),
        ("any: stall", True, True, False),
        ("any: delay 40ms", False, True, False),
        ("any: trickle", False, True, False),
        ("greeting: multiline 3", False, False, True),
        ("rcpt to stall@x.example: 550 drop it, do not close", False, False, False),
        ("rcpt: 550 sorry: close the door", False, False, False),
        ("rcpt: 451 wait: delay 2s", False, False, False),
        ("ehlo: announce X: multiline 2", False, False, False),
        ("starttls: alert", True, False, False),
        ("mail: 421 no: more", True, False, False),
    ],
)
def test_our_own_doing_is_known(line: str, broken: bool, slowed: bool, spread: bool) -> None:
    session = session_of([f"F: {line}", "S: 220 here"])
    assert (session.broken_by_us, session.slowed_by_us, session.spread_by_us) == (broken, slowed, spread)


def test_a_fault_that_another_version_recorded_is_told_and_not_guessed() -> None:
    session = session_of(["F: rcpt: evaporate", "S: 220 here", "F: any: stall"])
    assert session.unread_faults == ("rcpt: evaporate",)
    assert [fault.line for fault in session.faults] == ["any: stall"]


def test_a_place_in_the_mail_is_found_where_the_dots_were_doubled() -> None:
    session = session_of(
        [*PLAIN_HEAD, *MAIL, *RCPT, "C: DATA", "S: 354 go", "C: A: b\\r\\n\\r\\n..one\\r\\n..two\\r\\n.", "S: 250 ok"]
    )
    (content,) = session.contents
    at = content.parsed.octets.index(b"two")
    first, last = content.span_of_parsed((at, at + 3))
    assert session.stream[first:last] == b"two"


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (r"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "a TLS handshake"),
        (r"\x80\x2e\x01\x03\x00\x00", "a TLS handshake"),
        (r"GET / HTTP/1.1\r\nHost: a\r\n", "HTTP"),
        (r"POST /ipp/print HTTP/1.1\r\n", "HTTP"),
        (r"GET / HTTP\r\n", None),
        (r"EHLO GET / HTTP/1.1\r\n", None),
        (r"\x16\x04\r\n", None),
        ("", None),
    ],
)
def test_another_protocol_is_known_by_its_first_octets(octets: str, what: str | None) -> None:
    assert session_of(["S: 220 here", f"C! {octets}"]).foreign == what
