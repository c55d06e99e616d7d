"""The studies of learning, small: hyperparameters chosen, one factor turned at a time, one part changed at a time."""

import json
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from pum.analysis.factors import ablation_table
from pum.analysis.figures.learner_study import draw_ablations
from pum.bench.profiles import read_profiles
from pum.config.params import Params, check_params
from pum.core.errors import InputError
from pum.experiments.learner_study import factors
from pum.experiments.learner_study.factors import play_ablations, play_sweeps
from pum.experiments.learner_study.play import generated, play
from pum.runner.batch import run
from pum.runner.config import DataFiles, RunConfig
from tests.small_runs import small_files, small_params

KEYS = ["seed", "user_id", "session"]


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("factors", "play"):
        module = f"pum.experiments.learner_study.{name}"
        monkeypatch.setattr(f"{module}.run_together", lambda runs, _, work: [run(*one, work=work) for one in runs])
    files = small_files()
    monkeypatch.setattr("pum.experiments.learner_study.play.DataFiles", partial(DataFiles, item_space=files.item_space))
    others = RunConfig.__init__.__defaults__[1:]
    monkeypatch.setattr("pum.runner.config.RunConfig.__init__.__defaults__", (files, *others))


def params(**changes: object) -> Params:
    data = small_params("learners", n_profiles=2, n_sessions=3).model_dump(mode="json")
    return check_params({**data, **changes})


def test_users_of_other_parameters_make_way(tmp_path: Path) -> None:
    """An interrupted stage leaves its users behind; those of another seed or number are never taken for them."""
    path = tmp_path / "work" / "profiles.jsonl"
    wanted = [(3, 7), (3, 8), (2, 8)]
    found = [read_profiles(generated(params(), path, count, seed).profiles) for count, seed in wanted]
    assert [(len(users), users[0].seed) for users in found] == wanted
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.slow
def test_the_winner_on_validation_users_plays_the_test_users(tmp_path: Path, in_this_process: None) -> None:
    learners = {
        "validation": {"n_profiles": 2, "n_sessions": 3, "seed": 7, "seeds": [100]},
        "test_seed": 13,
        "evaluation_share": 0.334,
        "grids": {"tuned_vector": {"eta_long": [0.1, 0.3]}, "neighbours": {"beta": [2.0]}},
        "hyperparameters_from": {"swapped_vector": "best"},
        "controls": ["swapped_vector"],
        "agents": {"learners": ["rag", "oracle", "best", "swapped_vector"]},
    }
    play(params(learners=learners), tmp_path / "out", tmp_path / "work")
    chosen = json.loads((tmp_path / "out" / "chosen.json").read_text(encoding="utf-8"))
    fewest = min(trial["evaluation_enforcements"] for trial in chosen["trials"][1:])
    reference, *trials = chosen["trials"]
    assert reference["learner"] == "rag" and reference["evaluation_enforcements"] > 0
    assert len(trials) == 3
    assert {trial["learner"] for trial in trials if trial["evaluation_enforcements"] == fewest} >= {chosen["best"]}
    sessions = pd.read_parquet(tmp_path / "out" / "sessions.parquet")
    assert set(sessions.method) == {"rag", "oracle", chosen["best"], "swapped_vector"}
    assert (sessions.groupby("method").size() == 2 * 3).all() and not sessions.duplicated([*KEYS, "method"]).any()
    assert not (tmp_path / "work").exists()


def test_a_sweep_turns_one_knob_and_leaves_the_others(tmp_path: Path, in_this_process: None) -> None:
    chosen = tmp_path / "chosen.json"
    trial = {"learner": "tuned_vector", "values": {"eta_long": 0.3}, "evaluation_enforcements": 1.0}
    chosen.write_text(json.dumps({"best": "tuned_vector", "trials": [trial]}), encoding="utf-8")
    factors = {
        "importance_spread": {"values": [1.0], "default": 1.0},
        "extraction_miss_rate": {"values": [0.0, 1.0], "default": 0.0, "null_condition": 1.0},
        "drift_share": {"values": [0.0], "default": 0.0},
        "preferences_per_profile": {"values": [20], "default": 20},
        "top_j": {"values": [3], "default": 3},
    }
    sweeps = {"study": "learners", "n_profiles": 2, "n_sessions": 3, "seed": 9, "factors": factors}
    play_sweeps(params(sweeps=sweeps), chosen, tmp_path / "sessions.parquet", tmp_path / "work")
    rows = pd.read_parquet(tmp_path / "sessions.parquet")
    assert len(rows) == 6 * 2 * 2 * 3  # values, methods, users, sessions
    usual = [
        part.drop(columns=["factor", "value"]).reset_index(drop=True)
        for _, part in rows[rows.value != 1.0].groupby("factor")
    ]
    assert all(part.equals(usual[0]) for part in usual), "usual values of every factor are the same sessions"
    deaf = rows[(rows.factor == "extraction_miss_rate") & (rows.value == 1.0)].pivot(
        index=KEYS, columns="method", values="enforcements"
    )
    assert (deaf.rag == deaf.learner).all(), "with nothing heard there is nothing to learn from"


