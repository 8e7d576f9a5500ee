"""report.html: one file that opens anywhere, without a server, without a network, without scripts of others.

``page`` says what stands on it, the templates how it looks.  Whatever a printer sent comes in as text: the templates
escape markup, and characters that steer a screen are written as escapes before.
"""

from __future__ import annotations

from .page import report_html

__all__ = ["report_html"]
