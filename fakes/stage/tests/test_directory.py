"""Directories are asked: a real LDAP server, and multicast DNS on the loopback, with the reference printer in them."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from conformance.record.evidence import EvidenceFile
from conformance.record.outcomes import DirectoryRead, DirectorySource
from conformance.record.run_record import RunRecord
from conformance.scenarios import BY_ID
from conformance.verdict import Outcome
from conformance.vocabulary import Edition
from conformance.wire.directory import entries, instances, xri
from fakes.printer import OBEDIENT, ReferencePrinter
from fakes.printer.security_policy import Mode, SecurityPolicy
from fakes.printer.tests.printer_bench import Notices
from fakes.stage.bench import Sitting, bench, printer_at
from fakes.stage.directory import MOST_ENTRIES, Directory, DirectoryError, DirectoryFile, directory_at
from fakes.stage.ixit import Ixit
from fakes.stage.tests.slapd import ldap_server, needs_slapd
from reports.selftest.trial import judge_quickly

MIXED = replace(OBEDIENT, security=SecurityPolicy(mode=Mode.MIXED))


async def started() -> ReferencePrinter:
    printer = ReferencePrinter(MIXED, outlet=Notices())
    await printer.start()
    return printer


async def recorded(directory: Path, printer: ReferencePrinter, *where: Directory) -> list[DirectorySource]:
    """What a run keeps of these directories, and its evidence in ``directory``."""
    sitting = Sitting(Ixit.for_loopback(), "a test", directories=where)
    evidence = directory / "x.evidence"
    with EvidenceFile.create(evidence) as file:
        async with bench(file, printer_at(printer.uri), sitting) as stage:
            await stage.prepare()
            await stage.perform([BY_ID["security/directory"]], lambda *_: None)
    with EvidenceFile.open(evidence) as file:
        step = RunRecord(file).plays["security/directory"].step("ReadDirectory")
        return list(step.came_of(DirectoryRead).sources)


def verdicts(directory: Path) -> dict[str, set[Outcome]]:
    """Of the entries about directories, by the evidence there."""
    found: dict[str, set[Outcome]] = {}
    for result in judge_quickly(directory / "x.evidence", Edition.MAILTO_00, {"security/directory"}):
        for name in result.requirements:
            found.setdefault(name, set()).add(result.outcome)
    return found


@needs_slapd
def test_an_ldap_server_is_asked_for_the_printer(tmp_path: Path) -> None:
    async def play() -> None:
        printer = await started()
        try:
            own = printer.ldif()
            with ldap_server(tmp_path, own) as url:
                (source,) = await recorded(tmp_path, printer, directory_at(url))
                (filtered,) = await recorded_again(url + "??sub?(printer-name=nobody)")
        finally:
            await printer.stop()
        assert (source.kind, source.not_read, filtered.text) == ("ldif", "", "")
        ((entry,), (told,)) = entries(own), entries(source.text)
        assert {xri(v) for v in entry.get("printer-xri-supported")} == {
            xri(v) for v in told.get("printer-xri-supported")
        }
        assert told.get("printer-location") == [OBEDIENT.location]

    async def recorded_again(url: str) -> list[DirectorySource]:
        return [await directory_at(url).read()]

    asyncio.run(play())
    assert verdicts(tmp_path)["MV-4"] == {Outcome.MET, Outcome.NOT_APPLICABLE}  # there is no DNS-SD in this run
    assert verdicts(tmp_path)["MV-5"] == {Outcome.MET}


def test_an_ldap_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    async def play() -> None:
        printer = await started()
        try:
            (source,) = await recorded(tmp_path, printer, directory_at("ldap://127.0.0.1:1/dc=example"))
        finally:
            await printer.stop()
        assert "the LDAP server does not answer" in source.not_read

    asyncio.run(play())
    assert Outcome.INCONCLUSIVE in verdicts(tmp_path)["MV-4"]
    assert Outcome.VIOLATED not in set[Outcome]().union(*verdicts(tmp_path).values())


def registrations(zone: str) -> list[ServiceInfo]:
    """The reference printer's records as zeroconf takes them."""
    return [
        ServiceInfo(
            f"{one.service}.local.",
            f"{one.name}.{one.service}.local.",
            addresses=[socket.inet_aton("127.0.0.1")],
            port=one.port,
            properties=dict(one.text or {}),
            server="printer-under-test.local.",
        )
        for one in instances(zone)
    ]


