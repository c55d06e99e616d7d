"""Changes one thing at a time: a factor of the world (stage sweeps), or a part of retrieval or learning (ablations)."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from pum.bench.catalogue import load_preferences
from pum.bench.corpora import development_messages, silent_texts, wordings
from pum.bench.tasks.collection import read_tasks
from pum.config.params import ChangeParams, Params
from pum.core.errors import InputError
from pum.core.files import read_json
from pum.core.paths import WORK
from pum.experiments.learner_study.play import (
    KEYS,
    REFERENCE,
    generated,
    sessions_with_notes,
    variant,
    with_variant,
    write_sessions,
)
from pum.extraction.preference_classifier import fit_preference_classifier, save_preference_classifier
from pum.results.files import read_results
from pum.retrieval.embed import load_embedder
from pum.runner.batch import run_together
from pum.runner.config import DataFiles, RunConfig
from pum.user_model.item_space import fit_item_space, save_item_space

LEARNER = "learner"
_FACTORS = frozenset({"importance_spread", "preferences_per_profile", "extraction_miss_rate", "drift_share", "top_j"})
_SWEPT = ["factor", "value", "method", *KEYS, "enforcements"]
_ABLATED = ["change", "of", *KEYS, "enforcements", "injected", "right", "known", "reached"]


def play_sweeps(params: Params, chosen: Path, output: Path, work: Path = WORK / "sweeps") -> None:
    """Play the best learner and `rag` at every value of every factor, with other factors at their defaults.

    Writes `output`, with one row per session. `chosen`: the file of the stage learners with its choices.
    """
    base = _with_best(params, read_json(chosen))
    factors = params.sweeps.factors
    defaults = {name: factor.default for name, factor in factors.items()}
    settings = {(name, value): defaults | {name: value} for name in factors for value in factors[name].values}
    methods = (REFERENCE, LEARNER)
    runs = {
        work / _name(values) / method: _sweep(base, values, method, work)
        for values in settings.values()
        for method in methods
    }
    run_together([(config, folder) for folder, config in runs.items()], params.site.executor.workers, work)
    frames = [
        pd.DataFrame(read_results(work / _name(values) / method)["sessions"]).assign(
            factor=name, value=value, method=method
        )
        for (name, value), values in settings.items()
        for method in methods
    ]
    write_sessions(pd.concat(frames)[_SWEPT], output, work)


def _with_best(params: Params, chosen: dict) -> Params:
    """The parameters with a variant `learner`: the winning learner with its hyperparameters."""
    trials = [trial for trial in chosen["trials"] if trial["learner"] == chosen["best"]]
    best = min(trials, key=lambda trial: trial["evaluation_enforcements"])
    return with_variant(params, LEARNER, variant(params, best["learner"], best["values"]))


def _sweep(params: Params, values: dict[str, float], method: str, work: Path) -> RunConfig:
    """The run of `method` with these values of the factors; InputError for an unknown factor."""
    if unknown := set(values) - _FACTORS:
        raise InputError(f"sweeps.factors: {', '.join(sorted(unknown))}: there are {', '.join(sorted(_FACTORS))}")
    sweeps, share = params.sweeps, values["drift_share"]
    size, spread = int(values["preferences_per_profile"]), values["importance_spread"]
    world = {"importance_spread": spread, "preferences_per_profile": size}
    if share:
        world |= {"drift_at": sweeps.n_sessions // 2, "drift_share": share}
    changed = params.model_copy(
        update={
            "world": params.world.model_copy(update=world),
            "assistant": params.assistant.model_copy(update={"extraction_miss_rate": values["extraction_miss_rate"]}),
        }
    )
    name = f"{method}-{_name(values)}"
    changed = with_variant(changed, name, variant(changed, method, {}, top_j=int(values["top_j"])))
    users = generated(changed, work / f"profiles-{size}-{spread}.jsonl", sweeps.n_profiles, sweeps.seed)
    scale = params.study(sweeps.study).model_copy(
        update={"n_profiles": sweeps.n_profiles, "n_sessions": sweeps.n_sessions, "transcripts": 1}
    )
    return RunConfig(sweeps.study, scale, name, changed, users)


def _name(values: dict[str, float]) -> str:
    return "-".join(f"{value:g}" for value in values.values())


def play_ablations(params: Params, output: Path, work: Path = WORK / "ablations") -> None:
    """Play every change, and every unchanged method (as a change with the method's name).

    Writes `output`, with one row per session.
    """
    ablations = params.ablations
    params = params.within(params.study(ablations.study))
    users = generated(params, work / "profiles.jsonl", ablations.n_profiles, ablations.seed)
    changes = {change.of: ChangeParams(of=change.of) for change in ablations.changes.values()} | ablations.changes
    runs = {
        name: (_ablation(params, change, f"change-{number}", users, work), work / f"change-{number}")
        for number, (name, change) in enumerate(changes.items())
    }
    run_together(list(runs.values()), params.site.executor.workers, work)
    frames = [
        sessions_with_notes(folder, ["enforcements"]).assign(change=name, of=changes[name].of)
        for name, (_, folder) in runs.items()
    ]
    write_sessions(pd.concat(frames)[_ABLATED], output, work)


def _ablation(params: Params, change: ChangeParams, name: str, files: DataFiles, work: Path) -> RunConfig:
    ablations = params.ablations
    changed = variant(params, change.of, change.user_model, **change.settings)
    scale = params.study(ablations.study).model_copy(
        update={"n_profiles": ablations.n_profiles, "n_sessions": ablations.n_sessions}
    )
    if change.embedder is not None:
        files = _fitted_with(change, params, files, work)
        # Only the memory uses the other embedder; the agent parses notes as before.
        scale = scale.model_copy(update={"agent": scale.agent.model_copy(update={"reads_with": params.embedder})})
        params = params.model_copy(update={"embedder": change.embedder})
    assistant = type(params.assistant)(**{**params.assistant.model_dump(), **change.assistant})
    params = params.model_copy(update={"assistant": assistant})
    return RunConfig(ablations.study, scale, name, with_variant(params, name, changed), files)


def _fitted_with(change: ChangeParams, params: Params, default: DataFiles, work: Path) -> DataFiles:
    """The default data, with item space and preference classifier fitted with the change's embedder."""
    embedder = load_embedder(change.embedder)
    files = replace(
        default, item_space=work / "item_space.npz", preference_classifier=work / "preference_classifier.json"
    )
    space = fit_item_space(wordings(load_preferences()), embedder, **params.item_space.model_dump())
    save_item_space(space, files.item_space)
    save_preference_classifier(
        fit_preference_classifier(development_messages(), silent_texts(read_tasks(default.tasks)), embedder),
        files.preference_classifier,
    )
    return files
