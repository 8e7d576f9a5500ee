"""The cases on the SMTP dialogue, on sessions written down for them: the legal is not blamed, the illegal is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.cases import test_octets, test_smtp, test_smtp_refusals
from conformance.record.run_record import PlayRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation

from .written_run import DATA, HEAD, MAIL, MESSAGE, PLAIN_HEAD, QUIT, RCPT, WrittenRun

Case = Callable[[PlayRecord], None]

HELLO = test_smtp.test_the_printer_introduces_itself_before_any_mail
PATHS = test_smtp.test_paths_stand_in_angle_brackets
SPACED = test_smtp.test_no_blank_stands_before_the_bracket
NAMES = test_smtp.test_the_printer_gives_a_name_by_the_grammar
PARAMETERS = test_smtp.test_parameters_are_those_that_were_offered
ORDER = test_smtp.test_each_command_waits_for_the_answer_to_the_one_before
LINES = test_smtp.test_answers_of_several_lines_are_not_interrupted
GOODBYE = test_smtp.test_sessions_end_with_quit
LATER = test_smtp_refusals.test_no_4yz_answer_of_the_run_is_taken_for_a_success
NEVER = test_smtp_refusals.test_no_message_of_the_run_follows_refused_recipients
ENDS = test_octets.test_lines_end_with_cr_lf_everywhere
NULS = test_octets.test_no_nul_is_sent
LONG = test_octets.test_no_line_is_longer_than_998_octets
DOTS = test_octets.test_dots_at_the_beginning_of_lines_are_doubled
BITS = test_octets.test_octets_above_127_are_declared_and_wanted

PARTED = "Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\n{}\\r\\n--b\\r\\n\\r\\none\\r\\n--b--\\r\\n{}"
AHEAD = [*MAIL, *RCPT, "C: DATA", "S: 354 go", f"C: {MESSAGE}\\r\\n.\\r\\nMAIL FROM:<bob@x.example>", "S: 250 taken",
         "S: 250 ok", *RCPT, *DATA, *QUIT]  # fmt: skip
GOOD = [*PLAIN_HEAD, *MAIL, *RCPT, *DATA, *QUIT]
NO_RCPT = ["C: RCPT TO:<r1.1.s@here.example>", "S: 550 who"]
BUSY_RCPT = ["C: RCPT TO:<r1.1.s@here.example>", "S: 451 busy"]


def named(hello: str) -> list[str]:
    """A whole session that begins so."""
    return ["S: 220 here", f"C: {hello}", "S: 250 here", *MAIL, *RCPT, *DATA, *QUIT]


def request(mail: str = "", rcpt: str = "", head: list[str] = PLAIN_HEAD) -> list[str]:
    """A whole session with that behind its paths."""
    paths = [f"C: MAIL FROM:<bob@x.example>{mail}", "S: 250 ok", f"C: RCPT TO:<r1.1.s@here.example>{rcpt}", "S: 250 ok"]
    return [*head, *paths, *DATA, *QUIT]


def message(octets: str) -> list[str]:
    """A whole session with that message."""
    return [*PLAIN_HEAD, *MAIL, *RCPT, "C: DATA", "S: 354 go", f"C: {octets}\\r\\n.", "S: 250 taken", *QUIT]


LEGAL: dict[str, tuple[Case, list[str]]] = {
    "the-end-of-a-message-leads-a-group": (ORDER, [*HEAD, *AHEAD]),
    "helo-where-ehlo-is-unknown": (
        HELLO,
        ["S: 220 a", "C: EHLO p", "S: 502 what", "C: HELO p", "S: 250 a", *MAIL, *RCPT, *DATA, *QUIT],
    ),
    "rset-and-noop-before-hello": (HELLO, ["S: 220 a", "C: NOOP", "S: 250 ok", "C: RSET", "S: 250 ok", *GOOD[1:]]),
    "lower-case-commands": (PATHS, [*PLAIN_HEAD, "C: mail from:<a@b.example>", "S: 250 ok", *RCPT, *DATA, *QUIT]),
    "no-space-after-the-colon": (SPACED, GOOD),
    "blanks-within-a-quoted-local-part": (
        SPACED,
        [*PLAIN_HEAD, 'C: MAIL FROM:<" a "@b.example>', "S: 250 ok", *QUIT],
    ),
    "a-name-without-dots": (NAMES, named("EHLO printer7")),
    "a-name-that-nobody-knows": (NAMES, named("HELO 3com-x.4th-floor.invalid")),
    "an-address-for-a-name": (NAMES, named("EHLO [192.0.2.7]")),
    "an-address-of-ipv6-for-a-name": (NAMES, named("EHLO [IPv6:2001:db8::7]")),
    "a-domain-of-digits": (NAMES, named("EHLO 192.0.2.7.example")),
    "a-blank-behind-the-name": (NAMES, named("EHLO printer.example ")),
    "a-parameter-that-was-offered": (PARAMETERS, request(" BODY=8BITMIME")),
    "a-parameter-in-lower-case": (PARAMETERS, request(" body=7bit")),
    "a-path-that-nobody-can-find-the-end-of": (
        PARAMETERS,
        [*PLAIN_HEAD, "C: MAIL FROM:bob@x.example y", "S: 250 ok", *QUIT],
    ),
    "null-path": (PATHS, [*PLAIN_HEAD, "C: MAIL FROM:<>", "S: 250 ok", *RCPT, *DATA, *QUIT]),
    "path-with-parameters": (
        PATHS,
        [*PLAIN_HEAD, "C: MAIL FROM:<a@b.example> SIZE=9 BODY=8BITMIME", "S: 250 ok", *QUIT],
    ),
    "quoted-bracket-in-a-path": (PATHS, [*PLAIN_HEAD, 'C: MAIL FROM:<"a>b"@b.example>', "S: 250 ok", *QUIT]),
    "space-after-the-colon-only-warns": (PATHS, [*PLAIN_HEAD, "C: MAIL FROM: <a@b.example>", "S: 250 ok", *QUIT]),
    "commands-in-a-group-where-pipelining-is-offered": (
        ORDER,
        [
            *HEAD,
            "C: MAIL FROM:<a@b.example>\\r\\nRCPT TO:<r1.1.s@here.example>\\r\\nDATA",
            "S: 250 ok",
            "S: 250 ok",
            "S: 354 go",
            f"C: {MESSAGE}\\r\\n.",
            "S: 250 taken",
            *QUIT,
        ],
    ),
    "quit-while-we-let-it-wait": (
        ORDER,
        [*PLAIN_HEAD, "F: mail: delay 60s", "C: MAIL FROM:<a@b.example>", "C: QUIT", "S: 250 ok", "S: 221 bye"],
    ),
    "one-line-at-a-time-of-an-answer-that-trickles": (
        LINES,
        ["S! 220-he", "S! re\\r\\n220 n", "S! ow\\r\\n", *GOOD[1:]],
    ),
    "closed-by-our-421": (GOODBYE, ["S: 421 closing", "L: fault"]),
    "closed-by-our-fault": (GOODBYE, [*PLAIN_HEAD, *MAIL, "F: rcpt: drop", "C: RCPT TO:<a@b>", "L: fault: rcpt: drop"]),
    "lost-on-the-way": (GOODBYE, [*PLAIN_HEAD, "L: reset"]),
    "still-open": (GOODBYE, PLAIN_HEAD),
    "a-new-mail-after-451-to-mail": (
        LATER,
        [*PLAIN_HEAD, "C: MAIL FROM:<a@b>", "S: 451 no", *MAIL, *RCPT, *DATA, *QUIT],
    ),
    "rset-and-the-same-again-after-451-to-rcpt": (
        LATER,
        [*PLAIN_HEAD, *MAIL, *BUSY_RCPT, "C: RSET", "S: 250 ok", *MAIL, *RCPT, *DATA, *QUIT],
    ),
    "rcpt-again-after-451-to-rcpt": (LATER, [*PLAIN_HEAD, *MAIL, *BUSY_RCPT, *RCPT, *DATA, *QUIT]),
    "data-after-451-to-one-of-two-recipients": (
        LATER,
        [*PLAIN_HEAD, *MAIL, "C: RCPT TO:<x@y.example>", "S: 451 no", *RCPT, *DATA, *QUIT],
    ),
    "data-sent-ahead-of-the-451": (
        LATER,
        [*HEAD, "C: MAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA", "S: 250 ok", "S: 451 no", "S: 503 no", *QUIT],
    ),
    "helo-after-451-to-ehlo": (LATER, ["S: 220 a", "C: EHLO p", "S: 451 no", "C: HELO p", "S: 250 a", *GOOD[3:]]),
    "quit-after-a-greeting-of-421": (LATER, ["S: 421 no", "C: QUIT", "L: fault"]),
    "a-lone-dot-after-a-354-sent-ahead-of-550": (
        NEVER,
        [
            *[*HEAD, "C: MAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA", "S: 250 ok", "S: 550 no", "S: 354 go"],
            *["C: .", "S: 554 no", *QUIT],
        ],
    ),
    "data-for-the-one-of-two-that-was-taken": (NEVER, [*PLAIN_HEAD, *MAIL, *NO_RCPT, *RCPT, *DATA, *QUIT]),
    "data-after-550-that-gets-503-and-no-more": (NEVER, [*PLAIN_HEAD, *MAIL, *NO_RCPT, "C: DATA", "S: 503 no", *QUIT]),
    "998-octets-and-a-doubled-dot": (LONG, message("A: b\\r\\n\\r\\n.." + "x" * 997)),
    "doubled-dots": (DOTS, message("A: b\\r\\n\\r\\n..\\r\\n..x\\r\\n...")),
    "8bit-declared-and-offered": (BITS, message("Content-Transfer-Encoding: 8bit\\r\\n\\r\\nGr\\xfc\\xdfe")),
    "utf-8-in-commands-where-smtputf8-is-used": (
        BITS,
        [
            *["S: 220 a", "C: EHLO p", "S: 250-a\\r\\n250-8BITMIME\\r\\n250 SMTPUTF8"],
            *["C: MAIL FROM:<b\\xc3\\xb6b@x.example> SMTPUTF8", "S: 250 ok", *RCPT, *DATA, *QUIT],
        ],
    ),
}  # fmt: skip

GUILTY: dict[str, tuple[Case, list[str]]] = {
    "a-space-before-the-bracket": (SPACED, [*PLAIN_HEAD, "C: MAIL FROM: <a@b.example>", "S: 250 ok", *QUIT]),
    "a-space-within-the-brackets": (SPACED, [*PLAIN_HEAD, "C: MAIL FROM:< a@b.example>", "S: 250 ok", *QUIT]),
    "a-space-before-the-closing-bracket": (
        SPACED,
        [*PLAIN_HEAD, *MAIL, "C: RCPT TO:<r1.1.s@here.example >", "S: 250 ok", *QUIT],
    ),
    "a-parameter-of-mail-behind-rcpt": (PARAMETERS, request(rcpt=" BODY=8BITMIME")),
    "a-phrase-for-a-name": (NAMES, named("EHLO my printer_1 !!")),
    "an-address-without-brackets-for-a-name": (NAMES, named("EHLO 192.0.2.7")),
    "an-encoding-that-is-none-of-body": (PARAMETERS, request(" BODY=8BIT")),
    "an-underscore-in-a-name": (NAMES, named("EHLO my_printer.example")),
    "words-behind-the-name": (NAMES, named("HELO printer.example model 7")),
    "a-literal-that-is-no-address": (NAMES, named("EHLO [192.0.2.700]")),
    "a-name-beyond-ascii": (NAMES, named("EHLO dr\\xfccker.example")),
    "a-parameter-that-was-not-offered": (PARAMETERS, request(" SIZE=900")),
    "a-parameter-of-rcpt-that-was-not-offered": (PARAMETERS, request(rcpt=" NOTIFY=NEVER")),
    "a-parameter-of-nobody": (PARAMETERS, request(" X-PRIORITY=1")),
    "a-parameter-after-helo": (
        PARAMETERS,
        request(" BODY=8BITMIME", head=["S: 220 a", "C: HELO printer", "S: 250 a"]),
    ),
    "a-remark-behind-a-path": (PARAMETERS, request(rcpt=" (the subscriber)")),
    "a-word-glued-to-a-path": (PARAMETERS, request("x")),
    "a-tab-before-a-parameter": (PARAMETERS, request("\\tBODY=8BITMIME")),
    "next-transaction-without-pipelining": (ORDER, [*PLAIN_HEAD, *AHEAD]),
    "mail-first": (HELLO, ["S: 220 a", *MAIL, *RCPT, *DATA, *QUIT]),
    "no-hello-after-the-handshake": (
        HELLO,
        [*PLAIN_HEAD, "C: STARTTLS", "S: 220 go", "T: TLSv1.3", *MAIL, *RCPT, *DATA, *QUIT],
    ),
    "bare-address": (PATHS, [*PLAIN_HEAD, "C: MAIL FROM:a@b.example", "S: 250 ok", *QUIT]),
    "bracket-not-closed": (PATHS, [*PLAIN_HEAD, "C: RCPT TO:<a@b.example", "S: 250 ok", *QUIT]),
    "space-before-the-colon": (PATHS, [*PLAIN_HEAD, "C: MAIL FROM :<a@b.example>", "S: 250 ok", *QUIT]),
    "rcpt-with-mail": (
        ORDER,
        [*PLAIN_HEAD, "C: MAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>", "S: 250 ok", "S: 250 ok", *DATA, *QUIT],
    ),
    "quit-with-the-message": (
        ORDER,
        [*PLAIN_HEAD, *MAIL, *RCPT, *DATA[:2], f"C: {MESSAGE}\\r\\n.\\r\\nQUIT", "S: 250 ok", "S: 221 bye"],
    ),
    "message-before-354-in-spite-of-pipelining": (
        ORDER,
        [*HEAD, *MAIL, *RCPT, f"C: DATA\\r\\n{MESSAGE}\\r\\n.", "S: 354 go", "S: 250 ok", *QUIT],
    ),
    "command-between-lines": (LINES, ["S: 220-here", "C: EHLO p", "S: 220 now", "S: 250-a\\r\\n250 b", *QUIT]),
    "closed-without-quit": (GOODBYE, [*PLAIN_HEAD, "E:  ", "L: client"]),
    "closed-without-quit-after-a-refusal-that-speaks-of-closing": (
        GOODBYE,
        [*PLAIN_HEAD, *MAIL, "F: rcpt: 550 sorry: close the door", "C: RCPT TO:<a@b>", "S: 550 no",
         "E:  ", "L: client"],
    ),
    "closed-before-221": (GOODBYE, [*PLAIN_HEAD, "C: QUIT", "E:  ", "S: 221 bye", "L: quit"]),
    "mail-after-451-to-every-hello": (LATER, ["S: 220 a", "C: EHLO p", "S: 451 no", *MAIL, *QUIT]),
    "rcpt-after-451-to-mail": (LATER, [*PLAIN_HEAD, "C: MAIL FROM:<a@b>", "S: 451 no", *RCPT, *QUIT]),
    "data-after-451-to-the-only-recipient": (LATER, [*PLAIN_HEAD, *MAIL, *BUSY_RCPT, "C: DATA", "S: 503 no", *QUIT]),
    "message-after-451-to-data": (
        LATER,
        [*PLAIN_HEAD, *MAIL, *RCPT, "C: DATA", "S: 451 no", f"C: {MESSAGE}\\r\\n.", *QUIT],
    ),
    "message-after-550-to-every-recipient": (
        NEVER,
        [*PLAIN_HEAD, *MAIL, *NO_RCPT, "C: DATA", "S: 503 no", f"C: {MESSAGE}\\r\\n.", *QUIT],
    ),
    "message-after-a-354-in-spite-of-550": (
        NEVER,
        [*HEAD, "C: MAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA", "S: 250 ok", "S: 550 no", "S: 354 go",
         f"C: {MESSAGE}\\r\\n.", "S: 554 no", *QUIT],
    ),
    "lf-in-a-command": (ENDS, ["S: 220 a", "C! EHLO p\\n", "S: 250 a", *QUIT]),
    "cr-in-a-message": (ENDS, message("A: b\\rc")),
    "nul": (NULS, message("A: b\\r\\n\\r\\n\\x00")),
    "999-octets": (LONG, message("A: b\\r\\n\\r\\n" + "x" * 999)),
    "single-dot": (DOTS, message("A: b\\r\\n\\r\\n.x")),
    "message-cut-at-a-dot": (DOTS, message("A: b\\r\\n\\r\\nx\\r\\n.\\r\\nJob done")),
    "8bit-not-declared": (BITS, message("A: b\\r\\n\\r\\nGr\\xfc\\xdfe")),
    "8bit-before-the-parts": (BITS, message(PARTED.format("f\\xfcr", ""))),
    "8bit-behind-the-parts": (BITS, message(PARTED.format("", "\\xfc"))),
    "8bit-in-the-header": (BITS, message("Subject: Gr\\xfc\\xdfe\\r\\n\\r\\nx")),
    "8bit-after-helo": (
        BITS,
        ["S: 220 a", "C: HELO p", "S: 250 a", *message("Content-Transfer-Encoding: 8bit\\r\\n\\r\\nGr\\xfc\\xdfe")[3:]],
    ),
    "8bit-in-a-command": (BITS, [*PLAIN_HEAD, "C: MAIL FROM:<b\\xc3\\xb6b@x.example>", "S: 250 ok", *QUIT]),
}  # fmt: skip


@pytest.mark.parametrize("name", LEGAL)
def test_what_is_legal_is_not_blamed(bench: WrittenRun, name: str) -> None:
    case, script = LEGAL[name]
    case(bench.run_of(script, GOOD))


@pytest.mark.parametrize("name", GUILTY)
def test_what_is_not_legal_is_found(bench: WrittenRun, name: str) -> None:
    case, script = GUILTY[name]
    with pytest.raises(Violation):
        case(bench.run_of(GOOD, script))


@pytest.mark.parametrize(
    "case",
    [HELLO, PATHS, SPACED, NAMES, PARAMETERS, ORDER, GOODBYE, ENDS, NULS, LONG, BITS],
    ids=lambda case: case.__name__,
)
def test_a_run_without_sessions_is_inconclusive(bench: WrittenRun, case: Case) -> None:
    with pytest.raises(Inconclusive):
        case(bench.run())


@pytest.mark.parametrize(
    "case",
    [HELLO, PATHS, SPACED, NAMES, PARAMETERS, ORDER, GOODBYE, ENDS, NULS, LONG, DOTS],
    ids=lambda case: case.__name__,
)
def test_the_dialogue_of_a_relay_is_not_judged(bench: WrittenRun, case: Case) -> None:
    bench.facts["relay"] = "yes"
    bench.session(GOOD, peer="192.0.2.7:25")
    bench.session(GUILTY["bare-address"][1], peer="192.0.2.7:25")
    with pytest.raises(NotApplicable):
        case(bench.run())


@pytest.mark.parametrize("case", [HELLO, PATHS, ORDER, GOODBYE, LATER, NEVER], ids=lambda case: case.__name__)
def test_nothing_is_concluded_where_our_own_part_cannot_be_read(bench: WrittenRun, case: Case) -> None:
    with pytest.raises(Inconclusive, match="judge with the version that recorded it"):
        case(
            bench.run_of(
                GOOD, [*PLAIN_HEAD, "F: mail: evaporate", "C: MAIL FROM:a@b", "S: 451 no", "E:  ", "L: client"]
            )
        )


def test_eight_bits_in_a_header_are_the_printers_even_behind_a_relay(bench: WrittenRun) -> None:
    bench.facts["relay"] = "yes"
    bench.session(GUILTY["8bit-in-the-header"][1], peer="192.0.2.7:25")
    with pytest.raises(Violation):
        BITS(bench.run())


def test_a_message_refused_at_its_end_leaves_nothing_to_go_on_with(bench: WrittenRun) -> None:
    with pytest.raises(NotApplicable, match="no command"):
        LATER(bench.run_of([*PLAIN_HEAD, *MAIL, *RCPT, *DATA[:3], "S: 451 no", *QUIT]))


def test_no_dot_at_the_beginning_of_a_line_is_not_applicable(bench: WrittenRun) -> None:
    with pytest.raises(NotApplicable, match="no line of the run began with a dot"):
        DOTS(bench.run_of(GOOD))
