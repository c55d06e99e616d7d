"""A trained ear beside the rules: does a sentence say how to answer, in whatever words?

A logistic regression over the sentence encoder's vectors, fitted on labelled messages. Its weights lie on the grid of
the vectors, so that a score is exact, and the same on every CPU.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pum.errors import InputError
from pum.memory.extraction_quality import content_words
from pum.memory.prose import own_sentences
from pum.retrieval.embed import Embedder, on_grid

FORMAT = "pum-ear-1"
# Chosen by cross-validation on the development messages: precision pays for a lower one, recall for a higher one.
_THRESHOLD = 0.4


@dataclass(frozen=True)
class Ear:
    """`weights` (d,) and `bias` on the grid; `identity` names the encoder whose vectors they are for."""

    weights: np.ndarray
    bias: float
    identity: str

    def hears(self, vectors: np.ndarray) -> np.ndarray:
        """(n,) bool for the (n, d) vectors of sentences: which say how to answer."""
        return vectors.astype(np.float64) @ self.weights.astype(np.float64) + self.bias > _THRESHOLD


def fit_ear(messages: Sequence[dict], tasks: Sequence[str], embedder: Embedder) -> Ear:
    """Fitted on labelled messages (`text`, `preferences`) and, as what must not be heard, the text of tasks.

    Without a label for single sentences, a preference is taken to stand in the one that shares most words with it.
    """
    from sklearn.linear_model import LogisticRegression

    labelled = [pair for message in messages for pair in _labelled_sentences(message)]
    labelled += [(sentence.raw, False) for task in tasks for sentence in own_sentences(task)]
    vectors = embedder.encode([text for text, _ in labelled]).astype(np.float64)
    model = LogisticRegression(class_weight="balanced", solver="newton-cholesky", tol=1e-10)
    model.fit(vectors, [wish for _, wish in labelled])
    return Ear(on_grid(model.coef_[0]), float(on_grid(model.intercept_)[0]), embedder.identity)


def _labelled_sentences(message: dict) -> Iterator[tuple[str, bool]]:
    sentences = [sentence.raw for sentence in own_sentences(message["text"])]
    wishes = {
        max(sentences, key=lambda text: len(content_words(text) & content_words(f"{p['condition']} {p['action']}")))
        for p in message["preferences"]
        if sentences
    }
    return ((text, text in wishes) for text in sentences)


def save_ear(ear: Ear, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez(file, header=np.array([FORMAT, ear.identity]), weights=ear.weights, bias=np.array([ear.bias]))


def load_ear(path: Path, identity: str) -> Ear:
    """The saved ear; InputError when it is missing, of another format, or of another embedder."""
    if not path.is_file():
        raise InputError(f"{path}: no trained ear there; run `dvc repro setup`, or set assistant.extractor to rules")
    with np.load(path, allow_pickle=False) as data:
        form, fitted_on = (str(item) for item in data["header"])
        ear = Ear(data["weights"], float(data["bias"][0]), fitted_on)
    if form != FORMAT or fitted_on != identity:
        raise InputError(f"{path}: fitted as {form} on embedder {fitted_on[:12]}, wanted {FORMAT} on {identity[:12]}")
    return ear
