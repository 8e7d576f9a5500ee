"""Readers and writers that keep everything: ``ipp`` for IPP, ``smtp`` for sessions, ``imf`` for mails (RFC 5322).

They never raise on what a printer sent: what is wrong is told as problems, each with its place in the octets.
"""

from __future__ import annotations

from . import imf, ipp, smtp

__all__ = ["imf", "ipp", "smtp"]
