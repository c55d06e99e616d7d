"""`pum run`: a study of params.yaml with what the command line replaces, one method after another, with progress."""

import argparse
from pathlib import Path

from pum.cluster.executor import executor, play_on_cluster
from pum.cluster.sharded_run import ShardedRun
from pum.config.inherit import OWN_SECTIONS
from pum.config.params import Params, check_params, load_params
from pum.core.errors import InputError
from pum.core.paths import ROOT
from pum.results.files import read_results
from pum.runner.batch import run
from pum.runner.build import check
from pum.runner.checkpoint import seed_journals
from pum.runner.config import DataFiles, RunConfig
from pum.runner.run_folder import Progress, RunFolder


def run_methods(args: argparse.Namespace) -> None:
    """Everything is checked before the first session is played."""
    params = _overridden(load_params(args.params or ROOT / "params.yaml"), args)
    files = DataFiles(profiles=args.profile_path) if args.profile_path else DataFiles()
    study = params.study(args.study)
    runs = []
    for method in args.methods:
        config = RunConfig(args.study, study, method, params, files)
        output = args.output_dir / method
        continue_from = args.continue_from / method if args.continue_from else None
        check(config, output, continue_from)
        runs.append((config, output, continue_from))
    if executor(params) == "slurm":
        for config, _, continue_from in runs:
            if continue_from:
                seed_journals(continue_from, RunFolder(config))
        play_on_cluster([ShardedRun(config) for config, _, _ in runs])
    for config, output, continue_from in runs:
        with Progress(RunFolder(config)):
            run(config, output, continue_from)
        print(_summary(output))


def _overridden(params: Params, args: argparse.Namespace) -> Params:
    """The parameters with the command line's values in place of the study's."""
    own = params.study(args.study)
    data = params.within(own).model_dump(mode="json")
    study = data["studies"][args.study]
    study.update(dict.fromkeys(OWN_SECTIONS))
    for name in ("n_profiles", "n_sessions", "max_turns", "parallel_profiles", "datasets", "user", "servers"):
        if getattr(args, name) is not None:
            study[name] = getattr(args, name)
    if args.seed is not None:
        study["seeds"] = args.seed
    if args.workers is not None:
        data["site"]["executor"]["workers"] = args.workers
    if args.schedule is not None:
        data["site"]["executor"]["schedule"] = args.schedule
    for name in ("reward_mode", "contradictions", "extractor"):
        if getattr(args, name) is not None:
            data["assistant"][name] = getattr(args, name)
    return check_params(data, "command line")


def _summary(folder: Path) -> str:
    data = read_results(folder)
    rows = data["sessions"]
    if not rows:
        raise InputError(f"{folder}: no sessions")
    mean = sum(row["enforcements"] for row in rows) / len(rows)
    success = sum(row["success"] for row in rows) / len(rows)
    return (
        f"{data['method']}: {len(rows)} sessions, success {success:.3f}, enforcements {mean:.3f} a session -> {folder}"
    )
