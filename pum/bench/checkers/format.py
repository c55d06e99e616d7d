"""Response format (rf_): bullets, numbered steps, where the answer and the intuition stand."""

import re

from pum.bench.checkers.cues import FORMAL_DEFINITION, FORMULA, INTUITION, PICTURE, STEP_LABEL
from pum.bench.checkers.reading import Place, body, first_place, stated_answer
from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document
from pum.bench.world import Situation

_STATING = (
    r"(?:^|[=≈:→]|\b(?:is|are|be|equals?|gives?|get|yields?|result|value|of|namely)|\\boxed\{|\*\*|__|`|\$)"
    r"[\s*_`$({\\\[]*"
)


@checker("bullets")
def bullets(document: Document, situation: Situation) -> Judgement:
    """The options stand in a bulleted list whose items are indented alike, and not in a numbered one."""
    bulleted = [entry for entry in document.lists if not entry.ordered and len(entry.items) >= 2]
    numbered = any(entry.ordered and entry.depth == 0 and len(entry.items) >= 2 for entry in document.lists)
    return bool(bulleted) and not numbered and all(len(set(entry.indents)) == 1 for entry in bulleted)


@checker("numbered_steps")
def numbered_steps(document: Document, situation: Situation) -> Judgement:
    """At least two numbered items, headings or paragraphs; code between items splits a list, so all lists count."""
    items = sum(len(entry.items) for entry in document.lists if entry.ordered)
    labelled = sum(bool(STEP_LABEL.match(block.plain)) for block in document.blocks if block.kind != "code")
    return max(items, labelled) >= 2


@checker("answer_first")
def answer_first(document: Document, situation: Situation) -> Judgement:
    """The final answer stands in the first block that is more than a pleasantry."""
    answer = stated_answer(document)
    first = next(body(document), None)
    if not answer or first is None:
        return None
    return (
        re.search(rf"{_STATING}{re.escape(answer)}(?![\w/^]|[.,]\d)", first.text, re.IGNORECASE | re.MULTILINE)
        is not None
    )


@checker("intuition_first")
def intuition_first(document: Document, situation: Situation) -> Judgement:
    """An intuition or picture stands before the first definition, formula, step list or code."""
    intuitions = [place for place in (first_place(document, INTUITION), first_place(document, PICTURE)) if place]
    formal = _first_formal(document)
    return bool(intuitions) and (formal is None or min(intuitions) < formal)


def _first_formal(document: Document) -> Place | None:
    places = [first_place(document, FORMAL_DEFINITION), first_place(document, FORMULA)]
    places += [(fence.block, 0) for fence in document.fences[:1]]
    places += [(entry.block, 0) for entry in document.lists if entry.ordered][:1]
    return min((place for place in places if place is not None), default=None)
