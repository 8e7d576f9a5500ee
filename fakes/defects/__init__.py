"""The liars: printers that are obedient but for one lie, each named by its lie.

They prove the suite: each must be caught by the cases of exactly the requirements its row names.  One module for each
part of the texts; each has ``DEFECTS``.
"""

from __future__ import annotations

from typing import Final

from . import (
    bodies,
    content,
    endings,
    events,
    forms,
    ipp_notifications,
    limits,
    mails,
    mailto_04,
    numbers,
    safety,
    security,
    self_description,
    subscriptions,
)
from .row import Defect

DEFECTS: Final[tuple[Defect, ...]] = (
    *mails.DEFECTS,
    *bodies.DEFECTS,
    *subscriptions.DEFECTS,
    *ipp_notifications.DEFECTS,
    *self_description.DEFECTS,
    *limits.DEFECTS,
    *mailto_04.DEFECTS,
    *events.DEFECTS,
    *endings.DEFECTS,
    *numbers.DEFECTS,
    *content.DEFECTS,
    *forms.DEFECTS,
    *safety.DEFECTS,
    *security.DEFECTS,
)

__all__ = ["DEFECTS", "Defect"]
