"""What can be said of a record that could not be kept to its end: only what the file itself shows."""

from __future__ import annotations

from pathlib import Path

from conformance.record.evidence import EvidenceFile
from conformance.record.rows import EvidenceError, EvidenceLostError, Run
from fakes.recipient.journal import JournalError


def what_remains(error: JournalError | EvidenceLostError, evidence: Path) -> str:
    """Where the rest of it is, if there is any; a disk that took no more has all that it took before."""
    if isinstance(error, JournalError) and not error.lost:
        return f"what was recorded before is in {evidence}"
    try:
        with EvidenceFile.open(evidence) as file:
            if next(file.rows(Run), None) is not None:
                return f"what is left of the record is in {evidence}"
    except EvidenceError as trouble:
        return f"nothing of the record can be judged any more: {trouble.message}"
    return f"nothing of the record is left in {evidence}"
