"""Which things said contradict each other: cases one by one, and the pairs written before the rule."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.memory.contradiction import relation
from pum.memory.extraction import RuleExtractor
from pum.paths import DATA
from pum.schemas import ExtractedPreference

PAIRS = [json.loads(line) for line in (DATA / "flips.jsonl").read_text(encoding="utf-8").splitlines()]


def said(action: str, condition: str = "", negated: bool = False) -> ExtractedPreference:
    return ExtractedPreference(condition, action, 0.7, "conditional" if condition else "global", negated, action)


OPPOSITE = [
    (said("give short answers"), said("give long answers")),
    (said("use metric units"), said("use imperial units")),
    (said("use tables for comparisons"), said("do not use tables", negated=True)),
    (said("do not use emojis", negated=True), said("use emojis")),
    (said("answer in English"), said("answer in German")),
    (said("use lists instead of tables"), said("use tables instead of lists")),
    (said("prefer tabs to spaces"), said("use spaces")),
    (said("call me Anna"), said("call me Bob")),
    (said("give two examples"), said("give five examples")),
    (said("give code without explanation"), said("explain the code")),
    (said("write tests with the code"), said("do not write tests", "writing the code", negated=True)),
    (said("use tables", "comparing things"), said("no tables any more", negated=True)),
]
OTHER = [
    (said("give short answers"), said("give short variable names")),
    (said("use snake_case", "writing Python"), said("use camelCase", "writing JavaScript")),
    (said("do not comment", "writing SQL", negated=True), said("use comments", "writing Python")),
    (said("use tables", "comparing things"), said("give short answers")),
    (said("give short answers"), said("give long answers", "teaching me")),
    (said("give long answers", "teaching me"), said("give short answers")),
    (said("do not use bold text", negated=True), said("do not use emojis", negated=True)),
    (said("use British spelling"), said("answer in German")),
    (said("give short answers"), said("give long variable names")),
    (said("put the summary first"), said("put the answer first")),
]
SAME = [
    (said("use metric units"), said("stick to metric units")),
    (said("answer in German"), said("reply in German")),
]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [(*pair, name) for name, pairs in (("opposite", OPPOSITE), ("other", OTHER), ("same", SAME)) for pair in pairs],
)
def test_relation(old: ExtractedPreference, new: ExtractedPreference, wanted: str) -> None:
    assert relation(old, new) == wanted


@pytest.mark.parametrize("kind", ["flip", "both"])
def test_the_development_pairs_that_the_rules_hear(kind: str) -> None:
    """The test half is scored by the stage `memory-contract`, and was not looked at."""
    extractor = RuleExtractor()
    right = heard = 0
    for pair in PAIRS:
        if pair["split"] == "dev" and pair["kind"] == kind:
            before, after = extractor.extract(pair["first"]), extractor.extract(pair["then"])
            relations = {relation(old, new) for old in before for new in after}
            heard += bool(relations)
            right += bool(relations) and ("opposite" in relations) == (kind == "flip")
    assert heard >= 10 and right == heard


TEXT = st.text(max_size=40) | st.sampled_from(["use short lists", "not", "no", "1 2 3", "prefer a to b", "without"])


@given(TEXT, TEXT, TEXT, TEXT, st.booleans(), st.booleans())
def test_any_text_has_a_relation(a: str, b: str, c: str, d: str, one: bool, other: bool) -> None:
    assert relation(said(a, c, one), said(b, d, other)) in ("same", "opposite", "other")
