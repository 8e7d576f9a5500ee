"""Section 6.1: the relay that the printer names and uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.record.run_record import PlayRecord
from conformance.record.session_owner import host_name, host_of, is_address, is_loopback, one_spelling
from conformance.record.smtp_sessions import SessionRecord
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire import ipp
from conformance.wire.registry import ValueTag

from .case import case, expect
from .ipp_lookup import offers_mail
from .session_lookup import printers

TEXTS = (ValueTag.TEXT, ValueTag.TEXT_WITH_LANGUAGE)


def _attribute(play: PlayRecord) -> ipp.Attribute | None:
    if play.run_record.printer is None:
        raise Inconclusive("the printer did not describe itself")
    if not offers_mail(play):
        raise NotApplicable(f"the printer does not list mailto in {play.run_record.vocabulary.schemes_supported}")
    return play.run_record.printer.get(play.run_record.vocabulary.relay)


@case("6-1", "6.1-1", on="printer/description")
def test_the_printer_names_its_relay(play: PlayRecord) -> None:
    attribute, where = _attribute(play), play.labelled("printer").answer.where()
    expect(
        attribute is not None and not any(v.out_of_band for v in attribute.values),
        expected=f"{play.run_record.vocabulary.relay} with one or more values",
        actual=attribute.show() if attribute else "no such attribute",
        where=where,
    )


@case("6.1-1", on="printer/description")
def test_each_relay_is_a_host_name_or_address_as_text(play: PlayRecord) -> None:
    attribute = _attribute(play)
    if attribute is None:
        raise NotApplicable("the printer names no relay, which is judged by another case")
    where = play.labelled("printer").answer.where()
    for value in attribute.values:
        text = value.text()
        expect(
            value.tag in TEXTS and text is not None and host_name(text) is not None,
            expected="a DNS name or an IP address, as text",
            actual=value.show(),
            where=where,
        )


# ---------------------------------------------------------------- is it the one that is used?


def _named(play: PlayRecord) -> list[tuple[str, frozenset[str]]]:
    """The relays that the printer names, in its order, each with the addresses that it had during the run."""
    attribute = _attribute(play)
    names = [host for v in attribute.values if (host := host_name(v.text() or ""))] if attribute is not None else []
    if not names:
        raise NotApplicable("the printer names no relay, which is judged by another case")
    looked_up = play.run_record.facts.relay_addresses or {}
    return [(name, addresses_of(name, looked_up.get(name, ()))) for name in names]


def addresses_of(name: str, looked_up: Sequence[str]) -> frozenset[str]:
    """The addresses of a relay: the one that it is named by, or those that its name had."""
    own = [name] if is_address(name) else []
    return frozenset(one_spelling(address) for address in (*own, *looked_up))


def is_at(place: str, addresses: frozenset[str]) -> bool:
    """Whether an address is one of these; this machine has several for itself."""
    return place in addresses or (is_loopback(place) and any(map(is_loopback, addresses)))


def _with_mail(play: PlayRecord) -> Iterator[SessionRecord]:
    """The sessions that brought mails."""
    brought = {mail.row.session for mail in play.run_record.mails}
    return (session for session in play.run_record.sessions if session.id in brought)


@case("6.1-2", on="printer/description")
def test_mail_comes_by_the_named_relay(play: PlayRecord) -> None:
    named, used = _named(play), list(_with_mail(play))
    if not used:
        raise Inconclusive("no mail came")
    own = printers(play, used)
    if not own:
        raise NotApplicable(str(play.run_record.session_owner.relay(used[0].id)))
    for session in own:
        place, peer = host_of(session.row.listener), host_of(session.row.peer)
        if any(is_at(place, addresses) or peer in addresses for _, addresses in named):
            continue  # it came to that relay, which we are, or from it
        if not is_address(place):
            raise Inconclusive(f"the evidence has no address of the recipient, but {place!r}")
        _settled(play, session, named, place)


def _settled(play: PlayRecord, session: SessionRecord, named: list[tuple[str, frozenset[str]]], place: str) -> None:
    """The judgement on a session that none of the named relays accounts for."""
    unknown = [name for name, addresses in named if not addresses]
    if unknown:
        raise Inconclusive(f"nobody could say which address {', '.join(unknown)} has", (session.where(),))
    owner = play.run_record.session_owner
    doubt = owner.dispute(session.id) or owner.hint({session.id})
    if doubt:
        raise Inconclusive(
            f"the mail came to {place}, which is none of the relays named; but {doubt}", (session.where(),)
        )
    expect(
        False,
        expected=f"mail to the relay {', '.join(name for name, _ in named)}",
        actual=f"the printer connected to {place} itself",
        where=session.where(),
    )


@case("6.1-2", on="printer/description")
def test_the_first_of_several_relays_is_preferred(play: PlayRecord) -> None:
    named = _named(play)
    if len(named) < 2:
        raise NotApplicable("the printer names one relay")
    used = [(session, host_of(session.row.listener)) for session in printers(play, list(_with_mail(play)))]
    first = [addresses for _, addresses in named if any(place in addresses for _, place in used)][:1]
    later = [session for session, place in used if first and place not in first[0]]
    if not first:
        raise NotApplicable("no mail came to any of the relays named")
    expect(
        not later,
        expected="every mail to the first of the relays that took any",
        actual=f"mail to another of them, at {host_of(later[0].row.listener) if later else ''}",
        where=tuple(session.where() for session in later[:3]),
        remark="what the order of the values means the draft does not say (C18)",
        binding=False,
    )
