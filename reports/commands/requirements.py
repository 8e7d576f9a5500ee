"""``requirements``: the catalogue, and what covers each entry."""

from __future__ import annotations

import argparse
import json
from typing import Any

from conformance.requirements import catalogue
from conformance.vocabulary import Edition
from reports.exits import Exit
from reports.judging.inventory import all_cases
from reports.writing import say


def requirements(options: argparse.Namespace) -> int:
    """``requirements``: the catalogue with its coverage."""
    from reports.judging.coverage import as_json, as_markdown, as_text, coverage

    edition = Edition(options.edition)
    known, covered = catalogue(edition), coverage(all_cases(edition))
    if options.format == "json":
        document: Any = as_json(known, covered)
        say(json.dumps(document, indent=2))
    else:
        render = as_markdown if options.format == "markdown" else as_text
        say("\n".join(render(known, covered)))
    return Exit.CONFORMS
