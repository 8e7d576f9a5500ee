"""What somebody else at the printer, or a state that it was in, leaves open."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cases import test_security, test_sequence, test_table1
from conformance.cases.security_lookup import Visit
from conformance.cases.test_security import _require_operators_tried
from conformance.cases.text_facts import KnownMail, _name
from conformance.record import PlayRecord
from conformance.record.outcomes import Approached
from conformance.verdict import Inconclusive, Violation, Where
from conformance.wire import ipp
from conformance.wire.registry import GroupTag

from .written_mail import FROM, TO, mail, play_of
from .written_run import WrittenRun

MAIL = Where("mail", 1)


def judged(monkeypatch: pytest.MonkeyPatch, *numbers: int, others_print: bool) -> None:
    """Of a play in which a mail was refused for the time being, and these numbers came."""

    def require_nobody_else(_: PlayRecord) -> None:
        if others_print:
            raise Inconclusive("job 7 was made meanwhile")

    told = [(SimpleNamespace(), number, MAIL) for number in numbers]
    play = SimpleNamespace(restart=None, subscription=SimpleNamespace(mails=[mail for mail, _, _ in told]))
    monkeypatch.setattr(test_sequence, "mails_about", lambda *_: [1])
    monkeypatch.setattr(test_sequence, "machine_numbers", lambda *_: told)
    monkeypatch.setattr(test_sequence, "require_nobody_else", require_nobody_else)
    test_sequence.test_a_mail_that_is_tried_again_costs_no_number(cast(PlayRecord, cast(Any, play)))


def test_a_gap_is_the_printers_unless_somebody_elses_mail_may_be_the_refused_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged(monkeypatch, 1, 2, 3, others_print=True)
    with pytest.raises(Violation):
        judged(monkeypatch, 1, 3, 4, others_print=False)
    with pytest.raises(Inconclusive, match="job 7"):
        judged(monkeypatch, 1, 3, 4, others_print=True)


@pytest.mark.parametrize(("not_sent", "left_open"), [(None, False), ("", False), ("not now", True)])
def test_whether_operators_alone_are_asked_is_open_where_that_was_not_tried(
    not_sent: str | None, left_open: bool
) -> None:
    """A paused printer is left as it is; without such a step the evidence is of an earlier version."""
    outcome = Approached(by="listed", not_sent=not_sent or "")
    step = SimpleNamespace(row=SimpleNamespace(label="uri1-nobody-resumes"), came_of=lambda _: outcome)
    play = SimpleNamespace(steps=[step] if not_sent is not None else [], labelled=lambda _: step)
    one = cast(Visit, SimpleNamespace(label="uri1-nobody", where=MAIL))
    if left_open:
        with pytest.raises(Inconclusive, match="operators alone"):
            _require_operators_tried(cast(PlayRecord, cast(Any, play)), one, "basic")
    else:
        _require_operators_tried(cast(PlayRecord, cast(Any, play)), one, "basic")


def test_mails_that_all_tell_others_jobs_show_nothing_of_this_ones(
    bench: WrittenRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = mail(FROM + TO + "\\r\\nPrinter P: job number 99 has completed.")
    play = play_of(bench, "printer/omitted", content)
    monkeypatch.setattr(test_table1, "tells_anothers_number", lambda *_: True)
    with pytest.raises(Inconclusive, match="jobs of other plays"):
        test_table1.test_the_body_of_a_job_event_identifies_the_job(play)


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("r1 4j report", True),
        ("r1 9j report", False),
        ("r1 4", None),  # cut off
        ("***", None),
        ("(unknown)", None),
        ("None", None),
    ],
)
def test_a_name_that_is_kept_private_is_no_other_jobs(value: str, right: bool | None) -> None:
    request = ipp.Message(2, 1, (ipp.Group(GroupTag.OPERATION, (ipp.name_("job-name", "r1 4j report"),)),))
    job = SimpleNamespace(name="4j", made=SimpleNamespace(request=request), named_in=lambda text: "4j" in text)
    heard = SimpleNamespace(asked=SimpleNamespace(events=("job-completed",)))
    found = _name(cast(KnownMail, SimpleNamespace(subscription=heard, job=job)), value)
    assert (found and found[0]) == right


@pytest.mark.parametrize(
    ("done", "outcome"),
    [
        ((), None),
        (("nobody-lists",), None),
        (("nobody-subscribes",), Violation),
        (("nobody-lists", "nobody-subscribes"), Inconclusive),  # it asks only those who print
        (("nobody-lists", "nobody-creates"), Violation),
        (("nobody-lists", "nobody-creates", "nobody-subscribes"), Violation),
    ],
)
def test_who_asks_only_those_who_print_need_not_ask_who_subscribes(
    monkeypatch: pytest.MonkeyPatch, done: tuple[str, ...], outcome: type[Exception] | None
) -> None:
    def visit(_: Any, label: str) -> Any:
        ok = label in done
        return SimpleNamespace(label=label, ok=ok, status=200 if ok else 401, said=lambda: label, where=MAIL)

    monkeypatch.setattr(test_security, "visit", visit)
    monkeypatch.setattr(test_security, "visited", lambda play, *labels: [visit(play, label) for label in labels])
    monkeypatch.setattr(test_security, "listed", lambda *_: ["basic"])
    play = cast(PlayRecord, SimpleNamespace(restart=None))
    if outcome is None:
        test_security.test_who_may_not_validate_may_not_print(play)
        return
    with pytest.raises(outcome):
        test_security.test_who_may_not_validate_may_not_print(play)
