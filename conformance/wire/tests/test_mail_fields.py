"""Fields are read as they were sent: nothing is lost, nothing is repaired, every fault has its place."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.wire.imf import MAX_FIELDS, Kind, Mail, read
from conformance.wire.problem import OF_A_KIND

# What CUPS 2.4.2's mailto notifier sent for a completed job, as recorded, after the dots were taken away.
CUPS = (
    b"Date: Sun, 22 Nov 2026 01:13:17 GMT\r\n"
    b"From: printer@host.test\r\n"
    b"Subject:  Print Job: lab-12 (report.pdf) completed\r\n"
    b"To: recipient@x.test\r\n"
    b"Content-Type: text/plain\r\n"
    b"\r\n"
    b".dot at start of \xc3\xbc\r\n"
)
# Octets of which every few make something of a header.
FRAGMENTS = st.lists(
    st.sampled_from(
        [b"From: a@b", b"Subject:", b" ", b"\t", b":", b"\r\n", b"\n", b"\r", b"\0", b"\xfc", b"x",
         b"=?utf-8?q?=C3=BC?=",
         b"=?utf-8?b?w7w=?=", b"Content-Type: multipart/mixed; boundary=b", b"--b", b"--b--", b"=?", b"?=",
         b"y" * 999]
    ),
    max_size=40,
).map(b"".join)  # fmt: skip
ANY_MAIL = st.one_of(st.binary(max_size=300), FRAGMENTS)


def kinds(mail: Mail) -> list[Kind]:
    return [problem.kind for problem in mail.problems]


@settings(deadline=None)
@given(ANY_MAIL)
@example(CUPS)
@example(b"")
@example(b"\r\n")
@example(b"\n\r\n")
def test_fields_separator_and_body_are_the_mail_again(octets: bytes) -> None:
    mail = read(octets)
    header_end = mail.fields[-1].span[1] if mail.fields else 0
    assert b"".join(f.raw for f in mail.fields) + octets[header_end : mail.body_start] + mail.body == octets
    assert octets[header_end : mail.body_start] in (b"", b"\n", b"\r\n")
    assert all(octets[slice(*f.span)] == f.raw for f in mail.fields)


@settings(deadline=None)
@given(ANY_MAIL)
def test_defects_of_any_octets_lie_within_them(octets: bytes) -> None:
    for problem in read(octets).problems:
        start, end = problem.span
        assert 0 <= start <= end <= len(octets)
        assert problem.reason.isascii()
        assert problem.reason.isprintable()


@settings(deadline=None)
@given(ANY_MAIL)
def test_text_can_always_be_written_to_a_report(octets: bytes) -> None:
    for each in read(octets).fields:
        assert (each.text + each.name).encode("utf-8") is not None


def test_cups_sends_a_mail_without_fault_in_its_header() -> None:
    mail = read(CUPS)
    assert [f.name for f in mail.fields] == ["Date", "From", "Subject", "To", "Content-Type"]
    assert mail.body == b".dot at start of \xc3\xbc\r\n"
    assert mail.problems == ()
    subject = mail.one("SUBJECT")
    assert subject is not None
    assert subject.text == "Print Job: lab-12 (report.pdf) completed"


def test_cr_alone_in_a_subject_makes_no_second_field() -> None:
    mail = read(b"Subject: hello\rInjected: y\r\n\r\n")
    (subject,) = mail.fields
    assert subject.value == b"hello\rInjected: y"
    (problem,) = subject.problems
    assert (problem.kind, problem.span) == (Kind.BARE_CR, (14, 15))


def test_lf_alone_ends_a_line_and_is_told() -> None:
    mail = read(b"Subject: hello\nBcc: x@y.example\r\n\r\nbody")
    assert [f.name for f in mail.fields] == ["Subject", "Bcc"]
    (problem,) = mail.problems
    assert (problem.kind, problem.span) == (Kind.BARE_LF, (14, 15))


def test_a_mail_of_lf_lines_is_read_with_each_of_them_told() -> None:
    mail = read(b"From: a@b\nTo: c@d\n\nhello\n")
    assert [f.value for f in mail.fields] == [b"a@b", b"c@d"]
    assert mail.body == b"hello\n"
    assert kinds(mail) == [Kind.BARE_LF] * 3


def test_two_from_fields_are_two() -> None:
    mail = read(b"From: a@b\r\nfrom: c@d\r\n\r\n")
    assert mail.one("From") is None
    assert [f.value for f in mail.all("FROM")] == [b"a@b", b"c@d"]
    (problem,) = mail.problems
    assert (problem.kind, problem.span) == (Kind.DUPLICATE_FIELD, (11, 22))


def test_white_space_before_the_colon_hides_no_field() -> None:
    mail = read(b"From : a@b\r\n\r\n")
    found = mail.one("From")
    assert found is not None
    assert (found.name, found.value) == ("From", b"a@b")
    (problem,) = found.problems
    assert (problem.kind, problem.span) == (Kind.SPACE_BEFORE_COLON, (4, 5))


def test_a_value_may_follow_the_colon_at_once() -> None:
    (found,) = read(b"From:a@b\r\n").fields
    assert (found.value, found.text, found.problems) == (b"a@b", "a@b", ())


def test_a_folded_value_is_unfolded_and_its_white_space_kept() -> None:
    (found,) = read(b"Subject: one\r\n\ttwo\r\n  three \r\n\r\n").fields
    assert found.value == b"one\ttwo  three"
    assert found.raw == b"Subject: one\r\n\ttwo\r\n  three \r\n"
    assert found.problems == ()


def test_a_folded_line_of_white_space_only_is_told() -> None:
    (found,) = read(b"Subject: one\r\n  \r\n two\r\n\r\n").fields
    assert [(d.kind, d.span) for d in found.problems] == [(Kind.BLANK_FOLD, (14, 16))]


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"no field at all\r\n\r\n", Kind.NO_COLON),
        (b": nameless\r\n\r\n", Kind.NO_COLON),
        (b" folded\r\n\r\n", Kind.STRAY_FOLD),
        (b"Fr\xc3\xb6m: a\r\n\r\n", Kind.BAD_FIELD_NAME),
        (b"From me: a\r\n\r\n", Kind.BAD_FIELD_NAME),
        (b"X: \0\r\n\r\n", Kind.NUL),
        (b"X: \xfc\r\n\r\n", Kind.EIGHT_BIT),
        (b"X: " + b"y" * 996 + b"\r\n\r\n", Kind.LONG_LINE),
        (b"X: y", None),
        (b"X: " + b"y" * 995 + b"\r\n\r\n", None),
    ],
    ids=["no-colon", "no-name", "stray-fold", "8-bit-name", "space-in-name", "nul", "8-bit", "999", "no-end", "998"],
)
def test_a_fault_of_a_field_has_its_kind(octets: bytes, kind: Kind | None) -> None:
    assert (kind in kinds(read(octets))) if kind else kinds(read(octets)) == []


def test_raw_octets_above_127_are_shown() -> None:
    first, second = read(b"Subject: \xc3\xbc\r\nX: \xfc\r\n\r\n").fields
    assert first.text == "ü"
    assert second.text == "\\xfc"


def test_a_name_is_matched_in_whatever_case_and_kept_as_sent() -> None:
    mail = read(b"sUBJECT: x\r\n\r\n")
    found = mail.one("Subject")
    assert found is not None
    assert found.name == "sUBJECT"


def test_fields_over_the_limit_are_one_defect_and_lose_no_octet() -> None:
    octets = b"X: y\r\n" * 100_000
    mail = read(octets)
    assert len(mail.fields) == MAX_FIELDS + 1
    assert b"".join(f.raw for f in mail.fields) == octets
    limit = mail.problems[-1]
    assert (limit.kind, limit.span) == (Kind.LIMIT, (MAX_FIELDS * 6, len(octets)))


def test_a_million_faults_of_a_kind_are_told_by_a_hundred_and_a_note() -> None:
    (found,) = read(b"X: " + b"\r" * 1_000_000).fields
    assert [d.kind for d in found.problems] == [Kind.BARE_CR] * OF_A_KIND + [Kind.LIMIT, Kind.LONG_LINE]


# ---------------------------------------------------------------- encoded words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?utf-8?q?G=C3=BCnter_Gr=C3=BCn?=", "Günter Grün"),
        (b"=?UTF-8?B?w7w=?=", "ü"),
        (b"=?iso-8859-1*de?Q?=FC?=", "ü"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a?=\r\n =?iso-8859-1?q?=FC?= c  d", "aü c  d"),
        (b"Printer message: =?utf-8?q?=C3=BC?= done", "Printer message: ü done"),
        (b"=?utf-8?b?w7?=", "=?utf-8?b?w7?="),
        (b"=?utf-8?q?=C3?=", "=?utf-8?q?=C3?="),
        (b"=?x-none?q?abc?= =?utf-8?q?d?=", "=?x-none?q?abc?= d"),
        (b"=?rot13?q?abc?=", "=?rot13?q?abc?="),
        (b"=?utf-7?q?+2AA-?=", "=?utf-7?q?+2AA-?="),
        (b"x=?utf-8?q?a?=", "x=?utf-8?q?a?="),
        (b'"=?utf-8?q?a?="', '"=?utf-8?q?a?="'),
        (b"=?utf-8?q?a b?=", "=?utf-8?q?a b?="),
        (b"=?utf-8?q?a=?=", "=?utf-8?q?a=?="),
        (b"=?utf-8?q??=", ""),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"),
    ],
)
def test_encoded_words_are_decoded_or_shown_as_they_stand(value: bytes, text: str) -> None:
    (found,) = read(b"Subject: " + value + b"\r\n\r\n").fields
    assert found.text == text


@pytest.mark.parametrize(
    ("value", "kind", "span"),
    [
        (b"=?utf-8?q?" + b"a" * 64 + b"?=", Kind.ENCODED_WORD_LONG, (9, 85)),
        (b"x=?utf-8?q?a?=", Kind.ENCODED_WORD_GLUED, (10, 23)),
        (b"=?utf-8?q?a?=,", Kind.ENCODED_WORD_GLUED, (9, 22)),
        (b"=?utf-8?q?a b?=", Kind.ENCODED_WORD_BAD, (9, 24)),
        (b"=?utf-8?x?ab?=", Kind.ENCODED_WORD_BAD, (9, 23)),
        (b"=?utf-8?b?w7?=", Kind.ENCODED_WORD_BAD, (9, 23)),
        (b"=?x-none?q?abc?=", Kind.ENCODED_WORD_BAD, (9, 25)),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", Kind.ENCODED_WORD_SPLITS_CHARACTER, (9, 24)),
    ],
)
def test_a_faulty_encoded_word_is_told_with_its_place(value: bytes, kind: Kind, span: tuple[int, int]) -> None:
    (found,) = read(b"Subject: " + value + b"\r\n\r\n").fields
    assert [(d.kind, d.span) for d in found.problems] == [(kind, span)]


@pytest.mark.parametrize("value", [b"=?utf-8?q?" + b"a" * 63 + b"?=", b"a (=?utf-8?q?a?=) b", b"=? what ?=", b"1 =?2"])
def test_a_sound_value_has_no_defect(value: bytes) -> None:
    (found,) = read(b"Subject: " + value + b"\r\n\r\n").fields
    assert found.problems == ()
