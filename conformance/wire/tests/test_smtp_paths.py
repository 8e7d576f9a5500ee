"""Paths are found however they are written; dots come and go; every fault of a line has its kind."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire.problem import OF_A_KIND
from conformance.wire.smtp import Kind, Path, path, stuff, unstuff, wire_problems

ATEXT = "abcXYZ019!#$%&'*+-/=?^_`{|}~"
LOCALS = st.one_of(
    st.lists(st.text(ATEXT, min_size=1, max_size=8), min_size=1, max_size=3).map(".".join),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).map(
        lambda s: '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'
    ),
)
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
DOMAINS = st.one_of(
    st.lists(LABELS, min_size=1, max_size=3).map(".".join),
    st.ip_addresses(v=4).map(lambda a: f"[{a}]"),
    st.ip_addresses(v=6).map(lambda a: f"[IPv6:{a}]"),
)
ADDRESSES = st.builds("{}@{}".format, LOCALS, DOMAINS)
KEYWORDS = st.sampled_from([b"FROM", b"TO"])
LINES = st.lists(st.sampled_from([b"", b".", b"..", b".x", b"x", b"x.", b". ", b"\xfc"]), max_size=8)
ANY_CONTENT = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from([b".", b"\r\n", b"\n", b"\r", b"x", b"\0"]), max_size=30).map(b"".join),
)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(
            st.sampled_from(
                [b"FROM", b"to", b":", b"<", b">", b"@", b"a", b'"', b"\\", b" ", b"\t", b"SIZE=1", b"[", b"]", b"\xc3"]
            )
        ).map(b"".join),
    ),
    KEYWORDS,
)
def test_any_argument_has_a_path_or_none(argument: bytes, keyword: bytes) -> None:
    found = path(argument, keyword)
    assert found.brackets or found.problem is not None
    assert f"{found.address}{found.parameters}{found.problem}".encode() is not None


@settings(deadline=None)
@given(ADDRESSES, KEYWORDS, st.sampled_from([(), ("SIZE=100",), ("BODY=8BITMIME", "X-1")]))
def test_a_path_by_the_grammar_reads_back(address: str, keyword: bytes, parameters: tuple[str, ...]) -> None:
    argument = keyword + b":<" + " ".join([address + ">", *parameters]).encode()
    assert path(argument, keyword) == Path(address, True, parameters)
    assert path(argument.replace(b"FROM:", b"from:"), keyword) == Path(address, True, parameters)


@pytest.mark.parametrize(
    ("argument", "address", "problem"),
    [
        (b"FROM:a@b", "a@b", "no <> around the address"),
        (b"FROM: <a@b>", "a@b", "white space after the colon"),
        (b"FROM :<a@b>", "a@b", "white space before the colon"),
        (b" FROM:<a@b>", "a@b", "white space before FROM"),
        (b"FROM <a@b>", "a@b", "no colon after FROM"),
        (b"TO:<a@b>", "a@b", "does not begin with FROM:"),
        (b"FROM:<a@b", "a@b", "the closing > is missing"),
        (b"FROM:a@b>", "a@b", "no <> around the address"),
        (b"FROM:< a@b >", "a@b", "white space within the <>"),
        (b"FROM:<a@b> ", "a@b", "white space after the path"),
        (b"FROM:<a@b>SIZE=1", "a@b", "no space between the path and what follows"),
        (b"FROM:<a@b>  SIZE=1", "a@b", "parameters are not set apart by one space each"),
        (b"FROM:<a@b> SIZE==", "a@b", "'SIZE==' is no parameter"),
        (b"FROM:<a b@c>", "a b@c", "the local part 'a b' is neither a dot-string nor a quoted string"),
        (b"FROM:<a.@c>", "a.@c", "the local part 'a.' is neither a dot-string nor a quoted string"),
        (b"FROM:<a@b_c>", "a@b_c", "the domain 'b_c' is neither a domain nor an address literal"),
        (b"FROM:<a@b.>", "a@b.", "the domain 'b.' is neither a domain nor an address literal"),
        (
            b"FROM:<a@[300.0.0.1]>",
            "a@[300.0.0.1]",
            "the domain '[300.0.0.1]' is neither a domain nor an address literal",
        ),
        (b"FROM:<a@[IPv6:1]>", "a@[IPv6:1]", "the domain '[IPv6:1]' is neither a domain nor an address literal"),
        (b"FROM:<a@[IPv6:g]>", "a@[IPv6:g]", "the domain '[IPv6:g]' is neither a domain nor an address literal"),
        (b"FROM:<@x,@y-:a@b>", "a@b", "'@x,@y-:' is no source route"),
        (b"FROM:<jones>", "jones", "an address without @"),
        (b"FROM:<Postmaster>", "Postmaster", "an address without @"),
        (b"FROM:<\xc3\xbc@b>", "ü@b", "an address with octets above 127"),
        (b"FROM:<@x y:a@b>", "a@b", "'@x y:' is no source route"),
        (b"a@b", "a@b", "does not begin with FROM:; no <> around the address"),
        (b"FROM:", None, "no <> around the address; there is no address"),
        (b"FROM:<\xc3\xbc@b> SMTPUTF8", "ü@b", None),
        (b'FROM:<"a>b"@c>', '"a>b"@c', None),
        (b"FROM:<>", "", None),
        (b"FROM:<> SIZE=1", "", None),
    ],
)
def test_a_sender_is_found_and_what_breaks_the_grammar_said(
    argument: bytes, address: str | None, problem: str | None
) -> None:
    found = path(argument, b"FROM")
    assert (found.address, found.problem) == (address, problem)


def test_a_source_route_is_by_the_grammar_and_is_not_the_address() -> None:
    assert path(b"TO:<@x.example,@y.example:a@b>", b"TO") == Path("a@b", True, route=True)


def test_the_null_path_is_for_senders_and_postmaster_for_recipients() -> None:
    assert path(b"TO:<>", b"TO").problem == "there is no address"
    assert path(b"TO:<postmaster>", b"TO") == Path("postmaster", True)


def test_cups_puts_no_brackets() -> None:
    found = path(b"TO:recipient@x.test", b"TO")
    assert (found.address, found.brackets, found.problem) == ("recipient@x.test", False, "no <> around the address")


# ---------------------------------------------------------------- transparency


@settings(deadline=None)
@given(ANY_CONTENT)
def test_dots_added_are_dots_taken_away(content: bytes) -> None:
    assert unstuff(stuff(content)) == content


@settings(deadline=None)
@given(LINES)
def test_dots_are_taken_away_line_by_line(lines: list[bytes]) -> None:
    wire = b"".join(line + b"\r\n" for line in lines)
    assert unstuff(wire) == b"".join(line.removeprefix(b".") + b"\r\n" for line in lines)


def test_a_dot_after_lf_alone_stays() -> None:
    assert unstuff(b"..a\n..b\r..c\r\n..d") == b".a\n..b\r..c\r\n.d"


@settings(deadline=None)
@given(ANY_CONTENT)
def test_stuffed_content_has_no_single_dot_and_no_final_dot_line(content: bytes) -> None:
    wire = stuff(content)
    assert Kind.UNSTUFFED_DOT not in [d.kind for d in wire_problems(wire)]
    assert b"\r\n.\r\n" not in b"\r\n" + wire


@settings(deadline=None)
@given(ANY_CONTENT)
def test_problems_of_any_content_lie_within_it(wire: bytes) -> None:
    assert all(0 <= d.span[0] <= d.span[1] <= len(wire) for d in wire_problems(wire))


@pytest.mark.parametrize(
    ("wire", "found"),
    [
        (b"", []),
        (b"a\r\n..b\r\n\r\n", []),
        (b"a\rb\r\n", [(Kind.BARE_CR, (1, 2))]),
        (b"a\r\r\n", [(Kind.BARE_CR, (1, 2))]),
        (b"a\nb\r\n", [(Kind.BARE_LF, (1, 2))]),
        (b"\0\0\r\n", [(Kind.NUL, (0, 2))]),
        (b"a\xc3\xbc\r\n", [(Kind.EIGHT_BIT, (1, 3))]),
        (b".dot\r\n.\r\r\n", [(Kind.BARE_CR, (7, 8)), (Kind.UNSTUFFED_DOT, (0, 1)), (Kind.UNSTUFFED_DOT, (6, 7))]),
        (b"a\r\nb", [(Kind.NO_FINAL_CRLF, (3, 4))]),
        (b"x\r\na\n", [(Kind.BARE_LF, (4, 5)), (Kind.NO_FINAL_CRLF, (3, 5))]),
        (b"a\n", [(Kind.BARE_LF, (1, 2)), (Kind.NO_FINAL_CRLF, (0, 2))]),
        (b"x" * 998 + b"\r\n", []),
        (b"x" * 999 + b"\r\n", [(Kind.LONG_LINE, (0, 1000))]),
        (b".." + b"x" * 997 + b"\r\n", []),
        (b".." + b"x" * 998 + b"\r\n", [(Kind.LONG_LINE, (0, 1001))]),
    ],
)
def test_a_fault_of_the_content_has_its_kind_and_place(wire: bytes, found: list[tuple[Kind, tuple[int, int]]]) -> None:
    assert [(d.kind, d.span) for d in wire_problems(wire)] == found


def test_unstuffed_dots_are_told_up_to_a_hundred() -> None:
    kinds = [d.kind for d in wire_problems(b".x\r\n" * 10_000)]
    assert kinds == [Kind.UNSTUFFED_DOT] * OF_A_KIND + [Kind.LIMIT]
