"""A printer that is there with and without security: it is one printer, and says so."""

from __future__ import annotations

from conformance.record import PlayRecord
from conformance.record.outcomes import Approached
from conformance.verdict import Inconclusive, NotApplicable, Violation
from conformance.wire import ipp
from conformance.wire.registry import GroupTag

from .case import case, expect
from .security_lookup import (
    AUTHENTICATION,
    IN_TLS,
    SECURITY,
    UPGRADE_REQUIRED,
    URIS,
    Lists,
    Visit,
    listed,
    step_of,
    visit,
    visited,
)

IDENTITIES = ("printer-uuid", "printer-name")  # the first that both answers have
HIDDEN, FROM_WHOM = "job-privacy-attributes", "job-privacy-scope"  # PWG 5100.11
WITH_NAMES = ("job-name", "job-description", "default", "all")  # of the first: what has job names in it


def _both(play: PlayRecord) -> tuple[Visit, Visit]:
    """The answers in the clear and in TLS of a printer that gives both."""
    clear, secure = visit(play, "clear"), visit(play, "secure")
    if not clear.ok or clear.exchange.tls:
        raise NotApplicable("the printer does not answer in the clear")
    if not secure.ok or not secure.exchange.tls:
        raise NotApplicable(f"the printer does not answer in TLS: {secure.said()}")
    return clear, secure


def _printer(one: Visit) -> ipp.Group:
    group = one.answer.message.first(GroupTag.PRINTER) if one.answer is not None else None
    return group if group is not None else ipp.Group(GroupTag.PRINTER)


@case("E5-1", on="security/both")
def test_it_is_one_printer(play: PlayRecord) -> None:
    clear, secure = _both(play)
    for name in IDENTITIES:
        one, other = _printer(clear).get(name), _printer(secure).get(name)
        if one is not None and other is not None:
            expect(
                one.value.octets == other.value.octets,
                expected=f"the same {name} in the clear and in TLS",
                actual=f"{one.value.show()} in the clear, {other.value.show()} in TLS",
                where=(clear.where, secure.where),
            )
            return
    raise Inconclusive("the printer tells neither its UUID nor its name", (clear.where, secure.where))


@case("E5-1", on="security/both")
def test_a_job_sent_by_one_way_is_listed_by_the_other(play: PlayRecord) -> None:
    _both(play)
    for label in ("a", "b"):
        sent = visit(play, label)
        step, _ = step_of(play, f"{label}-listed")
        if sent.status == UPGRADE_REQUIRED:
            raise NotApplicable("the printer takes no jobs in the clear")
        if not sent.ok or sent.outcome.job is None:
            raise Inconclusive(f"the printer did not take a job: {sent.said()}", (sent.where,))
        if not step.answers or not all(answer.ok for answer in step.answers):
            raise Inconclusive("the printer does not list its jobs", (sent.where,))
        _is_there(play, label, sent, sent.outcome.job)


def _is_there(play: PlayRecord, label: str, sent: Visit, job: int) -> None:
    """The job is listed by the other way, as the same job; by its own way it is looked for last."""
    (others, outcome), known = _jobs(play, f"{label}-listed"), None
    if visited(play, f"{label}-known"):  # earlier versions did not look
        known, _ = _jobs(play, f"{label}-known")
    where = (sent.where, play.labelled(f"{label}-listed").answers[-1].where())
    if job not in others:
        if known is not None and job not in known:
            raise Inconclusive("the printer lists no job that has ended, by whatever way", where)
        _require_one_user(play, sent, outcome)
        raise Violation(
            f"job {job}, sent to {sent.outcome.uri}, among those listed at {outcome.uri}",
            ", ".join(map(str, list(others)[:20])) or "no job",
            where,
        )
    own, other = (known or {}).get(job), others[job]
    alike = own is None or other is None or own == other
    if not alike:
        _require_shown(play, sent, (own or "", other or ""))
        _require_one_user(play, sent, outcome)
    expect(
        alike,
        expected=f"job {job} as {own!r}, by whatever way it is listed",
        actual=f"{other!r} at {outcome.uri}",
        where=where,
    )


def _jobs(play: PlayRecord, label: str) -> tuple[dict[int, str | None], Approached]:
    """The jobs that were listed, and what they are called."""
    step, outcome = step_of(play, label)
    found = dict[int, str | None]()
    for answer in step.answers:
        for group in answer.message.all(GroupTag.JOB):
            number, name = group.get("job-id"), group.get("job-name")
            if number is not None and number.value.integer is not None:
                told = name.value.text(answer.message.charset) if name is not None else None
                found[number.value.integer] = told or None  # some values are there to say that none is shown
    return found, outcome


def _require_one_user(play: PlayRecord, sent: Visit, outcome: Approached) -> None:
    """``Inconclusive`` where who asks is known by other means in one way than in the other: who it is decides what a
    printer shows him of jobs.
    """
    known = dict(zip(listed(play, URIS), listed(play, AUTHENTICATION), strict=False))
    ways = [known.get(uri, "") for uri in (sent.outcome.uri, outcome.uri)]
    if ways[0] != ways[1]:
        told = " and ".join(way or "untold" for way in ways)
        raise Inconclusive(f"{AUTHENTICATION} is {told} for the two ways: it may not show one what it shows the other")


def _require_shown(play: PlayRecord, sent: Visit, names: tuple[str, str]) -> None:
    """``Inconclusive`` where names of jobs may be kept from some who ask, by what the printer says or since one says
    nothing.
    """
    scope, hidden = listed(play, FROM_WHOM), listed(play, HIDDEN)
    if set(hidden) & set(WITH_NAMES) and scope != ["none"]:
        raise Inconclusive(f"{HIDDEN} has {','.join(hidden)}: not everybody is shown the name", (sent.where,))
    if not all(any(map(str.isalnum, name)) for name in names):
        raise Inconclusive(f"a job's name is {names[0]!r} by one way and {names[1]!r} by the other", (sent.where,))


@case("E5-2", on="security/unlisted")
def test_tls_beside_the_clear_is_told(play: PlayRecord) -> None:
    clear = visit(play, "clear")
    if not clear.ok or clear.exchange.tls or clear.answer is None:
        raise NotApplicable("the printer does not answer in the clear")
    works = [one for one in visited(play, "direct", "upgrade") if one.exchange.tls and one.ok]
    lists = Lists.of(clear.answer)
    told = set(lists.security or ()) if lists is not None else set()
    if not works and not {*told, *listed(play, SECURITY)} & set(IN_TLS):
        raise NotApplicable("the printer has no TLS beside the clear")
    expect(
        bool(told & set(IN_TLS)) or bool(clear.tokens),
        expected=f"tls in {SECURITY}, or an Upgrade header, in an answer in the clear: TLS works on that port",
        actual=f"{SECURITY}={','.join(sorted(told)) or 'missing'}, and no Upgrade header",
        where=(clear.where, *(one.where for one in works[:1])),
    )
