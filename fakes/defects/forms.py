"""Lies about the form that is beside the body, what the body calls itself, and what is around a name."""

from __future__ import annotations

from typing import Final

from .row import Defect


def _rewritten(lie: str, says: str, breaks: tuple[str, ...], flaw: str, *on: str) -> Defect:
    """Told by who rewrites the mail, in the play of any mail and in others."""
    return Defect(lie, says, breaks, {"transport": flaw}, ("job/omitted", *on))


DEFECTS: Final[tuple[Defect, ...]] = (
    _rewritten(
        "body-is-an-attachment",
        "A text that is the whole mail calls itself an attachment.",
        ("4.3-3", "4.3-8", "10-7"),
        "body-attached",
        "plain",
        "none",
    ),
    _rewritten(
        "all-parts-are-attachments",
        "Every part of a mail calls itself an attachment.",
        ("4.3-3",),
        "all-attached",
        "job/html",
    ),
    _rewritten(
        "html-says-hello",
        "The part of HTML has a greeting in it, and the notification stands in the body alone.",
        ("N-21",),
        "greeting-in-html",
        "job/html",
    ),
    _rewritten("html-twice", "The part of HTML is there twice.", ("N-22",), "html-twice", "job/html"),
    _rewritten(
        "program-beside-the-form",
        "A program is attached beside what was asked for.",
        ("4.3-1",),
        "unasked-attachment",
        "job/html",
        "job/ipp",
    ),
    _rewritten(
        "from-in-a-group",
        "From is a group with a name of its own, and the printer's name and the address in it.",
        ("1-6", "T1-From-1"),
        "from-in-a-group",
    ),
    _rewritten("sender-in-a-group", "Sender is a group with a name of its own.", ("T1-Sender-1",), "sender-in-a-group"),
    _rewritten(
        "content-of-another-version",
        "application/ipp content is of version 9.9.",
        ("N-20",),
        "content-of-another-version",
        "job/ipp",
    ),
    _rewritten(
        "content-is-an-error",
        "application/ipp content has the status of a request that failed.",
        ("N-20",),
        "content-is-an-error",
        "job/ipp",
    ),
    _rewritten(
        "octets-behind-the-content",
        "There is something behind the attributes of application/ipp content.",
        ("N-20",),
        "octets-behind-the-content",
        "job/ipp",
    ),
    _rewritten(
        "attribute-twice",
        "application/ipp content has printer-name twice, the second time another.",
        ("N-20",),
        "attribute-twice",
        "job/ipp",
    ),
)
