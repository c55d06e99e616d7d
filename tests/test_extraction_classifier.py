"""The preference classifier tells apart what it was fitted on, in any order; what the rules find stands beside it."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.core.errors import InputError
from pum.core.files import read_jsonl
from pum.core.paths import DATA
from pum.extraction.preference_classifier import (
    THRESHOLD,
    PreferenceClassifier,
    fit_preference_classifier,
    load_preference_classifier,
    save_preference_classifier,
)
from pum.extraction.rules import RuleExtractor
from pum.extraction.trained import TrainedExtractor
from pum.retrieval.embed import load_embedder

EMBEDDER = load_embedder("hashing")
MESSAGES = read_jsonl(DATA / "labelled" / "messages.jsonl", ["text", "preferences"])[:120]
SILENT = ["Compute the mean of 3, 8 and 10.", "What is the capital of Peru?", "Thanks, that helped."] * 3


@pytest.fixture(scope="module")
def classifier() -> PreferenceClassifier:
    return fit_preference_classifier(MESSAGES, SILENT, EMBEDDER)


def hears(classifier: PreferenceClassifier, *sentences: str) -> list[bool]:
    return (classifier.log_odds(sentences, EMBEDDER.encode(sentences)) > THRESHOLD).tolist()


def test_it_hears_what_it_was_fitted_on_and_nothing_in_silent_texts(classifier: PreferenceClassifier) -> None:
    one_sentence = [message for message in MESSAGES if not any(mark in message["text"][:-1] for mark in ".?!\n")]
    truth = [bool(message["preferences"]) for message in one_sentence]
    assert 20 < sum(truth) < len(truth) - 20
    heard = hears(classifier, *(message["text"] for message in one_sentence))
    assert np.mean([said == told for said, told in zip(truth, heard, strict=True)]) > 0.9
    assert not any(hears(classifier, *SILENT))


def test_the_order_of_the_messages_changes_no_bit(classifier: PreferenceClassifier) -> None:
    again = fit_preference_classifier(MESSAGES[::-1], SILENT[::-1], EMBEDDER)
    assert (again.bias, again.vector, again.words) == (classifier.bias, classifier.vector, classifier.words)


def test_the_words_of_a_sentence_count_beside_its_vector(classifier: PreferenceClassifier) -> None:
    same = np.zeros((2, EMBEDDER.dimension), dtype=np.float32)
    with_words, without = classifier.log_odds(["shorter, please", "zzz"], same)
    assert without == classifier.bias + classifier.words.get("^", 0.0) and with_words > without


def test_a_saved_ear_hears_the_same(classifier: PreferenceClassifier, tmp_path: Path) -> None:
    save_preference_classifier(classifier, tmp_path / "preference_classifier.json")
    assert load_preference_classifier(tmp_path / "preference_classifier.json", EMBEDDER.identity) == classifier


@pytest.mark.parametrize("text", ["", "[]", '{"format": "pum-preference-classifier-2"}', '{"format": 1, "more": 2}'])
def test_a_broken_file_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "preference_classifier.json").write_text(text)
    with pytest.raises(InputError, match="preference_classifier.json: not a trained classifier"):
        load_preference_classifier(tmp_path / "preference_classifier.json", "x")


def test_another_encoders_ear_and_a_missing_one_are_refused(classifier: PreferenceClassifier, tmp_path: Path) -> None:
    save_preference_classifier(classifier, tmp_path / "preference_classifier.json")
    with pytest.raises(InputError, match="fitted as pum-preference-classifier-2 on embedder hashing"):
        load_preference_classifier(tmp_path / "preference_classifier.json", "other")
    data = json.loads((tmp_path / "preference_classifier.json").read_text())
    (tmp_path / "preference_classifier.json").write_text(json.dumps({**data, "format": "pum-preference-classifier-1"}))
    with pytest.raises(InputError, match="fitted as pum-preference-classifier-1"):
        load_preference_classifier(tmp_path / "preference_classifier.json", EMBEDDER.identity)
    with pytest.raises(InputError, match="set extractor to rules"):
        load_preference_classifier(tmp_path / "none.json", EMBEDDER.identity)


def test_the_committed_ear_is_of_the_default_encoder() -> None:
    embedder = load_embedder("all-MiniLM-L6-v2")
    assert (
        len(load_preference_classifier(DATA / "preference_classifier.json", embedder.identity).vector)
        == embedder.dimension
    )


class Ears:
    """Hears everything, or nothing."""

    def __init__(self, all_of_it: bool) -> None:
        self.odds = 9.0 if all_of_it else -9.0

    def log_odds(self, sentences: list[str], vectors: np.ndarray) -> np.ndarray:
        return np.full(len(sentences), self.odds)


def test_what_only_the_ear_hears_is_kept_in_the_users_words() -> None:
    heard = TrainedExtractor(Ears(True), EMBEDDER).extract("My eyes glaze over at tables.")
    assert [preference.action for preference in heard] == ["my eyes glaze over at tables"]
    assert RuleExtractor().extract("My eyes glaze over at tables.") == ()


def test_an_order_that_the_rules_took_for_a_task_is_kept_as_an_order() -> None:
    (heard,) = TrainedExtractor(Ears(True), EMBEDDER).extract("Please name the rule of inference.")
    assert heard.action == "name the rule of inference"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([message["text"] for message in MESSAGES]), min_size=1, max_size=3).map(" ".join))
def test_the_ear_adds_to_the_rules_and_takes_nothing_away(text: str) -> None:
    read = RuleExtractor().extract(text)
    assert TrainedExtractor(Ears(False), EMBEDDER).extract(text) == read
    assert TrainedExtractor(Ears(True), EMBEDDER).extract(text)[: len(read)] == read
