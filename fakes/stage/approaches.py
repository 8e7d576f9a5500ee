"""Requests by ways of their own: in the clear, in TLS, by Upgrade, to each URI that the printer lists.

Nobody is talked to but the host that answers the run: a printer may list whatever it likes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from typing import Final

from conformance.record import own_names, rows
from conformance.record.exchanges import answer_of
from conformance.record.outcomes import Approached, Asked, Carrier
from conformance.scenarios.steps import Approach, By
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.http.auth import Login

from .live_subscription import NotPlayable
from .name_lookup import addresses_of
from .needs import lists_operation
from .play_under_way import OPERATOR, PlayUnderWay
from .printer_uri import SECURE, Target, UriError
from .requests import operation_group
from .shared import Shared
from .sheets import OutOfPaper
from .subscriber import LOST, Way
from .trip import Door

# What tells one printer from another, and what a directory says of it.
ABOUT_ITSELF: Final = (
    "printer-uri-supported", "uri-security-supported", "uri-authentication-supported", "printer-uuid", "printer-name",
    "printer-dns-sd-name", "printer-info", "printer-location", "printer-make-and-model", "printer-more-info",
    "printer-is-accepting-jobs", "ipp-features-supported",
)  # fmt: skip
CERTIFICATE: Final = "certificate"
BY_PASSWORD: Final = ("basic", "digest")
PROVED: Final = (*BY_PASSWORD, CERTIFICATE)  # of uri-authentication-supported (section 4.4.2)
IN_TLS: Final = ("tls", "ssl3")  # keywords of uri-security-supported (RFC 2911 section 4.4.3)
OF_A_JOB: Final = ("Get-Job-Attributes", "Cancel-Job")
OF_A_SUBSCRIPTION: Final = (
    Operation.GET_SUBSCRIPTION_ATTRIBUTES, Operation.RENEW_SUBSCRIPTION, Operation.CANCEL_SUBSCRIPTION
)  # fmt: skip
MAKES_A_JOB: Final = (Operation.PRINT_JOB, Operation.CREATE_JOB)
NO_WORD: Final = ("timeout", "unreachable")  # of an exchange that was waited for in vain
WHICH_JOBS: Final = ("not-completed", "completed")


class NoWay(Exception):
    """There is no such way to this printer; says why."""


@dataclass(frozen=True, slots=True)
class ListedUri:
    """One URI of printer-uri-supported, and what stands at its place in the lists beside it, if anything does."""

    uri: str
    security: str | None
    authentication: str | None


def listed_uris(printer: ipp.Group) -> list[ListedUri]:
    """The three parallel lists (RFC 2911 sections 4.4.1 to 4.4.3)."""
    uris, security, authentication = (
        attribute.texts() if (attribute := printer.get(name)) is not None else [] for name in ABOUT_ITSELF[:3]
    )
    return [
        ListedUri(
            uri,
            security[i] if i < len(security) else None,
            authentication[i] if i < len(authentication) else None,
        )
        for i, uri in enumerate(uris)
    ]


# ---------------------------------------------------------------- which way


async def way_of(stage: Shared, step: Approach) -> Way:
    """How a request gets there; raises ``NoWay``."""
    own = stage.subscriber.way
    if step.by is By.OWN:
        way = own
    elif step.by is By.SECURE:
        way = own if own.door in (Door.TLS, Door.UPGRADE) else await _secure(stage)
    elif step.by is By.LISTED:
        way = _as_listed(listed_uris(stage.printer)[step.place])
    else:
        target = await _in_clear(stage)
        if step.by is By.DIRECT:
            target = _with_scheme(target, "ipps")
        doors = {By.UPGRADE: Door.UPGRADE, By.OFFER: Door.OFFER, By.DIRECT: Door.TLS}
        way = Way(target, doors.get(step.by, Door.CLEAR))
    way = replace(way, version=step.version or own.version)
    if step.wrong:
        return _as_a_stranger(stage, way, listed_uris(stage.printer)[step.place].authentication)
    return replace(way, expect=step.by is By.WAITING, anonymous=step.anonymous)


def _as_a_stranger(stage: Shared, way: Way, proof: str | None) -> Way:
    """With a proof of that kind that is none; raises ``NoWay`` where we know no right one to spoil."""
    access = stage.subscriber.access
    if proof == CERTIFICATE:
        if access.client_certificate:
            return replace(way, context=access.of_a_stranger())
        raise NoWay("the IXIT has no certificate that could be spoilt")
    if access.login is not None:
        return replace(way, wrong_login=Login(access.login.name, token_urlsafe()))
    raise NoWay("the IXIT has no password that could be spoilt")


async def _in_clear(stage: Shared) -> Target:
    """Where the printer may be spoken to in the clear: where the IXIT or a list says, else where it is in TLS."""
    own = stage.subscriber.way
    if stage.ixit.plain_uri:
        return Target.of(stage.ixit.plain_uri)
    if own.door is not Door.TLS:
        return own.target
    for listed in listed_uris(stage.printer):
        target = _target(listed.uri)
        if target is not None and not target.tls and await is_here(stage, target):
            return target
    return _with_scheme(own.target, "ipp")


async def _secure(stage: Shared) -> Way:
    for listed in listed_uris(stage.printer):
        target = _target(listed.uri)
        if listed.security in IN_TLS and target is not None and await is_here(stage, target):
            return _as_listed(listed)
    elsewhere = [listed.uri for listed in listed_uris(stage.printer) if listed.security in IN_TLS]
    if elsewhere:
        raise NoWay(f"{elsewhere[0]!a:.80}, which is for TLS, has a host that is not the one that answers here")
    raise NoWay("the printer lists no URI for TLS")


def _as_listed(listed: ListedUri) -> Way:
    target = _target(listed.uri)
    if target is None:
        raise NoWay(f"{listed.uri!a:.80} is no printer's URI")
    if listed.security is None:
        raise NoWay("the printer says nothing of the security of this URI")
    if listed.security == "none":
        return Way(target, Door.CLEAR)
    if listed.security not in IN_TLS:
        raise NoWay(f"the security of this URI is {listed.security!a:.40}, which nobody knows here")
    return Way(target, Door.TLS if target.tls else Door.UPGRADE)


def _target(uri: str) -> Target | None:
    try:
        return Target.of(uri)
    except UriError:
        return None


def _with_scheme(target: Target, scheme: str) -> Target:
    """The same port by the other of ipp and ipps."""
    if (target.scheme in SECURE) == (scheme in SECURE):
        return target
    path = target.uri.partition("://")[2].partition("/")[2]
    return Target.of(f"{scheme}://{target.authority}/{path}")


async def is_here(stage: Shared, target: Target) -> bool:
    """Whether a URI's host is the one that answers the run."""
    return stage.subscriber.peer in await same_spelling(target)


