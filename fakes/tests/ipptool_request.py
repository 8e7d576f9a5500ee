"""What ipptool is given to send: one request, with the attributes that every request has."""

from __future__ import annotations

from conformance.wire.registry import Operation

HEAD = """GROUP operation-attributes-tag
ATTR charset attributes-charset utf-8
ATTR naturalLanguage attributes-natural-language en
ATTR uri printer-uri $uri
"""


def ipptool_request(name: str, operation: Operation, more: str = "", status: str = "successful-ok") -> str:
    """A test in ipptool's language; ``more`` follows the attributes that are in every request."""
    words = "-".join(word.capitalize() for word in operation.name.split("_"))
    return f'{{\nNAME "{name}"\nOPERATION {words}\n{HEAD}{more.strip()}\nSTATUS {status}\n}}\n'
