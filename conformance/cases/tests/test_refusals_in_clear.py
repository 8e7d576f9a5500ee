"""What is a refusal in the clear, by a printer that answers all there by a status of IPP."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from conformance.cases.security_lookup import Visit
from conformance.cases.test_security_clear import _carried_out, _redirects_into_tls
from conformance.verdict import Inconclusive, Where
from conformance.wire.http import ResponseHead
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


def redirected(status: int, location: str) -> Visit:
    head = ResponseHead(status, (("location", location),))
    outcome = SimpleNamespace(uri="ipp://here.example:631/ipp/print")
    told = SimpleNamespace(status=status, head=head, outcome=outcome, where=Where("ipp", 1), said=lambda: "redirected")
    return cast(Visit, told)


@pytest.mark.parametrize(
    ("status", "location", "leads"),
    [
        (308, "https://here.example:443/ipp/print", True),
        (301, "https://here.example/ipp/print", True),
        (308, "https://here.example:443/ipp/print/", True),
        (307, "ipps://HERE.example:631/ipp/print", True),
        (302, "https://here.example/", False),  # a page for people
        (303, "https://here.example/ipp/print", False),  # another request is to follow
        (308, "http://here.example/ipp/print", False),
        (308, "/ipp/print", False),
        (308, "", False),
        (308, "https://[here/ipp/print", False),
        (403, "https://here.example/ipp/print", False),
    ],
)
def test_a_redirection_leads_into_tls_where_the_printer_is(status: int, location: str, leads: bool) -> None:
    assert _redirects_into_tls(redirected(status, location)) is leads


def test_nobody_knows_whether_another_name_is_the_same_host() -> None:
    with pytest.raises(Inconclusive, match="same host"):
        _redirects_into_tls(redirected(308, "https://elsewhere.example/ipp/print"))
