"""``matrix``: what many printers came to, as a static site."""

from __future__ import annotations

import argparse

from conformance.counted import counted
from conformance.verdict import name_shown, printable
from reports.exits import Exit, UsageError
from reports.matrix import Tally, Unusable, verdict_documents, write_site
from reports.matrix.names import anonymous_names, own_names
from reports.writing import remark, say


def matrix(options: argparse.Namespace) -> int:
    """Read, add up, write; what is no verdict ends it, unless it is to be left out."""
    tally, unusable = Tally(), 0
    for one in verdict_documents(options.source):
        if isinstance(one, Unusable):
            unusable += 1
            remark(f"{printable(one.name)}: {printable(one.why)}")
        else:
            tally.take(one.document)
    if unusable and not options.skip_broken:
        remark(f"{unusable} of what was named is no verdict; --skip-broken goes on without")
        return Exit.USAGE
    if not tally.runs:
        remark("there is no verdict in what was named")
        return Exit.USAGE
    if tally.unknown:
        left_out = counted(tally.unknown, "verdict")
        remark(f"left out: {left_out} on entries that this version's catalogue does not have")
    names = anonymous_names(tally) if options.anonymous else own_names(tally)
    try:
        pages = write_site(tally, names, options.output, overwrite=options.overwrite)
    except UsageError as error:
        remark(error)
        return Exit.USAGE
    told = counted(len(names.printers), "printer"), counted(tally.runs, "run"), counted(pages, "page")
    say(f"{name_shown(options.output)}/index.html: {', '.join(told)}")
    return Exit.CONFORMS
