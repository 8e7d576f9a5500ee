"""The IXIT takes what it knows, and says what is wrong with the rest; the relay of a bench is noted for judging."""

from __future__ import annotations

import asyncio
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from conformance.record.run_facts import RunFacts
from fakes.stage.ixit import Ixit, IxitError
from fakes.stage.name_lookup import addresses_of
from fakes.typed_toml import WIDTH, spelled, written


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


def test_all_that_is_wrong_is_told_with_its_line_and_spelling(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    path.write_text('# parallel = 1\nmail-domian = "x"\n\n"parallel" = 0\ncarrier = "x"\nmail_timeout = "5"\n')
    with pytest.raises(IxitError) as caught:
        Ixit.load(path)
    assert list(caught.value.args) == [
        f"{path}, line 2: unknown entry 'mail-domian'; did you mean mail-domain?",
        f"{path}, line 4: parallel must be more than 0, not 0",
        f"{path}, line 5: carrier must be subscription-group or operation-group, not 'x'",
        f"{path}, line 6: mail_timeout must be a number, not '5'",
    ]
    assert str(caught.value) == "; ".join(caught.value.args)  # a line, where there is one for it


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"mail-domain": "a.example", "mail_domain": "b.example"}, "mail_domain stands there twice"),
        ({"password": "x", "password-from": "env:HOME"}, "password-from and password are the same"),
    ],
)
def test_an_entry_stands_there_once(entries: dict[str, object], says: str) -> None:
    with pytest.raises(IxitError, match=says):
        Ixit.of(entries, "x.toml")


def test_a_new_file_has_every_entry_and_means_what_no_file_means(tmp_path: Path) -> None:
    text, path = written(Ixit, "A head."), tmp_path / "bench.toml"
    path.write_text(text)
    assert Ixit.load(path) == Ixit()
    filled = re.sub(r"^# ([a-z-]+ = )", r"\1", text, flags=re.MULTILINE)
    entries = {name: value for name, value in tomllib.loads(filled).items() if not name.endswith("-from")}
    assert set(entries) == {spelled(f.name) for f in fields(Ixit)}
    assert Ixit.of(entries | {"mail-domain": "c.example"}, "x.toml") == Ixit(mail_domain="c.example")
    assert max(map(len, text.splitlines())) <= WIDTH


def test_what_a_file_is_written_with_is_read_again() -> None:
    awkward: dict[str, Any] = {"tester": 'a "b" \\ \x7f\n\u00e4', "parallel": 3}
    assert Ixit.of(tomllib.loads(written(Ixit, "A head.", awkward)), "x.toml") == Ixit(**awkward)


def test_what_is_for_the_record_is_noted() -> None:
    assert Ixit(firmware="1.2", tester="Jane").for_the_record() == RunFacts(firmware="1.2", tester="Jane")


def test_an_address_is_its_own_and_a_name_that_is_none_has_none() -> None:
    assert asyncio.run(addresses_of("127.0.0.1")) == ["127.0.0.1"]
    assert asyncio.run(addresses_of("x" * 70 + ".invalid")) == []
