"""Lies that are told on condition only: a printer that lies to everybody at once is the easiest one to catch.

A condition looks at the occasion, what the printer is about to do and for whom; where it holds, the lying policy is
asked, else the honest one.  Every field of the policy that is looked at for a mail, an event or a request can be told
so, without knowing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from .notice import Notice
from .policy import OBEDIENT, Policy

IPP: Final = "application/ipp"


class When(StrEnum):
    """The conditions."""

    FROM_THE_SECOND_MAIL = "from-the-second-mail"
    THIRD_MAIL = "third-mail"
    PER_JOB = "per-job"
    PER_PRINTER = "per-printer"
    PRINTER_EVENTS = "printer-events"
    MACHINE = "machine-consumable"
    BEYOND_ASCII = "beyond-ascii"
    BURST = "burst"
    RENEWED = "after-a-renewal"
    REFUSED = "after-a-4yz"
    EVERY_OTHER = "every-other-subscription"
    OTHER_LANGUAGE = "other-language"
    ONCE = "once-in-a-run"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is about to be done.  ``nth`` counts the mails of the subscription from 1, and is 0 for a request."""

    subscription: int = 0
    nth: int = 0
    per_job: bool = False
    printer_event: bool = False
    machine: bool = False
    beyond_ascii: bool = False
    waiting: int = 0  # other notices of the subscription that wait for their mail
    renewed: bool = False
    refused: bool = False
    other_language: bool = False

    @classmethod
    def of_notice(cls, notice: Notice, policy: Policy, *, waiting: int = 0, refused: bool = False) -> Occasion:
        """A mail to be made of that notice, or the decision whether there is to be one."""
        s, job = notice.subscription, notice.job
        words = f"{s.user_name}{job.name if job is not None else ''}{notice.printer.name}"
        return cls(
            s.id, s.sequence, s.job_id is not None, not notice.is_job_event, s.format == IPP, not words.isascii(),
            waiting, s.renewed, refused, s.language != policy.languages[0],
        )  # fmt: skip


HOLDS: Final[Mapping[When, Callable[[Occasion], bool]]] = {
    When.FROM_THE_SECOND_MAIL: lambda o: o.nth >= 2,
    When.THIRD_MAIL: lambda o: o.nth == 3,
    When.PER_JOB: lambda o: o.per_job,
    When.PER_PRINTER: lambda o: not o.per_job,
    When.PRINTER_EVENTS: lambda o: o.printer_event,
    When.MACHINE: lambda o: o.machine,
    When.BEYOND_ASCII: lambda o: o.beyond_ascii,
    When.BURST: lambda o: o.waiting > 0,
    When.RENEWED: lambda o: o.renewed,
    When.REFUSED: lambda o: o.refused,
    When.EVERY_OTHER: lambda o: o.subscription % 2 == 0,
    When.OTHER_LANGUAGE: lambda o: o.other_language,
    When.ONCE: lambda o: True,
}


class ConditionalLie:
    """A lie and when it is told.

    ``told`` counts how often the policy was asked for what it lies about: where that plays no part, nothing is told.
    """

    def __init__(self, lying: Policy, when: When, honest: Policy = OBEDIENT) -> None:
        self.when, self.told = when, 0
        about = {f.name for f in fields(Policy) if getattr(lying, f.name) != getattr(honest, f.name)}
        self._lying = _watched(lying, frozenset(about), self._asked)

    def _asked(self) -> None:
        self.told += 1

    def at(self, honest: Policy, occasion: Occasion) -> Policy:
        """The policy that counts on that occasion."""
        if not HOLDS[self.when](occasion) or (self.when is When.ONCE and self.told):
            return honest
        return self._lying


def _watched(policy: Policy, names: frozenset[str], asked: Callable[[], None]) -> Policy:
    """The same policy, which says when one of these fields is read."""

    class Watched(Policy):
        def __getattribute__(self, name: str) -> object:
            if name in names:
                asked()
            return super().__getattribute__(name)

    return Watched(**{f.name: getattr(policy, f.name) for f in fields(policy)})
