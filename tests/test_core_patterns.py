"""Words and phrases in YAML become patterns; those of checkers and rewards are all used, and none is missing."""

import re
from pathlib import Path

import pytest

from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.core.patterns import read_patterns


def read(folder: Path, text: str, **bounds: str):
    path = folder / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return read_patterns(path, **bounds)


def test_a_list_is_whole_words_and_a_text_is_an_expression_in_several_lines(tmp_path: Path) -> None:
    found = read(tmp_path, "good: [nice, well done]\nend: |\n  {good} (?:work\n  |job)$\n")
    assert found.good.pattern == r"\b(?:nice|well done)\b"
    assert found.end.pattern == r"\b(?:nice|well done)\b (?:work|job)$"
    assert found.end.search("A NICE job") and not found.good.search("nicely")


def test_other_bounds_and_counts_in_braces(tmp_path: Path) -> None:
    found = read(tmp_path, "two: ['a{2}']", before=r"(?<!\w)", after=r"(?!\w)")
    assert found.two.pattern == r"(?<!\w)(?:a{2})(?!\w)"


@pytest.mark.parametrize("text", ["a: ['(']", "a: '{b}'\nb: x"])
def test_a_malformed_pattern_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="p.yaml: a: "):
        read(tmp_path, text)


@pytest.mark.parametrize("path", ["pum/bench/checkers/cue_words.yaml", "pum/feedback/cues.yaml"])
def test_every_pattern_is_used_and_every_used_one_exists(path: str) -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / path).parent.glob("*.py")))
    text = (ROOT / path).read_text(encoding="utf-8")
    there = set(re.findall(r"^([a-z_]+):", text, re.MULTILINE))
    used = set(re.findall(r"CUES\.([a-z_]+)", code))
    assert used <= there == used | set(re.findall(r"\{([a-z_]+)\}", text))
