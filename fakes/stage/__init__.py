"""Plays scenarios at a printer, into the evidence: the only place where client and recipient meet.

``stage`` plays them all, ``scenario_run`` one of them with its steps, of which ``subscription_steps`` and ``waits``
have some; ``subscriber`` sends the requests, ``bench`` puts a recipient and a journal around it all, ``ixit`` holds
what is known of printer and bench.
"""

from __future__ import annotations

from .ixit import Ixit, IxitError
from .shared import StageError
from .stage import Stage
from .subscriber import Subscriber

__all__ = ["Ixit", "IxitError", "Stage", "StageError", "Subscriber"]
