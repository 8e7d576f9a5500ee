"""Whose octets an SMTP session has: the printer's, unless it is shown that a relay's machine wrote them.

An address proves nothing: a printer may have several interfaces, and speak IPP over IPv4 and SMTP over IPv6.  Nor does
a trace field alone, which a printer may write itself.  A relay is declared in the IXIT (``relay``), or shown by all
mails from another address than the printer's: each has a trace by which another host took it from the printer, and
comes from a host that greets by a name of that trace.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from conformance.wire.comments import without_comments
from conformance.wire.words import plain

if TYPE_CHECKING:
    from .received_mail import ReceivedMail
    from .smtp_sessions import SessionRecord

NO: Final = "no"
YES: Final = "yes"
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"  # RFC 1123 section 2.1
_HOST_NAME: Final = re.compile(rf"(?=.{{1,254}}$)(?:{_LABEL}\.)*{_LABEL}\.?")
_BY: Final = re.compile(rb"(?i)(?:\A|[ \t])by[ \t]+([^ \t;]+)")  # RFC 822 section 4.1, RFC 5321 section 4.4
_FROM: Final = re.compile(rb"(?is)\A[ \t]*from[ \t\r\n]+(.*?)(?:[ \t\r\n]by[ \t\r\n]|\Z)")
_HOSTS: Final = re.compile(r"[A-Za-z0-9.:_-]+")


def host_of(address: str) -> str:
    """The host of HOST:PORT or [HOST]:PORT, an address in its one spelling."""
    return one_spelling(address.rpartition(":")[0])


def one_spelling(host: str) -> str:
    """An address however it is written, an IPv4 one also within IPv6; a name in lower case, without its last dot."""
    text = host.strip("[]").lower().removeprefix("ipv6:").rstrip(".")
    try:
        found: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def host_name(value: str) -> str | None:
    """The host of a text that names one, with or without a port; ``None`` when it is neither name nor address."""
    text = value.strip()
    for form in (r"\[(.+)\](?::\d+)?", r"([^:]+):\d+"):
        if match := re.fullmatch(form, text):
            text = match[1]
            break
    return one_spelling(text) if is_address(text) or _HOST_NAME.fullmatch(text) else None


def uri_host(uri: str) -> str | None:
    """The host of a URI; ``None`` where there is none."""
    try:
        return urlsplit(uri).hostname
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine to itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Declared:
    """What the IXIT says of a relay: ``word`` is empty where it says nothing, else yes, no, or a host."""

    word: str = ""
    addresses: tuple[str, ...] = ()  # of that host, as it was resolved for the run

    @classmethod
    def of(cls, fact: str) -> Declared:
        """From the fact of a run: the word, and the addresses behind it."""
        word, *addresses = fact.split() or [""]
        return cls(word, tuple(map(one_spelling, addresses)))


@dataclass(frozen=True, slots=True)
class Parties:
    """Who is who on the bench: the printer's address and its names, and what the IXIT declares."""

    printer: str = ""  # where it answers IPP; empty where that is not known
    names: frozenset[str] = frozenset()
    declared: Declared = Declared()

    def is_printer(self, host: str) -> bool:
        """Whether an address, or the name of a host, is the printer's as far as we know."""
        if host == self.printer or host in self.names or is_loopback(host):
            return True
        return host.partition(".")[0] in {name.partition(".")[0] for name in self.names if not is_address(name)}


def _is_notice(mail: ReceivedMail) -> bool:
    """Whether it may be a relay's own, about mail that it could not deliver: nobody brought it that."""
    return mail.sender == "" and mail.parsed.root.type == "multipart/report"


def is_address(text: str) -> bool:
    """Whether it is an IP address, and no name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def passed(mail: ReceivedMail) -> list[str]:
    """The hosts that a mail's trace says to have taken it, the last one first."""
    found = []
    for field in mail.parsed.all("Received"):
        value, _ = without_comments(field.value)
        by = _BY.search(value)
        if by is not None:
            found.append(one_spelling(plain(by[1])))
    return found


def taken_from(mail: ReceivedMail, *, at_first: bool = False) -> Iterator[str]:
    """The hosts from which a mail's trace says that it was taken, by name and by address; ``at_first``: the first."""
    for field in mail.parsed.all("Received")[-1 if at_first else 0 :]:
        if (whom := _FROM.match(field.value)) is not None:
            yield from (one_spelling(host) for host in _HOSTS.findall(plain(whom[1])))


def greeted_by(session: SessionRecord) -> str:
    """The name by which the other side introduced itself; empty where it did not."""
    hello = session.dialogue.hello
    return one_spelling(plain(hello.argument.strip())) if hello is not None else ""


def _are_kin(one: str, other: str) -> bool:
    """Whether two hosts are one, or names of one domain."""
    if one == other or is_address(one) or is_address(other):
        return one == other
    ends = [name.split(".")[-2:] for name in (one, other)]
    return ends[0] == ends[1] and len(ends[0]) == 2


