"""The parts of a mail: the tree, the types, the contents, and what is wrong with them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire.imf import MAX_DEPTH, MAX_PARTS, Kind, Part, read
from conformance.wire.transparency import unstuff

NOTIFICATION = (
    b"From: x <a@b>\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="=_1"\r\n'
    b"\r\n"
    b"for readers without MIME\r\n"
    b"--=_1\r\n"
    b"Content-Type: text/plain; charset=us-ascii\r\n"
    b"\r\n"
    b"Job 12 is done.\r\n"
    b"\r\n"
    b"--=_1  \r\n"
    b"Content-Type: application/ipp\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: Attachment; filename=event.ipp\r\n"
    b"\r\n"
    b"AQEA\r\nBg==\r\n"
    b"--=_1--\r\n"
    b"the end\r\n"
)
FRAGMENTS = st.lists(
    st.sampled_from(
        [b"Content-Type: multipart/mixed; boundary=b\r\n", b'Content-Type: multipart/digest; boundary="b c"\r\n',
         b"\r\n", b"\n",
         b"--b\r\n", b"--b--\r\n", b"--b c\r\n", b"Content-Transfer-Encoding: base64\r\n", b"QUI=", b"=", b"=\r\n",
         b"=4", b"\xfc",
         b"Content-Transfer-Encoding: quoted-printable\r\n", b"Content-Type: text/plain; charset=utf-8\r\n", b" ",
         b"\r", b"\0",
         b"Content-Type: text/plain; charset*0*=x'y'%41; charset*1=\"\r\n",
         b"Content-Disposition: a;filename*=utf-8''%C3\r\n"]
    ),
    max_size=40,
).map(b"".join)  # fmt: skip


def part(header: bytes, body: bytes = b"") -> Part:
    return read(header + b"\r\n\r\n" + body).root


def kinds(of: Part) -> list[Kind]:
    return [problem.kind for problem in of.problems]


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.binary(max_size=200), FRAGMENTS))
def test_parts_and_defects_of_any_octets_lie_within_them(octets: bytes) -> None:
    mail = read(octets)
    for each in mail.root.walk():
        start, end = each.span
        assert 0 <= start <= each.body_start <= end <= len(octets)
        assert octets[each.body_start : end] == each.octets
        assert all(start <= below.span[0] and below.span[1] <= end for below in each.parts)
        assert all(0 <= d.span[0] <= d.span[1] <= len(octets) for d in each.problems)
        assert isinstance(each.content, bytes)
        assert f"{each.type}{each.parameters}{each.string}{each.disposition}{each.filename}".encode() is not None
    assert mail.text is None or mail.text.type == "text/plain"


def test_a_notification_comes_apart() -> None:
    mail = read(NOTIFICATION)
    text, machine = mail.leaves
    assert mail.text is text
    assert (text.type, text.charset, text.string) == ("text/plain", "us-ascii", "Job 12 is done.\r\n")
    assert (machine.type, machine.content) == ("application/ipp", b"\x01\x01\x00\x06")
    assert (machine.disposition, machine.filename, machine.encoding) == ("attachment", "event.ipp", "base64")
    assert machine.octets == b"AQEA\r\nBg=="
    assert NOTIFICATION[slice(*machine.span)].startswith(b"Content-Type: application/ipp")
    assert [d for each in mail.root.walk() for d in each.problems] == []


def test_without_a_content_type_a_mail_is_us_ascii_text() -> None:
    root = part(b"From: a@b", b"hello\r\n")
    assert (root.type, root.declared, root.charset, root.encoding) == ("text/plain", False, None, "7bit")
    assert (root.string, root.problems) == ("hello\r\n", ())


def test_octets_above_127_in_a_text_without_charset_are_told_and_not_guessed() -> None:
    octets = b"Content-Type: text/plain\r\n\r\n.dot at start of \xc3\xbc\r\n"
    root = read(octets).root
    assert root.string is None
    assert [(d.kind, octets[slice(*d.span)]) for d in root.problems] == [
        (Kind.EIGHT_BIT, b"\xc3\xbc"),
        (Kind.BAD_CHARSET, b".dot at start of \xc3\xbc\r\n"),
    ]


def test_utf_8_that_is_declared_is_read() -> None:
    root = part(b"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit", b"\xc3\xbc\r\n")
    assert (root.string, root.problems) == ("ü\r\n", ())


def test_an_unknown_charset_is_told() -> None:
    root = part(b"Content-Type: text/plain; charset=x-none", b"a")
    assert root.string is None
    assert kinds(root) == [Kind.BAD_CHARSET]


def test_a_part_that_is_no_text_has_no_string() -> None:
    assert part(b"Content-Type: application/ipp", b"\x01").string is None


@pytest.mark.parametrize(
    ("value", "parameters"),
    [
        (b"text/plain; charset=us-ascii", {"charset": "us-ascii"}),
        (b'text/plain; Charset="utf-8" ; format=flowed', {"charset": "utf-8", "format": "flowed"}),
        (b"text/plain (a comment; x=y); charset=utf-8 (another)", {"charset": "utf-8"}),
        (b'text/plain (a \\) " (b) ; charset=x); charset=utf-8', {"charset": "utf-8"}),
        (b'x/y; name="a \\"b\\"; c.ipp"', {"name": 'a "b"; c.ipp'}),
        (b"x/y; name*=utf-8'de'%C3%BC.ipp", {"name": "ü.ipp"}),
        (b"x/y; name*0=long; name*1=er; name*2=.ipp", {"name": "longer.ipp"}),
        (b"x/y; name*1*=%BC; name*0*=utf-8''%C3; name*2=%41", {"name": "ü%41"}),
        (b"x/y; =; charset=utf-8; ;; q", {"charset": "utf-8"}),
        (b"x/y; charset", {}),
        (b'x/y; name=""', {"name": ""}),
        (b"", {}),
    ],
)
def test_parameters_are_read(value: bytes, parameters: dict[str, str]) -> None:
    assert part(b"Content-Type: " + value).parameters == parameters


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (b"x/y; name=a b", "the value of name is neither a token nor a quoted string"),
        (b'x/y; name="a', "the value of name is neither a token nor a quoted string"),
        (b"x/y; name=a; name=b", "name is given more than once"),
        (b"x/y; name*=a", "name names no charset"),
        (b"x/y; name*=utf-8''%C3", "name is not in the charset 'utf-8'"),
        (b"x/y; name*0=a; name*2=b", "the sections of name are not numbered from 0 without a gap"),
        (b'x/y; name="\xfc"', "the value of name has octets above 127"),
        (b"x/y; nonsense", "'nonsense' is no parameter"),
        (b"x/y (open", "a comment that is not closed"),
    ],
)
def test_a_faulty_parameter_is_told(value: bytes, problem: str) -> None:
    assert [(d.kind, d.reason) for d in part(b"Content-Type: " + value).problems] == [(Kind.BAD_PARAMETER, problem)]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (b"Content-Type: text", Kind.BAD_CONTENT_TYPE),
        (b"Content-Type:", Kind.BAD_CONTENT_TYPE),
        (b"Content-Type: a/b\r\nContent-Type: c/d", Kind.DUPLICATE_FIELD),
        (b"Content-Transfer-Encoding: rot13", Kind.BAD_ENCODING),
        (b"Content-Type: multipart/mixed", Kind.NO_BOUNDARY),
        (b"Content-Type: multipart/mixed; boundary=b", Kind.NO_PARTS),
        (b'Content-Type: multipart/mixed; boundary="b "', Kind.BAD_PARAMETER),
    ],
)
def test_a_fault_of_a_part_has_its_kind(header: bytes, kind: Kind) -> None:
    assert kind in kinds(part(header))


def test_an_encoded_multipart_is_told_and_divided_as_it_stands() -> None:
    root = part(
        b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64", b"--b\r\n\r\nx\r\n--b--\r\n"
    )
    assert kinds(root) == [Kind.BAD_ENCODING]
    assert [p.octets for p in root.parts] == [b"x"]


def test_a_multipart_that_is_not_closed_keeps_its_last_part() -> None:
    root = part(b"Content-Type: multipart/mixed; boundary=b", b"--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n")
    assert [p.octets for p in root.parts] == [b"one", b"two\r\n"]
    assert kinds(root) == [Kind.NOT_CLOSED]


def test_a_line_that_only_begins_like_the_boundary_divides_nothing() -> None:
    root = part(b"Content-Type: multipart/mixed; boundary=b", b"--b\r\n\r\n--bb\r\n--b x\r\nx--b\r\n--b--\r\n")
    assert [p.octets for p in root.parts] == [b"--bb\r\n--b x\r\nx--b"]


def test_a_boundary_takes_the_lf_before_it() -> None:
    root = read(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n\n--b\n\ny\n--b--\n").root
    assert [p.octets for p in root.parts] == [b"x\n", b"y"]


def test_an_inner_multipart_ends_where_the_outer_does() -> None:
    inner = b"Content-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n\r\nx\r\n"
    root = part(b"Content-Type: multipart/mixed; boundary=b", b"--b\r\n" + inner + b"--b\r\n\r\ny\r\n--b--\r\n")
    assert [leaf.octets for leaf in root.leaves] == [b"x", b"y"]


def test_parts_of_a_digest_are_messages_by_default() -> None:
    root = part(b"Content-Type: multipart/digest; boundary=b", b"--b\r\n\r\nSubject: x\r\n--b--\r\n")
    assert [p.type for p in root.parts] == ["message/rfc822"]


def test_a_part_below_tells_of_its_own_fields() -> None:
    root = part(b"Content-Type: multipart/mixed; boundary=b", b"--b\r\nX : \xfc\r\n\r\n--b--\r\n")
    assert kinds(root.parts[0]) == [Kind.EIGHT_BIT, Kind.SPACE_BEFORE_COLON]


@pytest.mark.parametrize(
    ("octets", "content", "kind"),
    [
        (b"QUJD\r\nRA==\r\n", b"ABCD", None),
        (b"", b"", None),
        (b"QUJDRA", b"ABCD", Kind.BAD_BASE64),
        (b"QUJD!RA==", b"ABCD", Kind.BAD_BASE64),
        (b"QUJDR", b"ABC", Kind.BAD_BASE64),
        (b"QUI=QUJD", b"AB", Kind.BAD_BASE64),
        (b"QUJD====", b"ABC", Kind.BAD_BASE64),
        (b"QUJD" * 20, b"ABC" * 20, Kind.ENCODED_LINE_LONG),
    ],
)
def test_base64_is_decoded_as_far_as_it_goes(octets: bytes, content: bytes, kind: Kind | None) -> None:
    root = part(b"Content-Type: x/y\r\nContent-Transfer-Encoding: Base64", octets)
    assert root.content == content
    assert kinds(root) == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("octets", "content", "kind"),
    [
        (b"a=3Db=\r\nc =20\t \r\n", b"a=bc  \r\n", None),
        (b"a=zb", b"a=zb", Kind.BAD_QUOTED_PRINTABLE),
        (b"\xfc", b"\xfc", Kind.BAD_QUOTED_PRINTABLE),
        (b"a" * 77, b"a" * 77, Kind.ENCODED_LINE_LONG),
    ],
)
def test_quoted_printable_is_decoded_as_far_as_it_goes(octets: bytes, content: bytes, kind: Kind | None) -> None:
    root = part(b"Content-Type: x/y\r\nContent-Transfer-Encoding: quoted-printable", octets)
    assert root.content == content
    assert kinds(root) == ([kind] if kind else [])


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_octets_come_back_from_base64(content: bytes) -> None:
    root = part(
        b"Content-Type: x/y\r\nContent-Transfer-Encoding: base64", base64.encodebytes(content).replace(b"\n", b"\r\n")
    )
    assert (root.content, root.problems) == (content, ())


# ---------------------------------------------------------------- limits


def test_ten_thousand_levels_end_at_the_limit() -> None:
    level = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    root = read(b"".join(level % (i, i) for i in range(10_000))).root
    every = list(root.walk())
    assert len(every) == MAX_DEPTH + 1
    assert kinds(every[-1])[0] is Kind.LIMIT


def test_ten_thousand_levels_of_one_boundary_stay_within_the_limit_of_parts() -> None:
    root = read(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 10_000).root
    every = list(root.walk())
    assert len(every) == MAX_PARTS + 1
    assert Kind.LIMIT in kinds(root)


def test_parts_over_the_limit_are_one_defect() -> None:
    octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 100_000
    root = read(octets).root
    assert len(root.parts) == MAX_PARTS
    (limit,) = root.problems
    assert (limit.kind, limit.span) == (Kind.LIMIT, (root.parts[-1].span[1] + 7, len(octets)))


def test_as_many_parts_as_the_limit_allows_are_no_defect() -> None:
    octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * MAX_PARTS + b"--b--\r\n"
    root = read(octets).root
    assert (len(root.parts), root.problems) == (MAX_PARTS, ())


def test_a_mail_is_read_after_its_dots_were_taken_away() -> None:
    wire = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n..x\r\n--b--\r\n"
    assert [leaf.octets for leaf in read(unstuff(wire)).leaves] == [b".x"]


TEXT, HTML = "Content-Type: text/plain", "Content-Type: text/html"
LOG = f"{TEXT}\r\nContent-Disposition: attachment; filename=log.txt"


def nested(kind: str, *parts: str, boundary: str = "b") -> str:
    """A multipart of that kind, its parts being headers or multiparts themselves."""
    whole = (part if "boundary" in part else f"{part}\r\n\r\nx" for part in parts)
    inner = "".join(f"\r\n--{boundary}\r\n{part}" for part in whole)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\r\n{inner}\r\n--{boundary}--"


@pytest.mark.parametrize(
    ("octets", "main"),
    [
        (TEXT + "\r\n\r\nx", 0),
        (HTML + "\r\n\r\nx", 0),
        (nested("mixed", TEXT, HTML), 0),
        (nested("mixed", HTML, LOG), 0),
        (nested("mixed", HTML, TEXT), 0),
        (nested("mixed", LOG, TEXT), 1),
        (nested("mixed", LOG, LOG), 0),
        (nested("alternative", TEXT, HTML), 0),
        (nested("alternative", HTML, TEXT), 1),
        (nested("alternative", HTML, HTML), 0),
        (nested("mixed", nested("alternative", HTML, TEXT, boundary="c"), LOG), 1),
        (nested("mixed", nested("related", HTML, TEXT, boundary="c"), TEXT), 0),
        (nested("alternative", nested("related", HTML, TEXT, boundary="c"), TEXT), 2),
    ],
)
def test_the_main_part_is_what_a_reader_shows_first(octets: str, main: int) -> None:
    mail = read(octets.encode())
    assert mail.main is mail.leaves[main]
    assert mail.text is (mail.main if mail.main.type == "text/plain" else mail.text)
