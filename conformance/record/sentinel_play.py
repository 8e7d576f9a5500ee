"""The jobs that are only there to be a later event, each as a play of its own: their mails are mails like any other."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from conformance.wire import ipp

from .outcomes import Asked, Carrier, Printed, SentinelSent, Subscribed
from .run_record import PlayRecord, RunRecord
from .subscription_record import StepRecord, SubscriptionRecord


class SentinelPlay(PlayRecord):
    """A sentinel's job and subscription, as if somebody had printed with one; read from its own request."""

    def __init__(self, play: PlayRecord, step: StepRecord, sent: SentinelSent) -> None:
        super().__init__(play.run_record, play.row)
        self._sent, self._step, self._play = sent, step, play

    @cached_property
    def steps(self) -> list[StepRecord]:
        """The job, and no other step of the play that it belongs to."""
        user = _text(self._step.answer.request, "requesting-user-name")
        return [
            replace(self._step, outcome=Printed((self._asked,), user, self._sent.name, self._sent.job, self._login))
        ]

    @property
    def _login(self) -> str | None:
        """Who proves who he is in every request of the run, if anybody does."""
        outcomes = (step.outcome for step in self._play.steps)
        return next((o.login for o in outcomes if isinstance(o, Subscribed | Printed) and o.login), None)

    @property
    def _asked(self) -> Asked:
        v, request = self.run_record.vocabulary, self._step.answer.request
        data, events = request.find(v.user_data), request.find(v.events)
        return Asked(
            "s",
            self._sent.address,
            recipient=_text(request, v.recipient),
            user_data=data.value.octets if data is not None else None,
            events=tuple(events.texts()) if events is not None else None,
            carrier=Carrier.JOB,
        )

    @cached_property
    def subscriptions(self) -> dict[str, SubscriptionRecord]:
        """The one that came with it."""
        (step,) = self.steps
        mails = self.run_record.mails_to(self._sent.address)
        return {"s": SubscriptionRecord(self._asked, step, 0, self.run_record.vocabulary, mails=mails)}


def _text(request: ipp.Message, name: str) -> str | None:
    attribute = request.find(name)
    return attribute.value.text() if attribute is not None else None


def sentinel_plays(run_record: RunRecord) -> list[SentinelPlay]:
    """All of a run, as far as they were answered; to be asked for with ``once``."""
    plays = run_record.plays.values()
    sentinels = ((play, step, sent) for play in plays for step, sent in play.steps_of(SentinelSent))
    return [SentinelPlay(play, step, sent) for play, step, sent in sentinels if step.is_answered]
