"""`pum range | submit | status | scripts`: what there is for clusters."""

import argparse
from pathlib import Path

from pum.core.errors import InputError


def add_cluster_commands(commands: "argparse._SubParsersAction") -> None:
    """Add them to the command line."""
    add = commands.add_parser("range", help="what a cluster's job calls: play one range of profiles")
    add.set_defaults(command=_range)
    add.add_argument("job", nargs="+", metavar="FOLDER INDEX | STUDY METHOD FIRST")

    add = commands.add_parser("submit", help="queue methods on the cluster, together, without waiting")
    add.set_defaults(command=_submit)
    add.add_argument("methods", nargs="+", metavar="METHOD", help="or `all`")
    add.add_argument("--study", default="paper")

    add = commands.add_parser("scripts", help="write slurm/fullscale/ from params.yaml and site.yaml")
    add.set_defaults(command=_scripts)
    add.add_argument("--study", default="paper")

    add = commands.add_parser("status", help="how far are a study's methods, here and on the cluster?")
    add.set_defaults(command=_status)
    add.add_argument("--study", default="paper")
    add.add_argument("--live", action="store_true", help="bars, until interrupted or all is done")


def _range(args: argparse.Namespace) -> None:
    from pum.pipeline.shard import play_shard_of, play_study_shard

    if len(args.job) not in (2, 3) or not args.job[-1].isdigit():
        raise InputError("usage: pum range FOLDER INDEX, or pum range STUDY METHOD FIRST")
    if len(args.job) == 2:
        play_shard_of(Path(args.job[0]), int(args.job[1]))
    else:
        play_study_shard(args.job[0], args.job[1], int(args.job[2]))


def _submit(args: argparse.Namespace) -> None:
    from pum.cluster.executor import submit

    submit([job for job in _jobs(args.study, args.methods) if not job.merged()])


def _scripts(args: argparse.Namespace) -> None:
    from pum.cluster.scripts import scripts, write_scripts
    from pum.config.params import load_params
    from pum.core.paths import ROOT

    texts = scripts(load_params(), args.study)
    write_scripts(ROOT / "slurm" / "fullscale", texts)
    print(f"{len(texts)} scripts in slurm/fullscale")


def _status(args: argparse.Namespace) -> None:
    from pum.cluster.status import show, watch

    jobs = _jobs(args.study, ["all"])
    if args.live:
        watch(jobs)
    else:
        show(jobs)


def _jobs(study: str, methods: list[str]) -> list:
    from pum.cluster.sharded_run import ShardedRun
    from pum.config.params import load_params
    from pum.runner.config import RunConfig

    params = load_params()
    scale = params.study(study)
    names = list(params.methods) if methods == ["all"] else methods
    runs = [ShardedRun(RunConfig(study, scale, method, params)) for method in names]
    for run in runs:
        run.config.files.check()
        _ = run.config.settings
    return runs
