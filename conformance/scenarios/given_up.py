"""Jobs that are given up before they are printed: such an end is an event like any other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .steps import Ask, AwaitMail, OnJob, Print, Scenario, Subscribe, Unsubscribe


def _rows() -> Iterator[Scenario]:
    yield Scenario(
        "printer/given-up",
        (
            Subscribe(Ask(events=("job-created", "job-completed"))),
            Print(via="Create-Job"),
            OnJob("Cancel-Job"),
            AwaitMail(count=2),
            Unsubscribe(),
        ),
        frozenset({"per-printer", "given-up"}),
        ("event:job-created", "Create-Job", "Cancel-Job"),
        alone=True,
    )


SCENARIOS: Final[tuple[Scenario, ...]] = tuple(_rows())
