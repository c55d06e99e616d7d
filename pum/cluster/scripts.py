"""`pum scripts`: batch scripts for a study, for people who call sbatch themselves.

Each script sets options and calls slurm/range.sh or slurm/repro.sh. `dvc repro` finds the played sessions in the
journals, and merges them.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path

from pum.cluster.executor import directives, environment
from pum.cluster.sharded_run import ShardedRun
from pum.config.params import Params
from pum.config.servers import ClusterParams
from pum.core.errors import InputError
from pum.runner.config import RunConfig

_WRITTEN = "# Written by `pum scripts` from site.yaml (`cluster`) and params.yaml (`studies`); change it there."


def scripts(params: Params, study: str) -> dict[str, str]:
    scale = params.study(study)
    sharded = [ShardedRun(RunConfig(study, scale, method, params)) for method in params.methods]
    runs = {
        f"run_{run.config.method}_p{shard.start}.sh": _front(
            f"pum-{study}-{run.config.method}-p{shard.start}",
            params.site.cluster,
            f"slurm/range.sh {study} {run.config.method} {shard.start}",
            run.gpus,
        )
        for run in sharded
        for shard in run.shards
    }
    setup = _front("pum-setup", params.site.cluster, "slurm/repro.sh setup")
    analysis = _front(f"pum-{study}-analysis", params.site.cluster, "slurm/repro.sh analysis")
    return {"setup.sh": setup, **runs, "analysis.sh": analysis, "submit_all.sh": _all(list(runs))}


def write_scripts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the scripts into `folder`, replacing those that were there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.sh"):
            old.unlink()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
            (folder / name).chmod(0o755)
    except OSError as error:
        raise InputError(f"{folder}: cannot write there ({error.strerror})") from None


def _front(name: str, cluster: ClusterParams, command: str, gpus: int = 0) -> str:
    fixed = [f"--job-name={name}", "--output=.pum_work/%x.log", "--open-mode=append", "--requeue"]
    # A relative path: the project's environment, wherever the project is.
    exported = {**environment(cluster), "PUM_PYTHON": ".venv/bin/python"}
    lines = [
        "#!/bin/bash",
        *(f"#SBATCH {option}" for option in (*fixed, *directives(cluster, gpus))),
        _WRITTEN,
        *(f"export {variable}={shlex.quote(value)}" for variable, value in exported.items()),
        f"exec {command}",
    ]
    return "\n".join(lines) + "\n"


def _all(runs: list[str]) -> str:
    return f"""#!/bin/bash
{_WRITTEN}
# Queues everything at once: setup, then all ranges of all methods together, then the merge and the analysis.
set -euo pipefail
cd "$(dirname "${{BASH_SOURCE[0]}}")/../.."
mkdir -p .pum_work
# The job's id, "ID" or "ID;CLUSTER", among words that a site may print.
only_id() {{ awk -F';' '/^[0-9]+(;[^ ]+)?$/ {{ id = $1 }} END {{ if (!id) exit 1; print id }}'; }}
queue() {{ sbatch --parsable --kill-on-invalid-dep=yes "$@" | only_id; }}

here=slurm/fullscale
setup=$(queue "$here/setup.sh")
after=afterok
for run in {" ".join(runs)}; do
  after+=:$(queue --dependency="afterok:$setup" "$here/$run")
done
queue --dependency="$after" "$here/analysis.sh"
"""
