"""The stage learners: hyperparameters chosen on validation users, then everything compared once on test users."""

import shutil
from pathlib import Path

import pandas as pd

from pum.analysis.error_attribution import injected_by_session
from pum.bench.catalogue import load_preferences
from pum.config.params import Params
from pum.core.paths import WORK
from pum.experiments.learner_study.choose import best, choose, to_json, variant_with, with_variant
from pum.experiments.learner_study.users import generated
from pum.methods.configured import configured
from pum.results.files import read_results, write_parquet
from pum.runner.batch import run_together
from pum.runner.config import RunConfig

SESSIONS, CHOSEN = "sessions.parquet", "chosen.json"
BEST = "best"
"""In params.yaml, stands for the learner that won on the validation users."""

_KEYS = ["seed", "user_id", "session"]
_OF_SESSIONS = [*_KEYS, "enforcements", "success", "turns", "rank_flips", "notes_injected", "cards"]


def play(params: Params, output: Path, work: Path = WORK / "learners") -> None:
    """Leaves in `output` the trials, and a row per session of every (study, method) of `learners.agents`, played by
    users whose preferences were in no trial, and are in no other study.

    Whole transcripts are read for what a session's row says of its injected notes, and are not kept.
    """
    processes = params.site.executor.workers
    (first, *_) = params.learners.agents
    trials = choose(params, first, work)
    chosen = {learner: best([t for t in trials if t.learner == learner]) for learner in params.learners.grids}
    winner = best(list(chosen.values())).learner
    for learner, trial in chosen.items():
        params = with_variant(params, learner, variant_with(params, learner, trial.values))
    for name, donor in params.learners.given.items():
        donor = winner if donor == BEST else donor
        params = with_variant(params, name, _given(params, name, donor, _vectors(work, first, donor)))
    pairs = {
        (study, winner if name == BEST else name): None
        for study, names in params.learners.agents.items()
        for name in names
    }
    # A run from which another takes its vectors comes before it; with the other studies, so that neither wave is short.
    taken = {configured(name, params)[1].get("vectors") for _, name in pairs}
    early = [pair for pair in pairs if pair[0] != first or str(_vectors(work, *pair)) in taken]
    for wave in (early, [pair for pair in pairs if pair not in early]):
        # The longest first, so that none is left to one process at the end.
        wave.sort(key=lambda pair: -params.study(pair[0]).n_profiles * params.study(pair[0]).n_sessions)
        runs = [(_test(params, study, name, work), work / study / name) for study, name in wave]
        run_together(runs, processes, work)
    frames = [_distilled(work / study / name).assign(study=study, method=name) for study, name in pairs]
    table = pd.concat(frames, ignore_index=True)
    output.mkdir(parents=True, exist_ok=True)
    write_parquet(output / SESSIONS, table.to_dict("records"), list(table.columns))
    (output / CHOSEN).write_text(to_json(trials, winner), encoding="utf-8")
    shutil.rmtree(work)


def _vectors(work: Path, study: str, name: str) -> Path:
    """Where a run leaves what its users' learners have learned."""
    return work / study / name / "users.parquet"


def _test(params: Params, study: str, method: str, work: Path) -> RunConfig:
    scale = params.study(study)
    users = generated(params, work / f"{study}-profiles.jsonl", scale.n_profiles, params.learners.test_seed)
    return RunConfig(study, scale, method, params, users)


def _given(params: Params, name: str, donor: str, vectors: Path) -> dict:
    """The variant with the donor's hyperparameters, and, where it takes another's vectors, with the donor's."""
    module, settings = configured(name, params)
    settings = {**settings, "user_model": configured(donor, params)[1]["user_model"]}
    if "vectors" in settings:
        settings["vectors"] = str(vectors)
    return {"method": module, **settings}


def _distilled(folder: Path) -> pd.DataFrame:
    sessions = pd.DataFrame(read_results(folder)["sessions"])[_OF_SESSIONS]
    turns, users = (pd.read_parquet(folder / f"{name}.parquet") for name in ("turns", "users"))
    merged = sessions.merge(
        injected_by_session(turns, users, load_preferences()), on=_KEYS, how="left", validate="one_to_one"
    )
    spread = turns.groupby(_KEYS)[["base_spread", "z_norm"]].mean().reset_index()
    return merged.merge(spread, on=_KEYS, how="left").sort_values(_KEYS, ignore_index=True)
