"""Lies about security: about what a URI is, what is refused, what a refusal names, and what a directory has."""

from __future__ import annotations

from typing import Any, Final

from fakes.printer.security_policy import Authentication, Mode, SecurityPolicy

from .row import Defect

LISTS: Final = "security/description"
URIS: Final = "security/uris"
CLEAR: Final = "security/clear"
SUBSCRIPTION: Final = "security/clear-subscription"
OFFER: Final = "security/offer"
VERSIONS: Final = "security/versions"
BOTH: Final = "security/both"
UNLISTED: Final = "security/unlisted"
PROOF: Final = "security/proof"
DIRECTORY: Final = "security/directory"


def _lies(
    name: str, says: str, breaks: tuple[str, ...], mode: Mode, *on: str, likewise: tuple[str, ...] = (), **lie: Any
) -> Defect:
    """A printer of one of the five ways, with one lie; directories tell what is so, and not what it lists."""
    return Defect(name, says, breaks, {"security": SecurityPolicy(mode=mode, **lie)}, on, likewise=likewise)


TOLD: Final = (
    _lies(
        "security-untold",
        "There is no uri-security-supported.",
        ("MV-1", "MV-2", "E3-1", "E3-3"),
        Mode.PLAIN,
        LISTS,
        lists="without-security",
    ),
    _lies("security-in-names", "Its values are names.", ("MV-1",), Mode.MIXED, LISTS, lists="names"),
    _lies(
        "security-of-some-uris",
        "The last URI has no value of uri-security-supported.",
        ("MV-2", "E3-3"),
        Mode.MIXED,
        LISTS,
        lists="short-security",
    ),
    _lies(
        "authentication-of-some-uris",
        "The last URI has no value of uri-authentication-supported.",
        ("MV-2",),
        Mode.MIXED,
        LISTS,
        lists="short-authentication",
    ),
    _lies(
        "ways-untold-in-the-clear",
        "The three lists are told in TLS alone.",
        ("E3-1", "E3-3", "MV-1", "MV-2"),
        Mode.TELL,
        LISTS,
        told_in_clear=False,
    ),
    _lies("security-of-the-other-uri", "The two values stand in each other's place.", ("MV-3",), Mode.MIXED, URIS,
          lists="swapped", likewise=("MV-6a",)),
    _lies("security-of-the-last-uri", "Of three URIs the last, which is for TLS, is listed with none.", ("MV-3",),
          Mode.MIXED, URIS, lists="last-in-clear", other_names=("localhost",), likewise=("MV-4",)),
    _lies(
        "proof-untold",
        "A password is asked for that uri-authentication-supported does not tell of.",
        ("MV-3",),
        Mode.MIXED,
        URIS,
        lists="no-proof",
        authentication=Authentication.BASIC,
        likewise=("MV-6a",),
    ),
    _lies(
        "proof-for-show",
        "Every URI is listed with basic, and nobody is asked for a password.",
        ("MV-3", "MV-6a"),
        Mode.MIXED,
        URIS,
        DIRECTORY,
        lists="proof-for-show",
    ),
    _lies(
        "any-password-will-do",
        "A password is asked for, and any is taken.",
        ("MV-3",),
        Mode.MIXED,
        URIS,
        authentication=Authentication.DIGEST,
        proof="taken-unseen",
    ),
    _lies(
        "anybody-prints",
        "A password is asked for everything, and a job goes without.",
        ("MV-3",),
        Mode.PLAIN,
        PROOF,
        authentication=Authentication.BASIC,
        proof="not-of-jobs",
    ),
    _lies(
        "anybody-creates-jobs",
        "A password is asked for everything, and Create-Job goes without.",
        ("MV-3",),
        Mode.PLAIN,
        PROOF,
        authentication=Authentication.DIGEST,
        proof="not-of-open-jobs",
    ),
    _lies(
        "anybody-subscribes",
        "A password is asked for everything, and a subscription goes without.",
        ("MV-3",),
        Mode.PLAIN,
        PROOF,
        authentication=Authentication.BASIC,
        proof="not-of-subscriptions",
    ),
    _lies(
        "any-certificate-will-do",
        "Certificates are listed, and not asked for.",
        ("MV-3",),
        Mode.ENFORCE,
        URIS,
        authentication=Authentication.CERTIFICATE,
        proof="taken-unseen",
    ),
    _lies(
        "tls-hidden",
        "TLS works on the port in the clear, and nothing says so.",
        ("E5-2",),
        Mode.MIXED,
        UNLISTED,
        lists="clear-alone",
        offers_upgrade=False,
    ),
    _lies(
        "tls-demanded-and-unlisted",
        "426 asks for TLS, and every URI is listed with none.",
        ("E4-2", "MV-3"),
        Mode.ENFORCE,
        CLEAR,
        URIS,
        lists="all-none",
        likewise=("MV-6a",),
    ),
)  # fmt: skip

