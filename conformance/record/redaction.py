"""Credentials in an SMTP session, made unreadable before they are kept, and before anybody judges or shows them.

Their octets are replaced by as many others, so that places stay places and a stray CR, LF, NUL or eighth bit among them
is still one.  A recipient does so before it writes (`CommandLines`), with what it knows of the session; whoever reads
evidence does so again (`redacted`), for earlier versions kept what was sent.  Twice comes to the same as once.

Credentials are known by their shape, wherever a printer puts them outside a message: what follows AUTH and PASS, also
behind blanks, NUL or a lone CR; the lines that answer a challenge, and after any AUTH all lines that are no commands,
for a client that does not look at the answer sends them all the same; the identity in the AUTH parameter of MAIL;
what decodes to an identity, a name and a password, with or without an AUTH before it, alone or behind other words; and
what HTTP has its credentials in, for a client that takes us for a web server.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from string import ascii_letters, digits
from typing import Final, NamedTuple

from conformance.wire import smtp
from conformance.wire.problem import Span
from conformance.wire.smtp_events import Event, EventKind

from .rows import Hidden

_WORDS: Final = (b"AUTH", b"PASS", b"LOGIN", b"COOKIE", b"EXPS", b"KEY", b"TOKEN", b"SECRET", b"PWD", b"://")
_ALONE: Final = re.compile(rb"[^A-Za-z0-9+/]*+[A-Za-z0-9+/]{6,}+={0,2}[ \t]*+\Z")  # a token that is all of a line
_NUL_FIRST: Final = re.compile(rb"(?<![A-Za-z0-9+/=])A[A-P][A-Za-z0-9+/]{8}")
_DIGITS: Final = bytes(0x2B if chr(i) in f"{ascii_letters}{digits}+/" else 0x20 for i in range(256))  # of base64: +
_LINE: Final = re.compile(rb"[^\r\n]+")  # a CR alone ends one, too: what follows it may be a command to the printer
_PADDING: Final = bytes((*range(0x21), *range(0x7F, 0x100)))  # before a verb: blanks, controls, what is no ASCII
_KNOWN: Final = rb"(?i:PLAIN|LOGIN|ANONYMOUS|EXTERNAL|CRAM-MD5|DIGEST-MD5|NTLM|GSSAPI|XOAUTH2|OAUTHBEARER)"
_MECHANISM: Final = rb"(?:" + _KNOWN + rb"|[A-Z0-9_-]{1,20}|[a-z0-9_-]{1,20})(?=[ \t]|\Z)"  # base64 mixes the cases
_AUTH: Final = re.compile(rb"(?i:(?:X-?)?AUTH|X-EXPS)(?:[ \t]+" + _MECHANISM + rb")?")
_ASKED: Final = re.compile(rb"(?:X-?)?AUTH|X-EXPS|[A-Z0-9]{1,9}[ \t]+LOGIN[ \t].*\}[ \t]*\Z", re.IGNORECASE | re.DOTALL)
"""After which lines may have secrets that look like nothing: also IMAP's LOGIN with literals, which follow."""

