"""Lies about which events are mailed, to whom and how often."""

from __future__ import annotations

from typing import Final

from .row import Defect

HEARING: Final = (
    Defect(
        "job-created-is-mailed-unasked",
        "Every subscription hears of each job's creation, whatever it lists.",
        ("4.2-2", "N-05"),
        {"unasked_event": "job-created"},
        ("job/only-completed", "job/state-changed-alone", "job/ipp"),
        likewise=("T1-Subject-1",),
    ),
    Defect(
        "job-completed-is-mailed-unasked",
        "Every subscription hears of each job's completion, whatever it lists.",
        ("4.2-2", "N-05", "N-22"),
        {"unasked_event": "job-completed"},
        ("job/only-created", "job/state-changed-alone", "burst"),
        likewise=("T1-Subject-1",),
    ),
    Defect(
        "printer-stopped-is-mailed-unasked",
        "Every subscription hears of the printer's stop, whatever it lists.",
        ("4.2-2", "T1-Subject-1"),
        {"unasked_event": "printer-stopped"},
        ("job/no-printer-event",),
    ),
    Defect(
        "printer-state-changed-is-mailed-unasked",
        "Every subscription hears of the printer's changes of state, whatever it lists.",
        ("4.2-2", "T1-Subject-1"),
        {"unasked_event": "printer-state-changed"},
        ("job/no-printer-event", "job/only-created"),
    ),
    Defect(
        "job-state-changed-is-never-mailed",
        "Nobody hears of a job that changes its state.",
        ("4.2-2",),
        {"unheard_event": "job-state-changed"},
        ("event-job-state-changed",),
        likewise=("1-2",),
    ),
    Defect(
        "a-hold-is-never-mailed",
        "Who lists job-state-changed hears of a job's release, and not that it was held.",
        ("4.2-2",),
        {"changes_unmailed": "holds"},
        ("job/event-job-state-changed",),
    ),
    Defect(
        "a-release-is-never-mailed",
        "Who lists job-state-changed hears that a job is held, and not of its release.",
        ("4.2-2",),
        {"changes_unmailed": "releases"},
        ("job/event-job-state-changed",),
    ),
    Defect(
        "creation-is-told-with-the-document",
        "A job is said to be created when its document comes, however long ago it was.",
        ("4.2-2",),
        {"creation_told": "with-the-document"},
        ("job-sequence",),
        likewise=("4.9-1", "N-01", "N-12", "N-22"),
    ),
    Defect(
        "printer-stopped-is-never-mailed",
        "Nobody hears of the printer's stop.",
        ("4.2-2",),
        {"unheard_event": "printer-stopped"},
        ("event-printer-stopped",),
    ),
    Defect(
        "a-stop-is-no-change-of-state",
        "Nobody hears of the printer's stop, not even who lists printer-state-changed.",
        ("4.2-2", "R-Events-1"),
        {"unheard_event": "printer-stopped"},
        ("pause",),
        vocabulary="rfc3995",
    ),
    Defect(
        "printer-state-changed-is-never-mailed",
        "Nobody who lists printer-state-changed hears of anything.",
        ("1-2", "4.2-2", "N-19"),
        {"unheard_event": "printer-state-changed"},
        ("pause", "printer/state-changed"),
    ),
    Defect(
        "creation-and-end-are-state-changes",
        "Who lists job-state-changed hears of creation and completion, too.",
        ("N-05",),
        {"disjoint_events": False},
        ("job/state-changed-alone",),
    ),
    Defect(
        "creation-and-end-are-no-state-changes",
        "Who lists job-state-changed does not hear of creation and completion.",
        ("R-Events-1",),
        {"disjoint_events": True},
        ("job/state-changed-alone",),
        vocabulary="rfc3995",
    ),
)

TWICE: Final = (
    Defect(
        "changes-of-a-job-are-told-twice",
        "Each job-state-changed is two notifications with two numbers.",
        ("S-once", "N-22"),
        {"event_told_twice": "job-state-changed"},
        ("event-job-state-changed",),
    ),
    Defect(
        "third-change-is-told-again",
        "Behind the third mail about a job's changes comes the same, one line longer.",
        ("S-once", "N-22"),
        {"transport": "third-change-again"},
        ("event-job-state-changed",),
    ),
)

REACH: Final = (
    Defect(
        "job-subscriptions-hear-every-job",
        "A per-job subscription is mailed about all jobs until its own has ended.",
        ("N-19",),
        {"reach": "every-job"},
        ("job/isolation",),
    ),
    Defect(
        "printer-subscriptions-hear-their-owners-jobs",
        "A per-printer subscription is mailed about its own subscriber's jobs only.",
        ("N-19", "3-4", "1-2"),  # where a subscriber proves who he is, the next job is not his
        {"reach": "subscribers-jobs"},
        ("printer/every-job", "printer/other-login"),
    ),
    Defect(
        "job-subscriptions-are-deaf-to-the-printer",
        "A per-job subscription hears of no printer event.",
        ("N-19", "4.2-2"),
        {"reach": "jobs-only"},
        ("job/event-printer-state-changed", "job/event-printer-stopped"),
    ),
    Defect(
        "job-subscriptions-outlive-their-job",
        "A per-job subscription hears of the printer after its job has ended.",
        ("N-17",),
        {"reach": "beyond-the-job"},
        ("job/ended",),
    ),
)


DEFECTS: Final[tuple[Defect, ...]] = (
    *HEARING,
    *TWICE,
    *REACH,
)
