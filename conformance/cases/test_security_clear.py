"""What a printer does with requests in the clear: refuses and names what would do, switches, or answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urljoin, urlsplit

from conformance.record import PlayRecord, RunRecord
from conformance.record.recorded_run import address_key
from conformance.requirements import Otherwise
from conformance.scenarios.security import (
    CLEAR_OPERATIONS,
    MAKING,
    OF_A_SUBSCRIPTION,
    VERSIONED,
    VERSIONS,
    version_label,
)
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire.http import challenges
from conformance.wire.registry import GroupTag, Operation, Status

from .case import case, expect
from .findings import Finding, beginning, conclude
from .ipp_lookup import GONE, told
from .security_lookup import (
    IN_TLS,
    SECURITY,
    SILENT,
    UNAUTHORIZED,
    UPGRADE_REQUIRED,
    Lists,
    Visit,
    lists_the_clear,
    refuses_in_clear,
    require_ours_in_order,
    require_tls,
    step_of,
    visit,
    visited,
)

IN_CLEAR: Final = (*(label for label, _ in CLEAR_OPERATIONS), *MAKING, "cancel")
ABOUT_ONE: Final = ("validate", *(label for label, _ in OF_A_SUBSCRIPTION))
REDIRECTIONS: Final = (301, 302, 307, 308)
BAD_REQUEST: Final = 400
_IMPOSSIBLE: Final = Status.CLIENT_ERROR_NOT_POSSIBLE
OPEN: Final = "a request in the clear is as good as any at this printer"


def _refusals(play: PlayRecord, labels: Sequence[str] = IN_CLEAR, *, once: bool = False) -> list[Visit]:
    """The requests in the clear at a printer that refuses such, or did so ``once``; a judgement where it does not."""
    control, found = visit(play, "control"), visited(play, *labels)
    if not found:
        raise NotApplicable("nobody could be approached in the clear")
    if not refuses_in_clear(play, *found) and not (once and play.run_record.once(_was_for_tls_once)):
        raise NotApplicable(OPEN)
    require_tls(control)
    return found


def _was_for_tls_once(run: RunRecord) -> bool:
    """Whether anything in this run was refused by 426 that was asked in the clear, and without a password."""
    return any(
        exchange.http_status == UPGRADE_REQUIRED
        and not exchange.tls
        and b"\nauthorization:" not in exchange.request_head.lower()
        for exchange in run.exchanges
    )


def _may_ask(play: PlayRecord, one: Visit) -> bool:
    """Whether this may be answered in the clear all the same."""
    return one.label == "ask" and not play.chose(Otherwise.X01_ANY)


@case("E1-1", on="security/clear")
def test_nothing_is_carried_out_in_the_clear(play: PlayRecord) -> None:
    _judge_refusals(play, [*_refusals(play, once=True), *visited(play, "waiting")])


@case("E1-1", on="security/clear-subscription")
def test_nobody_manages_a_subscription_in_the_clear(play: PlayRecord) -> None:
    _judge_refusals(play, _refusals(play, ABOUT_ONE, once=True))


def _judge_refusals(play: PlayRecord, found: Sequence[Visit]) -> None:
    if lists_the_clear(play):
        raise NotApplicable("the printer lists a URI for the clear, and wants TLS for some operations only")
    done = [one for one in found if _carried_out(one, found) and not one.exchange.tls and not _may_ask(play, one)]
    conclude(
        [Finding(one.said(), one.where) for one in done],
        expected="no operation in the clear is successful, since this printer is for TLS only",
    )


@case("E1-1", on="security/offer")
def test_an_offer_alone_opens_nothing(play: PlayRecord) -> None:
    offered, plain = visit(play, "offer-again"), visit(play, "without-offer")
    if plain.status != UPGRADE_REQUIRED:
        raise NotApplicable(OPEN)
    expect(
        bool(offered.exchange.tls) or not offered.ok,
        expected="what is refused in the clear is not carried out there either when it comes with an offer of TLS",
        actual=offered.said(),
        where=offered.where,
    )


def _carried_out(one: Visit, found: Sequence[Visit]) -> bool:
    """Whether the printer did as it was asked; that a job has ended before it was cancelled is no refusal.

    It is one where the printer answers another operation of these by the same status.
    """
    impossible = [each for each in found if each.answer is not None and each.answer.status == _IMPOSSIBLE]
    return one.ok or (impossible == [one] and one.exchange.operation == Operation.CANCEL_JOB)


@case("E1-2", on="security/clear")
def test_what_was_refused_has_no_effect(play: PlayRecord) -> None:
    refused = [one for one in _refusals(play) if one.outcome.asks and not one.ok]
    if not refused:
        raise NotApplicable("no request that would have had an effect was refused in the clear")
    found = [finding for one in refused for finding in (*_jobs(play, one), *_subscriptions(play, one))]
    found += [finding for one in refused for finding in _mails(play, one)]
    conclude(found, expected="no job, no subscription and no mail of what was refused in the clear")
    play.proven_silence()


def _jobs(play: PlayRecord, one: Visit) -> Iterator[Finding]:
    step, _ = step_of(play, "listed")
    if not any(answer.ok for answer in step.answers):
        raise Inconclusive("the printer does not list its jobs over TLS")
    for answer in step.answers:
        for group in answer.message.all(GroupTag.JOB):
            name = group.get("job-name")
            if name is not None and name.value.text(answer.message.charset) == one.outcome.name:
                yield Finding(f"the job {one.outcome.name!r} is there, though: {one.said()}", answer.where(name))


def _subscriptions(play: PlayRecord, one: Visit) -> Iterator[Finding]:
    recipient = play.run_record.vocabulary.recipient
    for answer in play.labelled("subscriptions").answers:
        for group in answer.message.all(GroupTag.SUBSCRIPTION):
            told = group.get(recipient)
            text = (told.value.text() or "") if told is not None else ""
            if any(asked.address in text for asked in one.outcome.asks):
                yield Finding(f"the subscription of {text} is there, though: {one.said()}", answer.where(told))


def _mails(play: PlayRecord, one: Visit) -> Iterator[Finding]:
    for asked in one.outcome.asks:
        for mail in play.run_record.mails_to(address_key(asked.address)):
            yield Finding(f"a mail came to {asked.address}, though: {one.said()}", mail.where())


@case("E1-2", on="security/clear-subscription")
def test_a_subscription_outlives_a_refused_cancellation(play: PlayRecord) -> None:
    _refusals(play, ABOUT_ONE)
    end = visit(play, "end")
    if end.ok:
        raise NotApplicable("Cancel-Subscription in the clear was not refused")
    made, group = told(play, "made")
    if group is None:
        raise Inconclusive(f"the subscription could not be read before that: {made.keyword}", (made.where(),))
    kept, group = told(play, "kept")
    expect(
        group is not None or kept.status not in GONE,
        expected="the subscription, whose Cancel-Subscription was refused in the clear",
        actual=kept.keyword,
        where=(end.where, kept.where()),
    )


@case("E1-3", on="security/clear")
def test_a_refusal_in_the_clear_leads_into_tls(play: PlayRecord) -> None:
    refusals = _refusals(play)
    elsewhere = [
        one
        for one in refusals
        if not _carried_out(one, refusals) and one.spoke_http and not (one.status == UPGRADE_REQUIRED and one.tokens)
        if not _is_for_tls_alone(play, one) and not (one.answer is not None and lists_the_clear(play))
    ]
    found, unknown = list[Finding](), list[Inconclusive]()
    for one in elsewhere:
        try:
            found += [] if _redirects_into_tls(one) else [Finding(one.said(), one.where)]
        except Inconclusive as reason:
            unknown.append(reason)  # what is known of another request counts all the same
    conclude(found, expected="426 with Upgrade and a token of TLS, a redirection there, or no HTTP at all")
    if unknown:
        raise unknown[0]


def _redirects_into_tls(one: Visit) -> bool:
    """Whether a client that follows finds the same printer in TLS; ``Inconclusive`` for a host that may be another.

    A front page elsewhere is no printer.  Whether the URI in the clear is listed truly is MV-3's.
    """
    if one.status not in REDIRECTIONS:
        return False
    asked = urlsplit(one.outcome.uri)
    try:
        to = urlsplit(urljoin(f"http://{asked.netloc}{asked.path}", one.head.get("location")))
        leads = to.scheme in ("https", "ipps") and to.path.rstrip("/") == asked.path.rstrip("/")
    except ValueError:
        return False  # it is no URI
    if leads and to.hostname != asked.hostname:
        raise Inconclusive(f"{one.said()}: is {(to.hostname or 'no name')!a:.80} the same host?", (one.where,))
    return leads


def _is_for_tls_alone(play: PlayRecord, one: Visit) -> bool:
    """Whether this is the port at which TLS begins with the first octet, and it says that HTTP is no TLS.

    Servers do so out of courtesy; nobody listens in the clear all the same.
    """
    secure = urlsplit(visit(play, "control").outcome.uri)
    same = (secure.hostname, secure.port) == ((tried := urlsplit(one.outcome.uri)).hostname, tried.port)
    return same and secure.scheme == "ipps" and one.status == BAD_REQUEST


@case("E1-3", on="security/clear")
def test_an_upgrade_is_answered(play: PlayRecord) -> None:
    if not any(one.status == UPGRADE_REQUIRED for one in _refusals(play)):
        raise NotApplicable("no request in the clear was answered by 426")
    _comes_to_an_end(play, visit(play, "upgrade"), "OPTIONS with Upgrade is answered by 101 and TLS, or by a refusal")


def _comes_to_an_end(play: PlayRecord, one: Visit, expected: str) -> None:
    """The request got an answer, and 101 led into TLS."""
    require_ours_in_order(play, one)
    if one.exchange.tls and one.status == UNAUTHORIZED:
        return  # that somebody has to prove who he is is an answer
    silent = one.exchange.problem == SILENT
    if one.switched and one.exchange.tls and one.spoke_http and one.answer is None:
        raise Inconclusive(f"101, TLS, and then {one.said()}: whose slip that is cannot be told", (one.where,))
    if silent or (one.switched and not (one.exchange.tls and one.answer is not None)):
        raise Violation(expected, f"{'101, and then ' if one.switched else ''}{one.said()}", (one.where,))


@case("E1-4", on="security/clear")
def test_a_waiting_client_is_answered_before_its_request(play: PlayRecord) -> None:
    _refusals(play)
    one = visit(play, "waiting")
    if not one.spoke_http or _is_for_tls_alone(play, one):
        raise NotApplicable("the printer speaks no HTTP in the clear")
    told = not one.exchange.request or any(head.status == 100 for head in one.heads)
    expect(
        told,
        expected="100 or a final status while the request waits (Expect: 100-continue)",
        actual=f"nothing until the request was out, then: {one.said()}",
        where=one.where,
    )


# ---------------------------------------------------------------- what a refusal names


@case("E4-1", on="security/clear")
def test_426_names_a_protocol(play: PlayRecord) -> None:
    refused = [one for one in visited(play, *IN_CLEAR) if one.status == UPGRADE_REQUIRED]
    if not refused:
        raise NotApplicable("no request in the clear was answered by 426")
    conclude(
        [
            Finding(f"{one.said()}; Upgrade: {one.head.get('upgrade') or 'none'}", one.where)
            for one in refused
            if not one.tokens
        ],
        expected="426 has Upgrade with a token of TLS",
    )


@case("E4-1", on="security/proof")
def test_401_names_a_scheme(play: PlayRecord) -> None:
    refused = [one for one in visited(play, "nobody", "nobody-validates", "nobody-lists") if one.status == UNAUTHORIZED]
    if not refused:
        raise NotApplicable("the printer asks nobody to prove who he is")
    found = []
    for one in refused:
        header = one.head.get("www-authenticate")
        # of the schemes of RFC 7617 and RFC 7616 a realm is a part; what others want is for them to say
        named = [c for c in challenges(header) if "realm" in c.parameters or c.scheme not in ("basic", "digest")]
        if not named:
            found.append(
                Finding(f"{one.said()}; WWW-Authenticate: {beginning(ascii(header)[1:-1]) or 'none'}", one.where)
            )
    conclude(found, expected="401 has WWW-Authenticate with a scheme")


@case("E4-2", on="security/clear")
def test_426_agrees_with_the_lists(play: PlayRecord) -> None:
    refused = [one for one in visited(play, *IN_CLEAR) if one.status == UPGRADE_REQUIRED and one.tokens]
    if not refused:
        raise NotApplicable("no request in the clear was answered by 426 with a token of TLS")
    control = visit(play, "control")
    require_tls(control)
    lists = Lists.of(control.answer) if control.answer is not None else None
    if lists is None or lists.security is None:
        raise Inconclusive(f"the printer does not tell its {SECURITY} over TLS", (control.where,))
    expect(
        bool(set(lists.security) & set(IN_TLS)),
        expected=f"tls for some URI in {SECURITY}, since 426 names {refused[0].tokens[0]}",
        actual=f"{SECURITY}={','.join(lists.security)}",
        where=(refused[0].where, lists.where(SECURITY)),
    )


# ---------------------------------------------------------------- an offer, and versions


@case("E5-3", on="security/offer")
def test_an_offer_of_tls_is_answered(play: PlayRecord) -> None:
    control = visit(play, "clear")
    if control.exchange.problem == SILENT or not control.spoke_http:
        raise NotApplicable("the printer speaks no HTTP in the clear")
    for one in visited(play, "offer", "offer-again"):
        _comes_to_an_end(play, one, "an answer in the clear, a refusal, or 101 and the answer in TLS")


@case("E-7", on="security/versions")
def test_no_version_weakens_security(play: PlayRecord) -> None:
    found, compared = list[Finding](), 0
    require_tls(visit(play, "control"))
    usual = visited(play, *(version_label(label, (1, 1)) for label, _ in VERSIONED))
    for label, _ in VERSIONED:
        tried = [(version, one) for version in VERSIONS for one in visited(play, version_label(label, version))]
        own = any(one.label == version_label(label, (1, 1)) and not one.ok for one in usual)
        if not any(one.status == UPGRADE_REQUIRED for _, one in tried) and not (own and refuses_in_clear(play, *usual)):
            continue
        compared += len(tried)
        found += [
            Finding(f"as version {version[0]}.{version[1]}, {one.said()}", one.where)
            for version, one in tried
            if one.ok and not one.exchange.tls
        ]
    conclude(found, expected="what is refused in the clear as one version is refused as any other")
    if not compared:
        raise NotApplicable(OPEN)
