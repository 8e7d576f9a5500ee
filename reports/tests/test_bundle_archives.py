"""Archives that are no bundles: each is refused in one line, none is written anywhere, and memory is bounded."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import random
import resource
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from reports.bundles.archive import BLOCK, END, EVIDENCE, LIMITS, MANIFEST, SIGNER, VERDICT, header
from reports.cli import main
from reports.exits import Exit
from reports.tests.forged import FORGERIES, Laboratory, edited, put_together, signed_anew, taken_apart, verified
from reports.tests.test_command import ROOT
from reports.tests.test_formats import PACKED


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory.with_a_run(tmp_path_factory.mktemp("bundles"))


def _with(name: str, kind: bytes = tarfile.REGTYPE, octets: bytes = b"", **more: Any) -> bytes:
    about = tarfile.TarInfo(name)
    about.type, about.size = kind, len(octets)
    for key, value in more.items():
        setattr(about, key, value)
    block = about.tobuf(tarfile.USTAR_FORMAT, "utf-8", "surrogateescape")
    return block + octets + bytes(-len(octets) % BLOCK)


def _manifest(octets: bytes) -> bytes:
    """The first member, as it stands there."""
    size = int(octets[124:135], 8)
    return octets[: BLOCK + size + -size % BLOCK]


def _zipped(octets: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("bomb", bytes(1 << 24))
    return out.getvalue()


HOSTILE: Final[dict[str, tuple[Callable[[bytes], bytes], str]]] = {
    "a gzip bomb": (lambda octets: gzip.compress(bytes(1 << 24)), "it is compressed (gzip)"),
    "a zip bomb": (_zipped, "it is a zip file"),
    "xz": (lambda octets: lzma.compress(octets), "it is compressed (xz)"),
    "evidence": (lambda octets: lzma.decompress(PACKED.read_bytes()), "ippmailto bundle makes one"),
    "nothing": (lambda octets: b"", "it does not begin like a tar archive"),
    "any octets": (lambda octets: bytes(range(256)) * 4, "it does not begin like a tar archive"),
    "truncated in the first header": (lambda octets: octets[:300], "it is truncated"),
    "truncated in a member": (lambda octets: octets[:5000], "it is truncated"),
    "without its end": (lambda octets: octets[: -len(END)], "it is truncated"),
    "with half an end": (lambda octets: octets[:-BLOCK], "its end is cut off"),
    "something behind its end": (lambda octets: octets + b"x", "something stands behind its end"),
    "another archive behind it": (lambda octets: octets + octets, "something stands behind its end"),
    "an empty archive": (lambda octets: END, "it does not begin like a tar archive"),
    "the manifest alone": (lambda octets: _manifest(octets) + END, "it has no verdict.json, "),
    "a member twice": (lambda octets: _manifest(octets) + octets, "manifest.dsse.json is in it twice"),
    "a member more": (lambda octets: _with("more", octets=b"x") + octets, "more is in it, and belongs in no bundle"),
    "a path that leads up": (lambda octets: _with("../x", octets=b"x") + octets, "leads out of it: ../x"),
    "a path that leads up later": (lambda octets: _with("a/../../x") + octets, "leads out of it: a/../../x"),
    "an absolute path": (lambda octets: _with("/tmp/x", octets=b"x") + octets, "leads out of it: /tmp/x"),
    "a symbolic link": (lambda octets: _with(VERDICT, tarfile.SYMTYPE, linkname="/etc/passwd"), "a symbolic link"),
    "a link": (lambda octets: _with(VERDICT, tarfile.LNKTYPE, linkname="/etc/passwd"), "a link to another member"),
    "a directory": (lambda octets: _with("verdict.json/", tarfile.DIRTYPE), "is a directory"),
    "a pipe": (lambda octets: _with(VERDICT, tarfile.FIFOTYPE), "is a pipe"),
    "a device": (lambda octets: _with(VERDICT, tarfile.CHRTYPE), "is a device"),
    "a sparse file": (lambda octets: _with(EVIDENCE, tarfile.GNUTYPE_SPARSE), "is a sparse file"),
    "a long name of GNU": (lambda octets: _with("x", tarfile.GNUTYPE_LONGNAME, b"y"), "is no plain file"),
    "a header of pax": (lambda octets: _with("x", tarfile.XHDTYPE, b"y"), "is no plain file"),
    "a right that is none of ours": (lambda octets: _with(MANIFEST, mode=0o4755), "not as this program writes it"),
    "a time": (lambda octets: _with(MANIFEST, mtime=1), "not as this program writes it"),
    "a sum that is wrong": (lambda octets: octets[:148] + b"0000000\0" + octets[156:], "damaged"),
    "too large a member": (lambda octets: _with(MANIFEST, octets=bytes((1 << 20) + 1)), "at most 1,048,576"),
    "too large by what it says": (lambda octets: header(EVIDENCE, (8 << 30) - 1), "it is truncated: run.evidence"),
    "members in another order": (lambda octets: _with(SIGNER) + octets, "is not in its place"),
    "something behind a member": (
        lambda octets: octets[: len(_manifest(octets)) - 1] + b"x" + octets[len(_manifest(octets)) :],
        "truncated or damaged behind manifest.dsse.json",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_an_archive_that_is_no_bundle_is_one_line(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    make, told = HOSTILE[kind]
    scratch, bundle = tmp_path / "scratch", tmp_path / "hostile"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    bundle.write_bytes(make(place.bundle.read_bytes()))
    code, said = verified(capsys, bundle, "--key", place.public)
    assert code == Exit.DOES_NOT_CONFORM
    head, line = said.splitlines()
    assert head == f"refused: {bundle}"
    assert line.startswith("Archive   ")
    assert told in line
    assert sorted(tmp_path.iterdir()) == [bundle, scratch]
    assert list(scratch.iterdir()) == []


def test_a_large_bundle_is_read_piece_by_piece(place: Laboratory, tmp_path: Path) -> None:
    """Evidence of 600 MB, which is none: the process that looks has 250 MB, its interpreter included."""
    members = taken_apart(place.bundle)
    head = b""
    for name in (name for name in LIMITS if name in members and name != EVIDENCE):
        head += header(name, len(members[name])) + members[name] + bytes(-len(members[name]) % BLOCK)
    size = 600 << 20
    with (tmp_path / "large").open("wb") as out:
        out.write(head + header(EVIDENCE, size))
        out.truncate(out.tell() + size)
        out.seek(0, os.SEEK_END)
        out.write(END)
    done = subprocess.run(
        [sys.executable, "-m", "reports", "verify", tmp_path / "large", "--key", place.public],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (250 << 20, 250 << 20)),
    )
    assert done.returncode == Exit.DOES_NOT_CONFORM, done.stderr
    assert "run.evidence: it cannot be read any more" in done.stdout


# ---------------------------------------------------------------- members with anything in them

ODD: Final[tuple[Any, ...]] = (
    None, True, -1, 1e308, float("inf"), "", "\ud800", "x" * 5000, [], {}, [[]], {"id": []}, "../x", "S-7bit",
)  # fmt: skip


def _spoilt(draw: random.Random, document: Any) -> None:
    """Put something odd in a place that is drawn."""
    at = document
    while True:
        keys = list(at) if isinstance(at, dict) else range(len(at))
        if not keys:
            return
        key = draw.choice(keys)
        if not isinstance(at[key], dict | list) or not at[key] or draw.random() < 0.3:
            at[key] = draw.choice(ODD)
            return
        at = at[key]


@pytest.mark.takes(10)
@pytest.mark.parametrize("name", [VERDICT, "catalogue.json", "readings.json", "versions.json", MANIFEST])
def test_whatever_a_member_says_breaks_nothing_and_is_not_believed(
    place: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    whole = taken_apart(place.bundle)
    for seed in range(FORGERIES):
        draw, members = random.Random(seed), dict(whole)
        if name == MANIFEST:
            signed_anew(members, place.key, partial(_spoilt, draw))
        else:
            edited(members, name, partial(_spoilt, draw))
            signed_anew(members, place.key)
        if members == whole:
            continue
        bundle = put_together(members, tmp_path / "odd")
        code, said = verified(capsys, bundle, "--key", place.public)
        word = (Exit.CONFORMS,) if name == "versions.json" else ()  # on what it was made is the word of who signs
        assert code in (Exit.DOES_NOT_CONFORM, Exit.INCONCLUSIVE, *word), f"{seed}: {said}"
        assert main(["rejudge", str(bundle)]) in (Exit.CONFORMS, Exit.DOES_NOT_CONFORM, Exit.USAGE, Exit.INCONCLUSIVE)
