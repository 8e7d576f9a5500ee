"""Clients that mean harm, in a process of their own: ``hostile_clients.py PORT KIND COUNT`` goes on until it is ended.

It prints a line as soon as all of them have been connected.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import struct
import sys
from typing import Final

MAIL: Final = b"MAIL FROM:<a@b.example>\r\n"
DATA: Final = MAIL + b"RCPT TO:<c@d.example>\r\nDATA\r\n"

# What each says first, and then again and again; those whose name ends in "deaf" never read an answer.
TALKERS: Final[dict[str, tuple[bytes, bytes]]] = {
    "commands": (b"", b"EHLO x\r\n" * 2000),
    "commands-deaf": (b"", b"HELP\r\n" * 2000),
    "recipients": (MAIL, b"".join(b"RCPT TO:<r%d@b.example>\r\n" % i for i in range(5000)) + b"RSET\r\n" + MAIL),
    "mails": (b"", (DATA + b"x\r\n.\r\n") * 500),
    "body": (b"", DATA + (b"x" * 998 + b"\r\n") * 20_000 + b".\r\n"),
    "endless-line": (b"", b"x" * 100_000),
    "long-lines": (b"", (b"NOOP " + b"x" * 60_000 + b"\r\n") * 20),
    "parameters": (b"", (MAIL[:-2] + b" AUTH=b" * 8_500 + b"\r\nRSET\r\n") * 20),
    "logins": (b"", b"AUTH PLAIN AGJvYgBzZWNyZXQ=\r\n" * 2000),
    "logins-in-steps": (b"", b"AUTH LOGIN\r\nYm9i\r\nc2VjcmV0\r\n" * 700),
    "logins-broken-off": (b"EHLO x\r\n", b"AUTH LOGIN\r\n*\r\n" * 1000),
    "uris": (b"", DATA + b"://a:b@" * 100_000 + b"\r\n.\r\n"),
    "octets": (b"", b"NOOP\r\n" * 1000),  # one at a time
}
COMERS: Final = ("come-and-go", "come-and-reset", "come-and-shake-hands", "come-and-stall")
KINDS: Final = (*TALKERS, *COMERS)


class Talker:
    """One that stays, and says the same again and again."""

    def __init__(self, port: int, kind: str) -> None:
        self.first, self.then = TALKERS[kind]
        self.reads = not kind.endswith("deaf")
        self.at_once = 1 if kind == "octets" else 2**20
        self.left = memoryview(self.first or self.then)
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.events = selectors.EVENT_WRITE | (selectors.EVENT_READ if self.reads else 0)

    def act(self, events: int) -> bool:
        """Do what can be done now; whether it is over."""
        if events & selectors.EVENT_READ and not self.socket.recv(65536):
            return True
        if events & selectors.EVENT_WRITE:
            self.left = self.left[self.socket.send(self.left[: self.at_once]) :] or memoryview(self.then)
        return False


class Comer:
    """One that connects, does what it came for, and is over, so that another one comes."""

    def __init__(self, port: int, kind: str) -> None:
        self.kind = kind
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.events = selectors.EVENT_READ
        self.heard = b""
        self.tls: ssl.SSLObject | None = None
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()

    def act(self, _: int) -> bool:
        """Do what can be done now; whether it is over."""
        heard = self.socket.recv(65536)
        if self.tls is not None:
            self.incoming.write(heard)
            return self._shake_hands() or not heard
        self.heard += heard
        if self.kind == "come-and-reset":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if self.kind in ("come-and-go", "come-and-reset") or not heard:
            return True
        if self.heard.count(b"\r\n") == 1:
            self.socket.send(b"STARTTLS\r\n")
        elif self.kind == "come-and-shake-hands":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.tls = context.wrap_bio(self.incoming, self.outgoing)
            return self._shake_hands()
        else:
            self.socket.send(b"\x16\x03\x01\x02\x00")  # a record begun, of which no more comes
        return False

    def _shake_hands(self) -> bool:
        """Go on with the handshake; whether it is done."""
        assert self.tls is not None
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self.socket.send(self.outgoing.read())
        return True


def one(port: int, kind: str) -> Talker | Comer:
    return Talker(port, kind) if kind in TALKERS else Comer(port, kind)


def main(port: int, kind: str, count: int) -> None:
    selector = selectors.DefaultSelector()
    kinds = [KINDS[i % len(KINDS)] if kind == "mixed" else kind for i in range(count)]
    for each in kinds:
        client = one(port, each)
        selector.register(client.socket, client.events, (each, client))
    print("connected", flush=True)
    while True:
        for key, events in selector.select():
            each, client = key.data
            try:
                over = client.act(events)
            except OSError:  # cut off: it has had its day
                over = True
            if over:
                selector.unregister(client.socket)
                client.socket.close()
            if over and each in COMERS:
                client = one(port, each)
                selector.register(client.socket, client.events, (each, client))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
