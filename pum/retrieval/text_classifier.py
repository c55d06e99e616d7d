"""A classifier of texts, or of pairs of texts: ridge regression over numbers (of an encoder) and words.

One linear score a label. The weights solve one system of equations and are then rounded, so that fitting and asking
give the same on every CPU.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pum.core.errors import InputError
from pum.core.rounding import rounded

_STEP = 1 / 1024
_WORDS_COUNT = 1.5  # against an encoder's vector, whose length is 1


class Featured(NamedTuple):
    """What a classifier sees: `numbers` (n, f), and the distinct `words` of each of the n texts."""

    numbers: np.ndarray
    words: Sequence[Sequence[str]]


@dataclass(frozen=True)
class TextClassifier:
    """The score of a label = its `bias` + its `numbers` (f,) · the text's + the sum of its weights of the text's n
    known `words`, over √n. `words` has a weight for each of the `labels`, in their order."""

    labels: tuple[str, ...]
    bias: Sequence[float]
    numbers: Sequence[Sequence[float]]
    words: dict[str, Sequence[float]]

    def scores(self, texts: Featured) -> np.ndarray:
        """(n, labels) of the n texts."""
        nothing = np.zeros(len(self.labels))
        of_words = [
            sum((np.array(weights) for weights in known), nothing) / sqrt(max(len(known), 1))
            for known in ([self.words[word] for word in own if word in self.words] for own in texts.words)
        ]
        return texts.numbers @ np.array(self.numbers).T + np.array(of_words) + np.array(self.bias)


def fit_text_classifier(
    texts: Featured, labels: Sequence[str], known: tuple[str, ...], regularisation: float, seen: int
) -> TextClassifier:
    """Fitted on texts with one of the `known` labels each. A word counts from `seen` texts on; `regularisation` is what
    a squared weight costs against a squared error of a score, where 1 is the label and -1 is another."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.preprocessing import normalize

    counter = CountVectorizer(analyzer=list, binary=True, min_df=seen)
    counts = normalize(counter.fit_transform(texts.words).astype(np.float64)).toarray()
    features = np.hstack([texts.numbers, _WORDS_COUNT * counts])
    wanted = np.where(np.array(labels)[:, None] == np.array(known), 1.0, -1.0)
    centre, bias = features.mean(axis=0), wanted.mean(axis=0)
    features -= centre
    # With fewer texts than features, the weights are sums of the texts.
    alike = features @ features.T + regularisation * np.eye(len(features))
    weights = rounded(features.T @ np.linalg.solve(alike, wanted - bias), _STEP)
    split, names = texts.numbers.shape[1], counter.get_feature_names_out()
    of_words = zip(names, weights[split:] * _WORDS_COUNT, strict=True)
    return TextClassifier(
        labels=known,
        bias=rounded(bias - centre @ weights, _STEP).tolist(),
        numbers=weights[:split].T.tolist(),
        words={str(name): row.tolist() for name, row in of_words if row.any()},
    )


def save_fitted(path: Path, kind: str, identity: str, classifier: TextClassifier, **more: Any) -> None:
    """Write a classifier as JSON. `kind` names the format, `identity` the encoder, `more` is what belongs to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = {"format": kind, "identity": identity, **more, **asdict(classifier)}
    lines = [f"{json.dumps(name)}: {_lines(value)}" for name, value in fields.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def load_fitted(path: Path, kind: str, identity: str, labels: tuple[str, ...]) -> tuple[TextClassifier, dict]:
    """The classifier that `save_fitted` wrote, and what belongs to it. InputError when it is missing, broken, of
    another format, or of another encoder."""
    if not path.is_file():
        raise InputError(f"{path}: no trained classifier there; run `dvc repro setup`")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found = (data.pop("format"), data.pop("identity"), tuple(data["labels"]))
        own = {name: data.pop(name) for name in ("labels", "bias", "numbers", "words")}
        classifier = TextClassifier(**{**own, "labels": tuple(own["labels"])})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path}: not a trained classifier; `dvc repro -f setup` fits it anew") from None
    if found != (kind, identity, labels):
        raise InputError(f"{path}: fitted as another format or on another encoder; `dvc repro setup` fits it anew")
    return classifier, data


def _lines(value: Any) -> str:
    """JSON with one item of a list or an object a line, so that two fits can be compared."""
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(item)}" for name, item in value.items()) + "\n}"
    if isinstance(value, (list, tuple)):
        return "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
    return json.dumps(value)
