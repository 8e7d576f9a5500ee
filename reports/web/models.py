"""What the API answers, as classes: the description at /openapi.json is made of them, and answers are held to them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_LISTED: Final = 200  # mails or sessions in one answer
MOST_WAITED: Final = 1_000  # mails that one call waits for
LONGEST_WAIT: Final = 120.0  # seconds; a client asks again
LONGEST_FILTER: Final = 998  # characters, as of a line of a mail
LONGEST_SCRIPT: Final = 16 * 1024  # characters of a fault script

Id = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Answered(BaseModel):
    """Whatever is answered: nothing that is not told of here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MailSummary(Answered):
    """A mail in a list.  Texts are cut to what a list shows; the mail itself has all."""

    id: Id
    session: Id = Field(description="the SMTP session that brought it")
    seconds: float = Field(description="since the evidence was begun")
    time: str = Field(description="the same as a time of day, RFC 3339")
    sender: str = Field(description="of MAIL FROM; empty for the null path")
    recipients: list[str] = Field(description="of RCPT TO, the first few")
    recipients_more: int = Field(ge=0, description="how many more there are")
    subject: str = Field(description="decoded")
    size: int = Field(ge=0, description="octets, without the dots of SMTP where they were read")
    attachments: int | None = Field(description="leaves beside the text body; null where it is too large to look")


class MailList(Answered):
    """Mails, the newest first."""

    mails: list[MailSummary]
    more: bool = Field(description="whether older ones may fit, too: ask with before= the last id")


class HeaderField(Answered):
    """A header field as it was sent."""

    name: str
    raw: str = Field(description="escapes in place of what is not printable ASCII")
    says: str = Field(description="decoded, where that is something else")
    problems: list[str]
    octets: tuple[int, int] = Field(description="where it stands in the mail as delivered")
    source: str = Field(description="from what it ought to be made")
    meets: list[str] = Field(description="requirements about it that what is known of this mail meets")
    breaks: list[str] = Field(description="requirements that this field breaks")


class PartOfMail(Answered):
    """A part of the MIME tree, in order; ``number`` addresses it."""

    number: int = Field(ge=0)
    depth: int = Field(ge=0)
    type: str
    told: str = Field(description="charset, encoding, disposition, file name")
    size: int = Field(ge=0, description="octets of its content, decoded")
    sha256: str = Field(description="of its content, decoded; empty for a multipart")
    leaf: bool
    problems: list[str]


class Judged(Answered):
    """What is known of a mail so far; never more than was looked at."""

    by: Literal["play", "mail", "nothing"] = Field(
        description="play: the cases of its play, which is over; mail: what a mail alone shows; nothing: not yet"
    )
    scenario: str = Field(description="the play whose subscription it came for; empty where none is known")
    broken: list[str] = Field(description="requirements that it breaks")
    met: list[str] = Field(description="requirements that are met as far as that was looked at")
    unclear: list[str] = Field(description="requirements that were looked at without a result")
    says: str = Field(description="the same in a sentence")


class MailMark(Answered):
    """What a list says of a mail by its play: so many requirements that it breaks, else so many that it meets."""

    mail: Id
    kind: Literal["fail", "pass", "quiet"]
    word: str


class MailDetail(Answered):
    """A mail, taken apart."""

    summary: MailSummary
    complete: bool = Field(description="false for one that is too large to be taken apart: take it raw")
    sha256: str = Field(description="of the mail as delivered; empty where it is not complete")
    fields: list[HeaderField]
    parts: list[PartOfMail]
    problems: list[str]
    judged: Judged


class SessionSummary(Answered):
    """An SMTP session in a list."""

    id: Id
    seconds: float
    time: str
    peer: str
    listener: str
    mails: list[int] = Field(description="mails that were taken in it, the first few")
    octets: int = Field(ge=0, description="octets that are on record of it")
    over: bool | None = Field(description="whether it has ended; null where it is too large to look")
    end: str = Field(description="how it ended")
    faults: list[str] = Field(description="faults of ours that it met")


class SessionList(Answered):
    """Sessions, the newest first."""

    sessions: list[SessionSummary]
    more: bool


class DialogueLine(Answered):
    """One line of what was said."""

    seconds: float
    who: Literal["printer", "recipient", "our fault", "connection"]
    text: str


