"""A printer whose answer about itself breaks in one attribute is played at; what it lists is never called absent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.evidence import EvidenceFile
from conformance.rows import PlayEnd
from conformance.scenarios import BY_ID
from conformance.story import NOT_APPLICABLE, PLAYED, Story
from conformance.verdict import Inconclusive
from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.bench import Sitting, bench
from fakes.ixit import Ixit
from fakes.printer import OBEDIENT
from fakes.shared import StageError
from fakes.tests.meddling import Request, Way, behind

BROKEN = b"\x34\x00\x11media-col-default\x00\x00\x4a\x00\x00\x00\nmedia-size\x34\x00\x00\x00\x00"  # never closed
Break = Callable[[Request, ipp.Message], ipp.Message]


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
        return replace(head, defect=ipp.Defect(ipp.HEADER.size, "on purpose", octets + behind_it))

    return rewritten


def names_all(request: Request) -> bool:
    asked = request.message.find("requested-attributes", GroupTag.OPERATION)
    return request.operation is Operation.GET_PRINTER_ATTRIBUTES and asked is None


def when(concerned: Callable[[Request], bool], change: Callable[[ipp.Message], ipp.Message]) -> Break:
    return lambda request, answer: change(answer) if concerned(request) else answer


def story_of(path: Path, rewrite: Break, *scenarios: str) -> Story:
    """Play at a printer whose answers are rewritten so."""
    sitting = Sitting(replace(Ixit.for_loopback(), mail_timeout=2.0), "a test")

    async def play() -> None:
        def meet(meddler: object, uri: str) -> None:
            meddler.rewrite = rewrite  # type: ignore[attr-defined]

        with EvidenceFile.create(path) as file:
            async with bench(file, behind(OBEDIENT, meet, lambda _: Way.PASS), sitting) as stage:
                await stage.prepare()
                await stage.perform([BY_ID[name] for name in scenarios], lambda *_: None)

    asyncio.run(play())
    return Story(EvidenceFile.open(path))


PLAYS = ("printer/user-data", "printer/user-data-as-uri", "job/isolation", "printer/description", "printer/omitted")


@pytest.mark.parametrize("place", [0, 5, 20])
@pytest.mark.parametrize(
    "concerned", [names_all, lambda r: r.operation is Operation.GET_PRINTER_ATTRIBUTES], ids=["all", "by-name-too"]
)
def test_what_stands_behind_a_broken_collection_is_read(
    tmp_path: Path, place: int, concerned: Callable[[Request], bool]
) -> None:
    story = story_of(tmp_path / "x.evidence", when(concerned, broken(place)), *PLAYS)
    with story.file:
        assert {end.outcome for end in story.file.rows(PlayEnd)} == {PLAYED}
        assert story.printer_text("printer-name") == OBEDIENT.printer_name
        assert story.vocabulary is NTFY_01
        assert story.printer is not None
        assert story.printer.get(NTFY_01.relay) is not None
        assert story.printer.get("x-unheard-of") is None
        with pytest.raises(Inconclusive, match=r"octet \d+, media-col-default: a named attribute inside a collection"):
            story.printer.get("media-col-default")


LIES_ABOUT_ITS_LENGTH = b"\x44\x00\x01x\x7f\xff"


def test_what_cannot_be_read_is_asked_for_by_name_and_known_to_be_absent_then(tmp_path: Path) -> None:
    story = story_of(tmp_path / "x.evidence", when(names_all, broken(3, LIES_ABOUT_ITS_LENGTH)), *PLAYS)
    with story.file:
        assert {end.outcome for end in story.file.rows(PlayEnd)} == {PLAYED}
        assert story.printer is not None
        assert story.printer.get("notify-lease-duration-supported") is None  # asked for by name, and not there
        with pytest.raises(Inconclusive, match="beyond octet"):
            story.printer.get("x-unheard-of")


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
    story = story_of(tmp_path / "x.evidence", lambda r, a: by_name(r, asks(r, a)), "printer/state-changed")
    with story.file:
        (end,) = story.file.rows(PlayEnd)
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
    story = story_of(tmp_path / "x.evidence", asks, "printer/description")
    with story.file, pytest.raises(Inconclusive, match=r"tells a printer-name that cannot be read: .*42fc726f"):
        story.printer_text("printer-name")
