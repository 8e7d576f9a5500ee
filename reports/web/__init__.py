"""The live page: what a recipient takes and a run finds, while it happens, in a browser and by a small API.

It is served by a process of its own, so that nothing a browser does can delay a mail or a play: ``beside`` is the side
of the recipient, which starts that process and tells it that there is more; ``serving`` is the other one.  In it
``store`` and ``referee`` read the evidence as any reader does, ``watchers`` bounds who waits, ``guard`` lets in whom it
may, ``api`` and ``pages`` answer.  ``client`` is for tests of others.

All but ``beside`` and ``client`` need the extra ``web``; nothing outside this package does.
"""

from __future__ import annotations

from .beside import LivePage, PagePlan

__all__ = ["LivePage", "PagePlan"]
