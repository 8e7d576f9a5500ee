"""``ippmailto run``: a recipient, a printer if none was named, the plays, and the evidence they leave."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TextIO

from conformance.editions import TRAITS
from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.run_facts import RunFacts
from conformance.scenarios.steps import Scenario
from conformance.vocabulary import VOCABULARIES, Edition
from fakes.hurry import done_before
from fakes.recipient.journal import Journal
from fakes.stage.bench import Address, Listener, PrinterAt, Sitting, bench, printer_at
from fakes.stage.directory import Directory
from fakes.stage.first_visit import listens, relay_address
from fakes.stage.ixit import Ixit
from fakes.stage.shared import StageError
from fakes.stage.stage import Stage
from reports.formats.progress import progress_on
from reports.judging.selection import EVERYTHING, Selection
from reports.listening import written
from reports.own_python import own_environment, own_module
from reports.version import tool_version
from reports.writing import remark

from .interrupting import Interruption
from .live import WebAsked, live_page
from .mail_path import MailPath
from .run_options import RunOptions
from .variants import variant_called
from .where_to_listen import on_loopback

PLAYS_OF_A_RUN: Final = 1_000  # ids of plays, more than a run has
MOST_RUNS: Final = 10_000  # that can be told apart by them, where two of them meet at one printer
START_SECONDS: Final = (
    20.0  # the built-in printer is ready in half a second; a machine under load may need many times that
)


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is to be played, and where."""

    printer_uri: str | None
    listener: Listener
    edition: Edition
    vocabulary: str
    evidence: Path
    scenarios: Sequence[Scenario]
    ixit: Ixit
    max_subscriptions: int | None
    quiet: bool
    verbose: bool = False  # a line for each play
    colour: bool = True  # on a terminal
    awkward: int = 0  # how many scenarios of awkward data were drawn, and from what
    seed: int = 0
    walks: tuple[str, ...] = ()  # those among the scenarios
    selection: Selection = EVERYTHING  # what the scenarios were chosen for
    ixit_entries: Mapping[str, Any] | None = None  # what the IXIT file said, without users
    resume: bool = False  # the evidence file is there, and only what is missing in it is played
    defects: tuple[str, ...] = ()
    variant: str = ""  # of the built-in printer
    mail_path: MailPath = MailPath()  # noqa: RUF009 - frozen
    asked: RunOptions = RunOptions()  # noqa: RUF009 - frozen; how the mail path was asked for
    directories: tuple[Directory, ...] = ()
    paper: int | None = None  # how many documents may be printed, if not as many as it takes
    bench_check: bool = False  # whether it ends where nobody brings a mail, as soon as that is seen
    statement: str | None = None  # what the printer is said to have, in JSON
    web: WebAsked | None = None  # where a live page is asked for
    readings: tuple[str, ...] = ()  # that are not the suite's own, for what is told while it runs


async def play(plan: RunPlan, stream: TextIO) -> str | None:
    """Play everything into the evidence file.

    Why not all of it was played, or ``None``; the evidence says so, too.  Raises ``EvidenceError``, ``RecipientError``,
    ``JournalError`` and ``UriError`` for what the caller has to mend.
    """
    file_of = EvidenceFile.create(plan.evidence) if not plan.resume else EvidenceFile.open(plan.evidence, append=True)
    interruption = Interruption()
    sitting = Sitting(
        plan.ixit,
        f"ippmailto {tool_version()}",
        lambda port, document: _options(plan, port, document).as_json(),
        plan.listener,
        VOCABULARIES.get(plan.vocabulary),
        plan.max_subscriptions,
        plan.directories,
        plan.paper,
        plan.bench_check,
        interruption.hurry,
        0 if plan.resume or plan.printer_uri is None else secrets.randbelow(MOST_RUNS) * PLAYS_OF_A_RUN,
    )
    with file_of as file, interruption.heard():
        return await _with_bench(plan, file, sitting, stream, interruption)


async def _with_bench(
    plan: RunPlan, file: EvidenceFile, sitting: Sitting, stream: TextIO, interruption: Interruption
) -> str | None:
    async with AsyncExitStack() as afterwards:
        if plan.printer_uri is None:
            printer = built_in_printer(plan, interruption.hurry, afterwards)
        else:
            printer = printer_at(plan.printer_uri)
        authority = plan.mail_path.write_authority(plan.evidence)
        if authority is not None and not plan.quiet:
            remark(f"{authority} has signed the recipient's certificate", stream)
        async with bench(file, printer, sitting) as stage:
            tally = _Tally(len(plan.scenarios))
            async with live_page(
                plan.web,
                plan.evidence,
                stage.journal,
                smtp=stage.recipient.address,
                figures=lambda: tally.figures(stage),
                edition=plan.edition.value,
                readings=plan.readings,
            ) as page:
                if page is not None:
                    remark(f"the live page is at {page.address}", stream)
                try:
                    return await _perform(plan, stage, stream, tally)
                finally:
                    interruption.too_late()


