"""Each mail with what is known of it: its view, the origin and the requirements of each field, and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.requirements import Catalogue, catalogue
from conformance.vocabulary import NTFY_01, VOCABULARIES, Edition
from reports.formats.html.environment import readable
from reports.formats.html.field_origins import FieldOrigin, origin_of, source_of
from reports.viewing.octets import shortened

from .alone import MailAlone, Marks, together
from .desk import Desk
from .live_store import SHOWN, LiveStore, OneMail, digest
from .models import HeaderField, Judged, MailDetail, MailMark, PartOfMail
from .referee import PlayMarks


@dataclass(frozen=True, slots=True)
class JudgedMail:
    """All that a page or the API shows of a mail."""

    one: OneMail
    fields: tuple[FieldOrigin, ...]
    judged: Judged
    catalogue: Catalogue


def mark_of(desk: Desk, mail: int) -> MailMark | None:
    """A word for a mail in the list, by its play; ``None`` where that is not over."""
    known = desk.referee.of(mail) if desk.referee is not None else None
    if known is None:
        return None
    broken, met = len(known.marks.broken), len(known.marks.met)
    if broken:
        return MailMark(mail=mail, kind="fail", word=f"breaks {broken}")
    return MailMark(mail=mail, kind="pass" if met else "quiet", word=f"meets {met}")


async def judged_mail(desk: Desk, number: int) -> JudgedMail:
    """A mail with what is known of it; raises :class:`NotThereError`."""
    one = await desk.ask(LiveStore.one, number)
    by_play = desk.referee.of(number) if desk.referee is not None else None
    known = catalogue(desk.edition)
    if one.view is None:
        says = "It is too large to be taken apart here; save it, and let ippmailto check judge it."
        return JudgedMail(one, (), _judged("nothing", "", None, says), known)
    alone = await desk.alone(number) or MailAlone(Marks(known), 0)
    if by_play is not None:
        marks, vocabulary, told = together(by_play.marks, alone.marks), by_play.vocabulary, by_play.told
        judged = _judged("play", by_play.scenario, marks, _by_play(marks, by_play))
    else:
        marks, vocabulary, told = alone.marks, VOCABULARIES.get("rfc3995", NTFY_01), {}
        waits = "Its play is not over, or it belongs to none. " if desk.plan.run and desk.live else ""
        judged = _judged("mail", "", marks, waits + _by_itself(alone, desk.edition))
    fields = tuple(
        origin_of(
            field, source_of(field.name, desk.edition, vocabulary, told), marks.catalogue, marks.verdicts, marks.places
        )
        for field in one.view.fields
    )
    return JudgedMail(one, fields, judged, marks.catalogue)


def _judged(by: str, scenario: str, marks: Marks | None, says: str) -> Judged:
    return Judged.model_validate(
        {
            "by": by,
            "scenario": scenario,
            "broken": list(marks.broken) if marks else [],
            "met": list(marks.met) if marks else [],
            "unclear": list(marks.unclear) if marks else [],
            "says": says,
        }
    )


def _by_play(marks: Marks, by_play: PlayMarks) -> str:
    unclear = f", {len(marks.unclear)} without a result" if marks.unclear else ""
    return (
        f"By the cases of {by_play.scenario}, which is over, and by what a mail shows by itself: this mail breaks "
        f"{_number(len(marks.broken))} and meets {len(marks.met)}{unclear}. What a whole run shows is in its report."
    )


def _by_itself(alone: MailAlone, edition: Edition) -> str:
    return (
        f"Judged by itself by {edition.value}, as its subscription is not known: it breaks "
        f"{_number(len(alone.marks.broken))} and meets {len(alone.marks.met)}; {alone.lacking} need to know what it "
        "was made from. That is no verdict that it is right."
    )


def _number(count: int) -> str:
    return f"{count} requirement{'' if count == 1 else 's'}"


def detail_of(found: JudgedMail) -> MailDetail:
    """The same for the API."""
    view, one = found.one.view, found.one
    if view is None:
        return MailDetail(
            summary=one.summary, complete=False, sha256="", fields=[], parts=[], problems=[], judged=found.judged
        )
    fields = [
        HeaderField(
            name=each.field.name,
            raw=each.field.raw,
            says=str(readable(each.field.says)),
            problems=list(each.field.problems),
            octets=each.field.span,
            source=each.source,
            meets=list(each.meets),
            breaks=list(each.breaks),
        )
        for each in found.fields
    ]
    return MailDetail(
        summary=one.summary,
        complete=True,
        sha256=digest(view.octets),
        fields=fields,
        parts=parts_of(one),
        problems=list(view.problems),
        judged=found.judged,
    )


def parts_of(one: OneMail) -> list[PartOfMail]:
    """The parts that are shown, each with the checksum of its content."""
    shown = one.view.parts if one.view is not None else ()
    return [
        PartOfMail(
            number=number,
            depth=seen.depth,
            type=str(readable(shortened(part.type, SHOWN))),
            told=seen.told if part.declared else ", ".join(filter(None, ("by default", seen.told))),
            size=len(part.content) if not part.parts else len(part.octets),
            sha256="" if part.parts else digest(part.content),
            leaf=not part.parts,
            problems=list(seen.problems),
        )
        for number, ((part, _), seen) in enumerate(zip(one.parts, shown, strict=False))
    ]
