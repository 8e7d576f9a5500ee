"""Language tags (RFC 5646): which of them mean one language, however it is written.

What is asked of mails is whether their words are those of a language.  Tags of one language differ by age (iw is he),
by breadth (no has nb in it) and by place (en-us); of Chinese the place says which script it is.
"""

from __future__ import annotations

import re
from typing import Final

_NEWER: Final = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "jw": "jv",
    "mo": "ro",
    "nb": "no",
    "tl": "fil",
}  # nearly all Norwegian is nb

_SCRIPTS: Final = {"cn": "hans", "sg": "hans", "tw": "hant", "hk": "hant", "mo": "hant"}  # of Chinese, by place
_SCRIPT: Final = re.compile("[a-z]{4}")
_COUNTRY: Final = re.compile("[a-z]{2}|[0-9]{3}")


def written_language(tag: str) -> str:
    """What says which words a text has: the language, and its script where the tag has one."""
    first, *rest = tag.lower().replace("_", "-").split("-")
    first = _NEWER.get(first, first)
    scripts = [word for word in rest if _SCRIPT.fullmatch(word)]
    if first == "zh" and not scripts:
        scripts = [_SCRIPTS[word] for word in rest if word in _SCRIPTS]
    return "-".join((first, *scripts[:1]))


def same_language(one: str, other: str) -> bool:
    """Whether two tags may mean one language: alike but for age, or one of them says no more than the other."""
    (first, *more), (second, *rest) = (written_language(tag).split("-") for tag in (one, other))
    if first != second or (more and rest and more != rest):
        return False
    places, elsewhere = _place(one), _place(other)
    return not places or not elsewhere or places == elsewhere or (first == "zh" and bool(more) and more == rest)


def _place(tag: str) -> str:
    """The country of a tag, or the number of its region."""
    words = tag.lower().replace("_", "-").split("-")[1:]
    return next((word for word in words if _COUNTRY.fullmatch(word)), "")
