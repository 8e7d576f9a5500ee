"""The ledger of a run as a table: which mails were due, which came, and what became of them."""

from __future__ import annotations

from typing import Final

from conformance.record.left_over import Ledger, Reason

_EXPLAINED: Final = {
    Reason.RETRY: "sent again after something that our recipient did",
    Reason.RELAY: "brought twice by a relay that had been given them once",
    Reason.OTHER_JOB: "about a job that is not ours",
    Reason.HOSTILE: "brought about by awkward data, which other cases judge",
    Reason.NOTICE: "notices about mail that could not be delivered",
    Reason.UNDER_WAY: "about what may have happened before the subscription ended",
    Reason.SOMEBODY_ELSES: "for subscriptions of others that the printer lists",
    Reason.UNKNOWN_ORIGIN: "from hosts that brought no mail of the printer's",
    Reason.UNANSWERED: "for subscriptions of which no answer says whether they were made",
    Reason.UNSAID: "not saying what they are about, so that they may be due",
}


def ledger_rows(ledger: Ledger) -> list[tuple[str, int, str]]:
    """A word, a number, and what is counted."""
    return [
        ("due", ledger.due, "mails that had to come, as far as the exchanges tell"),
        ("came", ledger.came, "mails that were taken"),
        ("matched", ledger.matched, "of them fit a subscription and what it lists"),
        ("explained", sum(ledger.explained.values()), "came for another reason"),
        *((f"- {reason.value}", n, told) for reason, told in _EXPLAINED.items() if (n := ledger.explained[reason])),
        ("left over", len(ledger.left_over) - ledger.missing, "nothing accounts for"),
        ("missing", ledger.missing, "did not come, though later ones did"),
    ]
