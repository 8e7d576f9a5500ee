"""What became of lies under conditions, in a few lines, and as the page of the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from fakes.printer.conditions import When


class PairFate(StrEnum):
    """What became of a lie under a condition."""

    CAUGHT = "caught"
    SURVIVED = "survived"
    NOT_SHOWN = "not shown"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Pair:
    """One lie under one condition; ``by`` are the requirements of the lie that were violated."""

    defect: str
    when: When
    fate: PairFate
    by: tuple[str, ...] = ()
    told: int = 0
    problem: str = ""


UNSEEN: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "reads-one-line-of-an-answer",
        "*",
        "it is one answer behind from there on; in a session without a refusal that changes nothing of what is sent",
    ),
    (
        "subject-*",
        "other-language",
        "the text has the prefix in English only; what it is in another language is the printer's choice",
    ),
    (
        "[be]*",  # the body without an event, an end that is told as a beginning
        "other-language",
        "the words of other languages are not known to the suite",
    ),
    (
        "ends-told-as-beginnings",
        "*",
        "the subscriber listed creation, too: of two mails with one text none is known to be the one about the end",
    ),
    (
        "copies-that-look-like-notices",
        "after-a-4yz",
        "a notice to the sender may follow a refusal, and from the outside the copy is one",
    ),
    (
        "no-mail-for-printer-events",
        "*",
        "one change of state in a play that only asks whether any is mailed; a printer may tell of two at once",
    ),
    ("printer-st*-is-never-mailed", "*", "likewise: one of several changes of state"),
    (
        "job-state-changed-is-never-mailed",
        "*",
        "one of several changes of state; a printer may tell of held and released at once",
    ),
    (
        "body-without-job",
        "once-in-a-run",
        "where its number is a small one, the body has it as the number of something else",
    ),
    (
        "changes-of-a-job-are-told-twice",
        "*",
        "a job that is let go changes its state more than once, and of each change there may be a mail in like words",
    ),
    ("job-subscriptions-are-deaf-to-the-printer", "*", "one of several changes of state"),
    (
        "job-subscriptions-outlive-their-job",
        "once-in-a-run",
        "one late mail that names no job may have been under way when the job ended",
    ),
    (
        "content-with-another-job-state-reasons",
        "*",
        "a job's reasons come and go until its end, and the play did not ask for the job after that",
    ),
    (
        "content-with-another-printer-state-reasons",
        "*",
        "reasons come and go; which there were when the printer went on again nobody asked it",
    ),
    (
        "one-message-id",
        "*",
        "one mail that has it is the only one, and mails with the same words may be one mail that is sent again",
    ),
    (
        "one-address-one-mail",
        "once-in-a-run",
        "two subscriptions have one address; for which of them a mail is missing once does not show at the address",
    ),
    (
        "text-is-always-english",
        "*",
        "one text alone, in words that the suite does not know anyway; another in another language is there to compare",
    ),
    (
        "later-date-of-the-attempt",
        "*",
        "the first attempt was the one that went through, or followed within the second that Date tells",
    ),
    (
        "another-queue-in-tls",
        "second-connection",
        "the one request that met the other queue asked for jobs of which there were none in either",
    ),
    (
        "later-subject-without-kind",
        "beyond-ascii",
        "a name beyond ASCII may be respelt in a Subject, so that the Subject of such a mail is not held to it",
    ),
    (
        "later-shorter-text-among-the-parts",
        "*",
        "what a text-only subscriber would have been told of that event is known only where a play asks for both",
    ),
    (
        "state-of-another-job",
        "*",
        "a state holds for its moment: it is compared in mails about the end of a job, and the lie was in others",
    ),
    (
        "owner-of-another-job",
        "*",
        "the one mail has awkward names, which a text may respell, so that it is not held to them",
    ),
    (
        "copies-to-a-stranger",
        "printer-events",
        "somebody's job may have a subscription to the printer's events, which no list of subscriptions has",
    ),
    (
        "any-password-will-do",
        "*",
        "a wrong password is shown once in a run, since it may lock a user out, and that was on another connection",
    ),
    (
        "in-the-clear-for-who-offers",
        "second-connection",
        "one request in the clear offers TLS, and it was not that connection's",
    ),
    (
        "drops-at-multiline-greeting",
        "every-other-subscription",
        "one connection that breaks off, and a mail that comes over the next, may be the network's doing",
    ),
)
"""Survivors: liars and conditions, as globs, and why the suite does not see the lie there."""

WHOLE: Final = "All pairs were played."
HEAD: Final = """\
# Lies that are told only sometimes

