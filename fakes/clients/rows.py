"""The clients as rows: what each is and does, at which printers, and the requirements whose cases must then say no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from conformance.vocabulary import NTFY_01, Edition
from conformance.wire import ipp
from fakes.printer.security_policy import Authentication, Mode
from fakes.watched import WaySetting

from .scripted import ClientPolicy


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One client; ``breaks`` is empty for one that does nothing wrong."""

    id: str
    says: str
    breaks: tuple[str, ...]
    policy: ClientPolicy
    ways: tuple[WaySetting, ...]
    edition: Edition = Edition.MAILTO_00


EVERY_WAY: Final = tuple(WaySetting(mode) for mode in Mode)
PLAIN, MIXED, TELL, ENFORCE = (WaySetting(m) for m in (Mode.PLAIN, Mode.MIXED, Mode.TELL, Mode.ENFORCE))
BASIC, DIGEST = (WaySetting(Mode.MIXED, a) for a in (Authentication.BASIC, Authentication.DIGEST))
IN_TLS: Final[dict[str, Any]] = {"insists": True, "begins": "tls"}


def _honest(name: str, says: str, *ways: WaySetting, edition: Edition = Edition.MAILTO_00, **does: Any) -> ClientRow:
    return ClientRow(name, says, (), ClientPolicy(**does), ways or EVERY_WAY, edition)


def _lies(name: str, says: str, breaks: tuple[str, ...], *ways: WaySetting, **does: Any) -> ClientRow:
    return ClientRow(name, says, breaks, ClientPolicy(**does), ways)


OBEDIENT_CLIENTS: Final = (
    _honest("clear", "It begins in the clear, and goes into TLS where it is told to."),
    _honest("tls", "It uses TLS or nothing.", **IN_TLS),
    _honest("upgrade", "It uses TLS by Upgrade or nothing.", insists=True, begins="upgrade"),
    _honest("tls-if-there-is", "It begins with TLS, and nobody told it to insist.", begins="tls"),
    _honest("offering", "It offers TLS with its first request.", offers=True),
    _honest("proving", "It proves itself as it is asked to.", BASIC, DIGEST),
    _honest("old-names", "It has the names of the oldest text.", MIXED, vocabulary=NTFY_01),
    _honest("charset-in-the-type", "It wants HTML in UTF-8.", MIXED, format="text/html; charset=utf-8"),
    _honest("charset-of-its-own", "It wants what has no charset, and names one for the rest.", MIXED,
            format="application/postscript", charset="utf-8"),
    _honest("named-address", "Its user data have a name before the address.", MIXED, user_data=b"S <s@example.com>"),
    _honest("by-later-rules", "It has no user data, by the rules of the later edition.", MIXED,
            edition=Edition.MAILTO_04, user_data=None),
    _honest("paging", "It subscribes by other means, without a word of the rest.", MIXED,
            recipient="ippget:", user_data=None, user_name=""),
)  # fmt: skip