SPOKEN: Final = (
    _lies("tls-listed-and-not-spoken", "Where TLS is listed, nobody speaks it.", ("E2-3", "MV-3"), Mode.MIXED, LISTS,
          URIS, tls="never"),
    _lies("tls-once", "The first connection gets TLS, and no other.", ("E2-3", "MV-3"), Mode.MIXED, LISTS, URIS,
          tls="once"),
    _lies("another-printer-in-tls", "In TLS there is a printer with another UUID.", ("E5-1",), Mode.MIXED, BOTH,
          behind_tls="another-name"),
    _lies("another-queue-in-tls", "Jobs that come in TLS are seen in TLS alone.", ("E5-1",), Mode.MIXED, BOTH,
          behind_tls="another-queue"),
    _lies("other-jobs-in-tls", "In TLS there are other jobs of the same numbers.", ("E5-1",), Mode.MIXED, BOTH,
          behind_tls="other-jobs"),
    _lies("offer-unanswered", "A job that comes with an offer of TLS is never answered.", ("E5-3",), Mode.MIXED, OFFER,
          upgrade="silent-to-a-job"),
    _lies("switch-only-said", "101 is followed by an answer in the clear.", ("E1-3", "E5-3", "MV-3"), Mode.ENFORCE,
          CLEAR, OFFER, URIS, upgrade="only-said"),
    _lies("switch-said-and-left", "101 is the last that is heard.", ("E1-3", "E5-3", "MV-3"), Mode.ENFORCE, CLEAR,
          OFFER, URIS, upgrade="said-and-left"),
)  # fmt: skip

