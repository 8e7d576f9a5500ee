"""For tests of others: the mails of a recipient that runs with ``--web``, by its address; nothing but Python is needed.

``docs/api.md`` has an example with pytest.
"""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

SPARE: Final = 30.0  # seconds beyond those that a call is asked to wait


class LivePageError(Exception):
    """A call that came to nothing; ``status`` is what was answered."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{why} ({status})")
        self.status = status


class NoMailError(AssertionError):
    """Fewer mails came than were waited for; ``mails`` are those that did."""

    def __init__(self, wanted: str, count: int, mails: list[dict[str, Any]], timeout: float) -> None:
        super().__init__(f"{len(mails)} of {count} mails came within {timeout:g} s for {wanted or 'anybody'}")
        self.mails = mails


class LiveMails:
    """The mails at an address such as ``http://127.0.0.1:8631/``; ``token`` is for one beyond the loopback."""

    def __init__(self, address: str, token: str = "") -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def last(self) -> int:
        """The number of the newest mail, 0 before there is one: what comes ``after`` it is new."""
        mails = self._json("GET", "/api/state")["mails"]
        assert isinstance(mails, int)
        return mails

    def wait(
        self,
        *,
        to: str = "",
        sender: str = "",
        subject: str = "",
        count: int = 1,
        after: int = 0,
        timeout: float = 10.0,
    ) -> list[dict[str, Any]]:
        """As many mails that fit, the oldest first, each with all that the page has; raises :class:`NoMailError`."""
        wanted = {"to": to, "from": sender, "subject": subject}
        asked = urlencode({**wanted, "count": count, "after": after, "timeout": timeout})
        found = self._json("GET", f"/api/wait?{asked}", timeout)
        if not found["complete"]:
            words = ", ".join(f"{name}={text}" for name, text in wanted.items() if text)
            raise NoMailError(words, count, found["mails"], timeout)
        return [self.mail(summary["id"]) for summary in found["mails"]]

    def mail(self, number: int) -> dict[str, Any]:
        """One mail, taken apart: ``summary``, ``fields``, ``parts``, ``judged``."""
        return self._json("GET", f"/api/mails/{number}")

    def raw(self, number: int) -> bytes:
        """One as it was delivered."""
        return self._ask("GET", f"/api/mails/{number}/raw")

    def session(self, number: int) -> dict[str, Any]:
        """One SMTP session with its dialogue."""
        return self._json("GET", f"/api/sessions/{number}")

    def set_faults(self, script: str) -> list[str]:
        """Have the recipient misbehave so; which faults are in force then."""
        faults = self._json("PUT", "/api/faults", body={"script": script})["faults"]
        assert isinstance(faults, list)
        return faults

    def _json(self, method: str, path: str, timeout: float = 0.0, body: object = None) -> dict[str, Any]:
        found = json.loads(self._ask(method, path, timeout, body))
        assert isinstance(found, dict)
        return found

    def _ask(self, method: str, path: str, timeout: float = 0.0, body: object = None) -> bytes:
        connection = HTTPConnection(self._host, self._port, timeout=timeout + SPARE)
        try:
            sent = None if body is None else json.dumps(body)
            headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
            connection.request(method, path, sent, headers)
            answer: HTTPResponse = connection.getresponse()
            octets = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise LivePageError(answer.status, _why(octets))
        return octets


def _why(octets: bytes) -> str:
    try:
        return str(json.loads(octets)["error"])
    except (ValueError, KeyError, TypeError):
        return "this is not the live page of ippmailto"
