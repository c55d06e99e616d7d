"""Controls and oracles of the learned vector, played on little: each differs from `rag_vector` by what it says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pum.assistant.personalized_llm import PersonalizedLLM
from pum.config.params import load_params
from pum.core.errors import InputError
from pum.core.paths import RESULTS
from pum.core.schemas import Note
from pum.methods.method import build_method, check_settings
from pum.runner.batch import run
from pum.runner.build import check
from pum.runner.config import RunConfig
from pum.user_model.learner import CardChoice, Reaction
from pum.user_model.neighbours import Neighbours, NeighboursParams
from pum.user_model.vectors import UserVectors
from tests.small_assistant import RAG, WISHES, Echo, small_assistant, small_resources, teach
from tests.small_runs import small_files, small_params

SEEN = ["user_id", "session", "turn", "notes", "message", "reply"]


def config(method: str, **changes: object) -> RunConfig:
    params = small_params(n_profiles=2, n_sessions=5)
    module, settings = params.configured(method)
    variant = {"method": module, **settings, **changes}
    params = params.model_copy(update={"variants": {**params.variants, method: variant}})
    return RunConfig("smoke", params.study("smoke"), method, params, small_files())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("controls")


def turns(folder: Path, method: str, **changes: object) -> pd.DataFrame:
    name = f"{method}-{len(changes)}"
    run(config(method, **changes), folder / name, work=folder / "work")
    return pd.read_parquet(folder / name / "turns.parquet")


def states(folder: Path, name: str) -> list[dict]:
    table = pd.read_parquet(folder / name / "users.parquet").sort_values("user_id")
    return [json.loads(state)["assistant"] for state in table.state]


def vectors(folder: Path, name: str) -> list[UserVectors]:
    return [UserVectors.from_json(state["vectors"]) for state in states(folder, name)]


@pytest.fixture(scope="module")
def rag(folder: Path) -> pd.DataFrame:
    return turns(folder, "rag")


def test_every_variant_of_params_yaml_has_settings_that_its_method_takes() -> None:
    params = load_params()
    for name in params.variants:
        check_settings(*params.configured(name))
    grid = {name for names in params.learners.agents.values() for name in names} - {"best"}
    for name in (
        grid | set(params.learners.grids) | set(params.learners.hyperparameters_from) | set(params.learners.controls)
    ):
        params.configured(name)
    for change in params.ablations.changes.values():
        module, settings = params.configured(change.of)
        learner = {"user_model": {**settings["user_model"], **change.user_model}} if change.user_model else {}
        check_settings(module, {**settings, **change.settings, **learner})


@pytest.mark.slow
def test_frozen_is_rag_turn_for_turn_and_the_learner_is_not(folder: Path, rag: pd.DataFrame) -> None:
    fast = {"user_model": {**load_params().variants["tuned_vector"]["user_model"], "eta_long": 3.0}}
    pd.testing.assert_frame_equal(turns(folder, "frozen_vector", **fast)[SEEN], rag[SEEN])
    assert not turns(folder, "tuned_vector", **fast)[SEEN].equals(rag[SEEN])


@pytest.mark.slow
@pytest.mark.parametrize("learner", ["thompson", "linucb", "contextual_vector", "card_bandit", "neighbours"])
def test_bandits_learn_and_at_beta_zero_are_rag(folder: Path, rag: pd.DataFrame, learner: str) -> None:
    hyper = load_params().variants[learner]["user_model"]
    silent = turns(folder, learner, user_model={**hyper, "beta": 0.0})
    pd.testing.assert_frame_equal(silent[SEEN], rag[SEEN])
    assert all(len(next(iter(found.evidence.values()))) > 0 for found in vectors(folder, f"{learner}-1"))


@pytest.mark.slow
def test_swapped_starts_with_the_other_users_vectors_and_keeps_them(folder: Path) -> None:
    turns(folder, "tuned_vector")
    learned = vectors(folder, "tuned_vector-0")
    turns(folder, "swapped_vector", vectors=str(folder / "tuned_vector-0" / "users.parquet"))
    swapped = vectors(folder, "swapped_vector-1")
    assert learned[0].z_long.any() and learned[0].z_long.tolist() != learned[1].z_long.tolist()
    assert [found.z_long.tolist() for found in swapped] == [learned[1].z_long.tolist(), learned[0].z_long.tolist()]


def test_swapped_without_a_run_to_take_from_is_one_clear_line(tmp_path: Path) -> None:
    missing = config("swapped_vector", vectors=str(tmp_path / "none.parquet"))
    with pytest.raises(InputError, match=r"methods\.swapped_vector\.vectors: Path does not point to a file"):
        check(missing, tmp_path / "out")


@pytest.mark.slow
def test_shuffled_draws_from_the_users_own_reactions(folder: Path) -> None:
    hyper = load_params().variants["linucb"]["user_model"]
    heard = turns(folder, "shuffled_reward", user_model=hyper)
    for user_id, state in zip(("user_000", "user_001"), states(folder, "shuffled_reward-1"), strict=True):
        reactions = state["method_state"]["shuffled_reward"]
        rewards = [reaction["reward"] for reaction in reactions]
        assert set(rewards) <= set(heard[(heard.user_id == user_id) & heard.reward.notna()].reward)
        assert set(state["vectors"]["evidence"]["target"]) <= {*rewards[:-1], 1.0}, "none before its time"
        assert any(reaction["cards"] for reaction in reactions)


@pytest.mark.slow
def test_random_notes_spend_the_budget_of_rag_on_other_cards(folder: Path, rag: pd.DataFrame) -> None:
    drawn = turns(folder, "random_notes")
    counts = drawn.notes.map(json.loads).map(len)
    assert counts.max() == 3 and counts.sum() > 20
    assert drawn[SEEN].notes.tolist() != rag.notes.tolist()


@pytest.mark.slow
def test_oracles_are_told_one_truth_each(folder: Path) -> None:
    hyper = load_params().variants["linucb"]["user_model"] | {"asked": 0.0}
    turns(folder, "oracle_reward", user_model=hyper)
    targets = {value for found in vectors(folder, "oracle_reward-1") for value in found.evidence["target"]}
    assert targets <= {-1.0, -1 / 3, 0.0, 1 / 3, 1.0} and {-1.0, 1.0} & targets

    chosen = turns(folder, "oracle_choice")
    applies = chosen[chosen.notes.map(json.loads).map(len) > 0]
    assert len(applies) and (applies.applicable != "[]").all(), "injects nothing where nothing applies"

    turns(folder, "neighbours")
    turns(folder, "oracle_preferences")
    told, heard = (vectors(folder, f"{name}-0")[0].evidence["card"] for name in ("oracle_preferences", "neighbours"))
    assert len(told) > len(heard) > 0, "users voice only what is amiss"

    turns(folder, "oracle_request")
    for found in vectors(folder, "oracle_request-0"):
        rows = found.evidence["request"].reshape(-1, found.evidence["request"].shape[-1])
        assert set(rows.ravel()) == {0.0, 1.0} and set(rows.sum(axis=1)) == {0.0, 1.0}, "a tag is an axis"


class Told:
    """A world in which these notes apply to every request, and mean themselves."""

    def __init__(self, *applicable: str) -> None:
        self.applicable = applicable

    def applicable_notes(self, user_id: str) -> tuple[Note, ...]:
        return tuple(map(Note, self.applicable))

    def label_note(self, note: str) -> frozenset[str]:
        return frozenset({note})

    def request_tags(self, user_id: str) -> tuple[int, ...]:
        return ()


@pytest.mark.parametrize("name", ["oracle", "oracle_choice", "oracle_request", "oracle_reward", "oracle_preferences"])
def test_oracles_need_a_world_whose_truth_is_known(name: str) -> None:
    with pytest.raises(InputError, match=f"method {name}: it needs simulated users"):
        build_method(*load_params().configured(name), small_resources())


def evidence_of(method: str, applicable: tuple[str, ...] = ()) -> set[int]:
    """Cards that the learner takes to have been asked for, after a user has voiced wishes; `applicable` notes apply."""
    resources = replace(small_resources(), ground_truth=Told(*applicable))
    settings = {**RAG, "user_model": {"kind": "neighbours", "beta": 1.0}}
    method = build_method(method, settings, resources)
    assistant = PersonalizedLLM(method, Echo(), resources.embedder, resources.item_space.rank)
    teach(assistant, "ann")
    return set(assistant.state("ann").vectors.evidence["card"].tolist())


def test_the_oracle_of_wishes_hears_what_anybody_hears_and_the_truth_beside_it() -> None:
    heard = evidence_of("rag_vector")
    assert evidence_of("oracle_preferences") == heard == {1, 2, 3}, (
        "the first wish came before any card could be chosen"
    )
    assert evidence_of("oracle_preferences", ("When you list options, use bullet points.",)) > heard


def state_of(wishes: Sequence[str], card: int) -> str:
    """A finished user's state: cards of these wishes, one of which was asked for at a request about Python."""
    resources = small_resources()
    sentence = resources.item_space.project(resources.embedder.encode(["Sort a list in Python."]))
    learner, rank = Neighbours(NeighboursParams(kind="neighbours", beta=1.0)), resources.item_space.rank
    nothing, asked = CardChoice(np.zeros((0, rank)), (), sentence), Reaction(0.0, 0.0, np.zeros((1, rank)), (card,))
    vectors = learner.learn(UserVectors.zero(rank), nothing, asked)
    assistant = small_assistant()
    for wish in wishes:
        assistant.chat("ann", wish)
    return json.dumps({"assistant": {**assistant.export_user("ann"), "vectors": vectors.to_json()}})


