"""Requests written down, right but for what a test changes."""

from __future__ import annotations

from dataclasses import replace

from conformance.wire import ipp
from conformance.wire.ipp import Attribute, Group, Message
from conformance.wire.registry import GroupTag, Operation

CHARSET = ipp.charset("attributes-charset", "utf-8")
LANGUAGE = ipp.natural_language("attributes-natural-language", "en")
URI = "ipp://127.0.0.1:631/ipp/print"
TARGET = ipp.uri("printer-uri", URI)
GPA = Operation.GET_PRINTER_ATTRIBUTES


def operation_group(*attributes: Attribute) -> Group:
    return Group(GroupTag.OPERATION, attributes)


def request(*attributes: Attribute, code: int = GPA, **more: object) -> Message:
    return replace(Message(code, 7, (operation_group(*attributes),)), **more)  # type: ignore[arg-type]
