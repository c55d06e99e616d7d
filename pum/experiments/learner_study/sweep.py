"""When does a learned choice of notes help? The best learner and `rag`, with one knob of the world turned at a time."""

import json
import shutil
from pathlib import Path

import pandas as pd

from pum.config.params import Params
from pum.core.errors import InputError
from pum.core.paths import WORK
from pum.experiments.learner_study.choose import REFERENCE, variant_with, with_variant
from pum.experiments.learner_study.users import generated
from pum.methods.configured import configured
from pum.results.files import read_results, write_parquet
from pum.runner.batch import run_together
from pum.runner.config import RunConfig

LEARNER = "learner"
_COLUMNS = ["knob", "value", "method", "seed", "user_id", "session", "enforcements"]


def play_sweeps(params: Params, chosen: Path, output: Path, work: Path = WORK / "sweeps") -> None:
    """Writes `output`: a row per session of every (knob, value, method). `chosen`: what the stage learners chose."""
    base = _with_best(params, json.loads(chosen.read_text(encoding="utf-8")))
    knobs_of = params.sweeps.knobs
    usual = {name: knob.usual for name, knob in knobs_of.items()}
    settings = {(name, value): usual | {name: value} for name in knobs_of for value in knobs_of[name].values}
    runs = {}
    for knobs in settings.values():
        for method in (REFERENCE, LEARNER):
            folder = work / _name(knobs) / method
            runs[folder] = (_config(base, knobs, method, work), folder)
    run_together(list(runs.values()), params.site.executor.workers, work)
    rows = [
        {**{column: row[column] for column in _COLUMNS[3:]}, "knob": name, "value": value, "method": method}
        for (name, value), knobs in settings.items()
        for method in (REFERENCE, LEARNER)
        for row in read_results(work / _name(knobs) / method)["sessions"]
    ]
    output.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(output, pd.DataFrame(rows)[_COLUMNS].to_dict("records"), _COLUMNS)
    shutil.rmtree(work)


def _with_best(params: Params, chosen: dict) -> Params:
    """The parameters with the variant `learner`: the one that won, with its hyperparameters."""
    trials = [trial for trial in chosen["trials"] if trial["learner"] == chosen["best"]]
    best = min(trials, key=lambda trial: trial["late_enforcements"])
    return with_variant(params, LEARNER, variant_with(params, best["learner"], best["values"]))


def _config(params: Params, knobs: dict[str, float], method: str, work: Path) -> RunConfig:
    """InputError for a knob that is none."""
    sweeps, world = params.sweeps, params.world
    known = {"importance_spread", "preferences_per_profile", "unheard", "drift_share", "top_j"}
    if unknown := set(knobs) - known:
        raise InputError(f"sweeps.knobs: {', '.join(sorted(unknown))}: there are {', '.join(sorted(known))}")
    size, spread = int(knobs["preferences_per_profile"]), knobs["importance_spread"]
    drift = {"drift_at": sweeps.n_sessions // 2, "drift_share": knobs["drift_share"]} if knobs["drift_share"] else {}
    module, settings = configured(method, params)
    turned = params.model_copy(
        update={
            "world": world.model_copy(update={"importance_spread": spread, "preferences_per_profile": size, **drift}),
            "assistant": params.assistant.model_copy(update={"unheard": knobs["unheard"]}),
        }
    )
    name = f"{method}-{_name(knobs)}"
    turned = with_variant(turned, name, {"method": module, **settings, "top_j": int(knobs["top_j"])})
    users = generated(turned, work / f"profiles-{size}-{spread}.jsonl", sweeps.n_profiles, sweeps.seed)
    scale = params.study(sweeps.study).model_copy(
        update={"n_profiles": sweeps.n_profiles, "n_sessions": sweeps.n_sessions, "transcripts": 1}
    )
    return RunConfig(sweeps.study, scale, name, turned, users)


def _name(knobs: dict[str, float]) -> str:
    return "-".join(f"{value:g}" for value in knobs.values())
