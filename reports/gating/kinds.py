"""What two runs have in common where a printer fails in the same way: the sentence without what is of one run only.

Job numbers, ports and times have names in braces already (`conformance.record.run_names`), but not in a verdict.json of
an earlier version; what was quoted from the printer may be another thing each time.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

LENGTH: Final = 16  # hexadecimal digits of a fingerprint: no two of some thousand findings have the same
SHORTEST: Final = 6  # characters of a part that says of which kind a failure is
_QUOTED: Final = re.compile(r"(?<!\w)'[^']*'(?!\w)|(?<!\w)\"[^\"]*\"(?!\w)")
_BRACED: Final = re.compile(r"\{[^{}]*\}")
_ADDRESS: Final = re.compile(r"[^\s(),;]*(?:@|://)[^\s(),;]*")
_COUNTED: Final = re.compile(r" \(and (?:\d+ )?more of the kind\)")
_NUMBER: Final = re.compile(r"\d[\d.:]*")


def steady(text: str) -> str:
    """The sentence with a mark in place of each value in it."""
    for pattern, mark in ((_COUNTED, ""), (_QUOTED, "'_'"), (_ADDRESS, "_"), (_NUMBER, "0")):
        text = pattern.sub(mark, text)
    return " ".join(text.split())


def fixed_part(text: str) -> str:
    """The longest part of the sentence without a value in it; empty where there is hardly a word."""
    text = _COUNTED.sub("", text)
    for pattern in (_QUOTED, _BRACED, _ADDRESS, _NUMBER):
        text = pattern.sub("\0", text)
    parts = [part.strip() for part in text.split("\0")]
    longest = max((part for part in parts if part == " ".join(part.split())), key=len, default="")
    return longest if len(longest) >= SHORTEST else ""


def fingerprint(requirement: str, case: str, expected: str, actual: str) -> str:
    """The same for the same finding in every run: requirement, case and the kind of failure."""
    told = "\n".join((requirement, case, steady(expected), steady(actual)))
    return hashlib.sha256(told.encode()).hexdigest()[:LENGTH]
