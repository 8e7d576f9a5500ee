"""A private LDAP server with the printer schema (RFC 3712), filled from LDIF."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SLAPD, SLAPADD = (
    shutil.which(name, path="/usr/sbin:/usr/lib/openldap:/usr/local/libexec") for name in ("slapd", "slapadd")
)
CORE = Path("/etc/ldap/schema/core.schema")
needs_slapd = pytest.mark.skipif(
    SLAPD is None or SLAPADD is None or not CORE.exists(), reason="slapd is not here; apt-get install slapd"
)
STRINGS = {  # RFC 3712 section 4, those that the reference printer has
    "printer-name": 1135, "printer-location": 1136, "printer-info": 1139, "printer-more-info": 1134,
    "printer-make-and-model": 1138, "printer-xri-supported": 1107,
}  # fmt: skip
TREE = """dn: dc=example
objectClass: dcObject
objectClass: organization
dc: example
o: example

dn: ou=printers,dc=example
objectClass: organizationalUnit
ou: printers

"""


def _configuration(directory: Path) -> str:
    lines = [f"include {CORE}"]
    lines += [
        f"attributetype ( 1.3.18.0.2.4.{number} NAME '{name}' EQUALITY caseIgnoreMatch "
        "SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )"
        for name, number in STRINGS.items()
    ]
    own = " $ ".join(STRINGS)
    lines += [
        f"objectclass ( 1.3.18.0.2.6.257 NAME 'printerServiceAuxClass' SUP top AUXILIARY MAY ( {own} ) )",
        "objectclass ( 1.3.18.0.2.6.256 NAME 'printerIPP' SUP top AUXILIARY )",
        f"pidfile {directory / 'pid'}",
        "database ldif",
        'suffix "dc=example"',
        f"directory {directory / 'db'}",
        "access to * by * read",
    ]
    return "\n".join(lines) + "\n"


@contextmanager
def ldap_server(directory: Path, ldif: str) -> Iterator[str]:
    """The server with that below its tree; its URL."""
    assert SLAPD is not None
    assert SLAPADD is not None
    (directory / "db").mkdir()
    configuration, data = directory / "slapd.conf", directory / "data.ldif"
    configuration.write_text(_configuration(directory))
    data.write_text(TREE + ldif)
    subprocess.run([SLAPADD, "-f", str(configuration), "-l", str(data)], check=True, capture_output=True, timeout=30)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [SLAPD, "-f", str(configuration), "-h", f"ldap://127.0.0.1:{port}/", "-d", "256"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if "slapd starting" in line:
                    break
            else:
                pytest.fail("slapd ended at once")
            yield f"ldap://127.0.0.1:{port}/dc=example"
        finally:
            process.kill()