class SessionOwner:
    """Why a session is a relay's, and what speaks for that without proving it."""

    def __init__(self, mails: Sequence[ReceivedMail], sessions: Sequence[SessionRecord], parties: Parties) -> None:
        self._parties = parties
        self._peers = {session.id: host_of(session.row.peer) for session in sessions}
        self._traced: dict[int, tuple[ReceivedMail, str]] = {}  # by session: the first mail that names another host
        self._relays: dict[str, str] = {}
        self._doubts: dict[str, str] = {}
        by_peer: dict[str, list[ReceivedMail]] = defaultdict(list)
        for mail in mails:
            others = self._others(mail)
            if others:
                self._traced.setdefault(mail.row.session, (mail, others[0]))
            peer = self._peers.get(mail.row.session, "")
            if peer and not self._is_printers(peer) and not _is_notice(mail):
                by_peer[peer].append(mail)
        greetings = {session.id: session for session in sessions}
        self._brought = {mail.row.session for mail in mails}
        self._greetings = {session.id: greeted_by(session) for session in sessions}
        self._traced_by = {(self._peers.get(s, ""), self._greetings.get(s, "")): s for s in self._traced}
        for peer, brought in by_peer.items():
            if not any(self._others(mail) for mail in brought):
                continue
            doubt = next(
                (why for mail in brought if (why := self._doubt(mail, greetings[mail.row.session])) is not None), None
            )
            if doubt is None:
                first = brought[0]
                host = self._others(first)[0]
                self._relays[peer] = f"mail #{first.id} has passed {host!a}, whose SMTP this is, not the printer's"
            else:
                self._doubts[peer] = doubt

    def _others(self, mail: ReceivedMail) -> list[str]:
        """The hosts in its trace that are not the printer."""
        return [host for host in passed(mail) if not self._parties.is_printer(host)]

    def _doubt(self, mail: ReceivedMail, session: SessionRecord) -> str | None:
        """Why a mail that comes from another address does not show that a relay brought it; ``None`` if it does."""
        others = self._others(mail)
        if not others:
            return f"mail #{mail.id} comes from there, too, and names no host but the printer in its trace"
        if not self._parties.printer:
            return None  # old evidence, which knows no more
        if not any(self._parties.is_printer(host) for host in taken_from(mail)):
            return f"mail #{mail.id} does not say that {others[0]!a} took it from the printer"
        greeting, peer = greeted_by(session), self._peers[session.id]
        if not any(host == peer or _are_kin(host, greeting) for host in passed(mail)):
            return f"mail #{mail.id} comes from a host that calls itself {greeting!a}, which its trace does not name"
        return None

    def _is_printers(self, peer: str) -> bool:
        known = self._parties.printer
        return peer == known or (bool(known) and is_loopback(peer) and is_loopback(known))

    def from_the_printer(self, session: int) -> bool:
        """Whether this session came from where the printer answers IPP, as far as that is known."""
        return not self._parties.printer or self._is_printers(self._peers.get(session, ""))

    def relay(self, session: int) -> str | None:
        """Why this session is a relay's; ``None`` if that is not shown."""
        declared, peer = self._parties.declared, self._peers.get(session, "")
        if declared.word == NO:
            return None
        if declared.word == YES:
            return "the IXIT says that a relay stands between, whose SMTP this is, not the printer's"
        if declared.word:
            own = peer in declared.addresses or peer == one_spelling(declared.word)
            return f"this is the SMTP of {declared.word}, which the IXIT names as the relay" if own else None
        return self._relays.get(peer)

    def dispute(self, session: int) -> str | None:
        """What speaks for a relay and against one, and the line that settles it; ``None`` where nothing does.

        A session that brought no mail is whose those are that did, from that address and by a host of that name.
        """
        if self._parties.declared.word or self.relay(session) is not None:
            return None
        like = self._traced_by.get((self._peers.get(session, ""), self._greetings.get(session, "")))
        if session not in self._traced and (session in self._brought or like is None):
            return None
        mail, host = self._traced.get(session) or self._traced[like or 0]
        peer = self._peers.get(session, "")
        if self._is_printers(peer):
            where, declared = "comes from the printer's own address", "true"
        else:
            doubt = self._doubts.get(peer, "nothing else speaks for a relay")
            where, declared = f"comes from {peer}, while {doubt}", f'"{peer}"'
        return (
            f"mail #{mail.id} names {host!a} in its trace, and {where}: if a relay runs there, say relay = {declared} "
            "in the IXIT, else relay = false"
        )

    def may_have_put(self, mail: ReceivedMail, domain: str) -> str | None:
        """Why a relay that brought a mail may have put an address of that domain into it; ``None`` if it has another.

        A domain that is the printer's, too, shows nothing.
        """
        word = self._parties.declared.word
        relays = [*self._others(mail), *([one_spelling(word)] if word not in ("", YES, NO) else [])]
        host = next((relay for relay in relays if _are_kin(relay, domain)), None)
        if host is None or any(
            _are_kin(one, domain) for one in (*self._parties.names, *taken_from(mail, at_first=True))
        ):
            return None
        return f"{host!a}, a relay that brought it, may have put an address of its own there"

    def between(self) -> str | None:
        """Why a relay stands between printer and recipient, or may: mail that passes one need not keep its order."""
        if self._parties.declared.word == YES:
            return "the IXIT says that a relay stands between"
        doubted = (s for s, peer in self._peers.items() if not self._is_printers(peer))
        return next((why for s in self._peers if (why := self.relay(s)) is not None), None) or next(
            (why for s in doubted if (why := self.dispute(s)) is not None), None
        )

    def stranger(self, session: int) -> str | None:
        """Why a session may be neither the printer's nor its relay's; ``None`` where it is from the printer's address,
        or nothing stands between.
        """
        if self._parties.declared.word == NO or self.from_the_printer(session):
            return None
        return (
            f"it came from {self._peers.get(session, '') or 'nobody knows where'}, a host that brought no mail that "
            "was due: if that is the printer, or nothing stands between, say relay = false in the IXIT"
        )

    def hint(self, sessions: Collection[int]) -> str:
        """What to say beside a violation in these sessions; empty where no relay is to be thought of."""
        known = self._parties.printer
        if self._parties.declared.word or not known:
            return ""
        others = sorted({p for s in sessions if (p := self._peers.get(s, "")) and not self._is_printers(p)})
        if not others:
            return ""
        return (
            f"this comes from {others[0]}, while the printer answers at {known}: if that is a relay, "
            f'say relay = "{others[0]}" in the IXIT'
        )
