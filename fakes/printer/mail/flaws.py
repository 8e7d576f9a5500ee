"""Ways to spoil a message that was right: each takes its octets and returns others."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from conformance.wire import imf, ipp
from conformance.wire.registry import JobState

LONG: Final = 1_100  # octets; 998 are allowed

_BASE64_LINE: Final = re.compile(rb"(?m)^(?=[A-Za-z0-9+/]{60,76}=*\r$)")


def _header_and_body(octets: bytes) -> tuple[bytes, bytes]:
    """The header with the CRLF of its last field, and the body with the empty line before it."""
    end = octets.index(b"\r\n\r\n") + 2
    return octets[:end], octets[end:]


def _with_field(octets: bytes, raw: bytes) -> bytes:
    header, body = _header_and_body(octets)
    return header + raw + body


def lf_in_the_body(octets: bytes) -> bytes:
    """LF alone where lines of the body end, but for the last."""
    header, body = _header_and_body(octets)
    return header + b"\r\n" + body[2:-2].replace(b"\r\n", b"\n") + b"\r\n"


def lone_cr(octets: bytes) -> bytes:
    """A CR without LF in a field."""
    return _with_field(octets, b"X-Location: first floor\rroom 7\r\n")


def nul_in_the_body(octets: bytes) -> bytes:
    """A line with a NUL behind everything else."""
    return octets + b"\0\r\n"


def long_field(octets: bytes) -> bytes:
    """A field that ought to have been folded."""
    return _with_field(octets, b"X-State-Reasons: " + b"x" * LONG + b"\r\n")


def field_beyond_ascii(octets: bytes) -> bytes:
    """Latin-1 in a field."""
    return _with_field(octets, "X-Location: Büro\r\n".encode("latin-1"))


def subject_in_utf_8(octets: bytes) -> bytes:
    """The Subject as it reads, not encoded."""
    header, body = _header_and_body(octets)
    for field in imf.read(octets).all("Subject"):
        header = header.replace(field.raw, b"Subject: " + field.text.encode() + b"\r\n")
    return header + body


def text_beyond_ascii(octets: bytes) -> bytes:
    """Latin-1 at the end of a text that declares seven bits."""
    root = imf.read(octets).root
    return octets + "Grüße\r\n".encode("latin-1") if not root.parts and root.encoding == "7bit" else octets


def in_eight_bits(octets: bytes) -> bytes:
    """A text as it is, where it was encoded for the sake of seven bits."""
    texts = (part for part in imf.read(octets).leaves if part.type.startswith("text/"))
    text = next((part for part in texts if not part.content.isascii()), None)
    if text is None:
        return octets
    return _encoded_anew(octets, text, text.content, "8bit")


def space_before_the_colon(octets: bytes) -> bytes:
    """``Subject :``"""
    return octets.replace(b"\r\nSubject:", b"\r\nSubject :", 1)


def line_without_colon(octets: bytes) -> bytes:
    """A line in the header that is no field."""
    return _with_field(octets, b"This printer speaks\r\n")


def blank_fold(octets: bytes) -> bytes:
    """A folded line with nothing on it."""
    return _with_field(octets, b"X-Location: first floor\r\n \r\n room 7\r\n")


def bare_dot_in_a_name(octets: bytes) -> bytes:
    """A display name that had to be quoted, in a field that only repeats an address."""
    boxes = [box for field in imf.read(octets).all("From") for box in imf.mailboxes(field.value) or ()]
    address = boxes[0].address if boxes else "nobody@printer.example"
    return _with_field(octets, f"Reply-To: B. Jones <{address}>\r\n".encode())


def boundary_not_closed(octets: bytes) -> bytes:
    """A multipart without its last boundary."""
    root = imf.read(octets).root
    mark = f"\r\n--{root.parameters.get('boundary', '')}--\r\n".encode()
    return octets.removesuffix(mark) + b"\r\n" if root.parts else octets


def stars_in_base64(octets: bytes) -> bytes:
    """An octet of no alphabet at the beginning of each line of base64."""
    return _BASE64_LINE.sub(b"*", octets)


def encoding_misspelt(octets: bytes) -> bytes:
    """``7-bit``"""
    return octets.replace(b"\r\nContent-Transfer-Encoding: 7bit\r\n", b"\r\nContent-Transfer-Encoding: 7-bit\r\n")


def other_mime_version(octets: bytes) -> bytes:
    """A version of MIME that there is not."""
    return octets.replace(b"\r\nMIME-Version: 1.0\r\n", b"\r\nMIME-Version: 1.1\r\n")


_WEEKDAY: Final = re.compile(rb"(?m)^Date: (\w\w\w),")
_NEXT_DAY: Final = {
    b"Mon": b"Tue", b"Tue": b"Wed", b"Wed": b"Thu", b"Thu": b"Fri", b"Fri": b"Sat", b"Sat": b"Sun", b"Sun": b"Mon",
}  # fmt: skip


def another_weekday(octets: bytes) -> bytes:
    """The Date with the day of the week after its own."""
    return _WEEKDAY.sub(lambda day: b"Date: " + _NEXT_DAY[day[1]] + b",", octets)


def date_of_a_log(octets: bytes) -> bytes:
    """A Date as log files have it."""
    return re.sub(rb"(?m)^Date: [^\r]*", b"Date: 2026-11-22 12:00:30", octets)


def bare_message_id(octets: bytes) -> bytes:
    """A Message-ID without brackets."""
    return re.sub(rb"\r\nMessage-ID: <([^>]*)>", rb"\r\nMessage-ID: \1", octets)


def split_character(octets: bytes) -> bytes:
    """One character in two encoded words."""
    return _with_field(octets, b"X-Location: =?utf-8?q?caf=C3?= =?utf-8?q?=A9?=\r\n")


def glued_word(octets: bytes) -> bytes:
    """An encoded word in the middle of another."""
    return _with_field(octets, b"X-Location: room=?utf-8?q?_7?=\r\n")


def word_in_a_parameter(octets: bytes) -> bytes:
    """An encoded word for a file's name."""
    return octets.replace(b"filename=notification", b'filename="=?utf-8?q?M=C3=A9moire?="; x=notification')


