"""However many hold the places of the page and say nothing, a browser is served."""

from __future__ import annotations

import re
import socket
import subprocess
import sys

FILES = 100
PATIENCE = 20
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_who_says_nothing_gives_way_to_who_comes_without_a_word_on_the_terminal() -> None:
    limited = f"import resource, runpy; resource.setrlimit(resource.RLIMIT_NOFILE, ({FILES}, {FILES}));"
    run = f"{limited} runpy.run_module('ippmailto', run_name='__main__')"
    command = [sys.executable, "-P", "-c", run, "recipient", "--web", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
        assert found is not None
        where = ("127.0.0.1", int(found[1]))
        clients = [socket.create_connection(where, timeout=PATIENCE) for _ in range(2 * FILES)]
        # they hold all places, and say nothing: whoever says something is served at once
        with socket.create_connection(where, timeout=PATIENCE) as client:
            client.sendall(GET)
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        assert clients[0].recv(1) == b""  # the first has given way
        for client in clients:
            client.close()
        process.terminate()
        assert process.stderr.read() == ""
        assert process.wait(PATIENCE) == 0
