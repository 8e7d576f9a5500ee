"""Stimuli for the base specification: what a subscription is told of itself, the operations, and their limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from conformance.editions import EVERY_EDITION, ContentChoice, editions_with
from conformance.faults import script

from .needs import OPEN_JOB
from .steps import (
    NOBODYS,
    AnyStep,
    Ask,
    AwaitMail,
    Describe,
    Elapse,
    Fill,
    ListSubscriptions,
    OutliveLease,
    Pass,
    Print,
    Query,
    QueryJob,
    Refuse,
    Renew,
    Scenario,
    SendDocument,
    Silence,
    Subscribe,
    Unsubscribe,
)

STRANGER: Final = "Mallory Chan"
UNHEARD_OF: Final = "x-unheard-of"  # no charset and no language is registered under x-
NO_SCHEME: Final = "x-ippmailto-unheard-of:{address}"
EVERYTHING: Final = ("all",)  # requested-attributes, in either vocabulary
LATER: Final = ("mailto-04",)
RFC3995: Final = ("vocabulary:rfc3995",)
BOTH_ENDS: Final = ("job-created", "job-completed")


def _pair(word: str, ask: Ask, *tags: str, **more: tuple[str, ...]) -> Iterator[Scenario]:
    """One subscription of each kind, asked about as soon as it is made; the job waits for its document meanwhile."""
    needs, editions = more.get("needs", ()), more.get("editions", EVERY_EDITION)
    words = frozenset({word, *tags})
    yield Scenario(
        f"printer/{word}",
        (Subscribe(ask), Query(label="made"), Unsubscribe()),
        words | {"per-printer"},
        needs,
        editions,
        alone=True,
    )
    yield Scenario(
        f"job/{word}",
        (Print(asks=(ask,), via="Create-Job"), Query(label="made")),
        words | {"per-job"},
        (*OPEN_JOB, *needs),
        editions,
    )


def _attributes() -> Iterator[Scenario]:
    yield from _pair("attributes", Ask(events=BOTH_ENDS))
    yield from _pair("events-omitted", Ask(events=None))
    for count in ("required", "most", "excess"):
        yield from _pair(f"events-{count}", Ask(event_count=count))
    yield from _pair("charset-unheard-of", Ask(charset=UNHEARD_OF), "substitute")
    yield from _pair("language-unheard-of", Ask(language=UNHEARD_OF), "substitute")
    yield Scenario(
        "printer/up-time",
        (Subscribe(), Query(label="first"), Elapse(1.5), Query(label="second"), Unsubscribe()),
        frozenset({"up-time"}),
        apart=True,
    )
    yield Scenario(
        "printer/nameless",
        (Subscribe(user=None), Query(label="made"), Unsubscribe(user=None)),
        frozenset({"nameless"}),
        editions=("mailto-00",),
        alone=True,
    )
    yield Scenario(
        "job/nameless",
        (Print(asks=(Ask(events=BOTH_ENDS),), via="Create-Job", user=None), Query(label="made")),
        frozenset({"nameless"}),
        OPEN_JOB,
        editions=("mailto-00",),
    )


# What a printer has to keep as it was given; the words are those of ``awkward.USER_DATA`` where it has the same.
USER_DATA: Final = {
    "63-octets": "{user63}",
    "64-octets": "{user64}",
    "capitals": "{prefix}B.{bare}",
    "quoted-local-part": '{prefix}"bob \\"j\\" jones"@subscriber.example',
    "beyond-ascii": "{prefix}bj\xc3\xb6rn@b.example",
    "no-address": "{prefix}Bob Jones, room 7",
}
RECIPIENTS: Final = {
    "percent-encoded": ("mailto:{local}%2Btag@{domain}", "{local}+tag@{domain}"),
    "upper-case-scheme": ("MAILTO:{address}", "{address}"),
    "with-subject": ("mailto:{address}?subject=Hello%20there", "{address}"),
}


def _shapes() -> Iterator[Scenario]:
    """User data and recipients of every shape, read back as soon as they are given."""
    for word, data in USER_DATA.items():
        yield Scenario(
            f"printer/user-data-{word}",
            (Subscribe(Ask(user_data=data)), Query(label="made"), Unsubscribe()),
            frozenset({"per-printer", "long-user-data" if word == "64-octets" else "user-data-shape"}),
            alone=True,
        )
    for word, (uri, address) in RECIPIENTS.items():
        yield Scenario(
            f"printer/recipient-{word}",
            (Subscribe(Ask(recipient=uri, reaches=address)), Query(label="made"), Unsubscribe()),
            frozenset({"per-printer", "recipient-shape"}),
            alone=True,
        )


def _users() -> Iterator[Scenario]:
    yield Scenario(
        "printer/login",
        (Subscribe(account="own"), Query(label="made"), Unsubscribe()),
        frozenset({"login"}),
        alone=True,
    )
    for word, own, other in (("stranger", "", ""), ("other-login", "own", "other")):
        yield Scenario(
            f"printer/{word}",
            (
                Subscribe(account=own),
                Query(label="before"),
                Renew(lease=4_321, label="stranger-renews", user=STRANGER, account=other),
                Query(label="between"),
                Unsubscribe(label="stranger", user=STRANGER, account=other),
                Query(label="after"),
                Print(),
                AwaitMail(),
                Unsubscribe(),
            ),
            frozenset({"owner", word}),
            alone=True,
        )


def _operations() -> Iterator[Scenario]:
    yield Scenario(
        "printer/operations",
        (
            Describe(),
            Subscribe(),
            Query(label="read"),
            ListSubscriptions(),
            Renew(lease="inside"),
            Unsubscribe(),
        ),
        frozenset({"operations"}),
        alone=True,
    )
    yield Scenario(
        "printer/never-made",
        (Query(NOBODYS, label="read"), Renew(NOBODYS), Unsubscribe(NOBODYS)),
        frozenset({"never-made"}),
    )
    yield Scenario(
        "printer/many",
        (
            Subscribe(Ask("a")),
            Subscribe(Ask("b"), user="Alice Smith"),
            Print("j", asks=(Ask("c"),), via="Create-Job"),
            Print("k", asks=(Ask("d"),), via="Create-Job"),
            Query("a", label="about-a"),
            Query("b", label="about-b", user="Alice Smith"),  # others may be refused (RFC 3995 section 11.2.4)
            ListSubscriptions(),
            ListSubscriptions("of-job", job="j"),
            ListSubscriptions("limited", limit=1),
            ListSubscriptions("mine", mine=True),
            ListSubscriptions("told", requested=EVERYTHING),
        ),
        frozenset({"many"}),
        OPEN_JOB,
        alone=True,
    )
    yield Scenario(
        "job/two-listed",
        (
            Print(asks=(Ask("c"), Ask("d")), via="Create-Job"),
            ListSubscriptions("of-job", job="j"),
        ),
        frozenset({"two-listed"}),
        OPEN_JOB,
    )
    yield Scenario(
        "job/no-subscription",
        (Print(via="Create-Job"), ListSubscriptions("of-job", job="j")),
        frozenset({"no-subscription"}),
        OPEN_JOB,
    )
    yield Scenario(
        "job/added",
        (
            Print(via="Create-Job"),
            Subscribe(job="j"),
            Query(label="made"),
            ListSubscriptions("of-printer"),
            ListSubscriptions("of-job", job="j"),
            SendDocument(),
            AwaitMail(),
            Unsubscribe(),
        ),
        frozenset({"added", "per-job"}),
        (*OPEN_JOB, "Create-Job-Subscriptions"),
        alone=True,
    )
    yield Scenario(
        "job/only-validated",
        (
            Print(via="Validate-Job", asks=(Ask(events=BOTH_ENDS),)),
            ListSubscriptions("after", requested=EVERYTHING),
            Print("later"),
            Silence(deaf=True),
        ),
        frozenset({"only-validated"}),
        ("Validate-Job",),
        alone=True,
    )
    yield Scenario(
        "printer/third-party",
        (
            Subscribe(Ask("third")),
            Subscribe(Ask("own", user_data="{own}")),
            Print(),
            AwaitMail("own"),
            AwaitMail("third"),
            Unsubscribe("own"),
            Unsubscribe("third"),
        ),
        frozenset({"third-party"}),
        alone=True,
    )
    yield Scenario(
        "printer/no-mailbox",
        (
            Refuse(script("vrfy: 550 no such mailbox\nrcpt to {address}: 550 no such mailbox"), "nobody"),
            Subscribe(Ask("known")),
            Unsubscribe("known"),
            Subscribe(Ask("nobody")),
            Unsubscribe("nobody"),
        ),
        frozenset({"no-mailbox"}),
        alone=True,
    )


def _refusals() -> Iterator[Scenario]:
    for word, ask in (("no-recipient", Ask(recipient=None)), ("unheard-of-scheme", Ask(recipient=NO_SCHEME))):
        yield Scenario(
            f"printer/{word}",
            (Subscribe(ask), ListSubscriptions("after", requested=EVERYTHING)),
            frozenset({word, "per-printer"}),
            alone=True,
        )
        yield Scenario(
            f"job/{word}",
            (Print(asks=(ask,), via="Create-Job"), ListSubscriptions("after", job="j", requested=EVERYTHING)),
            frozenset({word, "per-job"}),
            OPEN_JOB,
        )
    bad = Ask("bad", recipient=NO_SCHEME)
    yield Scenario(
        "printer/good-bad-good",
        (
            Subscribe(Ask("a"), more=(bad, Ask("c"))),
            Query("a", label="about-a"),
            Query("c", label="about-c"),
            ListSubscriptions("after", requested=EVERYTHING),
            Unsubscribe("a"),
            Unsubscribe("c"),
        ),
        frozenset({"good-bad-good", "mixed"}),
        RFC3995,
        LATER,
        alone=True,
        rough=True,
    )
    yield Scenario(
        "job/good-bad",
        (
            Print(asks=(Ask("a"), bad), via="Create-Job"),
            ListSubscriptions("after", job="j", requested=EVERYTHING),
        ),
        frozenset({"good-bad", "mixed"}),
        (*RFC3995, *OPEN_JOB),
        LATER,
        rough=True,
    )
    yield Scenario(
        "printer/all-bad",
        (Subscribe(Ask("a", recipient=NO_SCHEME), more=(bad,)),),
        frozenset({"all-bad"}),
        RFC3995,
        LATER,
        alone=True,
        rough=True,
    )
    yield Scenario("printer/full", (Fill(), ListSubscriptions("after")), frozenset({"full"}), alone=True)
    yield Scenario("job/overfull", (Print(asks=(Ask("c"),), overfill=True),), frozenset({"overfull"}))


def _leases() -> Iterator[Scenario]:
    yield Scenario(
        "printer/lease-zero",
        (Subscribe(Ask(lease=0)), Query(label="granted"), Unsubscribe()),
        frozenset({"lease", "lease-zero", "per-printer"}),
        alone=True,
    )
    yield Scenario(
        "job/lease",
        (Print(asks=(Ask(lease="inside"),), via="Create-Job"), Query(label="made")),
        frozenset({"job-lease"}),
        (*RFC3995, *OPEN_JOB),
        LATER,
    )
    yield Scenario(
        "job/renewed",
        (Print(asks=(Ask(),), via="Create-Job"), Renew(lease="inside")),
        frozenset({"job-renewed"}),
        OPEN_JOB,
    )
    for word in ("inside", "below", "above"):
        yield Scenario(
            f"printer/renewed-{word}",
            (Subscribe(), Renew(lease=word), Query(label="granted"), Unsubscribe()),
            frozenset({"renewed", f"renewed-{word}"}),
            alone=True,
        )
    yield Scenario(
        "printer/renewed-longer",
        (Subscribe(Ask(lease="short")), Renew(lease="inside"), Query(label="granted"), Unsubscribe()),
        frozenset({"renewed", "renewed-longer"}),
        alone=True,
    )
    yield Scenario(
        "printer/renewed-omitted",
        (Subscribe(Ask(lease="inside")), Renew(), Query(label="granted"), Unsubscribe()),
        frozenset({"renewed-omitted"}),
        alone=True,
    )
    for word, media in (("", None), ("-ipp", "application/ipp")):
        ended = (QueryJob(label="ended"),) if media is not None else ()  # what the content has to agree with
        yield Scenario(
            f"printer/after-renewal{word}",
            (Subscribe(Ask(format=media)), Renew(lease="inside"), Print(), AwaitMail(), *ended, Unsubscribe()),
            frozenset({"mail", "per-printer", "after-renewal"}),
            ("Renew-Subscription", *(["attribute:notify-format"] if media is not None else [])),
            EVERY_EDITION if media is None else editions_with(ContentChoice.FORMAT),
            alone=True,
        )
    heard = Ask(events=("job-created",), lease="lasting")
    yield Scenario(
        "printer/lease-lasts",
        (
            Subscribe(heard),
            Query(label="granted"),
            Subscribe(replace(heard, label="r")),
            Pass(fraction=0.15),
            Renew("r", lease="lasting"),
            Pass(fraction=0.7),
            Pass(fraction=0.75, near=True),
            Print("near-the-end"),
            Query(label="read-near-the-end"),
            Pass("r", fraction=0.7),
            Pass("r", fraction=0.75, near=True),
            Print("near-the-new-end"),
            Query("r", label="read-near-the-new-end"),
            Silence("r", deaf=True),
            Unsubscribe("r"),
            Unsubscribe(),
        ),
        frozenset({"lease-lasts"}),
        ("event:job-created",),
    )
    before_end: tuple[AnyStep, ...] = (
        Subscribe(Ask(lease="short")),
        Query(label="granted"),
        Pass(fraction=0.33),
        Renew(lease="long"),
        Pass(fraction=0.5),
        Query(label="past-the-old-end"),
        OutliveLease(),
        Query(label="after-end"),
        Unsubscribe(),
    )
    yield Scenario("printer/renewed-in-time", before_end, frozenset({"renewed-in-time"}), apart=True)
    too_late: tuple[AnyStep, ...] = (
        Subscribe(Ask(lease="min")),
        Query(label="granted"),
        OutliveLease(),
        Renew(lease="inside", label="too-late"),
        Query(label="after-end"),
        Unsubscribe(),
    )
    yield Scenario("printer/renewed-too-late", too_late, frozenset({"renewed-too-late"}), apart=True)


SCENARIOS: Final[tuple[Scenario, ...]] = (
    *_attributes(),
    *_shapes(),
    *_users(),
    *_operations(),
    *_refusals(),
    *_leases(),
)