def test_a_knob_that_is_none_is_named(tmp_path: Path) -> None:
    chosen = tmp_path / "chosen.json"
    trial = {"learner": "tuned_vector", "values": {}, "evaluation_enforcements": 1.0}
    chosen.write_text(json.dumps({"best": "tuned_vector", "trials": [trial]}), encoding="utf-8")
    sweeps = {
        "study": "learners",
        "n_profiles": 1,
        "n_sessions": 1,
        "seed": 9,
        "factors": {"mood": {"values": [1], "default": 1}},
    }
    with pytest.raises(InputError, match="sweeps.factors: mood"):
        play_sweeps(params(sweeps=sweeps), chosen, tmp_path / "sessions.parquet", tmp_path / "work")


def ablations(**changes: dict) -> dict:
    return {"study": "learners", "n_profiles": 2, "n_sessions": 4, "seed": 11, "changes": changes}


@pytest.mark.slow
def test_every_change_is_played_beside_what_it_is_changed_in(tmp_path: Path, in_this_process: None) -> None:
    changes = {
        "nothing": {"of": "rag", "settings": {"top_j": 3}},
        "one note": {"of": "rag", "settings": {"top_j": 1}},
        "gate off": {"of": "tuned_vector", "user_model": {"gated": False}},
        "deaf": {"of": "rag", "assistant": {"extraction_miss_rate": 1.0}},
    }
    play_ablations(params(ablations=ablations(**changes)), tmp_path / "sessions.parquet", tmp_path / "work")
    rows = pd.read_parquet(tmp_path / "sessions.parquet")
    assert set(rows.change) == {*changes, "rag", "tuned_vector"}
    whole, nothing, one, deaf = (rows[rows.change == name] for name in ("rag", "nothing", "one note", "deaf"))
    columns = ["enforcements", "injected", "right"]
    assert (whole[columns].to_numpy() == nothing[columns].to_numpy()).all()
    assert 0 < one.injected.sum() < whole.injected.sum()
    assert deaf.injected.sum() == 0
    assert set(rows[rows.change == "gate off"]["of"]) == {"tuned_vector"}


@pytest.mark.slow
def test_another_embedder_comes_with_an_item_space_and_a_classifier_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are fitted on a part of their texts, because encoding all takes minutes."""
    for name in ("development_messages", "silent_texts", "wordings"):
        texts = getattr(factors, name)
        monkeypatch.setattr(factors, name, lambda *given, texts=texts: texts(*given)[::6])
    data = small_params("learners", n_profiles=2, n_sessions=2).model_dump(mode="json")
    data["embedder"], data["assistant"]["extractor"] = "all-MiniLM-L6-v2", "trained"
    data["ablations"] = ablations(hashing={"of": "rag", "embedder": "hashing"})
    play_ablations(check_params(data), tmp_path / "sessions.parquet", tmp_path / "work")
    rows = pd.read_parquet(tmp_path / "sessions.parquet")
    assert set(rows.change) == {"rag", "hashing"}
    assert not (tmp_path / "work").exists()


def test_the_table_says_what_a_change_costs() -> None:
    rows = [
        {
            "change": change, "of": "rag", "seed": 0, "user_id": f"u{user}", "session": session,
            "enforcements": 1.0 + cost + 0.01 * user * cost, "injected": injected, "right": 2, "known": 4, "reached": 2,
        }
        for change, cost, injected in (("rag", 0.0, 3), ("worse", 0.5, 6), ("alike", 0.0, 3))
        for user in range(12)
        for session in range(2)
    ]  # fmt: skip
    table = ablation_table(pd.DataFrame(rows), {"worse": "rag", "alike": "rag"}, 200, 0).set_index("change")
    assert table.loc["worse", "mean"] == pytest.approx(0.5 + 0.01 * 5.5 * 0.5)
    assert table.loc["worse", "low"] > 0.5 and table.loc["worse", "p_holm"] < 1e-6
    assert (table.loc["alike", ["mean", "low", "high"]] == 0).all() and table.loc["alike", "p_holm"] == 1
    assert table.loc["worse", ["precision", "precision_whole", "recall"]].tolist() == pytest.approx(
        [1 / 3, 2 / 3, 1 / 2]
    )
    figure = draw_ablations(table.reset_index(), "Ablations")
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["alike  (RAG)", "worse  (RAG)"]
