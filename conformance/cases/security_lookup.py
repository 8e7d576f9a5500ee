"""Looks at requests that went by ways of their own, for the cases on security."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.record import PlayRecord, StepRecord, rows
from conformance.record.exchanges import Answer, answer_of
from conformance.record.outcomes import Approached
from conformance.verdict import Inconclusive, NotApplicable, Where
from conformance.wire import ipp
from conformance.wire.http import ResponseHead, response_heads, tls_tokens
from conformance.wire.registry import GroupTag, Operation

URIS, SECURITY, AUTHENTICATION = "printer-uri-supported", "uri-security-supported", "uri-authentication-supported"
LISTS: Final = (URIS, AUTHENTICATION, SECURITY)
IN_TLS: Final = ("tls", "ssl3")  # keywords of uri-security-supported (RFC 2911 section 4.4.3)
OK, SWITCHING, UNAUTHORIZED, UPGRADE_REQUIRED = 200, 101, 401, 426
OURS: Final = "in the IXIT"  # part of a problem that another setting of ours would mend
NETWORK: Final = ("unreachable",)
CERTIFICATE: Final = "certificate"  # of uri-authentication-supported (RFC 2911 section 4.4.2)
SILENT: Final = "timeout"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that went by a way of its own, and what came back."""

    label: str
    outcome: Approached
    exchange: rows.Exchange

    @property
    def answer(self) -> Answer | None:
        """What came back, if that was IPP."""
        return answer_of(self.exchange)

    @property
    def ok(self) -> bool:
        """Whether the printer did what it was asked for."""
        return self.answer is not None and self.answer.ok

    @property
    def status(self) -> int:
        """The status of HTTP; 0 where no whole response came."""
        return self.exchange.http_status

    @property
    def spoke_http(self) -> bool:
        """Whether anything came back that is HTTP."""
        return bool(self.heads)

    @property
    def heads(self) -> list[ResponseHead]:
        """Those of all responses that it got."""
        return response_heads(self.exchange.response_head)

    @property
    def head(self) -> ResponseHead:
        """That of the last one."""
        heads = self.heads
        return heads[-1] if heads else ResponseHead(0)

    @property
    def has_password(self) -> bool:
        """Whether a password went with the request, in whatever form."""
        return b"\nauthorization:" in self.exchange.request_head.lower()

    @property
    def switched(self) -> bool:
        """Whether the printer said that it goes into TLS."""
        return any(head.status == SWITCHING for head in self.heads)

    @property
    def tokens(self) -> list[str]:
        """What it says of TLS in an Upgrade header."""
        return tls_tokens(self.head)

    @property
    def where(self) -> Where:
        """Its place in the evidence."""
        return Where("ipp", self.exchange.id)

    def said(self) -> str:
        """What came of it, in words."""
        how = f" in {self.exchange.tls}" if self.exchange.tls else " in the clear"
        if self.answer is not None:
            return f"{self.answer.operation} at {self.outcome.uri} answered {self.answer.keyword}{how}"
        return f"{self.outcome.uri}: {self.exchange.problem_text}"


def step_of(play: PlayRecord, label: str) -> tuple[StepRecord, Approached]:
    """The step with that label, and what came of it."""
    step = play.labelled(label)
    return step, step.came_of(Approached)


def visit(play: PlayRecord, label: str) -> Visit:
    """What came of an approach; ``NotApplicable`` where this printer has no such way."""
    step, outcome = step_of(play, label)
    if outcome.not_sent:
        raise NotApplicable(outcome.not_sent)
    if not step.exchanges:
        raise Inconclusive(f"nothing was recorded of {label}")
    return Visit(label, outcome, step.exchanges[-1])


def visited(play: PlayRecord, *labels: str) -> list[Visit]:
    """Those of the approaches that were made; earlier versions made fewer."""
    found = []
    for label in labels:
        try:
            step, outcome = step_of(play, label)
        except NotApplicable:
            continue
        if not outcome.not_sent and step.exchanges:
            found.append(Visit(label, outcome, step.exchanges[-1]))
    return found


