"""Plays runs as SLURM job arrays over ranges of profiles: submits missing ranges, waits, and reports failures.

Nothing is stored about submitted runs: SLURM is asked for them by name, and journals tell what is finished. A driver
that was killed and is started again waits for the jobs it finds, and submits nothing twice.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pum.cluster import slurm
from pum.cluster.sharded_run import ShardedRun
from pum.config.params import Params
from pum.config.servers import ClusterParams
from pum.core.errors import IncompleteRun, InputError
from pum.core.paths import ROOT

Answer = TypeVar("Answer")

SCRIPT = ROOT / "slurm" / "range.sh"
# A controller may be restarted; jobs continue meanwhile.
_PATIENCE_S = 1800
# Files written on one node may appear on another with a delay.
_SETTLE_S = 30


def executor(params: Params) -> str:
    """Where runs are played: `local` or `slurm`."""
    kind = os.environ.get("PUM_EXECUTOR") or params.site.executor.kind
    if kind not in ("local", "slurm"):
        raise InputError(f"PUM_EXECUTOR: {kind!r} is neither local nor slurm")
    return kind


def play_on_cluster(runs: Sequence[ShardedRun]) -> None:
    """Play runs and return when their journals are complete; IncompleteRun names failed ranges and their logs."""
    attempts = max(run.config.params.site.cluster.attempts for run in runs)
    for _ in range(attempts):
        submit(runs)
        _wait(runs)
        missing = _missing(runs)
        if not missing:
            return
    raise IncompleteRun(
        f"after {attempts} attempts these ranges are not finished; the same command tries them again: "
        + "; ".join(f"{run.config.method} p{run.shards[index].start} (log: {run.log(index)})" for run, index in missing)
    )


def submit(runs: Sequence[ShardedRun]) -> None:
    """Queue the ranges that are neither finished nor queued."""
    for run in runs:
        use_scratch(run)
    _patiently(runs, lambda: _submit(runs, slurm.queued()))


def _submit(runs: Sequence[ShardedRun], queue: Mapping[str, Mapping[int, slurm.QueuedTask]]) -> None:
    for run in runs:
        _refuse_other_ranges(run, queue)
        todo = sorted(set(run.unfinished()) - set(queue.get(run.name, ())))
        if todo:
            id_ = slurm.sbatch(_arguments(run, todo), environment(run.config.params.site.cluster))
            _say(f"{run.config.method}: submitted {_listed(run, todo)} as {id_}; stop with `scancel -n {run.name}`")
        elif run.name in queue:
            _say(f"{run.config.method}: waiting for {_listed(run, sorted(queue[run.name]))}, queued before")


def directives(cluster: ClusterParams, gpus: int = 0) -> list[str]:
    """sbatch's options for the settings of `cluster` and a number of GPUs."""
    return [
        *([f"--account={cluster.account}"] if cluster.account else []),
        *([f"--partition={cluster.partition}"] if cluster.partition else []),
        f"--time={cluster.time}",
        f"--signal=B:USR1@{cluster.warning_s}",
        f"--cpus-per-task={cluster.cpus}",
        f"--mem={cluster.memory}",
        *([f"--gres=gpu:{gpus}"] if gpus else []),
        *cluster.options,
    ]


def environment(cluster: ClusterParams) -> dict[str, str]:
    modules = {"PUM_MODULES": " ".join(cluster.modules)} if cluster.modules else {}
    cache = {"PUM_CACHE": cluster.node_cache} if cluster.node_cache else {}
    return {**cluster.environment, **modules, **cache, "PUM_PYTHON": sys.executable, "PUM_EXECUTOR": "local"}


def use_scratch(run: ShardedRun) -> None:
    """Keep unfinished runs in `cluster.scratch`, behind a link, to spare the quota of the home folder."""
    scratch, runs = run.config.params.site.cluster.scratch, run.work / "runs"
    if scratch is None or runs.is_symlink():
        return
    if runs.exists() and any(runs.iterdir()):
        raise InputError(f"{runs}: holds unfinished runs; finish or delete them before cluster.scratch can be used")
    target = Path(os.path.expandvars(scratch)) / "runs"
    target.mkdir(parents=True, exist_ok=True)
    if runs.exists():
        runs.rmdir()
    runs.parent.mkdir(parents=True, exist_ok=True)
    runs.symlink_to(target.resolve())


def _arguments(run: ShardedRun, indices: Sequence[int]) -> list[str]:
    folder = run.describe()
    return [
        f"--job-name={run.name}",
        f"--array={','.join(map(str, indices))}",
        f"--chdir={ROOT}",
        f"--output={folder}/%a.log",
        *directives(run.config.params.site.cluster, run.gpus),
        str(SCRIPT),
        str(folder),
    ]


def _wait(runs: Sequence[ShardedRun]) -> None:
    names, reported = {run.name for run in runs}, set[str]()
    while queued := [tasks for name, tasks in _patiently(runs, slurm.queued).items() if name in names]:
        held = {task.id: task.reason for tasks in queued for task in tasks.values() if task.held}
        for id_ in sorted(held.keys() - reported):
            _say(f"SLURM holds {id_} ({held[id_]}) and will not start it; `scontrol release {id_}` lets it go on")
        reported |= held.keys()
        time.sleep(runs[0].config.params.site.cluster.poll_s * random.uniform(0.75, 1.25))


def _patiently(runs: Sequence[ShardedRun], ask: Callable[[], Answer]) -> Answer:
    """Ask SLURM's controller until it answers; IncompleteRun after half an hour."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return ask()
        except slurm.ControllerDown as error:
            if time.monotonic() > deadline:
                raise IncompleteRun(f"SLURM does not answer ({error}); the same command continues to wait") from None
            time.sleep(runs[0].config.params.site.cluster.poll_s)


def _missing(runs: Sequence[ShardedRun]) -> list[tuple[ShardedRun, int]]:
    deadline = time.monotonic() + min(_SETTLE_S, 2 * runs[0].config.params.site.cluster.poll_s)
    while True:
        missing = [(run, index) for run in runs for index in run.unfinished()]
        if not missing or time.monotonic() > deadline:
            return missing
        time.sleep(1)


def _refuse_other_ranges(run: ShardedRun, queue: Mapping[str, Mapping[int, slurm.QueuedTask]]) -> None:
    for name in queue:
        if name.startswith(run.prefix) and name != run.name:
            raise InputError(f"{name}: queued with other ranges of the same run; wait for it, or `scancel -n {name}`")


def _listed(run: ShardedRun, indices: Sequence[int]) -> str:
    return ", ".join(f"p{run.shards[index].start}" for index in indices)


def _say(text: str) -> None:
    print(f"pum: {text}", file=sys.stderr, flush=True)
