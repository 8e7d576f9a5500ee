"""Where the numbers of a text stand, and in which places a printer counts the mails of a subscription.

What a printer writes beside a number is its affair, in whatever language: a place is known by that.  One in which the
first mail of each subscription has the same number, and each later one the next, is for counting them.  One in which
mails that say different things share a number is not: jobs in a queue and pages are counted so, too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from .received_mail import ReceivedMail, alike

if TYPE_CHECKING:
    from .run_record import RunRecord

Place = tuple[str, str]  # the word before, and the word that the number is in; each with its other numbers masked

ENOUGH: Final = 3  # subscriptions, and pairs of mails, without which nothing is known
MOST: Final = 0.8
HALF: Final = 0.5  # of the pairs at least: a copy has the number of the mail before it
LONGEST_WORD: Final = 100  # characters; in longer ones nobody looks for a number
_DIGITS: Final = re.compile("[0-9]+")
_LONGEST: Final = 18  # digits of a number that anybody counts to


def numbers_in(text: str) -> Iterator[tuple[Place, int]]:
    """Each number of a text with its place; addresses are of our making and have numbers in them."""
    words = text.split()
    for i, word in enumerate(words):
        if word.isalpha() or "@" in word or len(word) >= LONGEST_WORD:
            continue
        for found in _DIGITS.finditer(word):
            before = _masked(words[i - 1]) if i else ""
            around = _masked(word[: found.start()]), _masked(word[found.end() :])
            yield (before, "{}<>{}".format(*around)), int(found[0][:_LONGEST])


def place_of(text: str, start: int, end: int) -> Place:
    """The place of the number from ``start`` to ``end`` in a text whose words have one blank between them."""
    begin, stop = text.rfind(" ", 0, start) + 1, text.find(" ", end)
    before = text[text.rfind(" ", 0, max(0, begin - 1)) + 1 : max(0, begin - 1)]
    around = text[begin:start], text[end : stop if stop >= 0 else len(text)]
    return _masked(before), "{}<>{}".format(*map(_masked, around))


def _masked(part: str) -> str:
    return _DIGITS.sub("#", part).lower()


def counting_places(run: RunRecord) -> frozenset[Place]:
    """Those in which the mails of this run are counted, each subscription's from the same number."""
    first, ups, pairs = defaultdict[Place, Counter[int]](Counter), Counter[Place](), Counter[Place]()
    onward = Counter[Place]()  # ups that are not a subscription's first: pages go from 0 to 1, and no further
    addresses = {s.address for play in run.every_play for s in play.subscriptions.values()}
    for address in sorted(addresses):
        told = [dict(numbers_in(mail.text or "")) for mail in run.mails_to(address)]
        for place, number in told[0].items() if told else ():
            first[place][number] += 1
        for before, after in pairwise(told):
            common = before.keys() & after.keys()
            pairs.update(common)
            counted_on = [place for place in common if after[place] == before[place] + 1]
            ups.update(counted_on)
            onward.update(place for place in counted_on if before[place] != told[0].get(place))
    likely = {
        place
        for place, numbers in first.items()
        if ups[place] >= max(ENOUGH, HALF * pairs[place])
        and onward[place] >= ENOUGH
        and max(numbers.values()) >= max(ENOUGH, MOST * numbers.total())
    }
    return _without_others(likely, [run.mails_to(address) for address in sorted(addresses)] if likely else [])


def _without_others(likely: set[Place], told: Sequence[Sequence[ReceivedMail]]) -> frozenset[Place]:
    """Those in which no two mails but copies have one number, and each number is the next but for few."""
    ups, pairs = Counter[Place](), Counter[Place]()
    for mails in told:
        numbers = [dict(numbers_in(mail.text or "")) for mail in mails]
        for place in sorted(likely):
            having: dict[int, ReceivedMail] = {}
            for mail, number in ((mail, n[place]) for mail, n in zip(mails, numbers, strict=True) if place in n):
                before = having.setdefault(number, mail)
                if before is not mail and not alike(before, mail):
                    likely.discard(place)
            pairs[place] += max(0, len(having) - 1)
            ups[place] += sum(after == before + 1 for before, after in pairwise(having))
    return frozenset(place for place in likely if ups[place] >= MOST * pairs[place])
