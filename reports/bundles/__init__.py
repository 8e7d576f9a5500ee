"""Bundles: a run in one signed archive, for whoever has to believe its verdict, and the check of one.

``archive`` is the form, ``making`` fills it, ``verifying`` doubts it, ``rejudging`` holds it to the catalogue of today.
Nothing in here decides a verdict: the evidence is judged again by ``reports.judging``.
"""

from __future__ import annotations

from .archive import BundleError
from .making import BundleParts, make_bundle
from .rejudging import Rejudged, rejudge_bundle, rejudged_json, rejudged_lines, told_verdict
from .signing import PublicKey, key_octets, make_key
from .timestamps import authorities
from .verifying import Trust, Verification, verify_bundle

__all__ = [
    "BundleError",
    "BundleParts",
    "PublicKey",
    "Rejudged",
    "Trust",
    "Verification",
    "authorities",
    "key_octets",
    "make_bundle",
    "make_key",
    "rejudge_bundle",
    "rejudged_json",
    "rejudged_lines",
    "told_verdict",
    "verify_bundle",
]
