"""The second witness: where a printer lets events be fetched, it is asked what happened while mails are awaited.

One pull subscription serves the whole run.  It costs a place at the printer and a request now and then; where a printer
has few places or makes no such subscription, the run goes on without.  One that does not say how many it has, and then
has none for a play, gets this one back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from conformance.record.exchanges import Answer, answer_of, granted_group, lease_told
from conformance.record.pulling import FETCHED, IDS, IPPGET, METHOD, METHODS, NUMBER, NUMBERS
from conformance.record.run_facts import RunFacts
from conformance.verdict import Inconclusive
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status

from .live_subscription import NotPlayable
from .play_under_way import OPERATOR
from .requests import carried, operation_group
from .shared import Shared

FEW: Final = 4  # places, all of which the plays need
SOON: Final = 1.0
LATER: Final = 5.0
"""Seconds to the next question, after something was told and after nothing.  An event is kept for 15 at least (RFC 3996
section 8.1), but a printer in the field keeps no more than a hundred of them."""

LEASE: Final = 600
"""Seconds, renewed at half: what a run that dies leaves behind is gone soon."""

_NS: Final = 1_000_000_000
_GONE: Final = (Status.CLIENT_ERROR_NOT_FOUND, Status.CLIENT_ERROR_GONE)


@asynccontextmanager
async def second_witness(stage: Shared, places: int) -> AsyncIterator[int]:
    """One as long as this lasts, where the printer has such; how many places it takes.

    ``places`` are those that the printer has, 0 where nobody knows.
    """
    try:
        listed = _lists_ippget(stage.printer)
    except Inconclusive:  # what cannot be read is no offer
        listed = False
    if not listed:
        yield 0
        return
    if 0 < places <= FEW:
        _without(stage, f"it holds {places} subscriptions, and the plays need them")
        yield 0
        return
    witness = SecondWitness(stage)
    try:
        if not await witness.begin():
            yield 0
            return
        asking = asyncio.create_task(witness.keep_asking())
        stage.room = witness
        try:
            yield 1
            witness.enough.set()
            await asking  # a fault of ours goes through
        finally:
            stage.room = None
            asking.cancel()
            await asyncio.wait({asking})
        await witness.ask()
    finally:
        await witness.end()


def _lists_ippget(printer: ipp.Group) -> bool:
    methods, operations = printer.get(METHODS), printer.get("operations-supported")
    if methods is None or IPPGET not in methods.texts() or operations is None:
        return False
    return Operation.GET_NOTIFICATIONS in operations.integers()


def _without(stage: Shared, why: str) -> None:
    stage.note(RunFacts(observed=(f"what happened is not asked of the printer (ippget): {why}",)))


class SecondWitness:
    """A pull subscription of ours, with what it has told so far."""

    def __init__(self, stage: Shared) -> None:
        self._stage = stage
        self.enough = asyncio.Event()  # set: there is nothing more to ask for
        self._id: int | None = None
        self._unsure = False
        self._heard = 1  # the highest number told so far: asked for again, it shows that nothing was lost
        self._renew_at: int | None = None
        self._giving_up = asyncio.Lock()
        self._given_up_ns: int | None = None

    async def begin(self) -> bool:
        """Subscribe; whether the printer did."""
        attributes = (
            ipp.keyword(METHOD, IPPGET),
            ipp.keyword(self._stage.vocabulary.events, *FETCHED),
            ipp.integer(self._stage.vocabulary.lease_requested, LEASE),
        )
        try:
            groups = carried(
                self._stage.ixit.carrier, self._about(), [ipp.Group(GroupTag.SUBSCRIPTION, attributes)],
                job_creation=False,
            )  # fmt: skip
        except NotPlayable:
            return False
        self._unsure = True
        answer = answer_of(await self._stage.request(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups))
        if answer is None:
            _without(self._stage, "Create-Printer-Subscriptions got no answer")
            return False
        self._unsure = False
        group = granted_group(answer.message, 0, self._stage.vocabulary)
        number = group.get(self._stage.vocabulary.subscription_id) if group is not None else None
        self._id = number.value.integer if number is not None else None
        if self._id is None:
            _without(self._stage, f"Create-Printer-Subscriptions gave {answer.keyword}")
            return False
        self._note_lease(answer, group)
        return True

    async def keep_asking(self) -> None:
        """Now and then, until there is no answer any more."""
        heard = 0
        while await self.ask() and not self.enough.is_set():
            pause, heard = min(SOON if self._heard > heard else LATER, self._until_renewal()), self._heard
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self.enough.wait()

    def _until_renewal(self) -> float:
        """Seconds for which the lease needs no care; a printer may grant a short one."""
        if self._renew_at is None:
            return LATER
        return max(SOON / 10, (self._renew_at - self._stage.journal.now()) / _NS)

    async def ask(self) -> bool:
        """Once; whether it is worth to ask again."""
        if self._id is None:
            return False
        if self._renew_at is not None and self._stage.journal.now() > self._renew_at:
            await self._renew()
        about = self._about(ipp.integer(IDS, self._id), ipp.integer(NUMBERS, self._heard))
        answer = answer_of(await self._stage.request(Operation.GET_NOTIFICATIONS, [about]))
        if answer is None or answer.status in _GONE:
            return False
        for group in answer.message.all(GroupTag.EVENT_NOTIFICATION):
            number = group.get(NUMBER)
            if number is not None and number.value.integer is not None:
                self._heard = max(self._heard, number.value.integer)
        return True

    async def make(self, asked_ns: int) -> bool:
        """Give the place to a play that asked then and was refused for want of room; whether there is one now."""
        async with self._giving_up:
            if self._id is not None:
                await self.ask()
                self.enough.set()
                if not await self._cancel(self._id):
                    return False
                self._id, self._given_up_ns = None, self._stage.journal.now()
                _without(self._stage, "from here on, as the printer had no place for it and a play")
        return self._given_up_ns is not None and asked_ns < self._given_up_ns

    async def end(self) -> None:
        """Give the subscription back, or tell that it stays; at once where the run is in a hurry."""
        lease = f"its lease of {LEASE} s ends it"
        if self._unsure:
            self._stage.leave_behind(f"perhaps a subscription of {OPERATOR} that is pulled; {lease}")
        if self._id is None:
            return
        left = f"subscription {self._id} of {OPERATOR}, which is pulled; {lease}, else send Cancel-Subscription"
        cancelling = asyncio.ensure_future(self._cancel(self._id))
        hurry = asyncio.ensure_future(self._stage.hurry.wait())
        try:
            await asyncio.wait({cancelling, hurry}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (cancelling, hurry):
                task.cancel()
            if not cancelling.done():
                self._stage.leave_behind(left)
        await asyncio.wait({cancelling, hurry})
        if not cancelling.cancelled() and not cancelling.result():
            self._stage.leave_behind(left)

    async def _cancel(self, number: int) -> bool:
        about = self._about(ipp.integer(self._stage.vocabulary.subscription_id, number))
        answer = answer_of(await self._stage.request(Operation.CANCEL_SUBSCRIPTION, [about]))
        return answer is not None and (answer.ok or answer.status in _GONE)

    async def _renew(self) -> None:
        assert self._id is not None  # it was made
        v = self._stage.vocabulary
        about = self._about(ipp.integer(v.subscription_id, self._id), ipp.integer(v.lease_requested, LEASE))
        answer = answer_of(await self._stage.subscriber.post(Operation.RENEW_SUBSCRIPTION, [about]))
        self._renew_at = None
        if answer is not None and answer.ok:
            self._note_lease(answer, answer.message.first(GroupTag.SUBSCRIPTION))

    def _note_lease(self, answer: Answer, group: ipp.Group | None) -> None:
        seconds = lease_told(group, self._stage.vocabulary) if group is not None else None
        if seconds:
            self._renew_at = answer.row.t_end + seconds * _NS // 2

    def _about(self, *more: ipp.Attribute) -> ipp.Group:
        return operation_group(self._stage.subscriber.uri, OPERATOR, *more)
