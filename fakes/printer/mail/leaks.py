"""What a careless printer lets through from outside: names, user data and URL parameters as they were given.

``Policy.leaks`` names one; the obedient printer lets nothing through, and nothing here is called for it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from fakes.printer.notice import Notice
from fakes.printer.policy import Policy

from .addresses import is_address, recipient
from .composed import Composed

_SPELLED_OUT: Final = re.compile(r"(?:^|&)(?:to|cc|bcc)=([^&]*)", re.IGNORECASE)


def field_tokens(name: str, tokens: list[str] | None, notice: Notice, policy: Policy) -> list[str] | None:
    """The tokens of a header field, with what this printer lets through."""
    job, user = notice.job.name if notice.job is not None else "", notice.subscription.user_name
    if policy.leaks == "job-name" and name == "Subject" and "\n" in job and job.isascii():
        return [f"Printer message: job completed: {job}"]
    if policy.leaks == "user-name" and name == "Sender" and tokens and "\n" in user and user.isascii():
        return [f'"{user}"', tokens[-1]]
    if policy.leaks == "unquoted-name" and name == "Sender" and tokens and user.isascii() and user.isprintable():
        return [*user.split(), tokens[-1]]
    if policy.leaks == "user-data" and name == "From" and tokens and is_address(_user_data(notice).split("\r\n")[0]):
        return [*tokens[:-1], f"<{_user_data(notice)}>"]
    return tokens


def envelope(mail: Composed, notice: Notice, policy: Policy) -> Composed:
    """The mail with the envelope that this printer makes of outside data."""
    parameters = notice.subscription.recipient.partition("?")[2]
    if policy.leaks == "parameters-in-path" and parameters:
        return replace(mail, recipient=f"{mail.recipient}?{parameters}")
    if policy.leaks == "parameters-as-recipients":
        named = (recipient(f"mailto:{text}") for text in _SPELLED_OUT.findall(parameters))
        return replace(mail, copies=(*mail.copies, *(found.address for found in named if found)))
    if policy.leaks == "user-data-in-mail" and is_address(_user_data(notice).split(">\r\n")[0]):
        return replace(mail, sender=_user_data(notice))
    return mail


def _user_data(notice: Notice) -> str:
    return (notice.subscription.user_data or b"").decode("ascii", "replace")
