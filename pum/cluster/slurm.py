"""Calls SLURM: submits job arrays (sbatch), and lists queued tasks (squeue; sacct is missing at many sites)."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pum.core.errors import IncompleteRun, InputError

# Signs of a controller that does not answer. Whether the job was accepted is then unknown.
_UNREACHABLE = ("contact", "timed out", "did not answer", "try again", "Connection")


class ControllerDown(RuntimeError):
    """SLURM's controller did not answer, which says nothing about the jobs."""


@dataclass(frozen=True)
class QueuedTask:
    state: str  # PENDING, RUNNING, COMPLETING, ...
    reason: str  # why it is pending
    id: str

    @property
    def held(self) -> bool:
        """Does it wait for a person? Reasons: `JobHeldUser`, `JobHeldAdmin`, `launch failed requeued held`."""
        return "held" in self.reason.lower()


def queued() -> dict[str, dict[int, QueuedTask]]:
    """The user's array tasks that are waiting or running, by job name and index."""
    found: dict[str, dict[int, QueuedTask]] = {}
    # The name comes last, because it may hold any character. Other lines are a site's own words, or not of arrays.
    for line in _call(["squeue", "--noheader", "--array", "--me", "--format=%i|%K|%T|%r|%j"]).splitlines():
        if task := re.fullmatch(r"([^|\s]+)\|(\d+)\|(\w+)\|([^|]*)\|(.*)", line):
            id_, index, state, reason, name = task.groups()
            found.setdefault(name, {})[int(index)] = QueuedTask(state, reason, id_)
    return found


def sbatch(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Submit a job and return its id.

    InputError if SLURM refuses it, ControllerDown if it does not answer, IncompleteRun if it names no job.
    """
    # Inside a job, SLURM_* and SBATCH_* variables would be taken for options of the new job.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name == "SLURM_CONF" or not name.startswith(("SLURM_", "SBATCH_"))
    }
    try:
        said = _call(["sbatch", "--parsable", *arguments], {**inherited, **environment})
    except ControllerDown as error:
        if any(words in str(error) for words in _UNREACHABLE):
            raise
        raise InputError(f"SLURM refuses the job: {error}") from None
    ids = re.findall(r"^(\d+)(?:;\S+)?$", said, re.MULTILINE)  # "ID" or "ID;CLUSTER", among a site's own words
    if not ids:
        raise IncompleteRun(f"sbatch names no job ({said.strip()[:200]!r}); if it is queued, the same command finds it")
    return ids[-1]


def _call(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    except FileNotFoundError:
        raise InputError(
            f"{command[0]}: not found; executor.kind slurm needs SLURM's commands on this machine"
        ) from None
    except subprocess.TimeoutExpired:
        raise ControllerDown(f"{command[0]} did not answer") from None
    if done.returncode:
        raise ControllerDown(done.stderr.strip() or f"{command[0]} exited with {done.returncode}")
    return done.stdout
