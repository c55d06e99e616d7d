"""Takes out of a reply what only repeats its instructions: "When I ask why, I add an analogy" is no analogy.

Small models read a note back instead of following it, often in the voice of its author.
"""

import re
from functools import lru_cache

from pum.bench.catalogue import load_preferences
from pum.bench.markdown import parse
from pum.bench.multisessioncollab import load_msc_preferences
from pum.language.words import content_words

_SHARE = 0.8
_FEWEST_WORDS = 2
_NONE = (frozenset(), [])
_CONDITION = re.compile(r"\W*(?:answer\W+)?(?:when|whenever|if|for)\b", re.IGNORECASE)
_AUTHORS_VOICE = re.compile(
    r"\bI (?:like|prefer|want) (?:to be (?:helped|told|given|shown)|you to)\b|\b(?:I|someone) likes? to be helped\b"
    r"|^\W*(?:answer\W+)?when(?:ever)? (?:you|I) [^,.]{3,80}, "
    r"(?:I (?:will|would|want|like|prefer|always|ensure|need)|please|remember to|always|make sure)\b",
    re.IGNORECASE,
)


def without_echoes(reply: str, style: str) -> str:
    """The reply without the sentences that repeat how a preference of this style is put."""
    vocabulary, instructions = _instructions().get(style, _NONE)
    for sentence, words in _sentences(reply):
        if words is not None and len(words & vocabulary) < _SHARE * len(words):
            continue
        if words is None or any(_repeats(words, *instruction) for instruction in instructions):
            reply = reply.replace(sentence, "")
    return reply


@lru_cache(maxsize=2048)
def _sentences(reply: str) -> tuple[tuple[str, frozenset[str] | None], ...]:
    """The sentences with their words that matter; None for one in the author's voice, or with a whole instruction."""
    pairs = ((sentence, content_words(sentence)) for sentence in parse(reply).sentences)
    return tuple(
        (it, None if _AUTHORS_VOICE.search(it) or _is_instruction(it, words) else words) for it, words in pairs
    )


def _is_instruction(sentence: str, words: frozenset[str]) -> bool:
    """True if the sentence repeats an instruction of any style, with its condition."""
    if not _CONDITION.match(sentence):
        return False
    return any(_repeats(words, *pair) for _, pairs in _instructions().values() for pair in pairs)


def _repeats(words: frozenset[str], action: frozenset[str], whole: frozenset[str]) -> bool:
    """True if the sentence and the instruction share most of the words of each."""
    shared = len(words & whole) >= _SHARE * len(words)
    return len(words) >= _FEWEST_WORDS and shared and len(words & action) >= _SHARE * len(action)


@lru_cache(maxsize=1)
def _instructions() -> dict[str, tuple[frozenset[str], list[tuple[frozenset[str], frozenset[str]]]]]:
    """Style -> all words, and of each way to put it the words of what is to be done and of the whole instruction."""
    found: dict[str, list[tuple[frozenset[str], frozenset[str]]]] = {}
    for preference in (*load_preferences(), *load_msc_preferences()):
        if preference.style:
            pairs = [(preference.action, preference.note), *((wording, wording) for wording in preference.wordings)]
            found.setdefault(preference.style, []).extend((content_words(a), content_words(b)) for a, b in pairs)
    return {style: (frozenset().union(*(whole for _, whole in each)), each) for style, each in found.items()}
