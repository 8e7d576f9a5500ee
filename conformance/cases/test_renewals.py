"""What a renewal grants, where it asks for a lease that the printer lists (section 4.9; not-spec-02 section 8.3.3)."""

from __future__ import annotations

from conformance.record.clock_steps import step
from conformance.record.exchanges import lease_told, told_group
from conformance.record.outcomes import Renewed
from conformance.record.run_record import PlayRecord
from conformance.requirements import Otherwise
from conformance.verdict import Inconclusive, NotApplicable

from .case import case, expect
from .ipp_lookup import CLOCKS


@case("4.9-1", on="renewed-longer")
def test_a_renewal_grants_the_lease_that_was_asked(play: PlayRecord) -> None:
    """It is longer than the first one, and inside the range, so that nothing speaks for another."""
    play.subscription.created()
    renewed = play.labelled("renewed")
    answer, asked = renewed.answer.judgeable(), renewed.came_of(Renewed).lease
    if not answer.ok:
        raise Inconclusive(f"{answer.operation} answered {answer.keyword}", (answer.where(),))
    if not asked:
        raise NotApplicable("no lease was asked for")
    v = play.run_record.vocabulary
    group = told_group(answer.message, v)
    granted = lease_told(group, v) if group is not None else None
    if granted is None:
        raise NotApplicable("the answer to Renew-Subscription tells no lease, for which N-14 asks")
    grace = CLOCKS if play.chose(Otherwise.B02_SECONDS) else CLOCKS + step(play.run_record) - 1
    expect(
        abs(granted - asked) <= grace,
        expected=f"a lease of {asked} s from the renewal on, give or take {grace}",
        actual=f"{granted} s" if granted else "a lease without end",
        where=answer.where(),
    )
