"""Where things run: `pum submit | status | scripts` for clusters, and what jobs and dvc.yaml call: `pum range | stage`;
`pum models get | serve | doctor`: weights of models, and their servers."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pum.cli.options import DEFAULT_SERVERS, ServerOptions, Study
from pum.cli.terminal import say
from pum.core.errors import InputError

if TYPE_CHECKING:
    from pum.cluster.sharded_run import ShardedRun


def submit(methods: list[str], /, *, study: Study = "paper") -> None:
    """Queue methods, or `all` of them, on the cluster, together, without waiting."""
    from pum.cluster.executor import submit as queue

    queue([run for run in _runs(study, methods) if not run.merged()])


def status(*, study: Study = "paper", live: bool = False) -> None:
    """How far are a study's methods, here and on the cluster?

    Args:
        live: bars, until interrupted or all is done
    """
    from pum.cluster.status import show, watch

    runs = _runs(study, ["all"])
    if live:
        watch(runs)
    else:
        show(runs)


def scripts(*, study: Study = "paper") -> None:
    """Write slurm/fullscale/ from params.yaml and site.yaml."""
    from pum.cluster.scripts import scripts, write_scripts
    from pum.config.params import load_params
    from pum.core.paths import ROOT

    texts = scripts(load_params(), study)
    write_scripts(ROOT / "slurm" / "fullscale", texts)
    print(f"{len(texts)} scripts in slurm/fullscale")


def range_(*job: str) -> None:
    """What a cluster's job calls: play one range of profiles, FOLDER INDEX or STUDY METHOD FIRST."""
    from pum.pipeline.stages import play_shard, play_study_shard

    if len(job) not in (2, 3) or not job[-1].isdigit():
        raise InputError("usage: pum range FOLDER INDEX, or pum range STUDY METHOD FIRST")
    if len(job) == 2:
        play_shard(Path(job[0]), int(job[1]))
    else:
        play_study_shard(job[0], job[1], int(job[2]))


def stage(name: str, study: str | None = None, method: str | None = None, /) -> None:
    """What dvc.yaml calls: one stage of the pipeline, or one of those that the Makefile names."""
    from pum.core.processes import exit_with_parent
    from pum.pipeline.stages import run_stage

    if "DVC_STAGE" in os.environ:
        exit_with_parent()
    run_stage(name, study, method)


def _runs(study: str, methods: list[str]) -> "list[ShardedRun]":
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


def get(names: list[str], /) -> None:
    """Fetch the weights of models, and say where they are; `pum list models` shows their names."""
    from pum.llm.weights import fetch

    for name in names:
        print(f"{name}: {fetch(name)}")


def serve(*, role: str, at: ServerOptions = DEFAULT_SERVERS) -> None:
    """Start the vLLM servers of a role, until interrupted.

    Args:
        role: whose servers, such as agent, user or judge
    """
    from pum.serving.vllm import serve as start

    start(role, at.server(role), at.servers)


def doctor(*, gpus: str | None = None, at: ServerOptions = DEFAULT_SERVERS) -> int:
    """Are the servers there, and would their models fit?

    Args:
        gpus: reckon with these instead of the ones that are here: their number and gigabytes, such as 4x80
    """
    from pum.serving.doctor import examine, gpus_here, imagined

    findings = examine(at.layout(), gpus_here() if gpus is None else imagined(gpus))
    for finding in findings:
        say(f"{'ok    ' if finding.ok else 'CHANGE'} {finding.text}")
    return 0 if all(finding.ok for finding in findings) else 1
