"""Whether the text of a mail is in the language of its subscription, by the words that this printer has in its others.

No language is known here.  What most mails to subscriptions in one language have, and those in another hardly, is what
the printer says in it.  A mail with hardly any of it is not in that language; which other it is in shows where that one
is mailed, too.  A subscription with a language of its own is held to those of the others.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.languages import same_language, written_language
from conformance.record.run_record import RunRecord
from conformance.verdict import Inconclusive

from .job_lookup import jobs_of
from .mail_lookup import language_of, words
from .text_facts import KnownMail, known_mails
from .wording import without

ENOUGH: Final = 3  # other mails, without which nothing is learnt of a language; and words that tell it from another
MOST: Final = 0.8
HARDLY: Final = 0.2
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Foreign:
    """A mail that is not in its language; ``other`` is the one it is in, as far as that shows."""

    known: KnownMail
    language: str
    other: str | None


@dataclass(frozen=True, slots=True)
class _Said:
    known: KnownMail
    language: str
    said: frozenset[str]


def foreign_mails(run: RunRecord) -> tuple[int, list[Foreign]]:
    """How many mails could be held to a language, and those that are not in theirs."""
    kinds = defaultdict[bool, list[_Said]](list)
    for one in _each(run):
        kinds[_is_of_jobs(one.known)].append(one)
    looked, found = 0, list[Foreign]()
    for mails in kinds.values():
        learnt = _Learnt(mails)
        for one in mails:
            told = learnt.language_of(one)
            looked += told is not None
            if told is not None and told != one.language:
                found.append(Foreign(one.known, one.language, told or None))
    return looked, found


class _Learnt:
    """The words of mails of one kind, by language."""

    def __init__(self, mails: Sequence[_Said]) -> None:
        self._number = Counter(mail.language for mail in mails)
        self._counts = defaultdict[str, Counter[str]](Counter)
        for mail in mails:
            self._counts[mail.language].update(mail.said)

    def language_of(self, one: _Said) -> str | None:
        """The language that a mail is in; empty: none that is mailed here; ``None``: nobody knows."""
        own, alone = self._typical(one.language, one), self._number[one.language] == 1
        for language in self._counts.keys() - {one.language}:
            its = self._typical(language)
            telling, lacking = its - own, own - its
            has = len(telling) >= ENOUGH and len(telling & one.said) >= MOST * len(telling)
            if alone and len(one.said - self._counts[language].keys()) >= ENOUGH:
                continue  # names and a signature that all mails have are of no language, nor is the rest of that one
            if has and len(lacking & one.said) <= HARDLY * len(lacking):
                return language
        if len(own) < ENOUGH:
            return None
        return one.language if len(own & one.said) > HARDLY * len(own) else ""

    def _typical(self, language: str, besides: _Said | None = None) -> frozenset[str]:
        """The words that most of the mails in that language have, but for one mail."""
        out = besides.said if besides is not None else frozenset()
        number = self._number[language] - (besides is not None)
        counts = ((word, n - (word in out)) for word, n in self._counts[language].items())
        return frozenset(word for word, n in counts if number and n >= MOST * number)


def _each(run: RunRecord) -> Iterator[_Said]:
    try:
        printer = words(run.printer_text("printer-name"))
    except Inconclusive:
        printer = ""
    listed = run.listed("generated-natural-language-supported")
    can = {written_language(text) for text in listed.texts()} if listed is not None else None
    for known in known_mails(run):
        language = written_language(language_of(known.play, known.subscription))
        if can is not None and not any(same_language(language, one) for one in can):
            continue  # N-10 judges that
        names = (printer, known.subscription.user_name or "", *(job.name for job in jobs_of(known.play)))
        text = " ".join(word for word in (known.mail.text or "").split() if "@" not in word and "/" not in word)
        said = frozenset(word.lower() for word in _WORD.findall(without(text, names)))
        if len(said) >= ENOUGH:
            yield _Said(known, language, said)


def _is_of_jobs(known: KnownMail) -> bool:
    """Whether it can only be about a job, of which texts tell other things than of the printer."""
    return all(event.startswith("job-") for event in known.subscription.asked.events or ("job-",))
