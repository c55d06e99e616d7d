"""Checkers of interaction (ip_) and error correction (ec_): questions, advice, sympathy; bugs and own errors."""

import re

from pum.bench.checkers import cue_words as cues
from pum.bench.checkers.checking import Judgement, checker
from pum.bench.checkers.passages import endings, in_a_sentence, in_order, in_prose, section
from pum.bench.markdown import Document, split_sentences
from pum.bench.types import Situation

_SHORT_ADVICE = 150
_SHORT_ACKNOWLEDGEMENT = 30
_SHORT_THANKS = 20
_VERDICT = re.compile(
    rf"{cues.RECOMMENDS.pattern}|\bverdict\b|\bwins?\b|\bwinner\b|\bbeats\b|\bprefer\w*\b"
    r"|\b(?:is|are) (?:\w+ ){0,2}(?:better|best|superior)\b|\bbetter (?:choice|option|way|approach)\b"
    r"|\b(?:is|are) (?:\w+ ){0,2}(?:more|less) \w+",
    re.IGNORECASE,
)
_PROS = re.compile(r"^(?!.*\b(?:cons|disadvantages|drawbacks)\b).*\b(?:pros|advantages|strengths|benefits|upsides)\b")
_CONS = re.compile(
    r"^(?!.*\b(?:pros|advantages|benefits)\b).*\b(?:cons|disadvantages|drawbacks|weaknesses|downsides)\b"
)
_DEPENDS = re.compile(r"\bdepend\w*\b|\bfactors?\b|\bconsider\w*\b|\bcomes? down to\b|\bhinges\b", re.IGNORECASE)
_CONFIDENCE = re.compile(
    r"\bconfidence\b|\b\d{1,3}\s?% (?:sure|confident|certain)\b"
    r"|\bI(?:'m| am) (?:\w+ ){0,2}(?:sure|confident|certain)\b(?! (?:what|which|who|where)\b)"
    r"|\bI(?:'d| would) (?:say|put) [^.]{0,30}\d{1,3}\s?%",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\?[\W_]{0,9}$")
_NO_CHECK = re.compile(
    rf"{cues.CONFIRMS.pattern}|{cues.OFFER.pattern}|\bis (?:that|this|it|my answer) (?:correct|right|clear enough)\b"
    r"|\b(?:could|can|would) you (?:please )?(?:provide|share|clarify|specify|send|let me know|give me)\b"
    r"|\btell me (?:more|what you)\b"
    r"|\b(?:can|may|could) I help\b|\bdoes (?:that|this) (?:help|answer)\b|\b(?:do|did) you have (?:any|other|more)\b",
    re.IGNORECASE,
)
_ENCOURAGES = re.compile(
    r"\byou(?:'ve| have) got this\b|\byou can do (?:it|this)\b|\byou(?:'ll| will) get (?:it|there|the hang)\b"
    r"|\bkeep (?:going|at it|it up)\b|\bdon't give up\b|\bhang in there\b|\balmost there\b|\bgood luck\b"
    r"|\byou(?:'re| are) (?:\w+ ){0,2}(?:close|on the right track|closer)\b|\bwell done\b|\bwill (?:soon )?click\b"
    r"|\b(?:great|good|nice) (?:job|work)\b|\byou can (?:overcome|master|handle) (?:it|this|any)|\bstep counts\b",
    re.IGNORECASE,
)
_ASSUMES = re.compile(r"\bassumptions?\b|\bassuming\b|\bI(?:'m| am|'ve| have)? ?assum(?:e|ed|ing)\b", re.IGNORECASE)
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


@checker("no_confirmation")
def no_confirmation(document: Document, situation: Situation) -> Judgement:
    """The reply never asks for permission to do what the user asked."""
    if not document.blocks:
        return None
    return not any(
        cues.ASKS_LEAVE.search(sentence) or ("?" in sentence and cues.CONFIRMS.search(sentence))
        for sentence in document.sentences
    )


@checker("recommendation")
def recommendation(document: Document, situation: Situation) -> Judgement:
    """The first sentences recommend one way, with a reason, briefly."""
    opening = [sentence for sentence in document.sentences[:3] if cues.RECOMMENDS.search(sentence)]
    reasons = any(
        cues.CAUSE.search(sentence) or cues.SO.search(sentence) or " as " in sentence for sentence in document.sentences
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
        and bool(cues.ACKNOWLEDGES.search(first))
        and len(document.sentences) + len(document.fences) > 1
    )


@checker("brief_thanks")
def brief_thanks(document: Document, situation: Situation) -> Judgement:
    """A few words without a question, an offer or code."""
    offers = any("?" in sentence or cues.OFFER.search(sentence) for sentence in document.sentences)
    short = 1 <= len(document.sentences) <= 3 and document.word_count <= _SHORT_THANKS
    return short and not document.fences and not offers


@checker("verdict_first")
def verdict_first(document: Document, situation: Situation) -> Judgement:
    """The first sentence, or a heading above it, names the winner."""
    if not document.sentences:
        return False
    return bool(_VERDICT.search(document.sentences[0]) or "verdict" in document.blocks[0].label)


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
        and any(block.kind != "code" and _DEPENDS.search(block.text) for block in document.blocks[: entry.block])
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
    return any(_QUESTION.search(last) and not _NO_CHECK.search(last) for sentence in asked for last in sentence)


@checker("encouraging_close")
def encouraging_close(document: Document, situation: Situation) -> Judgement:
    """The reply ends with encouragement."""
    closings = ([block.text for block in blocks if block.kind != "code"] for blocks in endings(document))
    return any(_ENCOURAGES.search(text) for texts in closings for text in texts[-1:])


@checker("where_why_fix")
def where_why_fix(document: Document, situation: Situation) -> Judgement:
    """The reply says where the bug is, then why it occurs, then how to fix it."""
    return in_order(section(document, cues.WHERE), section(document, cues.WHY), section(document, cues.FIX))


@checker("owns_error")
def owns_error(document: Document, situation: Situation) -> Judgement:
    """The reply admits the error at the start, then gives the corrected version."""
    owned = any(cues.OWNS.search(sentence) for sentence in document.sentences[:_OPENING_SENTENCES])
    return owned and len(document.sentences) + len(document.fences) > 1


@checker("no_apology")
def no_apology(document: Document, situation: Situation) -> Judgement:
    """There is no apology; a plain "I was wrong" does not count as one."""
    if not document.blocks:
        return None
    return not any(_APOLOGY.search(sentence) for sentence in document.sentences)


checker("states_confidence")(in_a_sentence(_CONFIDENCE))
checker("states_assumptions")(in_prose(_ASSUMES))
checker("shows_change")(in_prose(_CHANGE))
