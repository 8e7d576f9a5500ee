"""Judging an evidence file: pytest runs the cases, the catalogue adds up what they found.

``judging`` is the whole of it; ``inventory`` knows the cases without running any, ``excerpt`` shows the octets meant.
"""

from __future__ import annotations

from .inventory import CaseEntry, CaseFunction, case_files, case_functions, case_id, cases

__all__ = ["CaseEntry", "CaseFunction", "case_files", "case_functions", "case_id", "cases"]
