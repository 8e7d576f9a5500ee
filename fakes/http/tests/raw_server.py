"""A server on a thread of its own that does to one connection what it is told: for peers that misbehave."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 9\r\n\r\n\x01\x01\0\0\0\0\0\x01\x03"
Serve = Callable[[socket.socket], object]


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """A server for one connection, which it gets as soon as it is accepted."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def accept() -> None:
            connection, _ = listener.accept()
            connection.settimeout(10)
            with connection, suppress(OSError):
                serve(connection)

        thread = Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def reset(connection: socket.socket) -> None:
    """End it as a crash does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def in_tls(context: ssl.SSLContext, serve: Serve) -> Serve:
    """The same in TLS from the first octet."""

    def wrapped(connection: socket.socket) -> None:
        with context.wrap_socket(connection.dup(), server_side=True, do_handshake_on_connect=False) as sheath:
            try:
                sheath.do_handshake()
            except ssl.SSLError:  # who closes now resets, and the alert may be lost
                while connection.recv(65_536):
                    pass
            else:
                serve(sheath)

    return wrapped


def answers(connection: socket.socket) -> None:
    """Answer and be gone at once."""
    hears_a_request(connection)
    connection.sendall(ANSWER)


def says(octets: bytes) -> Serve:
    """Hear a request and answer it with these octets."""

    def serve(connection: socket.socket) -> None:
        hears_a_request(connection)
        connection.sendall(octets)

    return serve


def hears_a_request(connection: socket.socket) -> bytes:
    """Read to the end of an IPP request without a document."""
    request = b""
    while not request.endswith(b"\x03"):
        octets = connection.recv(65_536)
        if not octets:
            raise ConnectionResetError("the client left in its request")
        request += octets
    return request
