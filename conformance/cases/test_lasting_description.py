"""What the printer says of itself in the course of a run, against the mails that came while it said so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.counted import counted
from conformance.record.exchanges import Answer
from conformance.record.received_mail import ReceivedMail
from conformance.record.run_record import RunRecord
from conformance.record.session_owner import YES, host_name, host_of, is_address
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire import imf
from conformance.wire.registry import GroupTag

from .case import RUN, case
from .findings import Finding, conclude
from .mail_lookup import words
from .test_relay import addresses_of, is_at

SECOND: Final = 1_000_000_000

Told = tuple[Answer, tuple[str, ...]]


def _told(run: RunRecord, name: str) -> list[Told]:
    """The values of an attribute, each time that the printer told it."""
    found = []
    for answer in run.descriptions:
        attribute = answer.message.find(name, GroupTag.PRINTER)
        if attribute is not None and attribute.texts():
            found.append((answer, tuple(attribute.texts())))
    return sorted(found, key=lambda one: one[0].row.t_start)


def _while_others(run: RunRecord, name: str) -> Iterator[tuple[ReceivedMail, Told]]:
    """Mails that came while the printer told other values than at first, and had for longer than any mail takes."""
    told, slowest = _told(run, name), run.facts.slowest_mail
    if len(told) < 2:
        raise NotApplicable(f"the printer told {name} {counted(len(told), 'time')} in this run")
    if all(values == told[0][1] for _, values in told):
        return
    if slowest is None:
        raise Inconclusive("nobody knows how long a mail takes")
    for mail in run.mails:
        before = [one for one in told if one[0].row.t_end <= mail.t]
        after = next((one for one in told if one[0].row.t_end > mail.t), None)
        if not before or before[-1][1] == told[0][1] or (after is not None and after[1] != before[-1][1]):
            continue
        same = len(before) - 1
        while same and before[same - 1][1] == before[-1][1]:
            same -= 1
        if mail.t - before[same][0].row.t_end > int((2 * slowest + 1) * SECOND):
            yield mail, before[-1]


@case("T1-From-1", "1-6", on=RUN)
def test_from_shows_the_name_that_the_printer_has_by_now(run: RunRecord) -> None:
    found = []
    if run.facts.relay_rewrites == YES and all(run.perhaps_relayed(mail) is not None for mail in run.mails):
        raise NotApplicable("the IXIT says that the relay rewrites the addresses of the header")
    for mail, (answer, (name, *_)) in _while_others(run, "printer-name"):
        boxes = [box for field in mail.parsed.all("From") for box in imf.mailboxes(field.value) or ()]
        if run.perhaps_relayed(mail) is not None and run.facts.relay_rewrites == YES:
            continue
        shown = [words(box.display or "") for box in boxes]
        if shown and words(name) not in shown:
            found.append(Finding(f"{shown[0]!r}, while printer-name was {name!r} ({answer.where()})", mail.where()))
    conclude(found, expected="printer-name, as the printer tells it at that time, as the display name of From")


@case("6.1-2", on=RUN)
def test_mail_comes_by_the_relay_that_the_printer_names_by_now(run: RunRecord) -> None:
    found, unknown, owner = list[Finding](), list[str](), run.session_owner
    looked_up = run.facts.relay_addresses or {}
    for mail, (answer, values) in _while_others(run, run.vocabulary.relay):
        session = run.session(mail.row.session)
        if session is None or run.perhaps_relayed(mail) is not None or owner.hint({session.id}):
            continue
        place, peer = host_of(session.row.listener), host_of(session.row.peer)
        names = [host for value in values if (host := host_name(value)) is not None]
        addresses = frozenset(a for name in names for a in addresses_of(name, looked_up.get(name, ())))
        if not names or not is_address(place) or is_at(place, addresses) or peer in addresses:
            continue  # 6.1-1 judges what is no name
        unknown += [name for name in names if not addresses_of(name, looked_up.get(name, ()))]
        told = f"the printer connected to {place} itself, while its relay was {', '.join(names)} ({answer.where()})"
        found.append(Finding(told, mail.where()))
    if found and unknown:
        raise Inconclusive(f"nobody could say which address {unknown[0]} has, a relay that was named later")
    conclude(found, expected="mail by a relay that the printer names at that time")
