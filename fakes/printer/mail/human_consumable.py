"""The Human Consumable form: the same few facts as plain text, HTML and PostScript (mailto-00 5, mailto-04 6.3)."""

from __future__ import annotations

import re
import textwrap
from datetime import UTC
from html import escape
from typing import Final

from conformance.wire.registry import JobState, PrinterState
from fakes.printer.notice import JobFacts, Notice, PrinterFacts
from fakes.printer.policy import Policy
from fakes.printer.state.clock import has_clock

from . import words
from .addresses import recipient
from .headers import clean
from .machine_consumable import COUNTED
from .originator import subscriber_address
from .words import fit, say

Fact = tuple[str, str]  # what it is called, what it is; both localized, on one line
_PAGE_COLUMNS: Final = 80  # of 10 point Helvetica on the narrower of A4 and Letter
_PAGE_LINES: Final = 50

_AT_THE_END: Final = ("event", "job-state", "job-reasons", "impressions", "sheets", "printer-state")
"""Facts that tell the end of a job from its beginning, as labels of `words.LABELS`."""


# ---------------------------------------------------------------- what is said


def headline(notice: Notice, policy: Policy) -> str:
    """What happened to what, in one phrase."""
    return f"{_event(notice, policy)}: {subject_name(notice, policy)}"


def _event(notice: Notice, policy: Policy) -> str:
    return clean(words.event_words(told_event(notice, policy), notice.subscription.language))


def told_event(notice: Notice, policy: Policy) -> str:
    """The event that is put into words."""
    return "job-created" if _told_as_beginning(notice, policy) else notice.event


def _told_as_beginning(notice: Notice, policy: Policy) -> bool:
    return policy.ends_told_as_beginnings and notice.event == "job-completed"


def subject_name(notice: Notice, policy: Policy) -> str:
    """The name of what the event is about; the job's number where it has no name."""
    if notice.is_job_event and notice.job is not None:
        return (clean(notice.job.name) if policy.names_jobs else "") or str(notice.job.id)
    return clean(notice.printer.name)


def facts(notice: Notice, policy: Policy) -> list[Fact]:
    """Everything the text tells, in order."""
    said = [*_about_mail(notice, policy), *_about_event(notice)]
    if notice.job is not None:
        said += _about_job(notice.job, notice)
    if not notice.is_job_event:
        said += _about_printer(notice.printer, notice.subscription.language)
    said += _about_source(notice, policy)
    language = notice.subscription.language
    left_out = {*policy.facts_left_out, *(() if policy.names_jobs else ("job-name",))}
    if _told_as_beginning(notice, policy):
        left_out.update(_AT_THE_END)
    return [
        (say(words.LABELS[label], language), clean(value).strip(" "))
        for label, value in said
        if value and label not in left_out
    ]


def _about_mail(notice: Notice, policy: Policy) -> list[Fact]:
    """Whatever the header says of the parties (mailto-00 section 5)."""
    said = [("printer", notice.printer.name)]
    if policy.traits.parties_in_body:
        address = subscriber_address(notice.subscription, policy)
        to = recipient(notice.subscription.recipient)
        said.append(("subscriber", notice.subscription.user_name + (f" <{address}>" if address else "")))
        said.append(("recipient", to.text if to else ""))
    return said


def _about_event(notice: Notice) -> list[Fact]:
    return [("event", f"{words.event_words(notice.event, notice.subscription.language)} ({notice.event})")]


def _about_job(job: JobFacts, notice: Notice) -> list[Fact]:
    language = notice.subscription.language
    said = [("job-name", job.name), ("job-id", str(job.id)), ("job-user", job.user_name)]
    if notice.is_job_event:
        said.append(("job-state", words.state_words(JobState, job.state, language)))
        said.append(("job-reasons", _reasons(job.state_reasons, language)))
    if notice.event in COUNTED:
        said.append(("impressions", str(job.impressions_completed)))
        said.append(("sheets", str(job.media_sheets_completed)))
    return said


