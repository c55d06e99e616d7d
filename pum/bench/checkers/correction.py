"""Error correction (ec_): bugs explained in order, own errors owned, changes shown."""

import re

from pum.bench.checkers.cues import FIX, OWNS, WHERE, WHY
from pum.bench.checkers.reading import in_order, section
from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document
from pum.bench.types import Situation

_OPENING_SENTENCES = 3
_FORMER = r"(?:earlier|previous|first|last|former|original|old)"
_CHANGE = re.compile(
    r"\bwhat(?:'s| has| is|'ve I| I(?:'ve)?)? (?:changed|different|new)\b|\bthe (?:change|difference) (?:is|was|from)\b"
    rf"|\b(?:compared (?:to|with)|unlike|instead of|different(?:ly)? from|versus) (?:\w+ ){{0,2}}{_FORMER}\b"
    rf"|\bchang(?:e|ed|es)\b[^.]{{0,60}}\b{_FORMER}\b",
    re.IGNORECASE,
)
# "Sorry you're stuck" is sympathy, not an apology.
_APOLOGY = re.compile(
    r"\bapologi[sz]\w*\b|\bapolog(?:y|ies)\b|\bsorry\b(?! (?:to hear|(?:that )?(?:this|it|you)))|\bforgive me\b"
    r"|\bpardon\b|\bmy bad\b",
    re.IGNORECASE,
)


@checker("where_why_fix")
def where_why_fix(document: Document, situation: Situation) -> Judgement:
    """Where the bug is, then why it is one, then the fix."""
    return in_order(section(document, WHERE), section(document, WHY), section(document, FIX))


@checker("owns_error")
def owns_error(document: Document, situation: Situation) -> Judgement:
    """Admits the error at the start, and goes on to the corrected version."""
    owned = any(OWNS.search(sentence) for sentence in document.sentences[:_OPENING_SENTENCES])
    return owned and len(document.sentences) + len(document.fences) > 1


@checker("shows_change")
def shows_change(document: Document, situation: Situation) -> Judgement:
    """Says what is different from the answer before."""
    return any(block.kind != "code" and _CHANGE.search(block.text) for block in document.blocks)


@checker("no_apology")
def no_apology(document: Document, situation: Situation) -> Judgement:
    """Goes on without an apology; a plain "I was wrong" is none."""
    return not any(_APOLOGY.search(sentence) for sentence in document.sentences)
