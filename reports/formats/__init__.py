"""What a judged run looks like: on a terminal, as a page, for CI servers, for other programs.

To add a format, write a function from ``JudgedRun`` to text or octets, and name it in
``reports/commands/documents.py``.
"""

from __future__ import annotations

from .html import report_html
from .junit import junit_xml
from .terminal import summary

__all__ = ["junit_xml", "report_html", "summary"]
