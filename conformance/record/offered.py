"""Whether there is anything to judge: a printer that offers no notification by mail is none that does it wrongly."""

from __future__ import annotations

from typing import Final

from conformance.verdict import Inconclusive, printable
from conformance.vocabulary import recognise
from conformance.wire import ipp
from conformance.wire.registry import Operation

from . import rows
from .run_record import RunRecord

SCHEMES: Final = "notify-schemes-supported"  # in every vocabulary
PULL: Final = "notify-pull-method-supported"  # RFC 3995 section 5.3.2
MAILTO: Final = frozenset({"mailto", "mailto:"})  # with the colon, as one draft prints it, is tolerated
SHOWN: Final = 120  # characters of what is listed instead


def why_not_offered(printer: ipp.Group) -> str:
    """Why a printer offers no notification by mail, by what it says of itself; empty where it may offer it.

    Raises ``Inconclusive`` where that could not be read.
    """
    listed = printer.get(SCHEMES)
    if listed is not None:
        if MAILTO.intersection(text.lower() for text in listed.texts()):
            return ""
        return f"the printer offers no mail: {SCHEMES} lists {_words(listed)}"
    if (pull := printer.get(PULL)) is not None:
        return f"the printer offers no mail: it lists {PULL} ({_words(pull)}) and no {SCHEMES}"
    operations = printer.get("operations-supported")
    if recognise(printer) is None and (
        operations is None or int(Operation.CREATE_PRINTER_SUBSCRIPTIONS) not in operations.integers()
    ):
        return "the printer offers no notification: it lists neither Create-Printer-Subscriptions nor its attributes"
    return ""


def _words(attribute: ipp.Attribute) -> str:
    return printable(", ".join(attribute.texts()))[:SHOWN] or "nothing"


def why_not_judged(run_record: RunRecord) -> str:
    """Why nothing can be said about the printer of a run; empty where it was played at."""
    if run_record.ended_early and not run_record.interrupted and not run_record.plays:
        return run_record.ended_early  # it told too little about itself, or nothing
    if run_record.ended_early.startswith(rows.NO_MAIL) and next(run_record.file.rows(rows.MailRow), None) is None:
        return run_record.ended_early  # an earlier sitting that got some is judged
    try:
        return why_not_offered(run_record.printer) if run_record.printer is not None else ""
    except Inconclusive:
        return ""