def _about_printer(printer: PrinterFacts, language: str) -> list[Fact]:
    return [
        ("printer-state", words.state_words(PrinterState, printer.state, language)),
        ("printer-reasons", _reasons(printer.state_reasons, language)),
        ("accepting", say(words.YES if printer.accepting_jobs else words.NO, language)),
    ]


def _about_source(notice: Notice, policy: Policy) -> list[Fact]:
    said = []
    if policy.event_time == "up-time":
        said.append(("time", f"{notice.printer.up_time} {say(words.SECONDS, notice.subscription.language)}"))
    if has_clock(policy):
        said.append(("time", f"{notice.when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"))
    if policy.traits.up_time_in_body:
        up_time = int(notice.printer.up_time / policy.up_time_unit)
        said.append(("up-time", f"{up_time} {say(words.SECONDS, notice.subscription.language)}"))
    return [
        *said,
        ("printer-uri", notice.printer.uri),
        ("subscription", str(notice.subscription.id)),
        ("sequence", str(notice.subscription.sequence)),
    ]


def _reasons(keywords: tuple[str, ...], language: str) -> str:
    return ", ".join(words.reason_words(keyword, language) for keyword in keywords or ("none",))


# ---------------------------------------------------------------- how it is written


def plain(notice: Notice, policy: Policy, charset: str) -> bytes:
    """Lines with CRLF in ``charset``."""
    language = notice.subscription.language
    lines = [f"{label}: {value}" for label, value in facts(notice, policy)]
    if "headline" not in policy.facts_left_out:
        lines = [headline(notice, policy), "", *lines]
    return fit("".join(f"{line}\r\n" for line in lines), charset, language).encode(charset)


def html(notice: Notice, policy: Policy, charset: str) -> bytes:
    """A small page in ``charset``; what the charset lacks is written as a character reference."""
    language = "de" if words.is_german(notice.subscription.language) else "en"
    title = escape(headline(notice, policy))
    rows = "".join(
        f"<tr><th>{escape(label)}</th>\r\n<td>{escape(value)}</td></tr>\r\n" for label, value in facts(notice, policy)
    )
    page = (
        f'<!DOCTYPE html>\r\n<html lang="{language}">\r\n<head><title>\r\n{title}\r\n</title></head>\r\n<body>\r\n'
        f"<h1>{title}</h1>\r\n<table>\r\n{rows}</table>\r\n</body>\r\n</html>\r\n"
    )
    return page.encode(charset, "xmlcharrefreplace")


def postscript(notice: Notice, policy: Policy) -> bytes:
    """One page in Helvetica; 7-bit, as Latin-1 characters are written as octal escapes."""
    language = notice.subscription.language
    lines = [headline(notice, policy), ""]
    for label, value in facts(notice, policy):
        lines += textwrap.wrap(f"{label}: {value}", _PAGE_COLUMNS) or [f"{label}:"]
    shown = "".join(f"({_postscript_string(fit(line, 'iso-8859-1', language))}) line\n" for line in lines[:_PAGE_LINES])
    return (
        "%!PS-Adobe-3.0\n%%Pages: 1\n%%DocumentNeededResources: font Helvetica\n%%LanguageLevel: 2\n%%EndComments\n"
        "/Latin /Helvetica findfont dup length dict begin\n"
        "{1 index /FID ne {def} {pop pop} ifelse} forall\n"
        "/Encoding ISOLatin1Encoding def currentdict end definefont 10 scalefont setfont\n"
        "/height 740 def\n"
        "/line {60 height moveto show /height height 14 sub def} def\n"
        f"%%Page: 1 1\n{shown}showpage\n%%Trailer\n%%EOF\n"
    ).encode("ascii")


def _postscript_string(text: str) -> str:
    """The inside of a PostScript string (PLRM section 3.2.2)."""
    escaped = re.sub(r"([()\\])", r"\\\1", text)
    return "".join(c if c.isascii() else f"\\{ord(c):03o}" for c in escaped)
