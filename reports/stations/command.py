"""``station`` and ``submit``; what they need is looked for before it is imported."""

from __future__ import annotations

import argparse

from reports.exits import Exit, UsageError
from reports.store.extra import FOR_STATIONS, see_that_it_is_installed
from reports.writing import remark


def station_command(options: argparse.Namespace) -> int:
    """One of the two."""
    try:
        see_that_it_is_installed(FOR_STATIONS)
        from .serving import say_what_is_news, serve_queue
        from .submitting import submit

        say_what_is_news()
        return serve_queue(options) if options.command == "station" else submit(options)
    except UsageError as error:
        remark(error)
        return Exit.USAGE
