"""Plays runs as SLURM job arrays over ranges of profiles: submits what is missing, waits, and says what failed.

Nothing is kept about submitted jobs: they are found again by their name, and what is done is read from the journals. So
a driver that was killed and started again goes on waiting for the jobs that it finds, and submits nothing twice.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pum.cluster import slurm
from pum.cluster.job import Job
from pum.config.params import Params
from pum.config.site import ClusterParams
from pum.core.errors import IncompleteRun, InputError
from pum.core.paths import ROOT

Answer = TypeVar("Answer")

SCRIPT = ROOT / "slurm" / "range.sh"
# A controller may be restarted; jobs go on meanwhile.
_PATIENCE_S = 1800
# Files written on a node may show on another one late.
_SETTLE_S = 30


def executor(params: Params) -> str:
    """`local` or `slurm`."""
    kind = os.environ.get("PUM_EXECUTOR") or params.site.executor.kind
    if kind not in ("local", "slurm"):
        raise InputError(f"PUM_EXECUTOR: {kind!r} is neither local nor slurm")
    return kind


def play_on_cluster(jobs: Sequence[Job]) -> None:
    """Return when the journals hold every session of all jobs; IncompleteRun names failed ranges and their logs."""
    attempts = max(job.config.params.site.cluster.attempts for job in jobs)
    for _ in range(attempts):
        submit(jobs)
        _wait(jobs)
        missing = _missing(jobs)
        if not missing:
            return
    raise IncompleteRun(
        f"after {attempts} attempts these ranges are not finished; the same command tries them again: "
        + "; ".join(f"{job.config.method} p{job.ranges[index].start} (log: {job.log(index)})" for job, index in missing)
    )


def submit(jobs: Sequence[Job]) -> None:
    """Queue the ranges that are neither finished nor queued already."""
    for job in jobs:
        use_scratch(job)
    _patiently(jobs, lambda: _submit(jobs, slurm.queued()))


def _submit(jobs: Sequence[Job], queue: Mapping[str, Mapping[int, slurm.Task]]) -> None:
    for job in jobs:
        _refuse_other_ranges(job, queue)
        todo = sorted(set(job.unfinished()) - set(queue.get(job.name, ())))
        if todo:
            id_ = slurm.sbatch(_arguments(job, todo), environment(job.config.params.site.cluster))
            _say(f"{job.config.method}: submitted {_listed(job, todo)} as {id_}; stop with `scancel -n {job.name}`")
        elif job.name in queue:
            _say(f"{job.config.method}: waiting for {_listed(job, sorted(queue[job.name]))}, queued before")


def directives(cluster: ClusterParams, gpus: int = 0) -> list[str]:
    """sbatch's options that come from `cluster`, and a number of GPUs."""
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
    """What a job's script finds in its environment."""
    modules = {"PUM_MODULES": " ".join(cluster.modules)} if cluster.modules else {}
    cache = {"PUM_CACHE": cluster.node_cache} if cluster.node_cache else {}
    return {**cluster.environment, **modules, **cache, "PUM_PYTHON": sys.executable, "PUM_EXECUTOR": "local"}


def use_scratch(job: Job) -> None:
    """Unfinished runs lie in `cluster.scratch`, behind a link: the quota of the home folder is spared."""
    scratch, runs = job.config.params.site.cluster.scratch, job.work / "runs"
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


def _arguments(job: Job, indices: Sequence[int]) -> list[str]:
    folder = job.describe()
    return [
        f"--job-name={job.name}",
        f"--array={','.join(map(str, indices))}",
        f"--chdir={ROOT}",
        f"--output={folder}/%a.log",
        *directives(job.config.params.site.cluster, job.gpus),
        str(SCRIPT),
        str(folder),
    ]


def _wait(jobs: Sequence[Job]) -> None:
    names, told = {job.name for job in jobs}, set[str]()
    while ours := [tasks for name, tasks in _patiently(jobs, slurm.queued).items() if name in names]:
        held = {task.id: task.reason for tasks in ours for task in tasks.values() if task.held}
        for id_ in sorted(held.keys() - told):
            _say(f"SLURM holds {id_} ({held[id_]}) and will not start it; `scontrol release {id_}` lets it go on")
        told |= held.keys()
        time.sleep(jobs[0].config.params.site.cluster.poll_s * random.uniform(0.75, 1.25))


def _patiently(jobs: Sequence[Job], ask: Callable[[], Answer]) -> Answer:
    """The controller's answer, asked until there is one."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return ask()
        except slurm.ControllerDown as error:
            if time.monotonic() > deadline:
                raise IncompleteRun(f"SLURM does not answer ({error}); the same command goes on waiting") from None
            time.sleep(jobs[0].config.params.site.cluster.poll_s)


def _missing(jobs: Sequence[Job]) -> list[tuple[Job, int]]:
    deadline = time.monotonic() + min(_SETTLE_S, 2 * jobs[0].config.params.site.cluster.poll_s)
    while True:
        missing = [(job, index) for job in jobs for index in job.unfinished()]
        if not missing or time.monotonic() > deadline:
            return missing
        time.sleep(1)


def _refuse_other_ranges(job: Job, queue: Mapping[str, Mapping[int, slurm.Task]]) -> None:
    for name in queue:
        if name.startswith(job.prefix) and name != job.name:
            raise InputError(f"{name}: queued with other ranges of the same run; wait for it, or `scancel -n {name}`")


def _listed(job: Job, indices: Sequence[int]) -> str:
    return ", ".join(f"p{job.ranges[index].start}" for index in indices)


def _say(text: str) -> None:
    print(f"pum: {text}", file=sys.stderr, flush=True)
