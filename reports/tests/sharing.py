"""How several processes share the tests: what looks at one costly run stays together, what takes long comes first.

What takes longest of all is left to ``.ci/run`` and to whoever asks for it (``-m long``, or a path).

pytest-xdist's own groups are not used: 3.8 writes them into the ids of tests, where pytest 9.2 no longer looks.
"""

from __future__ import annotations

from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER: Final = frozenset((
    "reports/tests/test_command.py",  # a small run
    "reports/tests/test_hostile_evidence.py",  # another, as in some of the next
    "reports/tests/test_formats.py",
    "reports/tests/test_bundles.py",  # a judging and a bundle of it
    "reports/tests/test_forged_bundles.py",  # and all that can be forged
    "reports/tests/test_bundle_archives.py",
    "reports/tests/test_bundle_pages.py",
    "reports/tests/test_isolation.py",
    "reports/tests/test_report_directory.py",
    "reports/tests/test_real_printer.py",  # a whole run on CUPS
    "reports/tests/test_cups_secured.py",  # two more, at the same time
    "reports/tests/test_suite_secured.py",  # a whole run on the reference printer
    "reports/tests/test_publishing.py",  # a small run
    "reports/store/tests/test_store_postgres.py",  # a server
    "reports/stations/tests/test_stations.py",
    "reports/tests/test_wrong_use.py",
    "reports/tests/test_odd_names.py",
    "reports/tests/test_pairs.py",
    "reports/tests/test_declared.py",
    "reports/tests/test_gating.py",
    "reports/tests/test_manners.py",
    "reports/tests/test_matrix_in_a_browser.py",
    "reports/tests/test_page_in_a_browser.py",
    "reports/tests/test_pages_run.py",
    "reports/tests/test_rejudging.py",
    "reports/tests/test_show.py",
    "reports/tests/test_shown_safely.py",
    "reports/tests/test_worked_example.py",
    "reports/tests/test_writing.py",
    "reports/tests/test_image_steps.py",
    "reports/tests/test_matrix.py",
    "reports/web/tests/test_live_described.py",
    "reports/web/tests/test_live_in_a_browser.py",
))  # fmt: skip


LONG: Final = frozenset((
    "fakes/recipient/tests/test_fairness.py",  # loads, floods and kills
    "fakes/recipient/tests/test_hostile_smtp.py",
    "fakes/recipient/tests/test_recipient_killed.py",
    "fakes/stage/tests/test_hostile_printer.py",
    "reports/tests/test_bench_check.py",  # runs that go wrong, each with its waits
    "reports/tests/test_company.py",
    "reports/tests/test_interrupted.py",
    "reports/tests/test_isolation.py",
    "reports/tests/test_mail_path.py",
    "reports/tests/test_lost_answers.py",
    "reports/tests/test_nobodys_failure.py",
    "reports/tests/test_not_judged.py",
    "reports/tests/test_report_directory.py",
    "reports/tests/test_ports_clocks_and_disks.py",
    "reports/tests/test_trouble.py",
    "reports/tests/test_conforming_variants.py",  # those who choose otherwise where they may
    "reports/tests/test_benchmark.py",
    "reports/tests/test_soak.py",
    "reports/tests/test_condition_matrix.py",  # the trials of the suite itself, and their pool
    "reports/tests/test_steadiness.py",
    "reports/tests/test_worker_pool.py",
    "reports/tests/test_worked_example.py",
    "reports/tests/test_wrong_use.py",  # each command in each kind of it
    "reports/tests/test_odd_names.py",
    "reports/tests/test_pairs.py",
    "reports/tests/test_image_steps.py",  # an installation from the index
    "reports/tests/test_walks.py",
    "reports/tests/test_damaged_evidence.py",  # evidence with anything in it
    "reports/tests/test_hostile_evidence.py",
    "reports/tests/test_bundle_archives.py",  # and archives
    "reports/tests/test_judging_cost.py",
    "reports/tests/test_shown_safely.py",
    "reports/tests/test_page_in_a_browser.py",
    "reports/web/tests/test_live_process.py",  # pages in processes of their own, in a browser, beside whole runs
    "reports/web/tests/test_live_in_a_browser.py",
    "reports/web/tests/test_live_run.py",
    "reports/tests/test_matrix_in_a_browser.py",
    "reports/tests/test_suite_secured.py",  # five whole runs
    "reports/tests/test_real_printer.py",  # a whole run on CUPS
    "reports/tests/test_gating.py",  # what commands say and write, each in a process of its own
    "reports/tests/test_declared.py",
    "reports/tests/test_secrets.py",
    "reports/tests/test_show.py",
    "reports/tests/test_client_command.py",
    "reports/tests/test_doctor.py",
    "reports/tests/test_pages_run.py",
    "reports/tests/test_docs_typed.py",  # every page, at a printer of its own
    "reports/tests/test_manners.py",
    "reports/tests/test_writing.py",
    "reports/tests/test_check.py",
    "reports/tests/test_serving.py",
    "reports/tests/test_negotiated.py",
    "reports/tests/test_second_account.py",
    "reports/tests/test_rejudging.py",
    "reports/tests/test_secrets_by_mail.py",
    "reports/web/tests/test_live_described.py",
    "reports/tests/test_publishing.py",
    "reports/tests/test_bundles.py",
    "reports/tests/test_forged_bundles.py",
    "reports/tests/test_bundle_pages.py",
    "reports/tests/test_real_security.py",  # CUPS in each of its ways
    "reports/tests/test_real_clients.py",
    "reports/store/tests/test_store_postgres.py",  # those with a PostgreSQL of their own
    "reports/stations/tests/test_stations.py",
    "reports/tests/test_cups_secured.py",  # two whole runs on CUPS
    "reports/tests/test_event.py",  # three stations and six printers
))  # fmt: skip
"""Modules that are left out where all tests are run and nobody asks for them."""


def mark_long(items: list[pytest.Item]) -> None:
    """Give the tests of those modules the marker ``long``."""
    for item in items:
        if item.nodeid.partition("::")[0] in LONG:
            item.add_marker(pytest.mark.long)


def without_long(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave them out."""
    left = [item for item in items if item.get_closest_marker("long") is not None]
    items[:] = [item for item in items if item.get_closest_marker("long") is None]
    config.hook.pytest_deselected(items=left)


def asks_for_everything(config: pytest.Config) -> bool:
    """Whether neither paths nor markers say what to run."""
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.markexpr


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # xdist tells mypy nothing
    """A test by itself is the unit that a process takes; the modules in ``TOGETHER`` are units, too, and come first."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module in TOGETHER else nodeid


def longest_first(items: list[pytest.Item]) -> None:
    """Nobody waits for a long one in the end; the marker ``takes`` says how long."""
    items.sort(key=_seconds, reverse=True)


def _seconds(item: pytest.Item) -> float:
    mark = item.get_closest_marker("takes")
    return float(mark.args[0]) if mark is not None else 0.0