@dataclass(slots=True)
class _Tally:
    """Plays that are over, for the live page."""

    total: int
    done: int = 0

    def figures(self, stage: Stage) -> Mapping[str, Any]:
        """How the plays go."""
        return {"total": self.total, "done": self.done, "waits": stage.glance().waits}


async def _perform(plan: RunPlan, stage: Stage, stream: TextIO, tally: _Tally) -> str | None:
    try:
        stage.note(RunFacts(statement=plan.statement))
        await stage.prepare()
        if not plan.quiet:
            if plan.printer_uri is not None and not on_loopback(plan.printer_uri):
                remark(_aloud(plan, stage), stream)
            drawn = f"{plan.awkward} awkward examples{_walks(plan)} drawn with --seed {plan.seed}"
            remark(drawn, stream)
            remark(stage.forecast(plan.scenarios), stream)
        with progress_on(
            stream,
            quiet=plan.quiet,
            verbose=plan.verbose,
            total=len(plan.scenarios),
            glance=stage.glance,
            colour=plan.colour,
        ) as progress:
            learned = None if plan.quiet else progress.expect

            def count(scenario: str, outcome: str, done: int, of: int) -> None:
                tally.done = done
                progress.count(scenario, outcome, done, of)

            await _while_evidence_is_kept(stage.journal, stage.perform(plan.scenarios, count, learned))
    except StageError as error:
        stage.ended = str(error)
    except asyncio.CancelledError:
        stage.ended = rows.INTERRUPTED
        if (task := asyncio.current_task()) is not None:
            task.uncancel()  # the interruption is dealt with here: the evidence has still to be closed in order
        remark("interrupted; what was recorded is judged, and run --resume plays the rest", stream)
    finally:
        for left in stage.left_behind:
            remark(f"left behind at the printer: {left}", stream)
    return None if stage.ended == rows.FINISHED else stage.ended


def _walks(plan: RunPlan) -> str:
    return f" and {len(plan.walks)} walks" if plan.walks else ""


def _aloud(plan: RunPlan, stage: Stage) -> str:
    """What is to be entered at a printer elsewhere."""
    where = stage.recipient.address
    return (
        f"the recipient listens {listens(where)}; the printer's SMTP server has to be "
        f"{relay_address(where, stage.subscriber.peer)}, for mail to anybody in {plan.ixit.mail_domain}"
    )


def _options(plan: RunPlan, port: int, document: bytes) -> RunOptions:
    """What the evidence keeps of the plan.  A printer that was set to mail to a port needs that one again."""
    port = plan.listener.port if plan.printer_uri is None else port
    return replace(
        plan.asked,
        edition=plan.edition,
        vocabulary=plan.vocabulary,
        built_in=plan.printer_uri is None,
        awkward=plan.awkward,
        seed=plan.seed,
        walks=plan.walks,
        selection=plan.selection,
        ixit=plan.ixit_entries,
        accounts=plan.ixit_entries is not None and plan.ixit.has_accounts,
        listen=(plan.listener.host, port),
        document=hashlib.sha256(document).hexdigest() if plan.ixit.document else "",
        max_subscriptions=plan.max_subscriptions or 0,
        variant=plan.variant,
        paper=-1 if plan.paper is None else plan.paper,
        bench_check=plan.bench_check or plan.printer_uri is None,
    )


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


def built_in_printer(plan: RunPlan, hurry: asyncio.Event, afterwards: AsyncExitStack) -> PrinterAt:
    """The reference printer in a process of its own, so that neither's load or fault is the other's.

    It has a moment for the mails that are on their way.  In a ``hurry`` it is killed, but ``afterwards``: while the
    recipient is there, its sessions would end as if the printer had broken them off.
    """
    vocabulary = plan.vocabulary
    if vocabulary == "auto":
        own = variant_called(plan.variant).vocabulary if plan.variant else ""
        vocabulary = own or TRAITS[plan.edition].vocabulary

    @asynccontextmanager
    async def listening(recipient: Address) -> AsyncIterator[str]:
        host, port = recipient
        command = [
            *own_module("reports"), "printer", "--port", "0",
            "--smtp", written(host, port),
            "--vocabulary", vocabulary, "--edition", plan.edition.value, "--stop-at-eof", "--quiet",
        ]  # fmt: skip
        arguments, variables = plan.mail_path.relay_arguments(plan.evidence)
        command += arguments
        for defect in plan.defects:
            command += ["--defect", defect]
        if plan.variant:
            command += ["--variant", plan.variant]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,  # closed when we end, however we end
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is ours: the printer is still needed to give subscriptions back
            env={**own_environment(), **variables},
        )
        afterwards.push_async_callback(_killed, process)
        try:
            yield await _ready(process)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await done_before(hurry, process.wait())

    return listening


async def _killed(process: asyncio.subprocess.Process) -> None:
    """End it, if it has not ended itself."""
    if process.returncode is None:
        process.kill()
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