class SessionDetail(Answered):
    """A session with its dialogue."""

    summary: SessionSummary
    lines: list[DialogueLine]
    lines_more: int = Field(ge=0, description="lines that are left out")


class LedgerLine(Answered):
    """A figure of the ledger."""

    word: str
    count: int
    told: str


class PlayFigures(Answered):
    """How the plays of a run go."""

    done: int = Field(ge=0)
    total: int = Field(ge=0, description="0 while it is not known")
    cut_short: int = Field(ge=0)
    under_way: list[str] = Field(description="scenarios, those that have been for longest first")
    waits: str = Field(description="what is waited for")


class BrokenEntry(Answered):
    """A requirement that was broken."""

    id: str
    says: str


class Standing(Answered):
    """How a run stands so far; what is so far is no verdict."""

    plays: PlayFigures
    ledger: list[LedgerLine]
    unaccounted: list[str] = Field(description="mails that nothing accounts for so far")
    judged_plays: int = Field(ge=0, description="plays whose cases have been called")
    met: int = Field(ge=0, description="requirements of which so far nothing was broken and something was met")
    broken: list[BrokenEntry] = Field(description="requirements that were broken so far, for which a printer fails")
    warned: list[BrokenEntry] = Field(description="requirements that were broken so far, for which it is warned")
    trouble: str = Field(description="what is wrong with us, if something is")


class State(Answered):
    """What there is."""

    kind: Literal["recipient", "run"]
    live: bool = Field(description="whether more may come")
    smtp: str
    evidence: str
    began: str
    printer: str
    mails: int = Field(ge=0)
    sessions: int = Field(ge=0)
    faults: list[str] | None = Field(description="fault script in force; null where none can be set here")
    standing: Standing | None = Field(description="of a run; null for a recipient alone")


class Waited(Answered):
    """What came of waiting."""

    complete: bool = Field(description="whether as many came as were waited for")
    mails: list[MailSummary] = Field(description="those that fit, the oldest first")


class FaultScriptText(BaseModel):
    """A fault script, a fault a line; empty for none."""

    model_config = ConfigDict(extra="forbid")
    script: str = Field(max_length=LONGEST_SCRIPT)


class FaultsInForce(Answered):
    """The faults that are in force now, in the order of their lines."""

    faults: list[str]


class Trouble(Answered):
    """Why a call came to nothing."""

    error: str


class MailFilter(BaseModel):
    """Which mails; texts are looked for in whatever case."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    to: str = Field("", max_length=LONGEST_FILTER, description="in an address of RCPT TO")
    sender: str = Field("", alias="from", max_length=LONGEST_FILTER, description="in the address of MAIL FROM")
    subject: str = Field("", max_length=LONGEST_FILTER, description="in the decoded subject")
    q: str = Field("", max_length=LONGEST_FILTER, description="each of these words, in any of the three")

    def fits(self, mail: MailSummary) -> bool:
        """Whether a mail is one of them."""
        subject, sender = mail.subject.lower(), mail.sender.lower()
        to = " ".join(mail.recipients).lower()
        return (
            self.to.lower() in to
            and self.sender.lower() in sender
            and self.subject.lower() in subject
            and all(word in f"{to} {sender} {subject}" for word in self.q.lower().split())
        )

    @property
    def asked(self) -> dict[str, str]:
        """What of it is asked, by the names of the query."""
        every = {"to": self.to, "from": self.sender, "subject": self.subject, "q": self.q}
        return {name: text for name, text in every.items() if text.strip()}


class MailQuery(MailFilter):
    """Which mails of a list."""

    before: Id | None = Field(None, description="only older ones than this")
    limit: int = Field(50, ge=1, le=MOST_LISTED)


class WaitQuery(MailFilter):
    """Which mails to wait for, and for how long."""

    count: int = Field(1, ge=1, le=MOST_WAITED, description="how many have to be there")
    after: int = Field(0, ge=0, le=2**31 - 1, description="only those after this mail; 0 counts all that came")
    timeout: float = Field(10.0, ge=0, le=LONGEST_WAIT, description="seconds")


class EventQuery(MailFilter):
    """Of which mails a stream is to tell."""

    after: int | None = Field(
        None, ge=0, le=2**31 - 1, description="the last mail that is known; by default the newest"
    )


class SessionQuery(BaseModel):
    """Which sessions of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    before: Id | None = Field(None, description="only older ones than this")
    limit: int = Field(50, ge=1, le=MOST_LISTED)
