"""Section 9: what is said in two plays that are alike but for their language, laid side by side."""

from __future__ import annotations

from typing import Final

from conformance.languages import written_language
from conformance.record.run_record import RunRecord
from conformance.verdict import NotApplicable

from .case import RUN, case
from .mail_lookup import language_of
from .test_content import expect_other_words

PLAYS: Final = ("printer/language-1", "printer/language-2")


@case("9-2", on=RUN)
def test_one_event_in_two_languages_is_told_in_other_words(run: RunRecord) -> None:
    plays = [run.plays[name] for name in PLAYS if name in run.plays]
    mailed = [(play, s) for play in plays for s in play.subscriptions.values() if s.mails]
    languages = [language_of(play, s) for play, s in mailed]
    if len(set(map(written_language, languages))) < len(PLAYS):
        raise NotApplicable("no mails about one event in two languages came to two plays")
    for one, other in zip(*(s.mails for _, s in mailed), strict=False):
        expect_other_words(one, other, languages[0], languages[1])
