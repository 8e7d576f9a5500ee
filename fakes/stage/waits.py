"""The steps of a play that send nothing and wait: for mails, for their absence, for a lease to pass."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from typing import Final

from conformance.record import outcomes, own_names, rows
from conformance.record.exchanges import Answer
from conformance.record.outcomes import Carrier
from conformance.scenarios.steps import Ask, AwaitMail, Elapse, OutliveLease, Pass, Refuse, Silence
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, JobState, Operation

from .first_visit import see_that_somebody_mails
from .live_subscription import SECOND, CutShort, LiveSubscription, ToBeAlone, TooLate
from .play_under_way import OPERATOR, PlayUnderWay
from .shared import JOB_POLL
from .sheets import OutOfPaper

TURN: Final = 4.0  # seconds for which a play may have the printer to itself, beside the mails that it waits for
UNSURE: Final = 1.1  # seconds before the end of a lease in which it may be over, by a clock of whole ones
MOMENT: Final = 0.05  # seconds that a mail may take beyond what the slowest took so far
LATE_MAILS: Final = 5  # that are waited for, one after the other; nothing of ours brings about as many
SETTLED: Final = 0.5  # seconds that a printer may take, after a mail was taken from it, to count it


async def await_mail(play: PlayUnderWay, step: AwaitMail) -> outcomes.MailsAwaited:
    """Until the mails are there, or a sentinel shows that none will come."""
    live = play.subscriptions[step.subscription]
    arrivals, mail_timeout = play.stage.recipient.arrivals, play.stage.mail_timeout
    later = None
    if live.id is not None:
        if play.lets_all_in:
            await _ended(play)  # who is alone meanwhile would hear of its job's end, and take that mail for his own
        async with play.aside():
            came = await arrivals.wait(live.address, step.count, mail_timeout.limit(printed=play.printed))
            if not came and play.printed and play.stage.spares_paper:
                came = await _comes_while_printing(play, live, step.count)
        if came:
            if not play.refusing:  # a second attempt says nothing about how long a mail takes
                arrived = arrivals.times(live.address)[step.count - 1]
                mail_timeout.learn(play.last_event_ns, arrived, printed=play.printed)
        else:
            try:
                later = await sentinel(play, live)
            except OutOfPaper:
                await see_that_somebody_mails(play)
                raise
            if not later:
                await see_that_somebody_mails(play)
            async with play.aside():
                await arrivals.wait(live.address, step.count, mail_timeout.settle)
    return outcomes.MailsAwaited(step.count, arrivals.count(live.address), later)


async def _comes_while_printing(play: PlayUnderWay, live: LiveSubscription, count: int) -> bool:
    """Whether the mails come while a job of the play still waits for the printer, which others may keep busy."""
    loop, arrivals = asyncio.get_running_loop(), play.stage.recipient.arrivals
    deadline = loop.time() + play.stage.mail_timeout.longest
    while loop.time() < deadline and not await _are_over(play):
        if await arrivals.wait(live.address, count, JOB_POLL):
            return True
    return False


async def silence(play: PlayUnderWay, step: Silence) -> outcomes.SilenceKept:
    """Until a later event's mail has come, and any that was to come has had its time."""
    live = play.subscriptions[step.subscription]
    refuses = play.scenario.refuses_all  # up to a mail that comes all the same: the fault is over then
    later = await sentinel(play, live, deaf=step.deaf and not refuses)
    async with play.aside(deaf=step.deaf and (later or not refuses)):
        await _fall_silent(play, live, 1 if step.deaf and live.hears(play.stage.journal.now()) else LATE_MAILS)
    return outcomes.SilenceKept(later, play.stage.recipient.arrivals.count(live.address))


async def _fall_silent(play: PlayUnderWay, live: LiveSubscription, most: int) -> None:
    """Until no mail has come for as long as a late one may take; where somebody else prints that may never be.

    One mail that comes is not the last, but of so many: a job changes the state of its printer more than once.
    """
    arrivals, settle = play.stage.recipient.arrivals, play.stage.mail_timeout.settle
    for _ in range(most):
        if not await arrivals.wait(live.address, arrivals.count(live.address) + 1, settle):
            return


async def sentinel(play: PlayUnderWay, watched: LiveSubscription, *, deaf: bool = False) -> bool:
    """Whether the mail about an event of our own, later than all of this play's, arrives; ``deaf`` as of ``Silence``.

    It is an event that the watched subscription does not list, where there is such; a paused printer completes no job.
    Paper is spared if it can be: a printer that says nothing of a job without a document may do so of another one.
    """
    if play.ensemble is not None and play.ensemble.events > 1:
        told = f"a mail for {watched.address} did not come while other plays had the same events; played again"
        raise ToBeAlone(told)
    narrow = play.halt.paused or ("job-completed" in (watched.asked.events or ()) and watched.id)
    behind = narrow or (play.printed and play.stage.spares_paper)  # a sentinel without paper waits for no printing
    if behind and not play.halt.paused and not await _ended(play):
        return False  # its job still waits behind others: no mail about its end can be missing
    event = "job-created" if narrow else "job-completed"
    async with play.ensemble.last_word() if play.ensemble is not None else nullcontext():
        if play.stage.spares_paper and await _sentinel(play, event, Operation.CREATE_JOB, deaf=deaf):
            return True
        await play.turn.again()
        return await _sentinel(play, event, Operation.PRINT_JOB)


