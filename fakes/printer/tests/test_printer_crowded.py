"""However many hold the places of the reference printer and say nothing, a client is served."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys

FILES = 100


def test_who_says_nothing_gives_way_to_who_comes_without_a_word_on_its_terminal() -> None:
    limited = f"import resource, runpy; resource.setrlimit(resource.RLIMIT_NOFILE, ({FILES}, {FILES}));"
    command = [sys.executable, "-P", "-c", f"{limited} runpy.run_module('ippmailto', run_name='__main__')", "printer"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        found = re.search(r"127\.0\.0\.1:(\d+)/", process.stdout.readline())
        assert found is not None
        where = ("127.0.0.1", int(found[1]))
        clients = [socket.create_connection(where, timeout=10) for _ in range(2 * FILES)]
        # they hold all places, and say nothing: whoever says something is served at once
        with socket.create_connection(where, timeout=10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        with contextlib.suppress(ConnectionResetError):
            assert clients[0].recv(1) == b""  # the first has given way
        for client in clients:
            client.close()
        process.terminate()
        assert process.stderr.read() == ""
        assert process.wait(20) == 0
