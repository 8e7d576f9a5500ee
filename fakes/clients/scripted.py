"""A client that asks a printer what it is, chooses a way, and prints with a subscription by mail; by its policy."""

from __future__ import annotations

import ssl
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urlsplit

from conformance.vocabulary import RFC3995, Vocabulary
from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation
from fakes.http.auth import Login, Prover
from fakes.http.client import ClientConnection, HttpResponse, connect
from fakes.http.connection import HttpError, Limits

TOKEN: Final = "TLS/1.2"
LIMITS: Final = Limits(head_seconds=5.0, body_seconds=5.0, idle_seconds=5.0)
CONTENT_TYPE: Final = ("Content-Type", "application/ipp")
SECURITY: Final = "uri-security-supported"


@dataclass(frozen=True, slots=True)
class PrinterPlace:
    """Where the printer is, and what it takes to be trusted and to be known there."""

    plain: str
    secure: str
    context: ssl.SSLContext
    login: Login


@dataclass(frozen=True, slots=True)
class ClientPolicy:
    """What a client does; the values given here are permitted."""

    insists: bool = False
    begins: Literal["clear", "tls", "upgrade"] = "clear"
    offers: bool = False  # TLS, with its first request in the clear
    vocabulary: Vocabulary = RFC3995
    recipient: str = "mailto:jones@example.com"
    user_data: bytes | None = b"smith@example.com"
    user_name: str = "smith"
    format: str | None = None
    charset: str | None = None

    # ------------------------------------------------------------ lies

    keeps_offering: bool = False  # TLS, with its second request in the clear as well
    falls_back: bool = False  # to the clear, where TLS comes to nothing
    prints_in_clear: bool = False  # whatever it was told, and whatever it began with
    looks_at_tls: Literal["no", "trusting", "without-trust"] = "no"  # before it prints in the clear
    strays_again: bool = False  # prints in the clear, puts that right, and does it once more
    scheme: Literal["as-asked", "basic", "both"] = "as-asked"
    offer: Literal["whole", "without-connection", "not-meant"] = "whole"
    after_101: Literal["tls", "a-job", "nothing"] = "tls"
    password_first: bool = False  # with OPTIONS in the clear, which asks for TLS
    also: ipp.Attribute | None = None  # all that a second subscription of the job has, beside the events
    name_in: Literal["request", "subscription"] = "request"


class _ClosedError(Exception):
    """There is no way on."""


async def visit(place: PrinterPlace, policy: ClientPolicy) -> None:
    """Ask, choose and print; ends early where the printer, or the policy, leaves no way."""
    try:
        connection, uri = await _begun(place, policy)
        try:
            await _talk(connection, uri, place, policy)
        finally:
            await connection.close()
    except (HttpError, _ClosedError):
        return


async def _begun(place: PrinterPlace, policy: ClientPolicy) -> tuple[ClientConnection, str]:
    if policy.begins == "clear":
        return await _connected(place.plain), place.plain
    try:
        if policy.begins == "tls":
            return await _connected(place.secure, place.context), place.secure
        return await _upgraded(place, policy), place.plain
    except (HttpError, _ClosedError):
        if policy.falls_back or not policy.insists:
            return await _connected(place.plain), place.plain
        raise


async def _connected(uri: str, context: ssl.SSLContext | None = None) -> ClientConnection:
    parts = urlsplit(uri)
    return await connect(parts.hostname or "", parts.port or 631, tls=context, limits=LIMITS)


async def _upgraded(place: PrinterPlace, policy: ClientPolicy) -> ClientConnection:
    """TLS by Upgrade before anything else (RFC 2817 section 3.2)."""
    connection = await _connected(place.plain)
    headers = [_host(place.plain), ("Upgrade", TOKEN), ("Connection", "Upgrade")]
    if policy.password_first:
        headers.append(("Authorization", _password(place)))
    answer = await connection.exchange("OPTIONS", "*", headers)
    if answer.head.status == 101 and policy.after_101 == "a-job":
        await connection.send_octets(_as_it_goes(place.plain, _job(place.plain, policy)))
    if answer.head.status != 101 or policy.after_101 != "tls":
        await connection.close()
        raise _ClosedError
    await connection.start_tls(place.context, urlsplit(place.plain).hostname)
    await connection.read_answer()
    return connection


async def _talk(connection: ClientConnection, uri: str, place: PrinterPlace, policy: ClientPolicy) -> None:
    prover = Prover(place.login)
    offer = policy.offers or policy.offer != "whole"
    about = await _ask(connection, uri, _about(uri, policy), prover, place, policy, offer=offer)
    if _must_leave_the_clear(connection, about):
        await _look_at_tls(place, policy)
        if policy.strays_again:
            await _ask(connection, uri, _job(uri, policy), prover, place, policy)
        if not policy.prints_in_clear:
            await _print_elsewhere(place.secure, place.context, place, policy, prover)
            if policy.strays_again:
                await _print_elsewhere(place.plain, None, place, policy, prover)
            return
    elif connection.tls and policy.prints_in_clear:
        await _print_elsewhere(place.plain, None, place, policy, prover)
        return
    await _ask(connection, uri, _job(uri, policy), prover, place, policy, offer=policy.keeps_offering)


