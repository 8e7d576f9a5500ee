"""What a printer may keep to itself of a job in one way or the other, and what tells that it is another printer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cases.security_lookup import AUTHENTICATION, URIS, Visit
from conformance.cases.test_security_both import FROM_WHOM, HIDDEN, _is_there
from conformance.record import PlayRecord
from conformance.verdict import Inconclusive, Violation, Where
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, ValueTag

CLEAR, SECURE = "ipp://here.example/ipp/print", "ipps://here.example/ipp/print"
JOB = 7
NAME = ipp.name_("job-name", "job 3a")
PRIVATE = (ipp.keyword(HIDDEN, "job-name"), ipp.keyword(FROM_WHOM, "owner"))


def job(*attributes: ipp.Attribute, number: int = JOB) -> ipp.Group:
    return ipp.Group(GroupTag.JOB, (ipp.integer("job-id", number), *attributes))


def judged(known: ipp.Group, others: ipp.Group, *printer: ipp.Attribute, ways: tuple[str, str] = ("none",) * 2) -> None:
    """A job sent in the clear, as it is listed there and in TLS."""

    def step(label: str) -> SimpleNamespace:
        where, group = (CLEAR, known) if label == "a-known" else (SECURE, others)
        answer = SimpleNamespace(message=ipp.Message(0, 1, (group,)), where=lambda: Where("ipp", 2))
        outcome = SimpleNamespace(uri=where, not_sent="")
        return SimpleNamespace(answers=[answer], exchanges=[object()], came_of=lambda kind: outcome)

    lists = ipp.uri(URIS, CLEAR, SECURE), ipp.keyword(AUTHENTICATION, *ways)
    told = ipp.Group(GroupTag.PRINTER, (*lists, *printer))
    play = SimpleNamespace(labelled=step, run_record=SimpleNamespace(printer=told))
    sent = SimpleNamespace(outcome=SimpleNamespace(uri=CLEAR), where=Where("ipp", 1))
    _is_there(cast(PlayRecord, cast(Any, play)), "a", cast(Visit, cast(Any, sent)), JOB)


def test_the_same_name_or_none_is_all_right() -> None:
    judged(job(NAME), job(NAME))
    judged(job(NAME), job())
    judged(job(NAME), job(ipp.out_of_band("job-name", ValueTag.UNKNOWN)))
    judged(job(NAME), job(NAME), ways=("none", "basic"))


@pytest.mark.parametrize(
    ("others", "printer"),
    [
        (job(ipp.name_("job-name", "another")), ()),
        (job(ipp.name_("job-name", "another")), (ipp.keyword(HIDDEN, "job-name"), ipp.keyword(FROM_WHOM, "none"))),
        (job(ipp.name_("job-name", "another")), (ipp.keyword(HIDDEN, "job-originating-user-name"),)),
        (job(NAME, number=JOB + 1), ()),
        (job(NAME, number=JOB + 1), PRIVATE),  # names are hidden, and not jobs
    ],
)
def test_another_name_or_no_job_is_another_printer(others: ipp.Group, printer: tuple[ipp.Attribute, ...]) -> None:
    with pytest.raises(Violation):
        judged(job(NAME), others, *printer)


@pytest.mark.parametrize(
    ("others", "printer", "ways"),
    [
        (job(ipp.name_("job-name", "Withheld")), PRIVATE, ("none", "none")),
        (job(ipp.name_("job-name", "****")), (), ("none", "none")),
        (job(ipp.name_("job-name", "Withheld")), (), ("requesting-user-name", "certificate")),
        (job(NAME, number=JOB + 1), (), ("requesting-user-name", "basic")),  # only his own are listed to who is known
    ],
)
def test_what_may_be_hidden_tells_nothing(
    others: ipp.Group, printer: tuple[ipp.Attribute, ...], ways: tuple[str, str]
) -> None:
    with pytest.raises(Inconclusive):
        judged(job(NAME), others, *printer, ways=ways)
