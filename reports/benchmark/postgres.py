"""A private PostgreSQL: a cluster of its own in a directory of its own, on a socket of Unix, gone in the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from .children import BenchmarkError

USER: Final = "tester"
PASSWORD: Final = "of the cluster/1"
MISSING: Final = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
START_SECONDS: Final = 60  # it takes one
SETTINGS: Final = "-c listen_addresses='' -c fsync=off -c max_connections=60 -c unix_socket_directories="


def programs() -> Path | None:
    """Where initdb and pg_ctl are; ``None`` where PostgreSQL is not installed."""
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]  # as Debian has them
    if found := shutil.which("initdb"):
        versions.append(Path(found).resolve().parent)
    return next(iter(versions), None)


@dataclass(frozen=True, slots=True)
class Cluster:
    """One that runs."""

    directory: Path

    def url(self, database: str = "postgres", *, password: str = PASSWORD) -> str:
        """As it is given to a command."""
        return f"postgresql://{USER}:{quote(password, safe='')}@/{database}?host={quote(str(self.directory), safe='')}"

    def create(self, database: str, *, like: str = "template1") -> str:
        """A new database, with what another has that nobody is at; returns its URL."""
        import psycopg
        from psycopg.sql import SQL, Identifier

        host = str(self.directory)
        with psycopg.connect(host=host, user=USER, password=PASSWORD, dbname="postgres", autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(database), Identifier(like)))
        return self.url(database)


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    """Make it, run it, end it; raises ``BenchmarkError``."""
    found = programs()
    if found is None:
        raise BenchmarkError(MISSING)
    with tempfile.TemporaryDirectory(prefix="ippmailto-postgres-") as name:
        directory = Path(name)
        data, secret, log = directory / "data", directory / "secret", directory / "log"
        secret.write_text(PASSWORD + "\n")
        as_user = as_another_user(directory, secret)
        _run(
            [found / "initdb", "-D", data, "-U", USER, "--pwfile", secret, "--auth", "scram-sha-256", "--no-sync",
             "--encoding", "UTF8", "--locale", "C"],
            as_user,
        )  # fmt: skip
        control: list[str | Path] = [found / "pg_ctl", "-D", data, "-w", "-t", str(START_SECONDS)]
        try:
            _run([*control, "-l", log, "-o", SETTINGS + str(directory), "start"], as_user)
            yield Cluster(directory)
        finally:
            _run([*control, "-m", "immediate", "stop"], as_user)


def as_another_user(*paths: Path) -> dict[str, Any]:
    """For ``subprocess``: PostgreSQL refuses root, and then runs as its own user, whose the paths become."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError as error:
        raise BenchmarkError("there is no user postgres to run PostgreSQL as, and root must not") from error
    for path in paths:
        os.chown(path, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(command: Sequence[str | Path], as_user: dict[str, Any]) -> None:
    """No pipes: the server would hold them open."""
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False, **as_user
        )
        if done.returncode != 0:
            said.seek(0)
            raise BenchmarkError(f"{Path(command[0]).name}: {said.read().decode(errors='replace').strip()[-300:]}")
