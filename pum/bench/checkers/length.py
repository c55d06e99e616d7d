"""Verbosity (vb_): how long, how detailed, how far to go, how many."""

import re
from collections import Counter

from pum.bench.checkers.cues import CAUSE, DIAGNOSIS, FORMULA, PICTURE, REPAIR, SEQUENCE, SO
from pum.bench.checkers.reading import blanked, first_place, steps
from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document
from pum.bench.types import Situation

_DISPLAY = re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]", re.DOTALL)
_PURPOSE = re.compile(
    r"\bso (?:that|you|we|nothing)\b|\bin order to\b|\bbecause\b|\bto (?:avoid|ensure|make sure)\b"
    r"|\b(?:this|which) (?:way|lets|keeps|ensures|helps|makes|prevents|gives)\b|\b(?:purpose|the point|reason|why)\b",
    re.IGNORECASE,
)
_LIKENESS = re.compile(
    r"\banalog(?:y|ous)\b|\b(?:just |much |a bit |a lot )?like (?:a|an|when|following)\b", re.IGNORECASE
)
_TAKEAWAY = re.compile(
    r"\b(?:key|main|one) (?:point|takeaway|idea|thing|lesson)\b|\btakeaway\b|\bremember\b|\bkeep in mind\b"
    r"|\bin short\b|\bto (?:sum up|recap)\b",
    re.IGNORECASE,
)
_ORDINALS = re.compile(r"\b(first|second|third|fourth|fifth)(?:ly)?\b", re.IGNORECASE)


@checker("at_most_three_sentences")
def at_most_three_sentences(document: Document, situation: Situation) -> Judgement:
    """No more than three sentences of prose; items of a list count as sentences, code does not."""
    if not document.sentences and not document.fences:
        return None
    return len(document.sentences) <= 3


@checker("stepwise_derivation")
def stepwise_derivation(document: Document, situation: Situation) -> Judgement:
    """Steps that can be followed: numbered, told in sequence (first, then, finally), or a chain of formulas."""
    sequence = {found.lower() for sentence in document.sentences for found in SEQUENCE.findall(sentence)}
    return len(steps(document)) >= 2 or len(sequence) >= 3 or _formula_lines(document) >= 3


def _formula_lines(document: Document) -> int:
    """Displayed formulas, and lines of prose that are little else than a formula."""
    prose = [blanked(block.text) for block in document.blocks if block.kind in ("paragraph", "item")]
    displayed = sum(len(_DISPLAY.findall(text)) for text in prose)
    lines = [line.strip() for text in prose for line in _DISPLAY.sub("", text).split("\n")]
    return displayed + sum("=" in line and bool(FORMULA.search(line)) and len(line.split()) <= 12 for line in lines)


@checker("explains_reasoning")
def explains_reasoning(document: Document, situation: Situation) -> Judgement:
    """At least two sentences that give a reason or draw a consequence."""
    return sum(bool(CAUSE.search(sentence) or SO.search(sentence)) for sentence in document.sentences) >= 2


@checker("diagnosis_only")
def diagnosis_only(document: Document, situation: Situation) -> Judgement:
    """Says what goes wrong, and neither tells nor shows how to repair it."""
    prose = [block.text for block in document.blocks if block.kind != "code"]
    repaired = any(REPAIR.search(text) for text in prose) or any("fix" in block.label for block in document.blocks)
    return any(DIAGNOSIS.search(text) for text in prose) and not repaired


@checker("exactly_three")
def exactly_three(document: Document, situation: Situation) -> Judgement:
    """Three options: as items, rows, labelled paragraphs, or told as first, second and third."""
    return _options(document) == 3


def _options(document: Document) -> int:
    """How many options the reply tells apart; 0 where it just strings them together."""
    levels = Counter(heading.level for heading in document.headings)
    headed = max(levels.values(), default=0)
    listed = sum(len(entry.items) for entry in document.lists if entry.depth == 0)
    if headed >= 3 or listed:
        return headed if headed >= 3 else listed
    if document.tables:
        return len(document.tables[0].rows)
    labelled = sum(bool(block.label) and not block.plain.endswith(":") for block in document.paragraphs)
    told = {found.lower() for sentence in document.sentences for found in _ORDINALS.findall(sentence)}
    return labelled if labelled >= 2 else len(told)


@checker("step_purpose")
def step_purpose(document: Document, situation: Situation) -> Judgement:
    """At least half of the steps say what they are for; without a list every sentence counts as a step."""
    items = [block.text for block in document.blocks if block.kind == "item"]
    told = next((found for found in (steps(document), items) if len(found) >= 2), document.sentences)
    return len(told) >= 2 and 2 * sum(bool(_PURPOSE.search(step)) for step in told) >= len(told)


@checker("analogy")
def analogy(document: Document, situation: Situation) -> Judgement:
    """A picture from everyday life."""
    return bool(first_place(document, PICTURE) or first_place(document, _LIKENESS))


@checker("takeaway")
def takeaway(document: Document, situation: Situation) -> Judgement:
    """One sentence names the point to remember."""
    return any(_TAKEAWAY.search(sentence) for sentence in document.sentences)
