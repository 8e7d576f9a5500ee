"""Section 3 and the operations of the base document that section 7 item 1 pulls in; third parties, section 10."""

from __future__ import annotations

from typing import Final

from conformance.counted import counted
from conformance.record.exchanges import Answer, told_group
from conformance.record.outcomes import Printed, Renewed
from conformance.record.run_record import PlayRecord
from conformance.verdict import Inconclusive, NotApplicable
from conformance.vocabulary import RFC3995
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status

from .case import case, expect
from .ipp_lookup import (
    attribute_of,
    expect_no_number,
    listed_for,
    listed_numbers,
    number_of,
    printer_words,
    refused,
    shown,
)
from .mail_lookup import require_triggers

REQUIRED_OPERATIONS: Final = (
    Operation.CREATE_PRINTER_SUBSCRIPTIONS,
    Operation.GET_SUBSCRIPTION_ATTRIBUTES,
    Operation.GET_SUBSCRIPTIONS,
    Operation.RENEW_SUBSCRIPTION,
    Operation.CANCEL_SUBSCRIPTION,
)
REQUIRED_EVENTS: Final = ("job-created", "job-completed", "job-state-changed", "printer-state-changed")
REQUIRED_EVENTS_RFC3995: Final = (*REQUIRED_EVENTS, "printer-stopped")


# ---------------------------------------------------------------- what the printer lists


@case("N-01", on="operations")
def test_the_obligatory_operations_are_listed(play: PlayRecord) -> None:
    attribute = (play.run_record.printer or ipp.Group(GroupTag.PRINTER)).get("operations-supported")
    listed = attribute.integers() if attribute is not None else []
    missing = [operation for operation in REQUIRED_OPERATIONS if operation not in listed]
    expect(
        not missing,
        expected="in operations-supported: " + ", ".join(f"0x{o:04x}" for o in REQUIRED_OPERATIONS),
        actual="not there: " + ", ".join(f"0x{o:04x} {o.keyword}" for o in missing),
        where=play.step("Describe").answer.where(),
    )


@case("N-02", on="operations")
def test_mail_is_a_listed_scheme(play: PlayRecord) -> None:
    name = play.run_record.vocabulary.schemes_supported
    listed = [word.lower() for word in printer_words(play, name)]
    if "mailto" not in listed and "mailto:" not in listed and not play.subscription.id and not play.run_record.mails:
        raise NotApplicable(f"the printer neither lists mailto in {name} nor takes it")
    expect(
        "mailto" in listed,
        expected=f"mailto in {name}",
        actual=", ".join(listed) or f"no {name}",
        where=play.step("Describe").answer.where(),
        binding=False if "mailto:" in listed else None,  # with the colon, as one draft prints it, only warns
    )


@case("N-03", on="operations")
def test_the_obligatory_events_are_listed(play: PlayRecord) -> None:
    required = REQUIRED_EVENTS_RFC3995 if play.run_record.vocabulary is RFC3995 else REQUIRED_EVENTS
    _lists_events(play, required)


@case("N-03", on="operations")
def test_the_event_none_is_listed(play: PlayRecord) -> None:
    _lists_events(play, ("none",))


def _lists_events(play: PlayRecord, required: tuple[str, ...]) -> None:
    name = play.run_record.vocabulary.events_supported
    listed = printer_words(play, name)
    missing = [event for event in required if event not in listed]
    expect(
        not missing,
        expected=f"{', '.join(required)} in {name}",
        actual=f"{', '.join(missing)} missing among {', '.join(listed)}" if listed else f"no {name}",
        where=play.step("Describe").answer.where(),
    )


@case("N-03", on="operations")
def test_default_events_are_supported_ones(play: PlayRecord) -> None:
    v = play.run_record.vocabulary
    default, listed = printer_words(play, v.events_default), printer_words(play, v.events_supported)
    expect(
        bool(default) and set(default) <= set(listed),
        expected=f"{v.events_default} with values of {v.events_supported}",
        actual=", ".join(event for event in default if event not in listed) or f"no {v.events_default}",
        where=play.step("Describe").answer.where(),
    )


# ---------------------------------------------------------------- each operation


@case("N-01", on="operations")
def test_a_subscription_is_created_on_a_rightful_request(play: PlayRecord) -> None:
    _succeeds(play.subscription.judgeable().creation)


