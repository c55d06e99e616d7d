"""`pum range`: one range of a job, through the notebook, with the servers it needs on the node."""

import os
from pathlib import Path

from pum.cluster.job import Job, read_job
from pum.config.params import load_params
from pum.core.errors import InputError
from pum.core.paths import NOTEBOOKS
from pum.pipeline.notebook import run_notebook
from pum.runner.config import RunConfig
from pum.serving.vllm import all_running


def play_job_range(folder: Path, index: int) -> None:
    """Range `index` of the job described in `folder`."""
    job = read_job(folder.resolve())
    if not 0 <= index < len(job.ranges):
        raise InputError(f"{folder}: has no range {index}; there are {len(job.ranges)}")
    # Sessions that this job finds played: `pum status` tells its rate from those it adds.
    (job.folder / f"{index}.before").write_text(str(sum(job.part(index).finished().values())))
    with all_running(job.servers, f"{job.name}-{index}"):
        parameters = {
            "output": str(job.folder),
            "index": index,
            "workers": int(os.environ.get("SLURM_CPUS_PER_TASK", 1)),
        }
        run_notebook(NOTEBOOKS / "range.ipynb", job.folder / f"{index}.ipynb", parameters)


def play_study_range(study: str, method: str, first: int) -> None:
    """The range of a study as it stands in params.yaml that begins with profile `first`."""
    params = load_params()
    job = Job(RunConfig(study, params.study(study), method, params))
    starts = [part.start for part in job.ranges]
    if first not in starts:
        raise InputError(f"no range begins with profile {first}; they begin with {', '.join(map(str, starts))}")
    play_job_range(job.describe(), starts.index(first))
