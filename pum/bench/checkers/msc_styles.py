"""Checkers of preferences of the users of MultiSessionCollab that no checker of the catalogue covers."""

import re

from pum.bench.checkers.checking import Judgement, checker
from pum.bench.checkers.conversation import no_confirmation
from pum.bench.checkers.cue_words import CUES
from pum.bench.checkers.layout import stepwise_derivation
from pum.bench.checkers.passages import endings, in_prose, steps
from pum.bench.markdown import Block, Document, split_sentences
from pum.bench.types import Situation

_FEW_STEPS = 2
_GO_ON = re.compile(r"\b(?:continue|go on|so far|next)\b")
_OPENING_SENTENCES = 2


def _prose(document: Document) -> str:
    return "\n".join(block.text for block in document.prose)


def _closing(document: Document) -> str:
    """The last block of prose, and the heading before it."""
    texts = [block.text for block in document.prose]
    return "\n".join(texts[-2:] if len(texts) > 2 else texts[-1:])


@checker("msc_outline_first")
def outline_first(document: Document, situation: Situation) -> Judgement:
    """The first sentences, or a heading there, give an outline."""
    opening = [*document.sentences[:_OPENING_SENTENCES], *(block.label for block in document.blocks[:2])]
    return any(CUES.outline.search(text) for text in opening)


@checker("msc_assumptions_and_steps")
def assumptions_and_steps(document: Document, situation: Situation) -> Judgement:
    """An assumption is stated, and the derivation has steps."""
    return bool(CUES.assumption.search(_prose(document))) and stepwise_derivation(document, situation)


@checker("msc_example")
def example(document: Document, situation: Situation) -> Judgement:
    """There is an example, an analogy or a metaphor."""
    prose = _prose(document)
    return any(
        cue.search(prose) for cue in (CUES.example, CUES.picture, CUES.analogy)
    ) or "analogy" in CUES.intuition.findall(prose)


@checker("msc_one_increment")
def one_increment(document: Document, situation: Situation) -> Judgement:
    """There are at most two steps, and the reply ends with the question whether to continue."""
    if not document.sentences:
        return None
    closings = [split_sentences(blocks[-1].text)[-1:] for blocks in endings(document)]
    asks = any("?" in last or CUES.asks_leave.search(last) for sentences in closings for last in sentences)
    return asks and len(steps(document)) <= _FEW_STEPS


@checker("msc_whole_solution")
def whole_solution(document: Document, situation: Situation) -> Judgement:
    """The reply never asks whether to continue."""
    if not document.blocks:
        return None
    asks = any("?" in sentence and _GO_ON.search(sentence) for sentence in document.sentences)
    return no_confirmation(document, situation) and not asks


@checker("msc_no_narration")
def no_narration(document: Document, situation: Situation) -> Judgement:
    """The first sentences contain no pleasantry and no announcement."""
    if not document.sentences:
        return None
    opening = document.sentences[:_OPENING_SENTENCES]
    return not any(CUES.pleasantry.search(sentence) or CUES.narration.search(sentence) for sentence in opening)


@checker("msc_list")
def any_list(document: Document, situation: Situation) -> Judgement:
    """There is a list with text in it, bulleted or numbered."""
    return any(entry.items for entry in document.lists)


@checker("msc_tldr_last")
def tldr_last(document: Document, situation: Situation) -> Judgement:
    """The reply ends with a labelled summary of one line."""
    if not document.blocks:
        return None
    return any(_ends_with_tldr(blocks) for blocks in endings(document))


def _ends_with_tldr(blocks: tuple[Block, ...]) -> bool:
    *before, last = blocks
    labels = [last.plain.rpartition("\n")[2], *(block.label for block in before[-1:])]
    return last.kind != "code" and any(map(CUES.tldr.match, labels))


@checker("msc_blunt")
def blunt(document: Document, situation: Situation) -> Judgement:
    """There is no pleasantry, apology or courtesy."""
    return not CUES.effusive.search(_prose(document)) if document.blocks else None


@checker("msc_headings")
def headings(document: Document, situation: Situation) -> Judgement:
    """There is at least one heading with text below it."""
    return any(
        block.kind == "heading" and any(after.kind != "heading" for after in document.blocks[number + 1 :])
        for number, block in enumerate(document.blocks)
    )


@checker("msc_next_step_last")
def next_step_last(document: Document, situation: Situation) -> Judgement:
    """The last paragraphs suggest what to do next."""
    return bool(CUES.suggestion.search(_closing(document)) or CUES.offer.search(_closing(document)))


@checker("msc_nothing_unasked")
def nothing_unasked(document: Document, situation: Situation) -> Judgement:
    """The last paragraphs suggest nothing further."""
    return None if not document.blocks else not next_step_last(document, situation)


@checker("msc_takeaways")
def takeaways(document: Document, situation: Situation) -> Judgement:
    """There is a summary or a list of key points."""
    prose = _prose(document)
    return bool(CUES.recap.search(prose) or CUES.takeaways.search(prose))


checker("msc_confidence")(in_prose(CUES.msc_confidence))
checker("msc_friendly")(in_prose(CUES.courtesy))
