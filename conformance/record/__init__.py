"""The evidence of a run: the file, and how a judge reads it.

``evidence`` and ``rows`` are what is stored; ``run_record``, ``smtp_sessions`` and ``received_mail`` decode it anew
each time.  Nothing in here is ever repaired.
"""

from __future__ import annotations

from .evidence import EvidenceFile
from .exchanges import Answer
from .received_mail import ReceivedMail
from .rows import EvidenceError
from .run_record import PlayRecord, RunRecord
from .smtp_sessions import SessionRecord
from .subscription_record import StepRecord, SubscriptionRecord

__all__ = [
    "Answer",
    "EvidenceError",
    "EvidenceFile",
    "PlayRecord",
    "ReceivedMail",
    "RunRecord",
    "SessionRecord",
    "StepRecord",
    "SubscriptionRecord",
]