@case("N-01", on="operations")
def test_a_subscription_can_be_read(play: PlayRecord) -> None:
    play.subscription.created()
    answer, group = play.query("read")
    _succeeds(answer)
    expect(
        group is not None,
        expected="a subscription group in the answer to Get-Subscription-Attributes",
        actual=f"{answer.keyword} without one",
        where=answer.where(),
    )


@case("N-01", on="operations")
def test_subscriptions_can_be_listed(play: PlayRecord) -> None:
    answer = play.labelled("list").answer
    if answer.status == Status.CLIENT_ERROR_NOT_FOUND:
        play.subscription.created()  # the drafts do not say what an empty list is
    _succeeds(answer)


@case("N-01", on="operations")
def test_a_subscription_can_be_renewed(play: PlayRecord) -> None:
    play.subscription.created()
    _succeeds(play.labelled("renewed").answer)


@case("N-01", on="operations")
def test_a_subscription_can_be_cancelled(play: PlayRecord) -> None:
    play.subscription.created()
    _succeeds(play.labelled("cancelled").answer)


def _succeeds(answer: Answer) -> None:
    answer.judgeable()
    expect(
        answer.ok,
        expected=f"a successful answer to {answer.operation}",
        actual=answer.keyword,
        where=answer.where(),
    )


# ---------------------------------------------------------------- what Create and Renew answer


@case("N-14", on="operations")
def test_the_answer_to_create_names_the_subscription(play: PlayRecord) -> None:
    answer = play.step("Subscribe").answer
    if not answer.ok:
        raise Inconclusive(f"{answer.operation} answered {answer.keyword}", (answer.where(),))
    attribute = answer.message.find(play.run_record.vocabulary.subscription_id)
    expect(
        attribute is not None and (attribute.value.integer or 0) > 0,
        expected=f"{play.run_record.vocabulary.subscription_id} in the answer to {answer.operation}",
        actual=attribute.show() if attribute is not None else f"{answer.keyword} without it",
        where=answer.where(attribute),
    )


@case("N-14", on="operations")
def test_the_answer_to_create_tells_the_lease(play: PlayRecord) -> None:
    s = play.subscription.created()
    if s.group is not None:
        _tells_lease(play, s.creation, s.group)


@case("N-14", on="operations")
def test_the_answer_to_renew_tells_the_lease(play: PlayRecord) -> None:
    play.subscription.created()
    answer = play.labelled("renewed").answer
    if not answer.ok:
        raise Inconclusive(f"{answer.operation} answered {answer.keyword}", (answer.where(),))
    v, none = play.run_record.vocabulary, ipp.Group(GroupTag.OPERATION)
    group, first = told_group(answer.message, v), answer.message.first(GroupTag.OPERATION) or none
    if group is None or (v.lease_expiration not in group and v.lease_expiration in first):
        group = first
    _tells_lease(play, answer, group)


def _tells_lease(play: PlayRecord, answer: Answer, group: ipp.Group) -> None:
    v, owner = play.run_record.vocabulary, f"the answer to {answer.operation}"
    if v is RFC3995:
        number_of(answer, group, v.lease_requested, owner)
        return
    number_of(answer, group, v.lease_expiration, owner)
    number_of(answer, group, v.find(group, v.up_time) or v.up_time, owner)


# ---------------------------------------------------------------- renewing


@case("N-15", on="job-renewed")
def test_renewing_a_subscription_of_a_job_grants_it_for_ever(play: PlayRecord) -> None:
    play.subscription.created()
    answer = play.labelled("renewed").answer.judgeable()
    name = play.run_record.vocabulary.lease_expiration
    attribute = answer.message.find(name)
    expect(
        answer.ok and attribute is not None and attribute.value.integer == 0,
        expected=f"success, and {name} 0",
        actual=f"{answer.keyword}, {attribute.show() if attribute is not None else 'no ' + name}",
        where=answer.where(attribute),
    )


@case("R-Renew-1", on="job-renewed")
def test_a_subscription_of_a_job_cannot_be_renewed(play: PlayRecord) -> None:
    play.subscription.created()
    answer = play.labelled("renewed").answer.judgeable()
    expect(
        answer.status == Status.CLIENT_ERROR_NOT_POSSIBLE,
        expected="client-error-not-possible",
        actual=answer.keyword,
        where=answer.where(),
    )