def test_multicast_dns_is_asked_for_the_printer(tmp_path: Path) -> None:
    async def play() -> None:
        printer = await started()
        network = AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only)
        try:
            for registration in registrations(printer.zone()):
                await (await network.async_register_service(registration))
            where = directory_at(f"dnssd:{OBEDIENT.printer_name}@127.0.0.1")
            (source,) = await recorded(tmp_path, printer, where)
            nobody = await directory_at("dnssd:Nobody@127.0.0.1").read()
        finally:
            await network.async_close()
            await printer.stop()
        assert (source.kind, source.not_read, nobody.text) == ("zone", "", "")
        found = {(one.service, one.name, one.port): dict(one.text or {}) for one in instances(source.text)}
        own = {(one.service, one.name, one.port): dict(one.text or {}) for one in instances(printer.zone())}
        assert found == own

    asyncio.run(play())
    found = verdicts(tmp_path)
    assert {name: found[name] for name in ("MV-5", "MV-6", "MV-6a")} == {
        "MV-5": {Outcome.MET}, "MV-6": {Outcome.MET}, "MV-6a": {Outcome.MET},
    }  # fmt: skip


def test_files_say_which_kind_they_are(tmp_path: Path) -> None:
    async def play() -> None:
        printer = await started()
        try:
            (tmp_path / "a").write_text(printer.zone())
            (tmp_path / "b").write_text(printer.ldif())
        finally:
            await printer.stop()
        kinds = [(await directory_at(str(tmp_path / name)).read()).kind for name in "ab"]
        assert kinds == ["zone", "ldif"]
        (tmp_path / "a").unlink()
        gone = await DirectoryFile(tmp_path / "a").read()
        assert gone.not_read.startswith("cannot read")
        (tmp_path / "c").write_bytes(b"x" * (1024 * 1024 + 1))
        assert "more than" in (await directory_at(str(tmp_path / "c")).read()).not_read

    asyncio.run(play())


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("ldap://bob:s3cret@h/dc=x", "leave them out"),
        ("dnssd:", "names no instance"),
        ("http://h/", "is no directory"),
        ("/nowhere/at/all", "there is no file"),
    ],
)
def test_what_is_no_directory_is_refused_in_one_line(where: str, said: str) -> None:
    with pytest.raises(DirectoryError, match=said) as caught:
        directory_at(where)
    assert "s3cret" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zeroconf", None)
    with pytest.raises(DirectoryError, match=r"that needs zeroconf: pip install 'ippmailto\[directory\]'"):
        directory_at("dnssd:x")


@needs_slapd
def test_of_very_many_entries_the_first_are_read(tmp_path: Path) -> None:
    others = "\n".join(
        f"dn: cn=p{n},ou=printers,dc=example\nobjectClass: device\nobjectClass: printerServiceAuxClass\ncn: p{n}\n"
        f"printer-name: {OBEDIENT.printer_name}\n"
        for n in range(MOST_ENTRIES + 20)
    )

    async def play() -> None:
        printer = await started()
        try:
            with ldap_server(tmp_path, others) as url:
                (source,) = await recorded(tmp_path, printer, directory_at(url))
        finally:
            await printer.stop()
        assert (source.not_read, len(entries(source.text))) == ("", MOST_ENTRIES)

    asyncio.run(play())
    reasons = [
        r for r in judge_quickly(tmp_path / "x.evidence", Edition.MAILTO_00, {"security/directory"})
        if r.outcome is Outcome.INCONCLUSIVE
    ]  # fmt: skip
    assert any("no entry that is surely this printer's among 100" in r.reason for r in reasons)
    assert Outcome.VIOLATED not in set[Outcome]().union(*verdicts(tmp_path).values())


@pytest.mark.parametrize("name", ["Dr. Müller's", "a\\b", "Büro°1"])
def test_instances_of_awkward_names_are_found(tmp_path: Path, name: str) -> None:
    async def play() -> DirectorySource:
        network = AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only)
        info = ServiceInfo(
            "_ipp._tcp.local.", f"{name}._ipp._tcp.local.", addresses=[socket.inet_aton("127.0.0.1")], port=631,
            properties={"rp": "ipp/print", "note": name}, server="h.local.",
        )  # fmt: skip
        try:
            await (await network.async_register_service(info))
            return await directory_at(f"dnssd:{name}@127.0.0.1").read()
        finally:
            await network.async_close()

    source = asyncio.run(play())
    (one,) = instances(source.text)
    assert (one.name, one.port, one.key("note")) == (name, 631, name)
