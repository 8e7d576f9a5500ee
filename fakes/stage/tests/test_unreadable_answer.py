"""A printer whose answer about itself breaks in one attribute is played at; what it lists is never called absent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.ledger import ledger_of
from conformance.record.rows import PlayEnd
from conformance.record.run_record import NOT_APPLICABLE, PLAYED, RunRecord
from conformance.scenarios import BY_ID
from conformance.verdict import Inconclusive
from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.printer import OBEDIENT
from fakes.stage.bench import Sitting, bench
from fakes.stage.ixit import Ixit
from fakes.stage.shared import StageError

from .meddling import Fate, SeenRequest, behind

BROKEN = b"\x34\x00\x11media-col-default\x00\x00\x4a\x00\x00\x00\nmedia-size\x34\x00\x00\x00\x00"  # never closed
Break = Callable[[SeenRequest, ipp.Message], ipp.Message]


def broken(place: int, octets: bytes = BROKEN) -> Callable[[ipp.Message], ipp.Message]:
    """The answer with these octets behind so many of the printer's attributes."""

    def rewritten(answer: ipp.Message) -> ipp.Message:
        operation, printer = answer.first(GroupTag.OPERATION), answer.first(GroupTag.PRINTER)
        assert operation is not None
        assert printer is not None
        head = ipp.Message(
            answer.code, answer.request_id, (operation, ipp.Group(printer.tag, printer.attributes[:place]))
        )
        rest = ipp.Message(0, 1, (ipp.Group(printer.tag, printer.attributes[place:]),))
        behind_it = ipp.encode(rest)[ipp.HEADER.size + 1 :]
        return replace(head, problem=ipp.IppProblem(ipp.HEADER.size, "on purpose", octets + behind_it))

    return rewritten


def names_all(request: SeenRequest) -> bool:
    asked = request.message.find("requested-attributes", GroupTag.OPERATION)
    return request.operation is Operation.GET_PRINTER_ATTRIBUTES and asked is None


def when(concerned: Callable[[SeenRequest], bool], change: Callable[[ipp.Message], ipp.Message]) -> Break:
    return lambda request, answer: change(answer) if concerned(request) else answer


def story_of(path: Path, rewrite: Break, *scenarios: str) -> RunRecord:
    """Play at a printer whose answers are rewritten so."""
    sitting = Sitting(replace(Ixit.for_loopback(), mail_timeout=2.0), "a test")

    async def play() -> None:
        def meet(meddler: object, uri: str) -> None:
            meddler.rewrite = rewrite  # type: ignore[attr-defined]

        with EvidenceFile.create(path) as file:
            async with bench(file, behind(OBEDIENT, meet, lambda _: Fate.PASS), sitting) as stage:
                await stage.prepare()
                await stage.perform([BY_ID[name] for name in scenarios], lambda *_: None)

    asyncio.run(play())
    return RunRecord(EvidenceFile.open(path))


PLAYS = ("printer/user-data", "printer/user-data-as-uri", "job/isolation", "printer/description", "printer/omitted")


@pytest.mark.parametrize("place", [0, 5, 20])
@pytest.mark.parametrize(
    "concerned", [names_all, lambda r: r.operation is Operation.GET_PRINTER_ATTRIBUTES], ids=["all", "by-name-too"]
)
def test_what_stands_behind_a_broken_collection_is_read(
    tmp_path: Path, place: int, concerned: Callable[[SeenRequest], bool]
) -> None:
    run_record = story_of(tmp_path / "x.evidence", when(concerned, broken(place)), *PLAYS)
    with run_record.file:
        assert {end.outcome for end in run_record.file.rows(PlayEnd)} == {PLAYED}
        assert run_record.printer_text("printer-name") == OBEDIENT.printer_name
        assert run_record.vocabulary is NTFY_01
        assert run_record.printer is not None
        assert run_record.printer.get(NTFY_01.relay) is not None
        assert run_record.printer.get("x-unheard-of") is None
        with pytest.raises(Inconclusive, match=r"octet \d+, media-col-default: a named attribute inside a collection"):
            run_record.printer.get("media-col-default")


