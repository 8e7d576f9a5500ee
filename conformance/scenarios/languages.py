"""Stimuli for the charset and the language of mails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .needs import FORMATS, WITH_FORMATS
from .steps import (
    IPP,
    Ask,
    AwaitMail,
    Print,
    Query,
    QueryJob,
    Scenario,
    Subscribe,
    Unsubscribe,
    tagged,
)

LANGUAGES: Final = 4  # of those a printer lists, so many are tried; some list thirty


def _words() -> Iterator[Scenario]:
    """Charsets and languages."""
    programs = ("machine", "words", "counted")
    for charset in ("us-ascii", "utf-8", "iso-8859-1", "x-ippmailto-unregistered"):
        yield _one_mail(f"printer/charset-{charset}", Ask(format=IPP, charset=charset), "charset", *programs)
    for n in range(1, LANGUAGES + 1):
        yield _one_mail(f"printer/language-{n}", Ask(format=IPP, language=f"{{language{n}}}"), "language", *programs)
    for word, media in (("html", "text/html; charset=utf-8"), ("text", "text/plain; charset=utf-8")):
        ask = Ask(format=media, charset="iso-8859-1")
        yield _one_mail(f"printer/charset-{word}-utf-8", ask, "overruled")
    html = "text/html"
    one, other = Ask(format=html, charset="iso-8859-1"), Ask("t", format=html, charset="utf-8")
    yield Scenario(
        "printer/charset-html",
        (
            Subscribe(one),
            Subscribe(other),
            Query(label="granted"),
            Print(name="{job} Grüße"),
            AwaitMail(),
            AwaitMail("t"),
            Unsubscribe(),
            Unsubscribe("t"),
        ),
        tagged("per-printer", "without-parameter"),
        FORMATS,
        WITH_FORMATS,
        alone=True,
    )
    yield Scenario(
        "job/two-languages",
        (
            Print(asks=(Ask("s", language="{language1}"), Ask("t", language="{language2}"))),
            AwaitMail("s"),
            AwaitMail("t"),
        ),
        tagged("two-languages", "per-job"),
        editions=WITH_FORMATS,
    )


def _one_mail(name: str, ask: Ask, *tags: str) -> Scenario:
    """A mail about a job whose name no ASCII text can hold."""
    return Scenario(
        name,
        (
            Subscribe(ask),
            Query(label="granted"),
            Print(name="{job} Grüße"),
            AwaitMail(),
            QueryJob(label="job"),
            Unsubscribe(),
        ),
        tagged("per-printer", *tags),
        FORMATS,
        WITH_FORMATS,
        alone=True,
    )


SCENARIOS: Final[tuple[Scenario, ...]] = tuple(_words())
