"""The paper of a run: how many documents it may print, and how many it has."""

from __future__ import annotations

from .live_subscription import CutShort


class OutOfPaper(CutShort):
    """A document would have to be printed, and the run may print no more."""


class Sheets:
    """Documents that may be printed, each a sheet; ``budget`` is ``None`` where nobody set a limit."""

    def __init__(self, budget: int | None = None) -> None:
        self.budget, self.used = budget, 0

    def take(self) -> None:
        """One more is about to be printed; raises ``OutOfPaper`` when none is left."""
        if self.budget is not None and self.used >= self.budget:
            raise OutOfPaper(
                f"this needs a document printed, and the run may print no more than {self.budget} (raise --paper)"
            )
        self.used += 1

    def give_back(self) -> None:
        """The last one was not printed: the printer refused the job."""
        self.used -= 1
