"""Conforming variants that choose otherwise about security: each of the ways, in one of the forms that it may have."""

from __future__ import annotations

from typing import Any, Final

from .certificates import Flaw
from .printer.security_policy import Authentication, Mode, SecurityPolicy
from .variant import ConformingVariant


def _secured(name: str, says: str, mode: Mode, **choices: Any) -> ConformingVariant:
    """A printer of one of the ways about security; the mails have to be as in the clear."""
    change = {"security": SecurityPolicy(mode=mode, **choices)}
    nameless = choices.get("authentication") is Authentication.NONE
    return ConformingVariant(name, says, change, ("security", "login"), unjudged=NAMELESS if nameless else {})


NAMELESS: Final = {"T1-Sender-1": "nobody's name counts, and not every subscription is asked for the one it has"}


SECURED: Final = (
    _secured("plain-alone", "There is no TLS.", Mode.PLAIN),
    _secured("clear-or-tls", "Either will do.", Mode.MIXED),
    _secured("tls-for-all-but-asking", "In the clear the printer only tells of itself.", Mode.TELL),
    _secured(
        "tls-for-jobs-only", "In the clear it does all but take jobs, and says so.", Mode.TELL, tells="all-but-jobs"
    ),
    _secured("tls-for-all", "The clear leads into TLS.", Mode.ENFORCE),
    _secured("clear-refused", "The clear leads nowhere, and says where to go.", Mode.REFUSE),
    _secured("nobody-in-the-clear", "Nobody listens in the clear.", Mode.ENFORCE, only_tls=True),
    _secured(
        "no-http-where-tls-is",
        "Nobody listens in the clear, and HTTP on the port for TLS is a bad request.",
        Mode.ENFORCE,
        only_tls=True,
        clear_at_tls="bad-request",
    ),
    _secured("clear-redirected", "The clear is redirected to the port for TLS.", Mode.REFUSE, refuses_by="redirection"),
    _secured(
        "upgrade-in-other-words",
        "Its Upgrade header has blanks, small letters and an empty place.",
        Mode.ENFORCE,
        other_words=True,
    ),
    _secured("certificate-of-its-own", "It signed its certificate itself.", Mode.ENFORCE, certificate=Flaw.SELF_SIGNED),
    _secured("expired-certificate", "Its certificate is out of date.", Mode.MIXED, certificate=Flaw.EXPIRED),
    _secured(
        "three-uris-in-another-order",
        "Its URIs for TLS come before the one in the clear, and there are two of them.",
        Mode.MIXED,
        secure_first=True,
        other_names=("localhost",),
    ),
    _secured(
        "among-other-printers",
        "The directories have another of its name, and another on its ports.",
        Mode.MIXED,
        neighbours=True,
    ),
    _secured("no-word-of-upgrade", "No answer has an Upgrade header.", Mode.MIXED, offers_upgrade=False),
    _secured("offers-tls-1.0", "It names an old version, as the text of 2000 has it.", Mode.ENFORCE, token="TLS/1.0"),
    _secured("asks-for-names", "Nobody has to prove a name.", Mode.MIXED, authentication=Authentication.NONE),
    _secured("asks-for-basic", "It wants a password, by Basic.", Mode.ENFORCE, authentication=Authentication.BASIC),
    _secured("asks-for-digest", "It wants a password, by Digest.", Mode.PLAIN, authentication=Authentication.DIGEST),
    _secured("asks-for-digest-in-tls", "The same in TLS alone.", Mode.REFUSE, authentication=Authentication.DIGEST),
    _secured(
        "asks-for-certificates",
        "It knows its users by their certificates.",
        Mode.ENFORCE,
        authentication=Authentication.CERTIFICATE,
    ),
    ConformingVariant(
        "asks-operators-for-basic",
        "It wants a password of those who pause it, and lists basic.",
        {"security": SecurityPolicy(authentication=Authentication.BASIC, asks="operators")},
        ("security/uris",),
        unjudged={"MV-3": "the list has no word for a proof that some operations want"},
    ),
    ConformingVariant(
        "keeps-job-names-private",
        "In TLS nobody is shown the name of a job, and the printer says so.",
        {"security": SecurityPolicy(mode=Mode.MIXED, hides_names=True)},
        ("security/both",),
        unjudged={"E5-1": "another name in TLS may be no name at all"},
    ),
    ConformingVariant(
        "forgets-what-has-ended",
        "It is there with and without TLS, and a job that has ended is listed no more.",
        {"security": SecurityPolicy(mode=Mode.MIXED), "job_history": 0},
        ("security/both",),
        unjudged={"E5-1": "no job is there long enough to be listed by the other way"},
    ),
    ConformingVariant(
        "takes-jobs-in-tls-and-forgets-them",
        "In the clear it does all but take jobs, and knows none that has ended.",
        {"security": SecurityPolicy(mode=Mode.TELL, tells="all-but-jobs"), "job_history": 0},
        ("security/clear",),
    ),
)
