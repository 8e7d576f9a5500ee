"""Which operation attributes each request may bring; others go back as unsupported (RFC 2911 section 3.1.7)."""

from __future__ import annotations

from typing import Final

from conformance.wire import ipp
from conformance.wire.ipp import Attribute
from conformance.wire.registry import ValueTag

from .requests import Request

EVERYWHERE: Final = frozenset(
    {
        "attributes-charset",
        "attributes-natural-language",
        "printer-uri",
        "job-uri",
        "job-id",
        "requesting-user-name",
    }
)


def set_aside(request: Request, *known: str) -> list[Attribute]:
    """The operation attributes that are not supported, with 'unsupported' for a value."""
    names = EVERYWHERE.union(known)
    return [ipp.out_of_band(a.name, ValueTag.UNSUPPORTED) for a in request.attributes if a.name not in names]
