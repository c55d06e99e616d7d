"""Does a reply merely ask back? Then there is nothing to judge, and the user has to explain."""

import re

from pum.bench.markdown import split_sentences
from pum.bench.tasks.answers import final_answer

_LONGEST = 500
"""Characters. Whoever needs more than that to ask has said something besides."""

_COURTESY = re.compile(
    r"(?:(?:sure(?: thing)?|of course|certainly|absolutely|gladly|yes|ok(?:ay)?|no problem|hi|hello|hey|thanks"
    r"|thank you|great|sorry)(?: there)?[,.!]*\s*)*"
    r"(?:(?:(?:i'?d be|i would be|i'?m|i am) )?(?:happy|glad|ready|here) to .*|(?:i can|let me) help.*|before i .*"
    r"|to (?:help|assist|answer|give) .*)?",
    re.IGNORECASE,
)
_ASKS_FOR = re.compile(
    r"(?:please|just|kindly|i (?:just )?(?:need|would need|'d need)|go ahead and|feel free to)\b.{0,40}?"
    r"\b(?:share|send|paste|provide|tell|give|specify|clarify|post|know|see|details?|information|statement)\b",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:anything|something|what) else\b|\b(?:other|more|further|any) questions\b|\bis there anything\b"
    r"|\b(?:does|did) (?:that|this|it) help\b|\bmake sense\b|\bclear(?:er)? (?:now|to you|so far)\b",
    re.IGNORECASE,
)


def asks_back(reply: str) -> bool:
    """True when every sentence of `reply` asks the user for something or is mere courtesy, and at least one asks."""
    if len(reply) > _LONGEST or "```" in reply or final_answer(reply) is not None:
        return False
    sentences = [sentence.strip(" *_>#-\t") for line in reply.splitlines() for sentence in split_sentences(line)]
    asking = [_asks(sentence) for sentence in sentences]
    return any(asking) and all(
        asks or _COURTESY.fullmatch(sentence) for asks, sentence in zip(asking, sentences, strict=True)
    )


def _asks(sentence: str) -> bool:
    return not _OFFER.search(sentence) and (sentence.endswith("?") or bool(_ASKS_FOR.match(sentence)))