_PASS: Final = re.compile(rb"PASS(?:W(?:OR)?D)?(?![A-Za-z0-9])|(?:[A-Z0-9]{1,9}[ \t]+)?LOGIN(?=[ \t])", re.IGNORECASE)
_WITHIN: Final = re.compile(
    rb"(?<![A-Za-z0-9])(?:(?i:AUTH)(?:[ \t]+" + _MECHANISM + rb"|=)|(?i:PASS)[ \t=])"
    rb'|(?<![A-Za-z0-9_.?&;-])(?i:PASS(?:W(?:OR)?D)?)"?[=:]'
)
_BEHIND: Final = re.compile(rb"(?<=[ \t])(?:(?i:AUTH)[ \t]+" + _MECHANISM + rb"|(?i:PASS(?:W(?:OR)?D)?)[ \t=:])[ \t]*")
_NAMING: Final = (b"MAIL", b"RCPT", b"SEND", b"SOML", b"SAML", b"VRFY", b"EXPN")  # a name may have any words in it
_PARAMETER: Final = re.compile(rb"(?<=[ \t>])AUTH=([^ \t]*)", re.IGNORECASE)
_BASE64: Final = re.compile(rb"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{6,}={0,2}(?![A-Za-z0-9+/=])")
_CONTROLS: Final = re.compile(rb"[\x01-\x1f\x7f]")
_EXTENSION: Final = re.compile(rb"[Xx][A-Za-z0-9-]*")  # what judges take for a command of an extension stays one
_PAIR: Final = re.compile(rb"[^\x00-\x1f\x7f-\xff:]+:[^\x00-\x1f\x7f]+")  # a name and a password, as Basic has them
_BEARER: Final = re.compile(rb"(?:\A|\x01)auth=", re.IGNORECASE)  # XOAUTH2, and OAUTHBEARER (RFC 7628)
_QUERY: Final = re.compile(
    rb"(?<=[?&;])[A-Za-z0-9_.-]{0,40}(?:pass(?:w(?:or)?d|phrase)?|pwd|secret|token|key)=([^&;# \t\r\n]++)",
    re.IGNORECASE,
)
_FIELD: Final = re.compile(
    rb"((?:proxy-)?authorization|cookie|x-(?:api-key|auth-(?:token|key))|api-key)[ \t]*:[ \t]*"
    rb"(?:(?:basic|digest|bearer|negotiate|ntlm)[ \t]+)?",
    re.IGNORECASE,
)
_USER_INFO: Final = re.compile(rb"://[^/@\x00-\x20:]{0,255}+:([^/@\x00-\x20]{1,255}+)@")
MANY: Final = 4 * 1024  # octets
COLONS: Final = 64  # that are looked at one by one, which pays where there are few
MOST_URIS: Final = 100
"""Passwords in URIs of a stretch or line that each have a place of their own.  No mail has as many; of a flood of them
each octet that came would cost as much as a row."""

MOST_OF_LINE: Final = 100
"""Secrets of a kind in a line that each have a place of their own: a line of 64 KiB has room for thousands."""

LONGEST_URI: Final = 3 + 255 + 1 + 255 + 1  # octets in which a password of a URI is looked for
LONGEST_RESPONSE: Final = 12_288  # octets of an answer to a challenge (RFC 4954, section 4)
_GOES_ON: Final = 512  # octets of a line that are remembered while its end is still to come
_UTF8: Final = {0x80: 0xA1, 0xC0: 0xFF, 0xC2: 0xC2, 0xE0: 0xE1, 0xF0: 0xF1, 0xF5: 0xFF}
"""From which octet on another stands for those of a character: what is UTF-8 remains UTF-8, with other characters."""

STAR: Final = bytes(
    0x2A if 0x20 < i < 0x7F else next(o for first, o in reversed(_UTF8.items()) if i >= first) if i > 0x7F else i
    for i in range(256)
)
_CROSS: Final = STAR.replace(b"*", b"X")


END_OF_MESSAGE: Final = b".\r\n"


class Secret(NamedTuple):
    """Where one stands, what its octets become, and what it is."""

    start: int
    end: int
    mask: bytes
    kind: Hidden


def _says_so(octets: bytes) -> bool:
    """Whether any word is there that secrets come with; floods are looked at, too, and a pattern would be slow."""
    said = octets.upper()
    for word in _WORDS:  # noqa: SIM110 - asked of every mail, and half as quick with a generator
        if word in said:
            return True
    return False


def _has_token(octets: bytes) -> bool:
    """Whether something may be a token in base64: alone in its line, or a long one that begins with NUL."""
    if b"++++++" not in octets.translate(_DIGITS):
        return False
    lines = octets.replace(b"\r", b"\n").split(b"\n")
    return any(map(_ALONE.match, lines)) or (b"A" in octets and _NUL_FIRST.search(octets) is not None)


def redacted(
    events: Sequence[Event], commands: Collection[str], read: Callable[[], smtp.Dialogue] | None = None
) -> Sequence[Event]:
    """The events of a session without the credentials in them; the same object where there are none.

    ``read`` gives their dialogue, for whoever keeps it.
    """
    stream = b"".join(e.octets for e in events if e.kind is EventKind.CLIENT)
    if not (_says_so(stream) or _has_token(stream)):
        return events
    dialogue = read() if read is not None else smtp.dialogue(events)
    answers = [span for turn in dialogue.turns for span in turn.responses]
    if dialogue.turns and dialogue.turns[-1].verb.startswith("AUTH"):  # what follows was never looked at
        answers.append((max((dialogue.turns[-1].span[1], *(end for _, end in answers))), len(stream)))
    secrets = [Secret(*span, STAR, Hidden.ANSWER) for span in answers]
    lines = CommandLines(commands)
    for first, last in _apart_from(answers, _outside(dialogue, len(stream))):
        secrets += (
            s._replace(start=s.start + first, end=s.end + first) for s in lines.secrets(stream[first:last], last=True)
        )
    return [*_masked(events, apart(secrets))] if secrets else events


