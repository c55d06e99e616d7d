"""The words that carry a text's meaning, as stems."""

import re

STOP_WORDS = frozenset(
    "a an the and or but of in on at to for with by as is are be it its this that these those you your me my i "
    "not no never don't do does stop avoid drop skip please use give write put make keep have show include tell answer "
    "so too very any all only just when if more much".split()
)
_WORD = re.compile(r"[^\W_]+(?:'\w+)?")


def content_words(text: str) -> frozenset[str]:
    """Stems of the words that carry the meaning; of a text without any, all stems."""
    words = _WORD.findall(text.lower())
    return frozenset(_stem(word) for word in words if word not in STOP_WORDS) or frozenset(map(_stem, words))


def _stem(word: str) -> str:
    for ending in ("ising", "izing", "ise", "ize", "ing", "ies", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