async def _sentinel(play: PlayUnderWay, event: str, operation: Operation, *, deaf: bool = False) -> bool:
    """One attempt."""
    opens = operation is Operation.CREATE_JOB
    if not opens:
        play.stage.sheets.take()
    play.sentinels += 1
    step, began = play.stage.journal.id(rows.Step), play.stage.journal.now()
    ask = Ask(label=f"0{step}", events=(event,))
    group, about = play.prepare(ask, Carrier.JOB)
    name = own_names.sentinel_job(play.play, step)
    groups = play.carried(play.operation_group(OPERATOR, ipp.name_("job-name", name)), [group], job_creation=True)
    sent = outcomes.SentinelSent(about.address, name=name)
    try:
        play.unsure_jobs[name] = OPERATOR
        answer = await play.ask(operation, groups, b"" if opens else play.stage.document, step=step)
        job = answer.message.find("job-id", GroupTag.JOB)
        sent = replace(sent, job=job.value.integer if job is not None else None)
        play.sentinel_job, play.last_sentinel_ns = sent.job, answer.row.t_start
        play.note_granted(answer, [ask.label])
        if opens and job is not None:
            await play.ask(Operation.CANCEL_JOB, [play.operation_group(OPERATOR, job)], step=step)
        del play.unsure_jobs[name]
        if play.lets_all_in:
            await _ended(play, sent.job)
        deaf = deaf and not play.halt.paused and await _is_over(play, sent.job)  # nobody who is alone hears of its end
        arrived = await _arrives(play, ask.label, answer.row.t_start, printed=not opens, deaf=deaf)
        sent = replace(sent, arrived=arrived)
    finally:
        play.subscriptions.pop(ask.label)
        play.stage.journal.add(outcomes.recorded(step, play.play, began, "Sentinel", sent))
    return sent.arrived


async def _arrives(play: PlayUnderWay, label: str, triggered: int, *, printed: bool, deaf: bool) -> bool:
    """Whether the sentinel's mail comes in the time that a mail may take."""
    control, arrivals, mail_timeout = play.subscriptions[label], play.stage.recipient.arrivals, play.stage.mail_timeout
    if control.id is None:
        return False
    async with play.aside(deaf=deaf, mail=True):
        arrived = await arrivals.wait(control.address, 1, mail_timeout.sentinel)
    if arrived:
        mail_timeout.learn(triggered, arrivals.times(control.address)[0], printed=printed)
    else:
        mail_timeout.vain += 1
    return arrived


async def _ended(play: PlayUnderWay, *others: int | None) -> bool:
    """Whether these jobs, and all of the play that have their documents, end now or within the time a mail may take."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + play.stage.mail_timeout.longest
    for job in (*_own_jobs(play), *(other for other in others if other is not None)):
        while await _goes_on(play, job):
            if loop.time() > deadline:
                return False
            await asyncio.sleep(JOB_POLL)  # over IPP nobody tells when a job ends, but for the mail that is missing
    return True


async def _are_over(play: PlayUnderWay) -> bool:
    """Whether all jobs of the play that have their documents have ended, as far as the printer tells."""
    for job in _own_jobs(play):
        if await _goes_on(play, job):
            return False
    return True


def _own_jobs(play: PlayUnderWay) -> list[int]:
    return [play.jobs[label] for label in play.jobs.keys() - play.open_jobs]


async def _goes_on(play: PlayUnderWay, job: int) -> bool:
    state = await _state(play, job)
    return state is not None and state < JobState.CANCELED


async def _is_over(play: PlayUnderWay, job: int | None) -> bool:
    """Whether a job has ended, as the printer says."""
    state = await _state(play, job) if job is not None else None
    return state is not None and state >= JobState.CANCELED


async def _state(play: PlayUnderWay, job: int) -> int | None:
    """A job's state, as the printer tells it; ``None`` where it does not."""
    about = play.operation_group(OPERATOR, ipp.integer("job-id", job))
    state = (await play.ask(Operation.GET_JOB_ATTRIBUTES, [about])).message.find("job-state", GroupTag.JOB)
    return None if state is None else state.value.integer or 0


