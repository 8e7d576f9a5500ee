"""What many scenarios need of a printer, or of the edition, before it can be asked for them."""

from __future__ import annotations

from typing import Final

from conformance.editions import ContentChoice, editions_with

OPEN_JOB: Final = ("Create-Job", "Send-Document")
PAUSE: Final = ("Pause-Printer", "Resume-Printer")
FORMATS: Final = ("attribute:notify-format",)
WITH_FORMATS: Final = editions_with(ContentChoice.FORMAT)
