"""What was negotiated in a run: TLS and proofs of who one is, on the way of the requests and on that of the mails.

An observation, and no verdict.  The secrets of it were starred before it was read.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from conformance.wire.http import response_heads

from . import rows
from .run_record import RunRecord
from .smtp_sessions import SessionRecord

IPP, SMTP = "ipp", "smtp"
UPGRADE, FROM_THE_START, STARTTLS = "upgrade", "from the start", "starttls"
_SWITCHING: Final = 101
_PROOF: Final = re.compile(rb"(?im)^authorization[ \t]*:[ \t]*([A-Za-z0-9_-]{1,20})(?=[ \t\r])")


@dataclass(frozen=True, slots=True, order=True)
class Negotiated:
    """One outcome, and how often it was met: in how many requests, or SMTP sessions.

    ``tls`` is version and cipher suite, empty in the clear, and ``way`` how TLS came about.  ``proof`` is the scheme of
    HTTP or the mechanism of SASL, empty for none.  ``server_name`` is what the client called us by in its handshake
    (SNI), ``problem`` why a handshake failed.
    """

    protocol: str
    tls: str = ""
    way: str = ""
    proof: str = ""
    server_name: str = ""
    problem: str = ""
    times: int = 0

    def __str__(self) -> str:
        kind = ("request" if self.protocol == IPP else "session") + ("s" if self.times != 1 else "")
        way = f" ({self.way})" if self.way else ""
        name = f", to the name {self.server_name}" if self.server_name else ""
        proof = f", {self.proof}" if self.proof else ""
        if self.problem:
            return f"{self.protocol.upper()}: no TLS in {self.times} {kind}{name}: {self.problem}"
        return f"{self.protocol.upper()}: {self.tls or 'in the clear'}{way}{name}{proof}, in {self.times} {kind}"


def negotiated(run_record: RunRecord) -> tuple[Negotiated, ...]:
    """All of it, in order; nothing for a run in which nobody spoke TLS or proved who he is."""
    found = Counter(_of_request(exchange) for exchange in run_record.file.rows(rows.Exchange))
    found.update(_of_session(session) for session in run_record.sessions)
    shown = sorted(
        Negotiated(one.protocol, one.tls, one.way, one.proof, one.server_name, one.problem, times)
        for one, times in found.items()
    )
    return tuple(shown) if any(one.tls or one.proof or one.problem for one in shown) else ()


def _of_request(exchange: rows.Exchange) -> Negotiated:
    proof = _PROOF.search(exchange.request_head)
    way = ""
    if exchange.tls:
        switched = any(head.status == _SWITCHING for head in response_heads(exchange.response_head))
        way = UPGRADE if switched else FROM_THE_START
    return Negotiated(IPP, exchange.tls, way, proof[1].decode("ascii").lower() if proof is not None else "")


def _of_session(session: SessionRecord) -> Negotiated:
    shaken = session.handshake
    if shaken is None:
        return Negotiated(SMTP, proof=session.mechanism)
    if shaken.problem:
        return Negotiated(SMTP, server_name=shaken.server_name, problem=shaken.problem)
    way = STARTTLS if any(turn.verb == "STARTTLS" for turn in session.turns) else FROM_THE_START
    return Negotiated(SMTP, f"{shaken.version} {shaken.cipher}", way, session.mechanism, shaken.server_name)