def redacted_lines(lines: bytes, commands: Collection[str]) -> bytes:
    """Command lines without the credentials in them."""
    if not (_says_so(lines) or _has_token(lines)):
        return lines
    octets = bytearray(lines)
    for secret in CommandLines(commands).secrets(lines, last=True):
        octets[secret.start : secret.end] = octets[secret.start : secret.end].translate(secret.mask)
    return bytes(octets)


def passwords_in_uris(octets: bytes, first: int = 0, after: int | None = None) -> Iterator[Secret]:
    """What stands for a password in a URI of whatever text, or of that part of it.

    The last of very many goes on to the end of all.
    """
    after = len(octets) if after is None else after
    for count, found in enumerate(_users_in_uris(octets, first, after), 1):
        start, end = found.span(1)
        if count < MOST_URIS:
            yield Secret(start, end, STAR, Hidden.URI)
        else:
            yield Secret(start, octets.rindex(b"@", first, after), STAR, Hidden.URI)
            return


def without_passwords_in_uris(octets: bytes) -> bytes:
    """The same with stars in their place, of however many: nothing between two of them is touched."""
    out = bytearray(octets)
    for found in _users_in_uris(octets, 0, len(octets)):
        start, end = found.span(1)
        out[start:end] = found[1].translate(STAR)
    return bytes(out)


def uris_with_passwords(octets: bytes) -> Iterator[Span]:
    """From before the name in each to behind the password."""
    yield from (found.span() for found in _users_in_uris(octets, 0, len(octets)))


def _users_in_uris(octets: bytes, first: int, after: int) -> Iterator[re.Match[bytes]]:
    """As the pattern finds them.  In many octets one is sought much faster than several: most mails have few colons."""
    if after - first < MANY and octets.find(b"://", first, after) < 0:
        return
    at = octets.find(b":", first, after)
    for _ in range(COLONS):
        if at < 0:
            return
        found = _USER_INFO.match(octets, at, after)
        if found is not None:
            yield found
        at = octets.find(b":", at + 1 if found is None else found.end(), after)
    if at >= 0:
        yield from _USER_INFO.finditer(octets, at, after)


class CommandLines:
    """What a client says outside of messages, stretch by stretch, and the secrets in it.

    A stretch may end within a line: what its beginning was taken for counts for the rest.
    """

    def __init__(self, commands: Collection[str]) -> None:
        self._commands = commands
        self._after_auth = False
        self._begun = b""  # of a line that goes on

    def secrets(self, stretch: bytes, *, last: bool = False) -> Iterator[Secret]:
        """Those in the octets that follow those of before; some may be within others."""
        if stretch == END_OF_MESSAGE and not self._begun:  # what is between most messages and the next command
            return
        before = len(self._begun)
        octets = self._begun + stretch
        said = _says_so(octets)
        if self._after_auth or said or _has_token(octets):
            for found in _LINE.finditer(octets):
                whole = (found.start() > 0 or before < _GOES_ON) and (last or found.end() < len(octets))
                for secret in self._in_line(found[0], whole=whole, said=said):
                    start, end = (max(place + found.start() - before, 0) for place in secret[:2])
                    if start < end:
                        yield secret._replace(start=start, end=end)
        self._begun = octets[max(octets.rfind(b"\n"), octets.rfind(b"\r")) + 1 :][:_GOES_ON]

    def _in_line(self, line: bytes, *, whole: bool, said: bool) -> Iterator[Secret]:
        padding = len(line) - len(line.lstrip(_PADDING))
        found = _of_line(line[padding:], self._commands, after_auth=self._after_auth, whole=whole, says_so=said)
        for start, end, mask, kind in found:
            yield Secret(start + padding, end + padding, mask, kind)
        begins = _ASKED.match(line, padding)
        if begins is not None:
            self._after_auth = self._after_auth or _FIELD.match(line, padding) is None
        elif line[padding : padding + 5].upper() in (b"DATA", b"DATA "):  # a message is next, taken or not
            self._after_auth = False


def _apart_from(answers: Collection[Span], places: Iterator[Span]) -> Iterator[Span]:
    """What of these is no answer to a challenge, and so may be a command."""
    for first, last in places:
        at = first
        for start, end in sorted(answers):
            if at <= start < last:
                yield at, start
                at = end
        if at < last:
            yield at, last