async def same_spelling(target: Target) -> tuple[str, ...]:
    """The addresses of its host."""
    return tuple(str(ipaddress.ip_address(found)) for found in await addresses_of(target.host))


# ---------------------------------------------------------------- what is asked


async def approach(play: PlayUnderWay, step: Approach) -> Approached:
    """Send the request, whatever comes of it; raises ``NotPlayable`` for an essential way that there is not."""
    done = Approached(by=step.by.value)
    try:
        if step.unless in play.welcome:
            raise NoWay("what is asked for in this way is carried out here")
        if step.operation in OF_A_JOB and not play.jobs:
            raise NoWay("there is no job of this play to ask about")
        if _operation(step) in OF_A_SUBSCRIPTION and _subscription(play) is None:
            raise NoWay("there is no subscription of this play to ask about")
        if _operation(step) is Operation.CREATE_JOB and not lists_operation(play.stage, step.operation):
            raise NoWay("the printer does not list Create-Job in operations-supported")  # nobody has to have it
        way = await way_of(play.stage, step)
        if step.by in (By.CLEAR, By.WAITING, By.OFFER) and play.stage.mute_in_clear:
            raise NoWay("this printer does not answer in the clear at all, and each request would wait in vain")
        addresses = await same_spelling(way.target)
        done = replace(done, uri=way.target.uri, addresses=addresses)
        if play.stage.subscriber.peer not in addresses:
            raise NoWay("this URI's host is not the one that answers here")
        if _operation(step) is Operation.PRINT_JOB:
            play.stage.sheets.take()
    except (NoWay, OutOfPaper) as reason:
        if step.essential:
            raise NotPlayable(str(reason)) from reason
        return replace(done, not_sent=str(reason))
    return await _send(play, step, way, done)


