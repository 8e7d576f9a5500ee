"""Section 4.4: the subscriber's own address."""

from __future__ import annotations

from conformance.counted import counted
from conformance.record.run_record import PlayRecord

from .case import case, expect
from .ipp_lookup import expect_printed_all_the_same, expect_refused_or_ignored, told
from .mail_lookup import makes_any


@case("4.4-1", on="bare-user-data")
def test_a_mail_address_is_taken_as_user_data(play: PlayRecord) -> None:
    s = makes_any(play)
    expect(
        s.id is not None,
        expected=f"a subscription with {(s.user_data or b'').decode('latin-1')!r} "
        f"as {play.run_record.vocabulary.user_data}",
        actual=f"{s.creation.operation} answered {s.creation.keyword}",
        where=s.creation.where(),
    )


@case("4.4-1", on="bare-user-data")
def test_the_same_octets_come_back(play: PlayRecord) -> None:
    s, v = play.subscription, play.run_record.vocabulary
    answer, group = told(play, "query")
    attribute = group.get(v.user_data) if group is not None else None
    expect(
        attribute is not None and attribute.value.octets == s.user_data,
        expected=f"{v.user_data}={s.user_data!r}",
        actual=attribute.show() if attribute else "no such attribute",
        where=answer.where(attribute),
    )


@case("4.4-5", on="no-user-data")
def test_a_subscription_without_user_data_is_rejected_or_ignored(play: PlayRecord) -> None:
    expect_refused_or_ignored(makes_any(play), "without an address to put into From and Sender")


@case("4.4-5", on="job/no-user-data")
def test_a_job_is_printed_without_a_subscription_that_lacks_user_data(play: PlayRecord) -> None:
    expect_printed_all_the_same(makes_any(play))


@case("4.4-5", on="no-user-data")
def test_a_subscription_without_user_data_sends_no_mail(play: PlayRecord) -> None:
    play.proven_silence()
    s = play.subscription
    expect(
        not s.mails,
        expected="no mail for a subscription without user data",
        actual=counted(len(s.mails), "mail"),
        where=tuple(mail.where() for mail in s.mails),
    )