def _outside(dialogue: smtp.Dialogue, length: int) -> Iterator[Span]:
    """What of the stream is in no message."""
    at = 0
    for turn in dialogue.turns:
        if turn.data_span is not None:
            yield at, turn.data_span[0]
            at = turn.data_span[1]
    yield at, length


def _of_line(
    line: bytes, commands: Collection[str], *, after_auth: bool, whole: bool, says_so: bool
) -> Iterator[Secret]:
    if line == b".":  # the end of a message, which whoever reads this anew has to find
        return
    field = _FIELD.match(line)
    said = _AUTH.match(line) or _PASS.match(line)
    verb = line.split(b" ", 1)[0]
    if field is not None:
        yield Secret(field.end(), len(line), STAR, Hidden.FIELD)
    elif said is not None:
        yield _behind(said, line)
    elif verb.decode("latin-1").upper() in commands:
        identities = (Secret(*found.span(1), STAR, Hidden.IDENTITY) for found in _PARAMETER.finditer(line))
        yield from _few(identities, line)
        if verb.upper() not in _NAMING and (behind := _BEHIND.search(line)) is not None:
            yield _behind(behind, line)
        yield from _few(_plain(line), line)
        if verb.upper() not in _NAMING:
            yield from passwords_in_uris(line)
    elif after_auth or (whole and any(secret.start == 0 for secret in _plain(line))):
        yield Secret(0, len(line), _CROSS if _EXTENSION.fullmatch(verb) else STAR, Hidden.LINE)
    elif not says_so:
        yield from _few(_plain(line), line)
    elif (within := _WITHIN.search(line)) is not None:
        yield _behind(within, line)
    else:
        yield from _few(_plain(line), line)
        yield from passwords_in_uris(line)
        yield from _few((Secret(*found.span(1), STAR, Hidden.URI) for found in _QUERY.finditer(line)), line)


def _few(secrets: Iterator[Secret], line: bytes) -> Iterator[Secret]:
    """The same; the last of very many goes on to the end of the line."""
    for secret in islice(secrets, MOST_OF_LINE - 1):
        yield secret
    for secret in secrets:
        yield secret._replace(end=len(line))
        return


def _behind(said: re.Match[bytes], line: bytes) -> Secret:
    rest = line[said.end() :]
    return Secret(len(line) - len(rest.lstrip(b" \t")), len(line), STAR, Hidden.LOGIN)


def _plain(line: bytes) -> Iterator[Secret]:
    """Responses of AUTH PLAIN (RFC 4616): an identity or none, a name and a password with NUL between, in base64.

    And those that carry a token, by its key, and a name with a password, where they are all of a line.
    """
    for found in _BASE64.finditer(line):
        digits = found[0].rstrip(b"=")
        if len(digits) % 4 == 1 or len(digits) > LONGEST_RESPONSE:
            continue
        said = b64decode(digits + b"===")
        identity, *rest = said.split(b"\0")
        if (
            (b"\x01" in said and _BEARER.search(said))
            or (len(rest) == 2 and all(rest) and not any(map(_CONTROLS.search, (identity, *rest))))
            or (found[0] == line.strip() and _PAIR.fullmatch(said))
        ):
            yield Secret(*found.span(), STAR, Hidden.LINE)


def _masked(events: Sequence[Event], secrets: Iterator[Secret]) -> Iterator[Event]:
    """The events with these octets masked; both are gone through once, side by side."""
    at, secret = 0, next(secrets, None)
    for event in events:
        if event.kind is not EventKind.CLIENT:
            yield event
            continue
        octets, last = bytearray(event.octets), at + len(event.octets)
        while secret is not None and secret.start < last:
            first, end, mask, _ = secret
            inside = slice(max(first - at, 0), min(end, last) - at)
            octets[inside] = octets[inside].translate(mask)
            if end > last:  # the rest of it is in a later event
                break
            secret = next(secrets, None)
        yield replace(event, octets=bytes(octets))
        at = last


def apart(secrets: Iterable[Secret]) -> Iterator[Secret]:
    """In order, and none within another."""
    at = 0
    for secret in sorted(secrets, key=lambda found: (found.start, -found.end)):  # an answer goes before its line
        if secret.end > at:
            yield secret._replace(start=max(secret.start, at))
            at = secret.end