LYING_CLIENTS: Final = (
    _lies("clear-though-it-insists", "It was told to insist, and begins in the clear.", ("E2-1",), MIXED, insists=True),
    _lies("clear-where-there-is-no-tls", "The same, at a printer without TLS.", ("E2-1", "E2-2"), PLAIN, insists=True),
    _lies("falls-back", "Where TLS comes to nothing, it goes on in the clear.", ("E2-2",), PLAIN, falls_back=True,
          **IN_TLS),
    _lies("falls-back-from-upgrade", "Where Upgrade comes to nothing, it goes on in the clear.", ("E2-2",), PLAIN,
          falls_back=True, insists=True, begins="upgrade"),
    _lies("offers-beside-its-first-request", "It insists, and offers TLS with an operation in the clear.",
          ("E2-1",), MIXED, insists=True, offers=True),
    _lies("goes-on-offering", "Its offers of TLS come to nothing, and it prints in the clear with another.",
          ("E2-1", "E2-2"), PLAIN, insists=True, offers=True, keeps_offering=True),
    _lies("asks-in-tls-and-prints-in-the-clear", "It asks in TLS, and the job goes in the clear.", ("E2-1",), MIXED,
          prints_in_clear=True, **IN_TLS),
    _lies("deaf-to-the-lists", "It is told that every URI is for TLS, and prints in the clear.", ("E3-4",), TELL,
          prints_in_clear=True),
    _lies("sees-tls-and-leaves-it", "Told that there is TLS only, it sees TLS work, and prints in the clear.",
          ("E3-4",), TELL, prints_in_clear=True, looks_at_tls="trusting"),
    _lies("deaf-to-a-refusal", "It is refused for want of TLS, and prints in the clear.", ("E3-4",), ENFORCE,
          prints_in_clear=True),
    _lies("breaks-tls-off", "The same, and it breaks off the handshake itself before.", ("E3-4",), TELL, ENFORCE,
          prints_in_clear=True, looks_at_tls="without-trust"),
    _lies("strays-again", "Refused in the clear it prints in TLS, and the next job goes in the clear.", ("E3-4",),
          ENFORCE, strays_again=True),
    _lies("half-an-offer", "Refused in the clear it prints there, with an Upgrade that no printer may take up.",
          ("E3-4", "E5-2"), ENFORCE, prints_in_clear=True, keeps_offering=True, offer="without-connection"),
    _lies("password-where-a-digest-is-asked", "It sends its password where Digest is offered.", ("E3-4",), DIGEST,
          scheme="basic"),
    _lies("offer-without-connection", "Its Upgrade is not named in Connection.", ("E5-2",), MIXED,
          offer="without-connection"),
    _lies("offer-not-meant", "It is told to go on in TLS, and sends something else.", ("E5-2",), MIXED,
          offer="not-meant"),
    _lies("deaf-to-101", "TLS comes next, as it asked, and it prints in the clear.", ("E2-1", "E5-2"), MIXED,
          begins="upgrade", insists=True, after_101="a-job"),
    _lies("gone-after-101", "TLS comes next, as it asked, and it goes away.", ("E5-2",), MIXED, begins="upgrade",
          after_101="nothing"),
    _lies("password-before-tls", "It asks for TLS, and has sent its password by then.", ("E2-1",), DIGEST,
          begins="upgrade", insists=True, password_first=True),
    _lies("password-beside-the-digest", "It proves itself by Digest, and sends its password, too.", ("E3-4",), DIGEST,
          scheme="both"),
    _lies("no-user-data", "It gives no address.", ("4.4-4", "4.4-6"), PLAIN, user_data=None),
    _lies("user-data-no-address", "Its user data are a name.", ("4.4-4",), PLAIN, user_data=b"smith"),
    _lies("user-data-of-two-lines", "Its user data are an address and a field of a mail.", ("4.4-4",), PLAIN,
          user_data=b"smith@example.com\r\nBcc: <jones@example.com>"),
    _lies("user-data-half-in-brackets", "Its user data are an address with one bracket.", ("4.4-4",), PLAIN,
          user_data=b"smith@example.com>"),
    _lies("no-user-name", "It does not say for whom it asks.", ("4.11-3", "10-5"), PLAIN, user_name=""),
    _lies("user-name-elsewhere", "It names its user where only printers do.", ("4.11-3",), PLAIN,
          name_in="subscription"),
    _lies("charset-beside-html", "It wants HTML, and names the charset beside it.", ("4.3-9", "4.5-3"), PLAIN,
          format="text/html", charset="utf-8"),
    _lies("charset-twice", "It names a charset in the type and another beside it.", ("4.5-3",), PLAIN,
          format="text/html; charset=utf-8", charset="us-ascii"),
    _lies("blank-user-name", "Its user's name is a blank.", ("4.11-3", "10-5"), PLAIN, user_name=" "),
    _lies("charset-beside-xhtml", "It wants XHTML, and names the charset beside it.", ("4.3-9", "4.5-3"), PLAIN,
          format="application/xhtml+xml", charset="utf-8"),
    _lies("recipient-without-domain", "Its recipient is no mail address.", ("3-5",), PLAIN, recipient="mailto:jones"),
    _lies("recipient-with-a-name", "Its recipient has a name before the address.", ("3-5",), PLAIN,
          recipient="mailto:Jones <jones@example.com>"),
    _lies("recipient-in-brackets", "Its recipient is in brackets.", ("3-5",), PLAIN,
          recipient="mailto:<jones@example.com>"),
    _lies("recipient-without-scheme", "Of the recipients of a job, the second is an address and no URI.", ("3-5",),
          PLAIN, also=ipp.uri("notify-recipient-uri", "jones@example.com")),
    _lies("no-recipient", "Of two subscriptions of a job, the second names nobody.", ("3-5",), PLAIN,
          also=ipp.integer("notify-time-interval", 0)),
    ClientRow("slashes", "Its recipient begins with mailto://.", ("M4-Recipient-2",),
              ClientPolicy(recipient="mailto://jones@example.com"), (PLAIN,), Edition.MAILTO_04),
)  # fmt: skip
