"""What a place in the evidence holds, ready to be shown: mails, SMTP sessions, IPP exchanges, and the course of a run.

Nothing is judged here.  Octets become text in one way only, ``spelled``; who renders it has nothing left to escape but
its own markup.
"""

from __future__ import annotations

from .course import Course, course_of
from .exchanges import ExchangeView, exchange_view
from .ledger_table import ledger_rows
from .mails import MailView, mail_view
from .octets import Piece, marked, spelled
from .sessions import SessionView, session_view

__all__ = [
    "Course",
    "ExchangeView",
    "MailView",
    "Piece",
    "SessionView",
    "course_of",
    "exchange_view",
    "ledger_rows",
    "mail_view",
    "marked",
    "session_view",
    "spelled",
]
