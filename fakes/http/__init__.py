"""HTTP/1.1 for both ends of an IPP connection, in the clear and in TLS, every octet kept in both directions.

``connection`` is what both ends share; ``client`` reads leniently (``lenient``, ``tls``), ``server`` is the printer's.
"""

from __future__ import annotations

from .client import ClientConnection, HttpResponse, connect
from .connection import HttpConnection, HttpError, HttpProblem
from .server import ServerConnection

__all__ = [
    "ClientConnection",
    "HttpConnection",
    "HttpError",
    "HttpProblem",
    "HttpResponse",
    "ServerConnection",
    "connect",
]
