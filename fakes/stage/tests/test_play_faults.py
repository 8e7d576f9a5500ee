"""Several plays ask one recipient for faults, and do not disturb each other."""

from __future__ import annotations

import asyncio
from pathlib import Path

from conformance.faults import Place, script
from conformance.record.evidence import EvidenceFile
from fakes.recipient.faults import Applied
from fakes.recipient.journal import Journal
from fakes.recipient.recipient import Recipient
from fakes.stage.play_faults import PlayFaults


def rcpt(recipient: Recipient, address: str) -> Applied | None:
    return recipient.faults.apply(Place.RCPT, 1, [address])


async def _with_play_faults(path: Path) -> tuple[Journal, Recipient, PlayFaults]:
    journal = Journal(EvidenceFile.create(path))
    recipient = Recipient(journal)
    return journal, recipient, PlayFaults(recipient)


def test_a_fault_that_was_used_up_stays_used_up_when_another_play_begins(tmp_path: Path) -> None:
    async def play() -> None:
        journal, recipient, play_faults = await _with_play_faults(tmp_path / "e")
        play_faults.set(1, script("rcpt to a@x.example: 451 x1"))
        assert rcpt(recipient, "a@x.example") is not None
        play_faults.set(2, script("rcpt to b@x.example: 550"))
        assert rcpt(recipient, "a@x.example") is None
        play_faults.clear(2)
        assert rcpt(recipient, "a@x.example") is None
        assert rcpt(recipient, "b@x.example") is None
        await journal.close()

    asyncio.run(play())


def test_a_play_that_changes_its_faults_counts_anew_and_others_go_on(tmp_path: Path) -> None:
    async def play() -> None:
        journal, recipient, play_faults = await _with_play_faults(tmp_path / "e")
        play_faults.set(1, script("rcpt to a@x.example: 451 x1"))
        play_faults.set(2, script("rcpt to b@x.example: 451 x2"))
        assert rcpt(recipient, "a@x.example") is not None
        assert rcpt(recipient, "b@x.example") is not None
        play_faults.set(1, script("rcpt to a@x.example: 451 x1"))
        assert rcpt(recipient, "a@x.example") is not None
        assert rcpt(recipient, "b@x.example") is not None
        assert rcpt(recipient, "b@x.example") is None
        await journal.close()

    asyncio.run(play())


def test_plays_that_ask_for_the_very_same_fault_keep_apart(tmp_path: Path) -> None:
    async def play() -> None:
        journal, recipient, play_faults = await _with_play_faults(tmp_path / "e")
        same = script("rcpt: 451 x1")
        play_faults.set(1, same)
        play_faults.set(2, same)
        play_faults.clear(1)
        assert rcpt(recipient, "a@x.example") is not None
        assert rcpt(recipient, "a@x.example") is None
        await journal.close()

    asyncio.run(play())
