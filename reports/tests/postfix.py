"""A private Postfix that relays to one address: its own configuration, queue and master, on the loopback only."""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fakes.tests.ports import free_port

DAEMONS: Final = Path("/usr/lib/postfix/sbin")
READY_SECONDS: Final = 20.0  # it listens within one on a quiet machine
SETTLE_SECONDS: Final = 20.0  # for the daemons to end
POLL_SECONDS: Final = 0.05  # nothing tells when another program begins to listen

MAIN: Final = """\
compatibility_level = 3.6
queue_directory = {room}/queue
data_directory = {room}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {room}/log
maillog_file_prefixes = {room}
syslog_name = relay
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
smtp_dns_support_level = disabled
relayhost = [{host}]:{port}
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_destination_recipient_limit = 1
append_dot_mydomain = no
in_flow_delay = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
"""

MASTER: Final = """\
127.0.0.1:{listen} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""

QUEUES: Final = (
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "private",
    "saved",
    "trace",
)


def why_not() -> str:
    """What keeps Postfix from being started here; empty when nothing does."""
    if not (DAEMONS / "master").exists():
        return "Postfix is not installed"
    return "" if os.geteuid() == 0 else "Postfix is started by root only"


def _furnish(room: Path, listen: int, relay: tuple[str, int]) -> None:
    """Configuration and an empty queue, owned as Postfix wants it."""
    user, group = pwd.getpwnam("postfix"), grp.getgrnam("postdrop")
    room.chmod(0o755)
    config = room / "config"
    config.mkdir()
    (config / "main.cf").write_text(MAIN.format(room=room, daemons=DAEMONS, host=relay[0], port=relay[1]))
    (config / "master.cf").write_text(MASTER.format(listen=listen))
    (room / "data").mkdir(mode=0o700)
    os.chown(room / "data", user.pw_uid, user.pw_gid)
    queue = room / "queue"
    queue.mkdir(mode=0o755)
    (queue / "pid").mkdir(mode=0o755)
    for name in QUEUES:
        (queue / name).mkdir(mode=0o700)
        os.chown(queue / name, user.pw_uid, user.pw_gid)
    for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
        (queue / name).mkdir()
        os.chown(queue / name, user.pw_uid, group.gr_gid)
        (queue / name).chmod(mode)


@asynccontextmanager
async def smarthost(recipient: tuple[str, int]) -> AsyncIterator[tuple[str, int]]:
    """Postfix under way, relaying everything to ``recipient``; yields host and port at which it takes mail."""
    room = Path(tempfile.mkdtemp(prefix="ippmailto-postfix-"))
    try:
        with free_port() as listen:
            _furnish(room, listen, recipient)
            # in a session of its own: at its end, master ends its whole process group
            master = await asyncio.create_subprocess_exec(
                DAEMONS / "master", "-c", room / "config", "-d",
                stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            try:
                await _listens(listen, master)
                yield "127.0.0.1", listen
            finally:
                if master.returncode is None:
                    master.send_signal(signal.SIGTERM)
                async with asyncio.timeout(SETTLE_SECONDS):
                    await master.wait()
    finally:
        shutil.rmtree(room)


async def _listens(port: int, master: asyncio.subprocess.Process) -> None:
    """Until something takes connections there; raises ``TimeoutError``, or ``OSError`` when Postfix has ended."""
    async with asyncio.timeout(READY_SECONDS):
        while True:
            if master.returncode is not None:
                raise OSError(f"Postfix ended with {master.returncode}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(POLL_SECONDS)
                continue
            writer.close()
            await writer.wait_closed()
            return
