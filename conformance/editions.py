"""What the mail rules of the editions have apart: named traits, so that an edition takes no branch nobody gave it.

Requirements name the editions they are of; this is for what is built and played: the reference printer, the scenarios.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .vocabulary import NTFY_01, RFC3995, Edition

EVERY_EDITION: Final = tuple(Edition)


class ContentChoice(StrEnum):
    """The attribute by which a subscription chooses what its mails are made of."""

    FORMAT = "notify-format"  # mailto-00 section 4.3
    TEXT_ONLY = "notify-mailto-text-only"  # mailto-04 section 5.1.1


@dataclass(frozen=True, slots=True)
class Traits:
    """One edition.

    ``vocabulary`` is the one of its time, which the built-in printer speaks unless told otherwise.
    ``from_subscriber``: From and the reverse-path have the subscriber's own address, which the user data are to be.
    ``parties_in_body``: the text names subscriber and recipient, as the header does.  ``up_time_in_body``: and tells
    the up time.  ``names_relay``: a printer attribute names the host that it mails through.  ``combines``: one mail may
    tell of several events.
    """

    vocabulary: str
    content: ContentChoice
    from_subscriber: bool
    parties_in_body: bool
    up_time_in_body: bool
    names_relay: bool
    combines: bool


TRAITS: Final[Mapping[Edition, Traits]] = {
    Edition.MAILTO_00: Traits(
        vocabulary=NTFY_01.name,
        content=ContentChoice.FORMAT,
        from_subscriber=True,  # section 4.4
        parties_in_body=True,  # section 5
        up_time_in_body=True,  # section 4.12
        names_relay=True,  # section 6.1
        combines=False,  # one event in each, draft-ietf-ipp-not-spec-01 section 7.4
    ),
    Edition.MAILTO_04: Traits(
        vocabulary=RFC3995.name,
        content=ContentChoice.TEXT_ONLY,
        from_subscriber=False,
        parties_in_body=False,
        up_time_in_body=False,  # RFC 3995 section 9.2 forbids it where a clock time belongs
        names_relay=False,
        combines=True,  # section 4
    ),
}


def editions_with(content: ContentChoice) -> tuple[Edition, ...]:
    """The editions whose subscriptions choose by that attribute."""
    return tuple(edition for edition in Edition if TRAITS[edition].content is content)
