"""The archive of a bundle: a plain tar (ustar) with known members in a known order, and nothing else in it.

What is written has no time, owner or right of its own, so the same members make the same octets.  What is read must be
what would have been written: each header is compared octet for octet with our own for that name and size.  So there is
nothing that two readers could understand differently, no link, no path that leads elsewhere, no second member of one
name, and nothing that grows when it is unpacked.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

from conformance.verdict import printable
from fakes.whole_file import see_that_it_is_a_file
from reports.exits import UsageError

BLOCK: Final = tarfile.BLOCKSIZE
END: Final = bytes(2 * BLOCK)
PART: Final = 1 << 20  # octets that are copied together

MANIFEST: Final = "manifest.dsse.json"
TIMESTAMP: Final = "timestamp.tsr"
EVIDENCE: Final = "run.evidence"
VERDICT: Final = "verdict.json"
RECORDS: Final = "records.txt"
ICS: Final = "ics.toml"
IXIT: Final = "ixit.toml"
READINGS: Final = "readings.json"
CATALOGUE: Final = "catalogue.json"
VERSIONS: Final = "versions.json"
WAIVERS: Final = "waivers.toml"
SIGNER: Final = "signer.pem"

_SMALL: Final = 1 << 20
LIMITS: Final[Mapping[str, int]] = {
    MANIFEST: _SMALL,
    TIMESTAMP: _SMALL,
    VERDICT: 16 << 20,  # a whole run has 2 MB; it is read into memory, where it takes twenty times as much
    VERSIONS: _SMALL,
    CATALOGUE: 4 << 20,
    READINGS: _SMALL,
    ICS: _SMALL,
    IXIT: _SMALL,
    WAIVERS: _SMALL,
    SIGNER: _SMALL,
    RECORDS: 4 << 30,  # it and the evidence are only read piece by piece
    EVIDENCE: (8 << 30) - 1,  # what the size in a header of ustar can say
}
"""The members in their order, and the most octets of each; what is small comes first."""

NEEDED: Final = frozenset(LIMITS) - {TIMESTAMP, WAIVERS, SIGNER}
_OTHERS: Final = (
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"PK\x03\x04", "a zip file"),
    (b"PK\x05\x06", "a zip file"),
    (b"\xfd7zXZ\0", "compressed (xz)"),
    (b"BZh", "compressed (bzip2)"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)"),
    (b"SQLite format 3\0", "evidence; ippmailto bundle makes one of its report directory"),
)
_KINDS: Final = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a link to another member",
    tarfile.DIRTYPE: "a directory",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
}


class BundleError(Exception):
    """A bundle that is none, or is not as one is made: one line."""


# ---------------------------------------------------------------- writing


def header(name: str, size: int) -> bytes:
    """What stands before a member."""
    about = tarfile.TarInfo(name)
    about.size = size
    return about.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def write_archive(out: BinaryIO, members: Mapping[str, Path]) -> None:
    """The archive of these files, in the order of :data:`LIMITS`; raises ``UsageError`` for one that is too large."""
    for name in (name for name in LIMITS if name in members):
        with members[name].open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            if size > LIMITS[name]:
                raise UsageError(f"{name} has {size:,} octets; a bundle takes {LIMITS[name]:,}")
            out.write(header(name, size))
            shutil.copyfileobj(source, out, PART)
        out.write(bytes(-size % BLOCK))
    out.write(END)


# ---------------------------------------------------------------- reading


def first_members(bundle: Path, last: str) -> dict[str, bytes]:
    """The small ones up to that one, which has to be there, in memory; raises as :func:`unpack` does."""
    with _opened(bundle) as file:
        found: dict[str, bytes] = {}
        while last not in found:
            block = file.read(BLOCK)
            if not found:
                _see_what_it_is(block)
            if len(block) < BLOCK or block == END[:BLOCK]:
                raise BundleError(f"it is truncated, or has no {last}")
            name, length = _member(block, found)
            found[name] = file.read(length)
            if len(found[name]) < length:
                raise BundleError(f"it is truncated within {name}")
            file.seek(-length % BLOCK, os.SEEK_CUR)
    return found


def unpack(bundle: Path, directory: Path) -> dict[str, Path]:
    """The members as files in a private directory, under names of ours; raises ``BundleError`` and ``UsageError``."""
    with _opened(bundle) as file:
        size = os.fstat(file.fileno()).st_size
        if size > (free := shutil.disk_usage(directory).free):
            raise UsageError(
                f"{bundle} has {size:,} octets, and {directory} room for {free:,}; name another place in TMPDIR"
            )
        found: dict[str, Path] = {}
        while True:
            block = file.read(BLOCK)
            if not found:
                _see_what_it_is(block)
            if len(block) < BLOCK:
                raise BundleError("it is truncated: it ends without the mark of its end")
            if block == END[:BLOCK]:
                break
            name, length = _member(block, found)
            if length > size - file.tell():
                raise BundleError(
                    f"it is truncated: {name} has {length:,} octets, and {size - file.tell():,} are there"
                )
            found[name] = directory / name
            _copy(file, found[name], length, name)
        rest = file.read(BLOCK + 1)
        if rest != END[BLOCK:]:
            raise BundleError("something stands behind its end, or its end is cut off")
    if missing := [name for name in LIMITS if name in NEEDED - found.keys()]:
        raise BundleError(f"it has no {', '.join(missing)}")
    return found


def _opened(bundle: Path) -> BinaryIO:
    """The file, if it is one; pipes are not waited for, devices not touched."""
    try:
        see_that_it_is_a_file(bundle, of_shell=False)  # it is read more than once
        return os.fdopen(os.open(bundle, os.O_RDONLY | os.O_NONBLOCK), "rb")
    except OSError as error:
        raise UsageError(f"cannot read {bundle}: {error.strerror}; name a bundle") from error


def _see_what_it_is(block: bytes) -> None:
    for magic, what in _OTHERS:
        if block.startswith(magic):
            raise BundleError(f"it is {what}, and a bundle is a plain tar archive")
    if block[257:262] != b"ustar":
        raise BundleError("it is no bundle of ippmailto: it does not begin like a tar archive")


def _member(block: bytes, found: Mapping[str, object]) -> tuple[str, int]:
    """Name and size in a header, which has to be as we write it."""
    try:
        about = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise BundleError(f"the header of a member is damaged: {error}") from error
    shown = printable(about.name)[:60]
    if about.type != tarfile.REGTYPE:
        raise BundleError(f"{shown} in it is {_KINDS.get(about.type, 'no plain file')}")
    if about.name.startswith("/") or ".." in about.name.split("/"):
        raise BundleError(f"the name of a member leads out of it: {shown}")
    if about.name not in LIMITS:
        raise BundleError(f"{shown} is in it, and belongs in no bundle")
    if about.name in found:
        raise BundleError(f"{shown} is in it twice")
    if about.size > LIMITS[about.name]:
        raise BundleError(f"{shown} has {about.size:,} octets, and at most {LIMITS[about.name]:,} are taken")
    order = list(LIMITS)
    if found and order.index(about.name) < order.index(list(found)[-1]):
        raise BundleError(f"{shown} is not in its place in it")
    if block != header(about.name, about.size):
        raise BundleError(f"the header of {shown} is not as this program writes it")
    return about.name, about.size


def _copy(source: BinaryIO, target: Path, length: int, name: str) -> None:
    with target.open("xb") as out:
        left = length
        while left and (part := source.read(min(PART, left))):
            out.write(part)
            left -= len(part)
    if left or any(source.read(-length % BLOCK)) or source.tell() % BLOCK:
        raise BundleError(f"it is truncated or damaged behind {name}")
