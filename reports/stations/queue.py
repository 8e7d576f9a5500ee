"""The queue: procrastinate's, in the database of the store.  Here are its tasks, and how it is reached."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from psycopg.conninfo import make_conninfo
from sqlalchemy import inspect, text

from reports.store.address import StoreAddress, StoreError
from reports.store.database import MIGRATING, Store

from .wishes import HOUSEKEEPING, JUDGING, PlaceError

RUN, JUDGE, RETRY_STALLED = "run", "judge", "retry-stalled"
STATION: Final = "station"  # in the context of a job
WAIT_SECONDS: Final = 10.0  # for a connection
POOL: Final = 4  # connections at most: for the next job, for what is told, for heartbeats
ATTEMPTS: Final = 5
AGAIN: Final = RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=3, retry_exceptions={StoreError, PlaceError})
"""A store that is away for a moment, a station whose disk is full; everything else fails at once, and says why."""


class Worker(Protocol):
    """Who does the jobs."""

    async def play(self, ticket: str, printer: str, wish: dict[str, Any]) -> None:
        """Run and publish."""

    def judge(self, ticket: str, run: str, wish: dict[str, Any]) -> None:
        """Judge again and publish."""


def see_that_it_has_a_queue(address: StoreAddress) -> None:
    """Raise ``StoreError`` for what is no PostgreSQL."""
    if address.path is not None:
        raise StoreError(
            f"stations need a store in PostgreSQL, and {address} is a file; postgresql://HOST/DATABASE is one"
        )


def make_queue(store: Store) -> None:
    """procrastinate's tables, once; raises ``StoreError``."""
    with store.writing() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        if not inspect(connection).has_table("procrastinate_jobs"):
            connection.exec_driver_sql(App(connector=PsycopgConnector()).schema_manager.get_schema().replace("%", "%%"))


@asynccontextmanager
async def queue_at(address: StoreAddress, *, stalled: int) -> AsyncIterator[App]:
    """The queue with its tasks; raises ``StoreError`` for what keeps it from working."""
    conninfo = _conninfo(address)
    app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=POOL, timeout=WAIT_SECONDS))
    _add_tasks(app, stalled)
    try:
        async with app.open_async():
            yield app
    except ConnectorException as error:
        said = address.without_secrets(str(error.__cause__ or error))
        raise StoreError(
            f"the queue in {address} is gone: {said}; start again when it is back"
        ) from None  # the cause may hold its password


def _conninfo(address: StoreAddress) -> str:
    """The address as PostgreSQL's own library reads it, password and all."""
    url = address.url
    told = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database}
    more = {name: value if isinstance(value, str) else ",".join(value) for name, value in url.query.items()}
    return make_conninfo("", **{name: str(value) for name, value in {**told, **more}.items() if value})


def _add_tasks(app: App, stalled: int) -> None:
    @app.task(name=RUN, pass_context=True, retry=AGAIN)
    async def run(context: JobContext, ticket: str, printer: str, wish: dict[str, Any]) -> None:
        worker: Worker = context.additional_context[STATION]
        await worker.play(ticket, printer, wish)

    @app.task(name=JUDGE, queue=JUDGING, pass_context=True, retry=AGAIN)
    def judge(context: JobContext, ticket: str, run: str, wish: dict[str, Any]) -> None:  # in a thread: it computes
        worker: Worker = context.additional_context[STATION]
        worker.judge(ticket, run, wish)

    @app.periodic(cron=f"* * * * * */{min(30, max(1, stalled // 2))}")
    @app.task(name=RETRY_STALLED, queue=HOUSEKEEPING, queueing_lock=RETRY_STALLED, priority=1)
    async def again(timestamp: int) -> None:
        await retry_stalled(app, stalled)


async def retry_stalled(app: App, stalled: int) -> None:
    """Give the jobs of stations that died to others."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=stalled):
        await app.job_manager.retry_job(job)
