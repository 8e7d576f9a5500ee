"""What the tests of the command need of their own process."""

from __future__ import annotations

import signal

# Started in the background by a shell, pytest would ignore SIGINT, and so would every command that it starts: the tests
# of Ctrl-C could not press it.  A handler of our own is not inherited, an ignored signal is.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
