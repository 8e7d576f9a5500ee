"""Mails that tell what had been told: how that shows where nobody knows how many events there were.

A job ends once, and its changes of state are as many as the printer says.  So of mails about changes a copy is one with
the Message-ID of another; one beyond the number of notifications that the printer itself has counted, in whatever words
where it is seen to count rightly; or content for programs that says of a change what the content before it said, where
each change is told twice so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from conformance.counted import counted
from conformance.vocabulary import sub_values
from conformance.wire import ipp

from .number_places import ENOUGH, MOST, Place, counting_places, numbers_in
from .received_mail import ReceivedMail, alike
from .resemblance import Resemblance

if TYPE_CHECKING:
    from .lives import Life
    from .run_record import PlayRecord, RunRecord

COMPLETED: Final = "job-completed"
IPP: Final = "application/ipp"
_CHANGES: Final = ("job-state-changed", "printer-state-changed")  # events that are none where nothing has changed
_STATE: Final = ("job-id", "job-state", "job-state-reasons", "printer-state", "printer-state-reasons")
_ANEW: Final = "the numbers begin anew, as those of something else may that is counted there"
_STATE_TOO: Final = ("printer-is-accepting-jobs", "job-impressions-completed", "job-media-sheets-completed")


def names_of(mails: Sequence[ReceivedMail]) -> dict[str, set[str]]:
    """The Message-IDs of a run, and to which recipients mails with each of them went."""
    found: dict[str, set[str]] = defaultdict(set)
    for mail in mails:
        if name := _name(mail):
            found[name].update(mail.recipients)
    return found


def _name(mail: ReceivedMail) -> str:
    field = mail.parsed.one("Message-ID")
    return field.text.strip() if field is not None else ""


@dataclass(frozen=True, slots=True)
class Copy:
    """A mail, the one that it repeats, and by what that shows."""

    mail: ReceivedMail
    of: ReceivedMail
    shows: str
    doubt: str | None = None  # why it may be none


def copies(life: Life, mails: Sequence[ReceivedMail], names: Mapping[str, set[str]]) -> Iterator[Copy]:
    """Those among the mails of a subscription that are about one thing, in the order they came; each once."""
    told: set[int] = set()
    run = life.play.run_record
    sure = (*_by_name(mails, names), *_by_number(run, mails), *_beyond_the_count(life, mails), *_in_pairs(mails))
    for copy in (*sure, *(() if _may_speak_twice(life) else _by_words(run, mails))):
        if copy.mail.id not in told:
            told.add(copy.mail.id)
            yield copy


def _may_speak_twice(life: Life) -> bool:
    """Whether an event and what it is a kind of are both listed: each may bring a mail (RFC 3995 5.3.3.5.3)."""
    events = life.events or frozenset()
    return any(not events.isdisjoint(sub_values(life.play.run_record.vocabulary, event)) for event in events)


def _by_name(mails: Sequence[ReceivedMail], names: Mapping[str, set[str]]) -> Iterator[Copy]:
    """A printer that has one name for all mails does not say anything by it."""
    first: dict[str, ReceivedMail] = {}
    for mail in mails:
        name = _name(mail)
        if not name or len(names[name]) > 1:
            continue
        before = first.setdefault(name, mail)
        if before is not mail and alike(before, mail):
            yield Copy(mail, before, f"its Message-ID {name!a} is that of #{before.id}")


def _by_number(run: RunRecord, mails: Sequence[ReceivedMail]) -> Iterator[Copy]:
    """Where a printer writes the number of each mail of a subscription into it, a copy has that of another."""
    places = run.once(counting_places)
    if not places or len(mails) < 2:
        return
    numbers = [frozenset(pair for pair in numbers_in(mail.text or "") if pair[0] in places) for mail in mails]
    found: dict[int, ReceivedMail] = {}
    numbered: dict[frozenset[tuple[Place, int]], Resemblance] = defaultdict(Resemblance)
    for i, mail in enumerate(mails):
        if numbers[i]:
            if (like := numbered[numbers[i]].first_like(mail)) is not None:
                found[i] = like
            numbered[numbers[i]].add(mail)
    for i, of in found.items():
        shows = f"it says what #{of.id} said, with the same number of the notification"
        beside = [(other, i - other) for other in (i - 1, i + 1) if other in found]
        anew = any(numbers[i] == {(place, n + step) for place, n in numbers[other]} for other, step in beside)
        yield Copy(mails[i], of, shows, _ANEW if anew else None)


def _by_words(run: RunRecord, mails: Sequence[ReceivedMail]) -> Iterator[Copy]:
    """In the words of the mail before it, from a printer whose mails about one change differ from those about another.

    Nobody knows how many changes there were: it may be about another one all the same.
    """
    if len(mails) < 2 or _content(mails[0]) is not None:
        return
    repeated, pairs = run.once(_repetitions)
    seldom = pairs - repeated >= max(ENOUGH, MOST * pairs)
    for before, mail in pairwise(mails):
        if alike(before, mail) and (seldom or _is_twofold(mails)):
            shows = f"it says what #{before.id} said"
            yield Copy(mail, before, shows, "it may be about another change, of which the text tells the same")


def _is_twofold(mails: Sequence[ReceivedMail]) -> bool:
    """Whether each is there twice in a row, and no two of them say the same beside that."""
    firsts, seconds = mails[::2], mails[1::2]
    twice = len(firsts) == len(seconds) > 1 and all(map(alike, firsts, seconds))
    return twice and not any(alike(*pair) for pair in pairwise(firsts))


def _repetitions(run: RunRecord) -> tuple[int, int]:
    """Of all mails about changes, how many say what the one before them said, of how many that have one."""
    pairs = [
        pair
        for play in run.every_play
        for s in play.subscriptions.values()
        if any(event in _CHANGES for event in s.asked.events or ())
        for pair in pairwise(run.mails_to(s.address))
    ]
    return sum(alike(*pair) for pair in pairs), len(pairs)


def _beyond_the_count(life: Life, mails: Sequence[ReceivedMail]) -> Iterator[Copy]:
    """The number is told when mails have had their time to be counted; 4.7-1 judges one that is otherwise wrong."""
    for about, number, until in _counts(life.play):
        if about != life.id or not number:
            continue
        came = [mail for mail in mails if mail.t <= until]
        before_it, twins = Resemblance(), list[tuple[ReceivedMail, ReceivedMail]]()
        for mail in came:
            if (like := before_it.first_like(mail)) is not None:
                twins.append((mail, like))
            before_it.add(mail)
        beyond = max(0, len(came) - number)
        rightly = life.play.run_record.once(_counts_rightly)
        for mail, before in twins[:beyond]:
            shows = f"it says what #{before.id} said, and the printer has counted {counted(number, 'notification')}"
            yield Copy(mail, before, shows, None if rightly else "nothing shows that the printer counts them rightly")
        if len(twins) < beyond and rightly:
            shows = f"{counted(len(came), 'mail')} came, and the printer has counted {counted(number, 'notification')}"
            yield Copy(came[-1], came[-2], shows)


def _counts(play: PlayRecord) -> Iterator[tuple[int, int, int]]:
    """Of which subscription a play asked the number, what the printer told, and up to when mails were waited for."""
    vocabulary = play.run_record.vocabulary
    for pair in pairwise(play.steps):
        query, settled = sorted(pair, key=lambda step: step.row.kind)
        if (query.row.kind, settled.row.kind) != ("Query", "Settled") or not query.answers:
            continue
        about = query.answer.request.find(vocabulary.subscription_id)
        number = query.answer.message.find(vocabulary.sequence)
        if about is not None and about.value.integer and number is not None and number.value.integer is not None:
            until = settled.answers[-1].row.t_start if settled.answers else settled.row.t
            yield about.value.integer, number.value.integer, until


def _counts_rightly(run: RunRecord) -> bool:
    """Whether the numbers told of several ends of jobs, each of which is one event, are those of the mails."""
    seen = []
    for play in run.plays.values():
        ends = [s for s in play.subscriptions.values() if s.asked.events == (COMPLETED,)]
        for about, number, until in _counts(play):
            came = [mail for s in ends if s.id == about for mail in s.mails if mail.t <= until]
            if len(came) > 1:
                seen.append(number == len(came))
    return bool(seen) and all(seen)


def _in_pairs(mails: Sequence[ReceivedMail]) -> Iterator[Copy]:
    """One pair may be two changes that were told when both were over; not so if there is nothing but pairs."""
    contents = [(content.request_id, _told(content), mail) for mail in mails if (content := _content(mail)) is not None]
    contents.sort(key=lambda each: each[0])
    firsts, seconds = contents[::2], contents[1::2]
    if len(contents) < len(mails) or len(firsts) < 2 or len(firsts) != len(seconds):
        return
    paired = all(a[1] == b[1] for a, b in zip(firsts, seconds, strict=True))
    if paired and all(a[1] != b[1] for a, b in pairwise(firsts)):
        for (_, _, before), (_, _, mail) in zip(firsts, seconds, strict=True):
            yield Copy(mail, before, f"its content tells the change that #{before.id} told, as each second one does")


def _content(mail: ReceivedMail) -> ipp.Message | None:
    """Its content for programs, if it is about a change."""
    part = next((part for part in mail.parsed.leaves if part.type == IPP), None)
    message = ipp.decode(part.content) if part is not None else None
    event = message.find("trigger-event") or message.find("notify-subscribed-event") if message is not None else None
    return message if event is not None and event.value.text("ascii") in _CHANGES else None


def _told(content: ipp.Message) -> tuple[str, ...]:
    told = (content.find(name) for name in (*_STATE, *_STATE_TOO))
    return tuple(attribute.show() for attribute in told if attribute is not None)
