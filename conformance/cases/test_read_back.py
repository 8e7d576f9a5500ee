"""Sections 4.1 to 4.6 and 4.11, in every play: what was asked for is what the subscription tells, or is reported."""

from __future__ import annotations

from conformance.counted import counted
from conformance.languages import same_language
from conformance.record.run_record import PlayRecord, RunRecord
from conformance.scenarios.steps import NONE_FORMAT, NONE_WORD
from conformance.verdict import Inconclusive, NotApplicable
from conformance.vocabulary import sub_values
from conformance.wire import ipp
from conformance.wire.registry import GroupTag

from .case import RUN, case, expect
from .findings import Finding, conclude
from .ipp_lookup import printer_words, returned
from .mail_lookup import media, names_charset, reports_format
from .read_backs import Look, ReadBack, judge_all, read_backs

USER_DATA = 63  # octets at most: octetString(63)


def _judge_shape(play: PlayRecord, look: Look, expected: str) -> None:
    """The look at this play's own, of a shape that a printer may refuse."""
    creation = play.subscription.creation
    if play.subscription.id is None:
        raise NotApplicable(f"the printer answers {creation.operation} with {creation.keyword}", (creation.where(),))
    read = [each for each in play.run_record.once(read_backs) if each.play is play and not each.listed]
    if not read:
        raise Inconclusive("the subscription was not read back")
    conclude([found for each in read if (found := look(each)) is not None], expected=expected)


# ---------------------------------------------------------------- octet for octet


def _recipient(read: ReadBack) -> Finding | None:
    name, asked = read.play.run_record.vocabulary.recipient, read.subscription.asked.recipient
    attribute = read.group.get(name)
    if asked is None or read.leaves_out(name) or (attribute is not None and attribute.value.octets == asked.encode()):
        return None
    return read.found(name, repr(asked))


@case("4.1-1", on=RUN)
def test_every_recipient_is_kept_as_supplied(run: RunRecord) -> None:
    judge_all(run, _recipient, f"{run.vocabulary.recipient} as it was supplied, octet for octet")


@case("4.1-1", on="recipient-shape")
def test_a_recipient_of_any_shape_is_kept_as_supplied(play: PlayRecord) -> None:
    _judge_shape(play, _recipient, f"{play.run_record.vocabulary.recipient} as it was supplied, octet for octet")


def _user_data(read: ReadBack) -> Finding | None:
    name, asked = read.play.run_record.vocabulary.user_data, read.subscription.user_data
    attribute = read.group.get(name)
    if asked is None or len(asked) > USER_DATA or read.leaves_out(name):
        return None
    if attribute is not None and attribute.value.octets == asked:
        return None
    return None if returned(read.subscription, name) is not None else read.found(name, repr(asked))


@case("4.4-1", on=RUN)
def test_all_user_data_are_kept_to_the_last_octet(run: RunRecord) -> None:
    judge_all(run, _user_data, f"{run.vocabulary.user_data} with the octets supplied, or reported")


@case("4.4-1", on="user-data-shape")
def test_user_data_of_any_shape_are_kept_to_the_last_octet(play: PlayRecord) -> None:
    _judge_shape(play, _user_data, f"{play.run_record.vocabulary.user_data} with the octets supplied, or reported")


@case("4.4-1", on="long-user-data")
def test_user_data_that_are_too_long_are_not_cut_in_silence(play: PlayRecord) -> None:
    _not_made_shorter(play, may_be_kept=True)


@case("R-UserData-1", on="long-user-data")
def test_user_data_that_are_too_long_are_unsupported(play: PlayRecord) -> None:
    _not_made_shorter(play, may_be_kept=False)


def _not_made_shorter(play: PlayRecord, *, may_be_kept: bool) -> None:
    s, name = play.subscription, play.run_record.vocabulary.user_data
    if s.id is None:
        return  # RFC 2911 has an error of its own for a value that is too long, and a subscription may be dropped
    answer, group = play.query("made")
    if group is None:
        raise Inconclusive(f"{answer.operation} answered {answer.keyword} without a subscription", (answer.where(),))
    attribute = group.get(name)
    kept = attribute is not None and not attribute.value.out_of_band and bool(attribute.value.octets)
    whole = attribute is not None and attribute.value.octets == s.user_data
    expect(
        (may_be_kept and whole) or (returned(s, name) is not None and not kept),
        expected=f"{counted(len(s.user_data or b''), 'octet')} refused, or reported as unsupported and left out",
        actual=f"{counted(len(attribute.value.octets) if attribute is not None else 0, 'octet')} kept, and "
        + ("the value reported" if returned(s, name) is not None else "nothing reported"),
        where=(s.creation.where(), answer.where(attribute)),
    )


# ---------------------------------------------------------------- the others


def _events(read: ReadBack) -> Finding | None:
    v, asked = read.play.run_record.vocabulary, read.subscription.asked.events or ()
    most = (read.play.run_record.printer or ipp.Group(GroupTag.PRINTER)).get(v.max_events)
    kept = read.group.get(v.events)
    too_many = most is not None and most.value.integer is not None and len(asked) > most.value.integer
    if not asked or too_many or kept is None:
        return None  # the excess is judged by N-06, and a subscription without any by other cases of 4.2-1
    listed = printer_words(read.play, v.events_supported) or asked
    wanted = {event for event in asked if event in listed}
    told = {*kept.texts(), *(sub for event in kept.texts() for sub in sub_values(v, event))}
    if wanted and not (wanted <= told and set(kept.texts()) <= set(asked)):
        return read.found(v.events, ", ".join(asked))
    return None


@case("4.2-1", on=RUN)
def test_all_events_asked_for_are_kept(run: RunRecord) -> None:
    name = run.vocabulary.events
    judge_all(run, _events, f"in {name} the supported ones of those asked for, and no others")


def _format(read: ReadBack) -> Finding | None:
    s, v = read.subscription, read.play.run_record.vocabulary
    name = v.find(read.group, v.format)
    if s.format in (None, NONE_FORMAT, NONE_WORD) or name is None or reports_format(s):
        return None
    kept = read.group.get(name)
    same = kept is not None and media(kept.value.text() or "") == media(s.format or "")
    return None if same else read.found(name, repr(s.format))


@case("4.3-2", on=RUN)
def test_every_format_is_kept_or_reported(run: RunRecord) -> None:
    v, printer = run.vocabulary, run.printer or ipp.Group(GroupTag.PRINTER)
    if v.name != "ntfy-01" and v.find(printer, v.format_supported) is None:
        raise NotApplicable(f"vocabulary {v.name} has no notify-format, and the printer lists none")
    judge_all(run, _format, f"{v.format} as it was asked for, or reported as unsupported")


def _charset_and_language(read: ReadBack) -> Finding | None:
    v, s = read.play.run_record.vocabulary, read.subscription
    for name, asked in ((v.charset, s.asked.charset), (v.language, s.asked.language)):
        kept = read.group.get(name)
        told = (kept.value.text() or "").lower() if kept is not None else None
        if asked is None or told is None or told == asked.lower():
            continue
        if name == v.language and same_language(told, asked):
            continue
        if name == v.charset and names_charset(s.format):
            continue  # where the media type can name a charset, this one has no say (4.5-4)
        if returned(s, name) is None:
            return read.found(name, repr(asked))
    return None


@case("N-10", on=RUN)
def test_every_charset_and_language_is_kept_or_reported(run: RunRecord) -> None:
    v = run.vocabulary
    judge_all(run, _charset_and_language, f"{v.charset} and {v.language} as asked for, or reported as unsupported")
