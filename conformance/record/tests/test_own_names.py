"""The names that the stage makes are those that judges read."""

from __future__ import annotations

import pytest

from conformance.record import own_names


def test_the_play_is_read_from_the_names_of_its_jobs() -> None:
    text = f"{own_names.own_job(12, 'j2')} Grüße; {own_names.sentinel_job(7, 431)} done".encode()
    assert own_names.plays_named(text) == {12, 7}


@pytest.mark.parametrize("text", [b"job 12", b"job-id 12", b"job 12 is done", b"sentinel 7", b"job 1234567890j"])
def test_a_number_is_no_name_of_ours(text: bytes) -> None:
    assert own_names.plays_named(text) == set()


def test_a_name_goes_on_behind_its_own_part() -> None:
    assert own_names.own_part(f"{own_names.own_job(3, 'j')} Grüße aus Köln") == own_names.own_job(3, "j")
    assert own_names.is_numbered(own_names.own_job(3, "j"))
    assert not own_names.is_numbered(own_names.own_part("financial report"))


def test_the_addresses_of_a_subscription_have_its_mark() -> None:
    address = own_names.recipient_address("r1", 3, "s", "x.example")
    other = own_names.recipient_address("r1", 3, own_names.nobodys_label("s"), "x.example")
    assert own_names.mark(address, other) == own_names.mark(address, "") == "r1.3.s"
    assert own_names.is_to_nobody(f"RCPT TO:<{other}>\r\n".encode(), "r1.3.s")
    assert not own_names.is_to_nobody(f"RCPT TO:<{address}>\r\n".encode(), "r1.3.s")
