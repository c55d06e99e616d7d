"""Finds parts of a reply for several checkers: the place of a cue, the stated answer, the opening, the steps.

A place is (block, offset in it), so places compare in reading order.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from pum.bench.checkers.checking import Checker
from pum.bench.checkers.cue_words import CUES
from pum.bench.markdown import Block, Document, split_sentences
from pum.bench.tasks.answers import final_answer, unwrap

Place = tuple[int, int]

_SENTENCE_ENDS = ("\n", ". ")
_SENTENCE_WORDS = 3
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_FUNCTION_WORD = re.compile(
    r"\b(?:the|an?|is|are|was|were|be|to|of|in|that|this|you|your|we|it|for|with|can|by|as|like|because|so)\b"
)
_NO_ANSWER = re.compile(
    r"(?:I(?:'m| am) (?:sorry|not sure)|I apologi[sz]e|sorry|please (?:provide|share|clarify)|(?:could|can) you)\b",
    re.IGNORECASE,
)
_ANSWER_LABEL = re.compile(r"\W*(?:(?:so|thus|the|my|final|short)\W+)*answer(?: is)?\W*", re.IGNORECASE)
_ANSWER_LINE = re.compile(
    r"\W*(?:(?:so|thus|hence|therefore|the|my|final|short|correct)\W+)*answer\b[^:\n]{0,30}?(?:\bis\b|:)"
    r"|\W*\\boxed\{[^\n]*\W*$",
    re.IGNORECASE,
)


def first_place(document: Document, cue: re.Pattern[str]) -> Place | None:
    """The first place of the cue in prose, ignoring sentences that only state the final answer."""
    for index, block in enumerate(document.blocks):
        if block.kind != "code" and (found := cue.search(blanked(block.text))):
            return index, found.start()
    return None


def first_label(document: Document, cue: re.Pattern[str]) -> Place | None:
    """The first heading or lead-in ("**Proof.** ...") that contains the cue."""
    for index, block in enumerate(document.blocks):
        if block.label and cue.search(block.label):
            return index, 0
    return None


def section(document: Document, cue: re.Pattern[str]) -> Place | None:
    """The beginning of a part: its label, else the first place of its cue in prose."""
    return first_label(document, cue) or first_place(document, cue)


def in_order(*places: Place | None) -> bool:
    """True when all places exist, in this order."""
    return None not in places and all(a <= b for a, b in zip(places, places[1:], strict=False))


@lru_cache(maxsize=4096)
def blanked(text: str) -> str:
    """The text with blanks in place of sentences that only state the final answer, so that offsets stay.

    Some models write their whole reply after "Answer:"; such prose is read like any other.
    """
    for found in CUES.answer.finditer(text):
        start = max(text.rfind(mark, 0, found.start()) for mark in _SENTENCE_ENDS) + 1
        end = min((end for mark in _SENTENCE_ENDS if (end := text.find(mark, found.end())) >= 0), default=len(text))
        if not _is_prose(text[found.end() : end]):
            text = text[:start] + " " * (end - start) + text[end:]
    return text


def _is_prose(answer: str) -> bool:
    """True for a sentence, False for a number, a formula, a name or a list of them."""
    return len(_LETTERS.findall(answer)) >= _SENTENCE_WORDS and _FUNCTION_WORD.search(answer) is not None


def endings(document: Document) -> list[tuple[Block, ...]]:
    """The blocks as they are, and without a final answer at the end, which a grader may want below everything else.

    A reply without blocks has no ending, and one that is nothing but an answer has only the first.
    """
    return [blocks for blocks in (document.blocks, _above_answer(document.blocks)) if blocks]


def _above_answer(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks above a final answer at the end; none if there is no such answer, or nothing above it."""
    if not blocks:
        return ()
    *before, last = blocks
    if before and before[-1].kind in ("paragraph", "heading") and _ANSWER_LABEL.fullmatch(before[-1].plain):
        return blocks[:-2] if not _is_prose(last.text) or last.kind == "code" else ()
    above, _, line = last.text.rstrip().rpartition("\n")
    if last.kind not in ("paragraph", "item") or not _ANSWER_LINE.match(line):
        return ()
    return (*before, replace(last, text=above)) if above.strip() else blocks[:-1]


def body(document: Document) -> Iterator[Block]:
    """The blocks after the opening pleasantries (thanks, sympathy, apology) and headings."""
    blocks = iter(document.blocks)
    for block in blocks:
        if block.kind != "heading" and not _is_pleasant(block):
            yield block
            break
    yield from blocks


def _is_pleasant(block: Block) -> bool:
    if block.kind != "paragraph" or CUES.answer.search(block.text):
        return False
    sentences = split_sentences(block.text)
    return len(sentences) <= 3 and all(CUES.pleasantry.search(sentence) for sentence in sentences)


def stated_answer(document: Document) -> str | None:
    """The reply's final answer: labelled or boxed, else the last bold text of a paragraph.

    None if nothing is answered after the label ("Answer: I apologize for the confusion").
    """
    prose = [f"{'## ' * (block.kind == 'heading')}{block.text}" for block in document.prose]
    if answer := final_answer("\n\n".join(prose)):
        return None if _NO_ANSWER.match(answer) else answer
    for block in reversed(document.blocks):
        if block.kind == "paragraph" and (bold := re.findall(r"\*\*([^*\n]{1,80})\*\*", block.text)):
            return unwrap(bold[-1].rpartition("=")[2])
    return None


def mentions(cue: re.Pattern[str]) -> Checker:
    """A checker: a label or sentence contains the cue."""
    return lambda document, situation: section(document, cue) is not None


def in_prose(cue: re.Pattern[str]) -> Checker:
    """A checker: the text outside code contains the cue."""
    return lambda document, situation: any(cue.search(block.text) for block in document.prose)


def in_a_sentence(cue: re.Pattern[str]) -> Checker:
    """A checker: a sentence of a paragraph or list contains the cue."""
    return lambda document, situation: any(cue.search(sentence) for sentence in document.sentences)


def steps(document: Document) -> list[str]:
    """The numbered steps: items of ordered lists, or blocks labelled "Step 2", each with the text after it."""
    ordered = {entry.block for entry in document.lists if entry.ordered}
    items = {text for entry in document.lists if entry.ordered for text in entry.items}
    found: list[list[str]] = []
    for index, block in enumerate(document.blocks):
        listed = block.kind == "item" and (index in ordered or block.text in items)
        if listed or CUES.step_label.match(block.plain):
            found.append([block.text])
        elif found and block.kind != "code":
            found[-1].append(block.text)
    return ["\n".join(texts) for texts in found]
