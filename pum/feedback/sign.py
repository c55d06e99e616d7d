"""Does a user's message praise the last reply (1), blame it (-1), or say nothing of it (0)? A trained reader says.

It sees the whole message, its first and its last clause ("Perfect, except the last line": praise that a clause takes
back), their words, its marks and its emoji, and what the phrases of `keyword.py` say. Other people's text is left out.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from pum.feedback.keyword import VALUES, keyword_reward
from pum.language.prose import own_sentences
from pum.retrieval.embed import Embedder
from pum.retrieval.text_classifier import Featured, TextClassifier, fit_text_classifier, load_fitted, save_fitted

Sign = Literal[-1, 0, 1]
SIGNS: tuple[Sign, ...] = (-1, 0, 1)
FORMAT = "pum-reaction-sign-1"
LABEL_SIGNS: dict[str, Sign] = {
    label: 0 if value is None or 0 <= value < 0.5 else 1 if value > 0 else -1 for label, value in VALUES.items()
}
"""The sign of each label of `keyword.py`; to go on ("and in French?") says nothing of the last reply."""

_LABELS = ("blame", "neutral", "praise")
_REGULARISATION, _SEEN = 3.0, 2  # These and the three below: by cross-validation on the texts it is fitted on.
_CLAUSES_COUNT, _PHRASES_COUNT = 0.7, 0.5
_BLAMES_FROM = 0.3  # above the others' scores
_LONGEST = 400
_CLAUSE_END = re.compile(
    r"(?<=[.!?;:…])\s+|,\s+|\s+[-–—]\s+|\s+(?=(?:but|except|however|though|although|yet)\b)", re.IGNORECASE
)
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[?!.,:]|:\)|:\(|[^\x00-\x7f\w\s]")
_KIND_FACES, _CROSS_FACES = frozenset("👍❤🎉🙏💯👏😍👌✅🥰🙌😊🤩😂"), frozenset("👎🙄🤦😡😒💀🙃😑🤮😠😤❌")
_LETTERS = str.maketrans({"’": "'", "\ufe0f": ""})


@dataclass(frozen=True)
class SignReader:
    """`classifier` has the labels blame, neutral and praise, over vectors of `embedder`."""

    classifier: TextClassifier
    embedder: Embedder

    def signs(self, messages: Sequence[str]) -> list[Sign]:
        """The sign of each message as a reaction to the reply before it."""
        return [_sign(row) for row in self.scores(messages)]

    def scores(self, messages: Sequence[str]) -> np.ndarray:
        """(n, 3) of blame, neutral and praise."""
        return self.classifier.scores(_featured(messages, self.embedder))


def fit_sign_reader(reactions: Iterable[dict], silent: Iterable[str], embedder: Embedder) -> SignReader:
    """Fitted on reactions (`text`, `sign`) and on texts that are none (`silent`): statements of tasks."""
    pairs = [(reaction["text"], _LABELS[SIGNS.index(reaction["sign"])]) for reaction in reactions]
    pairs += [(text, "neutral") for text in silent]
    featured = _featured([text for text, _ in pairs], embedder)
    classifier = fit_text_classifier(featured, [label for _, label in pairs], _LABELS, _REGULARISATION, _SEEN)
    return SignReader(classifier, embedder)


def save_sign_reader(reader: SignReader, path: Path) -> None:
    save_fitted(path, FORMAT, reader.embedder.identity, reader.classifier)


def load_sign_reader(path: Path, embedder: Embedder) -> SignReader:
    """The saved reader. InputError if it is missing, damaged, of another format, or of another embedder."""
    return SignReader(load_fitted(path, FORMAT, embedder.identity, _LABELS)[0], embedder)


def _sign(scores: np.ndarray) -> Sign:
    blame, neutral, praise = scores
    if blame >= max(neutral, praise) + _BLAMES_FROM:
        return -1
    return 1 if praise > neutral else 0


def _featured(messages: Sequence[str], embedder: Embedder) -> Featured:
    own = [_own_text(message) for message in messages]
    clauses = [_clauses(text) for text in own]
    whole, first, last = (
        embedder.encode(texts).astype(np.float64)
        for texts in (own, [of[0] for of in clauses], [of[-1] for of in clauses])
    )
    form = [[min(len(text), _LONGEST) / 200, "?" in text, len(of) / 4] for text, of in zip(own, clauses, strict=True)]
    numbers = [whole, _CLAUSES_COUNT * first, _CLAUSES_COUNT * last, np.array(form, dtype=np.float64)]
    numbers.append(_PHRASES_COUNT * np.array([_phrases(message) for message in messages]))
    return Featured(np.hstack(numbers), list(map(_words, own, clauses)))


def _phrases(message: str) -> list[float]:
    found = keyword_reward(message).label
    return [float(found == label) for label in VALUES]


def _own_text(message: str) -> str:
    """The user's own words: quotations become one character each, and code and pasted documents are dropped."""
    return " ".join(sentence.text for sentence in own_sentences(message)) or message[:_LONGEST].strip() or "."


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE_END.split(text) if any(map(str.isalnum, clause))] or [text]


def _words(text: str, clauses: Sequence[str]) -> list[str]:
    words = ["^", *_tokens(text), "$"]
    closing = _tokens(clauses[-1]) if len(clauses) > 1 else []
    pairs = [f"{one} {two}" for one, two in pairwise(words)]
    return sorted({*words, *pairs, *(f"last: {word}" for word in closing)})


def _tokens(text: str) -> list[str]:
    found = _TOKEN.findall(text.lower().translate(_LETTERS))
    return ["(kind face)" if it in _KIND_FACES else "(cross face)" if it in _CROSS_FACES else it for it in found]
