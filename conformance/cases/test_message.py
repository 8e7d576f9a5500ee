"""A mail that can be read at all: header fields, addresses, MIME (RFC 5322, RFC 2045; RFC 822 for the draft)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from conformance.record.footers import Footers
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire import imf
from conformance.wire.comments import without_comments
from conformance.wire.mime import Part
from conformance.wire.parameters import header_value
from conformance.wire.problem import Kind, WireProblem
from conformance.wire.words import codec, decode

from .case import case
from .every_mail import everything, judge, of_play, shown
from .findings import Finding
from .mail_lookup import own_fields, user_address
from .session_lookup import require_something

# ---------------------------------------------------------------- the header

LINES: Final = "header lines that are a name of printable ASCII, a colon and a value, or begin with a space or tab"
_BAD_LINES: Final = (
    Kind.NO_COLON, Kind.BAD_FIELD_NAME, Kind.SPACE_BEFORE_COLON, Kind.STRAY_FOLD, Kind.BLANK_FOLD
)  # fmt: skip


def _header(mail: ReceivedMail, play: PlayRecord, subscription: SubscriptionRecord | None) -> Iterator[Finding]:
    for field in own_fields(play.run_record, mail):
        for problem in field.problems:
            if problem.kind in _BAD_LINES:
                yield Finding(f"{shown(field)}: {problem.reason}", mail.where(problem.span))


@case("S-header", on="printer/description")
def test_each_header_line_is_a_field(play: PlayRecord) -> None:
    judge(_header, everything(play), LINES, added=True)


@case("S-header", on="awkward")
def test_the_header_bears_awkward_data(play: PlayRecord) -> None:
    judge(_header, of_play(play), LINES, added=True)


# ---------------------------------------------------------------- addresses

ADDRESSES: Final = "addresses by the grammar; a name with special characters quoted or encoded"
_FROM_THE_SUBSCRIBER: Final = ("From", "Sender", "Reply-To")
_MAY_BE_EMPTY: Final = ("Bcc", "Resent-Bcc")  # RFC 5322 section 3.6.3
_OTHERS: Final = ("Cc", "Bcc", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc")
# RFC 822 allows these, RFC 5322 section 4 has them as obsolete; or they are right in To.
_ALLOWED: Final = (
    "a source route before the address",
    "white space or a comment around the @",
    "an empty element in the list",
    "control characters in a name",
    "stands in a group",
)
_UNKNOWN_HERE: Final = "of an encoded word is unknown here"  # which says nothing against the printer
_QUOTED_WORD: Final = "an encoded word within a quoted string"


def _addresses(mail: ReceivedMail, play: PlayRecord, subscription: SubscriptionRecord | None) -> Iterator[Finding]:
    other = subscription.asked.other if subscription is not None else ""
    for name in (*_FROM_THE_SUBSCRIBER, "To", *_OTHERS):
        if subscription is not None and not _harmless(subscription, name):
            continue
        for field in mail.parsed.all(name):
            if name in _OTHERS and other and other.encode() in field.raw:
                continue  # a field that a value has added is judged by S-inject
            boxes = imf.mailboxes(field.value)
            if boxes is None and name in _MAY_BE_EMPTY and not without_comments(field.value)[0].strip():
                continue
            if boxes is None:
                yield Finding(f"{shown(field)}, which is no list of addresses", mail.where(field.span))
                continue
            for box in boxes:
                for problem in box.problems:
                    if (
                        problem not in _ALLOWED
                        and not problem.endswith(_UNKNOWN_HERE)
                        and not (problem == _QUOTED_WORD and _says_so(box, subscription))
                    ):
                        yield Finding(f"{shown(field)}: {problem}", mail.where(field.span))
                if other and other == box.address:
                    said = f"{shown(field)}: what was a part of a name has become the address {box.address}"
                    yield Finding(said, mail.where(field.span))


def _harmless(subscription: SubscriptionRecord, name: str) -> bool:
    """Whether what the field is made of was an address at all; else nothing says what the printer has to write."""
    if name == "To":
        return subscription.asked.recipient == f"mailto:{subscription.address}"
    if name in _OTHERS:
        return True
    return subscription.user_data is not None and imf.addr_spec_problem(user_address(subscription)) is None


def _says_so(box: imf.Mailbox, subscription: SubscriptionRecord | None) -> bool:
    """Whether the name itself looks like an encoded word: in quotes it then stands for what it is."""
    name = (subscription.user_name or "") if subscription is not None else ""
    return "=?" in name and (box.display or "").strip() == name.strip()


@case("S-addr", on="printer/description")
def test_addresses_follow_the_grammar(play: PlayRecord) -> None:
    judge(_addresses, everything(play), ADDRESSES)


@case("S-addr", on="awkward")
def test_awkward_names_leave_addresses_readable(play: PlayRecord) -> None:
    judge(_addresses, of_play(play), ADDRESSES)


# ---------------------------------------------------------------- MIME

MIME: Final = "types by the grammar, boundaries that open and close, parts that decode as declared"
_STRUCTURE: Final = (
    Kind.BAD_CONTENT_TYPE, Kind.NO_BOUNDARY, Kind.NO_PARTS, Kind.NOT_CLOSED, Kind.BAD_ENCODING, Kind.BAD_BASE64,
    Kind.BAD_QUOTED_PRINTABLE, Kind.ENCODED_LINE_LONG, Kind.BAD_CHARSET, Kind.BAD_PARAMETER, Kind.DUPLICATE_FIELD,
)  # fmt: skip


_AS_IT_IS: Final = ("7bit", "8bit", "binary")
_ESCAPES: Final = re.compile(rb"(?:=[89A-F][0-9A-F]){2,}")
_IN_A_TAG: Final = re.compile(rb"<[A-Za-z][A-Za-z0-9]*[ \t\r\n][^<>]{0,200}?[A-Za-z-]=3D[\"']")
_WORDS: Final = re.compile(rb"=\?[^?\s]*\?[QqBb]\?[^?\s]*\?=")  # of a header, which has escapes of its own


def _uses_mime(mail: ReceivedMail, play: PlayRecord) -> bool:
    names = [field.name.lower() for field in own_fields(play.run_record, mail)]
    return any(name.startswith("content-") or name == "mime-version" for name in names)


def _version(mail: ReceivedMail, play: PlayRecord, subscription: SubscriptionRecord | None) -> Iterator[Finding]:
    if not _uses_mime(mail, play):
        return
    versions = mail.parsed.all("MIME-Version")
    if ["".join(header_value(f.value).token.split()) for f in versions] == ["1.0"]:
        return
    used = next((f for f in mail.parsed.fields if f.name.lower().startswith("content-")), None)
    where = mail.where(versions[0].span if versions else used.span if used else None)
    yield Finding(" and ".join(map(shown, versions)) or f"no MIME-Version, but {shown(used) if used else ''}", where)


def _parts(mail: ReceivedMail, play: PlayRecord, subscription: SubscriptionRecord | None) -> Iterator[Finding]:
    for part in mail.parsed.root.walk():
        for problem in part.problems:
            if problem.kind in (*_STRUCTURE, *_BAD_LINES) and not _elsewhere(part, problem):
                yield Finding(f"{problem.reason}, in a part of type {part.type}", mail.where(problem.span))
        escaped = _escaped(part)
        if escaped is not None and escaped not in play.run_record.once(_said_so):
            shown_so = ascii(" ".join(escaped.decode("latin-1").split()))
            told = f"{shown_so}, as quoted-printable has it, in a part of type {part.type} that is {part.encoding}"
            yield Finding(told, mail.where(part.span))


def _said_so(run: RunRecord) -> frozenset[bytes]:
    """What looks so in names and values over IPP: a text has that as it is."""
    said = (octets for exchange in run.exchanges for octets in (exchange.request, exchange.response))
    return frozenset(found[0] for octets in said for look in (_ESCAPES, _IN_A_TAG) for found in look.finditer(octets))


def _escaped(part: Part) -> bytes | None:
    """Characters in a text, or a tag of HTML, as quoted-printable has them, where nothing says that it is that."""
    if part.parts or not part.type.startswith("text/") or part.encoding not in _AS_IT_IS:
        return None
    if part.type == "text/html" and (tag := _IN_A_TAG.search(part.octets)) is not None:
        return tag[0]
    for found in _ESCAPES.finditer(_WORDS.sub(b"", part.octets)):
        octets = bytes.fromhex(found[0].replace(b"=", b"").decode("ascii"))
        if decode(octets, "utf-8") is not None:
            return found[0]
    return None


def _elsewhere(part: Part, problem: WireProblem) -> bool:
    """Whether the problem is not one of MIME's types and encodings, or cannot be told here."""
    if problem.kind is Kind.BAD_CHARSET:  # raw octets above 127 are judged by S-7bit; a charset may be unknown to us
        raw = not part.octets.isascii() and part.encoding not in ("8bit", "binary")
        return raw or codec(part.charset or "us-ascii") is None
    if problem.kind in (Kind.BAD_PARAMETER, Kind.DUPLICATE_FIELD):
        disposition = part.one("Content-Disposition")
        return disposition is not None and problem.span == disposition.span
    return False


