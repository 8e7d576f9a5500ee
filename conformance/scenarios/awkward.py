"""Stimuli with awkward data: names, user data and recipients that a mail or a command cannot hold as they stand.

Where a value tries to add something, what it would add can be told from everything else: a field ``X-Injected`` and
the address ``{other}``, which no mail ought to go to.  Names are put into requests as UTF-8, user data as Latin-1.
The name of a job begins with one of its own, since there are printers that tell a subscriber about others' jobs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .steps import Ask, AwaitMail, Print, Scenario

# A job's name, and his who prints it; every one a text that a Subject and a display name can be made of.
PRINTABLE: Final = {
    "quotes": 'the "Q3" report',
    "angles": "<Bob> Jones <bob@elsewhere.example>",
    "commas": "Jones, Bob, and, sons",
    "backslashes": "ACME\\bob\\",
    "colons": "Dr: Bob; re: you",
    "parentheses": "Bob (the (very) best) :-(",
    "dots-and-at": "J. R. Bob. @ ACME Inc.",
    "blanks": "  Bob   Jones ",
    "two-octets": "Größe Ångström",
    "three-octets": "印刷 € бобスミス",
    "four-octets": "🖨️ 𐍈𐍉 🧾",
    "mixed-scripts": 'Ελλάς, שלום <ö> "日本"',
}

# Names that a printer may well show in another form: only what comes of them on the way is looked at.
OTHER: Final = {
    "255-octets": "{job:n<255}",
    "254-octets-of-umlauts": "{job:ü<130}",
    "long-words": "{job:w<84} " + " ".join(["w" * 84] * 2),
    "encoded-word": "{job} =?utf-8?Q?Bcc=3A_x?= =?us-ascii?B?eA==?=",
    "half-encoded-word": "{job} =?utf-8?Q?=0D=0AX-Injected:_{local}",
    "bidi-controls": "{job} invoice \u202egnp.\u2066exe\u2069 \u200fx",
    "line-separators": "{job}\u2028two\u2029three\u0085X-Injected: {local}",
    "escapes": "{job} \x1b[31mred\x1b[0m\x07 \x7f\x08",
    "tabs": "\t{job}\tJones\t",
    "empty": "",
}
HOSTILE: Final = {
    "crlf-field": "{job} x\r\nX-Injected: {local}\r\nBcc: {other}",
    "lf-field": "{job} x\nX-Injected: {local}",
    "cr-field": "{job} x\rX-Injected: {local}",
    "crlf-body": "{job} x\r\n\r\nX-Injected: {local}",
    "crlf-blank-fold": "{job} x\r\n \r\n\tX-Injected: {local}",
    "crlf-dot": "{job} x\r\n.\r\nMAIL FROM:<{other}>\r\nRCPT TO:<{other}>\r\nDATA\r\nX-Injected: {local}\r\n",
    "nul": "{job} x\0y",
    "address": "{job} x <{other}>, y",
}
# Wherever a line is broken, one of these has a dot there, and no second one behind it that would look like its double.
DOTS: Final = {"words": "{job}" + " .dot" * 40, "row": "{job} ü" + ".x" * 110, "line": "{job} x\r\n.\r\n..\r\n.y"}

USER_DATA: Final = {
    "63-octets": "{user63}",
    "64-octets": "{user64}",
    "quoted-local-part": '{prefix}"bob \\"j\\" jones"@subscriber.example',
    "crlf-field": "{prefix}a@b.example\r\nX-Injected: {local}",
    "crlf-bcc": "{prefix}a@b.example\r\nBcc: {other}",
    "crlf-rcpt": "{prefix}a@b.example>\r\nRCPT TO:<{other}",
    "lf-field": "{prefix}a@b.example\nX-Injected: {local}",
    "bracket": "{prefix}a@b.example>",
    "two-addresses": "{prefix}a@b.example>, <{other}",
    "nul": "{prefix}a\0@b.example",
    "beyond-ascii": "{prefix}bj\xc3\xb6rn@b.example",
    "no-address": "{prefix}not an address at all",
    "empty": "",
}

# The recipient URI, and the address it comes to when it is read as a URI.
RECIPIENTS: Final = {
    "crlf-field": ("mailto:{address}%0D%0AX-Injected:%20{local}", "{address}"),
    "crlf-bcc": ("mailto:{address}%0d%0aBcc:%20{other}", "{address}"),
    "crlf-rcpt": ("mailto:{address}%3E%0D%0ARCPT%20TO:%3C{other}", "{address}"),
    "crlf-in-local-part": ("mailto:{local}%0D%0AX-Injected:%20{local}@{domain}", "{address}"),
    "nul": ("mailto:{local}%00x@{domain}", "{address}"),
    "bracket": ("mailto:{address}%3E%3C{other}", "{address}"),
    "plus": ("mailto:{local}%2Btag@{domain}", "{local}+tag@{domain}"),
    "quoted-local-part": ("mailto:%22{local}%20x%22@{domain}", '"{local} x"@{domain}'),
    "upper-case-scheme": ("MAILTO:{address}", "{address}"),
    "slashes": ("mailto://{address}", "{address}"),
    "two-addresses": ("mailto:{address},{other}", "{address}"),
}
PARAMETERS: Final = {
    "subject": "mailto:{address}?subject=Hello%20there",
    "subject-crlf": "mailto:{address}?subject=x%0D%0ABcc:%20{other}",
    "cc": "mailto:{address}?cc={other}",
    "bcc": "mailto:{address}?bcc={other}",
    "to": "mailto:{address}?to={other}",
    "several": "mailto:{address}?subject=x&body=y&cc={other}&bcc={other}",
}


def _play(name: str, *tags: str, ask: Ask | None = None, job: str = "{job}", user: str = "Bob Jones") -> Scenario:
    steps = (Print(asks=(ask or Ask(),), name=job, user=user), AwaitMail())
    return Scenario(f"awkward/{name}", steps, frozenset(("awkward", *tags)))


def _rows() -> Iterator[Scenario]:
    for name, text in PRINTABLE.items():
        kind = () if text.isascii() else ("beyond-ascii",)
        yield _play(f"names-{name}", "mail", *kind, job=f"{{job}} {text}", user=text)
    for name, text in OTHER.items():
        yield _play(f"names-{name}", *_kinds(name), job=text, user=text)
    for name, text in HOSTILE.items():
        yield _play(f"job-{name}", "controls", job=text)
        yield _play(f"user-{name}", "controls", user=text)
    for name, text in DOTS.items():
        yield _play(f"dots-{name}", "dots", job=text)
        utf_8 = _play(f"dots-{name}-utf-8", "dots", ask=Ask(format="text/plain; charset=utf-8"), job=text)
        yield Scenario(utf_8.id, utf_8.steps, utf_8.tags, ("attribute:notify-format",))
    for name, text in USER_DATA.items():
        whole = ("mail",) if name == "63-octets" else ()  # an address like any other, and as long as it may be
        yield _play(f"user-data-{name}", "awkward-user-data", *whole, ask=Ask(user_data=text))
    for name, (uri, address) in RECIPIENTS.items():
        encoded = ("percent-encoded",) if name == "plus" else ()
        yield _play(f"recipient-{name}", "awkward-recipient", *encoded, ask=Ask(recipient=uri, reaches=address))
    for name, uri in PARAMETERS.items():
        yield _play(f"recipient-with-{name}", "parameters", ask=Ask(recipient=uri))


def _kinds(name: str) -> tuple[str, ...]:
    if name.startswith(("25", "long")):
        return ("long", "beyond-ascii") if name.endswith("umlauts") else ("long",)
    if name in ("bidi-controls", "line-separators"):
        return ("beyond-ascii",)
    return ("controls",) if name in ("escapes", "tabs") else ()


SCENARIOS: Final[tuple[Scenario, ...]] = tuple(_rows())
