"""The documentation as a site: it builds without a warning, leaves no page out, and every command in it is one."""

from __future__ import annotations

import argparse
import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from reports.cli import _parser

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
SITE: Final[dict[str, Any]] = YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
PAGES: Final = sorted((*ROOT.glob("*.md"), *DOCS.glob("*.md")))
COMMANDS: Final = next(a.choices for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))


def pages_of(entry: Any) -> Iterator[str]:
    """The pages that an entry of the navigation leads to."""
    if isinstance(entry, str):
        yield entry
    else:
        for each in entry if isinstance(entry, list) else entry.values():
            yield from pages_of(each)


def test_the_site_is_built_without_a_warning_and_asks_no_other_host(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for page in DOCS.glob("*.md"):
        text = (tmp_path / f"{page.stem}.html").read_text(encoding="utf-8")
        assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=[\"']https?://", text), page.name


def test_every_page_is_in_the_navigation_once() -> None:
    assert sorted(pages_of(SITE["nav"])) == sorted(path.name for path in DOCS.glob("*.md"))


def test_a_list_stands_apart_so_that_the_site_takes_it_for_one() -> None:
    """What GitHub shows as a list without an empty line before it is a paragraph on the site."""
    glued = []
    for page in DOCS.glob("*.md"):
        text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        found = re.findall(r"^(?![-*|#>]|\d+\. | *$| ).+\n(?:[-*]|\d+\.) .*", text, re.MULTILINE)
        glued += [f"{page.name}: {lines}" for lines in found]
    assert glued == []


# ---------------------------------------------------------------- commands


def shell_lines(text: str) -> Iterator[str]:
    """The lines of its examples, as a shell would see them: continued ones in one, without comments."""
    for block in re.findall(r"^ *```(?:sh|text)\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        for line in re.sub(r"\s*\\\n\s*", " ", block).splitlines():
            for part in re.split(r" && | \| ", re.sub(r"\s+#.*", "", line)):
                yield part.strip()


def ours() -> list[tuple[str, str]]:
    """Every command of ours on every page, in an example or in a sentence, without what comes before it."""
    found = []
    for page in PAGES:
        if page.name == "CHANGELOG.md":  # what is gone is in it, too
            continue
        text = page.read_text(encoding="utf-8")
        for line in shell_lines(text):
            match = re.match(r"(?:(?:Look|Again|Explain) +)?(?:\.venv/bin/)?ippmailto (.*)", line)
            found += [(page.name, re.sub(r" >+ .*", "", match[1]))] if match else []
        spans = re.findall(r"`ippmailto ([^`]*)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL))
        found += [(page.name, " ".join(span.split())) for span in spans]
    return list(dict.fromkeys(found))


OURS: Final = ours()


def test_there_are_commands_on_the_pages() -> None:
    assert len(OURS) > 60
    assert {command.split()[0] for _, command in OURS} >= set(COMMANDS) - {"schema"}


@pytest.mark.parametrize(("page", "command"), OURS)
def test_every_command_on_a_page_is_understood(page: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command)
    if len(words) == 1:  # a command that is only named
        assert words[0] in COMMANDS or words[0].startswith("-")
        return
    code: int | str | None = 0
    try:
        _parser().parse_args(words)
    except SystemExit as ended:  # --help, or wrong
        code = ended.code
    assert code in (None, 0), f"{page}: {capsys.readouterr().err}"


def test_every_other_command_of_the_project_is_there() -> None:
    """``python -m`` with a module of ours, and the files that are given to pytest."""
    seen = 0
    for page in PAGES:
        for line in shell_lines(page.read_text(encoding="utf-8")):
            words = re.sub(r"^[A-Z_]+=\S+ ", "", line).split()
            if words[1:2] == ["-m"] and re.match(r"(?:\.venv/bin/)?python", words[0]):
                seen += 1
                if not words[2].startswith("venv"):
                    assert importlib.util.find_spec(words[2]), f"{page.name}: {line}"
                paths = [word for word in words[3:] if re.match(r"(?:conformance|fakes|reports)/", word)]
                assert [path for path in paths if not list(ROOT.glob(path))] == [], f"{page.name}: {line}"
    assert seen > 15
