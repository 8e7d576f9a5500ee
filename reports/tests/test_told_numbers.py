"""Numbers behind the word job that are none of a job: counts of jobs, of a printer that tells jobs by number alone."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from conformance.record.number_places import numbers_in, place_of
from conformance.scenarios import BY_ID
from fakes.printer import OBEDIENT
from fakes.printer.mail.raw_transport import CLIENTS, Manners, RawTransport
from reports.selftest.trial import try_printer

PLAYED = (
    "printer/user-data", "job/ended-unprinted", "job/isolation", "job/omitted", "job/text-plain", "job/html",
    "job/us-ascii", "printer/omitted",
)  # fmt: skip


@pytest.mark.parametrize(
    ("label", "count"), [(b"Job number", rb"\r\nJob: 1 of 3"), (b"Document number", rb"\r\nJobs: 2")]
)
def test_a_count_of_jobs_is_no_job(label: bytes, count: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def rewrite(octets: bytes) -> bytes:
        return re.sub(rb"(?m)^Job number: (\d+)\r$", label + rb": \1" + count + rb"\r", octets)

    monkeypatch.setitem(CLIENTS, "rewriting", partial(RawTransport, Manners(rewrite=rewrite)))
    policy = replace(OBEDIENT, transport="rewriting", names_jobs=False)
    assert not try_printer(policy, [BY_ID[name] for name in PLAYED], tmp_path).failed()


def test_the_place_of_a_number_is_the_one_that_it_is_found_in() -> None:
    text = "completed: 12 Job 3 of 17, ipp://10.0.0.1:631/jobs/5 #7) 9"
    places = [place_of(text, *found.span()) for found in re.finditer("[0-9]+", text)]
    assert places == [place for place, _ in numbers_in(text)]
