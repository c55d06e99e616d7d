"""How does a new wish stand to an older one of the same person? A trained reader of both says.

It compares what they say as wholes, and what is left of each without the words that they share. "When I ask for SQL,
use CTEs" and "When I ask for SQL, add comments" are alike as wholes, and different in what is left, so no similarity
merges two wishes by itself.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from pum.core.rounding import rounded
from pum.language.words import content_words
from pum.retrieval.embed import Embedder
from pum.retrieval.text_classifier import Featured, TextClassifier, fit_text_classifier, load_fitted, save_fitted

WishRelation = Literal["same", "narrowed", "added", "opposite", "withdrawn", "unrelated"]
RELATIONS: tuple[WishRelation, ...] = ("same", "narrowed", "added", "opposite", "withdrawn", "unrelated")
"""`same`: the wish again, in whatever words. `narrowed`: an exception, or a smaller field. `added`: more, on the same
subject. `opposite`: it takes the old one's place. `withdrawn`: the old one no longer holds, and nothing new does."""

FORMAT = "pum-wish-relation-1"
REPLACES_FROM = 0.7
"""Of the chances of `same` and `opposite` together. Below it, both wishes are kept."""
WITHDRAWS_FROM = 0.4

_REGULARISATION, _SEEN = 10.0, 3  # These and the constants below: by cross-validation on the labelled pairs.
_SHARPNESS = 3.0  # of the chances that scores stand for
_DIRECTIONS = 64
_STEP = 1 / 1024
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[?!.,:]|\d+")
_CONTENT = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NEGATIONS = frozenset(
    "no not never don't dont without stop avoid hate dislike can't cannot skip nothing none isn't doesn't won't".split()
)

Pair = tuple[str, str]
"""An older wish and a newer one, each in its author's words with the condition."""


@dataclass(frozen=True)
class Projection:
    """Whitened principal directions of the encoder's vectors: (x - mean) · directions, k numbers of variance 1/k."""

    mean: Sequence[float]
    directions: Sequence[Sequence[float]]

    def of(self, vectors: np.ndarray) -> np.ndarray:
        """(n, k) of (n, d) vectors."""
        return (vectors - np.array(self.mean)) @ np.array(self.directions).T


@dataclass(frozen=True)
class RelationReader:
    """`classifier` has a score for each of RELATIONS; `projection` is of `embedder`'s vectors."""

    classifier: TextClassifier
    projection: Projection
    embedder: Embedder

    def relations(self, pairs: Sequence[Pair]) -> list[WishRelation]:
        """How the newer wish of each pair stands to the older one; `added` or `unrelated` where it is not sure."""
        return [_decided(row) for row in self.chances(pairs)] if pairs else []

    def chances(self, pairs: Sequence[Pair]) -> np.ndarray:
        """(n, 6) probabilities in the order of RELATIONS; a row sums to 1."""
        scores = self.classifier.scores(_featured(pairs, self.projection, self.embedder))
        each = np.exp(_SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
        return each / each.sum(axis=1, keepdims=True)


def fit_relation_reader(pairs: Iterable[dict], embedder: Embedder) -> RelationReader:
    """Fitted on labelled pairs (`old`, `new`, `relation`)."""
    labelled = list(pairs)
    texts = [(pair["old"], pair["new"]) for pair in labelled]
    left = {_without_shared(*pair) for one, other in texts for pair in ((one, other), (other, one))}
    projection = _fit_projection(sorted(left), embedder)
    featured = _featured(texts, projection, embedder)
    labels = [pair["relation"] for pair in labelled]
    return RelationReader(
        fit_text_classifier(featured, labels, RELATIONS, _REGULARISATION, _SEEN), projection, embedder
    )


def save_relation_reader(reader: RelationReader, path: Path) -> None:
    projection = {"mean": reader.projection.mean, "directions": reader.projection.directions}
    save_fitted(path, FORMAT, reader.embedder.identity, reader.classifier, **projection)


def load_relation_reader(path: Path, embedder: Embedder) -> RelationReader:
    """The saved reader. InputError if it is missing, damaged, of another format, or of another embedder."""
    classifier, projection = load_fitted(path, FORMAT, embedder.identity, RELATIONS)
    return RelationReader(classifier, Projection(**projection), embedder)


def _decided(chances: np.ndarray) -> WishRelation:
    of = dict(zip(RELATIONS, chances, strict=True))
    if of["withdrawn"] >= WITHDRAWS_FROM:
        return "withdrawn"
    if of["same"] + of["opposite"] >= REPLACES_FROM:
        return "same" if of["same"] >= of["opposite"] else "opposite"
    return max(("narrowed", "added", "unrelated"), key=of.__getitem__)


def _fit_projection(texts: Sequence[str], embedder: Embedder) -> Projection:
    vectors = embedder.encode(texts).astype(np.float64)
    mean = vectors.mean(axis=0)
    _, spread, axes = np.linalg.svd(vectors - mean, full_matrices=False)
    k = min(_DIRECTIONS, len(axes))
    scale = spread[:k, None] / np.sqrt(len(texts)) * np.sqrt(k)
    axes = axes[:k] * np.sign(axes[:k][np.arange(k), np.abs(axes[:k]).argmax(axis=1)])[:, None]
    return Projection(rounded(mean, _STEP).tolist(), rounded(axes / scale, _STEP).tolist())


def _featured(pairs: Sequence[Pair], projection: Projection, embedder: Embedder) -> Featured:
    old, new = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    left_old = [_without_shared(one, other) for one, other in pairs]
    left_new = [_without_shared(other, one) for one, other in pairs]
    a, b, c, d = (embedder.encode(texts).astype(np.float64) for texts in (old, new, left_old, left_new))
    p, q = projection.of(c), projection.of(d)
    numbers = [np.sqrt(p.shape[1]) * p * q, np.abs(p - q), 2 * b]
    cosines = np.stack([(x * y).sum(axis=1) for x, y in ((a, b), (c, d), (a, d), (c, b))], axis=1)
    numbers += [4 * cosines, 4 * cosines[:, :2] ** 2, np.array([_overlap(*pair) for pair in pairs])]
    return Featured(np.hstack(numbers), [_words(*pair, left) for pair, left in zip(pairs, left_new, strict=True)])


def _without_shared(text: str, other: str) -> str:
    """The words of `text` whose stems are not in `other`; the text itself if none is left."""
    shared = content_words(other)
    return " ".join(word for word in _CONTENT.findall(text) if not content_words(word) & shared) or text


def _overlap(old: str, new: str) -> list[float]:
    one, other = content_words(old), content_words(new)
    shared = len(one & other)
    refused = [float(bool(_NEGATIONS & set(_tokens(text)))) for text in (old, new)]
    shares = [2 * shared / max(len(stems), 1) for stems in (one, other)]
    sizes = [min(len(stems), 20) / 10 for stems in (one, other)]
    return [*shares, min(shared, 4) / 2, *sizes, *refused, float(refused[0] != refused[1])]


def _words(old: str, new: str, left_new: str) -> list[str]:
    return sorted(
        {
            *(f"new: {word}" for word in _words_and_pairs(new)),
            *(f"old: {word}" for word in _words_and_pairs(old)),
            *(f"left: {word}" for word in _words_and_pairs(left_new)),
        }
    )


def _words_and_pairs(text: str) -> list[str]:
    words = ["^", *_tokens(text)]
    return [*words, *(f"{one} {two}" for one, two in pairwise(words))]


def _tokens(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))