def _operation(step: Approach) -> Operation:
    return Operation[step.operation.upper().replace("-", "_")]


def _subscription(play: PlayUnderWay) -> int | None:
    """The number of the first one that this play has."""
    return next((live.id for live in play.subscriptions.values() if live.id is not None), None)


async def _send(play: PlayUnderWay, step: Approach, way: Way, done: Approached) -> Approached:
    operation = _operation(step)
    job_name = own_names.own_job(play.play, step.label)
    carrier = Carrier.JOB if operation in MAKES_A_JOB else Carrier.PRINTER
    group, asked = play.prepare(step.ask, carrier) if step.ask is not None else (None, None)
    done = replace(done, asks=(asked,) if asked else (), user=OPERATOR, name=job_name, login=play.proved(""))
    if operation in MAKES_A_JOB:
        play.unsure_jobs[job_name] = OPERATOR
    exchange = None
    for more in _attributes(play, operation, job_name):
        groups = [operation_group(way.target.uri, OPERATOR, *more), *([group] if group else [])]
        data = play.stage.document if operation is Operation.PRINT_JOB else b""
        exchange = await play.stage.request(operation, groups, data, play=play.play, step=play.step, way=way)
    assert exchange is not None  # there is at least one request for each operation
    return _noted(play, step, exchange, done, asked)


def _noted(
    play: PlayUnderWay, step: Approach, exchange: rows.Exchange, done: Approached, asked: Asked | None
) -> Approached:
    """What the answer means for the play: what it has to give back, and whether such requests are welcome."""
    answer = answer_of(exchange)
    lost = exchange.problem in LOST
    if step.by is By.CLEAR and exchange.problem in NO_WORD and not exchange.response_head:
        play.stage.mute_in_clear = True
    if not lost:
        play.unsure_jobs.pop(done.name, None)
        if exchange.operation == Operation.PRINT_JOB and (answer is None or not answer.ok):
            play.stage.sheets.give_back()
    if answer is None:
        if asked is not None:
            play.subscriptions[asked.label].unsure = lost
        return done
    if answer.ok:
        play.welcome.add(step.label)
    if asked is not None:
        play.note_granted(answer, [asked.label])
    number = answer.message.find("job-id", GroupTag.JOB)
    if answer.row.operation in MAKES_A_JOB and number is not None and number.value.integer is not None:
        play.jobs[step.label] = number.value.integer
        if answer.row.operation == Operation.CREATE_JOB:
            play.open_jobs.add(step.label)
        return replace(done, job=number.value.integer)
    return done


def _attributes(play: PlayUnderWay, operation: Operation, job_name: str) -> Sequence[Sequence[ipp.Attribute]]:
    """The operation attributes beside the obligatory ones, for each request that it takes."""
    if operation in (Operation.GET_JOB_ATTRIBUTES, Operation.CANCEL_JOB):
        return [[ipp.integer("job-id", next(iter(play.jobs.values())))]]
    if operation in OF_A_SUBSCRIPTION:
        number = _subscription(play)
        assert number is not None  # without one there is no way
        return [[ipp.integer(play.stage.vocabulary.subscription_id, number)]]
    if operation is Operation.GET_PRINTER_ATTRIBUTES:
        return [[ipp.keyword("requested-attributes", *ABOUT_ITSELF)]]
    if operation is Operation.GET_JOBS:
        wanted = ipp.keyword("requested-attributes", "job-id", "job-name")
        return [[ipp.keyword("which-jobs", which), wanted] for which in WHICH_JOBS]
    if operation is Operation.CREATE_JOB:
        return [[ipp.name_("job-name", job_name)]]
    if operation in (Operation.PRINT_JOB, Operation.VALIDATE_JOB):
        format_ = play.stage.ixit.document_format
        return [
            [ipp.name_("job-name", job_name), *([ipp.mime_media_type("document-format", format_)] if format_ else [])]
        ]
    return [[]]
