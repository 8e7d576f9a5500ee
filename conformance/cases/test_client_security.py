"""Whether a client uses TLS when it was told to, and goes on by a way that it was offered."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Final

from conformance.record.client_record import ClientRecord, ClientRequest, Tellings, WayRecord
from conformance.verdict import Inconclusive, NotApplicable
from conformance.wire.registry import Operation

from .case import CLIENT, case
from .client_lookup import insisting
from .findings import Finding, conclude

PLAIN: Final = "plain"  # the way of a printer that has no TLS
READABLE: Final = "basic"  # the scheme in which a password goes as it is
IN_CLEAR: Final = "none"  # of uri-security-supported
PROOFS: Final = {"basic": "basic", "digest": "digest"}  # of uri-authentication-supported, and the scheme of HTTP


def _after_a_failure(way: WayRecord, request: ClientRequest) -> bool:
    """Whether the client's last attempt at TLS before it came to nothing."""
    last = way.attempt_before(request.t)
    return last is not None and not last.done


def _in_clear(way: WayRecord) -> list[ClientRequest]:
    return [request for request in way.operations if request.in_clear]


@case("E2-1", on=CLIENT)
def test_it_begins_with_tls(client: ClientRecord) -> None:
    ways = insisting(client)
    if not any(way.operations or way.attempts_at_tls for way in ways):
        raise Inconclusive("the client connected, and tried neither TLS nor an operation")
    found = [
        Finding(f"{request.said()}, without an attempt at TLS before ({way.name})", request.where)
        for way in ways
        for request in _in_clear(way)
        if not _after_a_failure(way, request)
    ]
    conclude(found, expected="TLS, or OPTIONS that asks for it, before any operation")
    shown = [
        Finding(f"{request.said()}, with a password that can be read ({way.name})", request.where)
        for way in ways
        for request in way.requests
        if request.in_clear and READABLE in request.schemes
    ]
    conclude(shown, expected="no password before TLS", remark="it is with no operation", binding=False)


@case("E2-2", on=CLIENT)
def test_it_says_nothing_in_the_clear_without_tls(client: ClientRecord) -> None:
    ways = insisting(client)
    found = [
        Finding(f"{request.said()}, where TLS came to nothing ({way.name})", request.where)
        for way in ways
        for request in _in_clear(way)
        if way.facts.security == PLAIN or _after_a_failure(way, request)
    ]
    conclude(found, expected="no operation in the clear when there is no TLS")
    if not any(not attempt.done for way in ways for attempt in way.attempts_at_tls):
        raise NotApplicable("no attempt at TLS came to nothing; --security plain is a printer that has none")


# ---------------------------------------------------------------- what it was offered


@case("E3-4", on=CLIENT)
def test_it_goes_on_by_a_way_that_is_open(client: ClientRecord) -> None:
    chosen, left, mended = 0, list[Finding](), list[Finding]()
    for way in client.ways:
        tellings = Tellings()  # whose answers told of ways
        strays = list[ClientRequest]()
        for request in way.operations:
            last = tellings.last_known(request)
            asks_more = request.message is not None and request.operation != Operation.GET_PRINTER_ATTRIBUTES
            if last is not None and asks_more:
                chosen += 1
                in_clear = request.in_clear and not (request.offers_tls and request.names_upgrade)
                if in_clear and _is_for_tls_alone(last) and not _found_no_tls(way, last.answered, request.t):
                    strays.append(request)
            if request.names_tls or request.offered:
                tellings.add(request)
        for found, more in zip((left, mended), _sorted_out(way, strays), strict=True):
            found += more
    expected = "after it was told that there is TLS only, the operations come in TLS"
    conclude(left, expected=expected)
    conclude(mended, expected=expected, remark="it came in TLS when it had been refused", binding=False)
    if not chosen:
        raise NotApplicable("the client was told of no ways, or did nothing more after it was told")


def _is_for_tls_alone(told: ClientRequest) -> bool:
    """Whether an answer says that there is nothing in the clear."""
    return told.names_tls or all(one.security != IN_CLEAR for one in told.offered)


def _found_no_tls(way: WayRecord, since: int, until: int) -> bool:
    """Whether the client asked for TLS in between where there was none; a handshake that failed is its own affair."""
    last = way.attempt_before(until)
    return last is not None and last.t > since and not last.done and not last.was_there


def _sorted_out(way: WayRecord, strays: list[ClientRequest]) -> tuple[list[Finding], list[Finding]]:
    """Of the operations that came in the clear, those that were left so, and those that then came in TLS, each once."""
    in_tls: dict[int, deque[int]] = defaultdict(deque)
    for request in way.operations:
        if not request.in_clear:
            in_tls[request.operation].append(request.t)
    left, mended = list[Finding](), list[Finding]()
    for stray in strays:
        later = in_tls[stray.operation]
        while later and later[0] < stray.t:
            later.popleft()
        (mended if later else left).append(Finding(f"{stray.said()} ({way.name})", stray.where))
        if later:
            later.popleft()
    return left, mended


@case("E3-4", on=CLIENT)
def test_it_proves_itself_as_it_was_asked_to(client: ClientRecord) -> None:
    proved, asked = list[Finding](), 0
    unasked = list[Finding]()
    for way in client.ways:
        challenging, listing = Tellings(), Tellings()  # those whose answers told of schemes
        for request in way.requests:
            schemes = request.schemes
            challenged = challenging.last_known(request) if schemes else None
            told = challenged or (listing.last_known(request) if schemes else None)
            offered = _schemes(told) if told is not None else set()
            if offered:
                asked += 1
                if strange := [scheme for scheme in schemes if scheme not in offered]:
                    named = ", ".join(sorted(offered))
                    actual = f"credentials by {strange[0]}, where {named} is offered ({way.name})"
                    (proved if challenged else unasked).append(Finding(actual, request.where))
            if request.challenges:
                challenging.add(request)
            elif request.offered:
                listing.add(request)
    expected = "credentials in a scheme that the printer named"
    conclude(proved, expected=expected)
    conclude(unasked, expected=expected, remark="nobody had asked for a proof", binding=False)
    if not asked:
        raise NotApplicable("the client gave no credentials after it was told by which scheme")


def _schemes(told: ClientRequest) -> set[str]:
    """Those that an answer names: 401, or else the lists."""
    challenged = {one.scheme for one in told.challenges}
    return challenged or {PROOFS.get(one.authentication, one.authentication) for one in told.offered}


@case("E5-2", on=CLIENT)
def test_an_offer_of_tls_is_whole_and_meant(client: ClientRecord) -> None:
    found, offers = list[Finding](), 0
    for way in client.ways:
        for contact in way.contacts:
            for request in contact.requests:
                if not request.offers_tls or not request.in_clear:
                    continue
                offers += 1
                if not request.names_upgrade:
                    found.append(Finding(f"Upgrade without Connection: Upgrade ({way.name})", request.where))
                elif request.switched and contact.hello is None and contact.handshake is not None:
                    came = "nothing" if contact.first is None else "something else than TLS"
                    found.append(Finding(f"{came} after 101 ({way.name})", request.where))
    conclude(found, expected="Upgrade with Connection: Upgrade, and TLS after 101 (RFC 2817)")
    if not offers:
        raise NotApplicable("the client offered no TLS with a request in the clear")
