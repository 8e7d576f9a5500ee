"""The names by which a run knows its own again: the stage gives them to jobs and addresses, judges read them back."""

from __future__ import annotations

import re
from typing import Final

_JOB: Final = re.compile(
    rb"\b(?:job ([0-9]{1,9})[a-z]|sentinel ([0-9]{1,9})\.[0-9])"
)  # not a job-id: no letter follows
JOB_NAME: Final = re.compile(r"(?<!\w)(?:job [0-9]{1,9}[a-z][a-z0-9-]*|sentinel [0-9]{1,9}\.[0-9]{1,9})(?!\w)")
"""The part of a job's name that no other job has, in a text."""
_HEAD: Final = 2  # words: what both kinds of name are made of; a scenario may put more behind them
NOBODY: Final = "x"  # behind a label: the address of ours that nothing ought to be sent to


# ---------------------------------------------------------------- jobs


def own_job(play: int, label: str) -> str:
    """The name of a play's own job, which no other job has."""
    return f"job {play}{label}"


def sentinel_job(play: int, step: int) -> str:
    """The name of a job that is only there to be a later event; ``step`` is the sentinel's own."""
    return f"sentinel {play}.{step}"


def own_part(job_name: str) -> str:
    """The part of a job's name that no other job has, however it goes on."""
    return " ".join(job_name.split()[:_HEAD])


def is_numbered(part: str) -> bool:
    """Whether that part of a name can be told from others: some scenarios name a job like anybody's."""
    return any(map(str.isdigit, part))


def plays_named(octets: bytes) -> set[int]:
    """The plays whose jobs are named in there."""
    return {int(job or sentinel) for job, sentinel in _JOB.findall(octets)}


# ---------------------------------------------------------------- addresses


def recipient_address(token: str, play: int, label: str, domain: str) -> str:
    """The recipient address of one subscription of the run; ``token`` is the run's."""
    return f"{token}.{play}.{label}@{domain}"


def nobodys_label(label: str) -> str:
    """The label whose address belongs to the same subscription, and nothing ought to be sent to."""
    return label + NOBODY


def mark(address: str, other: str) -> str:
    """What all addresses of a subscription have in them, and no other's: the local part that the stage made.

    ``other`` is its address that nothing ought to be sent to, empty where evidence has none.
    """
    return other.rpartition("@")[0].removesuffix(NOBODY) or address.rpartition("@")[0]


def is_to_nobody(envelope: bytes, marked: str) -> bool:
    """Whether an envelope has the address in it that nothing ought to be sent to."""
    return f"{marked}{NOBODY}@".encode() in envelope
