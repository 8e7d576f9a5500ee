"""From a notice to a mail at the relay: ``compose`` makes it, ``delivery`` brings it there.

``human_consumable`` and ``machine_consumable`` are its contents, ``headers`` and ``mime`` its form, ``transports`` the
ways out; ``flaws`` and ``leaks`` are for the liars.
"""

from __future__ import annotations

from .composed import Composed
from .delivery import Mailer

__all__ = ["Composed", "Mailer"]
