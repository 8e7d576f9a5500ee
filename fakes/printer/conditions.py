"""Lies that are told on condition only: a printer that lies to everybody at once is the easiest one to catch.

A condition looks at the occasion, what the printer is about to do and for whom; where it holds, the lying policy is
asked, else the honest one.  Every field of the policy that is looked at for a mail, an event or a request can be told
so, without knowing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from conformance.wire.registry import JobState, Operation, PrinterState

from .notice import Notice
from .policy import Policy

IPP: Final = "application/ipp"
T = TypeVar("T")


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
    AFTER_A_CANCELLATION = "after-a-cancellation"
    STOPPED = "while-stopped"
    RENEWED_TWICE = "after-the-second-renewal"
    FIRST_IN_TLS = "first-request-in-tls"
    SECOND_CONNECTION = "second-connection"
    OLDEST_VERSION = "version-1.0"
    GET_JOBS = "get-jobs-alone"
    LAST_URI = "last-uri"


ON_WALKS: Final = frozenset({When.AFTER_A_CANCELLATION, When.STOPPED, When.RENEWED_TWICE})
"""Those that few of the scenarios with a thought behind them meet: walks are what they are for."""


OF_REQUESTS: Final = frozenset(
    {When.FIRST_IN_TLS, When.SECOND_CONNECTION, When.OLDEST_VERSION, When.GET_JOBS, When.LAST_URI}
)
"""Those that a request meets or a connection, and no mail: for lies about security."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is about to be done.  ``nth`` counts the mails of the subscription from 1, and is 0 for a request.

    ``in_tls`` counts requests in TLS, ``connection`` those who connected, each port for itself.
    """

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
    cancelled: bool = False  # the last job that ended was, or the one that this is about
    stopped: bool = False
    renewals: int = 0
    in_tls: int = 0
    connection: int = 0
    version: tuple[int, int] = (0, 0)
    operation: int = 0
    last_uri: bool = False  # of those that the printer tells, it is the one that the request names

    @classmethod
    def of_notice(cls, notice: Notice, policy: Policy, *, waiting: int = 0, refused: bool = False) -> Occasion:
        """A mail to be made of that notice, or the decision whether there is to be one."""
        s, job = notice.subscription, notice.job
        words = f"{s.user_name}{job.name if job is not None else ''}{notice.printer.name}"
        return cls(
            s.id, s.sequence, s.job_id is not None, not notice.is_job_event, s.format == IPP, not words.isascii(),
            waiting, s.renewals > 0, refused, s.language != policy.languages[0],
            notice.printer.after_cancellation or (job is not None and job.state == JobState.CANCELED),
            notice.printer.state == PrinterState.STOPPED, s.renewals,
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
    When.AFTER_A_CANCELLATION: lambda o: o.cancelled,
    When.STOPPED: lambda o: o.stopped,
    When.RENEWED_TWICE: lambda o: o.renewals >= 2,
    When.FIRST_IN_TLS: lambda o: o.in_tls == 1,
    When.SECOND_CONNECTION: lambda o: o.connection == 2,
    When.OLDEST_VERSION: lambda o: o.version == (1, 0),
    When.GET_JOBS: lambda o: o.operation == Operation.GET_JOBS,
    When.LAST_URI: lambda o: o.last_uri,
}


class About(StrEnum):
    """The mails about which a lie is one at all."""

    ANYTHING = "anything"
    JOBS = "jobs"
    PRINTER = "the-printer"
    NOTHING_ALONE = "nothing-alone"  # it is about what the printer is, and belongs to all mails or none


BINDS: Final[Mapping[About, Callable[[Occasion], bool]]] = {
    About.ANYTHING: lambda o: True,
    About.JOBS: lambda o: not o.printer_event,
    About.PRINTER: lambda o: o.printer_event,
    About.NOTHING_ALONE: lambda o: False,
}


@dataclass(slots=True, eq=False)
class Telling:
    """The policy for one occasion; whoever acts on it notes whether the lie ``shows``: honesty would do otherwise."""

    policy: Policy
    shows: bool = False
    withdrawn: bool = False

    def compare(self, *, differs: bool) -> None:
        """Note what was done in place of what an honest printer does."""
        self.shows = self.shows or differs

    def withdraw(self, honest: Policy) -> None:
        """Go on honestly: nothing comes of the lie here, so that another occasion may have it in the meantime."""
        self.policy, self.withdrawn = honest, True

    def choose(self, honest: Policy, decide: Callable[[Policy], T]) -> T:
        """What that comes to, compared with what it would be by the other policy."""
        done = decide(self.policy)
        self.compare(differs=self.policy is not honest and done != decide(honest))
        return done


class ConditionalLie:
    """A lie and when it is told; ``shown`` counts how often the printer did otherwise than an honest one because of it.

    A lie that is told once is told until it has shown.
    """

    def __init__(self, lying: Policy, when: When, about: About = About.ANYTHING) -> None:
        self.when, self.about, self.shown = when, about, 0
        self.lying, self._open = lying, list[Telling]()

    @contextmanager
    def telling(self, honest: Policy, occasion: Occasion) -> Iterator[Telling]:
        """The policy that counts on that occasion, which lasts as long as the block."""
        lies = BINDS[self.about](occasion) and HOLDS[self.when](occasion)
        lies = lies and not (self.when is When.ONCE and (self.shown or any(not one.withdrawn for one in self._open)))
        if not lies:
            yield Telling(honest)
            return
        telling = Telling(self.lying)
        self._open.append(telling)
        try:
            yield telling
        finally:
            self._open.remove(telling)
            self.shown += telling.shows


@contextmanager
def told(lie: ConditionalLie | None, honest: Policy, occasion: Callable[[], Occasion]) -> Iterator[Telling]:
    """What counts on an occasion, for a printer that may have no lie to tell."""
    if lie is None:
        yield Telling(honest)
        return
    with lie.telling(honest, occasion()) as telling:
        yield telling
