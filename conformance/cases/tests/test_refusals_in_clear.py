"""What is a refusal in the clear, by a printer that answers all there by a status of IPP."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from conformance.cases.security_lookup import Visit
from conformance.cases.test_security_clear import _carried_out
from conformance.wire.registry import Operation, Status


def answered(operation: Operation, status: Status | None) -> Visit:
    answer = SimpleNamespace(status=status) if status is not None else None
    return cast(Visit, SimpleNamespace(exchange=SimpleNamespace(operation=operation), answer=answer, ok=False))


@pytest.mark.parametrize(
    ("others", "done"),
    [(None, True), (Status.CLIENT_ERROR_FORBIDDEN, True), (Status.CLIENT_ERROR_NOT_POSSIBLE, False)],
)
def test_a_job_that_cannot_be_cancelled_was_looked_for_unless_nothing_is_possible(
    others: Status | None, done: bool
) -> None:
    cancel = answered(Operation.CANCEL_JOB, Status.CLIENT_ERROR_NOT_POSSIBLE)
    found = [answered(Operation.PRINT_JOB, others), answered(Operation.GET_JOBS, others), cancel]
    assert [_carried_out(one, found) for one in found] == [False, False, done]
