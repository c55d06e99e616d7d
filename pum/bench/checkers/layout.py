"""Checkers of response format (rf_) and verbosity (vb_): lists, tables, headings, order of parts; length, detail."""

import re
from collections import Counter

from pum.bench.checkers.checking import Judgement, checker
from pum.bench.checkers.cue_words import CUES, FORMULA
from pum.bench.checkers.passages import (
    Place,
    blanked,
    body,
    endings,
    first_label,
    first_place,
    in_a_sentence,
    in_prose,
    stated_answer,
    steps,
)
from pum.bench.markdown import Block, Document, split_sentences
from pum.bench.tasks.answers import final_answer
from pum.bench.types import Situation

_STATING = (
    r"(?:^|[=≈:→]|\b(?:is|are|be|equals?|gives?|get|yields?|result|value|of|namely)|\\boxed\{|\*\*|__|`|\$)"
    r"[\s*_`$({\\\[]*"
)
_NUMBERED_LABEL = re.compile(r"(?:(?:option|approach|method|way)\s*)?\d+\b", re.IGNORECASE)
_BOX = re.compile(r"\[[ xX]\]\s|[☐☑✅]")
_TELLS = r"\b(?:is|are|was|were|has|have|had|gives?|gets?|takes?|costs?|needs?|equals?|becomes?|leaves?|makes?)\b"
_BOXED = re.compile(r"\\boxed\{")
_PARAGRAPH_WORDS = 5
_DISPLAY = re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]", re.DOTALL)


@checker("bullets")
def bullets(document: Document, situation: Situation) -> Judgement:
    """The options are in a bulleted list with equal indentation, and not in a numbered one."""
    bulleted = [entry for entry in document.lists if not entry.ordered and len(entry.items) >= 2]
    numbered = any(entry.ordered and entry.depth == 0 and len(entry.items) >= 2 for entry in document.lists)
    return bool(bulleted) and not numbered and all(len(set(entry.indents)) == 1 for entry in bulleted)


@checker("numbered_steps")
def numbered_steps(document: Document, situation: Situation) -> Judgement:
    """At least two numbered items, headings or paragraphs; code between items splits a list, so all lists count."""
    items = sum(len(entry.items) for entry in document.lists if entry.ordered)
    labelled = sum(bool(CUES.step_label.match(block.plain)) for block in document.prose)
    return max(items, labelled) >= 2


@checker("answer_first")
def answer_first(document: Document, situation: Situation) -> Judgement:
    """The final answer is in the first block that is more than a pleasantry."""
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
    """An intuition or picture comes before the first definition, formula, step list or code."""
    intuitions = [
        place for place in (first_place(document, CUES.intuition), first_place(document, CUES.picture)) if place
    ]
    formal = _first_formal(document)
    return bool(intuitions) and (formal is None or min(intuitions) < formal)


def _first_formal(document: Document) -> Place | None:
    places = [first_place(document, CUES.formal_definition), first_place(document, FORMULA)]
    places += [(fence.block, 0) for fence in document.fences[:1]]
    places += [(entry.block, 0) for entry in document.lists if entry.ordered][:1]
    return min((place for place in places if place is not None), default=None)


@checker("numbered_options")
def numbered_options(document: Document, situation: Situation) -> Judgement:
    """The options are numbered: there is an ordered list, or headings and lead-ins with a number."""
    items = sum(len(entry.items) for entry in document.lists if entry.ordered and entry.depth == 0)
    headed = [block.plain for block in document.blocks if block.kind == "heading" or block.label]
    return max(items, sum(bool(_NUMBERED_LABEL.match(text)) for text in headed)) >= 2


@checker("paragraph_each")
def paragraph_each(document: Document, situation: Situation) -> Judgement:
    """There are at least three paragraphs of prose, no list and no table."""
    long = sum(len(block.plain.split()) >= _PARAGRAPH_WORDS for block in document.paragraphs)
    return long >= 3 and not document.lists and not document.tables


@checker("checklist")
def checklist(document: Document, situation: Situation) -> Judgement:
    """There are at least two items with check boxes."""
    return sum(block.kind == "item" and bool(_BOX.match(block.text)) for block in document.blocks) >= 2


@checker("one_sentence_first")
def one_sentence_first(document: Document, situation: Situation) -> Judgement:
    """The first paragraph is a single sentence that says something, and more follows."""
    if len(document.blocks) < 2:
        return False
    first = document.blocks[0]
    return first.kind == "paragraph" and len(split_sentences(first.text)) == 1 and not CUES.lead_in.search(first.plain)


@checker("givens_first")
def givens_first(document: Document, situation: Situation) -> Judgement:
    """The givens are listed before the first step."""
    given = first_label(document, CUES.given) or first_place(document, CUES.we_are_given)
    numbered = [
        n for n, block in enumerate(document.blocks) if block.kind != "code" and CUES.step_label.match(block.plain)
    ]
    numbered += [entry.block for entry in document.lists if entry.ordered]
    return given is not None and all(given[0] < start for start in numbered)


@checker("section_headings")
def section_headings(document: Document, situation: Situation) -> Judgement:
    """At least two headings divide the reply."""
    return len(document.headings) >= 2