REFUSED: Final = (
    _lies("job-in-the-clear", "Print-Job is carried out in the clear, and nothing else is.", ("E1-1",), Mode.ENFORCE,
          CLEAR, clear="print-job"),
    _lies("jobs-listed-in-the-clear", "Get-Jobs is carried out in the clear, and nothing else is.", ("E1-1",),
          Mode.REFUSE, CLEAR, clear="lists"),
    _lies("job-told-in-the-clear", "Get-Job-Attributes is carried out in the clear, and nothing else is.", ("E1-1",),
          Mode.ENFORCE, CLEAR, clear="job"),
    _lies("clear-on-the-second-attempt", "Who was refused in the clear once is let in the next time.", ("E1-1",),
          Mode.ENFORCE, CLEAR, clear="once-refused"),
    _lies("in-the-clear-for-who-waits", "Who waits for 100 Continue is let in in the clear.", ("E1-1",), Mode.REFUSE,
          CLEAR, clear="expecting"),
    _lies("in-the-clear-for-who-offers", "An offer of TLS is taken for TLS.", ("E1-1",), Mode.REFUSE, OFFER,
          clear="offering"),
    _lies("job-cancelled-in-the-clear", "Cancel-Job is carried out in the clear, and nothing else is.", ("E1-1",),
          Mode.REFUSE, CLEAR, clear="cancel-job"),
    _lies("subscription-told-in-the-clear", "Get-Subscription-Attributes is carried out in the clear, nothing else is.",
          ("E1-1",), Mode.ENFORCE, SUBSCRIPTION, clear="subscription"),
    _lies("subscription-ended-in-the-clear", "Subscriptions are renewed and cancelled in the clear.",
          ("E1-1",), Mode.REFUSE, SUBSCRIPTION, clear="end-of-subscription"),
    _lies("subscriptions-listed-in-the-clear", "Get-Subscriptions is carried out in the clear, and nothing else is.",
          ("E1-1",), Mode.ENFORCE, CLEAR, clear="lists-of-subscriptions"),
    _lies("job-created-in-the-clear", "Create-Job is carried out in the clear, and nothing else is.", ("E1-1",),
          Mode.REFUSE, CLEAR, clear="create-job"),
    _lies("usual-version-in-the-clear", "Requests of version 1.1 are carried out in the clear, and of no other.",
          ("E-7", "E1-1"), Mode.ENFORCE, VERSIONS, CLEAR, clear="version-1.1"),
    _lies("later-version-in-the-clear", "Requests of version 2.1 are carried out in the clear.", ("E-7",), Mode.REFUSE,
          VERSIONS, CLEAR, clear="version-2.1"),
    _lies("old-version-in-the-clear", "Requests of version 1.0 are carried out in the clear.", ("E-7",), Mode.ENFORCE,
          VERSIONS, CLEAR, clear="version-1.0"),
    _lies("old-version-lists-in-the-clear", "Get-Jobs of version 1.0 is carried out in the clear, and nothing else.",
          ("E-7",), Mode.REFUSE, VERSIONS, CLEAR, clear="version-1.0-lists"),
    _lies("old-version-prints-in-the-clear", "Print-Job of version 1.0 is carried out in the clear, and nothing else.",
          ("E-7",), Mode.ENFORCE, VERSIONS, clear="version-1.0-prints"),
    _lies("refused-job-printed", "A job that is refused in the clear is printed.", ("E1-2", "3-6"), Mode.ENFORCE, CLEAR,
          refused="jobs"),
    _lies("refused-subscription-made", "A subscription that is refused in the clear is made.", ("E1-2", "3-6"),
          Mode.REFUSE, CLEAR, refused="subscriptions"),
    _lies("refused-open-job-made", "Create-Job is refused in the clear, and the job is there.", ("E1-2",), Mode.ENFORCE,
          CLEAR, refused="open-jobs"),
    _lies("refused-cancellation-made", "Cancel-Subscription is refused in the clear, and the subscription is gone.",
          ("E1-2",), Mode.REFUSE, SUBSCRIPTION, refused="cancellations"),
    _lies("refusal-without-upgrade", "426 has no Upgrade header.", ("E1-3", "E4-1"), Mode.ENFORCE, CLEAR,
          refusal="without-upgrade"),
    _lies("refusal-for-another-protocol", "426 names HTTP/2.0, and no TLS.", ("E1-3", "E4-1"), Mode.ENFORCE, CLEAR,
          refusal="another-protocol"),
    _lies("refusal-forbidden", "What comes in the clear is forbidden, without a word of TLS.", ("E1-3",), Mode.ENFORCE,
          CLEAR, refusal="forbidden"),
    _lies("refusal-to-the-front-page", "What comes in the clear is redirected to the front page in TLS.", ("E1-3",),
          Mode.REFUSE, CLEAR, refusal="front-page"),
    _lies("expectation-ignored", "A client that waits with its body is left waiting.", ("E1-4",), Mode.REFUSE, CLEAR,
          heeds_expect=False),
    _lies("realm-without-scheme", "401 to Get-Jobs names a realm and no scheme.", ("E4-1",), Mode.PLAIN, PROOF,
          challenge="realm-alone-for-lists", authentication=Authentication.DIGEST),
)  # fmt: skip

LISTED: Final = (
    _lies("directory-of-another-port", "LDAP has the ports of before.", ("MV-4",), Mode.MIXED, DIRECTORY,
          directory="other-port"),
    _lies("directory-of-last-year", "The directories have the place where it stood.", ("MV-5",), Mode.MIXED, DIRECTORY,
          directory="other-place"),
    _lies("record-of-another-printer", "The TXT record has another UUID.", ("MV-6",), Mode.MIXED, DIRECTORY,
          directory="other-uuid"),
    _lies("record-without-tls", "DNS-SD has no _ipps, and no key TLS.", ("MV-6a",), Mode.MIXED, DIRECTORY,
          directory="without-tls"),
    _lies("directory-of-the-clear", "The directories know nothing of TLS, which alone will do.",
          ("E3-2", "MV-4", "MV-6a"), Mode.ENFORCE, DIRECTORY, directory="in-clear-alone"),
)  # fmt: skip

DEFECTS: Final[tuple[Defect, ...]] = (*TOLD, *SPOKEN, *REFUSED, *LISTED)
