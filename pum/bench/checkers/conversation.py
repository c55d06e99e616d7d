"""Checkers of interaction (ip_) and error correction (ec_): questions, advice, sympathy; bugs and own errors."""

import re

from pum.bench.checkers.checking import Judgement, checker
from pum.bench.checkers.cue_words import CUES
from pum.bench.checkers.passages import endings, in_a_sentence, in_order, in_prose, section
from pum.bench.markdown import Document, split_sentences
from pum.bench.types import Situation

_SHORT_ADVICE = 150
_SHORT_ACKNOWLEDGEMENT = 30
_SHORT_THANKS = 20
_PROS = re.compile(r"^(?!.*\b(?:cons|disadvantages|drawbacks)\b).*\b(?:pros|advantages|strengths|benefits|upsides)\b")
_CONS = re.compile(
    r"^(?!.*\b(?:pros|advantages|benefits)\b).*\b(?:cons|disadvantages|drawbacks|weaknesses|downsides)\b"
)
_QUESTION = re.compile(r"\?[\W_]{0,9}$")
_OPENING_SENTENCES = 3


@checker("no_confirmation")
def no_confirmation(document: Document, situation: Situation) -> Judgement:
    """The reply never asks for permission to do what the user asked."""
    if not document.blocks:
        return None
    return not any(
        CUES.asks_leave.search(sentence) or ("?" in sentence and CUES.confirms.search(sentence))
        for sentence in document.sentences
    )


@checker("recommendation")
def recommendation(document: Document, situation: Situation) -> Judgement:
    """The first sentences recommend one way, with a reason, briefly."""
    opening = [sentence for sentence in document.sentences[:3] if CUES.recommends.search(sentence)]
    reasons = any(
        CUES.cause.search(sentence) or CUES.so.search(sentence) or " as " in sentence for sentence in document.sentences
    )
    labelled = any("recommend" in block.label for block in document.blocks)
    return bool(opening or labelled) and reasons and document.word_count <= _SHORT_ADVICE


@checker("options_table")
@checker("tradeoff_table")
def tradeoff_table(document: Document, situation: Situation) -> Judgement:
    """There is a table of at least two columns and two rows."""
    return any(len(table.header) >= 2 and len(table.rows) >= 2 for table in document.tables)


@checker("acknowledges_first")
def acknowledges_first(document: Document, situation: Situation) -> Judgement:
    """The reply opens with a short sentence of sympathy, and help follows."""
    if not document.sentences:
        return False
    first = document.sentences[0]
    starts = bool(document.blocks) and document.blocks[0].kind == "paragraph"
    short = len(first.split()) <= _SHORT_ACKNOWLEDGEMENT
    return (
        starts
        and short
        and bool(CUES.acknowledges.search(first))
        and len(document.sentences) + len(document.fences) > 1
    )


@checker("brief_thanks")
def brief_thanks(document: Document, situation: Situation) -> Judgement:
    """A few words without a question, an offer or code."""
    offers = any("?" in sentence or CUES.offer.search(sentence) for sentence in document.sentences)
    short = 1 <= len(document.sentences) <= 3 and document.word_count <= _SHORT_THANKS
    return short and not document.fences and not offers


@checker("verdict_first")
def verdict_first(document: Document, situation: Situation) -> Judgement:
    """The first sentence, or a heading above it, names the winner."""
    if not document.sentences:
        return False
    return bool(CUES.verdict.search(document.sentences[0]) or "verdict" in document.blocks[0].label)


@checker("pros_and_cons")
def pros_and_cons(document: Document, situation: Situation) -> Judgement:
    """There are headings for pros and for cons, each directly above a list."""
    above = [block.label for block, below in zip(document.blocks, document.blocks[1:], strict=False)
             if block.kind in ("heading", "paragraph") and below.kind == "item"]  # fmt: skip
    return any(map(_PROS.search, above)) and any(map(_CONS.search, above))


@checker("deciding_factors")
def deciding_factors(document: Document, situation: Situation) -> Judgement:
    """There is a list of at least two items, introduced as what the decision depends on."""
    return any(
        len(entry.items) >= 2
        and any(block.kind != "code" and CUES.depends.search(block.text) for block in document.blocks[: entry.block])
        for entry in document.lists
    )


@checker("no_exclamation")
def no_exclamation(document: Document, situation: Situation) -> Judgement:
    """There is no exclamation mark outside code."""
    if not document.blocks:
        return None
    return not any("!" in block.text for block in document.prose)


@checker("check_question")
def check_question(document: Document, situation: Situation) -> Judgement:
    """The reply ends with a question about the subject; whether the reply itself is right or welcome does not count."""
    asked = [split_sentences(blocks[-1].plain)[-1:] for blocks in endings(document)]
    return any(_QUESTION.search(last) and not CUES.no_check.search(last) for sentence in asked for last in sentence)


@checker("encouraging_close")
def encouraging_close(document: Document, situation: Situation) -> Judgement:
    """The reply ends with encouragement."""
    closings = ([block.text for block in blocks if block.kind != "code"] for blocks in endings(document))
    return any(CUES.encourages.search(text) for texts in closings for text in texts[-1:])


@checker("where_why_fix")
def where_why_fix(document: Document, situation: Situation) -> Judgement:
    """The reply says where the bug is, then why it occurs, then how to fix it."""
    return in_order(section(document, CUES.where), section(document, CUES.why), section(document, CUES.fix))


@checker("owns_error")
def owns_error(document: Document, situation: Situation) -> Judgement:
    """The reply admits the error at the start, then gives the corrected version."""
    owned = any(CUES.owns.search(sentence) for sentence in document.sentences[:_OPENING_SENTENCES])
    return owned and len(document.sentences) + len(document.fences) > 1


@checker("no_apology")
def no_apology(document: Document, situation: Situation) -> Judgement:
    """There is no apology; a plain "I was wrong" does not count as one."""
    if not document.blocks:
        return None
    return not any(CUES.apology.search(sentence) for sentence in document.sentences)


checker("states_confidence")(in_a_sentence(CUES.confidence))
checker("states_assumptions")(in_prose(CUES.assumes))
checker("shows_change")(in_prose(CUES.change))
