"""Sections 4.6 and 9, in every play: a text is in the language of its subscription."""

from __future__ import annotations

from conformance.record.run_record import RunRecord
from conformance.verdict import Inconclusive, NotApplicable

from .case import RUN, case
from .findings import Finding, beginning, conclude
from .language_words import foreign_mails


@case("9-2", "M4-Body-2", on=RUN)
def test_no_text_of_the_run_is_in_another_language(run: RunRecord) -> None:
    looked, found = foreign_mails(run)
    if not looked:
        raise NotApplicable("too few mails in one language to learn its words from them")
    told = [
        Finding(f"{beginning(one.known.mail.text or '')!r} in {one.other}, for {one.language}", one.known.mail.where())
        for one in found
        if one.other is not None
    ]
    conclude(told, expected="a text in the words that this printer has for the language of the subscription")
    for one in found:
        raise Inconclusive(
            f"a text has hardly a word that this printer's other mails in {one.language} have, and may be in another "
            "language",
            (one.known.mail.where(),),
        )
