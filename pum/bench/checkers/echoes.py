"""Takes out of a reply what only repeats its instructions: "When I ask why, I add an analogy" is no analogy.

Small models read a note back instead of following it, often in the voice of its author.
"""

import re
from functools import lru_cache

from pum.bench.catalogue import load_preferences
from pum.bench.markdown import parse
from pum.language.words import content_words

_SHARE = 0.8
_FEWEST_WORDS = 2
_AUTHORS_VOICE = re.compile(
    r"\bI (?:like|prefer|want) (?:to be (?:helped|told|given|shown)|you to)\b|\b(?:I|someone) likes? to be helped\b"
    r"|^\W*(?:answer\W+)?when(?:ever)? (?:you|I) [^,.]{3,80}, "
    r"(?:I (?:will|would|want|like|prefer|always|ensure|need)|please|remember to|always|make sure)\b",
    re.IGNORECASE,
)


def without_echoes(reply: str, style: str) -> str:
    """The reply without the sentences that repeat how a preference of this style is put."""
    for sentence, words in _sentences(reply):
        if _AUTHORS_VOICE.search(sentence) or _repeats(words, style):
            reply = reply.replace(sentence, "")
    return reply


@lru_cache(maxsize=2048)
def _sentences(reply: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((sentence, content_words(sentence)) for sentence in parse(reply).sentences)


def _repeats(words: frozenset[str], style: str) -> bool:
    """True if the sentence and an instruction share most of the words of each."""
    if len(words) < _FEWEST_WORDS or style not in _instructions():
        return False
    return any(
        len(words & whole) >= _SHARE * len(words) and len(words & action) >= _SHARE * len(action)
        for action, whole in _instructions()[style]
    )


@lru_cache(maxsize=1)
def _instructions() -> dict[str, list[tuple[frozenset[str], frozenset[str]]]]:
    """Style -> the words of what is to be done, and of the whole instruction, in each way to put it."""
    found: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
    for preference in load_preferences():
        if preference.style:
            asked = [(wording, wording) for wording in preference.wordings]
            pairs = [(preference.action, preference.note), *asked]
            found.setdefault(preference.style, []).extend((content_words(a), content_words(b)) for a, b in pairs)
    return found
