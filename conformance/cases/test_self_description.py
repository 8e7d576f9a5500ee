"""Sections 4.8 to 4.13 in every play: whenever a subscription is read or listed, it tells the truth of itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from conformance.record.clock_steps import step
from conformance.record.exchanges import Answer, lease_told, told_group
from conformance.record.outcomes import Carrier, Printed, Renewed
from conformance.record.run_record import RunRecord
from conformance.record.up_times import UpTimeReading
from conformance.scenarios import BY_ID
from conformance.verdict import Inconclusive, NotApplicable, Where
from conformance.vocabulary import NTFY_01
from conformance.wire import ipp
from conformance.wire.registry import Operation

from .case import RUN, case
from .findings import Finding, conclude
from .ipp_lookup import CLOCKS, printer_words, same_printer, same_uri, target_of
from .mail_lookup import media
from .read_backs import ReadBack, judge_all
from .test_subscription import name_is_right
from .up_time_lookup import between

# ---------------------------------------------------------------- what it is, and whose


def _number(read: ReadBack) -> Finding | None:
    name = read.play.run_record.vocabulary.subscription_id
    attribute = read.group.get(name)
    if attribute is not None and attribute.value.integer == read.subscription.id:
        return None
    return read.differs(name, f"where subscription {read.subscription.id} was asked about")


@case("4.8-1", on=RUN)
def test_every_subscription_is_told_with_its_number(run: RunRecord) -> None:
    judge_all(run, _number, f"{run.vocabulary.subscription_id} as the answer to its creation had it")


def _foreign_uri(read: ReadBack) -> Finding | None:
    uri, target = _printer_uri(read)
    if uri is None or same_printer(uri, target) or _is_listed(read, uri):
        return _missing(read, read.play.run_record.vocabulary.printer_uri)
    return read.differs(read.play.run_record.vocabulary.printer_uri, f"where {target} had been addressed")


def _other_own_uri(read: ReadBack) -> Finding | None:
    uri, target = _printer_uri(read)
    if uri is None or same_printer(uri, target) or not _is_listed(read, uri):
        return None
    return read.differs(read.play.run_record.vocabulary.printer_uri, f"where {target} had been addressed")


def _printer_uri(read: ReadBack) -> tuple[str | None, str]:
    """The printer's URI as the subscription tells it, and that of the create request."""
    attribute = read.group.get(read.play.run_record.vocabulary.printer_uri)
    return (attribute.value.text() or "") if attribute is not None else None, target_of(read.subscription.creation)


def _is_listed(read: ReadBack, uri: str) -> bool:
    return any(same_uri(uri, known) for known in printer_words(read.play, "printer-uri-supported"))


def _missing(read: ReadBack, name: str) -> Finding | None:
    """That an attribute is not there which every subscription has; a list has what was asked for."""
    if name in read.group or read.listed:
        return None
    return read.differs(name, "which every subscription has")


@case("4.10-1", on=RUN)
def test_every_subscription_names_its_printer(run: RunRecord) -> None:
    judge_all(run, _foreign_uri, f"{run.vocabulary.printer_uri} as the create request was addressed")
    what = f"{run.vocabulary.printer_uri} as the create request was addressed, and no other of the printer's"
    judge_all(run, _other_own_uri, what, binding=False)


def _user(read: ReadBack) -> Finding | None:
    name = read.play.run_record.vocabulary.user_name
    scenario = BY_ID.get(read.play.scenario)
    if read.subscription.user_name is None or scenario is None or "awkward" in scenario.tags:
        return None  # of names that no other has, a printer may make what it can
    attribute = read.group.get(name)
    if attribute is None:
        return _missing(read, name)
    try:
        right = name_is_right(read.play, read.subscription, attribute.value.text(read.answer.message.charset))
    except Inconclusive:
        return None
    proved = read.subscription.login is not None and read.subscription.login != read.subscription.user_name
    return None if right or proved else read.differs(name, f"where {read.subscription.user_name!r} had asked for it")


@case("4.11-1", on=RUN)
def test_every_subscription_names_its_subscriber(run: RunRecord) -> None:
    judge_all(run, _user, f"{run.vocabulary.user_name} as the requesting-user-name of the create request")


# ---------------------------------------------------------------- its clock and its lease


def _has_lease(read: ReadBack) -> bool:
    """Whether the attributes of a lease are expected: RFC 3995 has none for a job's subscription (R-Lease-3)."""
    return read.subscription.vocabulary is NTFY_01 or read.subscription.asked.carrier is Carrier.PRINTER


