"""A request of the evidence as a test of ipptool's, which asks the same again.

What ipptool cannot send is left out and named in a comment: broken messages, collections, octets that are no text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.record.rows import Exchange
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, ValueTag, keyword_of

_PLAIN: Final = {
    ValueTag.TEXT: "text",
    ValueTag.NAME: "name",
    ValueTag.TEXT_WITH_LANGUAGE: "text",
    ValueTag.NAME_WITH_LANGUAGE: "name",
}
_NUMBERS: Final = (ValueTag.INTEGER, ValueTag.ENUM)


def ipptool_test(row: Exchange, source: str, document: str = "") -> str:
    """The file; ``source`` says where it is from, ``document`` is the name of a file with what was printed."""
    message = ipp.decode(row.request)
    return "\n".join([*_lines(row, message, source, document), ""])


def document_of(row: Exchange) -> bytes:
    """What was sent behind the attributes."""
    return ipp.decode(row.request).data


def _lines(row: Exchange, message: ipp.Message, source: str, document: str) -> Iterator[str]:
    operation = keyword_of(Operation, message.code)
    yield f"# {operation} as ippmailto sent it: ipp #{row.id} of {_plain(source)}"
    yield f"#     ipptool -tv {_plain(row.uri)} THIS-FILE"
    if message.problem is not None:
        yield f"# the request was broken on purpose from octet {message.problem.offset} on; ipptool cannot send that"
    yield "{"
    yield f'  NAME "{operation}, ipp #{row.id}"'
    yield f"  VERSION {message.version[0]}.{message.version[1]}"
    yield f"  REQUEST-ID {message.request_id}"
    yield f"  OPERATION {operation}"
    for group in message.groups:
        yield f"  GROUP {keyword_of(GroupTag, group.tag)}"
        for attribute in group:
            yield from _attribute(attribute, message.charset)
    if message.data:
        yield f"  FILE {_quoted(document)}" if document else "  FILE $filename  # ipptool -f DOCUMENT"
    yield "}"


def _attribute(attribute: ipp.Attribute, charset: str) -> Iterator[str]:
    name = _plain(attribute.name)
    if attribute.value.out_of_band:
        yield f"  ATTR {ipp.tag_name(attribute.value.tag)} {name}"
        return
    values = [_value(value, charset) for value in attribute.values]
    if None in values:
        yield f"  # left out, since ipptool cannot write it: {_plain(attribute.show(charset))}"
        return
    tag = attribute.value.tag
    word = _PLAIN.get(ValueTag(tag), ipp.tag_name(tag)) if tag in set(ValueTag) else ipp.tag_name(tag)
    yield f"  ATTR {word} {name} {','.join(value for value in values if value is not None)}"


def _value(value: ipp.Value, charset: str) -> str | None:
    """As ipptool reads it; ``None`` for what it cannot."""
    if value.tag in _NUMBERS:
        return None if value.integer is None else str(value.integer)
    if value.tag == ValueTag.BOOLEAN:
        return None if value.boolean is None else str(value.boolean).lower()
    if value.tag == ValueTag.RANGE_OF_INTEGER:
        return None if value.range is None else f"{value.range[0]}-{value.range[1]}"
    if value.tag == ValueTag.OCTET_STRING:
        return _octets(value.octets)
    text = value.text(charset)
    return None if text is None or "\n" in text or "\0" in text else _quoted(text)


def _octets(octets: bytes) -> str | None:
    """Those that are text: at others, which it writes in hex, the ipptool of CUPS 2.4 falls over."""
    try:
        text = octets.decode()
    except UnicodeError:
        return None
    return None if not text.isprintable() or text.startswith("<") else _quoted(text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"'


def _plain(text: str) -> str:
    return ascii(text)[1:-1]