@checker("tldr_first")
def tldr_first(document: Document, situation: Situation) -> Judgement:
    """A labelled summary is at the top, or directly after a courtesy."""
    return any(block.kind != "code" and CUES.summary.match(block.unlabelled) for block in document.blocks[:2])


@checker("recap_last")
def recap_last(document: Document, situation: Situation) -> Judgement:
    """The reply ends with a recap that is named as such, or with one sentence that says the result again."""
    return any(_recaps(blocks, document) for blocks in endings(document))


def _recaps(blocks: tuple[Block, ...], document: Document) -> bool:
    if len(document.blocks) < 2 or blocks[-1].kind == "code":
        return False
    *before, last = blocks
    named = before and before[-1].kind == "heading" and CUES.recap.search(before[-1].text)
    return bool(named or CUES.recap.search(last.text) or (last.kind == "paragraph" and _restates(last.text, document)))


def _restates(paragraph: str, document: Document) -> bool:
    """True if the last line is one sentence about the final answer, below other text, and not the answer's own line."""
    answer = final_answer("\n\n".join(block.text for block in document.prose))
    above, _, line = paragraph.rpartition("\n")
    if not answer or CUES.answer.search(line) or not (above or document.blocks[0].text != paragraph):
        return False
    result = rf"{_TELLS}[^\n]*?(?<![\w.]){re.escape(answer)}(?!\w|\.\d)"
    return len(split_sentences(line)) == 1 and re.search(result, line, re.IGNORECASE) is not None


@checker("at_most_three_sentences")
def at_most_three_sentences(document: Document, situation: Situation) -> Judgement:
    """There are at most three sentences of prose; list items count as sentences, code does not."""
    if not document.sentences and not document.fences:
        return None
    return len(document.sentences) <= 3


@checker("stepwise_derivation")
def stepwise_derivation(document: Document, situation: Situation) -> Judgement:
    """There are steps: numbered, in words of sequence (first, then, finally), or a chain of formulas."""
    sequence = {found.lower() for sentence in document.sentences for found in CUES.sequence.findall(sentence)}
    return len(steps(document)) >= 2 or len(sequence) >= 3 or _formula_lines(document) >= 3


def _formula_lines(document: Document) -> int:
    """The number of displayed formulas, and of lines of prose that are mostly a formula."""
    prose = [blanked(block.text) for block in document.blocks if block.kind in ("paragraph", "item")]
    displayed = sum(len(_DISPLAY.findall(text)) for text in prose)
    lines = [line.strip() for text in prose for line in _DISPLAY.sub("", text).split("\n")]
    return displayed + sum("=" in line and bool(FORMULA.search(line)) and len(line.split()) <= 12 for line in lines)


@checker("explains_reasoning")
def explains_reasoning(document: Document, situation: Situation) -> Judgement:
    """At least two sentences give a reason or draw a consequence."""
    return sum(bool(CUES.cause.search(sentence) or CUES.so.search(sentence)) for sentence in document.sentences) >= 2


@checker("diagnosis_only")
def diagnosis_only(document: Document, situation: Situation) -> Judgement:
    """The reply says what goes wrong, but not how to repair it."""
    prose = [block.text for block in document.prose]
    repaired = any(CUES.repair.search(text) for text in prose) or any("fix" in block.label for block in document.blocks)
    return any(CUES.diagnosis.search(text) for text in prose) and not repaired


@checker("exactly_three")
def exactly_three(document: Document, situation: Situation) -> Judgement:
    """There are three options: as items, rows, labelled paragraphs, or named first, second and third."""
    return _options(document) == 3


def _options(document: Document) -> int:
    """The number of options that the reply separates; 0 when it does not separate them."""
    levels = Counter(heading.level for heading in document.headings)
    headed = max(levels.values(), default=0)
    listed = sum(len(entry.items) for entry in document.lists if entry.depth == 0)
    if headed >= 3 or listed:
        return headed if headed >= 3 else listed
    if document.tables:
        return len(document.tables[0].rows)
    labelled = sum(bool(block.label) and not block.plain.endswith(":") for block in document.paragraphs)
    ordinals = {found.lower() for sentence in document.sentences for found in CUES.ordinal.findall(sentence)}
    return labelled if labelled >= 2 else len(ordinals)


@checker("step_purpose")
def step_purpose(document: Document, situation: Situation) -> Judgement:
    """At least half of the steps give their purpose; without a list, every sentence counts as a step."""
    items = [block.text for block in document.blocks if block.kind == "item"]
    parts = next((found for found in (steps(document), items) if len(found) >= 2), document.sentences)
    return len(parts) >= 2 and 2 * sum(bool(CUES.purpose.search(part)) for part in parts) >= len(parts)


@checker("analogy")
def analogy(document: Document, situation: Situation) -> Judgement:
    """There is a picture from everyday life."""
    return bool(first_place(document, CUES.picture) or first_place(document, CUES.likeness))


checker("takeaway")(in_a_sentence(CUES.takeaway))
checker("boxed_result")(in_prose(_BOXED))
