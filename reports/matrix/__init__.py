"""The matrix: what many printers came to, side by side, as a static site.

``sources`` reads verdicts from wherever they are, one after the other; ``tally`` adds them up and keeps no document;
``views`` says what stands on which page, and ``site`` writes the pages.  Nothing here judges.
"""

from __future__ import annotations

from .site import write_site
from .sources import Unusable, VerdictDocument, verdict_documents
from .tally import Tally

__all__ = ["Tally", "Unusable", "VerdictDocument", "verdict_documents", "write_site"]
