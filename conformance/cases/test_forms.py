"""What is beside the body: the form that was asked for, once, with the notification in it."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from conformance.counted import counted
from conformance.record.run_record import PlayRecord
from conformance.record.subscription_record import SubscriptionRecord
from conformance.requirements import Otherwise
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire.mime import Part

from .case import case, expect
from .findings import beginning
from .job_lookup import SOMEBODY_ELSES, PlayedJob, jobs_of, may_be_somebody_elses, tells_of_another_job
from .mail_lookup import mails_of, media, require_granted, words
from .mailto_04 import may_be_about_the_printer
from .test_format import called

_MARKUP: Final = re.compile(r"<[^<>]*>")
_SIGNATURES: Final = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")


@case("4.3-1", on="attached")
def test_nothing_is_attached_that_was_not_asked_for(play: PlayRecord) -> None:
    for s, mail in mails_of(play):
        require_granted(play, s)
        kind = media(s.format or "").partition(";")[0]
        others = [p for p in mail.parsed.leaves if p.disposition == "attachment" and p is not mail.parsed.main]
        strange = [part for part in others if part.type not in (kind, "text/plain", *_SIGNATURES)]
        expect(
            not strange,
            expected=f"{s.format} and nothing else attached, as the subscription tells",
            actual=", ".join(map(called, strange)) + " beside it",
            where=tuple(mail.where(part.span) for part in strange[:3]),
            binding=False,
        )


@case("N-22", on="attached")
def test_no_part_is_there_twice(play: PlayRecord) -> None:
    for subscription, mail in mails_of(play):
        require_granted(play, subscription)
        kind = media(subscription.format or "").partition(";")[0]
        parts = [part for part in mail.parsed.leaves if part.type == kind and part is not mail.parsed.main]
        again = [
            p for i, p in enumerate(parts) if p.content.strip() in [before.content.strip() for before in parts[:i]]
        ]
        expect(
            not again,
            expected=f"{kind} once, about the one event of the mail",
            actual=f"{counted(len(parts), 'part')} of it, {len(again)} of them with the octets of another",
            where=tuple(mail.where(part.span) for part in again[:2]),
        )


@case("N-21", on="human")
def test_the_form_for_people_tells_printer_and_job(play: PlayRecord) -> None:
    """Text of another type than the body, as far as it is text: HTML without its markup."""
    printer, looked = words(play.run_record.printer_text("printer-name")), 0
    for s, mail in mails_of(play):
        require_granted(play, s)
        kind = media(s.format or "").partition(";")[0]
        parts = [p for p in mail.parsed.leaves if p.type == kind and p is not mail.parsed.main]
        if tells_of_another_job(play, mail) or not kind.startswith("text/"):
            continue
        # what a part says that is not in the charset that it names 5.1-2 and S-mime judge
        texts = [(part, _words_of(part)) for part in parts if part.string is not None]
        looked += len(texts)
        told = [(_untold(play, s, text, printer), part, text) for part, text in texts]
        if not told:
            continue
        # the form is the part that tells most: scanners on the way add footers
        missing, part, text = min(told, key=lambda one: len(one[0]))
        if missing == ["job-name or job-id"] and may_be_somebody_elses(play, s, mail):
            raise Inconclusive(SOMEBODY_ELSES, (mail.where(),))
        expect(
            not missing,
            expected=" and ".join(missing) + f" in the part of type {part.type}",
            actual=repr(beginning(text)),
            where=mail.where(part.span),
            binding=play.chose(Otherwise.C13_BINDS) or None,
        )
    if not looked:
        raise NotApplicable("no text for people was beside the body")


def _words_of(part: Part) -> str:
    text = part.string or ""
    return words(unescape(_MARKUP.sub(" ", text)) if part.type == "text/html" else text)


def _untold(play: PlayRecord, s: SubscriptionRecord, text: str, printer: str) -> list[str]:
    """What a text does not tell of printer and job."""
    jobs = jobs_of(play)
    about_a_job = bool(jobs) and not may_be_about_the_printer(s)
    told = {
        f"printer-name {printer!r}": printer in text or not printer.isascii(),
        "job-name or job-id": not about_a_job or any(_is_named(job, text) for job in jobs),
    }
    return [what for what, there in told.items() if not there]


def _is_named(job: PlayedJob, text: str) -> bool:
    return job.named_in(text) or str(job.id) in re.findall(r"\d+", text)
