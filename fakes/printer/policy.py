"""Every choice the reference printer may make, in one frozen record.

``OBEDIENT`` follows the text in everything.  A defect is ``replace(OBEDIENT, one field)``; a conforming variant is the
same with a permitted choice.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.vocabulary import NTFY_01, Edition, Vocabulary


@dataclass(frozen=True, slots=True)
class Policy:
    """The printer's character.  Seconds are seconds; names are as the texts spell them."""

    # who it is
    printer_name: str = "George Washington"
    vocabulary: Vocabulary = NTFY_01
    edition: Edition = Edition.MAILTO_00

    # what it supports
    formats: tuple[str, ...] = (
        "text/plain",
        "text/plain; charset=utf-8",
        "text/html",
        "text/html; charset=utf-8",
        "application/ipp",
        "application/postscript",
    )
    default_format: str = "text/plain"
    charsets: tuple[str, ...] = ("utf-8", "us-ascii", "iso-8859-1")
    languages: tuple[str, ...] = ("en", "de")
    events: tuple[str, ...] = (
        "none",
        "job-created",
        "job-completed",
        "job-state-changed",
        "job-stopped",
        "printer-state-changed",
        "printer-stopped",
    )
    max_events: int = 10
    max_printer_subscriptions: int = 200
    max_job_subscriptions: int = 20

    # leases, seconds; the shortest is short so that an expiry can be waited for
    lease_min: int = 2
    lease_max: int = 86_400
    lease_default: int = 3_600

    # jobs, seconds
    job_seconds: float = 0.0

    # mail
    delivery_delay: float = 0.0
    retry_delays: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0)
    administrator: str = "printer-admin@printer.example"


OBEDIENT = Policy()