async def _look_at_tls(place: PrinterPlace, policy: ClientPolicy) -> None:
    """Without trust, the handshake is its own to break off."""
    if policy.looks_at_tls != "no":
        context = place.context if policy.looks_at_tls == "trusting" else ssl.create_default_context()
        with suppress(HttpError):
            await (await _connected(place.secure, context)).close()


async def _print_elsewhere(
    uri: str, context: ssl.SSLContext | None, place: PrinterPlace, policy: ClientPolicy, prover: Prover
) -> None:
    other = await _connected(uri, context)
    try:
        await _ask(other, uri, _job(uri, policy), prover, place, policy)
    finally:
        await other.close()


def _must_leave_the_clear(connection: ClientConnection, about: HttpResponse) -> bool:
    """Whether it was told that there is TLS only."""
    if connection.tls:
        return False
    group = ipp.decode(about.body).first(GroupTag.PRINTER) if about.head.status == 200 else None
    listed = group.get(SECURITY) if group is not None else None
    return about.head.status == 426 or (listed is not None and "none" not in listed.texts())


async def _ask(
    connection: ClientConnection,
    uri: str,
    body: bytes,
    prover: Prover,
    place: PrinterPlace,
    policy: ClientPolicy,
    *,
    offer: bool = False,
) -> HttpResponse:
    """One request, and a second one with a proof where the first is answered 401."""
    headers, target = [_host(uri), CONTENT_TYPE], urlsplit(uri).path
    if prover.ready:
        headers.append(("Authorization", prover.authorization("POST", target)))
        if policy.scheme == "both":
            headers.append(("Authorization", _password(place)))
    if offer:
        headers.append(("Upgrade", TOKEN))
        headers += [("Connection", "Upgrade")] * (policy.offer != "without-connection")
    answer = await connection.exchange("POST", target, headers, body)
    if answer.head.status == 101:
        if policy.offer == "not-meant":
            await connection.send_octets(b"PRI is what I meant\r\n\r\n")
            raise _ClosedError
        await connection.start_tls(place.context, urlsplit(uri).hostname)
        answer = await connection.read_answer()
    if answer.head.status != 401 or prover.ready or not prover.learn(answer.head.get("www-authenticate")):
        return answer
    if policy.scheme == "basic":
        prover.learn('Basic realm="printer"')
    return await _ask(connection, uri, body, prover, place, policy)


def _password(place: PrinterPlace) -> str:
    """The field that has it."""
    simple = Prover(place.login)
    simple.learn('Basic realm="printer"')
    return simple.authorization("POST", "/")


# ---------------------------------------------------------------- requests


def _as_it_goes(uri: str, body: bytes) -> bytes:
    """A request in octets."""
    parts = urlsplit(uri)
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/ipp\r\n"
    return head.encode("ascii") + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _host(uri: str) -> tuple[str, str]:
    return "Host", urlsplit(uri).netloc


def _operation(uri: str, policy: ClientPolicy, *more: ipp.Attribute) -> ipp.Group:
    named = [ipp.name_("requesting-user-name", policy.user_name)] if policy.user_name else []
    if policy.name_in == "subscription":
        named = []
    return ipp.Group(
        GroupTag.OPERATION,
        (
            ipp.charset("attributes-charset", "utf-8"),
            ipp.natural_language("attributes-natural-language", "en"),
            ipp.uri("printer-uri", uri),
            *named,
            *more,
        ),
    )


def _about(uri: str, policy: ClientPolicy) -> bytes:
    group = _operation(uri, replace(policy, user_name="smith", name_in="request"))
    return ipp.encode(ipp.Message(Operation.GET_PRINTER_ATTRIBUTES, 1, (group,)))


def _job(uri: str, policy: ClientPolicy) -> bytes:
    v = policy.vocabulary
    wanted = [ipp.uri(v.recipient, policy.recipient), ipp.keyword("notify-events", "job-completed")]
    if policy.user_data is not None:
        wanted.append(ipp.octet_string(v.user_data, policy.user_data))
    if policy.format is not None:
        wanted.append(ipp.mime_media_type("notify-format", policy.format))
    if policy.charset is not None:
        wanted.append(ipp.charset("notify-charset", policy.charset))
    if policy.name_in == "subscription":
        wanted.append(ipp.name_(v.user_name, policy.user_name))
    groups: tuple[ipp.Group, ...] = (
        _operation(uri, policy, ipp.mime_media_type("document-format", "text/plain")),
        ipp.Group(GroupTag.SUBSCRIPTION, tuple(wanted)),
    )
    if policy.also is not None:
        groups = (*groups, ipp.Group(GroupTag.SUBSCRIPTION, (policy.also, *wanted[1:])))
    return ipp.encode(ipp.Message(Operation.PRINT_JOB, 2, groups, b"hello\n"))
