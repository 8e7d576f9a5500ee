"""``ippmailto station``: a worker of the queue, with the printers that are here."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psycopg
from procrastinate.exceptions import ConnectorException

from fakes.named_secret import ENVIRONMENT
from fakes.stage.ixit import Ixit, IxitError
from reports.commands.report_directory import make_directory
from reports.exits import Exit, UsageError
from reports.listening import written
from reports.store.address import StoreAddress
from reports.store.database import open_store
from reports.writing import remark

from .queue import STATION, make_queue, queue_at, retry_stalled, see_that_it_has_a_queue
from .wishes import HOUSEKEEPING, JUDGING, REFERENCE, printer_called, queue_of
from .work import PROBLEMS, Station, arguments_of

HEARTBEAT_SECONDS: Final = 2  # of all stations, whatever each of them thinks of the silence of others
SHORTEST_STALL: Final = 5 * HEARTBEAT_SECONDS
KNOWN: Final = (*PROBLEMS, ConnectorException, psycopg.Error)


def say_what_is_news() -> None:
    """Of what procrastinate logs show what nobody expected; what we know the reason of is told in a line."""
    handler = logging.StreamHandler()
    handler.addFilter(is_news)
    logger = logging.getLogger("procrastinate")
    logger.handlers, logger.propagate = [handler], False
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.ERROR)


def is_news(record: logging.LogRecord) -> bool:
    """Not what a job failed by, and not that the database is gone."""
    return not (record.exc_info and isinstance(record.exc_info[1], KNOWN))


def tell_what_is_news(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The same of what nobody waited for: a job that was under way when the database went cannot say how it ended."""
    if not isinstance(context.get("exception"), KNOWN):
        loop.default_exception_handler(context)


def serve_queue(options: argparse.Namespace) -> int:
    """Until it is ended, or nothing is left to do; raises ``UsageError``."""
    if options.stalled_after < SHORTEST_STALL:
        raise UsageError(
            f"--stalled-after is at least {SHORTEST_STALL} seconds: others tell that they live now and then"
        )
    address = StoreAddress.of(options.url)
    see_that_it_has_a_queue(address)
    if options.url.startswith(ENVIRONMENT):  # the runs that it starts, and the commands of an IXIT, have no use for it
        os.environ.pop(options.url.removeprefix(ENVIRONMENT), None)
    printers = _printers(options)
    make_directory(options.work_dir, "--work-dir")
    store = open_store(address)
    make_queue(store)
    station = Station(options.name, store, printers, options.work_dir)
    asyncio.run(_work(station, address, until_empty=options.until_empty, stalled=options.stalled_after))
    return Exit.CONFORMS


async def _work(station: Station, address: StoreAddress, *, until_empty: bool, stalled: int) -> None:
    asyncio.get_running_loop().set_exception_handler(tell_what_is_news)
    async with queue_at(address, stalled=stalled) as queue:
        await retry_stalled(queue, stalled)
        remark(f"{station.name}: at work for {address}")
        await queue.run_worker_async(
            name=station.name,
            queues=[*station.printers, JUDGING, HOUSEKEEPING],
            additional_context={STATION: station},
            wait=not until_empty,
            delete_jobs="successful",  # what came of it is in the store
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=stalled,
        )


def _printers(options: argparse.Namespace) -> dict[str, tuple[str, ...]]:
    """By its queue, what each printer needs on the command line of a run; raises ``UsageError``."""
    names = [printer_called(text) for text in options.printer]
    facts = _facts(options.ixit, names)
    path = [
        f"--{name}={getattr(options, name.replace('-', '_'))}"
        for name in ("smtp-tls", "smtp-auth", "smtp-login", "smtp-certificate")
        if getattr(options, name.replace("-", "_"))
    ]
    path += [f"--smtp-name={name}" for name in options.smtp_name]
    found = {}
    for name in names:
        arguments = [*arguments_of(name), *path]
        if options.smtp_listen and not name.startswith(REFERENCE):  # a built-in one is told where its recipient is
            arguments.append(f"--smtp-listen={written(*options.smtp_listen)}")
        if queue_of(name) in facts:
            arguments.append(f"--ixit={facts[queue_of(name)]}")
        found[queue_of(name)] = tuple(arguments)
    return found


def _facts(said: list[str], names: list[str]) -> Mapping[str, Path]:
    """The IXIT file of each printer that has one, by queue; one that names no printer is of the others."""
    found: dict[str, Path] = {}
    here = [queue_of(name) for name in names]
    for text in sorted(said, key=lambda text: "=" not in text):
        of, _, rest = text.rpartition("=")
        path = Path(rest).absolute()
        try:
            Ixit.load(path)
        except IxitError as error:
            raise UsageError(str(error)) from error
        meant = [queue_of(of)] if of else [queue for queue in here if queue not in found]
        if of and meant[0] not in here:
            raise UsageError(f"--ixit is for {printer_called(of)}, which is no --printer of this station")
        found |= dict.fromkeys(meant, path)
    return found
