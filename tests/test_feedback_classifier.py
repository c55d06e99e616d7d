"""The reaction classifier tells apart what it was fitted on, and speaks only where the rules have no set phrase."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.assistant.components import Components
from pum.bench.corpora import development_reactions
from pum.core.errors import InputError
from pum.core.files import read_jsonl
from pum.core.paths import DATA
from pum.feedback.keyword import VALUES, keyword_reward
from pum.feedback.reaction_classifier import (
    FORMAT,
    ReactionClassifier,
    fit_reaction_classifier,
    load_reaction_classifier,
    save_reaction_classifier,
)
from pum.retrieval.embed import load_embedder
from tests.small_assistant import small_assistant

EMBEDDER = load_embedder("hashing")
REACTIONS = development_reactions()[::4]
TASKS = ["Compute the mean of 3, 8 and 10.", "Show that no such x exists.", "What is the capital of Peru?"]


@pytest.fixture(scope="module")
def classifier() -> ReactionClassifier:
    return fit_reaction_classifier(REACTIONS, TASKS, EMBEDDER)


def test_it_reads_what_it_was_fitted_on(classifier: ReactionClassifier) -> None:
    odds = [(reaction["label"], classifier.odds(reaction["text"])) for reaction in REACTIONS]
    assert sum(max(of, key=of.__getitem__) == label for label, of in odds) > 0.9 * len(odds)


def test_no_message_that_is_only_scored_is_fitted_on() -> None:
    every = read_jsonl(DATA / "labelled" / "next_turns.jsonl", ["text", "label", "split"])
    scored = {reaction["text"] for reaction in every if reaction["split"] == "heldout"}
    assert scored and not scored & {reaction["text"] for reaction in development_reactions()}


def test_a_saved_reader_reads_the_same(classifier: ReactionClassifier, tmp_path: Path) -> None:
    save_reaction_classifier(classifier, tmp_path / "reaction_classifier.json")
    assert load_reaction_classifier(tmp_path / "reaction_classifier.json", EMBEDDER) == classifier


@pytest.mark.parametrize(
    "text", ["", "[]", f'{{"format": "{FORMAT}"}}', f'{{"format": "{FORMAT}", "classifiers": {{}}}}']
)
def test_a_broken_file_is_named_and_a_missing_one_too(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="classifier.json: no trained classifier"):
        load_reaction_classifier(tmp_path / "reaction_classifier.json", EMBEDDER)
    (tmp_path / "reaction_classifier.json").write_text(text)
    with pytest.raises(InputError, match="classifier.json: (not a trained classifier|fitted as another)"):
        load_reaction_classifier(tmp_path / "reaction_classifier.json", EMBEDDER)


@pytest.mark.parametrize(
    "message", ["That's wrong.", "Thanks!", "I don't understand.", "I told you already: no tables."]
)
@pytest.mark.parametrize("believed", VALUES)
def test_set_phrases_are_read_by_the_rules(message: str, believed: str) -> None:
    odds = {label: float(label == believed) for label in VALUES}
    assert keyword_reward(message, odds=lambda _: odds) == keyword_reward(message)


@given(st.sampled_from(list(VALUES)), st.booleans())
def test_it_decides_the_rest_and_a_sure_wish_stays_a_complaint(believed: str, asks: bool) -> None:
    odds = {label: float(label == believed) for label in VALUES}
    reward = keyword_reward("My grandmother sails.", asks=asks, odds=lambda _: odds)
    assert reward.value is not None and reward.value < 0 if asks else reward.label == believed


def test_a_message_without_words_of_the_user_is_neutral(classifier: ReactionClassifier) -> None:
    assert keyword_reward("```\nwrong\n```", odds=classifier.odds).label == "neutral"


def test_an_assistant_asks_it_in_its_reward_mode_alone(classifier: ReactionClassifier) -> None:
    with pytest.raises(InputError, match="reward_mode trained: needs a reaction classifier"):
        small_assistant(reward_mode="trained")
    biased = {
        label: replace(classifier, bias=99.0 * (label == "pos_praise"))
        for label, classifier in classifier.classifiers.items()
    }
    praise = ReactionClassifier(biased, EMBEDDER)
    heard = {}
    for mode in ("keyword", "trained"):
        ours = small_assistant(reward_mode=mode, components=Components(reaction_classifier=praise))
        ours.chat("ann", "Which rule of calculus do I need here?")
        heard[mode] = ours.chat_prepare("ann", "My grandmother sails.").reward.label
    assert heard == {"keyword": "neutral", "trained": "pos_praise"}
