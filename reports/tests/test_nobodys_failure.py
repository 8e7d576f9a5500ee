"""Trouble that no printer answers for fails no requirement: busy, forbidden, full of others, slow, out of paper."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.record.evidence import EvidenceFile
from conformance.record.session_owner import NO, YES
from conformance.scenarios.steps import Elapse, OutliveLease, Pass
from conformance.verdict import CaseResult, Outcome
from conformance.vocabulary import RFC3995, Edition
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status
from fakes.printer import OBEDIENT, Policy
from fakes.recipient.journal import Journal
from fakes.stage import asking_again, unanswered
from fakes.stage.first_plays import UNPRINTED
from fakes.stage.ixit import Ixit
from fakes.stage.requests import operation_group
from fakes.stage.subscriber import Subscriber
from fakes.stage.tests.meddling import Choice, Fate, Meddler, SeenRequest, behind
from reports.tests.played_and_judged import blamed, played_and_judged, scenarios_for

BENCH: Final = replace(Ixit.for_loopback(), mail_timeout=0.5)  # what comes later is no printer's failure either
LATER: Final = replace(OBEDIENT, edition=Edition.MAILTO_04, vocabulary=RFC3995)
QUICK: Final = (
    "operations", "attributes", "owner", "login", "nameless", "no-subscription", "only-validated", "added", "twins",
    "per-printer-twins", "cancelled", "lease-inside", "lease-zero", "renewed", "job-renewed", "job-lease", "overfull",
    "no-recipient", "unheard-of-scheme", "mixed", "all-bad", "events-most", "events-excess", "substitute", "many",
    "third-party", "no-mailbox", "bare-user-data", "no-user-data", "omitted", "html", "job/ipp", "plain-address",
    "job/isolation", "job/before-any-event", "job/event-job-state-changed", "job/ended", "job/only-created",
    "printer/event-printer-stopped", "job/two-jobs", "later-recipient", "later-no-user-data", "awkward/names-quotes",
)  # fmt: skip
WAITS: Final = (OutliveLease, Pass, Elapse)
JOB_CREATION: Final = (Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.VALIDATE_JOB)
CREATION: Final = (*JOB_CREATION, Operation.CREATE_PRINTER_SUBSCRIPTIONS, Operation.CREATE_JOB_SUBSCRIPTIONS)
MANAGEMENT: Final = (
    Operation.GET_SUBSCRIPTION_ATTRIBUTES, Operation.GET_SUBSCRIPTIONS, Operation.RENEW_SUBSCRIPTION,
    Operation.CANCEL_SUBSCRIPTION,
)  # fmt: skip
AT_WORK: Final = (
    Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER, Operation.HOLD_JOB, Operation.CANCEL_JOB,
    Operation.GET_JOB_ATTRIBUTES, Operation.SEND_DOCUMENT,
)  # fmt: skip


def tried(
    directory: Path,
    choose: Choice,
    on: Iterable[str],
    *,
    policy: Policy = OBEDIENT,
    meet: Callable[[Meddler, str], None] = lambda *_: None,
    waiting: bool = False,
    ixit: Ixit = BENCH,
) -> tuple[CaseResult, ...]:
    """What the cases say of the reference printer behind a meddler."""
    played = scenarios_for(on, policy.edition)
    scenarios = [s for s in played if waiting or not any(isinstance(one, WAITS) for one in s.steps)]
    return played_and_judged(directory, behind(policy, meet, choose), scenarios, policy, ixit)


def outcomes_of(results: Iterable[CaseResult], requirement: str) -> set[Outcome]:
    return {r.outcome for r in results if requirement in r.requirements}


def answering(status: Status, *operations: Operation, only_first: bool = False) -> Choice:
    """That answer to each request for these operations, or to the first alone of those that are alike."""
    before: list[object] = []

    def choose(request: SeenRequest) -> Fate | ipp.Message:
        alike = (request.operation, request.message.groups)
        first = alike not in before
        before.append(alike)
        if request.operation not in operations or (only_first and not first):
            return Fate.PASS
        return ipp.Message(int(status), request.message.request_id, (ipp.Group(GroupTag.OPERATION, HEAD),))

    return choose


HEAD: Final = (ipp.charset("attributes-charset", "utf-8"), ipp.natural_language("attributes-natural-language", "en"))


def test_a_printer_that_is_busy_at_first_is_asked_again_and_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_again, "BUSY_PAUSE", 0.01)
    everything = (*CREATION, *MANAGEMENT, *AT_WORK, Operation.GET_PRINTER_ATTRIBUTES)
    on = ("operations", "omitted", "attributes", "added", "renewed", "job/isolation", "twins")
    results = tried(tmp_path, answering(Status.SERVER_ERROR_BUSY, *everything, only_first=True), on)
    assert blamed(results) == []
    assert [r.id for r in results if r.outcome is Outcome.INCONCLUSIVE] == []
    assert outcomes_of(results, "3-1") == outcomes_of(results, "N-01") == {Outcome.MET}


def test_a_printer_that_is_busy_for_good_is_not_asked_for_ever_and_not_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_again, "BUSY_SECONDS", 0.0)
    monkeypatch.setattr(unanswered, "GIVE_UP_AFTER", 1_000)
    results = tried(tmp_path, answering(Status.SERVER_ERROR_BUSY, *JOB_CREATION), QUICK)
    assert blamed(results) == []
    assert outcomes_of(results, "3-1") == {Outcome.INCONCLUSIVE}
    (reason,) = {r.reason for r in results if "3-1" in r.requirements}
    assert reason.startswith("Print-Job: the printer is busy, also when asked again: server-error-busy (ipp #")


@pytest.mark.parametrize("by_http", [True, False])
def test_plays_at_a_printer_that_is_busy_for_good_are_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, by_http: bool
) -> None:
    def unavailable(request: SeenRequest) -> Fate:
        return Fate.UNAVAILABLE if request.operation in CREATION else Fate.PASS

    monkeypatch.setattr(asking_again, "BUSY_SECONDS", 0.0)
    busy = unavailable if by_http else answering(Status.SERVER_ERROR_BUSY, *CREATION)
    results = tried(tmp_path, busy, QUICK)
    reasons = {r.reason.partition(":")[0] for r in results if r.outcome is Outcome.INCONCLUSIVE}
    assert f"not tried after {unanswered.GIVE_UP_AFTER} plays in a row without answer" in reasons


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("jobs", Status.SERVER_ERROR_BUSY),
        ("management", Status.SERVER_ERROR_TEMPORARY_ERROR),
        ("work", Status.SERVER_ERROR_SERVICE_UNAVAILABLE),
    ],
    ids=lambda value: value if isinstance(value, str) else value.keyword,
)
def test_evidence_of_a_busy_printer_that_was_not_asked_again_blames_nobody(
    what: str, status: Status, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_again, "BUSY", frozenset())  # as it was recorded before
    monkeypatch.setattr("fakes.stage.play_under_way.BUSY", frozenset())
    monkeypatch.setattr("fakes.stage.tidying.TIDY_SECONDS", 0.0)
    assert blamed(tried(tmp_path, answering(status, *REFUSED[what][1]), QUICK)) == []


REFUSED: Final = {
    "creation": (Status.CLIENT_ERROR_FORBIDDEN, CREATION),
    "jobs": (Status.CLIENT_ERROR_NOT_AUTHENTICATED, JOB_CREATION),
    "subscriptions": (Status.CLIENT_ERROR_NOT_AUTHORIZED, CREATION[3:]),
    "management": (Status.CLIENT_ERROR_NOT_AUTHORIZED, MANAGEMENT),
    "work": (Status.CLIENT_ERROR_FORBIDDEN, AT_WORK),
}


@pytest.mark.parametrize("policy", [OBEDIENT, LATER], ids=["mailto-00", "mailto-04"])
@pytest.mark.parametrize("what", REFUSED)
def test_rights_that_are_refused_fail_nothing(what: str, policy: Policy, tmp_path: Path) -> None:
    results = tried(tmp_path, answering(REFUSED[what][0], *REFUSED[what][1]), QUICK, policy=policy)
    assert blamed(results, policy) == []
    if what == "creation":
        assert outcomes_of(results, "3-3") == outcomes_of(results, "3-1") == {Outcome.INCONCLUSIVE}
        assert outcomes_of(results, "N-09") == {Outcome.INCONCLUSIVE}
        assert outcomes_of(results, "3-5") == {Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE}  # the ledger has no mail


@pytest.mark.parametrize("policy", [OBEDIENT, LATER], ids=["mailto-00", "mailto-04"])
def test_places_that_others_hold_fail_nothing(policy: Policy, tmp_path: Path) -> None:
    subscribing = (Operation.CREATE_PRINTER_SUBSCRIPTIONS, Operation.CREATE_JOB_SUBSCRIPTIONS)
    full = answering(Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS, *subscribing)
    results = tried(tmp_path, full, QUICK, policy=policy)
    assert blamed(results, policy) == []
    assert outcomes_of(results, "3-3") == {Outcome.INCONCLUSIVE}


# ---------------------------------------------------------------- slow, and out of paper


SLOW: Final = 2.5  # seconds: longer than the shortest lease, and than what two clocks may differ by
READING: Final = (Operation.GET_SUBSCRIPTION_ATTRIBUTES, Operation.GET_PRINTER_ATTRIBUTES)


@pytest.mark.parametrize("before", [True, False], ids=["before-the-request-is-read", "before-the-answer-is-sent"])
def test_what_takes_its_time_moves_the_clocks_and_not_the_verdict(before: bool, tmp_path: Path) -> None:
    def slowly(meddler: Meddler, _: str) -> None:
        def seconds(request: SeenRequest) -> float:
            return SLOW if request.place and request.operation in READING else 0.0

        if before:
            meddler.late = seconds
        else:
            meddler.slow = seconds

    on = (
        "printer/attributes",
        "printer/up-time",
        "printer/lease-min",
        "printer/lease-inside",
        "printer/renewed-inside",
    )
    results = tried(tmp_path, lambda _: Fate.PASS, on, meet=slowly, waiting=True)
    assert blamed(results) == []
    assert outcomes_of(results, "4.12-1") == {Outcome.MET}
    judged = {r.id: r.outcome for r in results}
    assert judged["lease.the_end_is_now_plus_the_lease[printer/lease-inside]"] is Outcome.MET
    assert judged["lease.the_subscription_tells_when_its_lease_ends[printer/lease-min]"] is (
        Outcome.INCONCLUSIVE if before else Outcome.MET  # it was over, or not, when the request was read
    )


@pytest.mark.parametrize("goes_on", [True, False], ids=["for-a-moment", "for-good"])
def test_a_printer_that_stops_by_itself_tells_its_subscribers_so(goes_on: bool, tmp_path: Path) -> None:
    own: list[str] = []

    async def run_out_of_paper() -> None:
        operations = [Operation.PAUSE_PRINTER, *([Operation.RESUME_PRINTER] if goes_on else [])]
        with EvidenceFile.create(tmp_path / "elsewhere.evidence") as file:
            async with Journal(file) as journal:
                for operation in operations:
                    subscriber = Subscriber(journal, own[0], timeout=5.0)
                    await subscriber.post(operation, [operation_group(own[0], "the paper tray")])

    tasks: list[asyncio.Future[None]] = []

    def stop_behind_the_last_job(request: SeenRequest, answer: ipp.Message) -> ipp.Message:
        if request.operation is Operation.PRINT_JOB and request.nth == 2:
            tasks.append(asyncio.ensure_future(run_out_of_paper()))
        return answer

    def meet(meddler: Meddler, uri: str) -> None:
        own.append(uri)
        meddler.rewrite = stop_behind_the_last_job

    results = tried(tmp_path, lambda _: Fate.PASS, ["printer/no-job-event"], meet=meet)
    assert tasks
    assert blamed(results) == []
    (own_case,) = (r for r in results if "a_job_event_is_not_mailed" in r.id)
    assert own_case.outcome is (Outcome.INCONCLUSIVE if goes_on else Outcome.MET)


# ---------------------------------------------------------------- in the oldest manner


def test_requests_and_answers_may_have_it_all_in_the_operation_group(tmp_path: Path) -> None:
    seen: list[SeenRequest] = []

    def watch(request: SeenRequest) -> Fate:
        seen.append(request)
        return Fate.PASS

    oldest = replace(OBEDIENT, answers_in="operation-group")
    on = ("operations", "omitted", "added", "attributes", "lease-inside", "renewed", "bare-user-data", "twins")
    results = tried(tmp_path, watch, on, policy=oldest, ixit=replace(BENCH, carrier="operation-group"))
    assert not any(request.message.all(GroupTag.SUBSCRIPTION) for request in seen)
    assert blamed(results) == []
    assert [r.id for r in results if r.outcome is Outcome.INCONCLUSIVE] == []
    for requirement in ("3-1", "3-2", "3-3", "4.3-1", "4.4-1", "4.7-1", "4.9-1", "N-01", "N-12"):
        assert Outcome.MET in outcomes_of(results, requirement), requirement


# ---------------------------------------------------------------- held up on the way

UNMAILED: Final = (
    ({"no_mail_for": "html"}, ("html",), "1-2"),
    ({"unheard_event": "printer-stopped"}, ("event-printer-stopped",), "4.2-2"),
    ({"unheard_event": "job-state-changed"}, ("event-job-state-changed",), "4.2-2"),
    ({"twins": "two-with-one-mail"}, ("printer/twins", "job/isolation"), "N-11"),
    ({"ends_unmailed": "of-cancelled-jobs"}, (UNPRINTED, "given-up"), "1-2"),
    ({"mail_for_each_event": False, "delivery_delay": 0.1}, ("printer/burst",), "N-22"),
)


@pytest.mark.parametrize("relay", [YES, NO])
@pytest.mark.parametrize(("change", "on", "requirement"), UNMAILED, ids=lambda value: str(value))
def test_a_mail_that_a_relay_may_hold_is_not_missing_yet(
    change: dict[str, Any], on: tuple[str, ...], requirement: str, relay: str, tmp_path: Path
) -> None:
    policy = replace(OBEDIENT, vocabulary=RFC3995, **change)
    results = tried(tmp_path, lambda _: Fate.PASS, on, policy=policy, ixit=replace(BENCH, relay=relay))
    found = outcomes_of(results, requirement)
    assert (Outcome.VIOLATED in found) == (relay == NO)
    if relay == YES:
        assert blamed(results, policy) == []
        assert any("relay" in r.reason for r in results if r.outcome is Outcome.INCONCLUSIVE)


@pytest.mark.parametrize(("relay", "judged"), [(YES, Outcome.NOT_APPLICABLE), (NO, Outcome.VIOLATED)])
def test_a_refusal_that_a_relay_met_ends_no_subscription(tmp_path: Path, relay: str, judged: Outcome) -> None:
    keeps = replace(LATER, cancel_refused=False)
    results = tried(
        tmp_path, lambda _: Fate.PASS, ["printer/undeliverable"], policy=keeps, ixit=replace(BENCH, relay=relay)
    )
    assert outcomes_of(results, "R-Error-1") == {judged}
