"""The two vocabularies: how one talks about notification with a printer.

``ntfy-01`` has the names that draft-ietf-ipp-notify-mailto-00 uses, ``rfc3995`` those of RFC 3995.  The vocabulary is
not the edition: whose mail rules judge is another choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.wire.ipp import Group


class Edition(StrEnum):
    """Whose mail rules judge."""

    MAILTO_00 = "mailto-00"
    MAILTO_04 = "mailto-04"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One name for each concept; ``None`` where the texts of this vocabulary have no such thing."""

    name: str
    # subscription attributes
    recipient: str
    user_data: str
    sequence: str
    subscription_id: str
    printer_uri: str
    user_name: str
    lease_requested: str
    job_id: str
    up_time: str = "notify-printer-up-time"
    events: str = "notify-events"
    charset: str = "notify-charset"
    language: str = "notify-natural-language"
    lease_expiration: str = "notify-lease-expiration-time"
    format: str = "notify-format"
    persistence_granted: str | None = None
    # printer attributes
    schemes_supported: str = "notify-schemes-supported"
    events_supported: str = "notify-events-supported"
    events_default: str = "notify-events-default"
    format_supported: str = "notify-format-supported"
    max_events: str = ""
    lease_supported: str = ""
    lease_default: str = ""
    max_printer_subscriptions: str = "max-printer-subscriptions-supported"
    max_job_subscriptions: str = "max-job-subscriptions-supported"
    relay: str = "printer-smtp-mail-service-address"
    # other names by which a printer of this vocabulary may call the same thing
    synonyms: tuple[tuple[str, str], ...] = ()

    @property
    def of_subscriptions(self) -> tuple[str, ...]:
        """Attributes that a subscription tells of itself, and no answer has beside that."""
        names = (
            self.subscription_id, self.recipient, self.events, self.user_data, self.sequence, self.user_name,
            self.lease_requested, self.lease_expiration, self.up_time, self.format, self.charset, self.language,
        )  # fmt: skip
        return (*names, *(other for own, other in self.synonyms if own in names))

    def find(self, group: Group, name: str) -> str | None:
        """The name under which ``group`` has the attribute: ``name`` or one of its synonyms."""
        for candidate in (name, *(other for own, other in self.synonyms if own == name)):
            if candidate in group:
                return candidate
        return None


NTFY_01 = Vocabulary(
    name="ntfy-01",
    recipient="notify-recipient",
    user_data="subscriber-user-data",
    sequence="request-id",
    subscription_id="subscription-id",
    printer_uri="printer-uri",
    user_name="subscriber-user-name",
    lease_requested="notify-lease-time-requested",
    job_id="job-id",
    persistence_granted="notify-persistence-granted",
    max_events="max-events-supported",
    lease_supported="notify-lease-time-supported",
    lease_default="notify-lease-time-default",
    synonyms=(
        ("request-id", "subscription-request-id"),
        ("notify-printer-up-time", "notify-server-up-time"),
        ("notify-format", "notify-text-format"),
        ("notify-format-supported", "notify-text-format-supported"),
    ),
)

RFC3995 = Vocabulary(
    name="rfc3995",
    recipient="notify-recipient-uri",
    user_data="notify-user-data",
    sequence="notify-sequence-number",
    subscription_id="notify-subscription-id",
    printer_uri="notify-printer-uri",
    user_name="notify-subscriber-user-name",
    lease_requested="notify-lease-duration",
    job_id="notify-job-id",
    max_events="notify-max-events-supported",
    lease_supported="notify-lease-duration-supported",
    lease_default="notify-lease-duration-default",
    synonyms=(("notify-format", "notify-text-format"), ("notify-format-supported", "notify-text-format-supported")),
)

VOCABULARIES = {v.name: v for v in (NTFY_01, RFC3995)}


def recognise(printer: Group) -> Vocabulary | None:
    """The vocabulary a printer speaks, from its own attributes; ``None`` if it lists none of either."""
    scores = {
        v: sum(name in printer for name in (v.max_events, v.lease_supported, v.lease_default))
        for v in (RFC3995, NTFY_01)
    }
    best = max(scores, key=lambda v: scores[v])
    return best if scores[best] else None


_SUB_VALUES = {  # RFC 3995 section 5.3.3.4: who subscribes to the one hears of the other
    "job-state-changed": ("job-created", "job-completed", "job-stopped"),
    "printer-state-changed": ("printer-restarted", "printer-shutdown", "printer-stopped"),
    "printer-config-changed": ("printer-media-changed", "printer-finishings-changed"),
}


def sub_values(vocabulary: Vocabulary, event: str) -> tuple[str, ...]:
    """What else an event stands for: the drafts know no stop of their own, so theirs is a change of state."""
    every = _SUB_VALUES.get(event, ())
    return every if vocabulary is RFC3995 else tuple(sub for sub in every if sub.endswith("-stopped"))
