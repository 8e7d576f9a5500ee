"""The attribute that tells a printer's security, whether it is true, and TLS where the printer says it has it."""

from __future__ import annotations

from typing import Final

from conformance.counted import counted
from conformance.record import PlayRecord
from conformance.verdict import Inconclusive, NotApplicable, Violation, Where
from conformance.wire.http import challenges, response_heads
from conformance.wire.registry import Operation, ValueTag, keyword_of

from .case import case, expect
from .findings import Finding, conclude
from .security_lookup import (
    AUTHENTICATION,
    CERTIFICATE,
    IN_TLS,
    LISTS,
    OK,
    SECURITY,
    SILENT,
    UNAUTHORIZED,
    URIS,
    Lists,
    Visit,
    all_lists,
    listed,
    require_ours_in_order,
    step_of,
    told_lists,
    visit,
    visited,
)

WAYS: Final = ("clear", "secure")
WITHOUT_PASSWORD: Final = ("none", "requesting-user-name")  # of uri-authentication-supported
PROVED: Final = ("basic", "digest", CERTIFICATE)  # that can be tried with a wrong proof
SCHEMES: Final = {"basic": "basic", "digest": "digest", "negotiate": "negotiate"}  # and the word of WWW-Authenticate


def _told(play: PlayRecord) -> list[Lists]:
    lists = list(told_lists(play, *WAYS))
    if not lists:
        raise Inconclusive("the printer told nothing of itself in this play")
    return lists


@case("MV-1", on="security/description")
def test_security_is_told_by_keywords(play: PlayRecord) -> None:
    for lists in _told(play):
        attribute = lists.attribute(SECURITY)
        wrong = [v for v in attribute.values if v.tag != ValueTag.KEYWORD or v.problem] if attribute is not None else []
        expect(
            attribute is not None and not wrong,
            expected=f"{SECURITY} (keywords)",
            actual=attribute.show() if attribute is not None else f"no {SECURITY}",
            where=lists.where(SECURITY),
        )


@case("E3-3", on="security/description")
def test_every_uri_has_a_security(play: PlayRecord) -> None:
    for lists in _told(play):
        expect(
            lists.security is not None and lists.counts[SECURITY] == lists.counts[URIS],
            expected=f"a value of {SECURITY} for each of {counted(lists.counts[URIS], 'URI')}",
            actual=counted(lists.counts[SECURITY], "value"),
            where=lists.where(SECURITY),
        )


@case("MV-2", on="security/description")
def test_the_three_lists_are_of_one_length(play: PlayRecord) -> None:
    for lists in _told(play):
        expect(
            len(set(lists.counts.values())) == 1 and lists.counts[URIS] > 0,
            expected="as many values in each of the three lists",
            actual=", ".join(f"{number} of {name}" for name, number in lists.counts.items()),
            where=lists.where(),
        )


@case("E3-1", on="security/description")
def test_a_client_in_the_clear_is_told_the_ways(play: PlayRecord) -> None:
    asked = visit(play, "clear")
    if not asked.ok or asked.exchange.tls or asked.answer is None:
        raise NotApplicable("the printer does not answer in the clear; its directory would have to tell")
    lists = Lists.of(asked.answer)
    missing = [name for name in LISTS if lists is None or lists.attribute(name) is None]
    expect(
        not missing,
        expected=f"{', '.join(LISTS)} in the answer to Get-Printer-Attributes",
        actual=f"no {', no '.join(missing)}",
        where=asked.where,
    )


@case("E2-3", on="security/description")
def test_tls_works_where_it_is_said_to(play: PlayRecord) -> None:
    for label in ("secure", "secure-again", "secure-once-more"):
        _, outcome = step_of(play, label)
        if outcome.not_sent and set(listed(play, SECURITY)) & set(IN_TLS):
            raise Inconclusive(f"what {SECURITY} has for TLS could not be tried: {outcome.not_sent}")
        one = visit(play, label)
        _works_in_tls(play, one, f"{one.outcome.uri} answers in TLS, as {SECURITY} has it, each time")


