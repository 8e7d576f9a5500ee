"""Refusals that are nobody's failure: the printer is busy, this user may not, others hold the places.

Whoever was refused so has learnt nothing about the printer; every case asks here.
"""

from __future__ import annotations

from typing import Final

from .wire.registry import Status

BUSY: Final = frozenset(
    {
        Status.SERVER_ERROR_SERVICE_UNAVAILABLE,
        Status.SERVER_ERROR_TEMPORARY_ERROR,
        Status.SERVER_ERROR_BUSY,
    }
)
"""A client is to ask again later (RFC 2911 sections 13.1.5.3, 13.1.5.6 and 13.1.5.8), and the stage has done so."""

RIGHTS: Final = frozenset(
    {
        Status.CLIENT_ERROR_FORBIDDEN,
        Status.CLIENT_ERROR_NOT_AUTHENTICATED,
        Status.CLIENT_ERROR_NOT_AUTHORIZED,
    }
)
"""Who may do what is for the printer's operator to say (RFC 2911 sections 13.1.4.2 to 13.1.4.4)."""

FULL: Final = Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS


def excuse(status: int | None) -> str:
    """Why a refusal by that status says nothing about the printer; empty if it does, or is none.

    ``FULL`` is not among them, since some cases are about what a full printer does: see ``Subscription.judgeable``.
    """
    if status in BUSY:
        return "the printer is busy, also when asked again"
    if status in RIGHTS:
        return "the user of this run may not"
    return ""
