"""The steps of a play that ask for a subscription that is there, list them, or cancel one."""

from __future__ import annotations

from conformance.record.exchanges import lease_told, told_group
from conformance.scenarios.steps import NOBODYS, NOBODYS_NUMBER, ListSubscriptions, Query, Unsubscribe
from conformance.wire import ipp
from conformance.wire.registry import Operation

from . import waits
from .play_under_way import OPERATOR, NothingToAsk, PlayUnderWay


async def try_nobodys(play: PlayUnderWay, operation: Operation, user: str | None) -> None:
    """The operation on a subscription that there never was; one that is there is somebody's, and left alone."""
    about = ipp.integer(play.stage.vocabulary.subscription_id, NOBODYS_NUMBER)
    reads = operation is Operation.GET_SUBSCRIPTION_ATTRIBUTES
    if reads or not play.has_nobodys:
        answer = await play.ask(operation, [play.operation_group(user, about)])
        play.has_nobodys = answer.ok


async def query(play: PlayUnderWay, step: Query) -> None:
    """What the printer tells of a subscription, and its clock beside it."""
    if step.subscription == NOBODYS:
        await try_nobodys(play, Operation.GET_SUBSCRIPTION_ATTRIBUTES, OPERATOR)
        return
    try:
        about = play.about(step.subscription)
    except NothingToAsk:
        return
    live = play.subscriptions[step.subscription]
    if step.settled:
        await waits.settled(play, live, about)
    play.login(live.account, step.user)
    groups = [play.operation_group(step.user, about)]
    answer = await play.ask(Operation.GET_SUBSCRIPTION_ATTRIBUTES, groups, account=live.account)
    waits.require_time(play, live, answer)
    group = told_group(answer.message, play.stage.vocabulary)
    if group is not None and live.lease is None:
        live.lease = lease_told(group, play.stage.vocabulary)
    wanted = ipp.keyword("requested-attributes", "printer-up-time", "printer-name", "printer-current-time")
    clock = await play.ask(Operation.GET_PRINTER_ATTRIBUTES, [play.operation_group(OPERATOR, wanted)], partly=True)
    if group is not None:
        waits.note_end(play, live, group, clock)


async def list_those_there(play: PlayUnderWay, step: ListSubscriptions) -> None:
    """The subscriptions of the printer, or of a job."""
    more = []
    if step.job and step.job not in play.jobs:
        return  # no job was made, as its case will say
    if step.job:
        more.append(ipp.integer(play.stage.vocabulary.job_id, play.jobs[step.job]))
    if step.limit is not None:
        more.append(ipp.integer("limit", step.limit))
    if step.requested:
        more.append(ipp.keyword("requested-attributes", *step.requested))
    play.login("", step.user)
    if step.mine is not None:
        more.append(ipp.boolean("my-subscriptions", step.mine))
    await play.ask(Operation.GET_SUBSCRIPTIONS, [play.operation_group(step.user, *more)])


async def cancel(play: PlayUnderWay, step: Unsubscribe) -> None:
    """The end of a subscription."""
    if step.subscription == NOBODYS:
        await try_nobodys(play, Operation.CANCEL_SUBSCRIPTION, step.user)
        return
    try:
        about = play.about(step.subscription)
    except NothingToAsk:
        return
    live = play.subscriptions[step.subscription]
    account = step.account or live.account
    play.login(account, step.user)
    groups = [play.operation_group(step.user, about)]
    answer = await play.ask(Operation.CANCEL_SUBSCRIPTION, groups, account=account)
    if answer.ok:
        live.id, live.was = None, live.id
