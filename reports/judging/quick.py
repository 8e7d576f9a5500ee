"""``run --quick``: what is broken most often, in plays that take a minute where a mail takes seconds."""

from __future__ import annotations

from typing import Final

from conformance.scenarios import BY_ID
from conformance.vocabulary import Edition

from .inventory import cases
from .selection import Selection

QUICK: Final = (
    "printer/description", "printer/user-data", "printer/user-data-as-uri", "job/isolation",
    # mails as the draft has them, in the formats that one can ask for
    "job/omitted", "job/text-plain", "job/none", "job/utf-8", "job/html", "job/ipp", "printer/omitted", "printer/utf-8",
    "printer/html", "printer/ipp", "job/printed",
    # the later edition's
    "job/later-text-only-true", "job/later-text-only-false", "job/later-user-data-name", "job/later-user-data-none",
    "printer/later-text-only-omitted", "printer/later-user-data-words", "job/later-charset-utf-8",
    # what a subscription tells of itself, and how it is refused
    "printer/attributes", "job/attributes", "printer/lease-omitted", "printer/lease-min", "printer/lease-inside",
    "job/before-any-event", "printer/operations", "printer/no-recipient", "job/no-recipient", "job/no-user-data",
    "printer/unheard-of-scheme", "job/charset-unheard-of", "job/language-unheard-of",
    # addresses, names and data that a mail has to be careful with
    "job/address-plus", "printer/address-hyphen", "awkward/names-commas", "awkward/names-quotes",
    "awkward/names-three-octets", "awkward/names-long-words", "awkward/job-crlf-field", "awkward/user-crlf-field",
    "awkward/user-data-crlf-rcpt", "awkward/recipient-crlf-rcpt", "awkward/recipient-with-bcc", "awkward/dots-line",
    # refusals of the relay
    "faults/rcpt-451-twice", "faults/rcpt-550", "faults/greeting-in-lines",
)  # fmt: skip
SHOWN: Final = 8  # patterns of a selection that anybody reads in a line


def quick_selection(edition: Edition) -> Selection:
    """The cases that read one of those plays."""
    read = {entry.scenario for entry in cases(edition)}
    return Selection(tuple(f"*[{name}]" for name in QUICK if name in read and edition in BY_ID[name].editions))


def selected_in_words(selection: Selection, edition: Edition) -> str:
    """What was asked for, in a line that can be read: a quick run's patterns are many, and nobody has typed them."""
    if selection == quick_selection(edition):
        return f"--quick, cases of {len(selection.patterns)} plays"
    shown, more = selection.patterns[:SHOWN], len(selection.patterns) - SHOWN
    return f"{','.join(shown)} and {more} more" if more > 0 else str(selection)
