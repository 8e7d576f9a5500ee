"""Walks: whatever order things were done in, what was due came, and nothing came that was not due.

The ledger and the rules for every mail look at walks as at all plays; here is what they cannot know, since it hangs on
the state of the printer: stops, jobs that were cancelled or held, subscriptions that had ended.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.record.run_record import RunRecord
from conformance.record.walk_account import WalkFault, walk_findings, walk_plays
from conformance.verdict import Inconclusive, NotApplicable
from conformance.vocabulary import sub_values

from . import test_content, test_content_values, test_format
from .case import RUN, case
from .every_play import on_walks
from .findings import Finding, conclude
from .job_lookup import IPP, IppContent, contents_in

HTML = "text/html"


def _judge(run: RunRecord, fault: WalkFault, expected: str) -> None:
    """The judgement on findings of that kind in all walks."""
    if not walk_plays(run):
        raise NotApplicable("no walk was taken in this run")
    found = [f for f in walk_findings(run) if f.fault is fault]
    conclude([Finding(f"{f.told}, in {f.play.scenario}", f.where) for f in found], expected=expected)


@case(*WalkFault.MISSING.requirements, on=RUN)
def test_each_event_of_a_walk_is_mailed(run: RunRecord) -> None:
    _judge(run, WalkFault.MISSING, "a mail about each event that was subscribed to when it took place")
    for unseen in walk_findings(run):
        if unseen.fault is WalkFault.UNSEEN:
            raise Inconclusive(f"{unseen.told}, in {unseen.play.scenario}", (unseen.where,))


@case(*WalkFault.AFTER_END.requirements, on=RUN)
def test_nothing_of_a_walk_is_mailed_after_the_cancellation(run: RunRecord) -> None:
    _judge(run, WalkFault.AFTER_END, "no mail about what happened when the subscription had been cancelled")


@case(*WalkFault.AFTER_JOB.requirements, on=RUN)
def test_nothing_of_a_walk_is_mailed_after_the_end_of_the_job(run: RunRecord) -> None:
    _judge(run, WalkFault.AFTER_JOB, "no mail about what happened when the subscription's job had ended")


@case("4.2-2", on=RUN)
def test_the_contents_of_a_walk_name_listed_events(run: RunRecord) -> None:
    if not walk_plays(run):
        raise NotApplicable("no walk was taken in this run")
    found = []
    for content in _contents(run):
        listed = content.subscription.asked.events or ()
        event = content.text("trigger-event", "notify-subscribed-event")
        allowed = {*listed, *(sub for e in listed for sub in sub_values(run.vocabulary, e))}
        if event is not None and event not in allowed:
            told = f"{event} to {content.subscription.address}, which listed {', '.join(listed)}"
            found.append(Finding(told, content.where))
    conclude(found, expected="in each application/ipp part an event that its subscription listed")


def _contents(run: RunRecord) -> Iterator[IppContent]:
    """Those for programs, of subscriptions whose mails cannot be another's."""
    for play in walk_plays(run):
        addresses = [s.address for s in play.subscriptions.values()]
        for subscription in play.subscriptions.values():
            if addresses.count(subscription.address) == 1:
                for mail in subscription.mails:
                    yield from contents_in(mail, subscription)


# ---------------------------------------------------------------- forms of mail


@case("N-20", on=RUN)
def test_the_contents_of_a_walk_tell_what_they_have_to(run: RunRecord) -> None:
    judges = (
        test_content.test_the_content_begins_with_charset_language_and_printer,
        test_content.test_the_content_has_what_every_event_has,
        test_content.test_the_content_has_what_its_kind_of_event_has,
        test_content_values.test_the_content_names_the_printer_by_a_uri_of_its_own,
        test_content_values.test_the_content_names_printer_and_subscriber_in_full,
    )
    on_walks(run, judges, IPP)


@case("N-22", on=RUN)
def test_each_content_of_a_walk_tells_of_one_event(run: RunRecord) -> None:
    on_walks(run, (test_content.test_the_content_tells_of_one_event,), IPP)


@case("5.2-1", on=RUN)
def test_a_machine_form_of_a_walk_is_attached(run: RunRecord) -> None:
    on_walks(run, (test_format.test_a_machine_form_is_attached,), IPP)


@case("5.2-2", on=RUN)
def test_the_machine_form_of_a_walk_decodes_as_ipp(run: RunRecord) -> None:
    on_walks(run, (test_format.test_the_machine_form_decodes_as_ipp,), IPP)


@case("5.1-1", on=RUN)
def test_a_human_form_of_a_walk_is_a_mime_part(run: RunRecord) -> None:
    on_walks(run, (test_format.test_a_human_form_is_a_mime_part,), HTML)


@case("7-4", on=RUN)
def test_another_format_is_not_the_body_on_a_walk(run: RunRecord) -> None:
    on_walks(run, (test_format.test_another_format_is_not_the_body,), HTML)