def require_tls(control: Visit) -> None:
    """``Inconclusive`` unless TLS was seen to work: what is refused in the clear may be refused there as well."""
    if not control.exchange.tls or not control.ok:
        raise Inconclusive(f"TLS was not seen to work: {control.said()}", (control.where,))


def require_ours_in_order(play: PlayRecord, one: Visit) -> None:
    """``Inconclusive`` where a request failed for want of something that we have, or for the network.

    Who wants a certificate and gets none, or one that he does not like, may close without a word.
    """
    if one.status:
        return
    if OURS in one.exchange.problem_text or one.exchange.problem in NETWORK:
        raise Inconclusive(one.said(), (one.where,))
    in_tls = one.exchange.problem == "tls" or (one.exchange.problem == "closed" and one.exchange.tls)
    if in_tls and CERTIFICATE in listed(play, AUTHENTICATION):
        raise Inconclusive(f"{one.said()}; it lists {CERTIFICATE}, and may miss one of ours {OURS}", (one.where,))


# ---------------------------------------------------------------- the lists


@dataclass(frozen=True, slots=True)
class Lists:
    """The three parallel attributes of one answer; ``None`` for one that is not there."""

    answer: Answer
    uris: Sequence[str] | None
    security: Sequence[str] | None
    authentication: Sequence[str] | None

    @classmethod
    def of(cls, answer: Answer) -> Lists | None:
        """From an answer about the printer; ``None`` where it has no attributes of a printer."""
        group = answer.message.first(GroupTag.PRINTER)
        if group is None:
            return None
        return cls(answer, *(_texts(group, name) for name in (URIS, SECURITY, AUTHENTICATION)))

    @property
    def counts(self) -> dict[str, int]:
        """How many values each has."""
        return {
            URIS: len(self.uris or ()),
            AUTHENTICATION: len(self.authentication or ()),
            SECURITY: len(self.security or ()),
        }

    def attribute(self, name: str) -> ipp.Attribute | None:
        """One of them as it came."""
        group = self.answer.message.first(GroupTag.PRINTER)
        return group.get(name) if group is not None else None

    def where(self, name: str = URIS) -> Where:
        """Where it stands in the answer."""
        return self.answer.where(self.attribute(name))


def _texts(group: ipp.Group, name: str) -> list[str] | None:
    attribute = group.get(name)
    return attribute.texts() if attribute is not None else None


def told_lists(play: PlayRecord, *labels: str) -> Iterator[Lists]:
    """Those that the printer told in these approaches, and where it was asked by the way of the run."""
    answers = [v.answer for v in visited(play, *labels)]
    answers += [answer for step in play.steps if step.row.kind == "Describe" for answer in step.answers]
    for answer in answers:
        if answer is not None and answer.ok and (lists := Lists.of(answer)) is not None:
            yield lists


def all_lists(play: PlayRecord) -> Iterator[Lists]:
    """Those in whatever answer of a play that has any."""
    for step in play.steps:
        for exchange in step.exchanges:
            answer = answer_of(exchange)
            if answer is not None and answer.ok and (lists := Lists.of(answer)) is not None and lists.uris:
                yield lists


def listed(play: PlayRecord, name: str) -> list[str]:
    """The values of one of the lists, as the printer told it by the way of the run."""
    attribute = play.run_record.printer.get(name) if play.run_record.printer is not None else None
    return attribute.texts() if attribute is not None else []


def refuses_in_clear(play: PlayRecord, *in_clear: Visit) -> bool:
    """Whether the printer shows that it does: by 426, or by lists where every URI wants TLS, and nothing done without.

    Lists alone show nothing: a printer may list in TLS what there is in TLS.
    """
    if any(v.status == UPGRADE_REQUIRED for v in in_clear):
        return True
    security = listed(play, SECURITY)
    harmless = [
        v for v in in_clear if v.outcome.asks == () and v.exchange.operation != Operation.GET_PRINTER_ATTRIBUTES
    ]
    refused = harmless and not any(v.answer is not None for v in harmless)
    return bool(security) and set(security) <= set(IN_TLS) and bool(refused)


def lists_the_clear(play: PlayRecord) -> bool:
    """Whether the printer has a URI for the clear: then it may want TLS for some operations, and not for others."""
    return "none" in listed(play, SECURITY)
