"""The private CUPS starts, answers, mails and goes without a trace."""

from __future__ import annotations

import os
import socket
import urllib.request
from pathlib import Path

import pytest

from conformance.wire import ipp
from conformance.wire.registry import GroupTag, Operation, Status

from . import cups
from .cups import CupsDidNotStart, PrivateCups, needs_cups


def ask(uri: str, operation: Operation, *groups: ipp.Group) -> ipp.Message:
    request = ipp.Message(
        operation,
        1,
        (
            ipp.Group(
                GroupTag.OPERATION,
                (
                    ipp.charset("attributes-charset", "utf-8"),
                    ipp.natural_language("attributes-natural-language", "en"),
                    ipp.uri("printer-uri", uri),
                    ipp.name_("requesting-user-name", "jones"),
                ),
            ),
            *groups,
        ),
    )
    post = urllib.request.Request(
        uri.replace("ipp://", "http://"), ipp.encode(request), {"Content-Type": "application/ipp"}
    )
    with urllib.request.urlopen(post, timeout=10) as answer:
        return ipp.decode(answer.read())


@needs_cups
def test_a_private_cups_answers_and_leaves_no_process_and_no_file() -> None:
    with PrivateCups(smtp_port=9, lease_max=300, host_name="printer.example") as private:
        for uri in (private.printer, private.slow, private.faulty):
            answer = ask(uri, Operation.GET_PRINTER_ATTRIBUTES)
            assert (answer.code, answer.problem) == (Status.SUCCESSFUL_OK, None)
        lease = answer.find("notify-lease-duration-supported")
        assert lease is not None
        assert lease.show() == "notify-lease-duration-supported=(0, 300)"
        assert private.processes() == [private.pid]
        directory = private.directory
        assert directory.is_dir()
    assert private.processes() == []
    assert not directory.exists()


@needs_cups
def test_its_notifier_connects_to_the_port_given_and_is_gone_with_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        with PrivateCups(server.getsockname()[1]) as private:
            subscription = (
                ipp.uri("notify-recipient-uri", "mailto:jones@example.com"),
                ipp.keyword("notify-events", "printer-state-changed"),
            )
            group = ipp.Group(GroupTag.SUBSCRIPTION, subscription)
            made = ask(private.printer, Operation.CREATE_PRINTER_SUBSCRIPTIONS, group)
            assert made.find("notify-subscription-id", GroupTag.SUBSCRIPTION) is not None
            assert ask(private.printer, Operation.PAUSE_PRINTER).code == Status.SUCCESSFUL_OK
            connection, _ = server.accept()
            with connection:
                # nobody greets: the notifier waits for us, and has to be ended with its scheduler
                assert len(private.processes()) == 2
                private.__exit__(None, None, None)
                assert private.processes() == []


@needs_cups
def test_a_tree_of_ones_own_is_kept_with_its_log(tmp_path: Path) -> None:
    with PrivateCups(smtp_port=9, cups_tree=str(tmp_path / "cups")) as private:
        assert private.directory == (tmp_path / "cups").resolve()
    assert "Scheduler shutting down" in (private.directory / "log" / "error_log").read_text()


@needs_cups
def test_a_port_that_is_taken_is_a_clear_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CupsDidNotStart, match="does not answer on"):
        PrivateCups(9, ipp_port=taken.getsockname()[1]).__enter__()


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "root" in (cups.missing() or "")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(cups, "_SYSTEM_PATH", "/nowhere")
    assert "apt-get install" in (cups.missing() or "")