def _up_time(read: ReadBack) -> Finding | None:
    v = read.play.run_record.vocabulary
    name = v.find(read.group, v.up_time) or v.up_time
    attribute = read.group.get(name)
    if not _has_lease(read) or read.leaves_out(name):
        return None
    if attribute is None or (seconds := attribute.value.integer) is None:
        return read.differs(name, "which every subscription has as a number")
    low, high = _clock(read.play.run_record, read.answer)
    return None if low <= seconds <= high else read.differs(name, f"while printer-up-time was {low} to {high}")


def _clock(run: RunRecord, answer: Answer) -> tuple[int, int]:
    """What printer-up-time can have been while a request was answered."""
    low, high = between(run, answer.row.t_start, answer.row.t_end)
    return low - 1, high + 1


@case("4.12-1", on=RUN)
def test_every_subscription_tells_the_up_time_of_its_printer(run: RunRecord) -> None:
    judge_all(run, _up_time, f"{run.vocabulary.up_time} with the printer's up time at that moment")


@case("4.12-1", on=RUN)
def test_the_printers_up_time_does_not_go_back(run: RunRecord) -> None:
    if len(run.clock.told) + len(run.clock.slips) < 2:
        raise NotApplicable("the printer did not tell its printer-up-time twice")
    expected = "printer-up-time goes on as time does, from 1 when the printer comes up"
    slips = [_slip(one) for one in run.clock.slips]
    below = [Finding(str(one.seconds), Where("ipp", one.exchange)) for one in run.clock.told if one.seconds < 0]
    conclude([*slips, *below], expected=expected)
    back = [
        Finding(f"{one.last.seconds}, and then {one.first.seconds}", Where("ipp", one.first.exchange))
        for one in run.clock.breaks
        if not one.is_believable
    ]
    remark = "it has not been up for so long, and its clock may have been set"
    conclude(back, expected=expected, remark=remark, binding=False)


def _slip(reading: UpTimeReading) -> Finding:
    return Finding(f"{reading.seconds} once, which no look before or after it fits", Where("ipp", reading.exchange))


def _end_of_lease(read: ReadBack) -> Finding | None:
    v = read.play.run_record.vocabulary
    attribute = read.group.get(v.lease_expiration)
    if read.subscription.asked.carrier is Carrier.JOB:
        return _lease_of_a_job(read)
    granted, other = _grant(read)
    if read.leaves_out(v.lease_expiration) or granted is None:
        return None
    if attribute is None or (end := attribute.value.integer) is None:
        return read.differs(v.lease_expiration, "which every per-printer subscription has as a number")
    low, high = _ends(read.play.run_record, granted, other)
    if low <= end <= high:
        return None
    wanted = f"{low} to {high}" if high else "0, which is no end,"
    return read.differs(v.lease_expiration, f"where {wanted} had been granted")


def _lease_of_a_job(read: ReadBack) -> Finding | None:
    """In the drafts it has no lease, and 0 says so; one that was added to a job may have been made the printer's."""
    name = read.play.run_record.vocabulary.lease_expiration
    attribute = read.group.get(name)
    if read.subscription.vocabulary is not NTFY_01 or not isinstance(read.subscription.step.outcome, Printed):
        return None
    if attribute is None or attribute.value.out_of_band or attribute.value.integer == 0:
        return None
    return read.differs(name, "where a job's subscription has 0, as it has no lease")


def _grant(read: ReadBack) -> tuple[ipp.Group | None, Answer]:
    """The last answer before that granted it a lease, if nothing else can have changed that since."""
    s, v = read.subscription, read.play.run_record.vocabulary
    group, answer = s.group, s.creation
    for renewed in _renewals(read):
        if not renewed.ok or renewed.row.t_end > read.answer.row.t_start:
            return None, answer  # who tried in vain, or somebody else, may have changed it all the same (3-4)
        group, answer = told_group(renewed.message, v), renewed
    return group if group is not None and lease_told(group, v) is not None else None, answer


def _renewals(read: ReadBack) -> Iterator[Answer]:
    """Every attempt to renew it before it was read, whoever made it and in whatever play."""
    since, until = read.subscription.creation.row.t_start, read.answer.row.t_start
    attempts = read.play.run_record.once(_renewals_of_all).get(read.subscription.id, ())
    return (answer for answer in attempts if since <= answer.row.t_start < until)


def _renewals_of_all(run: RunRecord) -> dict[int | None, list[Answer]]:
    """Those of each number, in the order they were asked for."""
    found = defaultdict[int | None, list[Answer]](list)
    for answer in run.answers():
        if answer.row.operation == Operation.RENEW_SUBSCRIPTION:
            about = answer.request.find(run.vocabulary.subscription_id)
            if about is not None:
                found[about.value.integer].append(answer)
    return found


