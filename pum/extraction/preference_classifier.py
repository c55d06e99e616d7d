"""A trained classifier beside the rules: does a sentence say how to answer, in whatever words?

A logistic regression over the sentence encoder's vector and the words of the sentence, fitted on labelled messages. Its
weights are rounded, and the vectors are, so that fitting and hearing give the same on every CPU.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path

import numpy as np

from pum.core.errors import InputError
from pum.core.rounding import rounded
from pum.language.prose import own_sentences
from pum.language.words import content_words
from pum.retrieval.embed import Embedder

FORMAT = "pum-preference-classifier-2"
# Log-odds. Chosen, like the two below, by cross-validation on the messages that the classifier is fitted on.
THRESHOLD = -0.8
_REGULARISATION = 3.0  # scikit-learn's C
_WORDS_COUNT = 1.5  # against the vector, whose length is 1
_SEEN_OFTEN_ENOUGH = 2
_STEP = 1 / 256
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[?!.,:]|\d+")


@dataclass(frozen=True)
class PreferenceClassifier:
    """Log-odds = `bias` + `vector` (d,) · the sentence's vector + the sum of the weights of its n `words`, over √n.

    `words` are single words and pairs of neighbours ("^": the beginning). `identity`: the encoder the vectors are of.
    """

    identity: str
    bias: float
    vector: Sequence[float]
    words: dict[str, float]

    def log_odds(self, sentences: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        """(n,) of the n sentences, whose vectors are (n, d)."""
        known = [
            [self.words[word] for word in words_and_pairs(sentence) if word in self.words] for sentence in sentences
        ]
        of_words = [sum(weights) / sqrt(len(weights)) if weights else 0.0 for weights in known]
        return vectors.astype(np.float64) @ np.array(self.vector) + np.array(of_words) + self.bias


def fit_preference_classifier(
    messages: Iterable[dict], silent: Iterable[str], embedder: Embedder
) -> PreferenceClassifier:
    """Fitted on labelled messages (`text`, `preferences`) and on texts that say nothing about how to answer.

    Without a label for single sentences, a preference is taken to stand in the one that shares most words with it.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import normalize

    labelled = [pair for message in messages for pair in _labelled_sentences(message)]
    labelled += [(sentence.raw, False) for text in silent for sentence in own_sentences(text)]
    sentences = [sentence for sentence, _ in labelled]
    counter = CountVectorizer(analyzer=words_and_pairs, binary=True, min_df=_SEEN_OFTEN_ENOUGH)
    counts = normalize(counter.fit_transform(sentences).astype(np.float64))
    features = hstack([csr_matrix(embedder.encode(sentences).astype(np.float64)), _WORDS_COUNT * counts]).tocsr()
    model = LogisticRegression(C=_REGULARISATION, solver="newton-cholesky", tol=1e-10)
    model.fit(features, [is_preference for _, is_preference in labelled])
    weights = rounded(model.coef_[0], _STEP)
    vector, words = weights[: embedder.dimension], weights[embedder.dimension :] * _WORDS_COUNT
    names = counter.get_feature_names_out()
    return PreferenceClassifier(
        identity=embedder.identity,
        bias=float(rounded(model.intercept_[0], _STEP)),
        vector=vector.tolist(),
        words={str(name): float(weight) for name, weight in zip(names, words, strict=True) if weight},
    )


def save_preference_classifier(classifier: PreferenceClassifier, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"format": FORMAT, **asdict(classifier)}, indent=0) + "\n", encoding="utf-8")


def load_preference_classifier(path: Path, identity: str) -> PreferenceClassifier:
    """The saved classifier; InputError when it is missing, broken, of another format, or of another embedder."""
    if not path.is_file():
        raise InputError(f"{path}: no trained classifier there; run `dvc repro setup`, or set extractor to rules")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found, classifier = data.pop("format"), PreferenceClassifier(**data)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path}: not a trained classifier; `dvc repro -f setup` fits it anew") from None
    if (found, classifier.identity) != (FORMAT, identity):
        raise InputError(
            f"{path}: fitted as {found} on embedder {classifier.identity[:12]}, wanted {FORMAT} on {identity[:12]}; "
            "`dvc repro setup` fits it anew"
        )
    return classifier


def words_and_pairs(sentence: str) -> list[str]:
    words = ["^", *_WORD.findall(sentence.lower())]
    return sorted({*words, *(f"{first} {second}" for first, second in pairwise(words))})


def _labelled_sentences(message: dict) -> Iterator[tuple[str, bool]]:
    sentences = [sentence.raw for sentence in own_sentences(message["text"])]
    wishes = {
        max(sentences, key=lambda text: len(content_words(text) & content_words(f"{p['condition']} {p['action']}")))
        for p in message["preferences"]
        if sentences
    }
    return ((text, text in wishes) for text in sentences)
