"""What the reference printer does about security: which of the five ways it is, and in what it lies about that."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final, Literal, Self

from fakes.certificates import Flaw


class Mode(StrEnum):
    """How IPP in the clear and in TLS live together; four of them are what a client may meet, the fifth is both."""

    PLAIN = "plain"  # there is no TLS
    MIXED = "mixed"  # either will do
    TELL = "tell"  # in the clear the printer tells of itself, and does nothing else
    REFUSE = "refuse"  # in the clear everything is refused, with the name of what would do
    ENFORCE = "enforce"  # the same, and the connection goes into TLS when the client asks for that


class Authentication(StrEnum):
    """How users are known; the words of uri-authentication-supported (RFC 2911 section 4.4.2), one of them shorter."""

    NONE = "none"
    NAME = "name"
    BASIC = "basic"
    DIGEST = "digest"
    CERTIFICATE = "certificate"

    @property
    def keyword(self) -> str:
        """The word of the attribute."""
        return "requesting-user-name" if self is Authentication.NAME else self.value


@dataclass(frozen=True, slots=True)
class SecurityPolicy:
    """Those choices; the obedient printer has the values given here."""

    mode: Mode = Mode.PLAIN
    authentication: Authentication = Authentication.NAME
    asks: Literal["everybody", "operators"] = "everybody"  # for a password: whoever wants anything, or to pause
    certificate: Flaw = Flaw.NONE  # what is wrong with it, which no text forbids
    only_tls: bool = False  # nobody listens in the clear
    other_names: tuple[str, ...] = ()  # of this host, each with a secure URI of its own
    secure_first: bool = False  # in the lists of URIs
    offers_upgrade: bool = True  # answers in the clear say that TLS can be had (RFC 2817 section 4.1)
    token: str = "TLS/1.2"  # that is offered
    tells: Literal["of-itself", "all-but-jobs"] = "of-itself"  # what else it does in the clear, in that mode

    clear_at_tls: Literal["dropped", "bad-request"] = "dropped"  # who speaks HTTP where TLS comes first
    refuses_by: Literal["upgrade", "redirection"] = "upgrade"  # what comes in the clear
    other_words: bool = False  # its Upgrade header has blanks, small letters and an empty place
    hides_names: bool = False  # of jobs, in TLS, as its privacy policy has it
    neighbours: bool = False  # the directories have others beside it: of its name, of its ports

    # ------------------------------------------------------------ lies

    # about the three lists
    lists: Literal[
        "whole", "without-security", "short-security", "short-authentication", "names", "swapped", "all-none",
        "clear-alone", "no-proof", "last-in-clear", "proof-for-show",
    ] = "whole"  # fmt: skip
    told_in_clear: bool = True

    # about TLS
    tls: Literal["spoken", "never", "once"] = "spoken"
    upgrade: Literal["done", "silent-to-a-job", "only-said", "said-and-left"] = "done"
    behind_tls: Literal["the-same", "another-name", "another-queue", "other-jobs"] = "the-same"

    # about requests in the clear
    clear: Literal[
        "as-told", "expecting", "offering", "cancel-job", "version-1.1", "version-1.0",
        "version-1.0-lists", "version-2.1", "print-job", "lists",
        "job", "once-refused", "subscription", "create-job", "lists-of-subscriptions", "end-of-subscription",
        "version-1.0-prints",
    ] = "as-told"  # what is carried out in spite of all  # fmt: skip
    refused: Literal["nothing", "jobs", "open-jobs", "subscriptions", "cancellations"] = (
        "nothing"  # what is made in spite of the refusal
    )
    refusal: Literal["upgrade", "without-upgrade", "another-protocol", "forbidden", "front-page"] = "upgrade"
    heeds_expect: bool = True
    challenge: Literal["scheme", "realm-alone-for-lists"] = "scheme"
    proof: Literal["looked-at", "taken-unseen", "not-of-jobs", "not-of-open-jobs", "not-of-subscriptions"] = "looked-at"

    # about directories
    directory: Literal[
        "current", "other-port", "other-place", "other-uuid", "without-tls", "in-clear-alone"
    ] = "current"  # fmt: skip

    def without_lies(self) -> Self:
        """The same kind of printer, telling the truth."""
        truth: dict[str, Any] = {f.name: f.default for f in fields(self) if f.name in LIES}
        return replace(self, **truth)


LIES: Final = frozenset((
    "lists", "told_in_clear", "tls", "upgrade", "behind_tls", "clear", "refused", "refusal", "heeds_expect",
    "challenge", "proof", "directory", "offers_upgrade",
))  # fmt: skip
