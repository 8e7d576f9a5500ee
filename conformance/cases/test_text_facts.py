"""Section 7.3 of the base document, and 6.3 of the later edition: what a text tells of a job is true of it."""

from __future__ import annotations

from conformance.record.run_record import RunRecord
from conformance.verdict import Inconclusive, NotApplicable

from .case import RUN, case
from .findings import Finding, conclude
from .mailto_04 import event_bounds, moment_of
from .text_facts import GRACE, TextFact, clock_is_steady, contradictions, known_mails


@case("N-21", "M4-Body-5", on=RUN)
def test_no_text_names_another_job_number_owner_or_time(run: RunRecord) -> None:
    looked, found = contradictions(run)
    if not looked:
        raise NotApplicable("no text of this run has a line with a job's number, its owner or a time")
    conclude(
        [Finding(f"{one.line!r}, about {one.right}", one.mail.where()) for one in found],
        expected=f"{', '.join(TextFact)} as the printer told them over IPP",
        binding=False,
    )


@case("5-3", on=RUN)
def test_no_date_is_another_than_the_printers_clock_has(run: RunRecord) -> None:
    looked, found = 0, list[Finding]()
    for known in known_mails(run, every=True):
        field = known.mail.parsed.one("Date")
        try:
            told = moment_of(field.value) if field is not None else None
            reading, low, high = event_bounds(known.play, known.subscription, known.mail.t)
        except (Inconclusive, NotApplicable):
            continue
        if field is None or told is None:
            continue  # what is no date is judged by itself
        right = low - GRACE <= told.first <= high + GRACE
        if not right and (run.perhaps_relayed(known.mail) is not None or not clock_is_steady(known, reading)):
            continue  # a relay has a clock of its own, and dates what has no date
        looked += 1
        if not right:
            clock = f"{high:%d %b %Y %H:%M:%S} UTC by printer-current-time ({reading.where()})"
            found.append(Finding(f"{field.text!r} in a mail of {clock}", known.mail.where(field.span)))
    if not looked:
        raise NotApplicable("no mail has a Date that can be held to a clock that the printer tells")
    conclude(found, expected="a Date within an hour of the printer's own clock", binding=False)
