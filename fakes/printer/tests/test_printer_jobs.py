"""Jobs move as RFC 2911 says, and each change is one event."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.wire import ipp
from conformance.wire.ipp import Group
from conformance.wire.registry import GroupTag, JobState, Operation, PrinterState, Status
from fakes.printer.state.jobs import NEXT, Move

from .printer_bench import STEADY, PrinterBench, at

EVERY = ("job-created", "job-state-changed", "job-completed", "job-stopped", "printer-state-changed", "printer-stopped")
SLOW = replace(STEADY, job_seconds=30.0)


def test_a_job_goes_from_pending_to_completed_and_the_printer_with_it() -> None:
    async def play(bench: PrinterBench) -> None:
        await bench.subscription(events=EVERY)
        message = await bench.ask(Operation.PRINT_JOB, ipp.name_("job-name", "paper"), data=b"%PDF")
        assert message.code == Status.SUCCESSFUL_OK
        group = message.first(GroupTag.JOB)
        assert group is not None
        assert [a.name for a in group] == ["job-uri", "job-id", "job-state", "job-state-reasons"]
        assert group.attributes[2].integers() == [JobState.PENDING]
        seen = [(n.event, n.job.state if n.job else None, n.printer.state) for n in await bench.notices.arrive(5)]
        assert seen == [
            ("job-created", JobState.PENDING, PrinterState.IDLE),
            ("printer-state-changed", None, PrinterState.PROCESSING),
            ("job-state-changed", JobState.PROCESSING, PrinterState.PROCESSING),
            ("job-completed", JobState.COMPLETED, PrinterState.PROCESSING),
            ("printer-state-changed", None, PrinterState.IDLE),
        ]

    at(STEADY, play)


def test_jobs_are_printed_one_after_another_and_the_printer_stays_busy() -> None:
    async def play(bench: PrinterBench) -> None:
        await bench.ask(Operation.PAUSE_PRINTER)
        await bench.subscription(events=EVERY)
        first, second = await bench.job(), await bench.job()
        await bench.ask(Operation.RESUME_PRINTER)
        notices = await bench.notices.arrive(9)
        assert [(n.event, n.job.id if n.job else None) for n in notices][3:] == [
            ("printer-state-changed", None),
            ("job-state-changed", first),
            ("job-completed", first),
            ("job-state-changed", second),
            ("job-completed", second),
            ("printer-state-changed", None),
        ]

    at(STEADY, play)


def test_a_stopped_printer_keeps_jobs_pending() -> None:
    async def play(bench: PrinterBench) -> None:
        await bench.ask(Operation.PAUSE_PRINTER)
        about = await bench.about()
        state, reasons = about.get("printer-state"), about.get("printer-state-reasons")
        assert state is not None
        assert reasons is not None
        assert (state.integers(), reasons.texts()) == ([PrinterState.STOPPED], ["paused"])
        job = await bench.job()
        assert await bench.state(job) == (JobState.PENDING, ["printer-stopped"])
        await bench.ask(Operation.RESUME_PRINTER)
        await bench.until(job, JobState.COMPLETED)

    at(STEADY, play)


def test_a_held_job_waits_until_it_is_released() -> None:
    async def play(bench: PrinterBench) -> None:
        await bench.subscription(events=EVERY)
        job = await bench.job(hold=True)
        assert await bench.state(job) == (JobState.PENDING_HELD, ["job-hold-until-specified"])
        await bench.until(await bench.job(name="overtakes"), JobState.COMPLETED)
        assert await bench.state(job) == (JobState.PENDING_HELD, ["job-hold-until-specified"])
        assert (await bench.on_job(Operation.RELEASE_JOB, job)).code == Status.SUCCESSFUL_OK
        await bench.until(job, JobState.COMPLETED)
        mine = [(n.event, n.job.state) for n in bench.notices if n.job and n.job.id == job]
        assert mine == [
            ("job-created", JobState.PENDING_HELD),
            ("job-state-changed", JobState.PENDING),
            ("job-state-changed", JobState.PROCESSING),
            ("job-completed", JobState.COMPLETED),
        ]

    at(STEADY, play)


def test_hold_and_release_move_a_waiting_job_to_and_fro() -> None:
    async def play(bench: PrinterBench) -> None:
        await bench.ask(Operation.PAUSE_PRINTER)
        job = await bench.job()
        assert (await bench.on_job(Operation.HOLD_JOB, job)).code == Status.SUCCESSFUL_OK
        assert (await bench.state(job))[0] == JobState.PENDING_HELD
        no_hold = ipp.keyword("job-hold-until", "no-hold")
        assert (await bench.on_job(Operation.HOLD_JOB, job, no_hold)).code == Status.SUCCESSFUL_OK
        assert (await bench.state(job))[0] == JobState.PENDING
        night = await bench.on_job(Operation.HOLD_JOB, job, ipp.keyword("job-hold-until", "night"))
        assert night.code == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        unsupported = night.find("job-hold-until", GroupTag.UNSUPPORTED)
        assert unsupported is not None
        assert unsupported.texts() == ["night"]
        assert (await bench.state(job))[0] == JobState.PENDING_HELD

    at(STEADY, play)


def test_a_printing_job_stops_with_the_printer_and_goes_on_with_it() -> None:
    async def play(bench: PrinterBench) -> None:
        await bench.subscription(events=EVERY)
        job = await bench.job()
        await bench.until(job, JobState.PROCESSING)
        await bench.ask(Operation.PAUSE_PRINTER)
        assert await bench.state(job) == (JobState.PROCESSING_STOPPED, ["printer-stopped"])
        assert bench.notices.events()[-2:] == ["printer-stopped", "job-stopped"]
        await bench.ask(Operation.RESUME_PRINTER)
        assert bench.notices.events()[-2:] == ["printer-state-changed", "job-state-changed"]
        await bench.until(job, JobState.COMPLETED)
        assert bench.notices.events()[-2:] == ["job-completed", "printer-state-changed"]

    at(replace(STEADY, job_seconds=0.1), play)


@pytest.mark.parametrize(
    "state", [JobState.PENDING, JobState.PENDING_HELD, JobState.PROCESSING, JobState.PROCESSING_STOPPED]
)
def test_a_job_is_cancelled_in_any_state_but_the_last_ones(state: JobState) -> None:
    async def play(bench: PrinterBench) -> None:
        if state is JobState.PENDING:
            await bench.ask(Operation.PAUSE_PRINTER)
        job = await bench.job(hold=state is JobState.PENDING_HELD)
        if state in (JobState.PROCESSING, JobState.PROCESSING_STOPPED):
            await bench.until(job, JobState.PROCESSING)
        if state is JobState.PROCESSING_STOPPED:
            await bench.ask(Operation.PAUSE_PRINTER)
        assert (await bench.state(job))[0] == state
        await bench.subscription(events=("job-completed", "job-state-changed"))
        assert (await bench.on_job(Operation.CANCEL_JOB, job)).code == Status.SUCCESSFUL_OK
        assert await bench.state(job) == (JobState.CANCELED, ["job-canceled-by-user"])
        assert bench.notices.events() == ["job-completed"]
        assert (await bench.on_job(Operation.CANCEL_JOB, job)).code == Status.CLIENT_ERROR_NOT_POSSIBLE
        assert (await bench.on_job(Operation.RELEASE_JOB, job)).code == Status.CLIENT_ERROR_NOT_POSSIBLE

    at(SLOW, play)


def test_the_next_job_starts_when_the_printing_one_is_cancelled() -> None:
    async def play(bench: PrinterBench) -> None:
        first, second = await bench.job(), await bench.job()
        await bench.until(first, JobState.PROCESSING)
        await bench.on_job(Operation.CANCEL_JOB, first)
        assert (await bench.state(second))[0] == JobState.PROCESSING

    at(SLOW, play)


def test_a_created_job_waits_for_its_last_document() -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job(via=Operation.CREATE_JOB)
        assert await bench.state(job) == (JobState.PENDING, ["job-incoming"])
        more = await bench.on_job(Operation.SEND_DOCUMENT, job, ipp.boolean("last-document", False), data=b"one")
        assert more.code == Status.SUCCESSFUL_OK
        assert await bench.state(job) == (JobState.PENDING, ["job-incoming"])
        await bench.on_job(Operation.SEND_DOCUMENT, job, ipp.boolean("last-document", True))
        await bench.until(job, JobState.COMPLETED)
        documents = (await bench.on_job(Operation.GET_JOB_ATTRIBUTES, job)).find("number-of-documents")
        assert documents is not None
        assert documents.integers() == [1]
        late = await bench.on_job(Operation.SEND_DOCUMENT, job, ipp.boolean("last-document", True))
        assert late.code == Status.CLIENT_ERROR_NOT_POSSIBLE

    at(STEADY, play)


def test_a_job_whose_documents_never_come_is_aborted() -> None:
    async def play(bench: PrinterBench) -> None:
        await bench.subscription(events=("job-completed",))
        job = await bench.job(via=Operation.CREATE_JOB)
        await bench.notices.arrive(1)
        assert await bench.state(job) == (JobState.ABORTED, ["aborted-by-system"])

    at(replace(STEADY, open_job_seconds=0), play)


def test_send_document_without_last_document_is_a_bad_request() -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job(via=Operation.CREATE_JOB)
        assert (await bench.on_job(Operation.SEND_DOCUMENT, job, data=b"x")).code == Status.CLIENT_ERROR_BAD_REQUEST

    at(STEADY, play)


def test_validate_job_makes_no_job_and_no_subscription() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.ask(Operation.VALIDATE_JOB, groups=(bench.wish(),))
        assert message.code == Status.SUCCESSFUL_OK
        assert message.find("job-id") is None
        assert message.find(bench.names.subscription_id) is None
        for which in ("completed", "not-completed"):
            jobs = await bench.ask(Operation.GET_JOBS, ipp.keyword("which-jobs", which))
            assert jobs.all(GroupTag.JOB) == []

    at(STEADY, play)


def test_get_jobs_lists_waiting_jobs_first_to_last_and_ended_ones_last_to_first() -> None:
    async def play(bench: PrinterBench) -> None:
        done = [await bench.job(name=f"done {n}") for n in range(3)]
        await bench.until(done[-1], JobState.COMPLETED)
        held = [await bench.job(hold=True, user=user) for user in ("jones", "smith")]

        async def listed(*attributes: ipp.Attribute, user: str = "jones") -> list[list[str]]:
            message = await bench.ask(Operation.GET_JOBS, *attributes, user=user)
            assert message.code == Status.SUCCESSFUL_OK
            return [[a.show() for a in group] for group in message.all(GroupTag.JOB)]

        assert await listed() == [[f"job-uri='{bench.uri}/{n}'", f"job-id={n}"] for n in held]
        completed, one = ipp.keyword("which-jobs", "completed"), ipp.integer("limit", 2)
        ids = ipp.keyword("requested-attributes", "job-id")
        assert await listed(completed, one, ids) == [[f"job-id={n}"] for n in reversed(done[1:])]
        assert await listed(ipp.boolean("my-jobs", True), ids, user="smith") == [[f"job-id={held[1]}"]]
        wrong = await bench.ask(Operation.GET_JOBS, ipp.keyword("which-jobs", "lost"))
        assert wrong.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED

    at(STEADY, play)


def test_a_job_is_found_by_its_uri() -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job(hold=True)
        start = (ipp.charset("attributes-charset", "utf-8"), ipp.natural_language("attributes-natural-language", "en"))
        for number, status in ((job, Status.SUCCESSFUL_OK), (99, Status.CLIENT_ERROR_NOT_FOUND)):
            target = ipp.uri("job-uri", f"{bench.uri}/{number}")
            group = Group(GroupTag.OPERATION, (*start, target))
            request = ipp.Message(Operation.GET_JOB_ATTRIBUTES, 1, (group,))
            answer = await bench.post(ipp.encode(request), f"/ipp/print/{number}")
            assert ipp.decode(answer.body).code == status

    at(STEADY, play)


def test_only_the_owner_and_an_operator_may_cancel_a_job() -> None:
    async def play(bench: PrinterBench) -> None:
        job = await bench.job(hold=True, user="jones")
        refused = await bench.on_job(Operation.CANCEL_JOB, job, user="smith")
        assert refused.code == Status.CLIENT_ERROR_FORBIDDEN
        assert (await bench.state(job))[0] == JobState.PENDING_HELD
        assert (await bench.on_job(Operation.CANCEL_JOB, job, user="operator")).code == Status.SUCCESSFUL_OK

    at(STEADY, play)


def test_job_template_attributes_that_are_not_supported_come_back() -> None:
    async def play(bench: PrinterBench) -> None:
        template = Group(GroupTag.JOB, (ipp.integer("copies", 200), ipp.keyword("media", "iso_a4_210x297mm")))
        message = await bench.ask(Operation.PRINT_JOB, groups=(template,))
        assert message.code == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
        group = message.first(GroupTag.UNSUPPORTED)
        assert group is not None
        assert [a.show() for a in group] == ["copies=200", "media=unsupported"]
        fidelity = ipp.boolean("ipp-attribute-fidelity", True)
        refused = await bench.ask(Operation.PRINT_JOB, fidelity, groups=(template,))
        assert refused.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        assert refused.find("job-id") is None

    at(STEADY, play)


@pytest.mark.parametrize(
    ("attribute", "status"),
    [
        (ipp.mime_media_type("document-format", "image/tiff"), Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
        (ipp.keyword("compression", "gzip"), Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED),
    ],
    ids=["format", "compression"],
)
def test_a_document_that_cannot_be_read_is_refused(attribute: ipp.Attribute, status: Status) -> None:
    async def play(bench: PrinterBench) -> None:
        for operation in (Operation.PRINT_JOB, Operation.VALIDATE_JOB):
            assert (await bench.ask(operation, attribute)).code == status

    at(STEADY, play)


def test_a_printer_that_accepts_no_jobs_says_so() -> None:
    async def play(bench: PrinterBench) -> None:
        assert (await bench.ask(Operation.PRINT_JOB)).code == Status.SERVER_ERROR_NOT_ACCEPTING_JOBS
        accepting = (await bench.about()).get("printer-is-accepting-jobs")
        assert accepting is not None
        assert accepting.value.boolean is False

    at(replace(STEADY, accepting_jobs=False), play)


def test_ended_jobs_are_forgotten_with_their_subscriptions_beyond_the_history() -> None:
    async def play(bench: PrinterBench) -> None:
        message = await bench.ask(Operation.PRINT_JOB, groups=(bench.wish(),))
        first, subscription = bench.job_id_of(message), bench.id_of(message)
        await bench.until(await bench.job(), JobState.COMPLETED)
        assert (await bench.state(first))[0] == JobState.COMPLETED
        assert (await bench.query(subscription)).code == Status.SUCCESSFUL_OK
        await bench.until(await bench.job(), JobState.COMPLETED)
        assert (await bench.on_job(Operation.GET_JOB_ATTRIBUTES, first)).code == Status.CLIENT_ERROR_NOT_FOUND
        assert (await bench.query(subscription)).code == Status.CLIENT_ERROR_NOT_FOUND

    at(replace(STEADY, job_history=2), play)


def test_every_job_state_has_its_row_and_ended_ones_go_nowhere() -> None:
    assert set(NEXT) == set(JobState)
    assert all(Move.CANCEL in moves for moves in NEXT.values() if moves)
    assert {s for s, moves in NEXT.items() if not moves} == {JobState.COMPLETED, JobState.CANCELED, JobState.ABORTED}