The liars of the [kill matrix](kill-matrix.md) lie to everybody at once. Here each lies on a condition: from a
subscription's second mail on, about printer events only, once in a run. A pair of lie and condition *shows* where the
printer did otherwise than an honest one, and is *caught* where a requirement that the lie breaks is violated. Pairs are
played in the scenarios that the row of the lie names and in those in which the conditions hold. This page is written by
`python -m reports.pages condition-matrix`; `python -m reports.selftest.condition_matrix --results FILE --markdown PAGE`
does the same in several sittings.

"""


def share(found: Sequence[Pair]) -> float:
    """How many of a hundred that showed were caught; one that broke counts as shown."""
    fates = Counter(pair.fate for pair in found)
    shown = sum(fates[fate] for fate in (PairFate.CAUGHT, PairFate.SURVIVED, PairFate.BROKEN))
    return 100 * fates[PairFate.CAUGHT] / shown if shown else 0.0


def summary(found: Sequence[Pair]) -> Iterator[str]:
    """A line for each condition, each survivor by name, and the whole."""
    for when in When:
        played, shown, caught = _counts([pair for pair in found if pair.when is when])
        if played:
            yield f"{when.value:<28} {caught:>4} of {shown:>4} caught, {played - shown:>4} not shown"
    for pair in found:
        if pair.fate in (PairFate.SURVIVED, PairFate.BROKEN):
            yield f"{pair.fate.value}: {pair.defect} {pair.when.value} (told {pair.told} times) {pair.problem}".rstrip()
    _, shown, caught = _counts(found)
    yield f"{caught} of {shown} caught ({share(found):.1f} %)"


def _counts(found: Sequence[Pair]) -> tuple[int, int, int]:
    """Pairs in all, those that showed, and those that were caught."""
    fates = Counter(pair.fate for pair in found)
    return len(found), len(found) - fates[PairFate.NOT_SHOWN], fates[PairFate.CAUGHT]


def reason(pair: Pair) -> str:
    """Why it survived; empty where nobody has found out yet."""
    known = (why for lie, when, why in UNSEEN if fnmatchcase(pair.defect, lie) and fnmatchcase(pair.when.value, when))
    return next(known, "")


def markdown(found: Sequence[Pair], played: str) -> str:
    """The page; ``played`` is "all", or which part of the pairs."""
    lines = [HEAD + (WHOLE if played == "all" else f"Played so far: {played}."), ""]
    lines += ["| Condition | Pairs | Showed | Caught |", "|---|---:|---:|---:|"]
    for when in When:
        lines.append(_row(when.value, [pair for pair in found if pair.when is when]))
    lines += [_row("all", found), "", f"Of those that showed {share(found):.1f} % were caught.", ""]
    lines += ["## Those that survived", "", "| Liar | Condition | Why |", "|---|---|---|"]
    for pair in found:
        if pair.fate in (PairFate.SURVIVED, PairFate.BROKEN):
            why = pair.problem.splitlines()[0] if pair.problem else reason(pair) or "not explained yet"
            lines.append(f"| `{pair.defect}` | {pair.when.value} | {why} |")
    return "\n".join(lines) + "\n"


def _row(name: str, found: Sequence[Pair]) -> str:
    played, shown, caught = _counts(found)
    return f"| {name} | {played} | {shown} | {caught} |"


def is_whole(path: Path) -> bool:
    """Whether that page tells of all pairs."""
    return path.exists() and WHOLE in path.read_text(encoding="utf-8").splitlines()
