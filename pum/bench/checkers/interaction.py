"""Interaction (ip_): confirming, recommending, comparing, sympathy and thanks."""

from pum.bench.checkers.cues import ACKNOWLEDGES, ASKS_LEAVE, CAUSE, CONFIRMS, OFFER, RECOMMENDS, SO
from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document
from pum.bench.world import Situation

_SHORT_ADVICE = 150
_SHORT_ACKNOWLEDGEMENT = 30
_SHORT_THANKS = 20


@checker("no_confirmation")
def no_confirmation(document: Document, situation: Situation) -> Judgement:
    """Nowhere asks for leave to do what was asked."""
    return not any(
        ASKS_LEAVE.search(sentence) or ("?" in sentence and CONFIRMS.search(sentence))
        for sentence in document.sentences
    )


@checker("recommendation")
def recommendation(document: Document, situation: Situation) -> Judgement:
    """Commits to one way within the first sentences, with a reason, briefly."""
    opening = [sentence for sentence in document.sentences[:3] if RECOMMENDS.search(sentence)]
    reasons = any(
        CAUSE.search(sentence) or SO.search(sentence) or " as " in sentence for sentence in document.sentences
    )
    labelled = any("recommend" in block.label for block in document.blocks)
    return bool(opening or labelled) and reasons and document.word_count <= _SHORT_ADVICE


@checker("tradeoff_table")
def tradeoff_table(document: Document, situation: Situation) -> Judgement:
    """A table of at least two columns and two rows."""
    return any(len(table.header) >= 2 and len(table.rows) >= 2 for table in document.tables)


@checker("acknowledges_first")
def acknowledges_first(document: Document, situation: Situation) -> Judgement:
    """A short word of sympathy opens the reply, and help follows."""
    if not document.sentences:
        return False
    first = document.sentences[0]
    starts = bool(document.blocks) and document.blocks[0].kind == "paragraph"
    short = len(first.split()) <= _SHORT_ACKNOWLEDGEMENT
    return starts and short and bool(ACKNOWLEDGES.search(first)) and len(document.sentences) + len(document.fences) > 1


@checker("brief_thanks")
def brief_thanks(document: Document, situation: Situation) -> Judgement:
    """A few words, without a question, an offer or a new topic."""
    offers = any("?" in sentence or OFFER.search(sentence) for sentence in document.sentences)
    return len(document.sentences) <= 3 and document.word_count <= _SHORT_THANKS and not document.fences and not offers
