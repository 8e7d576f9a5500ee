"""The IXIT takes what it knows, and says what is wrong with the rest; the relay of a bench is noted for judging."""

from __future__ import annotations

import asyncio

import pytest

from fakes.stage.ixit import Ixit, IxitError
from fakes.stage.name_lookup import addresses_of


@pytest.mark.parametrize(
    ("value", "kept"), [(True, "yes"), (False, "no"), ("mail.example", "mail.example"), ("192.0.2.7", "192.0.2.7")]
)
def test_a_relay_is_there_or_not_or_has_a_name(value: object, kept: str) -> None:
    assert Ixit.of({"relay": value}, "x.toml").relay == kept


def test_a_relay_may_be_said_to_rewrite_addresses() -> None:
    assert Ixit.of({"relay": True, "relay-rewrites": True}, "x.toml").relay_rewrites


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ({"relay": 25}, "relay must be a text in quotes, not 25"),
        ({"relay-rewrites": "yes"}, "relay-rewrites must be true or false, not 'yes'"),
        ({"parallel": True}, "parallel must be a whole number, not True"),
        ({"rely": True}, "unknown entry 'rely'; did you mean relay?"),
        ({"mail-domian": "x.example"}, "did you mean mail-domain?"),
        ({"zzz": 1}, "known are .*mail-domain.*max-lease-wait"),
        ({"mail-timeout": "60"}, "mail-timeout must be a number, not '60'"),
        ({"mail-timeout": float("nan")}, "mail-timeout must be more than 0, not nan"),
        ({"mail_timeout": 0}, "x.toml: mail_timeout must be more than 0"),
        ({"mail-domain": "bob@x.example"}, "must be a domain, .* not 'bob@x.example'"),
        ({"user-domain": ""}, "user-domain must be a domain"),
        ({"mail-domain": "two words"}, "must be a domain"),
        ({"mail-domain": "\x1b[2J"}, r"not '\\x1b"),
    ],
)
def test_what_is_wrong_is_named(entries: dict[str, object], problem: str) -> None:
    with pytest.raises(IxitError, match=problem):
        Ixit.of(entries, "x.toml")


def test_an_address_is_its_own_and_a_name_that_is_none_has_none() -> None:
    assert asyncio.run(addresses_of("127.0.0.1")) == ["127.0.0.1"]
    assert asyncio.run(addresses_of("x" * 70 + ".invalid")) == []
