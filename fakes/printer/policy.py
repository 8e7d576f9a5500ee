"""Every choice the reference printer may make, in one frozen record.

``OBEDIENT`` follows the text in everything.  A defect is ``replace(OBEDIENT, one field)``; a conforming variant is the
same with a permitted choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    hostname: str = "printer.example"  # in EHLO and Message-ID
    current_time: bool = True  # printer-current-time is supported, and so mails have a Date

    # mail: what the texts leave open
    no_address: Literal["administrator", "drop"] = "administrator"  # user data that is no mail address, mailto-00
    text_encoding: Literal["quoted-printable", "base64", "8bit"] = "quoted-printable"
    word_encoding: Literal["shorter", "q", "b"] = "shorter"  # the two encodings of RFC 2047 section 4
    disposition: Literal["attachment", "inline"] | None = "attachment"
    charset_text: Literal["attachment", "body"] = "attachment"  # where text/plain with another charset goes (ISSUE 06)
    free_content: Literal["plain", "alternative"] = "alternative"  # mailto-04 where notify-mailto-text-only is false

    # smtp
    transport: str = "library"  # a key of fakes.printer.transports.TRANSPORTS
    connection: Literal["per-mail", "kept"] = "per-mail"
    max_sessions: int = 32  # at once; a relay that stalls for some recipients must not hold up the others
    smtp_timeout: float = 10.0  # seconds for one reply; RFC 5321 section 4.5.3.2 has minutes, a bench has no such queues


OBEDIENT = Policy()
