"""``ippmailto client``: plays the printer, in each way it can be secured, and judges the client that connects."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceLostError
from conformance.record.run_facts import RunFacts
from conformance.requirements import Binds, catalogue, switched
from conformance.vocabulary import VOCABULARIES, Edition
from fakes.hurry import done_before
from fakes.printer import OBEDIENT, Policy
from fakes.printer.security.identity import Identity
from fakes.printer.security_policy import Authentication, Mode
from fakes.recipient.journal import Journal, JournalError
from fakes.watched import PlayedWay, Visitor, WaySetting, Weight
from reports.exits import UsageError, in_words
from reports.judging.judging import OwnFaultError
from reports.judging.selection import Selection
from reports.version import tool_version
from reports.writing import remark, say

from .interrupting import numbers
from .printer_security import accounts, write_certificates
from .report_directory import Subject, make_directory, named_evidence, place_for
from .run_options import RunOptions
from .stopping import stopping
from .what_remains import what_remains
from .where_to_listen import cannot_listen

HOST: Final = "127.0.0.1"  # unless told
CLIENT_SECONDS: Final = 60.0  # for a client that we start; some begin again for ever where they are refused
KILL_SECONDS: Final = 5.0  # for a client that was told to end


@dataclass(frozen=True, slots=True)
class ClientPlan:
    """What is to be played for a client."""

    settings: Sequence[WaySetting]
    policy: Policy
    visitor: Visitor
    words: Sequence[str]  # of the client's command; nothing where somebody else starts it
    seconds: float | None
    host: str
    ports: tuple[int, int]
    certificates: Path | None
    evidence: Path
    options: RunOptions
    quiet: bool
    machine: bool  # standard output is for JSON


@dataclass(frozen=True, slots=True)
class PlayedClient:
    """What was played: its evidence, and what it is to be judged by."""

    evidence: Path
    edition: Edition
    selection: Selection


def play_client(options: argparse.Namespace) -> PlayedClient:
    """Play the printer until the client has ended; raises what the caller has to tell."""
    plan, before = _plan(options), {number: signal.getsignal(number) for number in numbers()}
    try:
        asyncio.run(_play(plan))
    except (JournalError, EvidenceLostError) as error:
        raise OwnFaultError(f"{error}; {what_remains(error, plan.evidence)}") from error
    finally:
        for number, handler in before.items():  # while it is judged, too, SIGTERM is as good as Ctrl-C
            signal.signal(number, handler)
    edition = plan.options.edition or Edition.MAILTO_00
    return PlayedClient(plan.evidence, edition, plan.options.selection)


def _plan(options: argparse.Namespace) -> ClientPlan:
    edition = Edition(options.edition or Edition.MAILTO_00)
    switched(options.reading, catalogue(edition).readings)
    selection = Selection(tuple(options.select))
    selection.cases(edition, whom=Binds.CLIENT)  # one that matches nothing is told before all is played for nothing
    policy = replace(OBEDIENT, vocabulary=VOCABULARIES[options.vocabulary], edition=edition)
    settings = _settings(options)
    if (options.port or options.tls_port) and len(settings) > 1:
        raise UsageError("one port is for one printer: name the way with --security beside --port and --tls-port")
    make_directory(options.report_dir)
    return ClientPlan(
        settings=settings,
        policy=replace(policy, accounts=accounts(options) or policy.accounts),
        visitor=Visitor(options.insist_tls, options.no_address_given),
        words=options.words,
        seconds=options.serve_for,
        host=options.host,
        ports=(options.port, options.tls_port),
        certificates=options.certificates,
        evidence=_evidence(options, edition, selection),
        options=RunOptions(edition=edition, vocabulary=options.vocabulary, selection=selection),
        quiet=options.quiet,
        machine=options.json_lines,
    )


def _settings(options: argparse.Namespace) -> list[WaySetting]:
    proof = Authentication(options.auth or Authentication.NAME)
    modes = [Mode(word) for word in dict.fromkeys(options.security)] or list(Mode)
    if proof is Authentication.CERTIFICATE and Mode.PLAIN in modes:
        if options.security:
            raise UsageError("nobody shows a certificate in the clear; --security says which printer has TLS")
        modes.remove(Mode.PLAIN)
    return [WaySetting(mode, proof) for mode in modes]


def _evidence(options: argparse.Namespace, edition: Edition, selection: Selection) -> Path:
    if options.evidence:
        path = named_evidence(options.evidence)
    else:
        name = f"client-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.evidence"
        subject = Subject(name, "", edition, selection)
        path = place_for(options.report_dir, subject, overwrite=options.overwrite) / name
    make_directory(path.parent)
    return path


# ---------------------------------------------------------------- playing


async def _play(plan: ClientPlan) -> None:
    with _certificates(plan) as files, EvidenceFile.create(plan.evidence) as file:
        journal = Journal(file)
        try:
            began, run = datetime.now(UTC).isoformat(timespec="milliseconds"), journal.id(rows.Run)
            weight = Weight()  # of all of them: one file is judged
            ways = [_way(plan, setting, journal, run, files.identity, weight) for setting in plan.settings]
            hurry = asyncio.Event()
            async with _listening(ways, hurry):
                sitting = rows.Run(run, 0, began, f"ippmailto {tool_version()}", ways[0].uri, plan.options.as_json())
                facts = RunFacts(vocabulary=plan.options.vocabulary, subject=Binds.CLIENT.value)
                await journal.commit(sitting, *facts.rows(run, journal.now()))
                stop = await stopping(hurry)
                _tell(plan, ways, files)
                if plan.words:
                    reason = await _with_command(plan, ways, files, stop)
                else:
                    reason = await _until_told(plan, ways, journal, stop)
            await journal.commit(rows.RunEnd(run, journal.now(), reason))
        finally:
            await journal.close()


def _way(
    plan: ClientPlan, setting: WaySetting, journal: Journal, run: int, identity: Identity, weight: Weight
) -> PlayedWay:
    return PlayedWay(
        setting, plan.policy, journal, run, plan.visitor, identity, host=plan.host, ports=plan.ports, weight=weight
    )


@asynccontextmanager
async def _listening(ways: Sequence[PlayedWay], hurry: asyncio.Event) -> AsyncIterator[None]:
    """All printers at once, each on its ports; those that nobody ended end here.  Raises ``UsageError``."""
    for way in ways:
        try:
            await way.start()
        except OSError as error:
            for other in ways:
                await other.printer.stop()
            raise cannot_listen(way.printer, error) from error
    try:
        yield
    finally:
        for way in ways:
            await done_before(hurry, way.end())


async def _until_told(plan: ClientPlan, ways: Sequence[PlayedWay], journal: Journal, stop: asyncio.Event) -> str:
    """Until Ctrl-C or SIGTERM, the end of the time, or no more can be recorded."""
    if not plan.machine:
        say("ready " + " ".join(f"{way.setting.name} {way.uri}" for way in ways))
    await _first(stop.wait(), journal.failure(), seconds=plan.seconds)
    return rows.FINISHED


async def _first(*waiting: Coroutine[Any, Any, object], seconds: float | None) -> bool:
    """Wait for one of them, or so long; whether one came."""
    tasks = [asyncio.ensure_future(one) for one in waiting]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return bool(done)


async def _with_command(plan: ClientPlan, ways: Sequence[PlayedWay], files: ClientFiles, stop: asyncio.Event) -> str:
    """The client's command at each printer in turn; why it was not all of them, or ``FINISHED``."""
    for way in ways:
        words = [_filled_in(word, way, files) for word in plan.words]
        try:
            process = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.DEVNULL, stdout=sys.stderr)
        except OSError as error:
            raise UsageError(f"{words[0]} cannot be started: {in_words(error)}") from error
        try:
            await _first(process.wait(), stop.wait(), seconds=plan.seconds or CLIENT_SECONDS)
        finally:
            ended = process.returncode
            await _ended(process)
        await way.end(f"the client ended with {ended}" if ended is not None else "the client was ended")
        if stop.is_set():
            return f"{rows.INTERRUPTED} at {way.setting.name}"
    return rows.FINISHED


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End it, if it has not ended itself."""
    if process.returncode is None:
        process.terminate()
        if not await _first(process.wait(), seconds=KILL_SECONDS):
            process.kill()
            await process.wait()


# ---------------------------------------------------------------- what the client is told


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """What a client needs for TLS, and where that is."""

    identity: Identity
    authority: Path
    certificate: Path
    key: Path


@contextmanager
def _certificates(plan: ClientPlan) -> Iterator[ClientFiles]:
    identity = Identity.of(plan.policy.security, plan.host)
    with TemporaryDirectory(prefix="ippmailto-") as room:
        yield ClientFiles(identity, *write_certificates(identity, plan.certificates or Path(room)))


def _filled_in(word: str, way: PlayedWay, files: ClientFiles) -> str:
    """A word of the command with what stands in braces replaced."""
    place = urlsplit(way.plain_uri)
    for name, value in {
        "uri": way.uri,
        "ipp": way.plain_uri,
        "ipps": way.secure_uri,
        "host": place.hostname or "",
        "port": str(place.port),
        "way": way.setting.name,
        "ca": str(files.authority),
        "certificate": str(files.certificate),
        "key": str(files.key),
    }.items():
        word = word.replace(f"{{{name}}}", value)
    return word


def _tell(plan: ClientPlan, ways: Sequence[PlayedWay], files: ClientFiles) -> None:
    if plan.quiet:
        return
    for way in ways:
        uris = dict.fromkeys(uri for uri in (way.uri, way.plain_uri, way.printer.secure_uri) if uri)
        remark(f"{way.setting.name}: {' or '.join(uris)}")
    remark(f"{files.authority} has signed the certificates")
