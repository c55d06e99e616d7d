"""A trained classifier of reactions, for messages without a phrase that the rules know.

It has one classifier (`pum.extraction.preference_classifier`) per label, fitted on labelled reactions and on statements
of tasks. The label with the highest log-odds wins.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pum.core.errors import InputError
from pum.core.rounding import rounded
from pum.extraction.preference_classifier import PreferenceClassifier, words_and_pairs
from pum.feedback.keyword import VALUES
from pum.language.prose import own_sentences
from pum.retrieval.embed import Embedder

FORMAT = "pum-reaction-classifier-1"
_REGULARISATION = 3.0  # scikit-learn's C. This and the three below equal those of the preference classifier.
_WORDS_COUNT = 1.5
_SEEN_OFTEN_ENOUGH = 2
_STEP = 1 / 256


@dataclass(frozen=True)
class ReactionClassifier:
    """`classifiers`: label -> the classifier that separates its messages from all others."""

    classifiers: Mapping[str, PreferenceClassifier]
    embedder: Embedder

    def odds(self, message: str) -> dict[str, float]:
        """The log-odds of each label."""
        texts = [_own_text(message)]
        vectors = self.embedder.encode(texts)
        return {label: float(classifier.log_odds(texts, vectors)[0]) for label, classifier in self.classifiers.items()}


def fit_reaction_classifier(reactions: Iterable[dict], silent: Iterable[str], embedder: Embedder) -> ReactionClassifier:
    """Fit on labelled reactions (`text`, `label`) and on texts without a reaction (`silent`): statements of tasks."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import normalize

    pairs = [(own, reaction["label"]) for reaction in reactions if (own := _own_text(reaction["text"]))]
    counter = CountVectorizer(analyzer=words_and_pairs, binary=True, min_df=_SEEN_OFTEN_ENOUGH)
    counter.fit([text for text, _ in pairs])
    pairs += [(own, "neutral") for text in silent if (own := _own_text(text))]
    texts, labels = [text for text, _ in pairs], np.array([label for _, label in pairs])
    counts = _WORDS_COUNT * normalize(counter.transform(texts).astype(np.float64)).toarray()
    features = np.hstack([embedder.encode(texts).astype(np.float64), counts])
    # With fewer texts than features, the weights lie in the span of the texts, where Newton's method is much cheaper.
    basis = np.linalg.qr(features.T)[0]
    names = counter.get_feature_names_out()
    classifiers = {}
    for label in VALUES:
        model = LogisticRegression(C=_REGULARISATION, solver="newton-cholesky", tol=1e-10)
        model.fit(features @ basis, labels == label)
        weights = rounded(basis @ model.coef_[0], _STEP)
        of_words = zip(names, weights[embedder.dimension :] * _WORDS_COUNT, strict=True)
        classifiers[label] = PreferenceClassifier(
            identity=embedder.identity,
            bias=float(rounded(model.intercept_[0], _STEP)),
            vector=weights[: embedder.dimension].tolist(),
            words={str(name): float(weight) for name, weight in of_words if weight},
        )
    return ReactionClassifier(classifiers, embedder)


def save_reaction_classifier(classifier: ReactionClassifier, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"format": FORMAT, "classifiers": {label: asdict(one) for label, one in classifier.classifiers.items()}}
    path.write_text(json.dumps(data, indent=0) + "\n", encoding="utf-8")


def load_reaction_classifier(path: Path, embedder: Embedder) -> ReactionClassifier:
    """The saved classifier. InputError if it is missing, damaged, of another format, or of another embedder."""
    if not path.is_file():
        raise InputError(f"{path}: no trained classifier there; run `dvc repro setup`")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found = data["format"]
        classifiers = {label: PreferenceClassifier(**weights) for label, weights in data["classifiers"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path}: not a trained classifier; `dvc repro -f setup` fits it anew") from None
    identities = {classifier.identity for classifier in classifiers.values()}
    if (found, set(classifiers), identities) != (FORMAT, set(VALUES), {embedder.identity}):
        raise InputError(f"{path}: fitted as another format or on another embedder; `dvc repro setup` fits it anew")
    return ReactionClassifier(classifiers, embedder)


def _own_text(message: str) -> str:
    """The user's own words: quotations become one character each, and code and pasted documents are dropped."""
    return " ".join(sentence.text for sentence in own_sentences(message))
