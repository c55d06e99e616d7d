"""The stage learners: hyperparameters chosen on validation users, then everything compared once on test users."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pandas as pd

from pum.analysis.sessions import injected_by_session
from pum.bench.catalogue import load_preferences
from pum.bench.profiles import generate_profiles, write_profiles
from pum.config.params import Params
from pum.core.paths import WORK
from pum.methods.configured import configured
from pum.results.files import read_results, write_parquet, write_whole
from pum.runner.batch import run_together
from pum.runner.config import DataFiles, RunConfig

REFERENCE = "rag"
KEYS = ["seed", "user_id", "session"]
SESSIONS, CHOSEN = "sessions.parquet", "chosen.json"
BEST = "best"
"""In params.yaml, stands for the learner that won on the validation users."""

_COLUMNS = ["enforcements", "success", "turns", "rank_flips", "notes_injected", "cards"]


@dataclass(frozen=True)
class Trial:
    """A learner with one set of hyperparameters, and what came of it in the validation users' last sessions."""

    learner: str
    values: dict[str, float]
    evaluation_enforcements: float | None = None


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
        params = with_variant(params, learner, variant(params, learner, trial.values))
    for name, donor in params.learners.hyperparameters_from.items():
        donor = winner if donor == BEST else donor
        params = with_variant(
            params, name, _with_hyperparameters_from(params, name, donor, _vectors(work, first, donor))
        )
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
    output.mkdir(parents=True, exist_ok=True)
    (output / CHOSEN).write_text(to_json(trials, winner), encoding="utf-8")
    write_sessions(pd.concat(frames, ignore_index=True), output / SESSIONS, work)


def choose(params: Params, study: str, work: Path) -> list[Trial]:
    """Every trial of every grid, played on validation users with `study`'s agent; first `rag`, which learns nothing."""
    validation = params.learners.validation
    users = generated(params, work / "validation" / "profiles.jsonl", validation.n_profiles, validation.seed)
    scale = params.study(study).model_copy(update={**validation.model_dump(exclude={"seed"}), "transcripts": 1})
    trials = [Trial(REFERENCE, {}), *_trials(params.learners.grids)]
    runs = []
    for number, trial in enumerate(trials):
        name = f"trial-{number}"
        tried = with_variant(params, name, variant(params, trial.learner, trial.values))
        runs.append((RunConfig(study, scale, name, tried, users), work / "validation" / name))
    run_together(runs, params.site.executor.workers, work)
    first = scale.n_sessions - round(params.learners.evaluation_share * scale.n_sessions)
    return [
        replace(trial, evaluation_enforcements=_late(out, first)) for trial, (_, out) in zip(trials, runs, strict=True)
    ]


def best(trials: Sequence[Trial]) -> Trial:
    """Fewest enforcements; of equals the one tried first."""
    return min(trials, key=lambda trial: trial.evaluation_enforcements)


def to_json(trials: Sequence[Trial], winner: str) -> str:
    """One trial a line."""
    lines = ",\n  ".join(json.dumps(vars(trial), sort_keys=True) for trial in trials)
    return f'{{"best": {json.dumps(winner)}, "trials": [\n  {lines}\n]}}\n'


def _trials(grids: Mapping[str, Mapping[str, Sequence[float]]]) -> Iterator[Trial]:
    for learner, grid in grids.items():
        for values in product(*grid.values()):
            yield Trial(learner, dict(zip(grid, values, strict=True)))


def _late(folder: Path, first: int) -> float:
    rows = [row["enforcements"] for row in read_results(folder)["sessions"] if row["session"] >= first]
    return sum(rows) / len(rows)


def _vectors(work: Path, study: str, name: str) -> Path:
    """Where a run leaves what its users' learners have learned."""
    return work / study / name / "users.parquet"


def _test(params: Params, study: str, method: str, work: Path) -> RunConfig:
    scale = params.study(study)
    users = generated(params, work / f"{study}-profiles.jsonl", scale.n_profiles, params.learners.test_seed)
    return RunConfig(study, scale, method, params, users)


def _with_hyperparameters_from(params: Params, name: str, donor: str, vectors: Path) -> dict:
    """The variant with the donor's hyperparameters, and, where it takes another's vectors, with the donor's."""
    module, settings = configured(name, params)
    settings = {**settings, "user_model": configured(donor, params)[1]["user_model"]}
    if "vectors" in settings:
        settings["vectors"] = str(vectors)
    return {"method": module, **settings}


def _distilled(folder: Path) -> pd.DataFrame:
    turns = pd.read_parquet(folder / "turns.parquet", columns=[*KEYS, "base_spread", "z_norm"])
    spread = turns.groupby(KEYS)[["base_spread", "z_norm"]].mean().reset_index()
    sessions = sessions_with_notes(folder, _COLUMNS)
    return sessions.merge(spread, on=KEYS, how="left").sort_values(KEYS, ignore_index=True)


def generated(params: Params, path: Path, count: int, seed: int) -> DataFiles:
    """The usual data, but with `count` users drawn by `seed`, as `params.world` says that users are; at `path`.

    Whoever is there already may be an interrupted stage's, of other parameters, and makes way.
    """
    size, spread = params.world.preferences_per_profile, params.world.importance_spread
    profiles = generate_profiles(count, seed, load_preferences(), size, spread)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda temporary: write_profiles(temporary, profiles))
    return DataFiles(profiles=path)


def variant(params: Params, name: str, user_model: Mapping[str, object], **settings: object) -> dict:
    """The section of method or variant `name`, with `settings` and hyperparameters of its `user_model` changed."""
    module, own = configured(name, params)
    changed = {**own, **settings}
    if user_model:
        changed["user_model"] = {**changed["user_model"], **user_model}
    return {"method": module, **changed}


def with_variant(params: Params, name: str, section: dict) -> Params:
    """The parameters with one variant more, or another one; played by one process, beside others."""
    return params.with_workers(1).model_copy(update={"variants": {**params.variants, name: section}})


def sessions_with_notes(folder: Path, columns: list[str]) -> pd.DataFrame:
    """Rows of a run's sessions, and of their turns what was injected against what applied."""
    sessions = pd.DataFrame(read_results(folder)["sessions"])[[*KEYS, *columns]]
    turns, users = (pd.read_parquet(folder / f"{name}.parquet") for name in ("turns", "users"))
    injected = injected_by_session(turns, users, load_preferences())
    return sessions.merge(injected, on=KEYS, how="left", validate="one_to_one")


def write_sessions(table: pd.DataFrame, output: Path, work: Path) -> None:
    """What is kept of the runs in `work`, which go."""
    output.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(output, table.to_dict("records"), list(table.columns))
    shutil.rmtree(work)
