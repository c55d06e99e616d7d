"""Response format (rf_): lists, steps, tables, headings; where the answer, the intuition and the summary stand."""

import re

from pum.bench.checkers.cues import FORMAL_DEFINITION, FORMULA, INTUITION, PICTURE, RECAP, STEP_LABEL
from pum.bench.checkers.reading import Place, body, first_label, first_place, stated_answer
from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document, split_sentences
from pum.bench.types import Situation

_STATING = (
    r"(?:^|[=≈:→]|\b(?:is|are|be|equals?|gives?|get|yields?|result|value|of|namely)|\\boxed\{|\*\*|__|`|\$)"
    r"[\s*_`$({\\\[]*"
)
_NUMBERED_LABEL = re.compile(r"(?:(?:option|approach|method|way)\s*)?\d+\b", re.IGNORECASE)
_BOX = re.compile(r"\[[ xX]\]\s|[☐☑✅]")
_GIVEN = re.compile(r"\b(?:givens?|knowns?|what we know|what is known|known values|data)\b", re.IGNORECASE)
_WE_ARE_GIVEN = re.compile(r"\b(?:we|you) (?:are|have been) (?:given|told)\b|\bwhat is given\b", re.IGNORECASE)
_SUMMARY = re.compile(
    r"\W*(?:tl;?\s?dr|summary|in short|in brief|bottom line|short version|in a nutshell)\b", re.IGNORECASE
)
_PARAGRAPH_WORDS = 5


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


@checker("numbered_options")
def numbered_options(document: Document, situation: Situation) -> Judgement:
    """The options are numbered: an ordered list, or headings and lead-ins with a number."""
    items = sum(len(entry.items) for entry in document.lists if entry.ordered and entry.depth == 0)
    headed = [block.plain for block in document.blocks if block.kind == "heading" or block.label]
    return max(items, sum(bool(_NUMBERED_LABEL.match(text)) for text in headed)) >= 2


@checker("options_table")
def options_table(document: Document, situation: Situation) -> Judgement:
    """The options are rows of a table with at least two columns."""
    return any(len(table.header) >= 2 and len(table.rows) >= 2 for table in document.tables)


@checker("paragraph_each")
def paragraph_each(document: Document, situation: Situation) -> Judgement:
    """At least three paragraphs of prose, no list and no table."""
    long = sum(len(block.plain.split()) >= _PARAGRAPH_WORDS for block in document.paragraphs)
    return long >= 3 and not document.lists and not document.tables


@checker("checklist")
def checklist(document: Document, situation: Situation) -> Judgement:
    """At least two items that can be ticked off."""
    return sum(block.kind == "item" and bool(_BOX.match(block.text)) for block in document.blocks) >= 2


@checker("one_sentence_first")
def one_sentence_first(document: Document, situation: Situation) -> Judgement:
    """A single sentence stands in a paragraph of its own before the rest."""
    if len(document.blocks) < 2:
        return False
    first = document.blocks[0]
    return first.kind == "paragraph" and len(split_sentences(first.text)) == 1


@checker("boxed_result")
def boxed_result(document: Document, situation: Situation) -> Judgement:
    """The result stands in a TeX box."""
    return any(block.kind != "code" and "\\boxed{" in block.text for block in document.blocks)


@checker("givens_first")
def givens_first(document: Document, situation: Situation) -> Judgement:
    """What is given is listed before the first step."""
    given = first_label(document, _GIVEN) or first_place(document, _WE_ARE_GIVEN)
    numbered = [n for n, block in enumerate(document.blocks) if block.kind != "code" and STEP_LABEL.match(block.plain)]
    numbered += [entry.block for entry in document.lists if entry.ordered]
    return given is not None and all(given[0] < start for start in numbered)


@checker("section_headings")
def section_headings(document: Document, situation: Situation) -> Judgement:
    """At least two headings divide the reply."""
    return len(document.headings) >= 2


@checker("tldr_first")
def tldr_first(document: Document, situation: Situation) -> Judgement:
    """A summary so called stands at the top, at most after a word of courtesy."""
    return any(block.kind != "code" and _SUMMARY.match(block.text) for block in document.blocks[:2])


@checker("recap_last")
def recap_last(document: Document, situation: Situation) -> Judgement:
    """The last words recapitulate, and say so."""
    if len(document.blocks) < 2 or document.blocks[-1].kind == "code":
        return False
    heading, last = document.blocks[-2:]
    return bool(RECAP.search(last.text) or (heading.kind == "heading" and RECAP.search(heading.text)))
