"""Every mail of a run, or of a play of awkward data, for the cases that look at all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from .findings import Finding, conclude
from .story import Letter, PlayStory, Subscription
from .talk import letters_for, mark_of, require_something
from .verdict import Inconclusive, NotApplicable
from .wire import mail

_MARK: Final = re.compile(rb"\w+\.\d+\.\w+")  # as the stage makes local parts
Look = Callable[[Letter, PlayStory, Subscription | None], Iterator[Finding]]


def everything(play: PlayStory) -> Iterator[tuple[Letter, PlayStory, Subscription | None]]:
    """Every mail of the run, with the subscription it came for as far as there is one."""
    known = {mark_of(s): (other, s) for other in play.story.plays.values() for s in other.subscriptions.values()}
    for letter in play.story.letters:
        marks = [m.decode() for m in _MARK.findall(letter.row.envelope)]
        if not any(mark.endswith("x") and mark[:-1] in known for mark in marks):  # that is a mail of a hostile value
            yield (letter, *next((known[m] for m in marks if m in known), (play, None)))


def of_play(play: PlayStory) -> Iterator[tuple[Letter, PlayStory, Subscription | None]]:
    """Every mail that came for a play's own values; a judgement when the printer refused them, or sent nothing."""
    require_something(play)
    marks, ordinary = [], False
    for subscription in play.subscriptions.values():
        marks.append(mark_of(subscription).encode())
        for letter in letters_for(play, subscription):
            ordinary = True
            yield letter, play, subscription
    if not ordinary and any(mark in letter.row.envelope for letter in play.story.letters for mark in marks):
        raise NotApplicable("no mail came but what the value itself brought about, which other cases judge")


def judge(
    look: Look,
    letters: Iterator[tuple[Letter, PlayStory, Subscription | None]],
    expected: str,
) -> None:
    """The look at each of these mails; ``Inconclusive`` when there is none."""
    looked, found = 0, list[Finding]()
    for letter, play, subscription in letters:
        looked += 1
        found += look(letter, play, subscription)
    if not looked:
        raise Inconclusive("no mail came")
    conclude(found, expected=expected)


def shown(field: mail.Field) -> str:
    """The beginning of a field, for a report."""
    return repr(field.raw[:160].rstrip(b"\r\n").decode("latin-1"))
