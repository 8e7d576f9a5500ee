"""``bundle``, ``verify``, ``rejudge``: a run in a signed archive, whether it can be believed, and today's verdict."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from conformance.record.rows import EvidenceError
from conformance.verdict import name_shown, on_one_line
from reports.bundles import (
    BundleError,
    BundleParts,
    PublicKey,
    Trust,
    authorities,
    key_octets,
    make_bundle,
    make_key,
    rejudge_bundle,
    rejudged_json,
    rejudged_lines,
    verify_bundle,
)
from reports.declarations import StatementError
from reports.exits import Exit, UsageError
from reports.judging.judging import OwnFaultError
from reports.writing import own_fault, remark, say

from .gating import since


def bundling(options: argparse.Namespace) -> int:
    """One of the commands."""
    try:
        return {"bundle": _bundle, "verify": _verify, "rejudge": _rejudge}[options.command](options)
    except (UsageError, EvidenceError, StatementError, BundleError) as error:
        remark(error)
        return Exit.USAGE
    except OwnFaultError as error:
        own_fault(error)
        return Exit.OWN_FAULT


def _bundle(options: argparse.Namespace) -> Exit:
    if options.new_key:
        public = make_key(options.new_key)
        key = name_shown(options.new_key)
        say(f"{key} is the key to sign with, for you alone; {key}.pub is for who verifies")
        say(f"Key       SHA-256 {public.fingerprint}")
        if options.reports is None:
            return Exit.CONFORMS
    if options.reports is None:
        raise UsageError("name a report directory, or --new-key FILE to make a key")
    named: Path = options.reports if options.reports.name not in ("", "..") else options.reports.resolve()
    target = options.output or named.parent / f"{named.name or 'report'}.bundle"
    given = BundleParts(
        options.key or options.new_key, options.timestamp, options.evidence, options.waivers, options.ics
    )
    made = make_bundle(options.reports, target, given, overwrite=options.overwrite)
    say(f"{name_shown(target)}: {made.verdict}, judged again and the same")
    say(f"Signed    by SHA-256 {made.signer}" if made.signer else "Unsigned  nobody answers for it; --key FILE signs")
    if made.masked:
        say(f"Masked    logins in {made.masked} of its SMTP sessions; the evidence that was recorded has them")
    say(f"SHA-256   {made.sha256}")
    return Exit.CONFORMS


def _verify(options: argparse.Namespace) -> Exit:
    trust = Trust(
        PublicKey.of(key_octets(options.key), str(options.key)) if options.key else None,
        authorities(options.timestamp_authority) if options.timestamp_authority else (),
        options.any_signer,
    )
    found = verify_bundle(options.bundle, trust)
    if found.wrong:
        head, code = "refused", Exit.DOES_NOT_CONFORM
    elif found.unknown:
        head, code = "inconclusive", Exit.INCONCLUSIVE
    else:
        head, code = "verified", Exit.CONFORMS
    verdict = f", a run that came to: {found.verdict}" if code is not Exit.DOES_NOT_CONFORM else ""
    say(on_one_line(f"{head}: {options.bundle}{verdict}"))
    for word, told in (*found.wrong, *found.unknown, *found.said):
        say(on_one_line(f"{word:<9} {told}"))
    return code


def _rejudge(options: argparse.Namespace) -> Exit:
    """Each by itself: one that is none does not keep the others from being judged."""
    return max((_rejudge_one(path, as_json=options.json) for path in options.bundle), key=list(Exit).index)


def _rejudge_one(path: Path, *, as_json: bool) -> Exit:
    try:
        found = rejudge_bundle(path)
    except BundleError as error:
        remark(f"{path}: {error}")
        return Exit.USAGE
    except UsageError as error:
        remark(error)
        return Exit.USAGE
    say(json.dumps(rejudged_json(path, found)) if as_json else "\n".join(rejudged_lines(path, found)))
    return since(found.comparison, judged_at_all=found.judged_at_all)
