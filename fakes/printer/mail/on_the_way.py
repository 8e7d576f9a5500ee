"""What the world between a printer and a mailbox may do to a mail; none of it is the printer's."""

from __future__ import annotations

from typing import Final

from conformance.wire import imf

_FOOTER: Final = b"This mail was looked at on its way, and nothing was found in it.\r\n"
_PART: Final = b"Content-Type: text/plain; charset=us-ascii\r\nContent-Disposition: inline\r\n\r\n" + _FOOTER
_TRACE: Final = b"X-Scanned: yes (by a scanner)\r\n"


def scanned(octets: bytes) -> bytes:
    """As of a scanner that says so: below a text, or in a part of its own."""
    root = imf.read(octets).root
    if root.parts:
        boundary = root.parameters["boundary"].encode()
        end = octets.rindex(b"--" + boundary + b"--")
        return _TRACE + octets[:end] + b"--" + boundary + b"\r\n" + _PART + octets[end:]
    below = b"" if b"\r\nContent-Transfer-Encoding: base64" in octets else b"\r\n-- \r\n" + _FOOTER
    return _TRACE + octets + below
