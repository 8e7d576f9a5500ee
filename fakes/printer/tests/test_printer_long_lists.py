"""A list of as many jobs as there may be makes what is asked for, and one of each value that they have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.printer import OBEDIENT, ReferencePrinter
from fakes.printer.ipp import descriptions
from fakes.printer.ipp.operations import answer
from fakes.printer.state.jobs import MAX_WAITING, Job
from fakes.printer.state.printer import Printer

from .printer_bench import Notices

Make = Callable[[Printer, Job], ipp.Attribute]


def listed(*requested: str) -> tuple[ipp.Group, ...]:
    """The jobs of a printer that has no room for more."""

    async def act() -> bytes | None:
        printer = ReferencePrinter(OBEDIENT, outlet=Notices())
        await printer.start()
        inner = printer._printer
        assert inner is not None
        for number in range(MAX_WAITING):
            inner.jobs.add(f"job {number}", "carol", held=True, open_=False, copies=1)
        about = (
            ipp.charset("attributes-charset", "utf-8"),
            ipp.natural_language("attributes-natural-language", "en"),
            ipp.uri("printer-uri", printer.uri),
            *([ipp.keyword("requested-attributes", *requested)] if requested else []),
        )
        octets = ipp.encode(ipp.Message(Operation.GET_JOBS, 1, (ipp.Group(GroupTag.OPERATION, about),)))
        reply = answer(inner, octets, "/ipp/print")
        await printer.stop()
        return reply

    reply = asyncio.run(act())
    assert reply is not None
    return tuple(ipp.decode(reply).all(GroupTag.JOB))


@pytest.mark.parametrize(("requested", "names"), [
    ((), ["job-uri", "job-id"]),
    (("job-id", "job-name"), ["job-id", "job-name"]),
    (("copies",), ["copies"]),
    (("job-template",), ["copies", "job-hold-until"]),
])  # fmt: skip
def test_only_what_is_asked_for_is_made(
    requested: tuple[str, ...], names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = set[str]()

    def noting(name: str, make: Make, printer: Printer, job: Job) -> ipp.Attribute:
        made.add(name)
        return make(printer, job)

    watched = {name: partial(noting, name, make) for name, make in descriptions._JOB_DESCRIPTION.items()}
    monkeypatch.setattr(descriptions, "_JOB_DESCRIPTION", watched)
    jobs = listed(*requested)
    assert len(jobs) == MAX_WAITING
    assert all([a.name for a in job] == names for job in jobs)
    assert made <= set(names)


def test_all_of_a_thousand_jobs_shares_what_they_have_in_common() -> None:
    before = descriptions._integer.cache_info()
    jobs = listed("all")
    after = descriptions._integer.cache_info()
    assert len(jobs) == MAX_WAITING
    assert [job.get("job-name") for job in (jobs[0], jobs[-1])] == [ipp.name_("job-name", f"job {n}") for n in (0, 999)]
    assert len({tuple(a.name for a in job) for job in jobs}) == 1
    assert after.misses - before.misses < 20
    assert after.hits - before.hits > MAX_WAITING