def swapped(path: Path, states: Mapping[str, str]) -> PersonalizedLLM:
    """An assistant whose users have the vectors of others in a run that ended with `states`."""
    pd.DataFrame({"seed": 0, "user_id": list(states), "state": list(states.values())}).to_parquet(path)
    resources = small_resources()
    settings = {**RAG, "user_model": {"kind": "neighbours", "beta": 1.0}, "vectors": str(path)}
    method = build_method("swapped_vector", settings, resources)
    return PersonalizedLLM(method, Echo(), resources.embedder, resources.item_space.rank)


def test_swapped_learning_of_a_card_counts_for_the_own_card_that_is_most_like_it(tmp_path: Path) -> None:
    hints, bullets = WISHES[1], WISHES[0]
    states = {"ann": state_of([bullets], 0), "bob": state_of([bullets, WISHES[2], hints], 2)}
    assistant = swapped(tmp_path / "users.parquet", states)
    for wish in (hints, bullets):
        assistant.chat("ann", wish)
    decision = assistant.chat("ann", "Sort a list in Python.").decision
    bonus = {candidate.card_id: candidate.bonus for candidate in decision.candidates}
    assert bonus == {"c0000": pytest.approx(1.0, abs=1e-3), "c0001": 0.0}, "hints are bob's third card, and ann's first"


def test_vectors_of_a_single_user_cannot_be_swapped(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"users\.parquet: a run of one user"):
        swapped(tmp_path / "users.parquet", {"ann": state_of(WISHES, 0)}).chat("ann", "Hello.")


def test_told_the_request_it_is_the_best_learner_in_all_else() -> None:
    """Its request is of more parts than the learner keeps of words; none is cut off, and nothing else is changed."""
    params = load_params()
    best = params.configured("neighbours")[1]
    assert (
        params.configured("oracle_request")[1] == best
        and params.learners.hyperparameters_from["oracle_request"] == "best"
    )
    resources = replace(small_resources(), ground_truth=Told())
    told = build_method("oracle_request", best, resources).learner.params
    assert told == NeighboursParams(**best["user_model"], dims=resources.item_space.rank, sentences=16)


def test_params_yaml_has_the_values_with_which_the_best_learner_won() -> None:
    chosen = json.loads((RESULTS / "learners" / "chosen.json").read_text(encoding="utf-8"))
    won = min(
        (trial for trial in chosen["trials"] if trial["learner"] == chosen["best"]),
        key=lambda trial: trial["evaluation_enforcements"],
    )
    assert load_params().variants[chosen["best"]]["user_model"].items() >= won["values"].items()