def _works_in_tls(play: PlayRecord, one: Visit, expected: str) -> None:
    """The request got into TLS, and was answered there."""
    require_ours_in_order(play, one)
    if one.exchange.tls and one.status == UNAUTHORIZED:
        return  # that somebody has to prove who he is is another matter
    if one.exchange.tls and one.answer is not None and not one.ok:
        raise Inconclusive(one.said(), (one.where,))
    if not (one.exchange.tls and one.ok):
        raise Violation(expected, one.said(), (one.where,))


# ---------------------------------------------------------------- each URI


def _uris(play: PlayRecord) -> list[tuple[str, str, str]]:
    """Label, security and authentication of each URI, as the printer told them by the way of the run."""
    uris, security, authentication = listed(play, URIS), listed(play, SECURITY), listed(play, AUTHENTICATION)
    if not uris:
        raise Inconclusive(f"the printer lists no {URIS}")
    return [
        (
            f"uri{place + 1}",
            security[place] if place < len(security) else "",
            authentication[place] if place < len(authentication) else "",
        )
        for place in range(len(uris))
    ]


@case("MV-3", on="security/uris")
def test_what_the_lists_say_of_a_uri_is_true(play: PlayRecord) -> None:
    found, unknown = list[Finding](), list[Inconclusive]()
    for label, security, authentication in _uris(play):
        try:
            found += _untrue(play, label, security, authentication)
        except Inconclusive as reason:
            unknown.append(reason)  # what is known of another URI counts all the same
    conclude(found, expected=f"what {SECURITY} and {AUTHENTICATION} say of each URI")
    if unknown:
        raise unknown[0]


def _untrue(play: PlayRecord, label: str, security: str, authentication: str) -> list[Finding]:
    """What is not so of one URI; ``Inconclusive`` where that is not known."""
    _, outcome = step_of(play, label)
    if outcome.not_sent:
        raise Inconclusive(f"not every URI could be tried: {outcome.uri or label}: {outcome.not_sent}")
    one = visit(play, label)
    require_ours_in_order(play, one)
    wrong = _untrue_security(one, security)
    return [Finding(wrong, one.where)] if wrong else _untrue_authentication(play, label, authentication)


@case("MV-3", on="security")
def test_every_answer_says_the_same_of_a_uri(play: PlayRecord) -> None:
    first: dict[tuple[str, str], tuple[str, Where]] = {}
    found, compared = list[Finding](), False
    for lists in all_lists(play):
        for name, values in ((SECURITY, lists.security), (AUTHENTICATION, lists.authentication)):
            for uri, value in zip(lists.uris or (), values or (), strict=False):
                before, where = first.setdefault((uri, name), (value, lists.where(name)))
                compared = compared or where != lists.where(name)
                if value != before:
                    found.append(Finding(f"{name} is {before} for {uri}, and then {value}", lists.where(name)))
    conclude(found, expected="one value for a URI, in whatever answer: two cannot both be true")
    if not compared:
        raise NotApplicable("the printer does not tell twice of a URI in this play")


@case("MV-3", on="security/proof")
def test_who_may_not_validate_may_not_print(play: PlayRecord) -> None:
    """Nor make a job without a document, nor subscribe."""
    validates = visit(play, "nobody-validates")
    if validates.status != UNAUTHORIZED or not set(listed(play, AUTHENTICATION)) & set(PROVED):
        raise NotApplicable("the printer asks nobody to prove who he is")
    tried = visited(play, "nobody-prints", "nobody-creates", "nobody-subscribes")
    if not tried:
        raise NotApplicable("nobody was let try, since Validate-Job is carried out")
    done = [one for one in tried if one.ok]
    # Who asks only those who print has one word for all: that speaks for Create-Job as well, and for no subscription.
    some_alone = any(one.ok for one in visited(play, "nobody-lists"))
    unsure = [one for one in done if some_alone and one.label == "nobody-subscribes"]
    conclude(
        [Finding(one.said(), one.where) for one in done if one not in unsure],
        expected=f"a proof by whoever prints or subscribes, as {AUTHENTICATION} has it and Validate-Job is refused for "
        "want of",
    )
    if unsure:
        raise Inconclusive(
            f"{unsure[0].said()}, and Get-Jobs is carried out for anybody, too: {AUTHENTICATION} has no word for "
            "a proof that some operations want",
            (validates.where, unsure[0].where),
        )