@pytest.mark.parametrize("name", [NTFY_01.format_supported, NTFY_01.events_default])
def test_the_account_of_the_run_is_drawn_up_without_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    """The reckoning of the whole run is no case: it has nobody to whom it could say that something is not known."""
    never_closed = BROKEN.replace(b"\x00\x11media-col-default", len(name).to_bytes(2, "big") + name.encode())

    def unread(answer: ipp.Message) -> ipp.Message:
        groups = (ipp.Group(g.tag, tuple(a for a in g.attributes if a.name != name)) for g in answer.groups)
        return broken(5, never_closed)(replace(answer, groups=tuple(groups)))

    asks = when(lambda r: r.operation is Operation.GET_PRINTER_ATTRIBUTES, unread)
    run_record = story_of(tmp_path / "x.evidence", asks, "printer/event-job-created-ipp", "printer/events-omitted")
    with run_record.file:
        assert run_record.printer is not None
        with pytest.raises(Inconclusive, match="inside a collection"):
            run_record.printer.get(name)
        assert run_record.listed(name) is None
        assert ledger_of(run_record).left_over == []


LIES_ABOUT_ITS_LENGTH = b"\x44\x00\x01x\x7f\xff"


def test_what_cannot_be_read_is_asked_for_by_name_and_known_to_be_absent_then(tmp_path: Path) -> None:
    run_record = story_of(tmp_path / "x.evidence", when(names_all, broken(3, LIES_ABOUT_ITS_LENGTH)), *PLAYS)
    with run_record.file:
        assert {end.outcome for end in run_record.file.rows(PlayEnd)} == {PLAYED}
        assert run_record.printer is not None
        assert run_record.printer.get("notify-lease-duration-supported") is None  # asked for by name, and not there
        with pytest.raises(Inconclusive, match="beyond octet"):
            run_record.printer.get("x-unheard-of")


def test_what_cannot_be_read_at_all_is_said_once(tmp_path: Path) -> None:
    always = when(lambda r: r.operation is Operation.GET_PRINTER_ATTRIBUTES, broken(3, LIES_ABOUT_ITS_LENGTH))
    with pytest.raises(StageError) as caught:
        story_of(tmp_path / "x.evidence", always, *PLAYS)
    assert "cannot be read beyond octet" in caught.value.message
    assert "operations-supported is not known" in caught.value.message


def test_a_printer_that_lists_less_is_still_told_so(tmp_path: Path) -> None:
    def without_pause(answer: ipp.Message) -> ipp.Message:
        return broken(5)(_without(answer, "operations-supported", int(Operation.PAUSE_PRINTER)))

    asks = when(names_all, without_pause)
    by_name = when(
        lambda r: r.operation is Operation.GET_PRINTER_ATTRIBUTES and not names_all(r),
        lambda answer: _without(answer, "operations-supported", int(Operation.PAUSE_PRINTER)),
    )
    run_record = story_of(tmp_path / "x.evidence", lambda r, a: by_name(r, asks(r, a)), "printer/state-changed")
    with run_record.file:
        (end,) = run_record.file.rows(PlayEnd)
        assert (end.outcome, "does not list Pause-Printer" in end.reason) == (NOT_APPLICABLE, True)


def _without(answer: ipp.Message, name: str, number: int) -> ipp.Message:
    def thinned(attribute: ipp.Attribute) -> ipp.Attribute:
        kept = tuple(v for v in attribute.values if v.integer != number)
        return replace(attribute, values=kept) if attribute.name == name else attribute

    groups = tuple(ipp.Group(g.tag, tuple(map(thinned, g.attributes))) for g in answer.groups)
    return replace(answer, groups=groups)


def test_a_name_that_cannot_be_read_is_not_called_missing(tmp_path: Path) -> None:
    def in_latin_1(answer: ipp.Message) -> ipp.Message:
        name = ipp.Attribute("printer-name", (ipp.Value(0x42, b"B\xfcro"),))
        groups = tuple(
            ipp.Group(g.tag, tuple(name if a.name == "printer-name" else a for a in g.attributes))
            for g in answer.groups
        )
        return replace(answer, groups=groups)

    asks = when(lambda r: r.operation is Operation.GET_PRINTER_ATTRIBUTES, in_latin_1)
    run_record = story_of(tmp_path / "x.evidence", asks, "printer/description")
    with run_record.file, pytest.raises(Inconclusive, match=r"tells a printer-name that cannot be read: .*42fc726f"):
        run_record.printer_text("printer-name")
