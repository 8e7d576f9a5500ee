"""Where a mail is well formed, Python's own reader and ours agree; where it is not, ours tells what Python's hides."""

from __future__ import annotations

import base64
import email
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.wire.imf import Kind, mailboxes, read

WORDS = st.text(st.characters(categories=("L", "N"), max_codepoint=0x2FFF), min_size=1, max_size=12)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
LOCALS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=10)
ADDRESSES = st.builds(Address, NAMES, LOCALS, st.sampled_from(["acme.example", "printer.example"]))
LINES = st.lists(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=90
    ),
    max_size=6,
)
ATTACHMENTS = st.lists(st.tuples(st.binary(max_size=120), NAMES, st.sampled_from(["ipp", "postscript"])), max_size=3)


def encoded(text: str) -> bytes:
    """Encoded words of whole characters.  Python's writer does not do here: its words reach 76 characters."""
    words = [text[i : i + 12].encode("utf-8") for i in range(0, len(text), 12)]
    return b"\r\n ".join(b"=?utf-8?b?" + base64.b64encode(word) + b"?=" for word in words)


def address(of: Address) -> bytes:
    return encoded(of.display_name) + b" <" + of.addr_spec.encode() + b">"


def composed(
    sender: Address, to: list[Address], subject: str, lines: list[str], attached: list[tuple[bytes, str, str]]
) -> bytes:
    message = EmailMessage(policy.SMTP)
    message.set_content("\n".join(lines) + "\n")
    for content, name, subtype in attached:
        message.add_attachment(content, maintype="application", subtype=subtype, filename=name)
    header = [b"From: " + address(sender), b"To: " + b",\r\n ".join(map(address, to)), b"Subject: " + encoded(subject)]
    return b"\r\n".join([*header, message.as_bytes()])


@settings(deadline=None, max_examples=50)
@given(ADDRESSES, st.lists(ADDRESSES, min_size=1, max_size=3), NAMES, LINES, ATTACHMENTS)
def test_a_well_formed_mail_is_read_alike(
    sender: Address, to: list[Address], subject: str, lines: list[str], attached: list[tuple[bytes, str, str]]
) -> None:
    octets = composed(sender, to, subject, lines, attached)
    other = email.message_from_bytes(octets, policy=policy.default)
    mail = read(octets)
    assert [f.name for f in mail.fields] == other.keys()
    assert mail.problems == ()

    subject_field, to_field, from_field = mail.one("subject"), mail.one("to"), mail.one("from")
    assert subject_field is not None
    assert subject_field.text == subject == other["subject"]
    assert to_field is not None
    assert [(m.display, m.address, m.problems) for m in mailboxes(to_field.value) or ()] == [
        (a.display_name, a.addr_spec, ()) for a in to
    ]
    assert from_field is not None
    assert [(m.display, m.address) for m in mailboxes(from_field.value) or ()] == [
        (sender.display_name, sender.addr_spec)
    ]

    ours, theirs = list(mail.root.walk()), list(other.walk())
    assert [p.type for p in ours] == [p.get_content_type() for p in theirs]
    assert [p.content for p in ours if not p.parts] == [
        p.get_payload(decode=True) for p in theirs if not p.is_multipart()
    ]
    assert [p.filename for p in ours] == [p.get_filename() for p in theirs]
    assert [p.disposition for p in ours] == [p.get_content_disposition() for p in theirs]
    text = mail.text
    assert text is not None
    assert text.string is not None
    assert text.string.replace("\r\n", "\n") == "\n".join(lines) + "\n"
    assert [d for p in ours for d in p.problems] == []


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"Subject: x\rInjected: y\r\n\r\n", Kind.BARE_CR),
        (b"Subject: x\nInjected: y\r\n\r\n", Kind.BARE_LF),
        (b"Subject: =?utf-8?q?" + b"a" * 80 + b"?=\r\n\r\n", Kind.ENCODED_WORD_LONG),
        (b"From: a@b\r\nFrom: c@d\r\n\r\n", Kind.DUPLICATE_FIELD),
    ],
)
def test_what_python_reads_without_a_defect_is_told(octets: bytes, kind: Kind) -> None:
    assert email.message_from_bytes(octets, policy=policy.SMTP).defects == []
    assert kind in [d.kind for d in read(octets).problems]
