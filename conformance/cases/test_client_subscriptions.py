"""What a client sends when it subscribes by mail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from conformance.record.client_record import ClientRecord
from conformance.verdict import NotApplicable
from conformance.wire.address import addr_spec_problem

from .case import CLIENT, case
from .client_lookup import MAILTO, USER_NAME, MailSubscription, for_nobody, mail_subscriptions, takes_charset
from .findings import Finding, conclude

SLASHES: Final = "//"


def _is_address(text: str) -> bool:
    """Whether that is a mail address, bare or as a URI or in brackets; whose it is cannot be seen."""
    if not text.isprintable():
        return False  # as a field of a mail it would be several
    bare = text.strip()
    if bare.lower().startswith(MAILTO):
        bare = unquote(bare[len(MAILTO) :].partition("?")[0])
    if bare.endswith(">") and "<" in bare:
        bare = bare[bare.rfind("<") + 1 : -1]
    return addr_spec_problem(bare) is None


def _behind_scheme(recipient: str) -> str:
    return recipient[len(MAILTO) :] if recipient.lower().startswith(MAILTO) else ""


def _is_recipient(recipient: str) -> bool:
    """Whether that is mailto: and an address as it stands: no name, no brackets, no blanks."""
    address = unquote(_behind_scheme(recipient).removeprefix(SLASHES).partition("?")[0])
    return address.isprintable() and addr_spec_problem(address) is None


def _judge(found: Iterable[tuple[MailSubscription, str]], expected: str) -> None:
    conclude([Finding(f"{actual} ({one.request.said()})", one.where) for one, actual in found], expected=expected)


@case("3-5", on=CLIENT)
def test_the_recipient_is_a_mail_address(client: ClientRecord) -> None:
    nobody = [(one, "no recipient") for one in for_nobody(client)]
    _judge(nobody, "a recipient for each subscription")
    wrong = [
        (one, f"the recipient {one.recipient}")
        for one in mail_subscriptions(client)
        if not _is_recipient(one.recipient)
    ]
    _judge(wrong, "mailto: with a mail address behind it")


@case("M4-Recipient-2", on=CLIENT)
def test_no_slash_follows_the_scheme(client: ClientRecord) -> None:
    slashed = [one for one in mail_subscriptions(client) if _behind_scheme(one.recipient).startswith("/")]
    _judge(((one, f"the recipient {one.recipient}") for one in slashed), "no slash behind mailto:")


@case("4.4-4", on=CLIENT)
def test_the_user_data_are_an_address(client: ClientRecord) -> None:
    wrong = []
    for one in mail_subscriptions(client):
        data = one.user_data
        if data is None:
            wrong.append((one, "no user data"))
        elif not _is_address(data.decode("utf-8", "backslashreplace")):
            wrong.append((one, f"the user data {data!r}"))
    _judge(wrong, "a mail address in the user data")


@case("4.4-6", on=CLIENT)
def test_the_user_data_come_from_the_system(client: ClientRecord) -> None:
    subscriptions = mail_subscriptions(client)
    _judge(((one, "no user data") for one in subscriptions if one.user_data is None), "the user's address, unasked")
    if not all(one.way.facts.no_address_given for one in subscriptions):
        raise NotApplicable("whether somebody gave it the address cannot be seen (--no-address-given says nobody did)")


@case("4.3-9", on=CLIENT)
def test_the_charset_stands_in_the_media_type(client: ClientRecord) -> None:
    beside = [
        (one, f"notify-charset {one.charset} beside {one.format}")
        for one in mail_subscriptions(client)
        if one.charset is not None and takes_charset(one.format) and "charset=" not in (one.format or "").lower()
    ]
    _judge(beside, "the charset as a parameter of the media type")
    _see_a_type(client)


@case("4.5-3", on=CLIENT)
def test_no_charset_stands_beside_a_text(client: ClientRecord) -> None:
    beside = [
        (one, f"notify-charset {one.charset} beside {one.format}")
        for one in mail_subscriptions(client)
        if one.charset is not None and takes_charset(one.format)
    ]
    _judge(beside, "no notify-charset beside a media type that can have a charset")
    _see_a_type(client)


def _see_a_type(client: ClientRecord) -> None:
    if not any(takes_charset(one.format) for one in mail_subscriptions(client)):
        raise NotApplicable("the client asked for no media type that can have a charset")


@case("4.11-3", on=CLIENT)
def test_the_request_names_its_user(client: ClientRecord) -> None:
    nameless = [one for one in mail_subscriptions(client) if not one.user_name]
    _judge(((one, f"no {USER_NAME}") for one in nameless), f"{USER_NAME}, not empty")


@case("10-5", on=CLIENT)
def test_the_subscriber_has_a_name(client: ClientRecord) -> None:
    nameless = [one for one in mail_subscriptions(client) if not one.user_name and not one.subscriber_name]
    _judge(((one, "no name") for one in nameless), f"a name of the subscriber, by {USER_NAME}")
