"""What the printer says to those who speak HTTP to it and no IPP."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from fakes.http.connection import Head
from fakes.printer.ipp.requests import PAGE

from .policy import Policy

IPP: Final = "application/ipp"


def path_of(target: str) -> str:
    """The path of a request, which may name its host as well (RFC 2616 section 5.1.2)."""
    return urlsplit(target).path if target.lower().startswith(("http://", "https://")) else target


def page_about(policy: Policy) -> bytes:
    """The page for people."""
    return f"<!DOCTYPE html><title>{policy.make_and_model}</title><p>This is no web site.</p>".encode()


def refusal_of(head: Head) -> tuple[int, list[tuple[str, str]], str] | None:
    """Why a request is no IPP request: status, more headers, text; ``None`` if it may be one."""
    if head.method == "OPTIONS" or (head.method == "GET" and head.target == PAGE):
        return None
    if head.method != "POST":
        return 405, [("Allow", "OPTIONS, POST")], "IPP requests are POSTed"
    if head.get("content-type").partition(";")[0].strip().lower() != IPP:
        return 415, [("Accept", IPP)], f"only {IPP}"
    if "content-encoding" in dict(head.headers):
        return 415, [("Accept-Encoding", "identity")], "no content encoding"
    if head.tokens("expect") - {"100-continue"}:
        return 417, [], "only 100-continue can be expected"
    return None
