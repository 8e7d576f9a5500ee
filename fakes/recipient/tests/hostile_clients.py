"""Clients that mean harm, in a process of their own: ``hostile_clients.py PORT KIND COUNT`` goes on until it is ended.

It prints a line as soon as all of them have been connected.
"""

from __future__ import annotations

import selectors
import socket
import sys
from typing import Final

MAIL: Final = b"MAIL FROM:<a@b.example>\r\n"
DATA: Final = MAIL + b"RCPT TO:<c@d.example>\r\nDATA\r\n"

# What each says first, and then again and again; those whose name ends in "deaf" never read an answer.
KINDS: Final[dict[str, tuple[bytes, bytes]]] = {
    "commands": (b"", b"EHLO x\r\n" * 2000),
    "commands-deaf": (b"", b"HELP\r\n" * 2000),
    "recipients": (MAIL, b"".join(b"RCPT TO:<r%d@b.example>\r\n" % i for i in range(5000)) + b"RSET\r\n" + MAIL),
    "mails": (b"", (DATA + b"x\r\n.\r\n") * 500),
    "body": (b"", DATA + (b"x" * 998 + b"\r\n") * 20_000 + b".\r\n"),
    "endless-line": (b"", b"x" * 100_000),
}


class Hostile:
    """One of them."""

    def __init__(self, port: int, kind: str) -> None:
        self.first, self.then = KINDS[kind]
        self.reads = not kind.endswith("deaf")
        self.left = memoryview(self.first or self.then)
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)

    def act(self, events: int) -> None:
        if events & selectors.EVENT_READ:
            self.socket.recv(65536)
        if events & selectors.EVENT_WRITE:
            self.left = self.left[self.socket.send(self.left) :] or memoryview(self.then)


def main(port: int, kind: str, count: int) -> None:
    selector = selectors.DefaultSelector()
    for i in range(count):
        kinds = list(KINDS)
        one = Hostile(port, kinds[i % len(kinds)] if kind == "mixed" else kind)
        events = selectors.EVENT_WRITE | (selectors.EVENT_READ if one.reads else 0)
        selector.register(one.socket, events, one)
    print("connected", flush=True)
    while True:
        for key, events in selector.select():
            try:
                key.data.act(events)
            except ConnectionError:  # cut off: it has had its day
                selector.unregister(key.fileobj)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