@case("R-Renew-2", on="renewed")
def test_the_status_of_renew_tells_whether_the_lease_is_the_one_asked_for(play: PlayRecord) -> None:
    play.subscription.created()
    step = play.labelled("renewed")
    answer, asked, v = step.answer, step.came_of(Renewed).lease, play.run_record.vocabulary
    if not answer.ok:
        raise Inconclusive(f"{answer.operation} answered {answer.keyword}", (answer.where(),))
    group = told_group(answer.message, v)
    attribute = group.get(v.lease_requested) if group is not None else None
    granted = attribute.value.integer if attribute is not None else None
    if granted is None or asked is None:
        raise Inconclusive(f"the answer to {answer.operation} does not tell {v.lease_requested}", (answer.where(),))
    wanted = Status.SUCCESSFUL_OK if granted == asked else Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    expect(
        answer.status == wanted,
        expected=f"{wanted.keyword}, since {asked} s were asked for and {granted} s granted",
        actual=answer.keyword,
        where=answer.where(attribute),
    )


# ---------------------------------------------------------------- jobs


@case("3-2", on="added")
def test_a_subscription_is_added_to_a_job(play: PlayRecord) -> None:
    if play.subscription.id is None:
        refused(play.subscription, "success, and the number of a new subscription")


@case("3-2", on="added")
def test_an_added_subscription_is_one_of_that_job(play: PlayRecord) -> None:
    s, v, job = play.subscription.created(), play.run_record.vocabulary, play.step("Print").came_of(Printed).job
    if v is RFC3995:
        answer, group = shown(play, "made")
        expect(
            number_of(answer, group, v.job_id) == job,
            expected=f"{v.job_id} {job}, that of the job it was added to",
            actual=attribute_of(answer, group, v.job_id).show(),
            where=answer.where(group.get(v.job_id)),
        )
        return
    of_job, its = listed_numbers(play, "of-job")
    of_printer, others = listed_numbers(play, "of-printer")
    if s.id not in its and s.id not in others:
        raise Inconclusive(f"subscription {s.id} is listed nowhere", (of_job.where(), of_printer.where()))
    expect(
        s.id in its,
        expected=f"subscription {s.id} among the subscriptions of job {job}",
        actual=f"subscriptions {', '.join(map(str, its))}"
        if its
        else f"none there, and subscription {s.id} among those of the printer",
        where=(of_job.where(), of_printer.where()),
    )


@case("3-2", on="added")
def test_an_added_subscription_is_mailed_about_its_job(play: PlayRecord) -> None:
    s = play.subscription.created()
    if not s.mails:
        require_triggers(play)  # a job that gets no document does not end
        if not play.missing_is_proven("s"):
            raise Inconclusive(f"no mail came, and {play.why_unproven}")
    expect(
        bool(s.mails),
        expected="a mail when the job is completed",
        actual="none, though a mail about a later job came",
        where=s.creation.where(),
    )


@case("N-18", on="only-validated")
def test_validating_gives_no_number(play: PlayRecord) -> None:
    expect_no_number(play.subscription, "Validate-Job makes none")


@case("N-18", on="only-validated")
def test_what_was_validated_is_not_listed(play: PlayRecord) -> None:
    answer, group = listed_for(play, "after", play.subscription)
    expect(
        group is None,
        expected="no subscription that was only validated",
        actual=", ".join(a.show() for a in group or ()),
        where=answer.where(),
    )


@case("N-18", on="only-validated")
def test_what_was_validated_is_not_mailed(play: PlayRecord) -> None:
    play.proven_silence()
    mails = play.subscription.mails
    expect(
        not mails,
        expected="no mail for a subscription that was only validated",
        actual=counted(len(mails), "mail"),
        where=tuple(mail.where() for mail in mails),
    )


# ---------------------------------------------------------------- on what there is not


@case("N-24", on="never-made")
def test_a_subscription_that_never_was_cannot_be_read(play: PlayRecord) -> None:
    _is_refused(play, "read")


@case("N-24", on="never-made")
def test_a_subscription_that_never_was_cannot_be_renewed(play: PlayRecord) -> None:
    _is_refused(play, "renewed")


@case("N-24", on="never-made")
def test_a_subscription_that_never_was_cannot_be_cancelled(play: PlayRecord) -> None:
    _is_refused(play, "cancelled")


def _is_refused(play: PlayRecord, label: str) -> None:
    answer = play.labelled(label).answer.judgeable()
    if answer.status == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED:
        raise NotApplicable(f"the printer has no {answer.operation}, which N-01 is about", (answer.where(),))
    expect(
        not answer.ok,
        expected="client-error-not-found, since there never was such a subscription",
        actual=answer.keyword,
        where=answer.where(),
    )
