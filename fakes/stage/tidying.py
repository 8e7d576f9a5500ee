"""Giving back what a play took, whatever ended it; what stays at the printer all the same is told, with how to undo it.

A request without an answer may have been carried out.  So a printer whose Pause-Printer timed out counts as paused, and
jobs and subscriptions that were asked for in vain are looked for by what only ours have: name, recipient.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from conformance.record import own_names
from conformance.record.exchanges import Answer, answer_of
from conformance.trouble import BUSY
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status
from fakes.hurry import done_before

from .live_subscription import LiveSubscription
from .play_under_way import OPERATOR, PlayUnderWay
from .requests import operation_group
from .shared import JOB_POLL, Shared

TIDY_SECONDS: Final = 60.0
"""After that no request is begun any more: a printer that restarts is back by then, and nobody watches a run for longer
that has nothing else to do."""

RETRY_SECONDS: Final = 1.0
"""Between two rounds of what is still to be given back: a printer out of breath is not asked without a pause."""

IN_VAIN: Final = 3
"""So many things left behind, after which each play tries a single round: this printer takes nothing back today."""

_GONE: Final = frozenset(
    {
        Status.CLIENT_ERROR_NOT_FOUND,
        Status.CLIENT_ERROR_GONE,
        Status.CLIENT_ERROR_NOT_POSSIBLE,  # a job that has ended, a printer that is not paused
    }
)


UNTRIED: Final = "it was not tried"


@dataclass(slots=True)
class _Errand:
    """One thing to do at the printer; ``left`` is what stays there until then, ``undo`` how to do it by hand."""

    operation: Operation
    about: tuple[ipp.Attribute, ...]
    left: str
    undo: str
    user: str | None = OPERATOR
    account: str = ""
    more: Callable[[Answer], list[_Errand]] | None = None  # what follows from the answer, where it was a question
    trouble: str = UNTRIED
    refused: bool = False

    def __str__(self) -> str:
        return f"{self.left} ({self.operation.keyword}: {self.trouble}); {self.undo}"


async def tidy(play: PlayUnderWay) -> None:
    """Give everything back, or note what is left.

    Ends early when the run is in a hurry, and when it is cancelled; what is left is noted then, too.
    """
    stage, errands = play.stage, list(_errands(play))
    stage.play_faults.clear(play.play)
    if not errands:
        return
    try:
        await done_before(stage.hurry, _run(play, errands))
    finally:
        for errand in errands:
            stage.leave_behind(str(errand))
        stage.left_paused |= any(errand.operation is Operation.RESUME_PRINTER for errand in errands)


async def jobs_ended(stage: Shared, under_way: Collection[int]) -> None:
    """Until no job of a play that is over is under way any more, or for as long as a mail about it may take.

    A printer may take its time to cancel one, or to print it, and who is alone then would hear of its end.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + stage.mail_timeout.limit(printed=stage.sheets.used > 0)
    wanted = ipp.keyword("requested-attributes", "job-id", "job-name")
    while loop.time() < deadline:
        about = operation_group(stage.subscriber.uri, OPERATOR, wanted)
        answer = answer_of(await stage.subscriber.post(Operation.GET_JOBS, [about]))
        if answer is None or not answer.ok:
            return
        names = [name.value.octets for group in answer.message.all(GroupTag.JOB) if (name := group.get("job-name"))]
        if all(own_names.plays_named(name) <= set(under_way) for name in names):
            return
        await asyncio.sleep(JOB_POLL)  # nobody tells when a job ends, but for those who are mailed


