"""What a pipeline goes by: what is new since an earlier verdict, and waivers that are written from one.

It works on verdict.json, which both sides of a comparison have, so that a run can be compared with one of last year.
"""

from __future__ import annotations

from .comparison import Comparison, compare
from .kinds import fingerprint
from .stored_verdict import StoredVerdict

__all__ = ["Comparison", "StoredVerdict", "compare", "fingerprint"]
