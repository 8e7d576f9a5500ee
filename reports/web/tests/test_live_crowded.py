"""More connections than the page may have are told so, cost it nothing, and leave room when they go."""

from __future__ import annotations

import re
import socket
import subprocess
import sys

FILES = 100
PATIENCE = 20


def test_beyond_what_it_may_have_browsers_are_turned_away_without_a_word_on_the_terminal() -> None:
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
        told = [client.recv(100) for client in clients[FILES:]]  # the first half holds all places, and says nothing
        assert all(answer.startswith(b"HTTP/1.1 503 ") for answer in told)
        for client in clients:
            client.close()
        answer = b""
        while not answer.startswith(b"HTTP/1.1 200 "):  # as soon as it has seen that they are gone
            with socket.create_connection(where, timeout=PATIENCE) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                answer = client.recv(100)
        process.terminate()
        assert process.stderr.read() == ""
        assert process.wait(PATIENCE) == 0
