"""Whose octets a session has: a relay's where that is shown, else the printer's, else nobody knows yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import pytest

from conformance.cases import test_awkward, test_lasting_description, test_octets, test_relay, test_smtp, test_table1
from conformance.cases.tests.written_run import DATA, MAIL, PLAIN_HEAD, QUIT, RCPT, WrittenRun
from conformance.record.run_record import PlayRecord
from conformance.record.session_owner import Parties, host_name, host_of, one_spelling
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire import ipp

DIRECT = [*PLAIN_HEAD, *MAIL, *RCPT, *DATA, *QUIT]
RUDE = ["S: 220 here", *MAIL, *RCPT, *DATA, *QUIT]  # it does not say who it is
ELSEWHERE, PRINTER = "192.0.2.7:4711", "127.0.0.1:4711"
HELLO = test_smtp.test_the_printer_introduces_itself_before_any_mail
RULES = (
    HELLO,
    test_smtp.test_paths_stand_in_angle_brackets,
    test_smtp.test_sessions_end_with_quit,
    test_octets.test_lines_end_with_cr_lf_everywhere,
    test_octets.test_no_nul_is_sent,
    test_octets.test_no_line_is_longer_than_998_octets,
    test_awkward.test_no_mail_of_the_run_spilled_into_the_dialogue,
)
TLS = ["S: 220 here", r"C! \x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\n\r", "E:"]
Case = Callable[[PlayRecord], None]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[WrittenRun]:
    made = WrittenRun(tmp_path / "run.evidence")
    yield made
    made.close()


def traced(script: list[str], by: str = "mail.example", taken_from: str = "a (a [127.0.0.1])") -> list[str]:
    """A session whose mail has passed that host, which took it from the printer."""
    trace = f"C: Received: from {taken_from} by {by}; now\\r\\nFrom:"
    return [line.replace("C: From:", trace) for line in script]


def as_host(script: list[str], name: str = "mail.example") -> list[str]:
    """The same session, by a host that greets with that name."""
    return ["S: 220 here", f"C: EHLO {name}", "S: 250 8BITMIME", *script[script.index(MAIL[0]) :]]


# ---------------------------------------------------------------- an address alone, a trace alone


def test_another_address_alone_shows_no_relay(bench: WrittenRun) -> None:
    bench.session(RUDE, peer=ELSEWHERE)
    with pytest.raises(Violation) as caught:
        HELLO(bench.run())
    assert 'say relay = "192.0.2.7" in the IXIT' in caught.value.remark


def test_a_good_mail_from_another_address_is_judged_too(bench: WrittenRun) -> None:
    bench.session(DIRECT, peer=ELSEWHERE)
    HELLO(bench.run())


def test_a_trace_in_mail_from_the_printer_settles_nothing(bench: WrittenRun) -> None:
    bench.session(traced(RUDE), peer=PRINTER)
    with pytest.raises(Inconclusive, match="say relay = true in the IXIT, else relay = false"):
        HELLO(bench.run())


def test_a_good_mail_with_a_trace_of_its_own_is_judged(bench: WrittenRun) -> None:
    bench.session(traced(DIRECT), peer=PRINTER)
    HELLO(bench.run())


def test_what_a_trace_leaves_open_does_not_hide_another_session(bench: WrittenRun) -> None:
    bench.session(traced(RUDE), peer=PRINTER)
    bench.session(RUDE, peer=PRINTER)
    with pytest.raises(Violation):
        HELLO(bench.run())


@pytest.mark.parametrize("by", ["127.0.0.1", "localhost", "[::1]"])
def test_a_trace_that_names_the_printer_shows_no_relay(bench: WrittenRun, by: str) -> None:
    bench.session(traced(RUDE, by), peer=ELSEWHERE)
    with pytest.raises(Violation):
        HELLO(bench.run())


# ---------------------------------------------------------------- both, or the IXIT


@pytest.mark.parametrize("case", RULES, ids=lambda case: case.__name__)
def test_a_mail_with_the_trace_and_the_address_of_another_host_has_passed_a_relay(
    bench: WrittenRun, case: Case
) -> None:
    bench.session(as_host(traced(RUDE)), peer=ELSEWHERE)
    with pytest.raises(NotApplicable, match=r"has passed 'mail\.example'"):
        case(bench.run())


def test_all_sessions_from_a_relays_address_are_the_relays(bench: WrittenRun) -> None:
    bench.session(["S: 220 here", *MAIL, *QUIT], peer=ELSEWHERE)
    bench.session(as_host(traced(DIRECT)), peer=ELSEWHERE)
    with pytest.raises(NotApplicable):
        HELLO(bench.run())


def test_the_printers_own_sessions_are_judged_beside_a_relays(bench: WrittenRun) -> None:
    bench.session(as_host(traced(RUDE)), peer=ELSEWHERE)
    bench.session(DIRECT, peer=PRINTER)
    HELLO(bench.run())


def test_a_relay_may_greet_by_another_name_of_its_domain(bench: WrittenRun) -> None:
    bench.session(as_host(traced(RUDE, "in.corp.example"), "out7.corp.example"), peer=ELSEWHERE)
    with pytest.raises(NotApplicable):
        HELLO(bench.run())


def test_one_mail_with_a_trace_excuses_no_other_from_there(bench: WrittenRun) -> None:
    bench.session(as_host(traced(DIRECT)), peer=ELSEWHERE)
    bench.session(RUDE, peer=ELSEWHERE)
    with pytest.raises(Violation) as caught:
        HELLO(bench.run())
    assert 'say relay = "192.0.2.7" in the IXIT' in caught.value.remark


def test_nor_is_it_excused_itself_if_others_from_there_have_none(bench: WrittenRun) -> None:
    bench.session(traced(RUDE), peer=ELSEWHERE)
    bench.session(as_host(DIRECT), peer=ELSEWHERE)
    with pytest.raises(Inconclusive) as caught:
        HELLO(bench.run())
    assert str(caught.value).endswith('say relay = "192.0.2.7" in the IXIT, else relay = false')


def test_a_notice_of_a_relays_own_has_passed_nobody(bench: WrittenRun) -> None:
    report = "C: MIME-Version: 1.0\\r\\nContent-Type: multipart/report; boundary=x\\r\\nFrom:"
    notice = [line.replace("<bob@x.example>", "<>").replace("C: From:", report) for line in DIRECT]
    bench.session(notice, peer=ELSEWHERE)
    bench.session(as_host(traced(RUDE)), peer=ELSEWHERE)
    with pytest.raises(NotApplicable):
        HELLO(bench.run())


@pytest.mark.parametrize(
    ("trace", "says"),
    [
        ({"taken_from": "nobody"}, "does not say that 'mail.example' took it from the printer"),
        ({"by": "mail.elsewhere"}, "calls itself 'mail.example', which its trace does not name"),
        ({"by": "other.example"}, "calls itself 'mail.example', which its trace does not name"),
    ],
)
def test_a_trace_that_does_not_hang_together_settles_nothing(
    bench: WrittenRun, trace: dict[str, str], says: str
) -> None:
    session = as_host(traced(DIRECT, **trace))
    bench.session([line.replace("<bob@x.example>", "bob@x.example") for line in session], peer=ELSEWHERE)
    with pytest.raises(Inconclusive) as caught:
        test_smtp.test_paths_stand_in_angle_brackets(bench.run())
    assert says in str(caught.value)
    assert str(caught.value).endswith('say relay = "192.0.2.7" in the IXIT, else relay = false')


@pytest.mark.parametrize("fact", ["yes", "192.0.2.7 192.0.2.7", "mail.example 2001:db8::7 192.0.2.7"])
def test_a_relay_may_be_declared(bench: WrittenRun, fact: str) -> None:
    bench.facts["relay"] = fact
    bench.session(RUDE, peer=ELSEWHERE)
    with pytest.raises(NotApplicable):
        HELLO(bench.run())


@pytest.mark.parametrize(("fact", "peer"), [("no", ELSEWHERE), ("mail.example 198.51.100.1", ELSEWHERE)])
def test_what_is_not_the_declared_relays_is_the_printers(bench: WrittenRun, fact: str, peer: str) -> None:
    bench.facts["relay"] = fact
    bench.session(traced(RUDE), peer=peer)
    with pytest.raises(Violation) as caught:
        HELLO(bench.run())
    assert not caught.value.remark


def test_old_evidence_that_knows_no_address_goes_by_the_trace(bench: WrittenRun) -> None:
    del bench.facts["printer-address"]
    bench.session(traced(RUDE), peer=PRINTER)
    with pytest.raises(NotApplicable):
        HELLO(bench.run())


@pytest.mark.parametrize(
    ("one", "other"),
    [("::ffff:192.0.2.7", "192.0.2.7"), ("[2001:DB8:0::7]", "2001:db8::7"), ("Mail.Example.", "mail.example")],
)
def test_a_host_has_one_spelling(one: str, other: str) -> None:
    assert one_spelling(one) == one_spelling(other) == other
    assert host_of(f"[{one.strip('[]')}]:25") == other


def test_a_host_of_the_printers_first_name_is_the_printer() -> None:
    parties = Parties("192.0.2.1", frozenset({"q3.example", "192.0.2.9"}))
    assert [parties.is_printer(host) for host in ("q3", "q3.corp.example", "192.0.2.1", "192.0.2.9")] == [True] * 4
    assert not parties.is_printer("q4.example")
    assert not parties.is_printer("192.0.2.2")


@pytest.mark.parametrize(
    "text", ["mail.example", "mail.example:25", "[::1]:25", "192.0.2.1", "192.0.2.1:2525", "MAIL."]
)
def test_a_host_may_be_named_with_its_port(text: str) -> None:
    assert host_name(text) in ("mail.example", "::1", "192.0.2.1", "mail")


@pytest.mark.parametrize("text", ["", "smtp://mail", "the mail host", "mail_host:x", "-mail"])
def test_what_is_no_host_is_none(text: str) -> None:
    assert host_name(text) is None


# ---------------------------------------------------------------- another protocol on the port


def test_a_handshake_on_the_plain_port_is_told_once_and_breaks_no_rule(bench: WrittenRun) -> None:
    bench.session(TLS, peer=PRINTER)
    bench.session(DIRECT, peer=PRINTER)
    play = bench.run()
    for rule in RULES:
        rule(play)
    with pytest.raises(Violation) as caught:
        test_smtp.test_what_comes_to_this_port_is_smtp(play)
    assert caught.value.binding is False
    assert "a TLS handshake" in caught.value.actual


def test_a_stranger_who_speaks_something_else_is_not_the_printer(bench: WrittenRun) -> None:
    bench.session(TLS, peer=ELSEWHERE)
    bench.session(DIRECT, peer=PRINTER)
    test_smtp.test_what_comes_to_this_port_is_smtp(bench.run())


@pytest.mark.parametrize("case", RULES, ids=lambda case: case.__name__)
def test_a_run_of_nothing_but_handshakes_is_inconclusive(bench: WrittenRun, case: Case) -> None:
    bench.session(TLS, peer=PRINTER)
    with pytest.raises(Inconclusive):
        case(bench.run())


# ---------------------------------------------------------------- what a relay adds


def test_octets_that_a_relay_put_into_its_trace_are_not_the_printers(bench: WrittenRun) -> None:
    noted = "C: X-Spam-Report: \\xfcble Sache\\r\\nReceived: from [127.0.0.1] by mail.example; now\\r\\nFrom:"
    bench.session(as_host([line.replace("C: From:", noted) for line in DIRECT]), peer=ELSEWHERE)
    test_octets.test_octets_above_127_are_declared_and_wanted(bench.run())


def test_octets_behind_the_trace_are_the_printers(bench: WrittenRun) -> None:
    noted = "C: Received: from [127.0.0.1] by mail.example; now\\r\\nComments: \\xfcble Sache\\r\\nFrom:"
    bench.session(as_host([line.replace("C: From:", noted) for line in DIRECT]), peer=ELSEWHERE)
    with pytest.raises(Violation):
        test_octets.test_octets_above_127_are_declared_and_wanted(bench.run())


def test_a_printer_cannot_hide_octets_behind_a_trace_of_its_own(bench: WrittenRun) -> None:
    noted = "C: X-Note: \\xfc\\r\\nReceived: from a by printer; now\\r\\nFrom:"
    bench.session([line.replace("C: From:", noted) for line in DIRECT], peer=PRINTER)
    with pytest.raises(Inconclusive, match="relay = false"):
        test_octets.test_octets_above_127_are_declared_and_wanted(bench.run())


RETURN = test_table1.test_undeliverable_mail_goes_back_to_the_user_data_address
FROM = test_table1.test_from_has_the_user_data_in_angle_brackets
NAME_BY_NOW = test_lasting_description.test_from_shows_the_name_that_the_printer_has_by_now


@pytest.mark.parametrize("case", [RETURN, FROM], ids=lambda case: case.__name__)
def test_addresses_that_a_relay_rewrites_are_not_judged(bench: WrittenRun, case: Case) -> None:
    ask = {"label": "s", "address": "r1.1.s@here.example", "user_data": b"jane@x.example".hex(), "carrier": "job"}
    bench.facts["relay-rewrites"] = "yes"
    bench.session(as_host(traced(DIRECT)), peer=ELSEWHERE)
    bench.print("job/omitted", {"asks": [ask], "name": "job 1j", "job": 1})
    with pytest.raises(NotApplicable, match="relay"):
        case(bench.run_record().play("job/omitted"))


def test_an_address_rewritten_by_nobody_knows_whom_is_the_printers(bench: WrittenRun) -> None:
    ask = {"label": "s", "address": "r1.1.s@here.example", "user_data": b"jane@x.example".hex(), "carrier": "job"}
    bench.session(DIRECT, peer=ELSEWHERE)
    bench.print("job/omitted", {"asks": [ask], "name": "job 1j", "job": 1})
    play = bench.run_record().play("job/omitted")
    for case in (RETURN, FROM):
        with pytest.raises(Violation):
            case(play)


JANE: Final = {"label": "s", "address": "r1.1.s@here.example", "user_data": b"jane@x.example".hex(), "carrier": "job"}


@pytest.mark.parametrize(
    ("shown", "said", "judged"),
    [
        ("relay@mail.example", "", Inconclusive),  # it is the relay's; does it write such?
        ("relay@mail.example", "no", Violation),
        ("relay@mail.example", "yes", NotApplicable),
        ("jane@x.example", "yes", None),  # what is right is seen all the same
        ("printer@office.example", "", Violation),  # this is nobody's but the printer's
        ("printer@office.example", "yes", NotApplicable),
    ],
)
def test_an_address_of_the_relay_s_own_may_be_its_doing(
    bench: WrittenRun, shown: str, said: str, judged: type[Exception] | None
) -> None:
    if said:
        bench.facts["relay-rewrites"] = said
    script = as_host(traced(DIRECT, by="mail.example id 7", taken_from="printer (printer.x.example [127.0.0.1])"))
    bench.session([re.sub(r"(?<=\\nFrom:)[^\\]*", f" Office <{shown}>", line) for line in script], peer=ELSEWHERE)
    bench.print("job/omitted", {"asks": [JANE], "name": "job 1j", "job": 1})
    play = bench.run_record().play("job/omitted")
    with pytest.raises(judged) if judged is not None else nullcontext():
        FROM(play)


@pytest.mark.parametrize(("rewrites", "seen"), [(True, False), (False, True)])
def test_where_each_name_in_from_may_be_a_relays_none_is_taken_for_right(
    bench: WrittenRun, *, rewrites: bool, seen: bool
) -> None:
    if rewrites:
        bench.facts["relay-rewrites"] = "yes"
    bench.session(as_host(traced(DIRECT)), peer=ELSEWHERE)
    for _ in range(2):
        bench.describe()
    with nullcontext() if seen else pytest.raises(NotApplicable, match="relay"):
        NAME_BY_NOW(bench.run_record())


# ---------------------------------------------------------------- the relay that the printer names

NAMED = test_relay.test_mail_comes_by_the_named_relay
ORDER = test_relay.test_the_first_of_several_relays_is_preferred


def naming(bench: WrittenRun, *relays: str, looked_up: str = "{}") -> None:
    """Let the printer name these relays, and the stage have looked them up so."""
    bench.facts["relay-addresses"] = looked_up
    bench.describe(ipp.text("printer-smtp-mail-service-address", *relays))


def test_mail_may_come_to_any_address_of_the_relay_named(bench: WrittenRun) -> None:
    naming(bench, "mail.example", looked_up='{"mail.example": ["198.51.100.1", "192.0.2.25"]}')
    bench.session(DIRECT, peer=PRINTER, listener="192.0.2.25:25")
    NAMED(bench.run())


def test_mail_from_the_relay_named_came_by_it(bench: WrittenRun) -> None:
    naming(bench, "mail.example", looked_up='{"mail.example": ["192.0.2.7"]}')
    bench.session(DIRECT, peer=ELSEWHERE, listener="192.0.2.25:25")
    NAMED(bench.run())


def test_one_session_elsewhere_is_enough(bench: WrittenRun) -> None:
    naming(bench, "192.0.2.25")
    bench.session(DIRECT, peer=PRINTER, listener="192.0.2.25:25")
    bench.session(DIRECT, peer=PRINTER, listener="192.0.2.26:25")
    with pytest.raises(Violation) as caught:
        NAMED(bench.run())
    assert "192.0.2.26 itself" in caught.value.actual


def test_a_name_that_has_no_address_leaves_it_open(bench: WrittenRun) -> None:
    naming(bench, "mail.example")
    bench.session(DIRECT, peer=PRINTER, listener="192.0.2.25:25")
    with pytest.raises(Inconclusive, match=r"nobody could say which address mail\.example has"):
        NAMED(bench.run())


def test_another_address_leaves_it_open_by_whom_the_mail_came(bench: WrittenRun) -> None:
    naming(bench, "192.0.2.99")
    bench.session(DIRECT, peer=ELSEWHERE, listener="192.0.2.25:25")
    with pytest.raises(Inconclusive, match=r'say relay = "192\.0\.2\.7"'):
        NAMED(bench.run())


def test_the_later_of_two_relays_warns(bench: WrittenRun) -> None:
    naming(bench, "192.0.2.25", "192.0.2.26")
    bench.session(DIRECT, peer=PRINTER, listener="192.0.2.26:25")
    bench.session(DIRECT, peer=PRINTER, listener="192.0.2.25:25")
    with pytest.raises(Violation) as caught:
        ORDER(bench.run())
    assert caught.value.binding is False


def test_a_relay_that_takes_nothing_is_not_preferred(bench: WrittenRun) -> None:
    naming(bench, "198.51.100.1", "192.0.2.26")
    bench.session(DIRECT, peer=PRINTER, listener="192.0.2.26:25")
    ORDER(bench.run())
