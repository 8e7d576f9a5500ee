"""Judging stored evidence: the field cases over as many mails as one likes, beside the standard library's reader.

As a program (``python -m reports.benchmark.stored WAY EVIDENCE``) it judges one file and tells what that took; so each
measurement has a process, and a memory, of its own.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Final

from conformance.record import rows
from conformance.record.evidence import EvidenceFile
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.scenarios import BY_ID
from conformance.vocabulary import Edition
from conformance.wire.smtp import unstuff
from conformance.wire.smtp_events import EventKind
from fakes.stage.bench import Listener
from fakes.stage.ixit import Ixit
from reports.commands.playing import RunPlan, play
from reports.judging.inventory import case_functions

from .children import ENVIRONMENT, BenchmarkError, memory
from .figures import Figure, Result, Table

SCENARIO: Final = "job/text-plain"
STDLIB_MAILS: Final = 1_000  # as many are enough where each costs ten milliseconds
PLAY: Final = 500  # mails of a play; with this, 100,000 mails have as many plays as a whole run
FIRST: Final = 1_000  # ids of plays, steps and exchanges made here begin after those recorded
BATCH: Final = 5_000  # rows of a transaction when a file is made


def record(path: Path) -> None:
    """A run with one job and one mail, at the reference printer."""
    plan = RunPlan(
        printer_uri=None, listener=Listener(), edition=Edition.MAILTO_00, vocabulary="auto", evidence=path,
        scenarios=[BY_ID["printer/description"], BY_ID[SCENARIO]], ixit=Ixit.for_loopback(), max_subscriptions=None,
        quiet=True,
    )  # fmt: skip
    trouble = asyncio.run(play(plan, io.StringIO()))
    if trouble is not None:
        raise BenchmarkError(f"the reference printer could not be played at: {trouble}")
    with EvidenceFile.open(path) as file:
        if next(file.rows(rows.MailRow), None) is None:
            raise BenchmarkError("the reference printer sent no mail")


def multiply(source: Path, target: Path, mails: int) -> None:
    """The same run as if its play had been given again and again, with many mails in each.

    Each play has an address of its own, each mail a connection and a Message-ID of its own; all else is as recorded.
    """
    with EvidenceFile.open(source) as old, EvidenceFile.create(target) as new:
        model = _Model(old)
        for kind in (rows.Run, rows.Fact, rows.RunEnd):
            new.insert(list(old.rows(kind)))  # type: ignore[type-var, arg-type]  # each is a kind of row
        others = old.rows(rows.Exchange, "play<>?", model.play.id)
        new.insert([replace(exchange, play=0, step=0) for exchange in others])  # their plays are left out
        new.insert([row for k in range(-(-mails // PLAY)) for row in model.played(k)])
        copies = (model.mailed(i) for i in range(mails))
        while batch := list(islice(copies, BATCH)):
            new.insert([row for copy in batch for row in copy])


class _Model:
    """The play that was recorded, to make others like it."""

    def __init__(self, file: EvidenceFile) -> None:
        self.play = next(file.rows(rows.Play, "scenario=?", SCENARIO))
        self.end = next(file.rows(rows.PlayEnd, "play=?", self.play.id))
        self.steps = list(file.rows(rows.Step, "play=?", self.play.id))
        self.exchanges = list(file.rows(rows.Exchange, "play=?", self.play.id))
        self.message = next(file.rows(rows.MailRow))
        self.session = next(file.rows(rows.Session, "id=?", self.message.session))
        stretches = list(file.rows(rows.Transcript, "session=?", self.session.id))
        self.events = [e for t in stretches for e in rows.unpack_events(t.events)]
        data = b"".join(e.octets for e in self.events if e.kind is EventKind.CLIENT)
        self.token = self.message.envelope.partition(b"TO:<")[2].partition(b".")[0]  # of the run, in each address
        at = data.index(b"Message-ID: <") + len(b"Message-ID: <")
        self.known = data[at : at + 8]

    def played(self, k: int) -> Iterator[rows.Row]:
        """The rows of the play, its steps and exchanges, for the k-th time."""
        play, step = FIRST + k, FIRST + k * len(self.steps)
        old, new = self.token.decode(), f"r{k:06x}"
        numbers = {s.id: step + n for n, s in enumerate(self.steps)} | {0: 0}
        yield replace(self.play, id=play)
        for s in self.steps:
            yield replace(s, id=numbers[s.id], play=play, detail=s.detail.replace(old, new))
        for n, e in enumerate(self.exchanges):
            request = e.request.replace(self.token, new.encode())
            yield replace(e, id=FIRST + k * len(self.exchanges) + n, play=play, step=numbers[e.step], request=request)
        yield replace(self.end, play=play)

    def mailed(self, i: int) -> tuple[rows.Row, ...]:
        """The rows of the i-th mail."""
        token, own, n = b"r%06x" % (i // PLAY), b"%08d" % i, i + 1
        events = (
            replace(e, octets=e.octets.replace(self.token, token).replace(self.known, own, 1)) for e in self.events
        )
        envelope = self.message.envelope.replace(self.token, token)
        return (
            replace(self.session, id=n),
            rows.Transcript(n, n, 0, rows.pack_events(events)),
            replace(self.message, id=n, session=n, envelope=envelope),
        )


# ---------------------------------------------------------------- in the process that is measured


def field_cases() -> list[Callable[[PlayRecord], None]]:
    """The cases of Table 1, which look at each mail's fields and body."""
    found = case_functions(Edition.MAILTO_00)
    return [c.function for c in found if c.module.endswith(".test_table1") and SCENARIO in c.scenarios]