async def settled(play: PlayUnderWay, live: LiveSubscription, about: ipp.Attribute) -> None:
    """Until the printer's sequence number is that of the mails that have come, or a late one has had its time.

    A mail that nothing called for may make up for one under way: until the last event is as long ago as mails usually
    take, they are not compared.
    """
    stage, loop = play.stage, asyncio.get_running_loop()
    step, began = stage.journal.id(rows.Step), stage.journal.now()
    sharing = sum(other.made and other.address == live.address for other in play.subscriptions.values())
    arrived = loop.time() + MOMENT + _under_way(play)
    deadline = loop.time() + MOMENT + stage.mail_timeout.usual + max(SETTLED, stage.mail_timeout.settle)
    groups = [play.operation_group(OPERATOR, about)]
    while True:
        answer = await play.ask(Operation.GET_SUBSCRIPTION_ATTRIBUTES, groups, step=step, account=live.account)
        number, came = answer.message.find(stage.vocabulary.sequence), stage.recipient.arrivals.count(live.address)
        alike = number is None or (number.value.integer or 0) * sharing == came
        if loop.time() > (arrived if alike else deadline):
            break
        await stage.recipient.arrivals.wait(live.address, came + 1, SETTLED / 10)
    stage.journal.add(outcomes.recorded(step, play.play, began, "Settled", outcomes.Settled(came)))


def _under_way(play: PlayUnderWay) -> float:
    """For how many seconds more a mail about the play's last event may be under way, if it is as slow as any so far.

    What waits for paper comes later than its event: as if that had been just now.
    """
    usual = play.stage.mail_timeout.usual
    if play.printed or not play.stage.spares_paper:
        return usual
    return max(0.0, usual - (play.stage.journal.now() - play.last_event_ns) / SECOND)


def refuse(play: PlayUnderWay, step: Refuse) -> outcomes.Refused:
    """Let the recipient misbehave as the script says for the rest of this play."""
    live = play.subscriptions.get(step.subscription)
    address = live.address if live is not None else play.stage.address(play.play, step.subscription)
    faults = [fault.about(address) for fault in step.faults]
    script = "\n".join(fault.line for fault in faults)
    play.stage.play_faults.set(play.play, faults)
    play.refusing = True
    return outcomes.Refused(script)


async def outlive_lease(play: PlayUnderWay, step: OutliveLease) -> outcomes.LeaseOutlived:
    """Until a second after the end."""
    return outcomes.LeaseOutlived(await _wait_for_lease(play, step.subscription, 1.0, 1.0))


async def pass_time(play: PlayUnderWay, step: Pass) -> outcomes.LeasePassed:
    """Until that part of the lease is over."""
    play.subscriptions[step.subscription].near |= step.near
    near = play.turn.slots.places == 1 or (step.near and not _has_time_for_others(play, step))
    return outcomes.LeasePassed(await _wait_for_lease(play, step.subscription, step.fraction, 0.0, near=near))


def _has_time_for_others(play: PlayUnderWay, step: Pass) -> bool:
    """Whether another play may have the turn until that moment: what is left of the lease then can wait for its end."""
    lease = play.subscriptions[step.subscription].lease or 0
    return lease * (1 - step.fraction) > TURN + 4 * play.stage.mail_timeout.usual


def note_end(play: PlayUnderWay, live: LiveSubscription, told: ipp.Group, clock: Answer) -> None:
    """When a lease ends by the printer's clock, which may be up to a second before that of ours says so."""
    end = told.get(play.stage.vocabulary.lease_expiration)
    now = clock.message.find("printer-up-time", GroupTag.PRINTER)
    if live.ends_ns and end is not None and now is not None and end.value.integer and now.value.integer is not None:
        live.ends_ns = min(live.ends_ns, clock.row.t_start + (end.value.integer - now.value.integer) * SECOND)


def require_time(play: PlayUnderWay, live: LiveSubscription, answer: Answer) -> None:
    """Raises ``TooLate`` where a lease may have ended before that answer, if the printer grants longer ones."""
    left = (live.ends_ns - answer.row.t_end) / SECOND
    if live.near and live.ends_ns and left < UNSURE and play.stage.leases.lengthened() is not None:
        raise TooLate(f"{answer.operation} was answered {left:.1f} s before the end of the lease, which is too late")


async def elapse(play: PlayUnderWay, step: Elapse) -> None:
    """So many seconds."""
    async with play.turn.given_up():
        await asyncio.sleep(step.seconds)


async def _wait_for_lease(
    play: PlayUnderWay, label: str, fraction: float, more: float, *, near: bool = False
) -> int | None:
    """Until that part of the lease, which is returned, has passed; unless ``near``, others get the slot meanwhile."""
    live = play.subscriptions[label]
    if live.id is None:
        return live.lease
    if live.lease is None:
        raise CutShort("the printer does not say how long the lease is, so that its end cannot be awaited")
    if live.lease <= 0:
        raise CutShort(f"the printer granted a lease of {live.lease} s, which does not end")
    if live.lease > play.stage.ixit.max_lease_wait:
        raise CutShort(
            f"the lease of {live.lease} s is longer than {play.stage.ixit.max_lease_wait:g} s; "
            "raise max-lease-wait in the IXIT to wait for it"
        )
    end = live.created_ns + int((live.lease * fraction + more) * 1e9)
    async with nullcontext() if near else play.turn.given_up():
        await asyncio.sleep(max(0.0, (end - play.stage.journal.now()) / 1e9))
    return live.lease
