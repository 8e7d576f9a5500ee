"""``check``: one mail judged without a printer, for whoever writes the mail."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import unquote

from conformance.record.rows import EvidenceError
from conformance.requirements import Severity
from conformance.verdict import Outcome, RunVerdict, Verdict, judge
from conformance.vocabulary import Edition
from conformance.wire import imf
from conformance.wire.address import addr_spec_problem
from fakes.whole_file import whole_file
from reports.exits import Exit, UsageError
from reports.formats.terminal import width_of
from reports.judging.one_mail import Ingredients, MailVerdict, judge_mail
from reports.viewing.as_text import wrapped
from reports.viewing.octets import spelled
from reports.writing import remark, say

MOST: Final = 64 * 2**20  # octets of a file; the recipient takes half of that
SHOWN: Final = 160  # octets of what is judged
MAILTO: Final = "mailto:"
LONGEST: Final = 1023  # octets of a text in IPP
TEXTS: Final = (
    "printer_name", "user_data", "user_name", "recipient", "job_name", "event", "language", "format",
)  # fmt: skip
TOLD: Final = (Verdict.FAIL, Verdict.WARNING, Verdict.INCONCLUSIVE)


def check(options: argparse.Namespace) -> int:
    """Judge, tell, and say by the exit code what came of it."""
    try:
        octets, told = _read(options.file), _told(options)
    except UsageError as error:
        remark(error)
        return Exit.USAGE
    try:
        with TemporaryDirectory(prefix="ippmailto-") as directory:
            found = judge_mail(octets, told, Path(directory))
    except EvidenceError as error:  # what it is laid into cannot be written
        remark(error)
        return Exit.USAGE
    hard = [
        (r.id, r.severity is Severity.HARD, "") for r in found.catalogue.values()
        if any(r.id in result.requirements for result in found.results)
    ]  # fmt: skip
    verdict = judge(hard, found.results, strict=options.strict)
    say("\n".join(_lines(found, verdict, octets, width_of(sys.stdout))))
    if verdict.counts[Verdict.FAIL]:
        return Exit.DOES_NOT_CONFORM
    unclear = verdict.counts[Verdict.INCONCLUSIVE] or not verdict.counts[Verdict.PASS]
    return Exit.INCONCLUSIVE if unclear else Exit.CONFORMS


def _told(options: argparse.Namespace) -> Ingredients:
    """What the mail ought to be made of; raises ``UsageError`` for what no subscription and no job can have."""
    texts = {name: getattr(options, name) for name in TEXTS}
    for name, text in texts.items():
        option = f"--{name.replace('_', '-')}"
        try:
            size = len((text or "").encode())
        except UnicodeEncodeError as error:
            raise UsageError(f"{option} is not in UTF-8") from error
        if size > LONGEST:
            raise UsageError(f"{option} has {size} octets; IPP has room for {LONGEST}")
    recipient = texts["recipient"]
    if recipient is not None:
        if recipient.lower().startswith(MAILTO):  # it is the whole URI
            texts["recipient"] = recipient = unquote(recipient[len(MAILTO) :].partition("?")[0])
        if (problem := addr_spec_problem(recipient)) is not None:
            raise UsageError(f"--recipient {recipient!a:.80} is no mail address: {problem}")
    if options.job_id is not None and not 0 < options.job_id < 2**31:
        raise UsageError(f"--job-id {options.job_id} is no number of a job; they go from 1 to {2**31 - 1}")
    return Ingredients(
        edition=Edition(options.edition), vocabulary=options.vocabulary, job_id=options.job_id, **texts
    )  # fmt: skip


def _read(path: Path) -> bytes:
    try:
        octets = whole_file(path, MOST)
    except OSError as error:
        raise UsageError(f"cannot read the mail: {error.strerror}: {path}; name a file with one mail in it") from error
    if not octets:
        raise UsageError(f"{path} is empty; name a file with one mail in it")
    if octets.startswith(b"From "):
        raise UsageError(f"{path} is a mailbox; save one mail of it, without the line that begins with 'From '")
    if not any(field.name for field in imf.read(octets).fields):
        raise UsageError(f"{path} has no header field in it; name a file with a mail as it was delivered")
    return octets


def _lines(found: MailVerdict, verdict: RunVerdict, octets: bytes, width: int) -> Iterator[str]:
    counts = ", ".join(f"{verdict.counts[v]} {v.value}" for v in Verdict if verdict.counts[v])
    yield f"{counts or 'nothing judged'}: what one mail can show of {found.catalogue.edition.value}"
    delivered = octets.replace(b"\n", b"\r\n") if b"\r" not in octets else octets
    for wanted in TOLD:
        for requirement in (r for r in verdict.requirements if r.verdict is wanted):
            entry = found.catalogue[requirement.id]
            yield ""
            yield f"{wanted.value.upper()} {entry.id} ({entry.where})"
            yield from wrapped("  Asks", entry.says, width, 12)
            for case in (j.case for j in requirement.cases if j.verdict is wanted):
                if case.outcome is Outcome.VIOLATED:
                    yield from wrapped("  Expected", case.expected, width, 12)
                    yield from wrapped("  Actual", case.actual, width, 12)
                if case.reason:
                    yield from wrapped("  Reason", case.reason, width, 12)
                spans = [where.octets for where in case.where if where.kind == "mail" and where.octets]
                for first, last in spans[:1]:
                    yield f"  Where     octets {first}-{last}: {_excerpt(delivered[first:last])}"
    if found.lacking:
        yield ""
        needs: dict[tuple[str, ...], list[str]] = {}
        for name, what in found.lacking.items():
            needs.setdefault(what, []).append(name)
        for what, names in needs.items():
            yield from wrapped("Not judged", f"{', '.join(names)}: needs {' and '.join(what)}", width, 12)


def _excerpt(octets: bytes) -> str:
    shown = spelled(octets[:SHOWN]).replace("\n", "").replace("\t", "\\t")
    return shown + (" ..." if len(octets) > SHOWN else "")
