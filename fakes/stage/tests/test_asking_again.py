"""What is sent again, and what is not: a busy printer is asked later, and a job that may be there is not made twice."""

from __future__ import annotations

import pytest

from conformance.record import rows
from conformance.wire import ipp
from conformance.wire.registry import Operation, Status
from fakes.http.connection import HttpProblem
from fakes.stage.asking_again import BUSY_PAUSE, BUSY_SECONDS, LOST_PAUSES, WANTED_SECONDS, AskingAgain, retry_after


def exchange(
    operation: Operation = Operation.PRINT_JOB,
    *,
    problem: str = "",
    http: int = 200,
    head: bytes = b"",
    status: int = Status.SUCCESSFUL_OK,
) -> rows.Exchange:
    response = b"" if problem else ipp.encode(ipp.Message(int(status), 1))
    return rows.Exchange(1, 1, 1, int(operation), "ipp://p/", 0, 1, "", b"", b"", http, head, response, problem, "")


def unavailable(head: bytes = b"") -> rows.Exchange:
    return exchange(problem=HttpProblem.HTTP, http=503, head=b"HTTP/1.1 503 Busy\r\n" + head + b"\r\n")


def test_an_answer_is_not_asked_for_again() -> None:
    assert AskingAgain().pause(exchange(), 0.0) is None
    assert AskingAgain().pause(exchange(status=Status.SERVER_ERROR_INTERNAL_ERROR), 0.0) is None
    assert AskingAgain().pause(exchange(problem=HttpProblem.HTTP, http=500), 0.0) is None


@pytest.mark.parametrize("busy", [exchange(status=Status.SERVER_ERROR_BUSY), unavailable()])
def test_a_busy_printer_is_asked_less_and_less_often(busy: rows.Exchange) -> None:
    again = AskingAgain()
    assert [again.pause(busy, 0.0) for _ in range(5)] == [0.5, 1.0, 2.0, 4.0, 5.0]
    assert again.pause(busy, BUSY_SECONDS) is None


def test_a_printer_that_says_when_is_asked_then() -> None:
    assert AskingAgain().pause(unavailable(b"Retry-After: 90\r\n"), 0.0) == 90
    assert AskingAgain().pause(unavailable(b"retry-after:7\r\n"), BUSY_SECONDS) == 7
    assert AskingAgain().pause(unavailable(b"Retry-After: 0\r\n"), 0.0) == BUSY_PAUSE
    assert AskingAgain().pause(unavailable(b"Retry-After: 90\r\n"), WANTED_SECONDS) is None
    assert AskingAgain().pause(unavailable(b"Retry-After: 3600\r\n"), 0.0) is None


def test_a_date_names_no_seconds() -> None:
    assert retry_after(unavailable(b"Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n")) is None


def test_a_question_whose_answer_is_lost_is_asked_again_but_a_job_is_not_made_twice() -> None:
    again = AskingAgain()
    lost = exchange(Operation.GET_JOB_ATTRIBUTES, problem=HttpProblem.CLOSED, http=0)
    assert [again.pause(lost, 0.0) for _ in range(len(LOST_PAUSES) + 1)] == [*LOST_PAUSES, None]
    for operation in (Operation.PRINT_JOB, Operation.CREATE_PRINTER_SUBSCRIPTIONS, Operation.CANCEL_SUBSCRIPTION):
        assert AskingAgain().pause(exchange(operation, problem=HttpProblem.CLOSED, http=0), 0.0) is None


def test_what_never_left_is_sent_again() -> None:
    assert AskingAgain().pause(exchange(problem=HttpProblem.REFUSED, http=0), 0.0) == LOST_PAUSES[0]


def test_where_a_way_is_tried_its_failure_is_what_was_to_be_seen() -> None:
    assert AskingAgain(across=False).pause(exchange(problem=HttpProblem.REFUSED, http=0), 0.0) is None
    assert AskingAgain(across=False).pause(unavailable(), 0.0) == BUSY_PAUSE
