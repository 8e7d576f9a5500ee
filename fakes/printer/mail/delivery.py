"""Mail out of the printer: each subscription's mails in order, different subscriptions side by side, each tried again
for as long as that makes sense."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from fakes.printer.conditions import ConditionalLie, Occasion, Telling, told
from fakes.printer.notice import Notice
from fakes.printer.policy import Policy

from .compose import Uncomposable, compose
from .composed import Composed, differ
from .raw_transport import CLIENTS
from .transports import TRANSPORTS, NoEightBit, Transport, Undelivered

log = logging.getLogger(__name__)

GivenUp = Callable[[Notice], None]
MOST_QUEUED: Final = 10_000  # mails of a subscription that wait for a relay which takes none; a play has some dozens


class Mailer:
    """Sends a mail for each notice to the relay at ``host`` and ``port``.

    ``given_up`` is called with each notice whose mail was not delivered: it could not be composed, the relay refused
    it, or no attempt was left; ``refused`` with those of them whose recipient was refused for good, ``put_off`` with
    each that is to be tried again.  To be made and
    used on one event loop.
    """

    def __init__(
        self,
        policy: Policy,
        host: str,
        port: int,
        given_up: GivenUp | None = None,
        refused: GivenUp | None = None,
        put_off: GivenUp | None = None,
        lie: ConditionalLie | None = None,
    ) -> None:
        self._policy, self._lie = policy, lie
        self._late = set[int]()  # subscriptions of which a mail was refused for the time being
        self._host = host
        self._port = port
        self._given_up, self._refused, self._told_to_wait = given_up, refused, put_off
        self._queues: dict[int, deque[tuple[float, Notice]]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._sessions = asyncio.Semaphore(policy.max_sessions)
        self._kept: list[Transport] = []
        self._closed = False

    @property
    def waiting(self) -> int:
        """Notices that are neither delivered nor given up."""
        return sum(map(len, self._queues.values()))

    def send(self, notice: Notice) -> None:
        """Queues the notice, if there is room, and returns at once.  Raises ``RuntimeError`` after ``close``."""
        if self._closed:
            raise RuntimeError("the mailer is closed")
        due = asyncio.get_running_loop().time() + delay(notice, self._policy)
        subscription = notice.subscription.id
        queue = self._queues.get(subscription)
        if queue is not None:
            if len(queue) < MOST_QUEUED:
                queue.append((due, notice))
            elif self._given_up is not None:
                self._given_up(notice)
            return
        self._queues[subscription] = deque([(due, notice)])
        worker = asyncio.create_task(self._work(subscription), name=f"mail of subscription {subscription}")
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def close(self, timeout: float) -> int:  # noqa: ASYNC109 - a bound on our own work; what is left is counted
        """Takes no more notices, goes on sending for at most ``timeout`` seconds, then drops the rest.

        Returns the number of notices dropped.
        """
        self._closed = True
        end = asyncio.get_running_loop().time() + timeout
        if self._workers:
            await asyncio.wait(self._workers, timeout=timeout)
        dropped = self.waiting
        if dropped:
            log.warning("%d mails dropped: the printer shuts down", dropped)
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        quits = [asyncio.create_task(transport.quit()) for transport in self._kept]
        if workers or quits:
            await asyncio.wait([*workers, *quits], timeout=max(end - asyncio.get_running_loop().time(), 0))
        for transport in self._kept:
            transport.abort()
        self._kept.clear()
        return dropped

    async def _work(self, subscription: int) -> None:
        """Sends one subscription's mails until there are none."""
        queue = self._queues[subscription]
        try:
            while queue:
                due, notice = arrange(queue, self._policy)
                await _until(due + self._policy.combines_within)
                told = list(queue) if self._policy.combines_within else [(due, notice)]
                sent = await self._send(replace(told[-1][1], earlier=tuple(one for _, one in told[:-1])))
                for entry in told:
                    if not sent and self._given_up is not None:
                        self._given_up(entry[1])
                    queue.remove(entry)
        finally:
            del self._queues[subscription]

    async def _send(self, notice: Notice) -> bool:
        """Composes and delivers one mail; whether the relay has it now."""
        subscription, mail, pauses = notice.subscription.id, None, iter(self._policy.retry_delays)
        while True:
            with told(self._lie, self._policy, lambda: self._occasion(notice)) as telling:
                if mail is None and (mail := self._composed(notice, telling)) is None:
                    return False
                if telling.policy is not self._policy and not telling.shows and self._is_spared(mail, telling.policy):
                    telling.withdraw(self._policy)
                failure = await self._attempt(notice, mail, telling)
            if failure is None:
                return True
            pause = None if gives_up(failure, self._policy) else next(pauses, None)
            if pause is None:
                break
            self._late.add(subscription)
            if self._told_to_wait is not None:
                self._told_to_wait(notice)
            log.info("subscription %d: tried again in %g s: %s", subscription, pause, failure.reason)
            await asyncio.sleep(pause)
        log.warning("subscription %d: mail given up: %s", subscription, failure.reason)
        if failure.no_mailbox and self._refused is not None:
            self._refused(notice)
        return False

    def _occasion(self, notice: Notice) -> Occasion:
        waiting = len(self._queues.get(notice.subscription.id, ())) - 1
        refused = notice.subscription.id in self._late
        return Occasion.of_notice(notice, self._policy, waiting=waiting, refused=refused)

    def _composed(self, notice: Notice, telling: Telling) -> Composed | None:
        """The mail; ``None`` if none can be made."""
        mail, why = _made(notice, telling.policy)
        if telling.policy is not self._policy:
            telling.compare(differs=differ(mail, _made(notice, self._policy)[0]))
        if mail is None:
            log.warning("subscription %d: no mail: %s", notice.subscription.id, why)
        return mail

    def _is_spared(self, mail: Composed, policy: Policy) -> bool:
        """Whether that policy sends a mail as our own one does."""
        return policy.date_of == self._policy.date_of and self._client(policy).spares(mail)

    async def _attempt(self, notice: Notice, mail: Composed, telling: Telling) -> Undelivered | None:
        """One attempt, over a kept connection where there is one; what went wrong, if anything."""
        policy = telling.policy
        if policy.date_of == "attempt":
            event, mail = mail, compose(replace(notice, when=datetime.now(UTC)), policy)
            again = notice.subscription.id in self._late  # else it is the first attempt, whose time may be told
            telling.compare(differs=again and differ(mail, event))
        async with self._sessions:
            transport = self._connection(policy)
            try:
                try:
                    await transport.deliver(mail)
                except NoEightBit:
                    await transport.deliver(compose(notice, replace(policy, text_encoding="quoted-printable")))
            except Undelivered as failure:
                await transport.quit()
                telling.compare(differs=transport.lied)
                return failure
            except asyncio.CancelledError:
                transport.abort()
                raise
            if policy.connection == "kept":
                self._kept.append(transport)
            else:
                await transport.quit()
            telling.compare(differs=transport.lied)
            return None

    def _connection(self, policy: Policy) -> Transport:
        return self._kept.pop() if self._kept else self._client(policy)

    def _client(self, policy: Policy) -> Transport:
        clients, client = TRANSPORTS | CLIENTS, policy.transport
        if policy.leaks == "user-data-in-mail":
            client = "raw"  # the library lets no line break into a command
        return clients[client](policy, self._host, self._port)


def _made(notice: Notice, policy: Policy) -> tuple[Composed | None, str]:
    """The mail, or why there is none."""
    try:
        return compose(notice, policy), ""
    except Uncomposable as e:
        return None, e.reason


def gives_up(failure: Undelivered, policy: Policy) -> bool:
    """Whether a mail is not tried again after that."""
    return failure.permanent and policy.gives_up == "refused-for-good"


def delay(notice: Notice, policy: Policy) -> float:
    """Seconds before the first attempt."""
    late = policy.stop_told_late if notice.event == "printer-stopped" and notice.subscription.text_only else 0.0
    return policy.delivery_delay + late


def arrange(queue: deque[tuple[float, Notice]], policy: Policy) -> tuple[float, Notice]:
    """The next of a subscription's notices: the oldest, and none is left out."""
    while not policy.mail_for_each_event and len(queue) > 1:
        queue.popleft()
    return queue[-1 if policy.mail_order == "newest-first" else 0]


async def _until(due: float) -> None:
    """Waits for a moment of the loop's clock."""
    delay = due - asyncio.get_running_loop().time()
    if delay > 0:
        await asyncio.sleep(delay)
