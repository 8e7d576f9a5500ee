"""The simulated mail recipient: it takes every mail for anybody, relays none, and records each octet.

``recipient`` listens, ``smtp_session`` over ``smtp_connection`` speaks, ``transcript`` gathers what is said and
``journal`` has it on the disk before anything is acknowledged.
"""

from __future__ import annotations

from .arrivals import Arrivals
from .faults import FaultScript
from .journal import Journal, JournalError
from .recipient import Recipient, RecipientError

__all__ = ["Arrivals", "FaultScript", "Journal", "JournalError", "Recipient", "RecipientError"]
