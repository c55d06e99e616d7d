"""`pum range`: one range of a job, through the notebook, with the servers it needs on the node."""

import os
from pathlib import Path

from pum.cluster.sharded_run import ShardedRun, read_sharded_run
from pum.config.params import load_params
from pum.core.errors import InputError
from pum.core.paths import NOTEBOOKS
from pum.pipeline.notebook import run_notebook
from pum.runner.config import RunConfig
from pum.serving.vllm import all_running


def play_shard_of(folder: Path, index: int) -> None:
    """Range `index` of the job described in `folder`."""
    run = read_sharded_run(folder.resolve())
    if not 0 <= index < len(run.shards):
        raise InputError(f"{folder}: has no range {index}; there are {len(run.shards)}")
    # Sessions that this job finds played: `pum status` tells its rate from those it adds.
    (run.folder / f"{index}.before").write_text(str(sum(run.shard(index).finished().values())))
    with all_running(run.servers, f"{run.name}-{index}"):
        parameters = {
            "output": str(run.folder),
            "index": index,
            "workers": int(os.environ.get("SLURM_CPUS_PER_TASK", 1)),
        }
        run_notebook(NOTEBOOKS / "range.ipynb", run.folder / f"{index}.ipynb", parameters)


def play_study_shard(study: str, method: str, first: int) -> None:
    """The range of a study as it stands in params.yaml that begins with profile `first`."""
    params = load_params()
    run = ShardedRun(RunConfig(study, params.study(study), method, params))
    starts = [shard.start for shard in run.shards]
    if first not in starts:
        raise InputError(f"no range begins with profile {first}; they begin with {', '.join(map(str, starts))}")
    play_shard_of(run.describe(), starts.index(first))
