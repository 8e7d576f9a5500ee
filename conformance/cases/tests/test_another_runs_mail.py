"""What a printer still had to mail for an earlier run comes to the next one, and is no mail to a stranger."""

from __future__ import annotations

import pytest

from conformance.record.lives import history_of
from conformance.record.strays import Strays

from .written_mail import FROM, TO, mail, play_of
from .written_run import WrittenRun


@pytest.mark.parametrize(("local", "excused"), [("r0a1b2c.5.s", True), ("r1.1.t", False)])
def test_an_address_of_another_run_is_known_by_its_form(bench: WrittenRun, local: str, excused: bool) -> None:
    address = f"{local}@here.example"
    stray = mail(FROM + f"To: <{address}>\\r\\nSubject: job 1j is done\\r\\n\\r\\njob 1j", rcpt=f"<{address}>")
    run = play_of(bench, "job/omitted", mail(FROM + TO + "Subject: job 1j\\r\\n\\r\\nx"), stray).run_record
    (found,) = (one for one in run.mails if address in one.recipients)
    why = Strays(run, history_of(run)).for_somebody_else(found, [address])
    assert (why is not None and "another run" in why) is excused
