"""The bench itself: whether anybody brings mail at all, where the printer has said that it will."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Final

from conformance.record import rows
from conformance.record.exchanges import Answer, answer_of
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, JobState, Operation

from .live_subscription import Unvisited
from .play_under_way import OPERATOR, PlayUnderWay

JOB_POLL: Final = 0.5  # seconds between two questions whether a job has ended


async def see_that_somebody_mails(play: PlayUnderWay) -> None:
    """Raise ``Unvisited`` where a mail was waited for in vain and nobody has ever connected to the recipient.

    A job that was printed meanwhile gets its time to end, and the mail about that its time to come: a subscription of
    the printer's hears of it, too.  While one goes on, nothing is said.
    """
    stage = play.stage
    if not stage.bench_check or stage.recipient.visited:
        return
    job = play.sentinel_job if play.sentinel_job is not None else max(play.jobs.values(), default=None)
    state = await _end(play, job) if job is not None else JobState.COMPLETED
    if stage.recipient.visited or state is None:
        return
    waited = (stage.journal.now() - play.last_trigger_ns) / 1e9
    stopped = f"job {job} does not end, the printer has stopped; or " if state is JobState.PROCESSING_STOPPED else ""
    relay = relay_address(stage.recipient.address, stage.subscriber.peer)
    raise Unvisited(
        f"{rows.NO_MAIL} in {waited:.0f} s, and nobody connected to the recipient: {stopped}set the printer's SMTP "
        f"server to {relay}, and --smtp-listen to the port that it mails to; and see that mail to anybody in "
        f"{stage.ixit.mail_domain} goes there (if mails take longer, raise mail-timeout in the IXIT; "
        "run --no-bench-check plays all the same)"
    )


async def _end(play: PlayUnderWay, job: int) -> JobState | None:
    """How a job ended, once the mail about it has had its time, or that it stands still; ``None`` for anything else."""
    loop, stage = asyncio.get_running_loop(), play.stage
    longest = stage.mail_timeout.longest
    deadline = loop.time() + longest
    about = [play.operation_group(OPERATOR, ipp.integer("job-id", job))]
    while not stage.recipient.visited:
        exchange = await stage.request(Operation.GET_JOB_ATTRIBUTES, about, play=play.play, step=play.step)
        answer = answer_of(exchange)
        told = answer.message.find("job-state", GroupTag.JOB) if answer is not None else None
        number = told.value.integer if told is not None else None
        if answer is None or number is None:
            return JobState.COMPLETED if answer is not None and not answer.ok else None  # it is gone, or never was
        if number in (JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED):
            await stage.recipient.visit(longest - _ended_before(answer))
            return JobState(number)
        if loop.time() > deadline:
            return JobState.PROCESSING_STOPPED if number == JobState.PROCESSING_STOPPED else None
        await asyncio.sleep(JOB_POLL)  # over IPP nobody tells when a job ends, but for the mail that is missing
    return None


def _ended_before(answer: Answer) -> float:
    """How many seconds ago a job ended, by the printer's word; 0 where it says nothing of that."""
    times = [answer.message.find(name, GroupTag.JOB) for name in ("time-at-completed", "job-printer-up-time")]
    ended, now = ((a.value.integer or 0) if a is not None else 0 for a in times)
    return float(now - ended) if 0 < ended <= now else 0.0


def relay_address(listening: str, peer: str) -> str:
    """What is to be entered at a printer: where the recipient listens, as it is seen from the address ``peer``.

    ``listening`` is HOST:PORT, the host as a number.
    """
    host, port = _split(listening)
    return f"{own_address(peer, host.version) if host.is_unspecified else host}, port {port}"


def listens(listening: str) -> str:
    """Where it does, in words."""
    host, port = _split(listening)
    return f"on all interfaces, port {port}" if host.is_unspecified else f"at {host}, port {port}"


def _split(listening: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    host, _, port = listening.rpartition(":")
    return ipaddress.ip_address(host.strip("[]").partition("%")[0]), int(port)


def own_address(peer: str, version: int) -> str:
    """The address of this machine on its way to a peer, of that version of IP; nothing is sent to find it."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    try:
        found = socket.getaddrinfo(peer.strip("[]"), 9, family, socket.SOCK_DGRAM)
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(found[0][4])
            return str(probe.getsockname()[0])
    except OSError:  # there is no such way, or the printer is reached over the other version
        return f"an IPv{version} address of this machine"