def broken_cc(octets: bytes) -> bytes:
    """A copy for whoever that may be."""
    return _with_field(octets, b"Cc: Jones, Bob <\r\n")


def stranger_in_cc(octets: bytes) -> bytes:
    """Somebody who never heard of this printer, among the recipients."""
    return _with_field(octets, b"Cc: The Archive <archive@elsewhere.example>\r\n")


def resent_to_a_stranger(octets: bytes) -> bytes:
    """The same, as a mail that was sent on has it."""
    return _with_field(octets, b"Resent-To: archive@elsewhere.example\r\n")


def empty_parameter(octets: bytes) -> bytes:
    """A semicolon with nothing behind it."""
    return octets.replace(b"Content-Type: text/plain; charset=us-ascii\r\n", b"Content-Type: text/plain;\r\n")


def encoding_unsaid(octets: bytes) -> bytes:
    """Texts in quoted-printable that do not say so."""
    return re.sub(rb"(?im)^Content-Transfer-Encoding: quoted-printable\r\n", b"", octets)


def date_of_another_year(octets: bytes) -> bytes:
    """A Date long ago, in the right form."""
    return re.sub(rb"(?m)^Date: [^\r]*", b"Date: Fri, 01 Jan 1999 00:00:00 +0000", octets)


def number_of_another_job(octets: bytes) -> bytes:
    """A text with a number that is not the job's."""
    return re.sub(rb"(?m)^Job number: (\d+)\r$", rb"Job number: 77\1\r", octets)


def name_of_another_job(octets: bytes) -> bytes:
    """A page of HTML with another job's name behind its label; the title has the right one."""
    return re.sub(rb"(<th>Job name</th>\r\n<td>)[^<]+", rb"\g<1>Quarterly report", octets)


def owner_of_another_job(octets: bytes) -> bytes:
    """A text with a name that is not the owner's."""
    return re.sub(rb"(?m)^Job owner: [^\r]*\r$", rb"Job owner: Zoe Quill\r", octets)


def time_of_another_year(octets: bytes) -> bytes:
    """A text with a time long ago."""
    return re.sub(rb"(?m)^Time: \d{4}-[^\r]*\r$", rb"Time: 1999-01-01 00:00:00 UTC\r", octets)