def judge(path: Path) -> int:
    """Judge every mail of the file by every field case; returns how many mails there were."""
    with EvidenceFile.open(path) as file:
        run_record, count = RunRecord(file), 0
        for row in file.rows(rows.Play):
            play = PlayRecord(run_record, row)
            for function in field_cases():
                function(play)
            count += len(play.subscription.mails)
        return count


def judge_by_stdlib(path: Path) -> int:
    """The same fields of the same mails by the standard library: parsed, and the addresses and words read."""
    with EvidenceFile.open(path) as file:
        count = 0
        for row in islice(file.rows(rows.MailRow), STDLIB_MAILS):
            octets = unstuff(file.client_octets(row.session, row.start, row.end))
            parsed = email.message_from_bytes(octets, policy=email.policy.SMTP)
            read = [parsed[name].addresses for name in ("From", "Sender", "To")]
            body = parsed.get_body(("plain",))
            if body is None or not (all(read) and parsed["Subject"] and body.get_content()):
                raise BenchmarkError("the standard library cannot read these mails")
            count += 1
        return count


def main(way: str, path: Path) -> None:
    """Print mails, processor seconds and memory as JSON."""
    field_cases()  # modules are loaded before the clock starts
    before = memory(what="VmHWM")
    start = time.process_time()
    mails = {"ours": judge, "stdlib": judge_by_stdlib}[way](path)
    seconds = time.process_time() - start
    print(json.dumps({"mails": mails, "seconds": seconds, "before": before, "memory": memory(what="VmHWM")}))


# ---------------------------------------------------------------- in the process that measures

_HOW: Final = (
    "One job with one mail is recorded at the reference printer; from it files are made with more and more mails, "
    "500 of a play. A process of its own for each file opens it, reads the mails from it, and judges each by all "
    "cases of Table 1 (`conformance/cases/test_table1.py`). Processor time, with opening the file, medians of runs in "
    "turns. Beside it the standard library's `email` with `policy.SMTP` on the same octets, reading the addresses, "
    "the subject and the body of each mail once and judging nothing."
)
_LIMITS: Final = (
    "a mail is read once (about 50 us: the file, the fields, the text) and then looked at by each case, some 8 us a "
    "case, most of it calls. What cases found in the mails of one subscription before (mailboxes, paths, media "
    "types) is kept, so mails that share nothing cost more. Whether a relay brought a mail is asked of its session: "
    "all sessions are read for that, and kept, which is half of the time and most of the memory. A play with more "
    "than 4,096 mails is read again for each case, which makes a mail cost twice as much."
)
SIZES: Final = (1_000, 10_000, 100_000)


def stored(directory: Path, quick: bool, tell: Callable[[str], None]) -> Result:
    """Measure judging; raises ``BenchmarkError``."""
    source, sizes = directory / "recorded.evidence", SIZES[:1] if quick else SIZES
    record(source)
    files = {n: directory / f"{n}.evidence" for n in sizes}
    for n, path in files.items():
        tell(f"judge: making {n:,} mails")
        multiply(source, path, n)
    ours: dict[int, list[_Measured]] = {n: [] for n in sizes}
    stdlib: list[_Measured] = []
    for turn in range(1 if quick else 3):
        tell(f"judge: turn {turn + 1}")
        for n, path in files.items():
            ours[n].append(_measure("ours", path, n))
        stdlib.append(_measure("stdlib", files[sizes[0]], min(sizes[0], STDLIB_MAILS)))
    for path in (source, *files.values()):
        path.unlink()
    return _result(ours, stdlib)


@dataclass(frozen=True, slots=True)
class _Measured:
    seconds: float  # of the processor, a mail
    memory: float  # MB at most


def _measure(way: str, path: Path, mails: int) -> _Measured:
    command = [sys.executable, "-m", "reports.benchmark.stored", way, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if done.returncode != 0:
        raise BenchmarkError(f"judging failed: {done.stderr.strip()[-300:]}")
    told = json.loads(done.stdout)
    if told["mails"] != mails:
        raise BenchmarkError(f"{told['mails']} of {mails} mails were judged")
    return _Measured(told["seconds"] / mails, told["memory"])


def _result(ours: dict[int, list[_Measured]], stdlib: list[_Measured]) -> Result:
    cost = {n: median(m.seconds for m in measured) for n, measured in ours.items()}
    most = {n: max(m.memory for m in measured) for n, measured in ours.items()}
    reading = median(m.seconds for m in stdlib)
    smallest, largest = min(cost), max(cost)
    figures = [Figure(f"messages a second, {n:,} mails", 1 / c, "/s", 5_000) for n, c in cost.items()]
    if largest != smallest:
        ratios = [b.seconds / a.seconds for a, b in zip(ours[smallest], ours[largest], strict=True)]
        what = f"cost of a message at {largest:,} over that at {smallest:,}"
        figures.append(Figure(what, median(ratios), "", 1.2, at_most=True))
    figures += [
        Figure(f"memory, {largest:,} mails", most[largest], "MB", 300, at_most=True),
        Figure("speed over that of the standard library, which only reads", reading / cost[smallest]),
    ]
    rows_ = tuple((f"{n:,} mails", f"{cost[n] * 1e6:,.0f}", f"{most[n]:,.0f}") for n in cost)
    rows_ += (("standard library", f"{reading * 1e6:,.0f}", f"{max(m.memory for m in stdlib):,.0f}"),)
    table = Table(("", "CPU us a mail", "memory MB"), rows_)
    return Result("judge", "Judging stored evidence", _HOW, tuple(figures), (table,), _LIMITS)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
