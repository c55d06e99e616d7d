"""Hyperparameters of learners, chosen by what late sessions cost users who are in no test."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from pum.config.params import Params
from pum.experiments.learner_study.users import generated
from pum.methods.configured import configured
from pum.results.files import read_results
from pum.runner.batch import run_together
from pum.runner.config import RunConfig

REFERENCE = "rag"


@dataclass(frozen=True)
class Trial:
    """A learner with one set of hyperparameters, and what came of it on the validation users."""

    learner: str
    values: dict[str, float]
    late_enforcements: float | None = None


def choose(params: Params, study: str, work: Path) -> list[Trial]:
    """Every trial of every grid, played on validation users with `study`'s agent; first `rag`, which learns nothing."""
    validation = params.learners.validation
    users = generated(params, work / "validation" / "profiles.jsonl", validation.n_profiles, validation.seed)
    scale = params.study(study).model_copy(update={**validation.model_dump(exclude={"seed"}), "transcripts": 1})
    trials = [Trial(REFERENCE, {}), *_trials(params.learners.grids)]
    runs = []
    for number, trial in enumerate(trials):
        name = f"trial-{number}"
        tried = with_variant(params, name, variant_with(params, trial.learner, trial.values))
        config = RunConfig(study, scale, name, tried, users)
        runs.append((config, work / "validation" / name))
    run_together(runs, params.site.executor.workers, work)
    first = first_late(scale.n_sessions, params.learners.late)
    return [replace(trial, late_enforcements=_late(out, first)) for trial, (_, out) in zip(trials, runs, strict=True)]


def best(trials: Sequence[Trial]) -> Trial:
    """Fewest late enforcements; of equals the one tried first."""
    return min(trials, key=lambda trial: trial.late_enforcements)


def variant_with(params: Params, name: str, values: Mapping[str, object]) -> dict:
    """A learner's section with `values` in place of its hyperparameters."""
    module, settings = configured(name, params)
    if values:
        settings = {**settings, "user_model": {**settings["user_model"], **values}}
    return {"method": module, **settings}


def with_variant(params: Params, name: str, variant: dict) -> Params:
    """The parameters with one variant more, or another one; played by one process, beside others."""
    return params.with_workers(1).model_copy(update={"variants": {**params.variants, name: variant}})


def first_late(n_sessions: int, late: float) -> int:
    """The number, from 0, of the first late session."""
    return n_sessions - round(late * n_sessions)


def _trials(grids: Mapping[str, Mapping[str, Sequence[float]]]) -> Iterator[Trial]:
    for learner, grid in grids.items():
        for values in product(*grid.values()):
            yield Trial(learner, dict(zip(grid, values, strict=True)))


def _late(folder: Path, first: int) -> float:
    rows = [row["enforcements"] for row in read_results(folder)["sessions"] if row["session"] >= first]
    return sum(rows) / len(rows)


def to_json(trials: Sequence[Trial], winner: str) -> str:
    """One trial a line."""
    lines = ",\n  ".join(json.dumps(vars(trial), sort_keys=True) for trial in trials)
    return f'{{"best": {json.dumps(winner)}, "trials": [\n  {lines}\n]}}\n'