def state_of_another_job(octets: bytes) -> bytes:
    """A text with a state that no job of ours came to."""
    return re.sub(rb"(?m)^Job state: (?:canceled|completed)\r$", rb"Job state: aborted\r", octets)


def pages_of_another_job(octets: bytes) -> bytes:
    """A page of HTML with a number that is not the job's."""
    return re.sub(rb"(<th>Job number</th>\r\n<td>)(\d+)", rb"\g<1>77\2", octets)


def pages_of_beginnings(octets: bytes) -> bytes:
    """A page of HTML by which a job that has ended was created."""
    page = octets.find(b"<html")
    told = re.sub(rb"<tr><th>[^<]*(?:state|reasons|completed)</th>\s*<td>[^<]*</td></tr>", b"", octets[page:])
    return octets if page < 0 else octets[:page] + re.sub(rb"(?i)completed", b"created", told)


def one_message_id(octets: bytes) -> bytes:
    """The same for all mails."""
    return re.sub(rb"(?m)^Message-ID: .*\r$", b"Message-ID: <notification@printer.example>\r", octets)


def empty_html(octets: bytes) -> bytes:
    """A part of HTML with nothing to read in it."""
    return _with_content(octets, "text/html", lambda _: b"<html><body></body></html>\r\n")


def empty_postscript(octets: bytes) -> bytes:
    """A part of PostScript without an octet."""
    return _with_content(octets, "application/postscript", lambda _: b"")


def two_contents(octets: bytes) -> bytes:
    """The part for programs, twice."""
    mail = imf.read(octets)
    part = next((part for part in mail.leaves if part.type == "application/ipp"), None)
    if part is None:
        return octets
    start, end = part.span
    return octets[:end] + b"\r\n--" + mail.root.parameters["boundary"].encode() + b"\r\n" + octets[start:]


def reasons_of_another_state(octets: bytes) -> bytes:
    """A job that waits is said to be printed."""
    return with_reasons(octets, "job-printing", (JobState.PENDING, JobState.PENDING_HELD))


def reasons_of_nobody(octets: bytes) -> bytes:
    """A job that is held has a reason that the printer tells nowhere else."""
    return with_reasons(octets, "x-coffee-break", (JobState.PENDING_HELD,))


def with_reasons(octets: bytes, reason: str, states: tuple[JobState, ...]) -> bytes:
    """With another job-state-reasons in content for programs about a job in one of these states."""

    def made(attribute: ipp.Attribute) -> ipp.Attribute:
        return ipp.keyword(attribute.name, reason) if attribute.name == "job-state-reasons" else attribute

    part = next((part for part in imf.read(octets).leaves if part.type == "application/ipp"), None)
    message = ipp.decode(part.content) if part is not None else ipp.Message(0, 0, ())
    state = message.find("job-state")
    if state is None or state.value.integer not in states:
        return octets
    groups = tuple(ipp.Group(group.tag, tuple(map(made, group))) for group in message.groups)
    content = base64.encodebytes(ipp.encode(replace(message, groups=groups))).rstrip().replace(b"\n", b"\r\n")
    return _with_content(octets, "application/ipp", lambda _: content, "base64")


def body_attached(octets: bytes) -> bytes:
    """A text that is the whole mail, as an attachment."""
    attachment = b"Content-Disposition: attachment; filename=notification.txt\r\n"
    return octets if imf.read(octets).root.parts else _with_field(octets, attachment)


def all_attached(octets: bytes) -> bytes:
    """A mail of parts, each an attachment."""
    label = b"\r\nContent-Type: text/plain; charset=us-ascii\r\n"
    return (
        octets.replace(label, label + b"Content-Disposition: attachment\r\n") if imf.read(octets).root.parts else octets
    )


def greeting_in_html(octets: bytes) -> bytes:
    """A part of HTML that tells nothing."""
    return _with_content(octets, "text/html", lambda _: b"<html><body><p>Hello!</p></body></html>\r\n")


def html_twice(octets: bytes) -> bytes:
    """The part of HTML, and the same again."""
    part = next((part for part in imf.read(octets).leaves if part.type == "text/html"), None)
    return octets if part is None else _with_part(octets, octets[slice(*part.span)])


