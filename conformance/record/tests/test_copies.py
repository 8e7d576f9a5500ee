"""What counts mails and what counts something else, in texts that have nothing but numbers to tell changes by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.record.copies import Copy, copies
from conformance.record.lives import Life
from conformance.record.received_mail import MailContent, ReceivedMail
from conformance.vocabulary import NTFY_01

SUBSCRIPTIONS = 4  # each of which hears the same
QUEUE = "Printer is {}. Jobs in queue: {}"
NUMBERED = "Printer is {}. Notification {}"


def mail(number: int, text: str) -> SimpleNamespace:
    parsed = SimpleNamespace(one=lambda name: None, leaves=())
    words = MailContent(b"\r\n" + text.encode()).words
    return SimpleNamespace(id=number, t=number, text=text, said=text, words=words, parsed=parsed)


class _Run:
    """One in which each subscription gets mails of these texts."""

    vocabulary = NTFY_01
    plays: dict[str, Any] = {}  # noqa: RUF012 - there are none

    def __init__(self, texts: Sequence[str]) -> None:
        of = {
            f"r1.{play}.s@here.example": [mail(100 * play + i, text) for i, text in enumerate(texts)]
            for play in range(SUBSCRIPTIONS)
        }
        self.mails_to = of.__getitem__
        asked = SimpleNamespace(events=("printer-state-changed",))
        self.every_play = [SimpleNamespace(subscriptions={"s": SimpleNamespace(address=a, asked=asked)}) for a in of]

    def once(self, look: Callable[[Any], Any]) -> Any:
        return look(self)


def found(*texts: str) -> list[Copy]:
    """What is said of one of them."""
    run = _Run(texts)
    life = SimpleNamespace(play=SimpleNamespace(run_record=run, steps=()), id=1, events=None)
    mails = cast(list[ReceivedMail], run.mails_to("r1.1.s@here.example"))
    return list(copies(cast(Life, cast(Any, life)), mails, {}))


def sure(*texts: str) -> list[int]:
    """The places of the mails that are called copies without a doubt."""
    return [copy.mail.id - 100 for copy in found(*texts) if copy.doubt is None]


def counted(form: str, *pairs: tuple[str, int]) -> list[str]:
    return [form.format(*pair) for pair in pairs]


@pytest.mark.parametrize(
    "texts",
    [
        counted(QUEUE, ("busy", 1), ("idle", 0), ("busy", 1)),
        counted(QUEUE, ("busy", 1), ("busy", 2), ("busy", 3), ("stopped", 3), ("busy", 3)),
        counted(QUEUE, ("busy", 1), ("busy", 2), ("busy", 3), ("busy", 4), ("idle", 1), ("busy", 1)),
        counted("Job {}, {} in queue", *(("created", number) for number in (1, 2, 3, 1, 2, 3))),
        counted("{}, impressions: {}", ("Busy", 1), ("Busy", 2), ("Busy", 3), ("Paper is out", 3), ("Busy", 3)),
    ],
    ids=["busy-and-idle", "stopped-meanwhile", "down-and-up", "one-batch-behind-another", "pages"],
)
def test_what_is_counted_may_be_something_else_than_mails(texts: list[str]) -> None:
    assert sure(*texts) == []


@pytest.mark.parametrize(
    ("pairs", "copied"),
    [
        ((("busy", 1), ("idle", 2), ("busy", 3), ("busy", 3), ("idle", 4)), [3]),
        ((("busy", 1), ("idle", 2), ("busy", 3), ("idle", 4), ("idle", 2)), [4]),  # late
        ((("busy", 1), ("idle", 2), ("busy", 3), ("idle", 4), ("busy", 5)), []),
    ],
)
def test_a_mail_with_the_number_of_another_is_a_copy(pairs: tuple[tuple[str, int], ...], copied: list[int]) -> None:
    assert sure(*counted(NUMBERED, *pairs)) == copied


def test_numbers_that_begin_anew_leave_a_doubt() -> None:
    told = counted(NUMBERED, *(("busy", number) for number in (1, 2, 3, 4, 1, 2)))
    assert [copy.doubt is not None for copy in found(*told)] == [True, True]
