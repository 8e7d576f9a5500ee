"""``ippmailto run``: a recipient, a printer if none was named, the plays, and the evidence they leave."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

from conformance import rows
from conformance.evidence import EvidenceFile
from conformance.run_facts import RunOptions
from conformance.steps import Scenario
from conformance.vocabulary import VOCABULARIES, Edition
from fakes.ixit import Ixit
from fakes.journal import Journal
from fakes.recipient import Recipient
from fakes.stage import Stage, StageError
from fakes.subscriber import Subscriber

from .progress import progress_on
from .verdict_json import tool_version

START_SECONDS: Final = (
    20.0  # the built-in printer is ready in half a second; a machine under load may need many times that
)


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is to be played, and where."""

    printer_uri: str | None
    host: str
    port: int
    edition: Edition
    vocabulary: str
    evidence: Path
    scenarios: Sequence[Scenario]
    ixit: Ixit
    max_subscriptions: int | None
    quiet: bool
    awkward: int = 0  # how many scenarios of awkward data were drawn, and from what
    seed: int = 0
    resume: bool = False  # the evidence file is there, and only what is missing in it is played
    defects: tuple[str, ...] = ()


async def play(plan: RunPlan, stream: TextIO) -> str | None:
    """Play everything into the evidence file.

    The text of what kept the printer from being played at, or ``None``.  Raises ``EvidenceError``, ``RecipientError``,
    ``JournalError`` and ``UriError`` for what the caller has to mend.
    """
    if not plan.quiet:  # from here on Ctrl-C ends the run in order
        print(f"ippmailto: {plan.awkward} awkward examples drawn with --seed {plan.seed}", file=stream, flush=True)
    file_of = EvidenceFile.create(plan.evidence) if not plan.resume else EvidenceFile.open(plan.evidence, append=True)
    with file_of as file:
        journal = Journal(file)
        try:
            recipient = Recipient(journal, plan.host, plan.port)
            await recipient.start()
            try:
                return await _at_a_printer(plan, journal, recipient, stream)
            finally:
                await recipient.close()
        finally:
            await journal.close()


async def _at_a_printer(plan: RunPlan, journal: Journal, recipient: Recipient, stream: TextIO) -> str | None:
    if plan.printer_uri is not None:
        return await _perform(plan, plan.printer_uri, journal, recipient, stream)
    async with built_in_printer(plan, _reached_at(plan.host, recipient.port)) as uri:
        return await _perform(plan, uri, journal, recipient, stream)


async def _perform(plan: RunPlan, uri: str, journal: Journal, recipient: Recipient, stream: TextIO) -> str | None:
    subscriber = Subscriber(journal, uri, timeout=plan.ixit.request_timeout)
    run = journal.id(rows.Run)
    options = RunOptions(
        plan.edition.value, plan.vocabulary, built_in=plan.printer_uri is None, awkward=plan.awkward, seed=plan.seed
    )
    began = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    await journal.commit(rows.Run(run, journal.now(), began, f"ippmailto {tool_version()}", uri, options.json()))
    stage = Stage(
        journal,
        recipient,
        subscriber,
        plan.ixit,
        run=run,
        token=f"r{secrets.token_hex(3)}",
        vocabulary=VOCABULARIES.get(plan.vocabulary),
        max_subscriptions=plan.max_subscriptions,
    )
    reason, trouble = "finished", None
    try:
        await stage.prepare()
        with progress_on(stream, quiet=plan.quiet, total=len(plan.scenarios)) as progress:
            await _while_evidence_is_kept(journal, stage.perform(plan.scenarios, progress))
    except StageError as error:
        reason = trouble = str(error)
    except asyncio.CancelledError:
        reason = trouble = "interrupted; what was recorded is judged, and run --resume plays the rest"
        if (task := asyncio.current_task()) is not None:
            task.uncancel()  # the interruption is dealt with here: the evidence has still to be closed in order
    await journal.commit(rows.RunEnd(run, journal.now(), reason))
    return trouble


async def _while_evidence_is_kept(journal: Journal, playing: Coroutine[Any, Any, None]) -> None:
    """Play; raises ``JournalError`` as soon as evidence cannot be written: the rest would be for nothing."""
    work, failure = asyncio.ensure_future(playing), asyncio.ensure_future(journal.failure())
    try:
        await asyncio.wait({work, failure}, return_when=asyncio.FIRST_COMPLETED)
        if failure.done():
            raise failure.result()
        await work
    finally:
        failure.cancel()
        work.cancel()
        await asyncio.wait({work})


def _reached_at(host: str, port: int) -> str:
    """HOST:PORT for a client on this machine of a recipient that listens there, perhaps on all addresses."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@asynccontextmanager
async def built_in_printer(plan: RunPlan, smtp: str) -> AsyncIterator[str]:
    """The reference printer in a process of its own, so that neither's load or fault is the other's; yields its URI."""
    vocabulary = plan.vocabulary
    if vocabulary == "auto":
        vocabulary = "ntfy-01" if plan.edition is Edition.MAILTO_00 else "rfc3995"
    command = [
        sys.executable, "-m", "reports", "printer", "--port", "0", "--smtp", smtp,
        "--vocabulary", vocabulary, "--edition", plan.edition.value, "--stop-at-eof", "--quiet",
    ]  # fmt: skip
    for defect in plan.defects:
        command += ["--defect", defect]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,  # closed when we end, however we end
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is ours: the printer is still needed to give subscriptions back
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        yield await _ready(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _ready(process: asyncio.subprocess.Process) -> str:
    """The URI from the line that the printer prints when it listens."""
    if process.stdout is None:
        raise StageError("the built-in printer has no output", "this is a fault of ours; please report it")
    try:
        async with asyncio.timeout(START_SECONDS):
            line = (await process.stdout.readline()).decode()
    except TimeoutError:
        line = ""
    words = line.split()
    if len(words) < 2 or words[0] != "ready":
        raise StageError("the built-in printer did not start", "the lines above say why")
    return words[1]
