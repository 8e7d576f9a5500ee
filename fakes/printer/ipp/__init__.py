"""Requests and their answers: what the reference printer makes of octets that come in over IPP.

``requests`` checks, ``operations`` does, ``responses`` answers; ``negotiation`` is what a subscription is granted.
"""

from __future__ import annotations

from .operations import answer

__all__ = ["answer"]
