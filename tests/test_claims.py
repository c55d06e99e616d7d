"""What README and report say in words about outcomes: when a test fails here, its sentence is no longer true."""

import json
import re

import pandas as pd
import pytest

from pum.config.params import load_params
from pum.core.paths import ROOT
from pum.report.contents import filled, load_contents
from pum.report.numbers import read_numbers

METRICS, TABLES = ROOT / "results" / "metrics", ROOT / "results" / "tables"
CONTENTS = load_contents(ROOT / "data" / "report.yaml")
CAPTIONS = " ".join(item.caption for section in CONTENTS.sections for item in section.items)
TEXTS = " ".join(" ".join(section.text for section in CONTENTS.sections).split())
README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
GAP = read_numbers("learner_study", METRICS)
PARAMS = load_params()


def both(words: str) -> None:
    """The words that a test stands for are still there; where they are gone, so may be the test."""
    assert words in README and words in TEXTS


def test_no_learner_of_a_vector_beat_retrieval() -> None:
    both("o learner of a vector beat retrieval alone")
    assert "Not here; [a simpler memory does]" in README
    assert read_numbers("vectors", METRICS)["better"] == 0
    assert all(GAP["learners"][name]["versus_rag"]["high"] >= 0 for name in ("card_bandit", "oracle_reward"))


def test_every_learner_of_a_vector_is_counted() -> None:
    learners = pd.read_csv(TABLES / "learner_study.csv").set_index("method")
    others = {"rag", "oracle", "frozen_vector", "oracle_reward"}
    found = set(learners.index[learners.z_norm.notna()]) - others
    assert len(found) == read_numbers("vectors", METRICS)["count"]


def test_the_memory_of_nearest_requests_won_and_beat_retrieval() -> None:
    both("which uses what was asked for and ignores")
    assert GAP["best"] == "neighbours" and GAP["headroom_closed_by_best"]["low"] > 0
    assert GAP["headroom_closed_by_best"]["mean"] < 0.5, "the goal was 50%"


def test_with_the_measured_agent_it_is_not_shown_to_help() -> None:
    both("not shown to help")
    assert GAP["measured_agent"]["best"] == GAP["best"]
    assert GAP["measured_agent"]["best_versus"]["rag"]["p"] > 0.05


def test_three_controls_are_worse_than_retrieval() -> None:
    assert "These last three are worse than `rag` themselves" in README and "are themselves worse than rag" in TEXTS
    for name in ("random_notes", "swapped_vector", "shuffled_reward"):
        assert GAP["learners"][name]["versus_rag"]["low"] > 0
    assert GAP["learners"]["frozen_vector"]["versus_rag"]["mean"] == 0, "frozen is rag"


def test_remembering_helps_a_little_and_the_oracle_is_close() -> None:
    assert "Remembering helps a little" in README and "remembering helps a little" in TEXTS
    methods = read_numbers("main", METRICS)["methods"]
    assert -0.2 < methods["rag"]["versus"]["vanilla"]["enforcements"]["low"]
    assert methods["rag"]["versus"]["vanilla"]["enforcements"]["high"] < 0
    assert methods["oracle"]["versus"]["vanilla"]["enforcements"]["low"] > -0.2


def test_contextual_forgets_where_nothing_was_measured() -> None:
    contextual = read_numbers("main", METRICS)["methods"]["contextual"]
    assert "forgets earlier conversations" in README
    differing = contextual["versus"]["vanilla"]["enforcements"]["differing"]
    assert differing < 0.01 * contextual["sessions"]["scheduled"]


def test_both_libraries_kept_nothing_with_the_small_model() -> None:
    assert "Both libraries kept nothing with this model" in CAPTIONS
    libraries = pd.read_csv(TABLES / "memory_contract_llm.csv").set_index("memory").loc[["mem0ai", "langmem"]]
    assert (libraries[["recall", "memories_of_10_repeats", "memories_of_20_thanks"]] == 0).all(axis=None)
    assert (libraries.abstention == 1).all()


def test_sizes_in_words_are_those_of_the_parameters() -> None:
    validation, sweeps, live = PARAMS.learners.validation, PARAMS.sweeps, PARAMS.study("live")
    late = round(PARAMS.learners.evaluation_share * validation.n_sessions)
    said = f"on {validation.n_profiles} other users of {validation.n_sessions} sessions, one seed, by their last {late}"
    assert f"{said} (one enforcement is {1 / (late * validation.n_profiles):.3f})" in TEXTS
    assert len(validation.seeds) == 1
    assert f"played by {sweeps.n_profiles} users of {sweeps.n_sessions} sessions" in TEXTS
    assert sweeps.n_profiles < GAP["profiles"] and sweeps.n_sessions == PARAMS.study("learners").n_sessions
    assert f"{live.n_profiles} users x {live.n_sessions} sessions" in README
    assert f"{live.n_profiles} users of {live.n_sessions} sessions" in CAPTIONS


def test_the_ablated_vector_is_named_by_its_rate() -> None:
    rate = PARAMS.variants["tuned_vector"]["user_model"]["eta_long"]
    assert f"RAG + vector at eta {rate:g}" in TEXTS
    assert read_numbers("hyperparameters", METRICS)["eta_long"]["ours"] == rate, "that of the main study"


def test_memories_are_smaller_than_what_is_looked_at() -> None:
    assert "Memories hold fewer cards than K" in TEXTS
    after = json.loads((METRICS / "memory_contract.json").read_text(encoding="utf-8"))["after_15_sessions"]
    assert after["memories_per_user"] < read_numbers("hyperparameters", METRICS)["top_k"]["ours"] / 2
    changes = pd.read_csv(TABLES / "ablations.csv").set_index("change")
    assert changes["mean"][["no query rewrite", "K = 8", "K = 8, no query rewrite"]].abs().max() < 0.01


@pytest.mark.parametrize("text", [section.text for section in CONTENTS.sections], ids=lambda text: text[:20])
def test_no_sentence_has_a_hole(text: str) -> None:
    assert not re.search(r"\bnan\b|\bNone\b|\{|\}", filled(text, METRICS))
