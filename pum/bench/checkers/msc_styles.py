"""Checkers of preferences of the users of MultiSessionCollab that no checker of the catalogue covers."""

import re

from pum.bench.checkers import cue_words as cues
from pum.bench.checkers.checking import Judgement, checker
from pum.bench.checkers.conversation import no_confirmation
from pum.bench.checkers.layout import stepwise_derivation
from pum.bench.checkers.passages import endings, steps
from pum.bench.markdown import Block, Document, split_sentences
from pum.bench.types import Situation

_FEW_STEPS = 2
_GO_ON = re.compile(r"\b(?:continue|go on|so far|next)\b")
_OPENING_SENTENCES = 2
_OUTLINE = re.compile(
    r"\b(?:outline|overview|roadmap|agenda|table of contents)\b|\b(?:we|I)(?:'ll| will| am going to)? (?:first )?"
    r"(?:cover|go through|look at|walk through)\b.*[:,;]|\bhere(?:'s| is) (?:the plan|what we)|\bin (?:two|three|four) "
    r"(?:parts|steps)\b",
    re.IGNORECASE,
)
_ASSUMPTION = re.compile(
    r"\bassum(?:e|es|ed|ing|ption|ptions)\b|\bsuppose\b|\bgiven (?:that|the|these|this)\b|\bprovided (?:that|the)\b"
    r"|\blet (?:\$?[a-zA-Z]\b|us (?:say|take|call)|the)",
    re.IGNORECASE,
)
_CONFIDENCE = re.compile(
    r"\bconfiden(?:ce|t)\b|\b(?:I'm|I am|I'd say I'm) (?:\w+ ){0,2}(?:sure|certain)\b(?! (?:what|which|who|where)\b)"
    r"|\bcertainty\b"
    r"|\b\d{1,3} ?% (?:sure|certain|likely)\b",
    re.IGNORECASE,
)
_ANALOGY = re.compile(
    r"\b(?:analog(?:y|ous)|metaphor|likened?|resembles?|just as|the way (?:a|an|you))\b", re.IGNORECASE
)
_TLDR = re.compile(r"^\W*(?:tl;? ?dr|in (?:one|a) (?:line|sentence)|bottom line)\b", re.IGNORECASE)
_TAKEAWAYS = re.compile(r"\b(?:key|main) (?:points?|ideas?|lessons?|takeaways?)\b|\bto remember\b", re.IGNORECASE)
_COURTESY = re.compile(
    r"\b(?:please|thank(?:s| you)|happy to|glad|pleasure|welcome|great|good (?:question|luck|job)|nice|wonderful|hope"
    r"|feel free|sorry|apolog\w+|appreciate|of course|sure|certainly|hi|hello|enjoy|congratulations|well done)\b",
    re.IGNORECASE,
)
_EFFUSIVE = re.compile(
    r"\b(?:please|thank(?:s| you)|happy to|glad to|delighted|my pleasure|you(?:'re| are) welcome|great question"
    r"|good question|wonderful|hope (?:this|that|it)|feel free|sorry|apolog\w+|appreciate|of course|certainly|sure"
    r"|hi|hello|good luck|don't hesitate|let me know)\b",
    re.IGNORECASE,
)
_NARRATION = re.compile(
    r"\b(?:let me|let's|I(?:'ll| will| am going to|'m going to)|we(?:'ll| will| are going to)) (?:\w+ ){0,2}"
    r"(?:walk|explain|go|start|begin|break|take|show|look|tackle|dive|explore|see|think|help|work|try|have|solve)\b"
    r"|\bto (?:answer|address|solve) (?:this|your)\b|\byou(?:'ve| have)? asked\b|\b(?:this|that) is (?:a|an) (?:\w+ )?"
    r"(?:question|problem|topic)\b|^\W*(?:so|well|now|alright|okay|ok)\b,?|\bbelow (?:is|are)\b"
    r"|\bhere(?:'s| is| are)\b[^.]*:$",
    re.IGNORECASE,
)
_SUGGESTION = re.compile(
    r"\b(?:you (?:might|may|could|can)(?: also)? (?:want|like|wish|consider|try|look|explore|extend|check|read|use|add)"
    r"|next steps?|as a next|next, (?:you|try|we|consider)|consider (?:\w+ing|a|an|the)|try (?:\w+ing|this|the|it|to)"
    r"|I(?:'d| would) (?:suggest|recommend)|would you like|do you want|want me to|shall (?:we|I)|should (?:we|I)"
    r"|a good (?:next|follow-up)|from here|moving forward|if you(?:'d| would)? (?:like|want)"
    r"|worth (?:trying|reading|looking))",
    re.IGNORECASE,
)


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
    return any(_OUTLINE.search(text) for text in opening)


@checker("msc_assumptions_and_steps")
def assumptions_and_steps(document: Document, situation: Situation) -> Judgement:
    """An assumption is stated, and the derivation has steps."""
    return bool(_ASSUMPTION.search(_prose(document))) and stepwise_derivation(document, situation)


@checker("msc_confidence")
def confidence(document: Document, situation: Situation) -> Judgement:
    """The reply says how sure it is."""
    return bool(_CONFIDENCE.search(_prose(document)))


@checker("msc_example")
def example(document: Document, situation: Situation) -> Judgement:
    """There is an example, an analogy or a metaphor."""
    prose = _prose(document)
    return any(
        cue.search(prose) for cue in (cues.EXAMPLE, cues.PICTURE, _ANALOGY)
    ) or "analogy" in cues.INTUITION.findall(prose)


@checker("msc_one_increment")
def one_increment(document: Document, situation: Situation) -> Judgement:
    """There are at most two steps, and the reply ends with the question whether to continue."""
    if not document.sentences:
        return None
    closings = [split_sentences(blocks[-1].text)[-1:] for blocks in endings(document)]
    asks = any("?" in last or cues.ASKS_LEAVE.search(last) for sentences in closings for last in sentences)
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
    return not any(cues.PLEASANTRY.search(sentence) or _NARRATION.search(sentence) for sentence in opening)


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
    labelled = _TLDR.match(last.plain.rpartition("\n")[2]) or any(_TLDR.match(block.label) for block in before[-1:])
    return last.kind != "code" and bool(labelled)


@checker("msc_blunt")
def blunt(document: Document, situation: Situation) -> Judgement:
    """There is no pleasantry, apology or courtesy."""
    return not _EFFUSIVE.search(_prose(document)) if document.blocks else None


@checker("msc_friendly")
def friendly(document: Document, situation: Situation) -> Judgement:
    """There is a courtesy."""
    return bool(_COURTESY.search(_prose(document)))


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
    return bool(_SUGGESTION.search(_closing(document)) or cues.OFFER.search(_closing(document)))


@checker("msc_nothing_unasked")
def nothing_unasked(document: Document, situation: Situation) -> Judgement:
    """The last paragraphs suggest nothing further."""
    return None if not document.blocks else not next_step_last(document, situation)


@checker("msc_takeaways")
def takeaways(document: Document, situation: Situation) -> Judgement:
    """There is a summary or a list of key points."""
    prose = _prose(document)
    return bool(cues.RECAP.search(prose) or _TAKEAWAYS.search(prose))
