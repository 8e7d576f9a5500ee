"""The simulated mail recipient: it takes every mail for anybody, relays none, and records each octet.

``recipient`` listens, ``smtp_session`` speaks, over ``smtp_connection``, which takes what comes, and ``reply_stream``,
which answers; ``transcript`` gathers what is said and ``journal`` has it on the disk before anything is acknowledged.
"""

from __future__ import annotations

from .arrivals import Arrivals
from .faults import FaultScript
from .journal import Journal, JournalError
from .recipient import Recipient, RecipientError

__all__ = ["Arrivals", "FaultScript", "Journal", "JournalError", "Recipient", "RecipientError"]
