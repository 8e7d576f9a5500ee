"""Whatever a client supplies: no input adds a field, a recipient or a line to a mail."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.vocabulary import Edition
from conformance.wire import imf as judge
from conformance.wire.transparency import stuff, wire_problems
from fakes.printer.mail.compose import Uncomposable, compose
from fakes.printer.mail.composed import Composed
from fakes.printer.notice import Notice
from fakes.printer.policy import OBEDIENT, Policy

from .notices import JOB_EVENT, PRINTER_EVENT, changed
from .readback import EDITIONS, LATER, MIME, TABLE_1, parts, read, text

CRLF_ATTACK = "x\r\nBcc: victim@evil.example\r\n\r\nbody\n.\nRCPT TO:<victim@evil.example>\r"
SOURCES = {
    "event", "printer_name", "printer_uri", "printer_state_reasons", "job_name", "job_user_name", "job_state_reasons",
    "recipient", "user_data", "user_name", "format", "charset", "language",
}  # fmt: skip


def as_kind(source: str, value: str) -> Any:
    if source == "user_data":
        return value.encode("utf-8", "surrogatepass")
    return (value,) if source.endswith("reasons") else value


def check_safe(composed: Composed, policy: Policy) -> None:
    """What holds for every mail, whatever it says."""
    octets = composed.octets
    assert octets.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", octets)
    lines = octets.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    header = octets.partition(b"\r\n\r\n")[0]
    assert header.isascii()
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\t]", header)
    assert not re.search(rb"^[ \t]*\r?$", header, re.MULTILINE)
    assert max(map(len, (line for line in header.split(b"\r\n") if b"@" not in line))) <= 78
    assert policy.text_encoding == "8bit" or octets.isascii()
    judged = judge.read(octets)
    assert judged.problems == judged.root.problems == ()
    expected = set() if octets.isascii() else {judge.Kind.EIGHT_BIT, judge.Kind.LIMIT}  # the limit: very many of them
    assert {d.kind for d in wire_problems(stuff(octets))} <= expected
    assert [d for part in judged.leaves for d in part.problems] == []
    message = read(composed)
    allowed = TABLE_1 | MIME | ({"Reply-To"} if policy.edition is Edition.MAILTO_04 else set())
    assert set(message.keys()) <= allowed
    assert len(message.keys()) == len(set(message.keys()))
    assert len(message["To"].addresses) == len(message["From"].addresses) == 1
    assert message["To"].addresses[0].addr_spec == composed.recipient
    assert re.fullmatch(r"[ -~]+@[ -~]+", composed.sender)
    assert len(parts(message)) <= 2


@pytest.mark.parametrize("source", sorted(SOURCES))
@pytest.mark.parametrize("policy", EDITIONS, ids=lambda p: p.edition.value)
@pytest.mark.parametrize("granted", ["text/plain", "text/html; charset=utf-8", "application/ipp"])
def test_an_injected_line_gets_nowhere(source: str, policy: Policy, granted: str) -> None:
    notice = changed(format=granted)
    attacked = changed(notice, **{source: as_kind(source, CRLF_ATTACK)})
    if source == "recipient":
        with pytest.raises(Uncomposable):
            compose(attacked, policy)
        return
    composed = compose(attacked, policy)
    check_safe(composed, policy)
    for part in parts(read(composed)):
        if part.get_content_maintype() == "text":
            assert not any(line.startswith(("Bcc", "RCPT", ".")) for line in text(part).splitlines())


ANY_TEXT = st.one_of(
    st.text(max_size=300),
    st.text('ab "\\<>,;:@().=?_\r\n\t\0é打😀\x85\u2028\ud800', max_size=300),
    st.sampled_from([CRLF_ATTACK, "=?utf-8?q?a?= =?utf-8?q?b?=", "--=_", ".", "From me", "x" * 2000, "é " * 600]),
)
ADDRESSES = st.sampled_from(["mailto:a@b.example", 'mailto:"a b"@b.example', "mailto:x@[127.0.0.1]?cc=c@d.example"])
CHARSETS = st.one_of(
    st.sampled_from(
        ["utf-8", "us-ascii", "iso-8859-1", "utf-16", "utf-7", "idna", "punycode", "base64", "iso-2022-jp"]
    ),
    st.text(max_size=20),
)
FORMATS = st.one_of(
    st.none(),
    st.sampled_from(OBEDIENT.formats),
    st.builds("text/{}; charset={}".format, st.sampled_from(["plain", "html"]), CHARSETS),
    st.text(max_size=40),
)
POLICIES = st.builds(
    lambda **choices: replace(OBEDIENT, **choices),
    edition=st.sampled_from(Edition),
    text_encoding=st.sampled_from(["quoted-printable", "base64", "8bit"]),
    word_encoding=st.sampled_from(["shorter", "q", "b"]),
    charset_text=st.sampled_from(["attachment", "body"]),
    free_content=st.sampled_from(["plain", "alternative"]),
)
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    source: ANY_TEXT.map(partial(as_kind, source)) for source in sorted(SOURCES - {"recipient"})
}
OPTIONAL["user_data"] |= st.sampled_from([None, b"Bob <a@b.example>", b"a@b.example"])
OPTIONAL["charset"] = CHARSETS
OPTIONAL["format"] = FORMATS
OPTIONAL["text_only"] = st.booleans()
CHANGES = st.fixed_dictionaries(
    {"recipient": st.one_of(ADDRESSES, ADDRESSES, ANY_TEXT.map("mailto:".__add__))}, optional=OPTIONAL
)


@given(policy=POLICIES, notice=st.sampled_from([JOB_EVENT, PRINTER_EVENT]), changes=CHANGES)
@example(policy=LATER, notice=JOB_EVENT, changes={"recipient": "mailto:a@b.example", "charset": "idna"})
@settings(max_examples=400, deadline=None)
def test_no_input_adds_a_field_a_recipient_or_a_line(policy: Policy, notice: Notice, changes: dict[str, Any]) -> None:
    changes = {k: v for k, v in changes.items() if notice.job is not None or not k.startswith("job_")}
    try:
        composed = compose(changed(notice, **changes), policy)
    except Uncomposable:
        assert changes["recipient"] not in ("mailto:a@b.example", 'mailto:"a b"@b.example')
        return
    check_safe(composed, policy)
