"""Error correction (ec_): bugs explained in order, own errors owned."""

from pum.bench.checkers.cues import FIX, OWNS, WHERE, WHY
from pum.bench.checkers.reading import in_order, section
from pum.bench.checkers.registry import Judgement, checker
from pum.bench.markdown import Document
from pum.bench.world import Situation

_OPENING_SENTENCES = 3


@checker("where_why_fix")
def where_why_fix(document: Document, situation: Situation) -> Judgement:
    """Where the bug is, then why it is one, then the fix."""
    return in_order(section(document, WHERE), section(document, WHY), section(document, FIX))


@checker("owns_error")
def owns_error(document: Document, situation: Situation) -> Judgement:
    """Admits the error at the start, and goes on to the corrected version."""
    owned = any(OWNS.search(sentence) for sentence in document.sentences[:_OPENING_SENTENCES])
    return owned and len(document.sentences) + len(document.fences) > 1
