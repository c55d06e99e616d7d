"""Which things said contradict each other: cases one by one, and the pairs written before the rule."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.core.paths import DATA
from pum.core.schemas import ExtractedPreference
from pum.extraction.rules import RuleExtractor
from pum.memory.contradiction import relation, replaces

PAIRS = [json.loads(line) for line in (DATA / "flips.jsonl").read_text(encoding="utf-8").splitlines()]


def said(action: str, condition: str = "", negated: bool = False, span: str = "") -> ExtractedPreference:
    scope = "conditional" if condition else "global"
    return ExtractedPreference(condition, action, 0.7, scope, negated, span or action)


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
    (said("add disclaimers"), said("cut disclaimers")),
    (said("include unit tests"), said("leave the unit tests to me")),
    (said("explain the theory behind it"), said("use recipes", span="Forget the theory, I want recipes.")),
    (said("explain the reasoning"), said("give the answer", span="Just give me the answer.")),
    (said("put the code first and then the reasons"), said("put the reasons first and then the code")),
    (said("put the code before the reasons"), said("put the code after the reasons")),
    (said("begin with the conclusion"), said("put the conclusion after the arguments")),
    (said("use APA for citations"), said("use citations in MLA style")),
    (said("be playful, crack a joke"), said("use a sober tone")),
    (said("make summaries fit in fifty words"), said("make summaries around two hundred words")),
    (said("add more comments"), said("add fewer comments")),
    (said("put comparisons in a table"), said("give comparisons as bullet points")),
    (said("cite sources"), said("cite sources", "I write essays", span="Cite sources only when I write essays.")),
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
    (said("put the code before the explanation"), said("put the imports before the code")),
    (said("do not leave out the units", negated=True), said("include the units")),
    (said("give one example"), said("give several hints")),
    (said("add more comments"), said("ask fewer questions")),
    (said("use tables"), said("use diagrams")),
    (said("give 3 examples"), said("use three colours")),
    (said("cite sources", "I write essays"), said("use bold", span="Use bold only when it matters.")),
    (said("be funny in toasts"), said("stay serious in eulogies")),
]
SAME = [
    (said("use metric units"), said("stick to metric units")),
    (said("answer in German"), said("reply in German")),
    (said("give three examples"), said("show 3 examples")),
]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [(*pair, name) for name, pairs in (("opposite", OPPOSITE), ("other", OTHER), ("same", SAME)) for pair in pairs],
)
def test_relation(old: ExtractedPreference, new: ExtractedPreference, wanted: str) -> None:
    assert relation(old, new) == wanted


def test_a_like_wish_in_other_words_takes_the_place_of_the_older_one_when_things_are_said_to_change() -> None:
    old = said("use cardinal numbers for chapters")
    assert replaces(old, said("use ordinals for chapters", span="Switch to ordinals for chapters."))
    assert not replaces(old, said("use ordinals for chapters"))
    assert not replaces(old, said("use numbers for chapters", span="From now on use numbers for chapters."))


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
