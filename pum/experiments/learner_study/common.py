"""What the three experiments of the learner study share: users of their own, changed methods, and what is kept.

Users are generated for each comparison, by a seed of its own: nobody's preferences and importances are in two of them.
What they come with (habits, tasks, random keys) follows from the study's seeds and their number, and is alike wherever
these are.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pum.analysis.sessions import injected_by_session
from pum.bench.catalogue import load_preferences
from pum.bench.profiles import generate_profiles, write_profiles
from pum.config.params import Params
from pum.methods.configured import configured
from pum.results.files import read_results, write_parquet, write_whole
from pum.runner.config import DataFiles

REFERENCE = "rag"
KEYS = ["seed", "user_id", "session"]


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
