"""Verbosity (vb_): how long, how detailed, how far to go."""

import re

from pum.bench.checkers.cues import CAUSE, DIAGNOSIS, FORMULA, REPAIR, SEQUENCE, SO
from pum.bench.checkers.reading import blanked, steps
from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document
from pum.bench.world import Situation

_DISPLAY = re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]", re.DOTALL)


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
