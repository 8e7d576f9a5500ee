"""Section 6.1: the relay that the printer names and uses."""

from __future__ import annotations

import ipaddress
import re

from . import rows
from .case import case, expect
from .story import PlayStory
from .verdict import Inconclusive, NotApplicable, Where
from .wire import ipp
from .wire.registry import ValueTag

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"  # RFC 1123 section 2.1
_HOST_NAME = re.compile(rf"(?=.{{1,254}}$)({_LABEL}\.)*{_LABEL}\.?")
TEXTS = (ValueTag.TEXT, ValueTag.TEXT_WITH_LANGUAGE)


def _attribute(play: PlayStory) -> ipp.Attribute | None:
    if play.story.printer is None:
        raise Inconclusive("the printer did not describe itself")
    return play.story.printer.get(play.story.vocabulary.relay)


def _host(value: str) -> str | None:
    """The host of a value that may carry a port; ``None`` when it is neither name nor address."""
    text = value.strip()
    for form in (r"\[(.+)\](?::\d+)?", r"([^:]+):\d+"):
        if match := re.fullmatch(form, text):
            text = match.group(1)
            break
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text.rstrip(".").lower() if _HOST_NAME.fullmatch(text) else None


@case("6-1", "6.1-1", on="printer/description")
def test_the_printer_names_its_relay(play: PlayStory) -> None:
    attribute, where = _attribute(play), play.labelled("printer").answer.where()
    expect(
        attribute is not None and not any(v.out_of_band for v in attribute.values),
        expected=f"{play.story.vocabulary.relay} with one or more values",
        actual=attribute.show() if attribute else "no such attribute",
        where=where,
    )


@case("6.1-1", on="printer/description")
def test_each_relay_is_a_host_name_or_address_as_text(play: PlayStory) -> None:
    attribute = _attribute(play)
    if attribute is None:
        raise NotApplicable("the printer names no relay, which is judged by another case")
    where = play.labelled("printer").answer.where()
    for value in attribute.values:
        text = value.text()
        expect(
            value.tag in TEXTS and text is not None and _host(text) is not None,
            expected="a DNS name or an IP address, as text",
            actual=value.show(),
            where=where,
        )


@case("6.1-2", on="printer/description")
def test_mail_comes_by_the_named_relay(play: PlayStory) -> None:
    attribute = _attribute(play)
    named = {host for v in attribute.values if (host := _host(v.text() or ""))} if attribute else set()
    if not named:
        raise NotApplicable("the printer names no relay, which is judged by another case")
    file = play.story.file
    sessions = {s.id: s for s in file.rows(rows.Session)}
    used = [sessions[m.session] for m in file.rows(rows.Message) if m.session in sessions]
    if not used:
        raise Inconclusive("no mail came")
    listener, peer = _split(used[0].listener), _split(used[0].peer)
    if not _is_address(listener):
        raise Inconclusive(f"the evidence has no address of the recipient, but {listener!r}")
    if listener in named or ("localhost" in named and ipaddress.ip_address(listener).is_loopback):
        return
    if ipaddress.ip_address(listener).is_unspecified:
        raise Inconclusive(f"the recipient listened on {listener}; which of its addresses was called is not on record")
    printer = play.story.facts.printer_address or ""
    if peer != printer:
        raise NotApplicable("the mail came from another host than the printer, so a relay stood between (1-1)")
    names = sorted(n for n in named if not _is_address(n))
    if names:
        raise NotApplicable(f"whether {', '.join(names)} is {listener} cannot be told from the evidence")
    expect(
        False,
        expected=f"mail to the relay {', '.join(sorted(named))}",
        actual=f"the printer connected to {listener} itself",
        where=Where("smtp", used[0].id),
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _split(address: str) -> str:
    """The host of HOST:PORT or [HOST]:PORT."""
    return address.rpartition(":")[0].strip("[]")
