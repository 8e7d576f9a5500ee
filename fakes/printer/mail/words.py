"""What the printer can say in English and German, and how a text fits a charset."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from conformance.wire.registry import JobState, PrinterState, keyword_of


class Both(NamedTuple):
    """The same in both languages."""

    en: str
    de: str


PREFIX: Final = Both("Printer message: ", "Druckermeldung: ")  # mailto-00 table 1, Subject
PRINT_JOB: Final = Both("Print Job: ", "Druckauftrag: ")  # mailto-04 section 6.1.3
PRINTER: Final = Both("Printer: ", "Drucker: ")

SUBJECTS: Final = {"job": Both("job", "Druckauftrag"), "printer": Both("printer", "Drucker")}
HAPPENINGS: Final = {
    "created": Both("created", "angelegt"),
    "completed": Both("completed", "abgeschlossen"),
    "stopped": Both("stopped", "angehalten"),
    "progress": Both("progress", "läuft"),
    "purged": Both("purged", "gelöscht"),
    "restarted": Both("restarted", "neu gestartet"),
    "shutdown": Both("shutdown", "heruntergefahren"),
    "state-changed": Both("state changed", "mit neuem Zustand"),
    "config-changed": Both("configuration changed", "mit neuen Einstellungen"),
    "media-changed": Both("media changed", "mit anderem Papier"),
    "finishings-changed": Both("finishings changed", "mit anderer Weiterverarbeitung"),
    "queue-changed": Both("queue changed", "mit anderer Warteschlange"),
    "queue-order-changed": Both("queue order changed", "mit neuer Reihenfolge"),
    "no-longer-full": Both("no longer full", "nimmt wieder Aufträge an"),
    "almost-idle": Both("almost idle", "fast fertig"),
}
STATES: Final = {
    "pending": "wartet",
    "pending-held": "zurückgehalten",
    "processing": "in Arbeit",
    "processing-stopped": "Verarbeitung angehalten",
    "canceled": "abgebrochen",
    "aborted": "vom System abgebrochen",
    "completed": "abgeschlossen",
    "idle": "bereit",
    "stopped": "angehalten",
}
REASONS: Final = {
    "none": "keine",
    "paused": "angehalten",
    "media-jam": "Papierstau",
    "media-empty": "Papier fehlt",
    "media-needed": "Papier wird gebraucht",
    "cover-open": "Abdeckung offen",
    "toner-low": "Toner geht zu Ende",
    "toner-empty": "Toner fehlt",
    "job-incoming": "Daten kommen noch",
    "job-printing": "wird gedruckt",
    "job-hold-until-specified": "bis zu einer Zeit zurückgehalten",
    "job-canceled-by-user": "vom Benutzer abgebrochen",
    "job-completed-successfully": "erfolgreich",
    "printer-stopped": "Drucker angehalten",
}
LABELS: Final = {
    "printer": Both("Printer", "Drucker"),
    "subscriber": Both("Subscriber", "Abonnent"),
    "recipient": Both("Recipient", "Empfänger"),
    "event": Both("Event", "Ereignis"),
    "time": Both("Time", "Zeit"),
    "job-name": Both("Job name", "Auftragsname"),
    "job-id": Both("Job number", "Auftragsnummer"),
    "job-user": Both("Job owner", "Auftraggeber"),
    "job-state": Both("Job state", "Zustand des Auftrags"),
    "job-reasons": Both("Job state reasons", "Gründe"),
    "impressions": Both("Impressions completed", "Gedruckte Seiten"),
    "sheets": Both("Media sheets completed", "Gedruckte Blätter"),
    "printer-state": Both("Printer state", "Zustand des Druckers"),
    "printer-reasons": Both("Printer state reasons", "Gründe beim Drucker"),
    "accepting": Both("Accepting jobs", "Nimmt Aufträge an"),
    "up-time": Both("Printer up time", "Betriebszeit"),
    "printer-uri": Both("Printer URI", "Drucker-URI"),
    "subscription": Both("Subscription", "Abonnement"),
    "sequence": Both("Notification", "Meldung"),
}
SECONDS: Final = Both("seconds", "Sekunden")
YES: Final = Both("yes", "ja")
NO: Final = Both("no", "nein")

FALLBACK_CHARSET: Final = "utf-8"  # has every character, so nothing is lost where the wanted charset is not known
_CHARSET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}")  # 40 is the longest name IANA registers (RFC 2978)
_SAMPLE: Final = f"{'Az09' * 20} ;=?\r\n"
_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
_LETTERS: Final = {
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "đ": "d", "Đ": "D",
    "ł": "l", "Ł": "L", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "\u0131": "i", "€": "EUR", "\u201c": '"',
    "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'", "\u201a": "'", "«": '"', "»": '"', "\u2013": "-",
    "\u2014": "-", "…": "...", "•": "*", "\u00d7": "x",
}  # fmt: skip


def is_german(language: str) -> bool:
    """Whether a naturalLanguage is German; every other language is answered in English."""
    return language.lower().partition("-")[0] == "de"


def say(both: Both, language: str) -> str:
    """One of the two."""
    return both.de if is_german(language) else both.en


def event_words(event: str, language: str, *, short: bool = False) -> str:
    """An event in words; ``short`` leaves out what it happened to.  An unknown event is its own name."""
    subject, _, happening = event.partition("-")
    words = HAPPENINGS.get(happening)
    if subject not in SUBJECTS or words is None:
        return event.replace("-", " ")
    return say(words, language) if short else f"{say(SUBJECTS[subject], language)} {say(words, language)}"


def state_words(kind: type[JobState] | type[PrinterState], number: int, language: str) -> str:
    """A state in words; an unknown number is shown in hexadecimal."""
    keyword = keyword_of(kind, number)
    return STATES.get(keyword, keyword) if is_german(language) else keyword.replace("-", " ")


def reason_words(keyword: str, language: str) -> str:
    """One keyword of job-state-reasons or printer-state-reasons in words; an unknown one stays as it is."""
    return REASONS.get(keyword, keyword) if is_german(language) else keyword.replace("-", " ")


def usable_charset(name: str) -> str:
    """``name`` if texts can be written in it and it leaves ASCII alone, else ``FALLBACK_CHARSET``."""
    if _CHARSET.fullmatch(name):
        try:
            if _SAMPLE.encode(name) == _SAMPLE.encode("ascii"):
                return name
        except (LookupError, UnicodeError):
            pass
    return FALLBACK_CHARSET


def fit(text: str, charset: str, language: str) -> str:
    """``text`` without the characters that ``charset`` lacks: transliterated where that is usual, else "?"."""
    if _fits(text, charset):
        return text
    mails = {**_LETTERS, **_UMLAUTS} if is_german(language) else _LETTERS
    return "".join(c if _fits(c, charset) else _likeness(c, charset, mails) for c in text)


def _likeness(character: str, charset: str, mails: dict[str, str]) -> str:
    likeness = mails.get(character)
    if likeness is None:
        decomposed = unicodedata.normalize("NFKD", character)
        likeness = "".join(c for c in decomposed if not unicodedata.combining(c))
    return likeness if _fits(likeness, charset) else "?"


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeError:
        return False
    return True
