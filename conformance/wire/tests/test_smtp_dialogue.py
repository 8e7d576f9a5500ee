"""A session is told again from its record, whole or cut, answered or not."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.wire.smtp import COMMAND_LINE, Closing, Dialogue, Kind, Reply, dialogue
from conformance.wire.smtp_events import Event, EventKind


def recorded(*steps: bytes) -> list[Event]:
    """Events from ``C octets``, ``S octets``, ``T``, ``E``, ``L``, ``F line``, ten nanoseconds apart."""
    return [Event(10 * i, EventKind(step[:1].decode()), step[2:]) for i, step in enumerate(steps)]


def told(*steps: bytes) -> Dialogue:
    return dialogue(recorded(*steps))


def answers(of: Dialogue) -> list[tuple[str, int | None]]:
    return [(turn.verb, turn.reply.code if turn.reply else None) for turn in of.turns]


def kinds(of: Dialogue) -> list[tuple[Kind, tuple[int, int]]]:
    return [(problem.kind, problem.span) for problem in of.problems]


def stream(events: list[Event]) -> bytes:
    return b"".join(event.octets for event in events if event.kind is EventKind.CLIENT)


CHUNKS = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [b"EHLO x\r\n", b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<c@d>\r\n", b"DATA\r\n", b"DATA\n", b"x\r\n.", b"\r\n",
         b".\r\n", b"QUIT\r\n",
         b"AUTH PLAIN\r\n", b"AHgAeA==\r\n", b"STARTTLS\r\n", b"220 x\r\n", b"250-x\r\n", b"250 x\r\n",
         b"354 x\r\n", b"334 x\r\n",
         b"235 x\r\n", b"221 x\r\n", b"421 x\r\n", b"451 x\r\n", b"2", b"\n", b"F any: close"]
    ),
)  # fmt: skip
EVENTS = st.lists(st.builds(Event, st.integers(0, 99), st.sampled_from(EventKind), CHUNKS), max_size=30)
# What CUPS 2.4.2's mailto notifier said when DATA was refused: it takes 451 for success and mails to the command line.
CUPS = recorded(
    b"S 220 sink\r\n", b"C HELO vm\r\n", b"S 250 ok\r\n", b"C MAIL FROM:printer@host.test\r\n", b"S 250 ok\r\n",
    b"C RCPT TO:recipient@x.test\r\n", b"S 250 ok\r\n", b"C DATA\r\n", b"S 451 no\r\n",
    b"C Date: Sun, 22 Nov 2026 01:13:17 GMT\r\nFrom: printer@host.test\r\n", b"S 500 what\r\n500 what\r\n",
    b"C \r\n.dot at start of \xc3\xbc\r\n.\r\nQUIT\r\n", b"S 500 what\r\n500 what\r\n500 what\r\n221 bye\r\n",
    b"E", b"L",
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(EVENTS)
@example(CUPS)
def test_any_events_make_a_dialogue_whose_places_lie_in_the_stream(events: list[Event]) -> None:
    client, found = stream(events), dialogue(events)
    at = 0
    for turn in found.turns:
        assert at <= turn.span[0] < turn.span[1] <= len(client)
        assert client[slice(*turn.span)] == turn.line
        assert turn.line.endswith(b"\n")
        at = turn.span[1]
        for start, end in turn.responses:
            assert at <= start < end <= len(client)
            at = end
        if turn.data_span is not None:
            assert at == turn.data_span[0] <= turn.data_span[1] <= len(client)
            assert turn.reply is not None
            assert turn.reply.code == 354
            assert (turn.data_t is not None) == (client[turn.data_span[1] : turn.data_span[1] + 3] == b".\r\n")
            at = turn.data_span[1]
        assert turn.verb.isascii() or turn.verb.encode() is not None
    for problem in found.problems:
        assert 0 <= problem.span[0] <= problem.span[1] <= len(client)


@settings(deadline=None, max_examples=200)
@given(EVENTS)
def test_a_reply_is_given_to_one_turn_at_most(events: list[Event]) -> None:
    found = dialogue(events)
    given_out: list[Reply] = [r for r in (found.greeting, *found.unsolicited) if r is not None]
    for turn in found.turns:
        given_out += [r for r in (turn.reply, turn.data_reply, *turn.challenges) if r is not None]
    server = b"".join(event.octets for event in events if event.kind is EventKind.SERVER)
    assert len({id(reply) for reply in given_out}) == len(given_out)
    assert sum(len(reply.octets) for reply in given_out) <= len(server)


@settings(deadline=None)
@given(st.lists(st.integers(0, 200), max_size=12))
def test_how_octets_were_cut_into_events_changes_nothing_but_times(cuts: list[int]) -> None:
    content = b"Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n"
    places = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    pieces = [b"C " + content[a:b] for a, b in pairwise(places)]
    found = told(b"S 220 x\r\n", b"C DATA\r\n", b"S 354 go\r\n", *pieces, b"S 250 ok\r\n", b"S 221 bye\r\n")
    data, leave = found.turns
    assert (data.data_span, data.data_reply and data.data_reply.code) == ((6, 6 + content.index(b".\r\nQUIT")), 250)
    assert (leave.verb, leave.reply and leave.reply.code, found.closed, found.problems) == (
        "QUIT",
        221,
        Closing.QUIT,
        (),
    )


def test_a_session_in_order() -> None:
    found = told(
        b"S 220-hello\r\n220 ready\r\n",
        b"C EHLO printer.example\r\n",
        b"S 250-sink\r\n",
        b"S 250 SIZE\r\n",
        b"C mail FROM:<a@b>\r\n",
        b"S 250 ok\r\n",
        b"C RCPT TO:<c@d>\r\n",
        b"S 550 no\r\n",
        b"C QUIT\r\n",
        b"S 221 bye\r\n",
        b"E",
        b"L",
    )
    assert found.greeting is not None
    assert (found.greeting.code, found.greeting.text) == (220, "hello\nready")
    assert answers(found) == [("EHLO", 250), ("MAIL", 250), ("RCPT", 550), ("QUIT", 221)]
    hello, mail = found.turns[:2]
    assert found.hello is hello
    assert hello.reply is not None
    assert (hello.reply.lines, hello.reply.t) == ((b"250-sink", b"250 SIZE"), 30)
    assert (mail.line, mail.argument, mail.span, mail.t) == (b"mail FROM:<a@b>\r\n", b"FROM:<a@b>", (22, 39), 40)
    assert (found.closed, found.tls, found.problems) == (Closing.QUIT, False, ())


def test_cups_mails_to_the_command_line_when_data_is_refused() -> None:
    found = dialogue(CUPS)
    assert answers(found) == [
        ("HELO", 250), ("MAIL", 250), ("RCPT", 250), ("DATA", 451), ("DATE:", 500), ("FROM:", 500), ("", 500),
        (".DOT", 500),
        (".", 500), ("QUIT", 221),
    ]  # fmt: skip
    assert found.turns[3].data_span is None
    assert found.closed is Closing.QUIT


def test_pipelined_commands_get_their_replies_in_order() -> None:
    found = told(
        b"S 220 x\r\n",
        b"C MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n",
        b"S 250 1\r\n250 2\r\n",
        b"S 550 3\r\n354 4\r\n",
        b"C hi\r\n.\r\nMAIL FROM:<g@h>\r\nQUIT\r\n",
        b"S 250 5\r\n250 6\r\n221 7\r\n",
    )
    assert answers(found) == [("MAIL", 250), ("RCPT", 250), ("RCPT", 550), ("DATA", 354), ("MAIL", 250), ("QUIT", 221)]
    assert [turn.reply.text for turn in found.turns if turn.reply] == ["1", "2", "3", "4", "6", "7"]
    data = found.turns[3]
    assert data.data_reply is not None
    assert data.data_reply.text == "5"


def test_content_is_found_with_its_dots_and_without_the_final_one() -> None:
    events = recorded(
        b"S 220 x\r\n", b"C DATA\r\n", b"S 354 x\r\n", b"C a\r\n..b\r\n.c\r\n\n.\n\r\n.", b"C \r\n", b"S 250 x\r\n"
    )
    (data,) = dialogue(events).turns
    assert data.data_span is not None
    assert stream(events)[slice(*data.data_span)] == b"a\r\n..b\r\n.c\r\n\n.\n\r\n"
    assert data.data_t == 40


def test_an_empty_content_is_one() -> None:
    (data,) = told(b"S 220 x\r\n", b"C DATA\r\n", b"S 354 x\r\n", b"C .\r\n", b"S 250 x\r\n").turns
    assert (data.data_span, data.data_reply and data.data_reply.code) == ((6, 6), 250)


def test_content_sent_before_354_is_content() -> None:
    found = told(b"S 220 x\r\n", b"C DATA\r\nhi\r\n.\r\nQUIT\r\n", b"S 354 x\r\n250 x\r\n221 x\r\n")
    assert answers(found) == [("DATA", 354), ("QUIT", 221)]
    assert found.turns[0].data_span == (6, 10)


def test_content_without_its_end_goes_to_the_end_of_the_stream() -> None:
    found = told(b"S 220 x\r\n", b"C DATA\r\n", b"S 354 x\r\n", b"C hi\r\n.\n", b"F data: drop-after 4", b"L")
    (data,) = found.turns
    assert (data.data_span, data.data_t, data.data_reply) == ((6, 12), None, None)
    assert kinds(found) == [(Kind.CUT_DATA, (6, 12))]
    assert found.closed is Closing.SERVER


def test_a_final_dot_that_is_never_answered() -> None:
    found = told(b"S 220 x\r\n", b"C DATA\r\n", b"S 354 x\r\n", b"C hi\r\n.\r\n", b"F data-end: close", b"L")
    (data,) = found.turns
    assert (data.data_span, data.data_t, data.data_reply) == ((6, 10), 30, None)
    assert (found.problems, found.closed) == ((), Closing.SERVER)


def test_a_reply_that_was_kept_back_shifts_no_other() -> None:
    found = told(
        b"S 220 x\r\n",
        b"C RCPT TO:<a@b>\r\n",
        b"F rcpt: stall x1",
        b"C RCPT TO:<c@d>\r\n",
        b"S 250 for c\r\n",
        b"C QUIT\r\n",
        b"S 221 bye\r\n",
    )
    assert answers(found) == [("RCPT", None), ("RCPT", 250), ("QUIT", 221)]


def test_a_reply_that_was_only_late_is_no_one_elses() -> None:
    late = told(
        b"S 220 x\r\n", b"C DATA\r\n", b"S 354 x\r\n", b"C .\r\n", b"F data-end: delay 2s", b"C RSET\r\n",
        b"S 250 taken\r\n250 reset\r\n",
    )  # fmt: skip
    data, reset = late.turns
    assert data.data_reply is not None
    assert reset.reply is not None
    assert (data.data_reply.text, reset.reply.text) == ("taken", "reset")


def test_a_reply_goes_past_the_command_it_cannot_be_meant_for() -> None:
    assert answers(told(b"S 220 x\r\n", b"C NOOP\r\n", b"C QUIT\r\n", b"S 221 bye\r\n")) == [
        ("NOOP", None),
        ("QUIT", 221),
    ]
    assert answers(told(b"S 220 x\r\n", b"C DATA\r\n", b"C RSET\r\n", b"S 250 ok\r\n")) == [
        ("DATA", None),
        ("RSET", 250),
    ]


def test_a_wrong_reply_still_belongs_to_the_only_command() -> None:
    found = told(b"S 220 x\r\n", b"C DATA\r\n", b"S 250 what\r\n", b"C NOOP\r\n", b"S 250 ok\r\n")
    assert answers(found) == [("DATA", 250), ("NOOP", 250)]


def test_a_trickled_reply_is_one_and_has_the_time_of_its_last_octet() -> None:
    (noop,) = told(b"S 220 x\r\n", b"C NOOP\r\n", *[b"S %c" % octet for octet in b"250-a\r\n250 b\r\n"]).turns
    assert noop.reply is not None
    assert (noop.reply.octets, noop.reply.t) == (b"250-a\r\n250 b\r\n", 10 * (1 + len(noop.reply.octets)))


def test_a_reply_that_was_cut_is_none() -> None:
    assert answers(told(b"S 220 x\r\n", b"C EHLO x\r\n", b"S 250-a\r\n250", b"L")) == [("EHLO", None)]


def test_what_is_no_reply_line_is_a_reply_with_code_0() -> None:
    (noop,) = told(b"S 220 x\r\n", b"C NOOP\r\n", b"S what?\r\n").turns
    assert noop.reply is not None
    assert (noop.reply.code, noop.reply.lines) == (0, (b"what?",))


def test_a_421_in_silence_answers_nothing() -> None:
    found = told(b"S 220 x\r\n", b"C NOOP\r\n", b"S 250 x\r\n", b"S 421 too slow\r\n", b"L")
    assert [reply.code for reply in found.unsolicited] == [421]
    assert found.closed is Closing.SERVER


# ---------------------------------------------------------------- AUTH, STARTTLS, QUIT


def test_credentials_are_no_commands() -> None:
    found = told(
        b"S 220 x\r\n", b"C AUTH LOGIN\r\n", b"S 334 VXNlcg==\r\n", b"C am9uZXM=\r\n", b"S 334 UGFzcw==\r\n",
        b"C c2VjcmV0\r\n",
        b"S 235 ok\r\n", b"C NOOP\r\n", b"S 250 ok\r\n",
    )  # fmt: skip
    assert answers(found) == [("AUTH", 235), ("NOOP", 250)]
    auth = found.turns[0]
    assert [challenge.code for challenge in auth.challenges] == [334, 334]
    assert auth.responses == ((12, 22), (22, 32))


def test_credentials_sent_before_the_challenge_are_no_commands() -> None:
    found = told(b"S 220 x\r\n", b"C AUTH PLAIN\r\nAHgAeA==\r\n", b"S 334 \r\n", b"S 535 no\r\n")
    assert answers(found) == [("AUTH", 535)]
    found = told(b"S 220 x\r\n", b"C AUTH PLAIN\r\nAHgAeA==\r\n", b"L")
    assert answers(found) == [("AUTH", None)]
    assert kinds(found) == [(Kind.UNDECIDED, (12, 22))]


def test_after_a_refused_auth_come_commands() -> None:
    assert answers(told(b"S 220 x\r\n", b"C AUTH X\r\nQUIT\r\n", b"S 504 no\r\n221 x\r\n")) == [
        ("AUTH", 504),
        ("QUIT", 221),
    ]


def test_commands_after_the_handshake_are_under_tls() -> None:
    found = told(
        b"S 220 x\r\n",
        b"C EHLO a\r\n",
        b"S 250 x\r\n",
        b"C STARTTLS\r\n",
        b"S 220 go\r\n",
        b"T v",
        b"C EHLO b\r\n",
        b"S 250 x\r\n",
    )
    assert [(turn.line, turn.tls) for turn in found.turns] == [
        (b"EHLO a\r\n", False), (b"STARTTLS\r\n", False), (b"EHLO b\r\n", True),
    ]  # fmt: skip
    assert found.hello is found.turns[2]
    assert (found.tls, found.problems) == (True, ())


def test_tls_from_the_first_octet() -> None:
    found = told(b"T v", b"S 220 x\r\n", b"C NOOP\r\n", b"S 250 x\r\n")
    assert found.greeting is not None
    assert (found.tls, [turn.tls for turn in found.turns]) == (True, [True])


def test_octets_between_starttls_and_the_handshake_are_no_commands() -> None:
    found = told(b"S 220 x\r\n", b"C STARTTLS\r\nNOOP\r\n", b"S 220 go\r\n", b"T v", b"C EHLO x\r\n", b"S 250 x\r\n")
    assert answers(found) == [("STARTTLS", 220), ("EHLO", 250)]
    assert kinds(found) == [(Kind.BEFORE_TLS, (10, 16))]


def test_a_handshake_that_never_came() -> None:
    found = told(b"S 220 x\r\n", b"C STARTTLS\r\n", b"S 220 go\r\n", b"C NOOP\r\n", b"L")
    assert (answers(found), kinds(found)) == ([("STARTTLS", 220)], [(Kind.BEFORE_TLS, (10, 16))])


def test_octets_after_quit_are_told() -> None:
    found = told(b"S 220 x\r\n", b"C QUIT\r\nNOOP\r\n", b"S 221 x\r\n", b"E")
    assert (answers(found), kinds(found)) == ([("QUIT", 221)], [(Kind.AFTER_QUIT, (6, 12))])
    found = told(b"S 220 x\r\n", b"C QUIT\r\nNOOP\r\n", b"L")
    assert kinds(found) == [(Kind.AFTER_QUIT, (6, 12))]


def test_a_refused_quit_is_followed_by_commands() -> None:
    found = told(b"S 220 x\r\n", b"C QUIT\r\n", b"S 500 no\r\n", b"C QUIT\r\n", b"S 221 x\r\n")
    assert answers(found) == [("QUIT", 500), ("QUIT", 221)]


# ---------------------------------------------------------------- lines, beginnings, ends


def test_lf_alone_ends_a_command_and_is_told() -> None:
    found = told(b"S 220 x\r\n", b"C NOOP\nNO\0P\r\n", b"S 250 x\r\n500 x\r\n")
    assert answers(found) == [("NOOP", 250), ("NO\0P", 500)]
    assert kinds(found) == [(Kind.BARE_LF, (4, 5)), (Kind.NUL, (7, 8))]


def test_a_command_line_over_its_length_is_told_but_for_those_that_extensions_lengthen() -> None:
    as_long_as_may_be = b"NOOP " + b"x" * (COMMAND_LINE - 7) + b"\r\n"
    longer = b"NOOP x" + as_long_as_may_be[5:]
    mail = b"MAIL x" + as_long_as_may_be[5:]
    found = told(b"S 220 x\r\n", b"C " + as_long_as_may_be + longer + mail)
    assert kinds(found) == [(Kind.LONG_COMMAND, (COMMAND_LINE, 2 * COMMAND_LINE + 1))]


def test_a_client_that_speaks_first_is_told_and_still_gets_its_reply() -> None:
    found = told(b"C HELO x\r\n", b"S 220 x\r\n", b"S 250 ok\r\n")
    assert (found.greeting and found.greeting.code, answers(found)) == (220, [("HELO", 250)])
    assert kinds(found) == [(Kind.EARLY_TALK, (0, 8))]


def test_a_greeting_that_was_kept_back_is_none() -> None:
    found = told(b"F greeting: stall", b"C HELO x\r\n", b"S 250 ok\r\n")
    assert (found.greeting, answers(found)) == (None, [("HELO", 250)])


def test_a_refusal_that_speaks_of_closing_keeps_nothing_back() -> None:
    found = told(
        *[b"S 220 x\r\n", b"C RCPT TO:<a@b>\r\n", b"F rcpt: 550 sorry: close the door", b"C DATA\r\n"],
        *[b"S 550 sorry\r\n", b"S 503 no\r\n"],
    )
    assert answers(found) == [("RCPT", 550), ("DATA", 503)]


def test_helo_after_a_refused_ehlo_is_the_hello() -> None:
    found = told(b"S 220 x\r\n", b"C EHLO x\r\n", b"S 502 no\r\n", b"C HELO x\r\n", b"S 250 ok\r\n")
    assert found.hello is found.turns[1]
    assert told(b"S 220 x\r\n", b"C EHLO x\r\n", b"S 502 no\r\n").hello is not None
    assert told(b"S 220 x\r\n").hello is None


def test_a_line_without_its_end_is_no_command() -> None:
    found = told(b"S 220 x\r\n", b"C NOOP\r\nQUI", b"S 250 x\r\n", b"E")
    assert (answers(found), kinds(found)) == ([("NOOP", 250)], [(Kind.CUT_LINE, (6, 9))])


@pytest.mark.parametrize(
    ("steps", "closed"),
    [
        ((), Closing.OPEN),
        ((b"S 220 x\r\n",), Closing.OPEN),
        ((b"S 220 x\r\n", b"E", b"L"), Closing.CLIENT),
        ((b"S 220 x\r\n", b"L reset"), Closing.LOST),
        ((b"S 421 x\r\n", b"L"), Closing.SERVER),
        ((b"S 220 x\r\n", b"F mail: drop", b"L"), Closing.SERVER),
        ((b"S 220 x\r\n", b"E", b"L fault"), Closing.SERVER),
        ((b"S 220 x\r\n", b"E", b"L client"), Closing.CLIENT),
        ((b"S 220 x\r\n", b"E", b"L reset: ConnectionResetError"), Closing.LOST),
        ((b"S 220 x\r\n", b"F mail: 451 x", b"L"), Closing.LOST),
        ((b"S 220 x\r\n", b"F mail: 451 then: drop", b"L"), Closing.LOST),
        ((b"S 220 x\r\n", b"F starttls: alert", b"L"), Closing.SERVER),
        ((b"S 220 x\r\n", b"F mail: evaporate", b"L"), Closing.SERVER),
        ((b"S 220 x\r\n", b"C QUIT\r\n", b"E", b"S 221 x\r\n", b"L"), Closing.QUIT),
        ((b"S 220 x\r\n", b"C QUIT\r\n", b"E", b"L"), Closing.CLIENT),
    ],
)
def test_how_a_session_ended(steps: tuple[bytes, ...], closed: Closing) -> None:
    assert told(*steps).closed is closed


def test_ten_thousand_commands_in_one_go_get_ten_thousand_replies() -> None:
    found = told(b"S 220 x\r\n", b"C " + b"NOOP\r\n" * 10_000, b"S " + b"250 x\r\n" * 10_000)
    assert len(found.turns) == 10_000
    assert all(turn.reply is not None for turn in found.turns)


def test_content_that_comes_octet_by_octet_is_read_once() -> None:
    content = b"x\r\n" * 20_000
    found = dialogue(
        [
            *recorded(b"S 220 x\r\n", b"C DATA\r\n", b"S 354 x\r\n"),
            *(Event(30 + i, EventKind.CLIENT, content[i : i + 1]) for i in range(len(content))),
            Event(99_999, EventKind.CLIENT, b".\r\n"),
        ]
    )
    assert found.turns[0].data_span == (6, 6 + len(content))
    assert found.turns[0].data_t == 99_999
