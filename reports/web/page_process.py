"""The process that serves the page, as its starter has it: a child whose pipes outlive the loop they are read on.

asyncio ends its children with its loop; a page that stays is served while the run is judged, when there is no loop.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from contextlib import suppress
from typing import Any, Final

from reports.own_python import own_environment, own_module

from .messages import LONGEST, Said, line_of

END_SECONDS: Final = 5.0  # for ending, before it is killed


class PageProcess:
    """The child; ``connect`` on a loop before anything is read, ``disconnect`` before that loop ends."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            own_module("reports.web"),
            stdin=subprocess.PIPE,  # closed when we end, however we end
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is ours
            env=own_environment(),
        )
        self._to: asyncio.WriteTransport | None = None
        self._from: asyncio.ReadTransport | None = None
        self.says = asyncio.StreamReader()

    async def connect(self) -> None:
        """Read and write on this loop."""
        loop = asyncio.get_running_loop()
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self.says = reader = asyncio.StreamReader(limit=LONGEST)
        output = os.fdopen(os.dup(self._child.stdout.fileno()), "rb", 0)
        given = os.fdopen(os.dup(self._child.stdin.fileno()), "wb", 0)
        self._from, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), output)
        self._to, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, given)

    def disconnect(self) -> None:
        """Let go of this loop; the child goes on."""
        for transport in (self._to, self._from):
            if transport is not None:
                transport.close()
        self._to = self._from = None

    @property
    def is_there(self) -> bool:
        """Whether it lives."""
        return self._child.poll() is None

    @property
    def has_read_all(self) -> bool:
        """Whether it takes what it is told; what it does not take waits here, and must not become more."""
        return self._to is not None and not self._to.get_write_buffer_size()

    def say(self, said: Said, **what: Any) -> None:
        """Tell it something, on a loop or without one."""
        if self._to is not None:
            if not self._to.is_closing():
                self._to.write(line_of(said, **what))
            return
        if self._child.stdin is not None and not self._child.stdin.closed:
            with suppress(BrokenPipeError, BlockingIOError):  # it has ended, or hangs: nobody waits for a page
                os.write(self._child.stdin.fileno(), line_of(said, **what))

    def end(self) -> None:
        """End it; one that will not end is killed."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        try:
            self._child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()
