"""What a TOML file can do beside being wrong: cost much, or say what no program can print."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.typed_toml import LARGEST, EntryError, TomlFile

EXPENSIVE = {
    "many digits": ("a = " + "9" * 100_000, "too many digits"),
    "many digits of another base": ("a = 0x" + "f" * 100_000, "too many digits"),
    "more than 64 bits": ("a = [{b = 9223372036854775808}]", "too many digits"),
    "a key of many parts": (".".join("a" * 50_000) + " = 1", "a key has more than 64 parts (at line 1)"),
    "a quoted key of many parts": ("\nb = {" + " . ".join(['"a.b"'] * 100) + " = 1}", "64 parts (at line 2)"),
    "a table of many parts": ("[" + ".".join(["'a'"] * 100) + "]", "64 parts"),
    "lists in lists": ("a = " + "[" * 50_000 + "]" * 50_000, "nested too deeply"),
    "tables in tables": ("a = " + "{b = " * 5_000 + "1" + "}" * 5_000, "nested too deeply"),
    "much": ("#" * (LARGEST + 1), "it has more than 1,048,576 octets"),
}


@pytest.mark.parametrize("name", EXPENSIVE)
def test_what_would_cost_much_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    text, says = EXPENSIVE[name]
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(EntryError) as caught:
        TomlFile.read(tmp_path / "x.toml")
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["a" * LARGEST, '"' * LARGEST, "a." * (LARGEST // 2), "a . 'b" * (LARGEST // 8)])
def test_looking_for_long_keys_costs_little(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(EntryError, match="is not TOML"):
        TomlFile.read(tmp_path / "x.toml")


def test_what_is_as_large_as_toml_allows_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(f"a = {2**63 - 1}\n{'.'.join('b' * 64)} = {-(2**63)}\n# {'c.' * 60}\n")
    assert TomlFile.read(tmp_path / "x.toml").data["a"] == 2**63 - 1