def unasked_attachment(octets: bytes) -> bytes:
    """A program beside what was asked for."""
    header = b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=setup.exe\r\n"
    parts = imf.read(octets).root.parts
    return _with_part(octets, header + b"\r\nNo program, but who knows?\r\n") if parts else octets


def _with_part(octets: bytes, part: bytes) -> bytes:
    """With one more part at the end."""
    boundary = imf.read(octets).root.parameters["boundary"].encode()
    end = octets.rindex(b"--" + boundary + b"--")
    return octets[:end] + b"--" + boundary + b"\r\n" + part + b"\r\n" + octets[end:]


def from_in_a_group(octets: bytes) -> bytes:
    """From as a group with a name of its own."""
    return re.sub(rb"\r\nFrom: ([^\r]*)\r\n(?! )", rb"\r\nFrom: Printers: \1;\r\n", octets, count=1)


def sender_in_a_group(octets: bytes) -> bytes:
    """Sender likewise."""
    return re.sub(rb"\r\nSender: ([^\r]*)\r\n(?! )", rb"\r\nSender: Users: \1;\r\n", octets, count=1)


def content_of_another_version(octets: bytes) -> bytes:
    """Content for programs in a version of IPP that there is not."""
    return _with_ipp(octets, lambda content: b"\x09\x09" + content[2:])


def content_is_an_error(octets: bytes) -> bytes:
    """The status of a request that came to nothing."""
    return _with_ipp(octets, lambda content: content[:2] + b"\x04\x06" + content[4:])


def octets_behind_the_content(octets: bytes) -> bytes:
    """Something behind the attributes."""
    return _with_ipp(octets, lambda content: content + b"%!PS")


def attribute_twice(octets: bytes) -> bytes:
    """One attribute again at the end of its group, with another value."""
    return _with_ipp(octets, lambda content: content[:-1] + b"\x42\0\x0cprinter-name\0\x05Other" + content[-1:])


def _with_ipp(octets: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """With other octets in the part for programs, which is in base64."""
    part = next((part for part in imf.read(octets).leaves if part.type == "application/ipp"), None)
    if part is None:
        return octets
    encoded = base64.encodebytes(change(part.content)).replace(b"\n", b"\r\n")
    return octets[: part.body_start] + encoded.removesuffix(b"\r\n") + octets[part.span[1] :]


def _with_content(octets: bytes, media_type: str, make: Callable[[bytes], bytes], encoding: str = "7bit") -> bytes:
    """With another content in the part of that type, which is told to be so encoded."""
    part = next((part for part in imf.read(octets).leaves if part.type == media_type), None)
    if part is None:
        return octets
    return _encoded_anew(octets, part, make(octets), encoding)


def _encoded_anew(octets: bytes, part: imf.Part, content: bytes, encoding: str) -> bytes:
    header, _ = _header_and_body(octets[part.span[0] : part.span[1]])
    header = re.sub(rb"(?i)(Content-Transfer-Encoding: )[^\r]*", rb"\g<1>" + encoding.encode(), header)
    return octets[: part.span[0]] + header + b"\r\n" + content + octets[part.span[1] :]


FLAWS: Final[dict[str, Callable[[bytes], bytes]]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        lf_in_the_body, lone_cr, nul_in_the_body, long_field, field_beyond_ascii, subject_in_utf_8, text_beyond_ascii,
        space_before_the_colon, line_without_colon, blank_fold, bare_dot_in_a_name, boundary_not_closed,
        stars_in_base64, encoding_misspelt, other_mime_version, another_weekday, date_of_a_log, bare_message_id,
        split_character, glued_word, word_in_a_parameter, broken_cc, stranger_in_cc, resent_to_a_stranger,
        empty_parameter, encoding_unsaid, reasons_of_another_state, reasons_of_nobody,
        date_of_another_year, name_of_another_job, number_of_another_job, owner_of_another_job, time_of_another_year,
        state_of_another_job, pages_of_another_job, pages_of_beginnings,
        one_message_id, empty_html, empty_postscript, two_contents, body_attached, all_attached, greeting_in_html,
        html_twice, unasked_attachment, from_in_a_group, sender_in_a_group, content_of_another_version,
        content_is_an_error, octets_behind_the_content, attribute_twice,
    )
}  # fmt: skip
