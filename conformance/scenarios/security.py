"""Stimuli for security: the printer approached in the clear and in TLS, and every URI that it lists.

Before anything is said of what a printer refuses in the clear, TLS is seen to work.
"""

from __future__ import annotations

from typing import Final

from .steps import (
    Approach,
    Ask,
    By,
    Describe,
    ListSubscriptions,
    Print,
    Query,
    ReadDirectory,
    Scenario,
    Silence,
    Subscribe,
    Unsubscribe,
    VisitUris,
)

VERSIONS: Final = ((1, 0), (1, 1), (2, 0), (2, 1))
USUAL: Final = (1, 1)
CLEAR_OPERATIONS: Final = (
    ("ask", "Get-Printer-Attributes"),
    ("validate", "Validate-Job"),
    ("jobs", "Get-Jobs"),
    ("listing", "Get-Subscriptions"),
    ("job", "Get-Job-Attributes"),
)
VERSIONED: Final = (*CLEAR_OPERATIONS[:3], ("print", "Print-Job"))
OF_A_SUBSCRIPTION: Final = (
    ("told", "Get-Subscription-Attributes"),
    ("renew", "Renew-Subscription"),
    ("end", "Cancel-Subscription"),
)
MAKING: Final = ("print", "subscribe", "create")  # labels of what would make something
EVERYTHING: Final = ("all",)


def version_label(what: str, version: tuple[int, int]) -> str:
    """The label of a request in that version."""
    return f"{what}-{version[0]}-{version[1]}"


_CONTROL: Final = Approach("control", By.SECURE)

_DESCRIPTION: Final = Scenario(
    "security/description",
    (
        Describe(),
        Approach("clear", By.CLEAR),
        Approach("secure", By.SECURE),
        Approach("secure-again", By.SECURE),
        Approach("secure-once-more", By.SECURE),
    ),
    frozenset({"security", "three-lists"}),
)

_URIS: Final = Scenario("security/uris", (Describe(), VisitUris()), frozenset({"security", "uris"}), alone=True)

# What costs paper or makes something is asked for only where all else was refused.
_CLEAR: Final = Scenario(
    "security/clear",
    (
        _CONTROL,
        Print(asks=(Ask("s"),)),  # by the way of the run: it is there to show that mails come
        *(Approach(label, By.CLEAR, operation) for label, operation in CLEAR_OPERATIONS),
        Approach("print", By.CLEAR, "Print-Job", ask=Ask("p"), unless="validate"),
        Approach("subscribe", By.CLEAR, "Create-Printer-Subscriptions", ask=Ask("c"), unless="validate"),
        Approach("waiting", By.WAITING, "Validate-Job"),
        Approach("upgrade", By.UPGRADE),
        Approach("cancel", By.CLEAR, "Cancel-Job", unless="validate"),
        Approach("create", By.CLEAR, "Create-Job", ask=Ask("o"), unless="validate"),
        Approach("listed", By.OWN, "Get-Jobs"),
        ListSubscriptions(label="subscriptions", requested=EVERYTHING),
        Silence(),
    ),
    frozenset({"security", "clear"}),
    alone=True,
)

# Somebody's subscription, by the way of the run: nobody reads, renews or ends it in the clear.
_CLEAR_SUBSCRIPTION: Final = Scenario(
    "security/clear-subscription",
    (
        _CONTROL,
        Subscribe(),
        Query(label="made"),
        Approach("validate", By.CLEAR, "Validate-Job"),
        *(Approach(label, By.CLEAR, operation, unless="validate") for label, operation in OF_A_SUBSCRIPTION),
        Query(label="kept"),
        Unsubscribe(),
    ),
    frozenset({"security", "clear-subscription"}),
    alone=True,
)

_OFFER: Final = Scenario(
    "security/offer",
    (
        Approach("clear", By.CLEAR),
        Approach("offer", By.OFFER),
        Approach("offer-again", By.OFFER, "Validate-Job"),
        Approach("without-offer", By.CLEAR, "Validate-Job"),
    ),
    frozenset({"security", "offer"}),
)

_VERSIONS: Final = Scenario(
    "security/versions",
    (
        _CONTROL,
        *(
            Approach(version_label(label, version), By.CLEAR, operation, version)
            for label, operation in VERSIONED[:-1]
            for version in VERSIONS
        ),
        *(
            Approach(
                version_label("print", version),
                By.CLEAR,
                "Print-Job",
                version,
                unless=version_label("validate", USUAL),
            )
            for version in VERSIONS
        ),
    ),
    frozenset({"security", "versions"}),
)

_BOTH: Final = Scenario(
    "security/both",
    (
        Approach("clear", By.CLEAR, essential=True),
        Approach("secure", By.SECURE, essential=True),
        Approach("a", By.CLEAR, "Print-Job"),
        Approach("a-listed", By.SECURE, "Get-Jobs"),
        Approach("a-known", By.CLEAR, "Get-Jobs"),  # behind the other: a job that is there still was there before
        Approach("b", By.SECURE, "Print-Job"),
        Approach("b-listed", By.CLEAR, "Get-Jobs"),
        Approach("b-known", By.SECURE, "Get-Jobs"),
    ),
    frozenset({"security", "both"}),
    alone=True,
)

_UNLISTED: Final = Scenario(
    "security/unlisted",
    (Approach("clear", By.CLEAR), Approach("direct", By.DIRECT), Approach("upgrade", By.UPGRADE)),
    frozenset({"security", "unlisted"}),
)

_PROOF: Final = Scenario(
    "security/proof",
    (
        Approach("nobody", By.OWN, anonymous=True),
        Approach("nobody-validates", By.OWN, "Validate-Job", anonymous=True),
        Approach("nobody-lists", By.OWN, "Get-Jobs", anonymous=True),
        Approach("nobody-prints", By.OWN, "Print-Job", anonymous=True, unless="nobody-validates"),
        Approach("nobody-creates", By.OWN, "Create-Job", anonymous=True, unless="nobody-validates"),
        Approach(
            "nobody-subscribes",
            By.OWN,
            "Create-Printer-Subscriptions",
            ask=Ask("n"),
            anonymous=True,
            unless="nobody-validates",
        ),
    ),
    frozenset({"security", "proof"}),
)

_DIRECTORY: Final = Scenario(
    "security/directory",
    (ReadDirectory(), Approach("printer", By.OWN), Approach("clear", By.CLEAR), Approach("direct", By.DIRECT)),
    frozenset({"security", "directory"}),
)

SCENARIOS: Final[tuple[Scenario, ...]] = (
    _DESCRIPTION, _URIS, _CLEAR, _CLEAR_SUBSCRIPTION, _OFFER, _VERSIONS, _BOTH, _UNLISTED, _PROOF, _DIRECTORY,
)  # fmt: skip