def _untrue_security(one: Visit, security: str) -> str | None:
    """What is not as the list has it."""
    answered = one.answer is not None or one.status in (OK, UNAUTHORIZED)
    if answered and bool(one.exchange.tls) == (security in IN_TLS):
        return None
    if one.exchange.problem == SILENT and not one.exchange.tls:
        raise Inconclusive(one.said(), (one.where,))
    return f"{SECURITY} is {security} for {one.said()}"


def _require_none_elsewhere(play: PlayRecord, one: Visit, told: str) -> None:
    """``Inconclusive`` where that URI asks for the proof at another operation: the list has one word for all of them.

    That somebody tells of himself to whoever proves it, and prints for anybody, is no such choice.
    """
    for other in play.run_record.exchanges:
        if other.http_status != UNAUTHORIZED or other.operation == Operation.GET_PRINTER_ATTRIBUTES:
            continue
        head = response_heads(other.response_head)[-1:]
        offered = {c.scheme for each in head for c in challenges(each.get("www-authenticate"))}
        if other.uri == one.outcome.uri and SCHEMES[told] in offered:
            what, asked = (keyword_of(Operation, row.operation) for row in (other, one.exchange))
            why = f"{told} is asked for at {other.uri} by {what}, and not by {asked}"
            raise Inconclusive(f"{why}: {AUTHENTICATION} has no word for that", (one.where, Where("ipp", other.id)))


def _require_operators_tried(play: PlayRecord, one: Visit, told: str) -> None:
    """``Inconclusive`` where nobody could try what a printer may leave to operators: it was stopped, say.

    Earlier versions tried nothing of that kind, and have no such step.
    """
    label = f"{one.label}-resumes"
    if any(step.row.label == label for step in play.steps) and step_of(play, label)[1].not_sent:
        raise Inconclusive(
            f"{told} may be asked of operators alone: the printer was stopped or about to, and not told to go on",
            (one.where,),
        )


def _untrue_authentication(play: PlayRecord, label: str, told: str) -> list[Finding]:
    """A proof that is wanted and not told, or told and not wanted, not looked at or not offered; and TLS that comes for
    one request and no other.
    """
    tried = {step.row.label for step in play.steps}  # one URI alone is tried with a wrong proof
    for one in visited(play, *({f"{label}-wrong"} & tried)):
        if told in PROVED and one.ok and one.has_password != (told == CERTIFICATE):
            actual = f"{AUTHENTICATION} is {told} for {one.outcome.uri}, which takes a proof that is none: {one.said()}"
            return [Finding(actual, one.where)]
    for one in visited(play, f"{label}-nobody"):
        if told in SCHEMES and one.ok:
            _require_none_elsewhere(play, one, told)
            _require_operators_tried(play, one, told)
            actual = f"{AUTHENTICATION} is {told} for {one.outcome.uri}, which asks nobody: {one.said()}"
            return [Finding(actual, one.where)]
        if one.switched and not one.exchange.tls:
            require_ours_in_order(play, one)
            return [Finding(f"101, and then {one.said()}", one.where)]
        if one.status != UNAUTHORIZED:
            continue
        offered = {challenge.scheme for challenge in challenges(one.head.get("www-authenticate"))}
        wanted = SCHEMES.get(told)
        if told in WITHOUT_PASSWORD or (wanted is not None and offered and wanted not in offered):
            schemes = ", ".join(sorted(offered)) or "no scheme"
            actual = f"{AUTHENTICATION} is {told} for {one.outcome.uri}, which answers 401 with {schemes}"
            return [Finding(actual, one.where)]
    return []
