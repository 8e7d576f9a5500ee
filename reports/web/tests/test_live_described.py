"""The description at /openapi.json is true: calls that are drawn from it are answered as it says, and none breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings

from reports.web.app import application
from reports.web.beside import PagePlan
from reports.web.desk import Desk

from .desks import Laid, evidence, with_client

schemathesis = pytest.importorskip("schemathesis", reason="no schemathesis here; pip install 'ippmailto[long]'")

EXAMPLES: Final = 15  # of each call
SCRIPT: Final = "PUT /api/faults"  # a language, which no schema describes
CALLS: Final = (
    "GET /api/state",
    "GET /api/mails",
    "GET /api/mails/{number}",
    "GET /api/mails/{number}/raw",
    "GET /api/mails/{number}/parts/{part}",
    "GET /api/sessions",
    "GET /api/sessions/{number}",
    "GET /api/wait",
    "GET /api/events",
    "GET /api/faults",
    SCRIPT,
)


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laid]:
    with evidence(tmp_path_factory.mktemp("described")) as made:
        made.mail()
        made.mail(b"Content-Type: text/html\r\n\r\n<b>x\r\n")
        made.session(b"QUIT\r\n")
        yield made


async def set_faults(lines: Sequence[str]) -> Sequence[str]:
    return lines


@pytest.fixture(scope="module")
def api_schema(laid: Laid) -> Iterator[Any]:
    """The description of an application whose streams end at once."""
    with closing(asyncio.new_event_loop()) as loop:
        desk = Desk(PagePlan("127.0.0.1", 8631, laid.path, smtp="127.0.0.1:25"), set_faults, ())
        loop.run_until_complete(desk.open())
        desk.bell.end()
        yield schemathesis.openapi.from_asgi("/openapi.json", application(desk, ["testserver"]))
        loop.run_until_complete(desk.close())


@pytest.mark.parametrize("call", CALLS)
def test_calls_are_answered_as_they_are_described(api_schema: Any, call: str) -> None:
    """schemathesis' own way to make tests needs an older pytest: each operation draws its calls here."""
    method, path = call.split()
    operation = api_schema[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(case=operation.as_strategy())
    def answered(case: Any) -> None:
        drawn = schemathesis.specs.openapi.checks.positive_data_acceptance
        case.call_and_validate(excluded_checks=[drawn] if call == SCRIPT else [])

    answered()


def test_every_call_is_described_in_words(laid: Laid) -> None:
    async def use(client: httpx.AsyncClient) -> dict[str, Any]:
        found: dict[str, Any] = (await client.get("/openapi.json")).json()
        return found

    told = with_client(laid, use, faults=())
    calls = {f"{method.upper()} {path}": call for path, each in told["paths"].items() for method, call in each.items()}
    assert sorted(calls) == sorted(CALLS)
    for name, call in calls.items():
        assert call["description"], name
        assert {"200", "401", "403", "421", "422", "503"} <= set(call["responses"]), name
        assert "HTTPValidationError" not in str(call), name
