"""What came of a step goes into the evidence and comes out the same; older files are read for what they have."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import get_args

import pytest

from conformance.record import outcomes
from conformance.record.outcomes import (
    KINDS,
    Asked,
    Carrier,
    Printed,
    SilenceKept,
    StepOutcome,
    Subscribed,
    outcome_of,
    recorded,
)
from conformance.record.rows import EvidenceError, Fact, Step
from conformance.record.run_facts import RunFacts, UserDataForm
from conformance.scenarios import steps

ASKED = Asked(
    "s", "r1.1.s@x.example", "r1.1.sx@x.example", "mailto:r1.1.s@x.example", b"bob\xff", ("job-completed",),
    "text/plain", "utf-8", "de", False, 60, Carrier.JOB,
)  # fmt: skip
BEFORE_CLASSES = {  # the keys that each kind had when the evidence was written without classes
    "Subscribe": {"asks", "login", "user"},
    "Print": {"asks", "job", "name", "user"},
    "Silence": {"got", "sentinel"},
    "Sentinel": {"address", "arrived", "job", "name"},
    "AwaitMail": {"got", "sentinel", "wanted"},
    "Pass": {"lease"},
    "OutliveLease": {"lease"},
    "Settled": {"mails"},
    "Refuse": {"script"},
    "Renew": {"lease"},
}
SINCE_THEN = {
    "Print": {"login", "shared"},
    "Approach": {"asks", "user", "name", "job", "login", "by", "uri", "addresses", "not_sent", "shared"},
    "ReadDirectory": {"sources"},
    "OnPrinter": {"by_hand", "shared", "asked"},
}
KEYS_OF_AN_ASK = {
    "address", "carrier", "charset", "events", "format", "label", "language", "lease", "other", "recipient",
    "text_only", "user_data",
}  # fmt: skip


def step(kind: str, detail: str) -> Step:
    return Step(7, 1, 0, kind, "s", detail)


def test_every_step_of_a_scenario_and_every_outcome_has_its_kind() -> None:
    own = {"Sentinel", "Settled"}  # which the stage adds
    assert set(KINDS) - own == {kind.__name__ for kind in get_args(steps.AnyStep)}
    assert {*KINDS.values()} == {*get_args(StepOutcome)}


@pytest.mark.parametrize("kind", KINDS)
def test_an_outcome_has_the_keys_it_always_had(kind: str) -> None:
    detail = json.loads(recorded(1, 1, 0, kind, KINDS[kind]()).detail)
    assert set(detail) == BEFORE_CLASSES.get(kind, set()) | SINCE_THEN.get(kind, set())


@pytest.mark.parametrize(
    "outcome", [Subscribed((ASKED, ASKED), "Bob Jones", "own"), Printed((ASKED,), None, "job 1j", 5), SilenceKept(True)]
)
def test_what_is_written_is_read(outcome: StepOutcome) -> None:
    kind = next(name for name, one in KINDS.items() if one is type(outcome))
    assert outcome_of(recorded(1, 1, 0, kind, outcome)) == outcome


def test_an_ask_has_the_keys_it_always_had() -> None:
    (detail,) = json.loads(recorded(1, 1, 0, "Print", Printed((ASKED,))).detail)["asks"]
    assert set(detail) == KEYS_OF_AN_ASK
    assert detail["user_data"] == "626f62ff"
    assert detail["events"] == ["job-completed"]


def test_what_is_not_there_has_its_default_and_what_is_not_known_is_passed_over() -> None:
    assert outcome_of(step("AwaitMail", '{"wanted": 2}')) == outcomes.MailsAwaited(2)
    assert outcome_of(step("Print", "{}")) == Printed()
    assert outcome_of(step("Print", '{"copies": 3}')) == Printed()
    (asked,) = Subscribed((Asked("s", "a@x.example"),)).asks
    assert outcome_of(step("Subscribe", '{"asks": [{"label": "s", "address": "a@x.example"}]}')) == Subscribed((asked,))


@pytest.mark.parametrize(
    ("kind", "detail", "why"),
    [
        ("Print", "[]", "where an object belongs"),
        ("Print", "{", "Expecting property name"),
        ("Print", '{"job": "5"}', "job is '5'"),
        ("Print", '{"job": true}', "job is True"),
        ("Print", '{"asks": {}}', "asks is {}"),
        ("Print", '{"asks": [{"label": "s"}]}', "address is missing"),
        ("Print", '{"asks": [{"label": "s", "address": "a", "carrier": "pigeon"}]}', "'pigeon' is not a valid Carrier"),
        ("Print", '{"asks": [{"label": "s", "address": "a", "user_data": "0g"}]}', "hexadecimal"),
        ("Print", "[" * 100_000, "recursion"),
        ("Dance", "{}", "a kind not known here, 'Dance'"),
    ],
)
def test_what_cannot_be_read_is_told(kind: str, detail: str, why: str) -> None:
    with pytest.raises(EvidenceError, match="step 7") as caught:
        outcome_of(step(kind, detail))
    assert why in str(caught.value)


def test_facts_are_written_one_by_one_and_read_together() -> None:
    first = RunFacts(vocabulary="ntfy-01", printer_address="127.0.0.1")
    second = RunFacts(user_data_form=UserDataForm("mailto"), places=8, slowest_mail=0.0567)
    noted = [*first.rows(1, 5), *second.rows(1, 6)]
    assert [(fact.name, fact.value) for fact in noted] == [
        ("vocabulary", "ntfy-01"),
        ("printer-address", "127.0.0.1"),
        ("user-data-form", '{"job": "bare", "printer": "mailto"}'),
        ("places", "8"),
        ("slowest-mail", "0.057"),
    ]
    assert RunFacts.of(noted) == RunFacts("ntfy-01", "127.0.0.1", UserDataForm("mailto"), 8, 0.057)


def test_the_last_word_counts_and_other_facts_are_passed_over() -> None:
    noted = [Fact(1, 0, "places", "8"), Fact(1, 0, "weather", "fine"), Fact(2, 0, "places", "1")]
    assert RunFacts.of(noted) == RunFacts(places=1)


def test_a_fact_that_cannot_be_read_is_told() -> None:
    with pytest.raises(EvidenceError, match="the fact places is damaged: 'many'"):
        RunFacts.of([Fact(1, 0, "places", "many")])


def test_no_two_fields_of_an_outcome_have_one_key() -> None:
    for kind in (*KINDS.values(), Asked, RunFacts):
        keys = [one.metadata.get("key", one.name) for one in fields(kind)]
        assert len(set(keys)) == len(keys)
