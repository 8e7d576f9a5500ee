"""Addresses are read generously and told strictly."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.wire.address import MAX_TOKENS
from conformance.wire.imf import Mailbox, addr_spec_problem, mailboxes

ATEXT = "abcXYZ019!#$%&'*+-/=?^_`{|}~"
DOT_ATOMS = st.lists(st.text(ATEXT, min_size=1, max_size=8), min_size=1, max_size=3).map(".".join)
QUOTED = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).map(
    lambda s: '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'
)
LITERALS = st.ip_addresses(v=4).map(lambda a: f"[{a}]")
ADDR_SPECS = st.builds("{}@{}".format, st.one_of(DOT_ATOMS, QUOTED), st.one_of(DOT_ATOMS, LITERALS))
NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20).filter(
    lambda s: "=?" not in s
)
FRAGMENTS = st.lists(
    st.sampled_from(
        [b"a", b"@", b"b.example", b"<", b">", b",", b";", b":", b'"', b"(", b")", b"[", b"]", b"\\", b" ", b"\r",
         b"\n", b"\0",
         b"\xfc", b".", b"=?utf-8?q?=C3?=", b"=?utf-8?b?w7w=?=", b"=?", b"x <a@b>", b'"q" ']
    ),
    max_size=25,
).map(b"".join)  # fmt: skip


def quote(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.binary(max_size=60), FRAGMENTS))
@example(b"(" * 100_000)
@example(b'"' * 100_001)
@example(b"[" * 100_000)
def test_any_octets_are_a_list_of_mailboxes_or_none(octets: bytes) -> None:
    found = mailboxes(octets)
    assert found is None or all(isinstance(each, Mailbox) for each in found)
    for each in found or ():
        assert f"{each.display}{each.address}{each.problems}{each.comments}".encode() is not None


@settings(deadline=None)
@given(ADDR_SPECS)
def test_an_addr_spec_reads_back_as_it_stands(address: str) -> None:
    assert addr_spec_problem(address) is None
    assert mailboxes(address.encode()) == [Mailbox(None, address, angle=False)]
    assert mailboxes(f"<{address}>".encode()) == [Mailbox(None, address, angle=True)]


@settings(deadline=None)
@given(st.lists(st.tuples(NAMES, ADDR_SPECS), min_size=1, max_size=4))
def test_a_list_of_quoted_names_reads_back(boxes: list[tuple[str, str]]) -> None:
    value = ", ".join(f"{quote(name)} <{address}>" for name, address in boxes)
    assert mailboxes(value.encode()) == [Mailbox(name, address, angle=True) for name, address in boxes]


def one(value: bytes) -> Mailbox:
    found = mailboxes(value)
    assert found is not None
    (box,) = found
    return box


@pytest.mark.parametrize(
    ("value", "display"),
    [
        (b"George Washington <a@b>", "George Washington"),
        (b'"George Washington"<a@b>', "George Washington"),
        (b'George "W." Bush <a@b>', "George W. Bush"),
        (b'"a \\"b\\" \\\\c" <a@b>', 'a "b" \\c'),
        (b"=?utf-8?q?G=C3=BC?= =?utf-8?q?nter?= <a@b>", "Günter"),
        (b"=?utf-8?q?G=C3=BCnter?= Gruen <a@b>", "Günter Gruen"),
        (b"(one) George (two) <a@b> (three)", "George"),
        (b'"" <a@b>', ""),
        (b"<a@b>", None),
        (b"  \t<a@b>", None),
    ],
)
def test_a_display_name_is_unquoted_and_decoded(value: bytes, display: str | None) -> None:
    box = one(value)
    assert (box.display, box.address, box.angle, box.problems) == (display, "a@b", True, ())


@pytest.mark.parametrize(
    ("value", "display", "problem"),
    [
        (b"George. W <a@b>", "George. W", "a dot in a name without quotes"),
        (b"jones@lab <a@b>", "jones@lab", "'@' in a name without quotes"),
        (b"[Lab] <a@b>", "[Lab]", "'[' in a name without quotes"),
        (b"G\xc3\xbcnter <a@b>", "Günter", "octets above 127 in a name"),
        (b'"G\xfc" <a@b>', "G\\xfc", "octets above 127 in a name"),
        (b'"a\rb" <a@b>', "a\rb", "control characters in a name"),
        (b'"=?utf-8?q?a?=" <a@b>', "=?utf-8?q?a?=", "an encoded word within a quoted string"),
        (b"=?utf-8?q?a?=<a@b>", "a", "an encoded word without white space around it"),
        (b"x=?utf-8?q?a?= <a@b>", "x=?utf-8?q?a?=", None),
        (b"=?utf-8?q?a.b?= <a@b>", "a.b", "an encoded word with characters that a name does not allow in it"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=BC?= <a@b>", "ü", "a character is split over two encoded words"),
        (b"=?x-none?q?a?= <a@b>", "=?x-none?q?a?=", "charset x-none of an encoded word is unknown here"),
        (b"=?utf-8?q?a=?= <a@b>", "=?utf-8?q?a=?=", "Q encoding of an encoded word is broken"),
        (b"=?utf-8?b?w7?= <a@b>", "=?utf-8?b?w7?=", "base64 of an encoded word is broken"),
        (b"=?utf-8?b?ww==?= <a@b>", "=?utf-8?b?ww==?=", "octets of an encoded word are not in its charset utf-8"),
        (b"x <@r,@s:a@b>", "x", "a source route before the address"),
        (b"x <a @ b>", "x", "white space or a comment around the @"),
        (b"x <a@b> (c) y", "x", "text after the address"),
        (b"x <a@b>,", "x", "an empty element in the list"),
    ],
)
def test_a_departure_from_the_grammar_is_read_and_noted(value: bytes, display: str, problem: str | None) -> None:
    box = one(value)
    assert (box.display, box.address, box.problems) == (display, "a@b", (problem,) if problem else ())


@pytest.mark.parametrize(
    "value",
    [b"", b" ", b"George", b"George Washington", b"a, b <x@y>", b"x <a@b", b"a@b>", b'"x <a@b>', b"(x a@b",
     b"<a@b> <c@d>",
     b"<<a@b>>", b"x: a@b", b"a@b;", b"a@b: c@d;", b"<a@b> x: c@d;", b": a@b;", b","],
)  # fmt: skip
def test_what_shows_no_address_is_none(value: bytes) -> None:
    assert mailboxes(value) is None


def test_groups_are_flattened_and_noted() -> None:
    found = mailboxes(b'Staff: a@b, "x" <c@d>;, e@f')
    assert found is not None
    assert [(m.address, m.problems) for m in found] == [
        ("a@b", ("stands in a group",)),
        ("c@d", ("stands in a group",)),
        ("e@f", ()),
    ]
    assert mailboxes(b"undisclosed-recipients:;") == []


def test_a_name_that_injects_an_address_is_seen() -> None:
    assert mailboxes(b"x <evil@x>, y <jones@acme.example>") == [
        Mailbox("x", "evil@x", angle=True),
        Mailbox("y", "jones@acme.example", angle=True),
    ]


def test_a_route_without_its_colon_is_none() -> None:
    assert one(b"<@a@b>").address == "@a@b"


def test_a_comment_is_kept_apart_from_the_name() -> None:
    box = one(b"jones@acme.example (George (the first) Washington)")
    assert (box.display, box.comments) == (None, ("George (the first) Washington",))


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("", "an empty address"),
        ("jones", "an address without @"),
        ("@b", "an address with nothing before the @"),
        ("a@", "an address with nothing after the @"),
        (".a@b", "the local part '.a' is neither a dot-atom nor a quoted string"),
        ("a..b@c", "the local part 'a..b' is neither a dot-atom nor a quoted string"),
        ("a b@c", "the local part 'a b' is neither a dot-atom nor a quoted string"),
        ("a@b.", "the domain 'b.' is neither a dot-atom nor a domain literal"),
        ("a@b@c", "the domain 'b@c' is neither a dot-atom nor a domain literal"),
        ("a@[b", "the domain '[b' is neither a dot-atom nor a domain literal"),
        ("ä@b", "an address with characters outside US-ASCII"),
        ('"a\r\n"@b', "the local part '\"a\\r\\n\"' is neither a dot-atom nor a quoted string"),
        ('"a@b"@c', None),
        ("a@[192.0.2.1]", None),
    ],
)
def test_why_a_text_is_no_addr_spec(address: str, problem: str | None) -> None:
    assert addr_spec_problem(address) == problem


def test_a_list_over_the_limit_is_not_read() -> None:
    assert len(mailboxes(b"a@b," * (MAX_TOKENS // 4 - 1) + b"c@d") or ()) == MAX_TOKENS // 4
    assert mailboxes(b"a@b," * (MAX_TOKENS // 4) + b"c@d") is None


@pytest.mark.parametrize("mark", [b'"\\', b"[\\", b"[x"], ids=["quotes", "literals", "literals-begun-anew"])
def test_what_is_never_closed_is_looked_at_once(mark: bytes) -> None:
    """To look for the end of each would take minutes."""
    assert mailboxes(b"a <" + mark * (MAX_TOKENS // 3) + b"," + b"x" * 5_000_000) is None