@case("S-mime", on="printer/description")
def test_mime_is_announced(play: PlayRecord) -> None:
    _none_if_no_mime(play, play.run_record.mails)
    judge(_version, everything(play), "MIME-Version: 1.0 in a mail with Content- fields")


@case("S-mime", on="printer/description")
def test_mime_is_well_formed(play: PlayRecord) -> None:
    _none_if_no_mime(play, play.run_record.mails)
    _judge_parts(everything(play))


@case("S-mime", on="beyond-ascii")
def test_mime_carries_names_beyond_ascii(play: PlayRecord) -> None:
    _mime_of_play(play)


@case("S-mime", on="dots")
def test_mime_carries_names_of_dots(play: PlayRecord) -> None:
    _mime_of_play(play)


def _mime_of_play(play: PlayRecord) -> None:
    require_something(play)
    _none_if_no_mime(play, [mail for mail, _, _ in of_play(play)])
    _judge_parts(of_play(play))


def _judge_parts(mails: Iterator[tuple[ReceivedMail, PlayRecord, SubscriptionRecord | None]]) -> None:
    """Nothing is concluded from what stands in lines that a relay may have put below the texts."""
    aside = list[tuple[Finding, str]]()

    def look(mail: ReceivedMail, play: PlayRecord, subscription: SubscriptionRecord | None) -> Iterator[Finding]:
        for finding in _parts(mail, play, subscription):
            why = play.run_record.once(Footers).why(mail, finding.where)
            if why is None:
                yield finding
            else:
                aside.append((finding, why))

    judge(look, mails, MIME)
    for finding, why in aside:
        raise Inconclusive(f"{finding.actual}; but {why}", (finding.where,))


def _none_if_no_mime(play: PlayRecord, mails: list[ReceivedMail]) -> None:
    if mails and not any(_uses_mime(mail, play) for mail in mails):
        raise NotApplicable("the mails do not use MIME")
