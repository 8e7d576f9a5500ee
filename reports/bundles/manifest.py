"""The manifest: an in-toto Statement about the members of a bundle, each with its SHA-256."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from .archive import LIMITS, MANIFEST, TIMESTAMP, BundleError
from .evidence_copy import digest_of

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "urn:ippmailto:bundle:1"
OUTSIDE: Final = (MANIFEST, TIMESTAMP)  # the manifest itself, and what is made about it
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class StatementOrigin(StrEnum):
    """Where the conformance statement comes from, and so whether the printer was held to it."""

    RUN = "of the run"
    GIVEN = "given when it was judged"
    NOBODY = "drafted from what the printer says; nobody declares it"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is signed.

    ``recorded``: the digests of the evidence as it was recorded, of which the bundle has a copy; ``masked``: in how
    many sessions that has stars for a login.
    """

    digests: Mapping[str, str]
    verdict: str
    declared: StatementOrigin
    judges: Mapping[str, str]
    recorded: Mapping[str, str]
    masked: int

    def statement(self) -> dict[str, Any]:
        """As in-toto has it."""
        return {
            "_type": STATEMENT,
            "subject": [{"name": name, "digest": {"sha256": self.digests[name]}} for name in self.digests],
            "predicateType": PREDICATE,
            "predicate": {
                "verdict": self.verdict,
                "ics": self.declared.name.lower(),
                "judges": dict(self.judges),
                "evidence": {"recorded": dict(self.recorded), "masked-sessions": self.masked},
            },
        }

    @classmethod
    def of(cls, payload: bytes) -> Manifest:
        """From what was signed; raises ``BundleError``."""
        try:
            data = json.loads(payload)
            if data["_type"] != STATEMENT or data["predicateType"] != PREDICATE:
                raise BundleError("its manifest is of another kind than this version reads")
            digests = {one["name"]: one["digest"]["sha256"] for one in data["subject"]}
            predicate = data["predicate"]
            evidence = predicate["evidence"]
            if len(digests) < len(data["subject"]) or not all(map(_SHA256.fullmatch, digests.values())):
                raise ValueError
            if not set(digests) <= set(LIMITS) - {*OUTSIDE} or type(evidence["masked-sessions"]) is not int:
                raise ValueError
            return cls(
                digests,
                str(predicate["verdict"]),
                StatementOrigin[predicate["ics"].upper()],
                {str(name): str(digest) for name, digest in predicate["judges"].items()},
                {str(name): str(digest) for name, digest in evidence["recorded"].items()},
                evidence["masked-sessions"],
            )
        except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise BundleError("its manifest is damaged") from error

    def wrong(self, members: Mapping[str, Path]) -> list[str]:
        """The members that are not those that were signed, by name."""
        found = {name: digest_of(path) for name, path in members.items() if name not in OUTSIDE}
        return [name for name in LIMITS if found.get(name) != self.digests.get(name)]