def _ends(run: RunRecord, group: ipp.Group, answer: Answer) -> tuple[int, int]:
    """By the answer that granted it: the value that it told, else the seconds from then on; 0 for no end."""
    v = run.vocabulary
    told = group.get(v.lease_expiration)
    grace = CLOCKS + step(run) - 1
    if told is not None and (end := told.value.integer) is not None:
        return (end - grace, end + grace) if end else (0, 0)
    seconds = lease_told(group, v)
    low, high = between(run, answer.row.t_start, answer.row.t_end)
    return (low + seconds - grace, high + seconds + grace) if seconds else (0, 0)


@case("4.9-1", on=RUN)
def test_every_subscription_tells_the_end_of_the_lease_that_was_granted(run: RunRecord) -> None:
    judge_all(run, _end_of_lease, f"{run.vocabulary.lease_expiration} as granted; 0, or none, for one of a job")


@case("N-14", on=RUN)
def test_the_up_time_beside_each_lease_that_is_granted_is_the_printers(run: RunRecord) -> None:
    v, found, looked = run.vocabulary, list[Finding](), 0
    if v is not NTFY_01:
        raise NotApplicable(f"vocabulary {v.name} tells a lease by its seconds")
    for answer, group in _grants(run):
        attribute = group.get(v.find(group, v.up_time) or v.up_time)
        if attribute is None or (seconds := attribute.value.integer) is None:
            continue
        looked += 1
        low, high = _clock(run, answer)
        if not low <= seconds <= high:
            said = f"{attribute.show()} in the answer to {answer.operation}, while printer-up-time was {low} to {high}"
            found.append(Finding(said, answer.where(attribute)))
    conclude(found, expected=f"{v.up_time} with the printer's up time at that moment")
    if not looked:
        raise NotApplicable("no answer of the run told an up time beside a lease; N-14 asks for it elsewhere")


def _grants(run: RunRecord) -> Iterator[tuple[Answer, ipp.Group]]:
    """What the answers to Create and to Renew told of each subscription."""
    for play in run.plays.values():
        for s in play.subscriptions.values():
            if s.id is not None and s.group is not None:
                yield s.creation, s.group
        for step_, _ in play.steps_of(Renewed):
            for answer in step_.answers:
                group = told_group(answer.message, run.vocabulary)
                if answer.ok and group is not None:
                    yield answer, group


# ---------------------------------------------------------------- persistence, and the format that was filled in


def _persistence(read: ReadBack) -> Finding | None:
    name = read.play.run_record.vocabulary.persistence_granted
    if name is None or read.leaves_out(name):
        return None
    attribute = read.group.get(name)
    if attribute is None or (told := attribute.value.boolean) is None:
        return read.differs(name, "which every subscription has as a boolean")
    at_first = read.subscription.group.get(name) if read.subscription.group is not None else None
    if at_first is None or at_first.value.boolean in (None, told):
        return None
    return read.differs(name, f"where the answer to {read.subscription.creation.operation} had {at_first.show()}")


@case("4.13-1", on=RUN)
def test_every_subscription_tells_the_persistence_that_was_granted(run: RunRecord) -> None:
    if run.vocabulary.persistence_granted is None:
        raise NotApplicable("this vocabulary has no persistence")
    judge_all(run, _persistence, f"{run.vocabulary.persistence_granted}, a boolean, as in the answer to its creation")


def _filled_in(read: ReadBack) -> Finding | None:
    """A format that nobody asked for is what the mails have; which parts a multipart stands for nobody can know."""
    s, v = read.subscription, read.play.run_record.vocabulary
    name = v.find(read.group, v.format)
    attribute = read.group.get(name) if name is not None else None
    kind = media((attribute.value.text() if attribute is not None else None) or "").partition(";")[0]
    if s.format is not None or name is None or "/" not in kind or kind.startswith("multipart/"):
        return None
    without = next((mail for mail in s.mails if all(part.type != kind for part in mail.parsed.leaves)), None)
    if without is None:
        return None
    found = read.differs(name, f"and its mail has only {', '.join(part.type for part in without.parsed.leaves)}")
    return Finding(found.actual, without.where())


@case("4.3-1", on=RUN)
def test_a_format_that_was_filled_in_is_what_the_mails_have(run: RunRecord) -> None:
    judge_all(run, _filled_in, f"a part of the type that {run.vocabulary.format} tells in each mail")
