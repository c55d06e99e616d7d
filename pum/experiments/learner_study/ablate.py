"""What each part of retrieval and learning is worth: one changed at a time, beside the method that it is changed in."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd

from pum.analysis.error_attribution import injected_by_session
from pum.bench.catalogue import load_preferences
from pum.bench.corpora import development_messages, silent_texts, wordings
from pum.bench.tasks.collection import read_tasks
from pum.config.params import ChangeParams, Params
from pum.core.paths import WORK
from pum.experiments.learner_study.choose import with_variant
from pum.experiments.learner_study.users import generated
from pum.extraction.preference_classifier import fit_ear, save_ear
from pum.methods.configured import configured
from pum.results.files import read_results, write_parquet
from pum.retrieval.embed import load_embedder
from pum.runner.batch import run_together
from pum.runner.config import DataFiles, RunConfig
from pum.user_model.item_space import fit_item_space, save_item_space

_KEYS = ["seed", "user_id", "session"]
_COLUMNS = ["change", "of", *_KEYS, "enforcements", "injected", "right", "known", "reached"]


def play_ablations(params: Params, output: Path, work: Path = WORK / "ablations") -> None:
    """Writes `output`: a row per session of every change, and of every method that something is changed in (as the
    change of that name)."""
    ablations = params.ablations
    params = params.within(params.study(ablations.study))
    users = generated(params, work / "profiles.jsonl", ablations.n_profiles, ablations.seed)
    wholes = {change.of: ChangeParams(of=change.of) for change in ablations.changes.values()}
    runs = {
        name: (_config(params, change, f"change-{number}", users, work), work / f"change-{number}")
        for number, (name, change) in enumerate((wholes | ablations.changes).items())
    }
    run_together(list(runs.values()), params.site.executor.workers, work)
    frames = [
        _sessions(folder).assign(change=name, of=(wholes | ablations.changes)[name].of)
        for name, (_, folder) in runs.items()
    ]
    rows = pd.concat(frames)[_COLUMNS].to_dict("records")
    output.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(output, rows, _COLUMNS)
    shutil.rmtree(work)


def _config(params: Params, change: ChangeParams, name: str, files: DataFiles, work: Path) -> RunConfig:
    ablations = params.ablations
    module, settings = configured(change.of, params)
    settings = {**settings, **change.settings}
    if change.user_model:
        settings["user_model"] = {**settings["user_model"], **change.user_model}
    scale = params.study(ablations.study).model_copy(
        update={"n_profiles": ablations.n_profiles, "n_sessions": ablations.n_sessions}
    )
    if change.embedder is not None:
        files = _fitted_with(change, params, files, work)
        # The agent understands notes as before, whatever the memory compares them with.
        scale = scale.model_copy(update={"agent": scale.agent.model_copy(update={"reads_with": params.embedder})})
        params = params.model_copy(update={"embedder": change.embedder})
    assistant = type(params.assistant)(**{**params.assistant.model_dump(), **change.assistant})
    params = params.model_copy(update={"assistant": assistant})
    changed = with_variant(params, name, {"method": module, **settings})
    return RunConfig(ablations.study, scale, name, changed, files)


def _fitted_with(change: ChangeParams, params: Params, usual: DataFiles, work: Path) -> DataFiles:
    """The usual data, but item space and ear as the stage setup fits them with another embedder."""
    embedder = load_embedder(change.embedder)
    files = replace(usual, item_space=work / "item_space.npz", ear=work / "ear.json")
    space = fit_item_space(wordings(load_preferences()), embedder, **params.item_space.model_dump())
    save_item_space(space, files.item_space)
    save_ear(fit_ear(development_messages(), silent_texts(read_tasks(usual.tasks)), embedder), files.ear)
    return files


def _sessions(folder: Path) -> pd.DataFrame:
    sessions = pd.DataFrame(read_results(folder)["sessions"])[[*_KEYS, "enforcements"]]
    turns, users = (pd.read_parquet(folder / f"{name}.parquet") for name in ("turns", "users"))
    injected = injected_by_session(turns, users, load_preferences())
    return sessions.merge(injected, on=_KEYS, how="left", validate="one_to_one")
