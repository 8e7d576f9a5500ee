"""A network namespace of its own, with an address that is no loopback address: CUPS demands TLS of others only.

Run as a program in such a namespace (``unshare --net``) it gives the address to the loopback interface, which leads
nowhere else, and becomes the command that is named.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

import pytest

ADDRESS: Final = "192.0.2.1"  # TEST-NET-1 (RFC 5737): nobody has it
UNSHARE, IP = shutil.which("unshare"), shutil.which("ip", path="/usr/sbin:/usr/bin:/sbin:/bin")


def why_not() -> str | None:
    """What there is to do before a namespace can be made here; ``None`` if it can."""
    if UNSHARE is None or IP is None:
        return "unshare or ip is not here; apt-get install util-linux iproute2"
    done = subprocess.run([UNSHARE, "--net", IP, "link", "set", "lo", "up"], capture_output=True, check=False)
    return None if not done.returncode else "a network of our own needs root"


needs_own_network = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")


def in_own_network(*command: str) -> list[str]:
    """The command that runs that command there."""
    assert UNSHARE is not None
    return [UNSHARE, "--net", "--", sys.executable, __file__, *command]


def become(command: Sequence[str]) -> None:
    """Set the network up, and go on as that command."""
    assert IP is not None
    subprocess.run([IP, "link", "set", "lo", "up"], check=True)
    subprocess.run([IP, "address", "add", f"{ADDRESS}/32", "dev", "lo"], check=True)
    os.execvp(command[0], list(command))


if __name__ == "__main__":
    become(sys.argv[1:])
