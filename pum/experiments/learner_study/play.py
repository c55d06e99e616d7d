"""The stage learners: chooses hyperparameters on validation users, and compares everything once on test users.

Users are generated for each comparison with a seed of its own, so no user's preferences appear in two of them. Habits,
tasks and random keys follow from the study's seeds and the users' numbers.
"""

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
from pum.core.files import write_text, write_whole
from pum.core.paths import WORK
from pum.results.files import read_results, write_parquet
from pum.runner.batch import run_together
from pum.runner.config import DataFiles, RunConfig

REFERENCE = "rag"
KEYS = ["seed", "user_id", "session"]
SESSIONS, CHOSEN = "sessions.parquet", "chosen.json"
BEST = "best"
"""In params.yaml, the name for the learner that wins on the validation users."""

_COLUMNS = ["enforcements", "success", "turns", "rank_flips", "notes_injected", "cards"]


@dataclass(frozen=True)
class Trial:
    """A learner with one set of hyperparameters, and its enforcements in the validation users' evaluation sessions."""

    learner: str
    values: dict[str, float]
    evaluation_enforcements: float | None = None


def play(params: Params, output: Path, work: Path = WORK / "learners") -> None:
    """Choose hyperparameters, and play every (study, method) of `learners.agents` with test users.

    Writes the trials and one row per session into `output`. Transcripts are only used to count injected notes, and are
    then deleted.
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
    # Runs whose vectors others need come first. The other studies join them, so that both waves are long.
    taken = {params.configured(name)[1].get("vectors") for _, name in pairs}
    early = [pair for pair in pairs if pair[0] != first or str(_vectors(work, *pair)) in taken]
    for wave in (early, [pair for pair in pairs if pair not in early]):
        # The longest first, so that none is left for one process at the end.
        wave.sort(key=lambda pair: -params.study(pair[0]).n_profiles * params.study(pair[0]).n_sessions)
        runs = [(_test(params, study, name, work), work / study / name) for study, name in wave]
        run_together(runs, processes, work)
    frames = [_session_table(work / study / name).assign(study=study, method=name) for study, name in pairs]
    write_text(output / CHOSEN, to_json(trials, winner))
    write_sessions(pd.concat(frames, ignore_index=True), output / SESSIONS, work)


def choose(params: Params, study: str, work: Path) -> list[Trial]:
    """Play every trial of every grid on validation users with `study`'s agent; the first trial is `rag`."""
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
        replace(trial, evaluation_enforcements=_enforcements_from(out, first))
        for trial, (_, out) in zip(trials, runs, strict=True)
    ]


def best(trials: Sequence[Trial]) -> Trial:
    """The trial with the fewest enforcements; the first of equals."""
    return min(trials, key=lambda trial: trial.evaluation_enforcements)


def to_json(trials: Sequence[Trial], winner: str) -> str:
    lines = ",\n  ".join(json.dumps(vars(trial), sort_keys=True) for trial in trials)
    return f'{{"best": {json.dumps(winner)}, "trials": [\n  {lines}\n]}}\n'


def _trials(grids: Mapping[str, Mapping[str, Sequence[float]]]) -> Iterator[Trial]:
    for learner, grid in grids.items():
        for values in product(*grid.values()):
            yield Trial(learner, dict(zip(grid, values, strict=True)))


def _enforcements_from(folder: Path, first: int) -> float:
    rows = [row["enforcements"] for row in read_results(folder)["sessions"] if row["session"] >= first]
    return sum(rows) / len(rows)


def _vectors(work: Path, study: str, name: str) -> Path:
    """The file of a run with its learners' final states."""
    return work / study / name / "users.parquet"


def _test(params: Params, study: str, method: str, work: Path) -> RunConfig:
    scale = params.study(study)
    users = generated(params, work / f"{study}-profiles.jsonl", scale.n_profiles, params.learners.test_seed)
    return RunConfig(study, scale, method, params, users)


def _with_hyperparameters_from(params: Params, name: str, donor: str, vectors: Path) -> dict:
    """A variant with the donor's hyperparameters, and with its vectors if the variant takes another run's."""
    module, settings = params.configured(name)
    settings = {**settings, "user_model": params.configured(donor)[1]["user_model"]}
    if "vectors" in settings:
        settings["vectors"] = str(vectors)
    return {"method": module, **settings}


def _session_table(folder: Path) -> pd.DataFrame:
    turns = pd.read_parquet(folder / "turns.parquet", columns=[*KEYS, "base_spread", "z_norm"])
    spread = turns.groupby(KEYS)[["base_spread", "z_norm"]].mean().reset_index()
    sessions = sessions_with_notes(folder, _COLUMNS)
    return sessions.merge(spread, on=KEYS, how="left").sort_values(KEYS, ignore_index=True)


def generated(params: Params, path: Path, count: int, seed: int) -> DataFiles:
    """The default data, but with `count` new users, generated at `path` by `seed` and `params.world`.

    An existing file is replaced: it may come from an interrupted stage with other parameters.
    """
    size, spread = params.world.preferences_per_profile, params.world.importance_spread
    profiles = generate_profiles(count, seed, load_preferences(), size, spread)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda temporary: write_profiles(temporary, profiles))
    return DataFiles(profiles=path)


def variant(params: Params, name: str, user_model: Mapping[str, object], **settings: object) -> dict:
    """The section of method or variant `name`, with changed `settings` and hyperparameters (`user_model`)."""
    module, own = params.configured(name)
    changed = {**own, **settings}
    if user_model:
        changed["user_model"] = {**changed["user_model"], **user_model}
    return {"method": module, **changed}


def with_variant(params: Params, name: str, section: dict) -> Params:
    """The parameters with the variant `name` added or replaced, for a run in one process."""
    return params.with_workers(1).model_copy(update={"variants": {**params.variants, name: section}})


def sessions_with_notes(folder: Path, columns: list[str]) -> pd.DataFrame:
    """A run's sessions, with counts of injected and applicable notes from their turns."""
    sessions = pd.DataFrame(read_results(folder)["sessions"])[[*KEYS, *columns]]
    turns, users = (pd.read_parquet(folder / f"{name}.parquet") for name in ("turns", "users"))
    injected = injected_by_session(turns, users, load_preferences())
    return sessions.merge(injected, on=KEYS, how="left", validate="one_to_one")


def write_sessions(table: pd.DataFrame, output: Path, work: Path) -> None:
    """Write the table to `output`, and delete the runs in `work`."""
    output.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(output, table.to_dict("records"), list(table.columns))
    shutil.rmtree(work)