async def _run(play: PlayUnderWay, errands: list[_Errand]) -> None:
    """Round by round, so that one errand that stalls keeps none of the others; what is done leaves the list."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + (TIDY_SECONDS if len(play.stage.left_behind) < IN_VAIN else 0.0)
    while to_try := [errand for errand in errands if not errand.refused]:
        some_done = False
        for errand in to_try:
            if loop.time() > deadline and errand.trouble != UNTRIED:
                return
            found = await _attempt(play, errand)
            if found is not None:
                errands[:] = [one for one in errands if one is not errand] + found
                some_done = True
        if loop.time() > deadline:
            return
        if not some_done:
            await asyncio.sleep(RETRY_SECONDS)


async def _attempt(play: PlayUnderWay, errand: _Errand) -> list[_Errand] | None:
    """What follows, once it is done; ``None`` while it is not."""
    exchange = await play.stage.subscriber.post(
        errand.operation,
        [play.operation_group(errand.user, *errand.about)],
        play=play.play,
        step=0,
        login=play.login(errand.account),
    )
    answer = answer_of(exchange)
    if answer is None:
        errand.trouble = exchange.problem_text
        return None
    if answer.ok and errand.more is not None and answer.message.problem is not None:
        errand.trouble = f"the answer cannot be read: {answer.message.problem.reason}"
        return None
    if answer.ok or answer.status in _GONE:
        return errand.more(answer) if errand.more is not None and answer.ok else []
    errand.trouble, errand.refused = f"the printer answered {answer.keyword}", answer.status not in BUSY
    return None


# ---------------------------------------------------------------- what there is to do


def _errands(play: PlayUnderWay) -> Iterator[_Errand]:
    """The printer first: nobody else can print meanwhile."""
    if play.halt.paused:
        undo = f"resume {play.stage.subscriber.uri} at its panel, or send it Resume-Printer"
        yield _Errand(Operation.RESUME_PRINTER, (), "the printer may still be paused", undo)
    for label in sorted((play.open_jobs | play.held_jobs) & play.jobs.keys()):
        yield _job(play, play.jobs[label], own_names.own_job(play.play, label), play.owners.get(label, OPERATOR))
    for name, owner in sorted(play.unsure_jobs.items()):
        yield _job_by_name(play, name, owner)
    for live in play.subscriptions.values():
        if live.id is not None and not live.ends_with_its_job:
            yield _subscription(play, live, live.id)
        elif live.unsure:
            yield _subscription_by_recipient(play, live)


def _job(play: PlayUnderWay, number: int, name: str, owner: str | None) -> _Errand:
    return _Errand(
        Operation.CANCEL_JOB,
        (ipp.integer("job-id", number),),
        f"job {number}, {name!r}",
        "cancel it at the printer's panel or in its queue",
        user=owner,
    )


def _job_by_name(play: PlayUnderWay, name: str, owner: str | None) -> _Errand:
    """Those that have not ended are listed; where two have the name, one is somebody else's, who tests as well."""
    errand = _Errand(
        Operation.GET_JOBS,
        (ipp.keyword("requested-attributes", "job-id", "job-name"),),
        f"perhaps the job {name!r}, which was asked for and got no answer that can be read",
        "look whether it is in the printer's queue, and cancel it there",
        user=owner,
    )
    if play.play not in own_names.plays_named(name.encode()):
        errand.trouble, errand.refused = "others may have jobs of this name", True
        return errand

    def named(answer: Answer) -> list[_Errand]:
        groups = answer.message.all(GroupTag.JOB)
        numbers = [
            number.value.integer
            for group in groups
            if (number := group.get("job-id")) is not None
            and (told := group.get("job-name")) is not None
            and told.value.text(answer.message.charset) == name
        ]
        found = [_job(play, number, name, owner) for number in numbers if number is not None]
        for one in found if len(found) > 1 else ():
            one.trouble, one.refused = f"{len(found)} jobs have this name", True
        return found

    errand.more = named
    return errand


def _subscription(play: PlayUnderWay, live: LiveSubscription, number: int) -> _Errand:
    return _Errand(
        Operation.CANCEL_SUBSCRIPTION,
        (ipp.integer(play.stage.vocabulary.subscription_id, number),),
        f"subscription {number} of {live.user}, with mail to {live.address}",
        f"{_end_of(live)}send Cancel-Subscription",
        user=live.user,
        account=live.account,
    )


def _subscription_by_recipient(play: PlayUnderWay, live: LiveSubscription) -> _Errand:
    """The address is in no other subscription of anybody's."""
    v = play.stage.vocabulary

    def reaching(answer: Answer) -> list[_Errand]:
        return [
            _subscription(play, live, number.value.integer)
            for group in answer.message.all(GroupTag.SUBSCRIPTION)
            if (told := group.get(v.recipient)) is not None
            and live.address in (told.value.text() or "")
            and (number := group.get(v.subscription_id)) is not None
            and number.value.integer is not None
        ]

    about = [ipp.keyword("requested-attributes", v.subscription_id, v.recipient)]
    if live.job is not None:
        about.append(ipp.integer(v.job_id, live.job))
    return _Errand(
        Operation.GET_SUBSCRIPTIONS,
        tuple(about),
        f"perhaps a subscription of {live.user}, with mail to {live.address}, which got no answer that can be read",
        f"{_end_of(live)}look for it with Get-Subscriptions, and send Cancel-Subscription",
        user=live.user,
        account=live.account,
        more=reaching,
    )


def _end_of(live: LiveSubscription) -> str:
    lease = live.lease if live.lease is not None else live.asked.lease
    return f"its lease of {lease} s ends it, else " if lease else ""
