"""Mails to nobody who subscribed: what there is to say for them before they count against a printer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote

from conformance.wire import imf

from . import own_names
from .lives import History, Life
from .outcomes import Refused
from .own_names import JOB_NAME
from .received_mail import ReceivedMail
from .recorded_run import address_key
from .run_record import PlayRecord, RunRecord
from .somebody_elses import SomebodyElses
from .subscription_record import SubscriptionRecord

_OWN: Final = re.compile(r"(?<![a-z0-9])[a-z0-9]++\.[0-9]+\.[a-z0-9]+")  # local parts as the stage makes them

_OTHER_RUN: Final = re.compile(r"r[0-9a-f]{6}\.[0-9]+\.[a-z0-9]+@")  # unless its token is this run's


class Strays:
    """Whose a stray mail may be, by what else happened in the run."""

    def __init__(self, run_record: RunRecord, history: History) -> None:
        self._run, self._history, self._others = run_record, history, SomebodyElses(run_record)
        self._doubts: dict[str, str | None] = {}
        self._keys = {address_key(life.address) for life in history.lives}
        self._marks: dict[str, list[Life]] = defaultdict(list)
        for life in history.lives:
            self._marks[own_names.mark(life.address, life.other).lower()].append(life)
        self._users: dict[str, list[tuple[PlayRecord, SubscriptionRecord]]] = defaultdict(list)
        for play in run_record.every_play:
            for s in play.subscriptions.values():
                if s.user_data:
                    address = s.user_data.decode("latin-1").removeprefix("mailto:")
                    self._users[str(address_key(address))].append((play, s))
        served = (mail for mail in run_record.mails if not self._keys.isdisjoint(map(address_key, mail.recipients)))
        self._origins = {run_record.peer_of(mail) for mail in served}

    def is_from_a_known_host(self, mail: ReceivedMail) -> bool:
        """Whether its host brought a mail for one of our subscriptions as well."""
        return self._run.peer_of(mail) in self._origins

    def may_be_anybodys(self, mail: ReceivedMail) -> bool:
        """Whether it came from elsewhere, and nothing of ours stands in it: who else would know of that?"""
        if self.is_from_a_known_host(mail):
            return False
        words = _OWN.findall(_text(mail).lower())
        return not self._names_a_job(mail) and not any(word in self._marks for word in words)

    def _names_a_job(self, mail: ReceivedMail) -> bool:
        """Whether it has the name of a job of ours in it."""
        return any(self._history.named(name) is not None for name in JOB_NAME.findall(_text(mail)))

    def for_somebody_else(self, mail: ReceivedMail, keys: Sequence[str]) -> str | None:
        """Why it may be of a subscription that somebody else has at this printer; ``None`` where it is not.

        Whoever has one hears of our jobs as well, by mails to himself that have no address of ours in them.
        """
        if self._is_marked(mail) or _addresses(mail, "To") != set(keys):
            return None
        if all(_OTHER_RUN.match(key) for key in keys):
            return "its recipient is an address of another run: did the printer still have mail for that one?"
        if self._has_ours(mail):
            return None
        if (doubt := self._doubt(keys)) is not None:
            return doubt
        # A list has no subscriptions of jobs; those tell of their own job alone, and so of none of ours.
        if self._names_a_job(mail) and all(self._others.surely_has_none(key, mail.t) for key in keys):
            return None
        return "no address of ours stands in it: does somebody else have a subscription at this printer?"

    def _has_ours(self, mail: ReceivedMail) -> bool:
        """Whether an address of ours stands in it."""
        return self._is_marked(mail) or any(address_key(one) in self._users for one in _shown(mail))

    def _is_marked(self, mail: ReceivedMail) -> bool:
        """Whether an address that was made for this run stands in it."""
        tokens = {mark.partition(".")[0] for mark in self._marks}
        return any(word.partition(".")[0] in tokens for one in _shown(mail) for word in _OWN.findall(one.lower()))

    def _doubt(self, keys: Sequence[str]) -> str | None:
        """Why one of the subscriptions that are listed for these may be none."""
        for key in keys:
            if key not in self._doubts:
                self._doubts[key] = self._others.doubt(key, {job.id for job in self._history.jobs})
        return next((why for key in keys if (why := self._doubts[key]) is not None), None)

    def are_listed(self, mail: ReceivedMail, keys: Sequence[str]) -> bool:
        """Whether the printer itself lists subscriptions of somebody else's for all of these, and it may be theirs."""
        listed = all(self._others.had(key, mail.t) for key in keys)
        return listed and self._doubt(keys) is None and not self._has_ours(mail)

    def may_be_notice(self, mail: ReceivedMail, keys: Sequence[str]) -> bool:
        """Whether it can tell subscribers of mail that was not delivered: a relay brought it, or some was refused.

        Else there was nothing to tell them of, and nobody had asked for a mail to them.
        """
        if mail.sender != "" or not all(key in self._users for key in keys):
            return False
        asked = (one for key in keys for one in self._users[key])
        return self._run.relayed(mail) is not None or any(self._was_hindered(play, s) for play, s in asked)

    def had_trouble(self, life: Life) -> bool:
        """Whether a mail of that subscription may have been refused or broken off."""
        record = life.play.subscriptions.get(life.label)
        return record is None or self._was_hindered(life.play, record)

    def _was_hindered(self, play: PlayRecord, subscription: SubscriptionRecord) -> bool:
        """Whether its recipient is not a plain one, or a mail to it was refused or broken off."""
        if not _is_plain(subscription) or any(True for _ in play.steps_of(Refused)):
            return True
        name = subscription.address.encode()
        return any(session.in_trouble for session in self._run.naming([name]))

    def is_astray(self, keys: Sequence[str]) -> bool:
        """Whether it was to go to a recipient of ours that is written another way, or with more to it, and got no mail.

        3-7, ISSUE-03 and the cases on awkward data judge that.
        """
        words = dict.fromkeys(word for key in keys for word in _OWN.findall(unquote(key).lower()))
        meant = [life for word in words for life in self._marks.get(word, ())]
        return any(not self._is_served(life) for life in meant)

    def _is_served(self, life: Life) -> bool:
        record = life.play.subscriptions.get(life.label)
        return (record is None or _is_plain(record)) and bool(self._run.mails_to(life.address))

    def is_respelt(self, keys: Sequence[str]) -> bool:
        """Whether these are addresses of ours but for capitals."""
        return {key.lower() for key in keys} <= {key.lower() for key in self._keys}


def _text(mail: ReceivedMail) -> str:
    return " ".join([mail.said, *(field.text for field in mail.parsed.fields)])


def _shown(mail: ReceivedMail) -> set[str]:
    """The addresses that it shows."""
    fields = (_addresses(mail, name) for name in ("To", "Cc", "From", "Sender", "Reply-To"))
    return {mail.sender or "", *(address for found in fields for address in found)}


def _addresses(mail: ReceivedMail, name: str) -> set[str]:
    """The addresses in the fields of that name."""
    boxes = (box for field in mail.parsed.all(name) for box in imf.mailboxes(field.value) or ())
    return {address_key(box.address) for box in boxes}


def _is_plain(subscription: SubscriptionRecord) -> bool:
    """Whether its URI is an address and no more."""
    return subscription.asked.recipient == f"mailto:{subscription.address}"
